"""Trains nano from scratch: `python -m gptoss_nb.nano.train`. One seed, resumable, no data but what corpus makes.

    python -m gptoss_nb.nano.train [--steps N] [--seed S] [--work FOLDER] [--out FOLDER]

The work folder holds the state from which an interrupted run goes on (safetensors, never a pickle) and the loss curve;
the out folder receives the checkpoint in the published layout.
"""

import argparse
import ctypes
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file

from ..chat.tokenizer import Tokenizer
from ..checkpoint.write import write
from ..config import ModelConfig
from ..kernels import reference
from ..model.transformer import Transformer
from . import batches, parameters, vocabulary
from .muon import Muon

HERE = Path(__file__).parent
STEPS = 8600
MUON_RATE, ADAM_RATE = 6e-3, 3e-3
WARMUP, DECAY = 200, 0.45  # steps over which the rates rise; the last part of all steps, over which they fall
QUANTISED = 0.25  # the last part of training, with experts as MXFP4 has them
BALANCE = 0.02  # weight of the loss that keeps every expert in use


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m gptoss_nb.nano.train", description="Train nano from scratch.")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", type=Path, default=Path("nano-training"), help="state to resume from, and the loss curve")
    parser.add_argument("--out", type=Path, default=HERE / "checkpoint", help="where the checkpoint goes")
    options = parser.parse_args(argv)
    train(options.steps, options.seed, options.work, options.out)


def train(steps: int, seed: int, work: Path, out: Path) -> None:
    """Runs or resumes the training and writes the checkpoint."""
    _keep_freed_memory()
    torch.set_num_threads(1)
    for folder in (work, out):
        folder.mkdir(parents=True, exist_ok=True)
    vocabulary.write(out)
    tokenizer = Tokenizer.load(out)
    config = parameters.architecture(tokenizer.vocab_size)
    state = State(config, seed, work / "state.safetensors")
    prefix, started, first = batches.prefixes(tokenizer), time.perf_counter(), state.step
    for parts in islice(batches.steps(tokenizer, seed, first), steps - first):
        report = state.update(prefix, parts, steps)
        if state.step % 50 == 0 or state.step == steps:
            _tell(report, state.step, first, steps, time.perf_counter() - started, work / "curve.jsonl")
        if state.step % 500 == 0 or state.step == steps:
            state.save()
    end = {"eos_token_id": tokenizer.control_id("<|return|>"), "pad_token_id": tokenizer.control_id("<|endoftext|>")}
    write(out, config, parameters.weights(config, state.parameters), end)


def _tell(report: dict, step: int, first: int, steps: int, elapsed: float, curve: Path) -> None:
    """A line for the reader, and one for the loss curve."""
    pace = elapsed / (step - first)
    with curve.open("a") as file:
        file.write(json.dumps({"step": step, **report, "seconds_per_step": round(pace, 3)}) + "\n")
    print(f"{step}/{steps}  loss {report['loss']:.4f}  whole replies {report['exact']:.0%}  "
          f"{report['tokens'] / pace:,.0f} tok/s  {pace * (steps - step) / 60:.0f} min left", flush=True)  # fmt: skip


