"""Measure: a number, or an array of them, beside its interval and what chance gives. Filled by metrics, read by views and users."""

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import TraceError

if TYPE_CHECKING:
    import pandas


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
        with quiet():
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


@contextmanager
def quiet():
    """numpy warns of places where everything is undefined, which is NaN and meant."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield
