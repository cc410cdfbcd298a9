"""Band: which keys each query sees, told by positions, for operations that need no (T, S) tensor to know it.

Made by model/sequence, read by the operations whose module says `BANDED`; the others are given the tensor.
"""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Band:
    """A query sees the keys at its own position and before, the last `window` of them (None: all).

    queries (T,) and keys (S,) are positions, int64. `first` is the place of query 0 among the keys where both are consecutive,
    None where they are not. `starts` (T,) int32: keys before that position are not seen, whatever the window (None: no such).
    """

    queries: torch.Tensor
    keys: torch.Tensor
    window: int | None
    first: int | None = None
    starts: torch.Tensor | None = None

    def __getitem__(self, rows) -> "Band":
        """Of some queries."""
        return Band(self.queries[rows], self.keys, self.window, None, None if self.starts is None else self.starts[rows])

    def tensor(self) -> torch.Tensor:
        """(T, S) bool."""
        seen = visible(self.queries, self.keys, self.window)
        return seen if self.starts is None else seen & (self.keys >= self.starts[:, None])


def visible(queries: torch.Tensor, keys: torch.Tensor, window: int | None) -> torch.Tensor:
    """(..., T, S), True where a query sees a key, from positions (..., T) and (..., S)."""
    distance = queries.unsqueeze(-1) - keys.unsqueeze(-2)
    return distance >= 0 if window is None else (distance >= 0) & (distance < window)
