"""The logit lens: what each layer would say if it were the last. Called by the session.

Source: nostalgebraist, "interpreting GPT: the logit lens" (2020): the model's own final norm and unembedding on the residual
stream after each block.
"""

from dataclasses import dataclass

import numpy as np
import torch

from ..engine.generator import Generator
from ..model.edits import Edits
from .recorder import Recorder

CELLS = 2**24  # logits at once: 64 MB


@dataclass(frozen=True, repr=False)
class Lens:
    """Of R rows (positions), after each of L layers: the most likely next tokens, and how likely are the one that the model itself
    prefers in the end and the one that follows in the text. The last layer's is the model's own distribution."""

    rows: tuple[int, ...]
    top_ids: np.ndarray  # (L, R, top) int32, most likely first
    top_probs: np.ndarray  # (L, R, top) float32
    final_ids: np.ndarray  # (R,) int32
    final_probs: np.ndarray  # (L, R) float32
    next_ids: np.ndarray  # (R,) int32, -1 after the last token
    next_probs: np.ndarray  # (L, R) float32, NaN there
    norms: np.ndarray  # (L, R) float32: length of the residual stream after each layer

    def __repr__(self) -> str:
        n_layers, n_rows, top = self.top_ids.shape
        return f"<Lens: {top} likeliest tokens at {n_rows} positions after {n_layers} layers>"


def lens(generator: Generator, ids: list[int], edits: Edits, top: int, rows: list[int], cancelled=lambda: False) -> Lens:
    """One pass over `ids`; `top` and `rows` are in range."""
    recorder = _Rows(generator.config.n_layers, rows)
    for _ in generator.passes(ids, edits, cancelled, recorder):
        pass  # the recorder has seen it
    following = [ids[row + 1] if row + 1 < len(ids) else -1 for row in rows]
    made, at_once = [], max(1, CELLS // generator.config.vocab_size)
    for start in range(0, len(rows), at_once):
        part = slice(start, start + at_once)
        made.append(_read(generator.model, recorder.values[:, part], top, torch.tensor(following[part], device=recorder.values.device)))
    joined = {name: np.concatenate([part[name] for part in made], axis=-2 if name.startswith("top") else -1) for name in made[0]}
    return Lens(rows=tuple(rows), next_ids=np.array(following, np.int32), **joined)


def _read(model, resid: torch.Tensor, top: int, following: torch.Tensor) -> dict[str, np.ndarray]:
    """resid (L, R, D)."""
    final = model.unembed(resid[-1]).softmax(-1).topk(1).indices[:, 0]  # (R,): as below, also where two are equally likely
    made = []
    for layer in resid:  # one at a time: 24 layers of a large vocabulary would not fit
        probs = model.unembed(layer).softmax(-1)
        best = probs.topk(top)
        followed = probs.gather(-1, following.clamp(min=0)[:, None])[:, 0].masked_fill(following < 0, torch.nan)
        made.append((best.indices.int(), best.values, probs.gather(-1, final[:, None])[:, 0], followed))
    top_ids, top_probs, final_probs, next_probs = (torch.stack(part).cpu().numpy() for part in zip(*made, strict=True))
    norms = resid.float().norm(dim=-1).cpu().numpy()
    final_ids = final.int().cpu().numpy()
    return {"top_ids": top_ids, "top_probs": top_probs, "final_ids": final_ids, "final_probs": final_probs, "next_probs": next_probs, "norms": norms}


class _Rows(Recorder):
    """resid_post of some rows: values (L, R, D) in the model's dtype."""

    def __init__(self, n_layers: int, rows: list[int]):
        self._n_layers, self._rows, self.values = n_layers, torch.tensor(rows), None

    def residual(self, name: str, layer: int, positions: torch.Tensor, resid: torch.Tensor) -> None:
        if name != "resid_post":
            return
        if self.values is None:
            self.values = resid.new_zeros(self._n_layers, len(self._rows), resid.shape[-1])
        first = int(positions[0])
        here = ((self._rows >= first) & (self._rows < first + len(resid))).nonzero().flatten()
        place = self.values.device  # the first layer's
        self.values[layer, here.to(place)] = resid[(self._rows[here] - first).to(resid.device)].to(place)
