"""Measure: a number, or an array of them, beside its interval and what chance gives. Filled by metrics, read by views and users."""

import warnings
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import TraceError

if TYPE_CHECKING:
    import pandas

RESAMPLES = 200  # of the bootstrap
LEVEL = 95  # percent, of intervals
SHUFFLES = 39  # of chance: all but one in twenty of further ones would lie between the least and the greatest of so many


@dataclass(frozen=True, eq=False)
class Measure:
    """All arrays have the shape that `axes` names. As an array or a number, a Measure is its value.

    low and high: 95 % bootstrap interval of the value, over blocks of neighbouring tokens, which are not independent; shifted by
    what resampling itself adds, as entropies and information would otherwise lie outside their own interval.
    chance: mean of the same measure on shuffled routings; chance_low and chance_high: where 95 % of those lie, at each place for
    itself: of many places, one in twenty is beyond by chance alone. NaN where undefined.
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
        with _quiet():
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


def draws(n_blocks: int, n: int, rng: np.random.Generator) -> np.ndarray:
    """(n, B) how often each block is in each of n bootstrap samples."""
    return rng.multinomial(n_blocks, np.full(n_blocks, 1 / n_blocks), n)


def interval(blocks: np.ndarray, finish: Callable[[np.ndarray], np.ndarray], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Low and high of `finish(sum of blocks)`. blocks (B, ...) additive counts."""
    flat = blocks.reshape(len(blocks), -1)
    resampled = [finish((draw @ flat).reshape(blocks.shape[1:])) for draw in draws(len(blocks), RESAMPLES, rng)]
    return spread(np.stack(resampled), finish(blocks.sum(0)))


def spread(resampled: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where LEVEL % of resampled values lie along the first axis, about `value`; NaN where most are undefined."""
    edge = (100 - LEVEL) / 2
    with _quiet():
        low, high = np.nanpercentile(resampled, [edge, 100 - edge], axis=0)
        shift = value - np.nanmean(resampled, axis=0)
    known = np.isfinite(resampled).mean(0) > 0.5
    return np.where(known, low + shift, np.nan), np.where(known, high + shift, np.nan)


def chance(shuffled: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, least and greatest along the first axis of SHUFFLES values; NaN where none is defined."""
    with _quiet():
        return np.nanmean(shuffled, axis=0), np.nanmin(shuffled, axis=0), np.nanmax(shuffled, axis=0)


@contextmanager
def _quiet():
    """numpy warns of places where everything is undefined, which is NaN and meant."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield
