"""From counts that add up over blocks of tokens to a Measure: its value, the bootstrap's interval, and what chance gives. Called by metrics.

Neighbouring tokens are not independent, so the bootstrap draws blocks of them.
"""

from collections.abc import Callable

import numpy as np

from .choices import Choices
from .measure import Measure, quiet

RESAMPLES = 200  # of the bootstrap
LEVEL = 95  # percent, of intervals
SHUFFLES = 39  # of chance: all but one in twenty of further ones would lie between the least and the greatest of so many


def measured(name, axes, chosen: Choices, count, finish, shuffle, source: str, seed: int, n_layers: int | None = None) -> Measure:
    """count(choices, layer) gives counts (B, ...) that add up over blocks, finish(their sum) a layer's value, shuffle(rng) choices
    of chance. The shuffles come last, as they may change what `count` sees."""

    def shuffled(rng):
        made = shuffle(rng)
        return lambda layer: count(made, layer).sum(0)

    return beside(name, axes, chosen, count, finish, shuffled, source, seed, n_layers)


def beside(name, axes, chosen: Choices, count, finish, null, source: str, seed: int, n_layers: int | None = None) -> Measure:
    """As `measured`; null(rng) gives a function from a layer to the counts of chance."""
    rng, layers = np.random.default_rng(seed), range(n_layers or chosen.n_layers)
    values, sides, shuffles = [], [], []
    for layer in layers:
        blocks = count(chosen, layer)
        values.append(finish(blocks.sum(0)))
        sides.append(interval(blocks, finish, rng))
    for _ in range(SHUFFLES):
        made = null(rng)
        shuffles.append(np.stack([finish(made(layer)) for layer in layers]))
    low, high = (np.stack(side) for side in zip(*sides, strict=True))
    return Measure(name, axes, np.stack(values).astype(float), low, high, *chance(np.stack(shuffles).astype(float)), chosen.n_tokens, source)


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
    with quiet():
        low, high = np.nanpercentile(resampled, [edge, 100 - edge], axis=0)
        shift = value - np.nanmean(resampled, axis=0)
    known = np.isfinite(resampled).mean(0) > 0.5
    return np.where(known, low + shift, np.nan), np.where(known, high + shift, np.nan)


def chance(shuffled: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, least and greatest along the first axis of SHUFFLES values; NaN where none is defined."""
    with quiet():
        return np.nanmean(shuffled, axis=0), np.nanmin(shuffled, axis=0), np.nanmax(shuffled, axis=0)


def mean_counts(chosen: Choices, values: np.ndarray, counted: np.ndarray | None = None) -> np.ndarray:
    """(B, 2) sum and number of (T,) values, of those counted."""
    counted = np.ones(len(values)) if counted is None else counted
    return chosen.summed(np.stack([values * counted, counted], axis=-1))


def ratio(counts: np.ndarray) -> np.ndarray:
    return divided(counts[0], counts[1])


def divided(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """NaN where there is nothing to divide by."""
    a, b = np.broadcast_arrays(np.asarray(a, float), np.asarray(b, float))
    return np.divide(a, b, where=b != 0, out=np.full(a.shape, np.nan))
