"""What heads looked at, for inside/replay: a streamed log-sum-exp, then patterns of chosen rows or pooled pictures; no memory but theirs.

Called by triton_ops and inside/. Scores are summed in float32; bf16 and f16 are multiplied in tensor cores where the chip does that, which
loses nothing. Positions are those of the whole text, of queries and of keys.
"""

import torch
import triton
import triton.language as tl

from ._aot import CompileCase
from ._attention import LOG2_E, LOG2E, LOWEST, NO_WINDOW, keeps_narrow
from ._flash import multiply

NOWHERE = tl.constexpr(1 << 30)  # the position of a key that is not there: after every query
NEVER = tl.constexpr(-(1 << 29))  # and of a query that is not there: before every key
SPLIT = 1024  # keys that a program sums over, at least, where they are split
PROGRAMS = 256  # up to so many: enough for any chip to be busy


@triton.jit
def _scores(
    queries, positions, k, key_row, key_positions, key_start, block, last, window, scale,
    HEAD_DIM: tl.constexpr, KEYS: tl.constexpr, LISTED: tl.constexpr, NARROW: tl.constexpr,
):  # fmt: skip
    """(queries, KEYS) of the keys block .. last - 1, of base 2, minus infinity where a query does not see a key."""
    key = block + tl.arange(0, KEYS)
    d = tl.arange(0, HEAD_DIM)
    there = key < last
    keys = tl.load(k + key.to(tl.int64)[None, :] * key_row + d[:, None], mask=there[None, :], other=0.0)
    if LISTED:
        place = tl.load(key_positions + key, mask=there, other=NOWHERE).to(tl.int32)
    else:
        place = tl.where(there, key_start + key, NOWHERE)
    distance = positions[:, None] - place[None, :]
    return tl.where((distance >= 0) & (distance < window), multiply(queries, keys, NARROW) * (scale * LOG2E), float("-inf"))


@triton.jit
def _span(positions, there, key_start, n_keys, window, KEYS: tl.constexpr, LISTED: tl.constexpr):
    """The keys, from and to, among which all are that these queries see. LISTED: keys in any order, so all of them."""
    if LISTED:
        begin, end = n_keys * 0, n_keys + 0
    else:
        begin = tl.min(tl.where(there, positions, NOWHERE), axis=0) - window + 1 - key_start
        begin = tl.maximum(begin, 0) // KEYS * KEYS
        end = tl.minimum(tl.max(positions, axis=0) + 1 - key_start, n_keys)
    return begin, end


@triton.jit(do_not_specialize=["n_queries", "n_keys", "key_start", "window"])
def _lse_kernel(
    q, k, sinks, heads, query_positions, key_positions, lse, scale, query_row, query_head, key_row, key_head, n_queries, n_keys,
    key_start, window, GROUP: tl.constexpr, HEAD_DIM: tl.constexpr, QUERIES: tl.constexpr, KEYS: tl.constexpr, LISTED: tl.constexpr,
    NARROW: tl.constexpr,
):  # fmt: skip
    """The log-sum-exp of some rows of one head over one share of the keys, of base 2; the sink is in the first share. lse (shares, heads,
    queries): LOWEST where a row sees nothing of its share."""
    which, split = tl.program_id(1), tl.program_id(2)
    head = tl.load(heads + which).to(tl.int32)
    query = tl.program_id(0) * QUERIES + tl.arange(0, QUERIES)
    inside = query < n_queries
    at = head * query_head + query.to(tl.int64)[:, None] * query_row + tl.arange(0, HEAD_DIM)[None, :]
    queries = tl.load(q + at, mask=inside[:, None], other=0.0)
    positions = tl.load(query_positions + query, mask=inside, other=NEVER).to(tl.int32)
    k += head // GROUP * key_head
    sink = tl.load(sinks + head).to(tl.float32) * LOG2E
    sink = tl.where(split == 0, sink, float("-inf"))
    highest = tl.maximum(sink, LOWEST)
    top = tl.full([QUERIES], 0.0, tl.float32) + highest
    total = tl.full([QUERIES], 0.0, tl.float32) + tl.exp2(sink - highest)
    begin, end = _span(positions, inside, key_start, n_keys, window, KEYS, LISTED)
    each = tl.cdiv(tl.cdiv(end - begin, tl.num_programs(2)), KEYS) * KEYS
    start = begin + split * each
    for block in range(start, tl.minimum(start + each, end), KEYS):
        scores = _scores(
            queries, positions, k, key_row, key_positions, key_start, block, n_keys, window, scale, HEAD_DIM, KEYS, LISTED, NARROW
        )  # fmt: skip
        new_top = tl.maximum(top, tl.max(scores, axis=1))
        total = total * tl.exp2(top - new_top) + tl.sum(tl.exp2(scores - new_top[:, None]), axis=1)
        top = new_top
    row = (split.to(tl.int64) * tl.num_programs(1) + which) * n_queries + query
    tl.store(lse + row, top + tl.log2(tl.where(total == 0.0, 1.0, total)), mask=inside)  # a NaN stays one


