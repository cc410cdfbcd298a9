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
        self._attention_pattern, self._n_heads = attention_pattern, config.n_heads
        self._ids = np.array(ids)
        earlier: dict[int, list[int]] = {}
        self._followers = []  # of each position: the positions after earlier occurrences of its token
        for position, token in enumerate(ids):
            self._followers.append(np.array([p + 1 for p in earlier.get(token, [])], dtype=np.intp))
            earlier.setdefault(token, []).append(position)
        # sums, and the number of tokens behind them, by layer and head
        self.sums = {name: np.zeros((config.n_layers, config.n_heads, 2)) for name in NAMES}
        self.even_sums = {name: np.zeros((config.n_layers, 1, 2)) for name in NAMES}

    @staticmethod
    def means(sums: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        with np.errstate(invalid="ignore"):
            return {name: (total[..., 0] / total[..., 1]).astype(np.float32) for name, total in sums.items()}

    def attention(self, layer: int, positions, key_positions, q, keys, sinks, mask) -> None:
        queries, columns = positions.cpu().numpy(), key_positions.cpu().numpy()
        place = np.full(len(self._ids) + 1, -1)
        place[columns] = np.arange(len(columns))  # of a position, among the keys
        seen = np.ones((len(queries), len(columns)), bool) if mask is None else mask.cpu().numpy()
        rows = list(range(len(queries)))
        before = place[queries - 1]  # -1 at position 0, whose "position before" is the spare last one
        followers = [place[self._followers[p]] for p in queries]
        followers = [f[f >= 0] for f in followers]  # those that a window has lost are out
        followers = [f[seen[row][f]] for row, f in zip(rows, followers, strict=True)]
        had = np.array([len(self._followers[p]) > 0 for p in queries])
        for head, some, pattern, sink_mass in patterns(self._attention_pattern, q, keys, sinks, mask, range(self._n_heads), rows):
            self._add(self.sums, layer, head, queries, columns, some, pattern, sink_mass, before, followers, had)
        even = torch.tensor(seen / (seen.sum(1, keepdims=True) + 1))
        self._add(self.even_sums, layer, 0, queries, columns, rows, even, 1 - even.sum(1), before, followers, had)

    def _add(self, sums, layer, head, queries, columns, some, pattern, sink_mass, before, followers, had) -> None:
        pattern, sink_mass = pattern.cpu().double().numpy(), sink_mass.cpu().double().numpy()
        taken = 1 - sink_mass
        back = queries[some][:, None] - columns[None, :]
        previous = np.where(before[some] >= 0, pattern[np.arange(len(some)), before[some]], 0)
        induction = np.array([pattern[k, followers[row]].sum() for k, row in enumerate(some)])
        found = {
            "sink_mass": (sink_mass, np.ones(len(some))),
            "entropy": (_entropy(pattern) + _entropy(sink_mass[:, None]), np.ones(len(some))),
            "distance": ((pattern * back).sum(1) / np.maximum(taken, 1e-12), np.ones(len(some))),
            "previous": (previous, queries[some] > 0),
            "induction": (induction, had[some]),
        }
        for name, (values, counted) in found.items():
            sums[name][layer, head] += (values * counted).sum(), counted.sum()


def _entropy(shares: np.ndarray) -> np.ndarray:
    """The part of an entropy in bits that these shares (rows, S) add."""
    return -(shares * np.log2(shares, where=shares > 0, out=np.zeros_like(shares))).sum(1)
