"""Who made a logit: direct attribution to the embedding, each head and each single expert. Called by the session.

The logit of a token is a dot product of the normalised last residual stream with a row of the unembedding, and the residual
stream is a sum of what every part wrote to it. With the norm's factor held at what it was, each part's dot product is its share,
and the shares add up to the logit (Elhage et al., A Mathematical Framework for Transformer Circuits, 2021).
"""

from dataclasses import dataclass

import numpy as np
import torch

from ..engine.generator import Generator
from ..model.edits import Edits
from .recorder import Recorder


@dataclass(frozen=True, repr=False)
class Attribution:
    """Of the logit of `token_id` after `position`. L layers, H heads, A experts a token; all float64."""

    position: int
    token_id: int
    logit: float  # as the model computed it
    embedding: float
    heads: np.ndarray  # (L, H)
    attention_bias: np.ndarray  # (L,) of the output matrix
    experts: np.ndarray  # (L, A), second bias included
    expert_ids: np.ndarray  # (L, A) int16
    added: np.ndarray  # (L,) by an edit

    @property
    def total(self) -> float:
        """The sum of all shares: the logit, but for rounding."""
        return float(self.embedding + sum(part.sum() for part in (self.heads, self.attention_bias, self.experts, self.added)))

    @property
    def error(self) -> float:
        """What the shares miss of the logit: the rounding of the model's arithmetic."""
        return self.total - self.logit

    def __repr__(self) -> str:
        return f"<Attribution of the logit {self.logit:.4g} of token {self.token_id} after position {self.position}; the shares add up to {self.total:.4g}>"


def attribution(generator: Generator, ids: list[int], edits: Edits, position: int, token: int | None, cancelled=lambda: False) -> Attribution:
    """`token` None: the one that follows in `ids`, or after the last the one that the model prefers."""
    model, c = generator.model, generator.config
    recorder = _Writers(position)
    for logits, cache in generator.passes(ids[: position + 1], edits, cancelled, recorder):
        pass
    last = logits[-1]
    if token is None:
        token = ids[position + 1] if position + 1 < len(ids) else int(last.argmax())
    w, final = model.weights, recorder.post[-1].to(model.weights.norm.device).double()
    factor = (final.square().mean() + c.norm_eps).rsqrt()
    direction = w.norm.double() * w.unembedding[token].double() * factor  # (D,)
    tensors = edits.tensors(c, generator.device)
    heads, attention_bias, experts, added = [], [], [], []
    for index, layer in enumerate(w.layers):
        here = direction.to(layer.out.device)
        by_head = (here @ layer.out.double()).view(c.n_heads, c.head_dim)
        heads.append((by_head * recorder.mixed[index].double().view(c.n_heads, c.head_dim)).sum(-1).cpu())
        attention_bias.append((here @ layer.out_bias.double()).cpu())
        parts = _expert_parts(model, index, recorder.mid[index], cache, position)
        experts.append(torch.stack([here @ part.double() for part in parts]).cpu())
        extra = tensors.residual(index)
        added.append(torch.zeros((), dtype=torch.float64) if extra is None else (here @ extra.to(here)).cpu())
    found = (torch.stack(part).numpy() for part in (heads, attention_bias, experts, added))
    embedding = float(direction.to(w.embedding.device) @ w.embedding[ids[position]].double())
    heads, attention_bias, experts, added = found
    chosen = cache.routing.ids[:, position].cpu().numpy()
    return Attribution(position, token, float(last[token]), embedding, heads, attention_bias, experts, chosen, added)


def _expert_parts(model, index: int, mid: torch.Tensor, cache, position: int):
    """(D,) that each of the A experts wrote, best first, with the weights that were recorded."""
    layer, c = model.weights.layers[index], model.config
    normed = model.ops.rms_norm(mid, layer.mlp_norm, c.norm_eps).unsqueeze(0)  # (1, D)
    ids, weights = (part[index, position].to(mid.device) for part in (cache.routing.ids, cache.routing.weights))
    ids = ids.long()
    for k in range(c.experts_per_token):
        one = slice(k, k + 1)
        yield model.ops.experts(normed, ids[None, one], weights[None, one], layer.gate_up, layer.gate_up_bias, layer.down, layer.down_bias, c.swiglu_limit)[0]


class _Writers(Recorder):
    """At one position: mixed (L, H d), resid_mid and resid_post (L, D), as lists."""

    def __init__(self, position: int):
        self._position, self.mixed, self.mid, self.post = position, [], [], []

    def _row(self, positions: torch.Tensor) -> int | None:
        row = self._position - int(positions[0])
        return row if 0 <= row < len(positions) else None

    def residual(self, name: str, layer: int, positions, resid: torch.Tensor) -> None:
        row, kept = self._row(positions), {"heads": self.mixed, "resid_mid": self.mid, "resid_post": self.post}.get(name)
        if row is not None and kept is not None:
            kept.append(resid[row].clone())