@triton.jit(do_not_specialize=["n_queries", "n_keys", "key_start", "window"])
def _pattern_kernel(
    q, k, heads, query_positions, key_positions, lse, pattern, scale, query_row, query_head, key_row, key_head, n_queries, n_keys,
    key_start, window, GROUP: tl.constexpr, HEAD_DIM: tl.constexpr, QUERIES: tl.constexpr, KEYS: tl.constexpr, LISTED: tl.constexpr,
    NARROW: tl.constexpr,
):  # fmt: skip
    """QUERIES by KEYS of one head's pattern."""
    which = tl.program_id(2)
    head = tl.load(heads + which).to(tl.int32)
    query = tl.program_id(1) * QUERIES + tl.arange(0, QUERIES)
    inside = query < n_queries
    at = head * query_head + query.to(tl.int64)[:, None] * query_row + tl.arange(0, HEAD_DIM)[None, :]
    queries = tl.load(q + at, mask=inside[:, None], other=0.0)
    positions = tl.load(query_positions + query, mask=inside, other=NEVER).to(tl.int32)
    k += head // GROUP * key_head
    block = tl.program_id(0) * KEYS
    scores = _scores(
        queries, positions, k, key_row, key_positions, key_start, block, n_keys, window, scale, HEAD_DIM, KEYS, LISTED, NARROW
    )  # fmt: skip
    row = which.to(tl.int64) * n_queries + query
    weights = tl.exp2(scores - tl.load(lse + row, mask=inside, other=0.0)[:, None])
    key = block + tl.arange(0, KEYS)
    tl.store(pattern + row[:, None] * n_keys + key[None, :], weights, mask=inside[:, None] & (key < n_keys)[None, :])


