"""Recorders: what a forward pass shows its `record` argument, kept for the layers, heads and rows that were asked for.

Made by replay, called by model/transformer during the pass. Chunks of a long sequence arrive one after the other.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True)
class Attention:
    """One layer's attention. pattern (H, rows, S) float32, the sink's column dropped; sink_mass (H, rows). A row of the
    pattern sums to 1 - sink mass. `heads` and `rows` name what the first two dimensions stand for."""

    pattern: np.ndarray
    sink_mass: np.ndarray
    heads: tuple[int, ...]
    rows: tuple[int, ...]

    def __repr__(self) -> str:
        heads, rows, seen = self.pattern.shape
        return f"<Attention: pattern of {heads} heads, {rows} rows, {seen} positions, and sink mass>"


class AttentionRecorder:
    """The patterns of one layer, for some heads and some rows (query positions)."""

    def __init__(self, attention_pattern: Callable, layer: int, heads: list[int], rows: list[int], n_tokens: int):
        """`attention_pattern` is the operation of that name."""
        self._attention_pattern, self.layer, self.heads, self.rows = attention_pattern, layer, heads, rows
        self.pattern = np.zeros((len(heads), len(rows), n_tokens), dtype=np.float32)
        self.sink_mass = np.zeros((len(heads), len(rows)), dtype=np.float32)

    def residual(self, name: str, layer: int, positions: torch.Tensor, resid: torch.Tensor) -> None:
        """Not asked for."""

    def attention(self, layer: int, positions, key_positions, q, keys, sinks, mask) -> None:
        """q (T, H, d) at `positions`, keys (S, K, d) at `key_positions`, mask (T, S) or None."""
        first, last = int(positions[0]), int(positions[-1])
        inside = [i for i, row in enumerate(self.rows) if first <= row <= last]
        if layer != self.layer or not inside:
            return
        local = [self.rows[i] - first for i in inside]
        pattern, sink_mass = self._attention_pattern(q[local], keys, sinks, None if mask is None else mask[local])
        # index by two lists at once: every head with every row, at the places of these keys
        self.pattern[np.ix_(range(len(self.heads)), inside, key_positions.tolist())] = pattern[self.heads].cpu().numpy()
        self.sink_mass[:, inside] = sink_mass[self.heads].cpu().numpy()


class ResidualRecorder:
    """One of resid_pre, resid_mid, resid_post, of all layers: values (L, T, D) float32."""

    def __init__(self, name: str, n_layers: int, n_tokens: int, hidden_size: int):
        self.name = name
        self.values = np.zeros((n_layers, n_tokens, hidden_size), dtype=np.float32)

    def residual(self, name: str, layer: int, positions: torch.Tensor, resid: torch.Tensor) -> None:
        if name == self.name:
            self.values[layer, positions.tolist()] = resid.float().cpu().numpy()

    def attention(self, *_) -> None:
        """Not asked for."""
