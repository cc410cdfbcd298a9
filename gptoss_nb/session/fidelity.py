"""Fidelity: a loaded model as it runs, prompt and single tokens, against plain torch in float32 on the same weights.

Called by loading (for a small model) and by %gptoss doctor. The result is in every trace that the model makes from then on.
"""

from dataclasses import dataclass, replace

import torch

from ..checkpoint.read import ALWAYS_FLOAT32
from ..checkpoint.weights import LayerWeights, Weights
from ..engine.generator import Generator
from ..inside.recorder import Recorder
from ..kernels import reference
from ..kernels.mxfp4 import Mxfp4Tensor
from ..model.decode_step import DecodeStep
from ..model.transformer import Transformer

PROMPT, SINGLE = 10, 6  # tokens run in one pass, and tokens run one by one after it
EXACT = 1e-5  # of float32 through a whole model: the same numbers, added in another order
WORSE = 1.2  # times the error of plain torch in the same narrow dtype
WORSE_IN_8_BITS = 1.5  # times that of plain torch in bfloat16


@dataclass(frozen=True)
class Fidelity:
    """Differences are norms, by the norm of what is right; experts are equal where each token has the same set of them."""

    logits_error: float
    layer_errors: tuple[float, ...]  # of the residual stream after each layer
    equal_experts: tuple[float, ...]  # of each layer, the share of chosen experts that are the same
    allowed: float  # largest error of the logits at which the model is as right as its dtype lets it be
    repeats: bool  # the same prompt once more gave the same bits, all of them finite

    @property
    def agrees(self) -> bool:
        return self.repeats and self.logits_error <= self.allowed

    @property
    def badge(self) -> str:
        """A few words, for a trace and the line above a reply."""
        same = sum(self.equal_experts) / len(self.equal_experts)
        if self.agrees and self.logits_error <= EXACT and same == 1:
            return "exact"
        told = f"{self.logits_error:.1%} off float32, {same:.1%} same experts"
        return told if self.agrees else f"WRONG: {told}"

    def table(self) -> str:
        """A line for each layer."""
        rows = (f"  L{n:02}  residual off by {error:.1e}, {same:.1%} of experts the same"
                for n, (error, same) in enumerate(zip(self.layer_errors, self.equal_experts, strict=True)))  # fmt: skip
        return "\n".join(rows)


class _NotChecked:
    badge = "not checked"


NOT_CHECKED = _NotChecked()


def measure(model) -> Fidelity:
    """Runs a fixed prompt of 16 tokens through a LoadedModel and through the plain reference."""
    return model.run(lambda generator, cancelled: _measured(generator))


def _measured(generator: Generator) -> Fidelity:
    model, c = generator.model, generator.config
    n = min(PROMPT + SINGLE, generator.context)
    ids = torch.tensor([(7919 * k + 13) % c.vocab_size for k in range(n)], device=generator.device)
    right = _run(Transformer(c, _widened(model.weights), reference, n, torch.float32), ids, generator, torch.float32)
    seen = _run(model, ids, generator, generator.dtype, alone=True)
    again = _run(model, ids, generator, generator.dtype, alone=True)
    repeats = bool(seen.logits.isfinite().all()) and torch.equal(seen.logits, again.logits)
    allowed = 10 * EXACT
    in_8_bits = getattr(model.ops, "EIGHT_BITS", False)
    narrow = torch.bfloat16 if in_8_bits else generator.dtype
    if narrow is not torch.float32:
        plain = _run(Transformer(c, _narrowed(model.weights, narrow), reference, n, narrow), ids, generator, narrow)
        allowed = max(allowed, (WORSE_IN_8_BITS if in_8_bits else WORSE) * _error(plain.logits, right.logits))
    error = _error(seen.logits, right.logits)
    if generator.fused and n > PROMPT:
        error = max(error, _error(_stepped(generator, ids), right.logits[PROMPT:]))
    errors = tuple(_error(ours, theirs) for ours, theirs in zip(seen.residuals, right.residuals, strict=True))
    return Fidelity(error, errors, _same(seen.experts, right.experts), allowed, repeats)


@dataclass
class _Run:
    logits: torch.Tensor  # (T, V)
    residuals: list[torch.Tensor]  # a layer: (T, D)
    experts: torch.Tensor  # (L, T, A)


def _run(model: Transformer, ids: torch.Tensor, generator: Generator, dtype: torch.dtype, alone: bool = False) -> _Run:
    """`alone`: the last tokens one by one, as they are when a reply is made."""
    cache = generator.new_cache(len(ids), dtype)
    cut = PROMPT if alone and len(ids) > PROMPT else len(ids)
    logits, recorder = [], _Residuals()
    for part in (ids[:cut], *ids[cut:].split(1)):
        if len(part):
            logits.append(model.forward(part, cache, record=recorder).cpu())
    return _Run(torch.cat(logits), [torch.cat(parts) for parts in recorder.parts.values()], cache.routing.ids[:, : len(ids)].cpu())


def _stepped(generator: Generator, ids: torch.Tensor) -> torch.Tensor:
    """Logits after each token past the prompt, by the step that makes replies: it draws a token itself, so it is given no choice."""
    cache, logits = generator.new_cache(len(ids)), []
    generator.model.forward(ids[:PROMPT], cache, last_only=True)
    step = DecodeStep(generator.model, cache, 2)
    for token in ids[PROMPT:].tolist():
        only = torch.zeros(generator.config.vocab_size, device=ids.device)
        only[token] = 1.0
        step.start(only, temperature=0.0, top_k=0, top_p=1.0, seed=0, drawn=0)
        step()
        cache.count(1)
        logits.append(step.logits.clone())
    return torch.stack(logits).cpu()


class _Residuals(Recorder):
    def __init__(self):
        self.parts: dict[int, list[torch.Tensor]] = {}

    def residual(self, name: str, layer: int, positions: torch.Tensor, resid: torch.Tensor) -> None:
        if name == "resid_post":
            self.parts.setdefault(layer, []).append(resid.float().cpu())


def _widened(weights: Weights) -> Weights:
    """The same numbers in float32, but for the large matrices, which `reference.linear` widens while it uses them."""

    def layer(own: LayerWeights) -> LayerWeights:
        large = ("qkv", "out", "gate_up", "down")
        small = {name: value.float() for name, value in vars(own).items() if name not in large and not isinstance(value, Mxfp4Tensor)}
        return replace(own, **small)

    return replace(weights, layers=tuple(map(layer, weights.layers)))


def _narrowed(weights: Weights, dtype: torch.dtype) -> Weights:
    """As a model of that dtype has them: all but what is float32 in each, and what is packed."""

    def narrow(own):
        return {name: _to(value, dtype) for name, value in vars(own).items() if name not in (*ALWAYS_FLOAT32, "layers")}

    return replace(weights, **narrow(weights), layers=tuple(replace(layer, **narrow(layer)) for layer in weights.layers))


def _to(value, dtype: torch.dtype):
    if isinstance(value, tuple):
        return tuple(part.to(dtype) for part in value)
    return value if isinstance(value, Mxfp4Tensor) else value.to(dtype)


def _error(ours: torch.Tensor, right: torch.Tensor) -> float:
    error = float((ours - right).double().norm() / right.double().norm())
    return error if error == error else float("inf")  # NaN is no small error


def _same(ours: torch.Tensor, right: torch.Tensor) -> tuple[float, ...]:
    """(L, T, A) each: by layer, the share of chosen experts that both chose."""
    both = (ours.unsqueeze(-1) == right.unsqueeze(-2)).any(-1)
    return tuple(both.float().mean((1, 2)).tolist())
