"""How the gradients of a step come about: on a CPU a part a thread, on a GPU a few graphs. Called by train.

Both leave them in the parameters' `grad` and say the step's numbers.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import torch
import torch.nn.functional as F

from ..config import ModelConfig
from ..errors import OptionError
from ..model.transformer import Transformer
from . import batches, grouped_ops, parameters
from .captured import Captured

BALANCE = 0.02  # weight of the loss that keeps every expert in use
NUMBERS = ("loss", "balance", "exact")  # of a step: means of the learned tokens and of the layers, and the replies with every token right


class OnThreads:
    """A part a thread, each with gradients of its own: at this size, threads inside an operation mostly wait."""

    def __init__(self, config: ModelConfig, own: dict[str, torch.Tensor], prefix: torch.Tensor):
        """`own` are the parameters by house name, `prefix` (efforts, P) what stands before every example."""
        self._config, self._own, self._prefix = config, own, prefix
        self.map = ThreadPoolExecutor(os.cpu_count()).map

    def gradients(self, parts: list[batches.Part], quantised: bool) -> torch.Tensor:
        """(3,): NUMBERS."""
        leaves = parameters.seen(self._own, quantised)
        model = Transformer(self._config, parameters.weights(self._config, leaves), grouped_ops)
        share = 1 / sum(len(part.learned) for part in parts)
        results = list(self.map(lambda part: _gradients(model, leaves, self._prefix, part, share, len(parts)), parts))
        for parameter, *gradients in zip(self._own.values(), *(gradients for gradients, _ in results), strict=True):
            parameter.grad = sum(gradients)
        return sum(numbers for _, numbers in results)

    def optimise(self, step) -> None:
        step()


class AsGraphs:
    """Each part's forward and backward pass one launch, in bfloat16, the residual stream in float32; and the optimisers' step another."""

    DTYPE = torch.bfloat16

    def __init__(self, config: ModelConfig, own: dict[str, torch.Tensor], prefix: torch.Tensor):
        """As of OnThreads, on the GPU."""
        try:
            from . import dense_ops
        except ImportError as error:
            raise OptionError("Training on a GPU needs Triton, which is not here.", "Install triton, or give --device cpu.") from error
        torch.set_float32_matmul_precision("high")  # TF32
        self._own, self._prefix, self.map = own, prefix, map
        # of their own memory: a step writes into them what it is to see
        self._leaves = {name: value.to(self.DTYPE, copy=True).requires_grad_() for name, value in own.items()}
        self._model = Transformer(config, parameters.weights(config, self._leaves), dense_ops, dtype=torch.float32)
        self._numbers = torch.zeros(len(NUMBERS), device=prefix.device)
        for parameter in own.values():
            parameter.grad = torch.zeros_like(parameter)
        self._pool = torch.cuda.graph_pool_handle()
        self._begin = [Captured(partial(self._see, quantised), self._pool) for quantised in (False, True)]
        self._add = Captured(self._add_part, self._pool)
        self._step = None

    def gradients(self, parts: list[batches.Part], quantised: bool) -> torch.Tensor:
        """(3,): NUMBERS, still being computed."""
        self._begin[quantised]()
        share = torch.full((), 1 / sum(len(part.learned) for part in parts), device=self._prefix.device)
        for part in parts:
            self._add(part.ids, part.targets, part.effort, share)
        return self._numbers.clone()

    def optimise(self, step) -> None:
        """`step` changes the parameters by their gradients: always the same function."""
        self._step = self._step or Captured(step, self._pool)
        self._step()

    @torch.no_grad()
    def _see(self, quantised: bool) -> None:
        torch._foreach_copy_(list(self._leaves.values()), list(parameters.seen(self._own, quantised, self.DTYPE).values()))
        torch._foreach_zero_([parameter.grad for parameter in self._own.values()])
        self._numbers.zero_()

    def _add_part(self, ids, targets, effort, share) -> None:
        # every place, as how many are learned is another number each time
        part = batches.Part(ids, targets, effort, torch.arange(ids.numel(), device=ids.device))
        gradients, numbers = _gradients(self._model, self._leaves, self._prefix, part, share, batches.PARTS)
        torch._foreach_add_([parameter.grad for parameter in self._own.values()], [gradient.float() for gradient in gradients])
        self._numbers += numbers


def _gradients(model: Transformer, leaves, prefix, part: batches.Part, share, n_parts: int):
    """(gradients, numbers) of one part: of its learned tokens, each with its `share` of the step's, and of its share of the balance."""
    logits, sequence = batches.forward(model, prefix, part)
    targets = part.targets.flatten().index_select(0, part.learned)
    loss = share * F.cross_entropy(logits, targets, ignore_index=batches.IGNORED, reduction="sum")
    balance = sum(map(imbalance, sequence.routing)) / (len(sequence.routing) * n_parts)
    gradients = torch.autograd.grad(loss + BALANCE * balance, list(leaves.values()))
    wrong = ((logits.detach().argmax(-1) != targets) & (targets != batches.IGNORED)).float()
    in_row = wrong.new_zeros(len(part.ids)).index_add_(0, part.learned // part.ids.shape[1], wrong)
    return gradients, torch.stack([loss.detach(), balance.detach(), (in_row == 0).sum()])


def imbalance(routing) -> torch.Tensor:
    """1 where every expert gets its share of tokens and probability, more where some get it all (Switch Transformer)."""
    logits, chosen, _ = routing
    n_experts = logits.shape[-1]
    share = F.one_hot(chosen, n_experts).float().sum(-2).flatten(0, -2).mean(0) / chosen.shape[-1]
    return n_experts * (share * logits.softmax(-1).flatten(0, -2).mean(0)).sum()
