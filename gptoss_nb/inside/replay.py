"""Replay: the token ids of a trace through the model once more, under the trace's edits, with a recorder watching.

Never from the live cache: its window layers have lost their old keys. Called by the session on the worker thread.
"""

from dataclasses import replace

import numpy as np
import torch

from ..engine.generator import CHUNK, Generator
from ..errors import NotObservable, OptionError
from ..model.edits import Edits
from ..model.kv_cache import KVCache
from ..model.sequence import Plan
from ..model.transformer import Transformer
from .recorder import Attention, AttentionRecorder, PooledOnDevice, PooledRecorder, ResidualRecorder

MOST_ROWS = 8192  # above so many tokens a full pattern is too large, and rows are to be named
MOST_CELLS = 2**29  # of patterns: 2 GB
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
        on_device = getattr(generator.model.ops, "pooled", None)
        kind, operation = (PooledOnDevice, on_device) if on_device else (PooledRecorder, op)
        recorder = kind(operation, layer, heads, len(ids), min(pool, len(ids)))
        rows = recorder.first
    else:
        if rows is None and len(ids) > MOST_ROWS:
            raise NotObservable(
                f"A full pattern of {len(ids):,} tokens is too large.", f"Name the rows, as in rows=[{len(ids) - 1}], or ask for pool=64."
            )
        rows = indices("row", rows, len(ids))
        cells = len(heads) * len(rows) * len(ids)
        if cells > MOST_CELLS:
            raise NotObservable(f"These patterns would take {4 * cells / 1e9:.0f} GB of memory.", "Name fewer heads or rows, or ask for pool=64.")
        recorder = AttentionRecorder(op, layer, heads, rows, len(ids))
    _run_to(generator, ids, edits, layer, cancelled, recorder)
    return Attention(recorder.pattern, recorder.sink_mass, tuple(heads), tuple(rows), pooled=pool is not None)


def residuals(generator: Generator, ids: list[int], edits: Edits, name: str = "resid_post", cancelled=lambda: False) -> np.ndarray:
    """(L, T, D) float32: the residual stream before attention, between attention and experts, or after the block."""
    if name not in RESIDUALS:
        raise OptionError(f"There is no residual {name!r}.", f"Choose one of {', '.join(RESIDUALS)}.")
    recorder = ResidualRecorder(name, generator.config.n_layers, len(ids), generator.config.hidden_size)
    _run(generator, ids, edits, cancelled, recorder)
    return recorder.values


def _run_to(generator: Generator, ids, edits, layer: int, cancelled, recorder) -> None:
    """Runs the layers before `layer`, and shows the recorder what that layer's heads would look with: nothing after it is
    computed, and not the look of heads that were not asked for, which is most of the work on a long text."""
    model, c = generator.model, generator.config
    generator.check(ids)
    tensors = edits.tensors(c, generator.device)
    before = replace(c, n_layers=layer, sliding_windows=c.sliding_windows[:layer])
    weights = replace(model.weights, layers=model.weights.layers[:layer])
    cut = Transformer(before, weights, model.ops, len(ids), model.dtype)
    cache = KVCache(before, len(ids), generator.dtype, generator.device, cut.devices)
    window, device = c.sliding_windows[layer], model.devices[layer]
    kept = torch.empty(len(ids), c.n_kv_heads, c.head_dim, dtype=generator.dtype, device=device)  # all keys of the layer
    for start in range(0, len(ids), CHUNK):
        if cancelled():
            return
        chunk = torch.tensor(ids[start : start + CHUNK], device=generator.device)
        positions = torch.arange(start, start + len(chunk), device=generator.device)
        resid = cut.blocks(chunk, cache, tensors) if layer else model.embed(chunk)
        q, k, _ = model.project(layer, resid, positions)
        end = start + len(chunk)
        kept[start:end] = k
        key_positions = torch.arange(0 if window is None else max(0, start - window), end, device=generator.device)
        mask = model.mask(Plan(positions, lambda _, keys=key_positions: keys, consecutive=True), window, device)
        recorder.attention(layer, positions, key_positions, q, kept[key_positions[0] : end], model.weights.layers[layer].sinks, mask)


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
