"""A few numbers for every head of every layer, computed in a stream: how much its sink takes, how sharply and how far it looks,
how much at the token before, and how much like an induction head. Called by the session.
"""

from dataclasses import dataclass, field

import numpy as np
import torch

from ..engine.generator import Generator
from ..model.edits import Edits
from .recorder import Recorder, patterns

NAMES = ("sink_mass", "entropy", "distance", "previous", "induction")


@dataclass(frozen=True, repr=False)
class HeadSummary:
    """(L, H) float32 each, means over the tokens of the trace; `even` holds (L, 1) of the same for a head that looks at
    everything it sees, its sink included, alike.

    sink_mass: taken by the sink. entropy: bits, sink included. distance: tokens back, of what the sink leaves. previous: on the
    token before. induction: on what followed earlier occurrences of the same token (Olsson et al., In-context Learning and
    Induction Heads, 2022), the mean over tokens that have some; NaN without any."""

    sink_mass: np.ndarray
    entropy: np.ndarray
    distance: np.ndarray
    previous: np.ndarray
    induction: np.ndarray
    windows: tuple[int | None, ...]  # of each layer
    even: "HeadSummary | None" = field(default=None)

    def __repr__(self) -> str:
        return f"<HeadSummary: {', '.join(NAMES)} of {self.entropy.shape[0]} layers × {self.entropy.shape[1]} heads>"


def head_summary(generator: Generator, ids: list[int], edits: Edits, cancelled=lambda: False) -> HeadSummary:
    """One pass over `ids`."""
    recorder = _Summaries(generator.model.ops.attention_pattern, generator.config, ids)
    for _ in generator.passes(ids, edits, cancelled, recorder):
        pass  # the recorder has seen it
    windows = generator.config.sliding_windows
    return HeadSummary(**recorder.means(recorder.sums), windows=windows, even=HeadSummary(**recorder.means(recorder.even_sums), windows=windows))


class _Summaries(Recorder):
    def __init__(self, attention_pattern, config, ids: list[int]):
        self._attention_pattern, self._n_heads, self._windows = attention_pattern, config.n_heads, config.sliding_windows
        self._ids, self._seen_before, known = torch.tensor(ids), torch.zeros(len(ids), dtype=torch.bool), set()
        for position, token in enumerate(ids):
            # an occurrence just before has this very token after it, and a look at oneself is no induction
            self._seen_before[position] = token in known
            if position:
                known.add(ids[position - 1])
        # sums, and the number of tokens behind them, by layer and head
        self.sums = {name: np.zeros((config.n_layers, config.n_heads, 2)) for name in NAMES}
        self.even_sums = {name: np.zeros((config.n_layers, 1, 2)) for name in NAMES}

    @staticmethod
    def means(sums: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        with np.errstate(invalid="ignore"):
            return {name: (total[..., 0] / total[..., 1]).astype(np.float32) for name, total in sums.items()}

    def attention(self, layer: int, positions, key_positions, q, keys, sinks, mask) -> None:
        rows, places = list(range(len(q))), None
        for head, some, pattern, sink_mass in patterns(self._attention_pattern, q, keys, sinks, mask, range(self._n_heads), rows):
            if head == 0:  # blocks of rows come one after the other, each with all heads
                places = self._places(positions[some], key_positions)
                self._even(layer, places, None if mask is None else mask[some], pattern)
            self._add(self.sums, layer, head, places, pattern, sink_mass)

    def _places(self, positions, key_positions) -> dict[str, torch.Tensor]:
        """For rows at `positions`: how far back each key is, where the token before is, and what followed the same token earlier."""
        ids = self._ids.to(positions.device)
        back = positions[:, None] - key_positions[None, :]
        followed = ids[(key_positions - 1).clamp(min=0)]
        induction = (followed[None, :] == ids[positions][:, None]) & (key_positions > 0) & (back > 0)
        return {"back": back, "before": back == 1, "induction": induction, "first": positions == 0, "had": self._seen_before.to(positions.device)[positions]}

    def _even(self, layer: int, places, mask, pattern) -> None:
        told = mask.tensor() if hasattr(mask, "tensor") else mask  # a Band tells by positions
        seen = torch.ones_like(pattern) if told is None else told.to(pattern.dtype)
        even = seen / (seen.sum(1, keepdim=True) + 1)
        self._add(self.even_sums, layer, 0, places, even, 1 - even.sum(1))

    @staticmethod
    def _add(sums, layer: int, head: int, places, pattern, sink_mass) -> None:
        """pattern (rows, S), sink_mass (rows,)."""
        everyone = torch.ones_like(sink_mass)
        entropy = torch.special.entr(pattern).sum(1) + torch.special.entr(sink_mass)
        found = {
            "sink_mass": (sink_mass, everyone),
            "entropy": (entropy / np.log(2), everyone),
            "distance": ((pattern * places["back"]).sum(1) / (1 - sink_mass).clamp(min=1e-12), everyone),
            "previous": ((pattern * places["before"]).sum(1), ~places["first"]),
            "induction": ((pattern * places["induction"]).sum(1), places["had"]),
        }
        for name, (values, counted) in found.items():
            sums[name][layer, head] += float((values * counted).sum(dtype=torch.float64)), float(counted.sum())
