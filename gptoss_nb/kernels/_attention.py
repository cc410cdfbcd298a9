"""Attention of one new token over the cache, split along the keys, in two kernels (one where there is one split). Called by decode steps.

The cache's keys and values lie as kv_cache.KVCache has them, position p in row p % R: rows are found by position, so what other rows hold
does not matter. All that changes from step to step is the position, which the kernels read on the device.
"""

import torch
import triton
import triton.language as tl

from ._aot import CompileCase

LOG2_E = 1.4426950408889634
LOG2E = tl.constexpr(LOG2_E)
LOWEST = tl.constexpr(-1.0e30)  # stands for a sink of minus infinity, which could not be subtracted from itself
NO_WINDOW = 2**30


@triton.jit
def product(a, b, NARROW: tl.constexpr):
    """a @ b of a in float32 and b as stored. NARROW: b is bf16 or f16 and stays so, a goes in as two such numbers, so that the tensor cores
    do the work and 16 bits of a count (f16: 21); else in float32."""
    if NARROW:
        high = a.to(b.dtype)
        low = (a - high.to(tl.float32)).to(b.dtype)
        return tl.dot(high, b, tl.dot(low, b))
    else:
        return tl.dot(a, b.to(tl.float32), input_precision="ieee")


@triton.jit
def _shares(position, window, SPLITS: tl.constexpr, BLOCK: tl.constexpr):
    """The first position that is seen, and how many keys each split has: a multiple of BLOCK, the last splits maybe none."""
    now = tl.load(position).to(tl.int32)
    first = tl.maximum(now - window + 1, 0)
    return now, first, tl.cdiv(tl.cdiv(now + 1 - first, SPLITS), BLOCK) * BLOCK


@triton.jit(do_not_specialize=["n_rows", "window"])
def _attend_kernel(
    q, keys, values, sinks, gain, position, out, partial, scale, key_row, key_head, value_row, value_head, n_rows, window,
    GROUP: tl.constexpr, PADDED: tl.constexpr, HEAD_DIM: tl.constexpr, BLOCK: tl.constexpr, SPLITS: tl.constexpr, RING: tl.constexpr,
    NARROW: tl.constexpr,
):  # fmt: skip
    """The GROUP query heads of one key head, over one share of the keys. Exponents are of base 2."""
    own, split = tl.program_id(0), tl.program_id(1)
    now, first, each = _shares(position, window, SPLITS, BLOCK)
    start = first + split * each
    end = tl.minimum(start + each, now + 1)
    member = tl.arange(0, PADDED)
    heads = own * GROUP + member
    d = tl.arange(0, HEAD_DIM)
    at = heads[:, None] * HEAD_DIM + d[None, :]
    queries = tl.load(q + at, mask=(member < GROUP)[:, None], other=0.0).to(tl.float32) * (scale * LOG2E)
    if SPLITS == 1:  # the sink comes first: a key that gives nothing
        sink = tl.load(sinks + heads, mask=member < GROUP, other=0.0).to(tl.float32) * LOG2E
        top = tl.maximum(sink, LOWEST)
        total = tl.exp2(sink - top)
    else:
        top = tl.full([PADDED], float("-inf"), tl.float32)
        total = tl.zeros([PADDED], tl.float32)
    mixed = tl.zeros([PADDED, HEAD_DIM], tl.float32)
    for block in range(start, end, BLOCK):
        place = block + tl.arange(0, BLOCK)
        seen = place < end
        row = (place % n_rows if RING else place).to(tl.int64)
        k = tl.load(keys + own * key_head + row[None, :] * key_row + d[:, None], mask=seen[None, :], other=0.0)
        scores = tl.where(seen[None, :], product(queries, k, NARROW), float("-inf"))
        new_top = tl.maximum(top, tl.max(scores, axis=1))
        shrink = tl.exp2(top - new_top)
        weights = tl.exp2(scores - new_top[:, None])
        v = tl.load(values + own * value_head + row[:, None] * value_row + d[None, :], mask=seen[:, None], other=0.0)
        total = total * shrink + tl.sum(weights, axis=1)
        mixed = mixed * shrink[:, None] + product(weights, v, NARROW)
        top = new_top
    if SPLITS == 1:
        share = tl.load(gain + heads, mask=member < GROUP, other=0.0) / total
        tl.store(out + at, mixed * share[:, None], mask=(member < GROUP)[:, None])
    else:
        n_parts = tl.num_programs(0) * GROUP * SPLITS
        part = heads * SPLITS + split
        written = member < tl.where(start < end, GROUP, 0)
        tl.store(partial + part[:, None] * HEAD_DIM + d[None, :], mixed, mask=written[:, None])
        tl.store(partial + n_parts * HEAD_DIM + part, top, mask=written)
        tl.store(partial + n_parts * (HEAD_DIM + 1) + part, total, mask=written)


