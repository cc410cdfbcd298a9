"""Attention of many new tokens, without a (T, S) tensor: prefill, onto an empty cache or a filled one, and several documents in one pass.
Called by triton_ops.

bf16 and f16 are multiplied in tensor cores where the chip does that, weights rounded to the values' dtype; all else is float32.
"""

import torch
import triton
import triton.language as tl

from ._aot import CompileCase
from ._attention import LOG2E, LOWEST, NO_WINDOW, keeps_narrow

LN2 = tl.constexpr(0.6931471805599453)


@triton.jit
def multiply(a, b, NARROW: tl.constexpr):
    """a @ b with a float32 sum; NARROW: as b is stored."""
    if NARROW:
        return tl.dot(a.to(b.dtype), b)
    else:
        return tl.dot(a.to(tl.float32), b.to(tl.float32), input_precision="ieee")


@triton.jit
def _look(
    mixed, total, top, queries, block, k, v, key_row, value_row, place, earliest, n_keys, scale,
    HEAD_DIM: tl.constexpr, KEYS: tl.constexpr, MASKED: tl.constexpr, NARROW: tl.constexpr,
):  # fmt: skip
    """One block of keys. place and earliest (queries,): the last and the first key that each sees. Exponents are of base 2."""
    key = block + tl.arange(0, KEYS)
    d = tl.arange(0, HEAD_DIM)
    row = key.to(tl.int64)
    if MASKED:
        keys = tl.load(k + row[None, :] * key_row + d[:, None], mask=(key < n_keys)[None, :], other=0.0)
        values = tl.load(v + row[:, None] * value_row + d[None, :], mask=(key < n_keys)[:, None], other=0.0)
    else:
        keys = tl.load(k + row[None, :] * key_row + d[:, None])
        values = tl.load(v + row[:, None] * value_row + d[None, :])
    scores = multiply(queries, keys, NARROW) * (scale * LOG2E)
    if MASKED:
        seen = (key[None, :] <= place[:, None]) & (key[None, :] >= earliest[:, None])
        scores = tl.where(seen, scores, float("-inf"))
    new_top = tl.maximum(top, tl.max(scores, axis=1))
    shrink = tl.exp2(top - new_top)
    weights = tl.exp2(scores - new_top[:, None])
    total = total * shrink + tl.sum(weights, axis=1)
    mixed = mixed * shrink[:, None] + multiply(weights, values, NARROW)
    return mixed, total, new_top