@triton.jit
def _band(i, n_tokens, bands):
    """The first position of band i."""
    return ((i.to(tl.int64) * n_tokens + bands - 1) // bands).to(tl.int32)


@triton.jit(do_not_specialize=["n_queries", "n_keys", "first", "key_start", "window", "n_tokens"])
def _pooled_kernel(
    q, k, sinks, heads, lse, pattern, sink_mass, scale, query_row, query_head, key_row, key_head, n_queries, n_keys,
    first, key_start, window, n_tokens, GROUP: tl.constexpr, HEAD_DIM: tl.constexpr, QUERIES: tl.constexpr, KEYS: tl.constexpr,
    NARROW: tl.constexpr,
):  # fmt: skip
    """One tile: the queries of one band over the keys of another, as far as they are here. Band i has the positions p with
    p * bands // n_tokens == i. The greatest weight joins what the tile holds; the first column of tiles adds the sink's share."""
    column, band, which = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    bands = tl.num_programs(0)
    from_query, to_query = _band(band, n_tokens, bands), _band(band + 1, n_tokens, bands)
    from_key, to_key = _band(column, n_tokens, bands), _band(column + 1, n_tokens, bands)
    last_key = tl.minimum(to_key - key_start, n_keys)
    head = tl.load(heads + which).to(tl.int32)
    k += head // GROUP * key_head
    sink = tl.load(sinks + head).to(tl.float32) * LOG2E
    greatest = tl.zeros([QUERIES], tl.float32)
    dropped = tl.zeros([QUERIES], tl.float32)
    # above the diagonal there is nothing to see
    stop = tl.where(from_key < to_query, tl.minimum(to_query - first, n_queries), 0)
    for tile in range(tl.maximum(from_query - first, 0), stop, QUERIES):
        query = tile + tl.arange(0, QUERIES)
        inside = query < stop
        at = head * query_head + query.to(tl.int64)[:, None] * query_row + tl.arange(0, HEAD_DIM)[None, :]
        queries = tl.load(q + at, mask=inside[:, None], other=0.0)
        positions = tl.where(inside, first + query, NEVER)
        sums = tl.load(lse + which.to(tl.int64) * n_queries + query, mask=inside, other=float("inf"))
        dropped += tl.exp2(sink - sums)
        begin = tl.maximum(tl.maximum(from_key, first + tile - window + 1) - key_start, 0)
        end = tl.minimum(last_key, first + tl.minimum(tile + QUERIES, stop) - key_start)
        for block in range(begin, end, KEYS):
            scores = _scores(
                queries, positions, k, key_row, lse, key_start, block, last_key, window, scale, HEAD_DIM, KEYS, False, NARROW
            )  # fmt: skip
            greatest = tl.maximum(greatest, tl.max(tl.exp2(scores - sums[:, None]), axis=1))
    cell = (which.to(tl.int64) * bands + band) * bands + column
    tl.store(pattern + cell, tl.maximum(tl.load(pattern + cell), tl.max(greatest, axis=0)))
    if column == 0:
        row = which * bands + band
        tl.store(sink_mass + row, tl.load(sink_mass + row) + tl.sum(dropped, axis=0) / (to_query - from_query))


def pattern(q, k, sinks, query_positions, key_positions, window: int | None, heads=None, *, queries=32, keys=64, splits=None):
    """The pattern (heads, N, S) float32, the sink's column dropped, and the sink mass (heads, N), both allocated.

    q (N, H, d) at query_positions (N,) int64; k (S, K, d) at key_positions (S,) int64, or from that number on without a gap, which is
    quicker: keys that no query sees are skipped; sinks (H,); heads: a list, None for all. splits: shares of the keys that are summed
    over side by side, None for as many as there is work for.
    """
    heads = _indices(heads, q)
    common = _common(q, k, key_positions, window, queries, keys)
    sums = _log_sums(q, k, sinks, query_positions, key_positions, heads, common, splits)
    n_queries, n_keys = len(q), len(k)
    out = torch.empty(len(heads), n_queries, n_keys, dtype=torch.float32, device=q.device)
    listed = key_positions if common["LISTED"] else query_positions
    _pattern_kernel[(triton.cdiv(n_keys, keys), triton.cdiv(n_queries, queries), len(heads))](
        q, k, heads, query_positions, listed, sums, out, q.shape[-1] ** -0.5, *q.stride()[:2], *k.stride()[:2], **common
    )
    return out, torch.exp2(sinks.float()[heads.long(), None] * LOG2_E - sums)


def pooled(
    q, k, sinks, first: int, window: int | None, pool: int, heads=None, *, n_tokens=None, key_start=0, out=None, queries=None, keys=64
) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    """What recorder.PooledRecorder makes: the greatest weight of each tile (heads, pool, pool) and the mean sink mass of each band (heads,
    pool), float32.

    q (T, H, d) at the positions first .. first + T - 1; k (S, K, d) at key_start .. key_start + S - 1; `n_tokens` of the whole text, first
    + T if None, at least `pool`. A text in chunks: `out`, zeros at first, is what the call before returned, and is added to in place.
    """
    n_tokens = first + len(q) if n_tokens is None else n_tokens
    assert pool <= n_tokens
    heads = _indices(heads, q)
    positions = torch.arange(first, first + len(q), device=q.device)
    common = _common(q, k, key_start, window, queries or (64 if q.dtype == k.dtype and keeps_narrow(k) else 32), keys)
    sums = _log_sums(q, k, sinks, positions, key_start, heads, common)
    if out is None:
        out = tuple(torch.zeros(len(heads), *rest, dtype=torch.float32, device=q.device) for rest in ((pool, pool), (pool,)))
    del common["LISTED"]
    _pooled_kernel[(pool, pool, len(heads))](
        q, k, sinks, heads, sums, *out, q.shape[-1] ** -0.5, *q.stride()[:2], *k.stride()[:2], first=first, n_tokens=n_tokens, **common
    )
    return out


def _indices(heads, q) -> torch.Tensor:
    return torch.tensor(list(range(q.shape[1]) if heads is None else heads), dtype=torch.int32, device=q.device)


def _common(q, k, key_positions, window, queries: int, keys: int) -> dict:
    assert q.stride(-1) == k.stride(-1) == 1
    listed = isinstance(key_positions, torch.Tensor)
    sizes = {"n_queries": len(q), "n_keys": len(k), "key_start": 0 if listed else key_positions}
    sizes["window"] = NO_WINDOW if window is None else window
    blocks = {"HEAD_DIM": q.shape[-1], "QUERIES": queries, "KEYS": keys, "NARROW": q.dtype == k.dtype and keeps_narrow(k)}
    return sizes | blocks | {"GROUP": q.shape[1] // k.shape[1], "LISTED": listed}


def _log_sums(q, k, sinks, query_positions, key_positions, heads, common: dict, splits: int | None = None) -> torch.Tensor:
    """(heads, T). Few rows over many keys are split along the keys: one program a head would leave the chip idle."""
    tiles = triton.cdiv(len(q), common["QUERIES"])
    if splits is None:
        seen = min(len(k), common["window"] + len(q))
        splits = max(1, min(PROGRAMS // (tiles * len(heads)), seen // SPLIT))
    parts = torch.empty(splits, len(heads), len(q), dtype=torch.float32, device=q.device)
    listed = key_positions if common["LISTED"] else query_positions  # not read then
    _lse_kernel[(tiles, len(heads), splits)](
        q, k, sinks, heads, query_positions, listed, parts, q.shape[-1] ** -0.5, *q.stride()[:2], *k.stride()[:2], **common
    )
    if splits == 1:
        return parts[0]
    top = parts.amax(0)
    return top + torch.exp2(parts - top).sum(0).log2()


def cases(shape) -> tuple[CompileCase, ...]:
    """bf16, and float32 queries over a bf16 cache for sm_75."""
    head_dim, n_heads, n_kv_heads = shape.head_dim, shape.n_heads, shape.n_kv_heads
    types = {"k": "*bf16", "heads": "*i32", "query_positions": "*i64", "key_positions": "*i64", "scale": "fp32"}
    types |= dict.fromkeys(("sinks", "lse", "pattern", "sink_mass"), "*fp32")
    types |= dict.fromkeys(("n_queries", "n_keys", "first", "key_start", "window", "n_tokens"), "i32")
    fixed = {"query_row": (n_heads + 2 * n_kv_heads) * head_dim, "query_head": head_dim}
    fixed |= {"key_row": n_kv_heads * head_dim, "key_head": head_dim, "GROUP": n_heads // n_kv_heads, "HEAD_DIM": head_dim, "KEYS": 64}
    made = []
    for name, kernel, queries, listed in (
        ("log-sum-exp", _lse_kernel, 32, {"LISTED": True}),
        ("pattern", _pattern_kernel, 32, {"LISTED": True}),
        ("pooled", _pooled_kernel, 64, {}),
    ):
        for narrow in (True, False):
            constants = fixed | listed | {"QUERIES": queries if narrow else 32, "NARROW": narrow}
            signature = types | {"q": "*bf16" if narrow else "*fp32"}
            made.append(CompileCase(name if narrow else name + " float32", kernel, signature, constants, 4, 2, False))
    return tuple(made)
