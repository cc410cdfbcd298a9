"""Replay: the token ids of a trace through the model once more, under the trace's edits, with a recorder watching.

Never from the live cache: its window layers have lost their old keys. Called by the session on the worker thread.
"""

import numpy as np

from ..engine.generator import Generator
from ..errors import NotObservable, OptionError
from ..model.edits import Edits
from .recorder import Attention, AttentionRecorder, ResidualRecorder

MOST_ROWS = 8192  # above so many tokens a full pattern is too large, and rows are to be named
RESIDUALS = ("resid_pre", "resid_mid", "resid_post")


def attention(generator: Generator, ids: list[int], edits: Edits, layer: int, heads=None, rows=None, cancelled=lambda: False) -> Attention:
    """Pattern and sink mass of one layer for the given heads and rows (query positions); None is all of them."""
    c = generator.config
    _index("layer", layer, c.n_layers)
    heads = _indices("head", heads, c.n_heads)
    if rows is None and len(ids) > MOST_ROWS:
        raise NotObservable(f"A full pattern of {len(ids):,} tokens is too large.", f"Name the rows, as in rows=[{len(ids) - 1}].")
    rows = _indices("row", rows, len(ids))
    recorder = AttentionRecorder(generator.model.ops.attention_pattern, layer, heads, rows, len(ids))
    _run(generator, ids, edits, cancelled, recorder)
    return Attention(recorder.pattern, recorder.sink_mass, tuple(heads), tuple(rows))


def residuals(generator: Generator, ids: list[int], edits: Edits, name: str = "resid_post", cancelled=lambda: False) -> np.ndarray:
    """(L, T, D) float32: the residual stream before attention, between attention and experts, or after the block."""
    if name not in RESIDUALS:
        raise OptionError(f"There is no residual {name!r}.", f"Choose one of {', '.join(RESIDUALS)}.")
    recorder = ResidualRecorder(name, generator.config.n_layers, len(ids), generator.config.hidden_size)
    _run(generator, ids, edits, cancelled, recorder)
    return recorder.values


def _run(generator: Generator, ids, edits, cancelled, recorder) -> None:
    for _ in generator.passes(ids, edits, cancelled, recorder):
        pass  # the recorder has seen it


def _indices(name: str, values, limit: int) -> list[int]:
    if values is None:
        return list(range(limit))
    if not isinstance(values, str) and not hasattr(values, "__iter__") or getattr(values, "ndim", 1) == 0:
        values = [values]
    values = list(values)
    for value in values:
        _index(name, value, limit)
    return [int(value) for value in values]


def _index(name: str, value, limit: int) -> None:
    if isinstance(value, bool) or not hasattr(value, "__index__") or not 0 <= value < limit:
        raise OptionError(f"There is no {name} {value!r} here.", f"Give a {name} from 0 to {limit - 1}.")