@triton.jit(do_not_specialize=["n_queries", "n_keys", "first", "window"])
def _flash_kernel(
    q, k, v, sinks, gain, starts, out, lse, scale, query_row, query_head, key_row, key_head, value_row, value_head,
    n_queries, n_keys, first, window, GROUP: tl.constexpr, HEAD_DIM: tl.constexpr, QUERIES: tl.constexpr, KEYS: tl.constexpr,
    WINDOW: tl.constexpr, PACKED: tl.constexpr, GAINED: tl.constexpr, LSE: tl.constexpr, NARROW: tl.constexpr,
):  # fmt: skip
    """QUERIES queries of one head, the last ones first: they have the most to do."""
    head, n_heads = tl.program_id(0), tl.num_programs(0)
    tile = (tl.num_programs(1) - 1 - tl.program_id(1)) * QUERIES
    query = tile + tl.arange(0, QUERIES)
    inside = query < n_queries
    d = tl.arange(0, HEAD_DIM)
    row = query.to(tl.int64)
    queries = tl.load(q + head * query_head + row[:, None] * query_row + d[None, :], mask=inside[:, None], other=0.0)
    place = tl.minimum(first + query, n_keys - 1)
    earliest = tl.maximum(first + query - window + 1, 0)
    if PACKED:
        earliest = tl.maximum(earliest, tl.load(starts + query, mask=inside, other=2147483647))
        begin = tl.min(earliest, axis=0)
    else:
        begin = tl.maximum(first + tile - window + 1, 0)
    end = tl.minimum(first + tl.minimum(tile + QUERIES, n_queries), n_keys)
    k += head // GROUP * key_head
    v += head // GROUP * value_head
    sink = tl.load(sinks + head).to(tl.float32) * LOG2E
    highest = tl.maximum(sink, LOWEST)
    top = tl.full([QUERIES], 0.0, tl.float32) + highest  # the sink comes first: a key that gives nothing
    total = tl.full([QUERIES], 0.0, tl.float32) + tl.exp2(sink - highest)
    mixed = tl.zeros([QUERIES, HEAD_DIM], tl.float32)
    if not WINDOW and not PACKED:  # blocks that every query sees whole
        whole = tl.minimum(first + tile + 1, n_keys) // KEYS * KEYS
        for block in range(0, whole, KEYS):
            mixed, total, top = _look(
                mixed, total, top, queries, block, k, v, key_row, value_row, place, earliest, n_keys, scale, HEAD_DIM, KEYS, False, NARROW
            )  # fmt: skip
        begin = whole
    for block in range(begin // KEYS * KEYS, end, KEYS):
        mixed, total, top = _look(
            mixed, total, top, queries, block, k, v, key_row, value_row, place, earliest, n_keys, scale, HEAD_DIM, KEYS, True, NARROW
        )  # fmt: skip
    mixed = mixed / total[:, None]
    if GAINED:
        mixed *= tl.load(gain + head)
    at = out + (row[:, None] * n_heads + head) * HEAD_DIM + d[None, :]
    tl.store(at, mixed.to(out.dtype.element_ty), mask=inside[:, None])
    if LSE:
        tl.store(lse + head.to(tl.int64) * n_queries + row, (top + tl.log2(total)) * LN2, mask=inside)


def flash(
    q, k, v, sinks, first: int, window: int | None, gain=None, starts=None, *, return_lse=False,
    queries=None, keys=None, num_warps=None, num_stages=2,
) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    """(T, H d) in q's dtype, allocated: query t sees the keys s <= first + t, the last `window` of these, none before starts[t].

    q (T, H, d); k and v (S, K, d); any float dtypes, the last dimension contiguous; sinks (H,); gain (H,) float32 or None; starts (T,)
    int32 or None: the place where the query's document begins. return_lse: also the log-sum-exp of the scores and the sink, (H, T) float32.
    """
    (n_queries, n_heads, head_dim), (n_keys, n_kv_heads, _) = q.shape, k.shape
    assert q.stride(-1) == k.stride(-1) == v.stride(-1) == 1 and k.shape == v.shape and 0 <= first
    out = torch.empty(n_queries, n_heads * head_dim, dtype=q.dtype, device=q.device)
    lse = torch.empty(n_heads if return_lse else 0, n_queries, dtype=torch.float32, device=q.device)
    narrow = q.dtype == k.dtype == v.dtype and keeps_narrow(k)
    block = _blocks(narrow)
    queries, keys = queries or block[0], keys or block[1]
    _flash_kernel[(n_heads, triton.cdiv(n_queries, queries))](
        q, k, v, sinks, gain, starts, out, lse, head_dim**-0.5, *q.stride()[:2], *k.stride()[:2], *v.stride()[:2],
        n_queries, n_keys, first, NO_WINDOW if window is None else window, GROUP=n_heads // n_kv_heads, HEAD_DIM=head_dim, QUERIES=queries,
        KEYS=keys, WINDOW=window is not None, PACKED=starts is not None, GAINED=gain is not None, LSE=return_lse, NARROW=narrow,
        num_warps=num_warps or block[2], num_stages=num_stages, enable_fp_fusion=True,
    )  # fmt: skip
    return (out, lse) if return_lse else out


def _blocks(narrow: bool) -> tuple[int, int, int]:
    """Queries and keys of a block, and warps."""
    return (128, 64, 8) if narrow else (32, 32, 4)


def cases(shape) -> tuple[CompileCase, ...]:
    """Prefill in bf16, as a window layer, a full one and over packed documents have it; and in float32 with a bf16 cache, for sm_75."""
    head_dim, n_heads, n_kv_heads = shape.head_dim, shape.n_heads, shape.n_kv_heads
    types = {"starts": "*i32", "scale": "fp32"} | dict.fromkeys(("q", "k", "v", "out"), "*bf16")
    types |= dict.fromkeys(("sinks", "gain", "lse"), "*fp32")
    types |= dict.fromkeys(("n_queries", "n_keys", "first", "window"), "i32")
    row, kv_row = (n_heads + 2 * n_kv_heads) * head_dim, n_kv_heads * head_dim
    fixed = {"query_row": row, "query_head": head_dim, "key_row": kv_row, "key_head": head_dim, "value_row": kv_row, "value_head": head_dim}
    fixed |= {"GROUP": n_heads // n_kv_heads, "HEAD_DIM": head_dim, "GAINED": False, "LSE": False, "gain": None}
    made = []
    for name, window, packed, narrow in (
        ("flash full", False, False, True),
        ("flash window", True, False, True),
        ("flash packed", False, True, True),
        ("flash full float32", False, False, False),
        ("flash window float32", True, False, False),
    ):
        queries, keys, warps = _blocks(narrow)
        constants = fixed | {"QUERIES": queries, "KEYS": keys, "WINDOW": window, "PACKED": packed, "NARROW": narrow}
        constants |= {} if packed else {"starts": None}
        own = types if narrow else types | {"q": "*fp32", "out": "*fp32"}
        made.append(CompileCase(name, _flash_kernel, own, constants, warps, 2, False))
    return tuple(made)
