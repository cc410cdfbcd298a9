"""Measure: a number, or an array of them, beside its interval and what chance gives. Filled by metrics, read by views and users."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import TraceError

if TYPE_CHECKING:
    import pandas

RESAMPLES = 200  # of the bootstrap
LEVEL = 95  # percent, of intervals and of the range of chance


@dataclass(frozen=True, eq=False)
class Measure:
    """All arrays have the shape that `axes` names. As an array or a number, a Measure is its value.

    low and high: 95 % bootstrap interval of the value, over blocks of neighbouring tokens, which are not independent.
    chance: mean of the same measure on shuffled routings; chance_low and chance_high: where 95 % of those lie. NaN where undefined.
    """

    name: str
    axes: tuple[str, ...]
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    chance: np.ndarray
    chance_low: np.ndarray
    chance_high: np.ndarray
    n_tokens: int
    source: str  # the published definition

    def __array__(self, dtype=None, copy=None):
        return np.array(self.value, dtype=dtype)

    def __float__(self) -> float:
        if self.value.size != 1:
            raise TraceError(f"{self.name} is {self.value.shape} numbers, not one.", "Index .value, or take a mean of it.")
        return float(self.value.reshape(()))

    def __getitem__(self, index):
        return self.value[index]

    def __len__(self) -> int:
        return len(self.value)

    @property
    def beyond_chance(self) -> np.ndarray:
        """Where the value lies outside the range of chance."""
        return (self.value < self.chance_low) | (self.value > self.chance_high)

    def __repr__(self) -> str:
        shape = " × ".join(f"{n} {axis}s" for axis, n in zip(self.axes, self.value.shape, strict=True)) or "one number"
        with np.errstate(all="ignore"):
            inside = f"mean {np.nanmean(self.value):.4g}, by chance {np.nanmean(self.chance):.4g}"
        return f"<{self.name}: {shape}, {self.n_tokens} tokens; {inside}>"

    def to_pandas(self) -> "pandas.DataFrame":
        """A tidy table: a row for each place, with value, interval and chance. Errors: TraceError without pandas."""
        pandas = need_pandas()
        places = {axis: index.ravel() for axis, index in zip(self.axes, np.indices(self.value.shape), strict=True)}
        numbers = {name: getattr(self, name).ravel() for name in ("value", "low", "high", "chance", "chance_low", "chance_high")}
        return pandas.DataFrame(places | numbers)


def need_pandas():
    """pandas, which is not a dependency. Errors: TraceError."""
    try:
        import pandas
    except ImportError:
        raise TraceError("to_pandas() needs pandas, which is not here.", 'Install it with pip install "gptoss-nb[pandas]".') from None
    return pandas


def interval(blocks: np.ndarray, finish: Callable[[np.ndarray], np.ndarray], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Low and high of `finish(sum of blocks)` over bootstrap samples of the blocks. blocks (B, ...) additive counts."""
    n_blocks = len(blocks)
    draws = rng.multinomial(n_blocks, np.full(n_blocks, 1 / n_blocks), RESAMPLES)
    flat = blocks.reshape(n_blocks, -1)
    return spread(np.stack([finish((draw @ flat).reshape(blocks.shape[1:])) for draw in draws]))


def spread(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where LEVEL % of values lie along the first axis; NaN where all are."""
    edge = (100 - LEVEL) / 2
    with np.errstate(all="ignore"):
        low, high = np.percentile(np.where(np.isnan(values), 0, values), [edge, 100 - edge], axis=0)
    undefined = np.isnan(values).all(0)
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)