@triton.jit(do_not_specialize=["window"])
def _merge_kernel(
    partial, sinks, gain, position, out, window, HEAD_DIM: tl.constexpr, BLOCK: tl.constexpr, SPLITS: tl.constexpr, PADDED: tl.constexpr
):
    """One head: its splits, and the sink. BLOCK as in _attend_kernel, whose empty splits have written nothing."""
    head, n_heads = tl.program_id(0), tl.num_programs(0)
    now, first, each = _shares(position, window, SPLITS, BLOCK)
    split = tl.arange(0, PADDED)
    written = split * each < now + 1 - first
    part = head * SPLITS + split
    n_parts = n_heads * SPLITS
    d = tl.arange(0, HEAD_DIM)
    mixed = tl.load(partial + part[:, None] * HEAD_DIM + d[None, :], mask=written[:, None], other=0.0)
    tops = tl.load(partial + n_parts * HEAD_DIM + part, mask=written, other=float("-inf"))
    totals = tl.load(partial + n_parts * (HEAD_DIM + 1) + part, mask=written, other=0.0)
    sink = tl.load(sinks + head).to(tl.float32) * LOG2E
    top = tl.maximum(tl.maximum(tl.max(tops, axis=0), sink), LOWEST)
    weights = tl.exp2(tops - top)
    total = tl.sum(weights * totals, axis=0) + tl.exp2(sink - top)
    share = tl.load(gain + head) / total
    tl.store(out + head * HEAD_DIM + d, tl.sum(weights[:, None] * mixed, axis=0) * share)


def partial_size(n_heads: int, head_dim: int, n_splits: int) -> int:
    """Float32 numbers that `attend` needs as scratch."""
    return n_heads * n_splits * (head_dim + 2)


def attend(
    q, keys, values, sinks, gain, position, window, out, partial, n_splits,
    *, block=None, num_warps=4, num_stages=2, merge_warps=4, narrow=None,
) -> None:  # fmt: skip
    """Writes out (H d,) float32, head outputs times gain.

    q (H d,) float32; keys and values (R, K, d), any float dtype, last dimension contiguous, the new token's among them; sinks (H,), gain
    (H,) float32; position (1,) int64, the new token's. Window None: R > position. Else R >= window, a ring. partial: scratch float32 of
    `partial_size` (unused with one split). block: keys at a time. narrow: see `product`; None: by chip.
    """
    n_rows, n_kv_heads, head_dim = keys.shape
    n_heads = q.numel() // head_dim
    assert keys.stride(-1) == values.stride(-1) == 1 and q.is_contiguous() and (window is None or n_rows >= window)
    assert n_splits == 1 or partial.numel() >= partial_size(n_heads, head_dim, n_splits)
    narrow = keeps_narrow(keys) if narrow is None else narrow
    block = block or _block(narrow, window is not None and n_splits == 1)
    span = NO_WINDOW if window is None else window
    group = n_heads // n_kv_heads
    _attend_kernel[(n_kv_heads, n_splits)](
        q, keys, values, sinks, gain, position, out, partial, head_dim**-0.5, *keys.stride()[:2], *values.stride()[:2], n_rows, span,
        GROUP=group, PADDED=max(16, triton.next_power_of_2(group)), HEAD_DIM=head_dim, BLOCK=block, SPLITS=n_splits,
        RING=window is not None,
        NARROW=narrow, num_warps=num_warps, enable_fp_fusion=True, num_stages=num_stages,
    )  # fmt: skip
    if n_splits > 1:
        _merge_kernel[(n_heads,)](
            partial, sinks, gain, position, out, span, HEAD_DIM=head_dim, BLOCK=block, SPLITS=n_splits,
            PADDED=triton.next_power_of_2(n_splits), num_warps=merge_warps, enable_fp_fusion=True,
        )  # fmt: skip


def _block(narrow: bool, one_window: bool) -> int:
    """Keys at a time: all of a window at once, so that they are all on their way together. In float32 registers allow fewer."""
    return 32 if not narrow else 128 if one_window else 64


def keeps_narrow(tensor: torch.Tensor) -> bool:
    """Whether the chip multiplies this tensor's numbers as they are stored, in its tensor cores: bf16 and f16 from sm_80 on. Triton's
    interpreter, on a CPU, cannot do it with bf16."""
    if tensor.device.type != "cuda" or tensor.dtype not in (torch.bfloat16, torch.float16):
        return tensor.dtype is torch.float16
    return torch.version.hip is not None or torch.cuda.get_device_capability(tensor.device) >= (8, 0)


def cases(shape, n_splits: int = 32) -> tuple[CompileCase, ...]:
    """What a decode step launches: bf16 cache, full layers in `n_splits`, window layers in one. The float32 ones are for sm_75 alone, and
    the others for every chip but that."""
    head_dim, n_kv_heads = shape.head_dim, shape.n_kv_heads
    group, row = shape.n_heads // n_kv_heads, n_kv_heads * head_dim
    types = {"q": "*fp32", "keys": "*bf16", "values": "*bf16", "sinks": "*fp32", "gain": "*fp32", "position": "*i64", "out": "*fp32"}
    attend = types | {"partial": "*fp32", "scale": "fp32", "n_rows": "i32", "window": "i32"}
    fixed = {"key_row": row, "key_head": head_dim, "value_row": row, "value_head": head_dim}
    fixed |= {"GROUP": group, "PADDED": max(16, triton.next_power_of_2(group)), "HEAD_DIM": head_dim}
    merge = {name: types[name] for name in ("sinks", "gain", "position", "out")} | {"partial": "*fp32", "window": "i32"}
    splits = {"HEAD_DIM": head_dim, "BLOCK": 64, "SPLITS": n_splits, "PADDED": triton.next_power_of_2(n_splits)}
    made = []
    for name, n, ring in (("attend full", n_splits, False), ("attend window", 1, True)):
        for narrow in (True, False):
            which = fixed | {"BLOCK": _block(narrow, ring), "SPLITS": n, "RING": ring, "NARROW": narrow}
            made.append(CompileCase(name if narrow else name + " float32", _attend_kernel, attend, which, 4, 2, True))
    return (*made, CompileCase("attend merge", _merge_kernel, merge, splits, 4, 2, True))
