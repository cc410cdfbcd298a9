"""Recorders: what a forward pass shows its `record` argument, reduced to what was asked for.

Made by replay, lens and attribution, called by model/transformer during the pass. Chunks of a long sequence arrive one after the other.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

CELLS = 2**24  # of a pattern at a time: 64 MB


class Recorder:
    """Sees everything and keeps nothing; others override what they want."""

    def residual(self, name: str, layer: int, positions: torch.Tensor, resid: torch.Tensor) -> None:
        """resid (T, D): resid_pre, resid_mid or resid_post; or "heads", (T, H d): what the heads give to the output matrix."""

    def attention(self, layer: int, positions, key_positions, q, keys, sinks, mask) -> None:
        """q (T, H, d) at `positions`, keys (S, K, d) at `key_positions`, mask (T, S) or None."""


@dataclass(frozen=True)
class Attention:
    """One layer's attention. pattern (H, rows, S) float32, the sink's column dropped; sink_mass (H, rows). A row of the
    pattern sums to 1 - sink mass. `heads` and `rows` name what the first two dimensions stand for.

    Pooled, pattern is (H, n, n): the greatest value of each tile, sink_mass (H, n) the mean of its rows, and `rows` the
    first row of each band, which is its first key as well."""

    pattern: np.ndarray
    sink_mass: np.ndarray
    heads: tuple[int, ...]
    rows: tuple[int, ...]
    pooled: bool = False

    def __repr__(self) -> str:
        heads, rows, seen = self.pattern.shape
        return f"<Attention: pattern of {heads} heads, {rows} rows, {seen} positions{', pooled' if self.pooled else ''}, and sink mass>"


def patterns(attention_pattern: Callable, q, keys, sinks, mask, heads, rows) -> Iterator[tuple[int, list[int], torch.Tensor, torch.Tensor]]:
    """(head, some of the rows, pattern (rows, S), sink mass (rows,)), never more than CELLS at once: `attention_pattern` is the
    operation of that name, run for one head."""
    groups = q.shape[1] // keys.shape[1]
    at_once = max(1, CELLS // keys.shape[0])
    for start in range(0, len(rows), at_once):
        some = rows[start : start + at_once]
        queries, seen = q[some], None if mask is None else mask[some]
        for head in heads:
            own = head // groups
            pattern, sink_mass = attention_pattern(queries[:, head : head + 1], keys[:, own : own + 1], sinks[head : head + 1], seen)
            yield head, some, pattern[0], sink_mass[0]


class AttentionRecorder(Recorder):
    """The patterns of one layer, for some heads and some rows (query positions)."""

    def __init__(self, attention_pattern: Callable, layer: int, heads: list[int], rows: list[int], n_tokens: int):
        self._attention_pattern, self.layer, self.heads_asked, self.rows = attention_pattern, layer, heads, rows
        self.pattern = np.zeros((len(heads), len(rows), n_tokens), dtype=np.float32)
        self.sink_mass = np.zeros((len(heads), len(rows)), dtype=np.float32)

    def attention(self, layer: int, positions, key_positions, q, keys, sinks, mask) -> None:
        first, last = int(positions[0]), int(positions[-1])
        places: dict[int, list[int]] = {}
        for place, row in enumerate(self.rows):
            if first <= row <= last:
                places.setdefault(row - first, []).append(place)
        if layer != self.layer or not places:
            return
        columns = key_positions.cpu().numpy()
        for head, some, pattern, sink_mass in patterns(self._attention_pattern, q, keys, sinks, mask, sorted(set(self.heads_asked)), sorted(places)):
            into = [index for index, asked in enumerate(self.heads_asked) if asked == head]
            pattern, sink_mass = pattern.cpu().numpy(), sink_mass.cpu().numpy()
            for k, row in enumerate(some):
                self.pattern[np.ix_(into, places[row], columns)] = pattern[k]
                self.sink_mass[np.ix_(into, places[row])] = sink_mass[k]


class PooledRecorder(Recorder):
    """The patterns of one layer, each as n by n tiles."""

    def __init__(self, attention_pattern: Callable, layer: int, heads: list[int], n_tokens: int, n: int):
        self._attention_pattern, self.layer, self.heads_asked = attention_pattern, layer, heads
        self._band = np.arange(n_tokens) * n // n_tokens  # of each position
        self.first = np.searchsorted(self._band, np.arange(n)).tolist()
        self.pattern = np.zeros((len(heads), n, n), dtype=np.float32)
        self._sinks = np.zeros((len(heads), n), dtype=np.float64)

    @property
    def sink_mass(self) -> np.ndarray:
        return (self._sinks / np.bincount(self._band)).astype(np.float32)

    def attention(self, layer: int, positions, key_positions, q, keys, sinks, mask) -> None:
        if layer != self.layer:
            return
        columns = key_positions.cpu().numpy()
        order = np.argsort(columns)
        bands, starts = np.unique(self._band[columns[order]], return_index=True)
        first = int(positions[0])
        for head, some, pattern, sink_mass in patterns(self._attention_pattern, q, keys, sinks, mask, sorted(set(self.heads_asked)), list(range(len(q)))):
            rows = self._band[first + np.array(some)]
            narrow = np.maximum.reduceat(pattern.cpu().numpy()[:, order], starts, axis=1)  # (rows, bands)
            for index in (index for index, asked in enumerate(self.heads_asked) if asked == head):
                np.maximum.at(self.pattern[index], (rows[:, None], bands[None, :]), narrow)
                np.add.at(self._sinks[index], rows, sink_mass.cpu().numpy())


class PooledOnDevice(Recorder):
    """The same by an operation that makes the tiles of all heads at once and never holds a pattern: kernels/_replay.pooled."""

    def __init__(self, pooled: Callable, layer: int, heads: list[int], n_tokens: int, n: int):
        self._pooled, self.layer, self._heads, self._n_tokens, self._n, self._made = pooled, layer, heads, n_tokens, n, None
        self.first = [-(-place * n_tokens // n) for place in range(n)]

    pattern = property(lambda self: self._made[0].cpu().numpy())
    sink_mass = property(lambda self: self._made[1].cpu().numpy())

    def attention(self, layer: int, positions, key_positions, q, keys, sinks, mask) -> None:
        """`mask` is a Band of consecutive positions."""
        if layer != self.layer:
            return
        start = int(key_positions[0])
        self._made = self._pooled(q, keys, sinks, start + mask.first, mask.window, self._n, self._heads,
                                  n_tokens=self._n_tokens, key_start=start, out=self._made)  # fmt: skip


class ResidualRecorder(Recorder):
    """One of resid_pre, resid_mid, resid_post, of all layers: values (L, T, D) float32."""

    def __init__(self, name: str, n_layers: int, n_tokens: int, hidden_size: int):
        self.name = name
        self.values = np.zeros((n_layers, n_tokens, hidden_size), dtype=np.float32)

    def residual(self, name: str, layer: int, positions: torch.Tensor, resid: torch.Tensor) -> None:
        if name == self.name:
            self.values[layer, positions.tolist()] = resid.float().cpu().numpy()