class State:
    """Parameters, optimisers and step: what a run needs to go on where it stopped."""

    def __init__(self, config: ModelConfig, seed: int, file: Path):
        self.config, self.file, self.step = config, file, 0
        self.parameters = parameters.initial(config, seed)
        self.threads = ThreadPoolExecutor(os.cpu_count())
        hidden = {name: p for name, p in self.parameters.items() if parameters.is_hidden_matrix(name)}
        rest = [p for name, p in self.parameters.items() if name not in hidden]
        self.optimisers = [
            Muon(hidden.values(), lr=MUON_RATE, weight_decay=0.05),
            torch.optim.AdamW(rest, lr=ADAM_RATE, betas=(0.9, 0.98), weight_decay=0.0, foreach=True),
        ]
        if file.exists():
            self._load()

    def update(self, prefix: torch.Tensor, parts: list[batches.Part], steps: int) -> dict[str, float]:
        """One step; returns the loss and the share of replies with every token right."""
        leaves = parameters.seen(self.parameters, quantised=self.step >= steps * (1 - QUANTISED))
        model = Transformer(self.config, parameters.weights(self.config, leaves), reference)
        learned = sum(int((part.targets != batches.IGNORED).sum()) for part in parts)
        # a part a thread, each with gradients of its own: at this size, threads inside an operation mostly wait
        results = list(self.threads.map(lambda part: _gradients(model, leaves, prefix, part, learned, len(parts)), parts))
        for name, parameter in self.parameters.items():
            parameter.grad = sum(gradients[name] for gradients, _ in results)
        torch.nn.utils.clip_grad_norm_(self.parameters.values(), 1.0)
        for optimiser, peak in zip(self.optimisers, (MUON_RATE, ADAM_RATE)):
            optimiser.param_groups[0]["lr"] = peak * schedule(self.step, steps)
            optimiser.step()
        self.step += 1
        replies = sum(len(part.ids) for part in parts)
        report = {key: sum(numbers[key] for _, numbers in results) for key in results[0][1]}
        return report | {"exact": report["exact"] / replies, "tokens": sum(part.ids.numel() for part in parts)}

    def _optimiser_state(self):
        """(name, place, key) of every tensor the optimisers keep."""
        keys = {Muon: ("momentum_buffer",), torch.optim.AdamW: ("exp_avg", "exp_avg_sq", "step")}
        names = {id(parameter): name for name, parameter in self.parameters.items()}
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                for parameter in group["params"]:
                    for key in keys[type(optimiser)]:
                        yield f"{key}.{names[id(parameter)]}", optimiser.state[parameter], key

    def save(self) -> None:
        tensors = dict(self.parameters)
        tensors |= {name: kept[key] for name, kept, key in self._optimiser_state()}
        fresh = self.file.with_suffix(".new")
        save_file(tensors, fresh, metadata={"step": str(self.step)})
        fresh.replace(self.file)

    def _load(self) -> None:
        with safe_open(self.file, "pt") as file, torch.no_grad():
            self.step = int(file.metadata()["step"])
            for name, parameter in self.parameters.items():
                parameter.copy_(file.get_tensor(name))
            for name, kept, key in self._optimiser_state():
                kept[key] = file.get_tensor(name)
        print(f"resumed at step {self.step}")


def _gradients(model: Transformer, leaves, prefix, part: batches.Part, learned: int, n_parts: int):
    """(gradient by name, numbers) of one part: its share of the mean loss over the step's `learned` tokens, and of the balance."""
    logits, sequence = batches.forward(model, prefix, part)
    loss = F.cross_entropy(logits.flatten(0, 1), part.targets.flatten(), ignore_index=batches.IGNORED, reduction="sum") / learned
    balance = sum(map(imbalance, sequence.routing)) / (len(sequence.routing) * n_parts)
    gradients = torch.autograd.grad(loss + BALANCE * balance, list(leaves.values()))
    right = (logits.detach().argmax(-1) == part.targets) | (part.targets == batches.IGNORED)
    return dict(zip(leaves, gradients)), {"loss": loss.item(), "balance": balance.item(), "exact": right.all(-1).sum().item()}


def schedule(step: int, steps: int) -> float:
    """Rise, stay, and fall to nothing."""
    return min(1.0, (step + 1) / WARMUP, (steps - step) / (DECAY * steps))


def imbalance(routing) -> torch.Tensor:
    """1 where every expert gets its share of tokens and probability, more where some get it all (Switch Transformer)."""
    logits, chosen, _ = routing
    n_experts = logits.shape[-1]
    share = F.one_hot(chosen, n_experts).float().sum(-2).flatten(0, -2).mean(0) / chosen.shape[-1]
    return n_experts * (share * logits.softmax(-1).flatten(0, -2).mean(0)).sum()


def _keep_freed_memory() -> None:
    """On Linux, has malloc reuse large buffers instead of asking the kernel for zeroed pages at every operation: measured
    734 ms down to 110 ms for one attention layer forward and back."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        for option in (-1, -3):  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD
            libc.mallopt(option, 2**31 - 1)


if __name__ == "__main__":
    main()
