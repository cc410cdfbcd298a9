"""Replay: the token ids of a trace through the model once more, under the trace's edits, with a recorder watching.

Never from the live cache: its window layers have lost their old keys. Called by the session on the worker thread.
"""

import numpy as np

from ..engine.generator import Generator
from ..errors import NotObservable, OptionError
from ..model.edits import Edits
from .recorder import Attention, AttentionRecorder, PooledRecorder, ResidualRecorder

MOST_ROWS = 8192  # above so many tokens a full pattern is too large, and rows are to be named
RESIDUALS = ("resid_pre", "resid_mid", "resid_post")


def attention(
    generator: Generator, ids: list[int], edits: Edits, layer: int, heads=None, rows=None, pool: int | None = None, cancelled=lambda: False
) -> Attention:
    """Pattern and sink mass of one layer for the given heads and rows (query positions), None is all of them; or of all rows
    as `pool` by `pool` tiles."""
    c, op = generator.config, generator.model.ops.attention_pattern
    check_index("layer", layer, c.n_layers)
    heads = indices("head", heads, c.n_heads)
    if pool is not None:
        if rows is not None:
            raise OptionError("Rows and pool do not go together.", "Give rows for some rows, or pool for a picture of all.")
        check_index("pool", pool, MOST_ROWS + 1, first=1)
        recorder = PooledRecorder(op, layer, heads, len(ids), min(pool, len(ids)))
        rows = recorder.first
    else:
        if rows is None and len(ids) > MOST_ROWS:
            raise NotObservable(
                f"A full pattern of {len(ids):,} tokens is too large.", f"Name the rows, as in rows=[{len(ids) - 1}], or ask for pool=64."
            )
        rows = indices("row", rows, len(ids))
        recorder = AttentionRecorder(op, layer, heads, rows, len(ids))
    _run(generator, ids, edits, cancelled, recorder)
    return Attention(recorder.pattern, recorder.sink_mass, tuple(heads), tuple(rows), pooled=pool is not None)


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


def indices(name: str, values, limit: int) -> list[int]:
    """One or several, None for all. Errors: OptionError."""
    if values is None:
        return list(range(limit))
    if not isinstance(values, str) and not hasattr(values, "__iter__") or getattr(values, "ndim", 1) == 0:
        values = [values]
    return [check_index(name, value, limit) for value in list(values)]


def check_index(name: str, value, limit: int, first: int = 0) -> int:
    """Errors: OptionError with the valid range."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or not first <= value < limit:
        raise OptionError(f"There is no {name} {value!r} here.", f"Give a {name} from {first} to {limit - 1}.")
    return int(value)
