"""What changes without a part: one token without one of its experts, and a text without each expert or head in turn.

Called by the session. Every number is what the model says under the same change made as an edit; no weight changes.
"""

from dataclasses import dataclass

import numpy as np
import torch

from ..engine.generator import CHUNK, Generator
from ..errors import EditError
from ..model.edits import NO_EDITS, Edits, EditTensors
from .recorder import Recorder


@dataclass(frozen=True, repr=False)
class Counterfactual:
    """One token, without its k-th expert in one layer; its router takes the next best instead, all other tokens keep theirs.
    (L, A) each, experts best first; NaN and -1 where too few experts are left."""

    position: int
    token_id: int  # whose log-probability is told
    logprob: float  # with all experts
    expert_ids: np.ndarray  # (L, A) int16, the one taken away
    instead: np.ndarray  # (L, A) int16, the one that came for it
    logprobs: np.ndarray  # (L, A) float32, without it
    divergences: np.ndarray  # (L, A) float32, of the next token's distribution from the one with all experts, in bits
    top_ids: np.ndarray  # (L, A) int32, the token most likely then

    @property
    def change(self) -> np.ndarray:
        """(L, A): log-probability without the expert, less that with it."""
        return self.logprobs - self.logprob

    def __repr__(self) -> str:
        return f"<Counterfactual of position {self.position}: without each of {self.expert_ids.size} experts, log-probability of token {self.token_id}>"


@dataclass(frozen=True, repr=False)
class Sweep:
    """The change in mean log-probability of a text's tokens when one expert or head is off, for all of them."""

    over: str  # experts or heads
    logprob: float  # mean over the tokens but the first, nothing off
    change: np.ndarray  # (L, E or H) float32; NaN where it cannot be off
    control: np.ndarray  # (L, E or H) float32: a random vector of the same length at the same places instead
    used: np.ndarray  # (L, E or H) int64: tokens that the part worked on

    def __repr__(self) -> str:
        return f"<Sweep over {self.change.size} {self.over}: change of a mean log-probability of {self.logprob:.4g}>"


def counterfactual(generator: Generator, ids: list[int], edits: Edits, position: int, token: int | None, cancelled=lambda: False) -> Counterfactual:
    """`token` None: the one that follows in `ids`, or after the last the one that the model prefers."""
    c, model = generator.config, generator.model
    before, current = ids[:position], torch.tensor(ids[position : position + 1], device=generator.device)
    tensors = edits.tensors(c, generator.device)
    cache = generator.new_cache(position + 1)
    for start in range(0, len(before), CHUNK):
        model.forward(torch.tensor(before[start : start + CHUNK], device=generator.device), cache, tensors, last_only=True)
    cache.snapshot()

    def run(tensors: EditTensors) -> tuple[torch.Tensor, torch.Tensor]:
        """Log-probabilities (V,) of the next token, and the experts (L, A) of this one."""
        logits = model.forward(current, cache, tensors)[-1]
        chosen = cache.routing.ids[:, position].clone()
        cache.rollback(position)
        return logits.double().log_softmax(-1), chosen

    whole, chosen = run(tensors)
    if token is None:
        token = ids[position + 1] if position + 1 < len(ids) else int(whole.argmax())
    shape = tuple(chosen.shape)
    instead, tops = np.full(shape, -1, np.int16), np.full(shape, -1, np.int32)
    logprobs, divergences = np.full(shape, np.nan, np.float32), np.full(shape, np.nan, np.float32)
    for layer, slot in np.ndindex(shape):
        if cancelled():
            break
        try:
            without = edits.ablate_expert(layer, int(chosen[layer, slot])).tensors(c, generator.device)
        except EditError:  # fewer experts than a token needs would be left
            continue
        changed, now = run(without)
        fresh = set(now[layer].tolist()) - set(chosen[layer].tolist())
        instead[layer, slot] = fresh.pop() if fresh else -1
        logprobs[layer, slot], tops[layer, slot] = float(changed[token]), int(changed.argmax())
        divergences[layer, slot] = float((whole.exp() * (whole - changed)).nan_to_num(0).sum()) / np.log(2)
    return Counterfactual(position, token, float(whole[token]), chosen.cpu().numpy(), instead, logprobs, divergences, tops)


def margins(router_logits: np.ndarray, edits: EditTensors, n_active: int) -> np.ndarray:
    """(L, T): how far the last chosen expert's score is above the first one not chosen, in the router's logits under these edits:
    near 0, a touch would have changed the choice. router_logits (L, T, E) before edits; inf where none is left to choose."""
    scores = router_logits.astype(np.float64)
    for bias in (edits.logit, edits.selection):
        if bias is not None:
            scores = scores + bias.double().cpu().numpy()[:, None]
    ordered = -np.sort(-scores, axis=-1)
    if ordered.shape[-1] == n_active:
        return np.full(ordered.shape[:2], np.inf)
    return ordered[..., n_active - 1] - ordered[..., n_active]


def sweep(generator: Generator, ids: list[int], over: str, progress, seed: int = 0, cancelled=lambda: False) -> Sweep:
    """One pass for each part that worked on some token, and one for its control. `progress(done, all)` is called after each."""
    c = generator.config
    base = _Pass(generator, ids, NO_EDITS)
    shape = (c.n_layers, c.n_experts if over == "experts" else c.n_heads)
    used = np.full(shape, len(ids)) if over == "heads" else np.stack([np.bincount(layer.ravel(), minlength=c.n_experts) for layer in base.experts])
    change, control = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    random = torch.Generator().manual_seed(seed)
    for done, (layer, index) in enumerate(np.ndindex(shape)):
        if cancelled():
            break
        if used[layer, index]:
            edits = Edits().ablate_expert(layer, index) if over == "experts" else Edits().scale_head(layer, index, 0)
            try:
                ablated = _Pass(generator, ids, edits.tensors(c, generator.device))
            except EditError:
                change[layer, index] = control[layer, index] = np.nan
                progress(done + 1, change.size)
                continue
            change[layer, index] = ablated.logprob - base.logprob
            moved = ablated.residuals[layer] - base.residuals[layer]  # (T, D)
            noise = torch.randn(moved.shape, generator=random).to(moved)
            noise = noise / noise.norm(dim=-1, keepdim=True) * moved.norm(dim=-1, keepdim=True)
            added = noise.new_zeros(c.n_layers, *noise.shape)
            added[layer] = noise
            control[layer, index] = _Pass(generator, ids, EditTensors(added=added)).logprob - base.logprob
        progress(done + 1, change.size)
    return Sweep(over, base.logprob, change, control, used)


class _Pass(Recorder):
    """One whole forward: mean log-probability of the tokens but the first, residuals (L, T, D), experts (L, T, A)."""

    def __init__(self, generator: Generator, ids: list[int], tensors: EditTensors):
        self.residuals: list[torch.Tensor] = []
        cache, tokens = generator.new_cache(len(ids)), torch.tensor(ids, device=generator.device)
        logits = generator.model.forward(tokens, cache, tensors, self)
        found = logits[:-1].double().log_softmax(-1).gather(-1, tokens[1:, None])
        self.logprob = float(found.mean())
        self.experts = cache.routing.ids[:, : len(ids)].cpu().numpy()

    def residual(self, name: str, layer: int, positions, resid: torch.Tensor) -> None:
        if name == "resid_post":
            self.residuals.append(resid)
