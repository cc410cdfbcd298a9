"""One token's products with plain (unpacked) matrices: embed, project (norm, q k v, RoPE, cache write), add_linear, unembed.

Called by the decode step, which is captured in a CUDA graph: nothing here allocates or asks the device for a value. The
residual stream is one float32 vector (D,); a weight is bf16, f16 or f32 and is read once, row by row.

A norm costs no pass of its own: with y = w . (x scale) and the sum of x^2 gathered side by side, the row's result is
y / sqrt(mean x^2 + eps).
"""

import torch
import triton
import triton.language as tl

from ._aot import CompileCase
from ._blocks import launch


@triton.jit
def _add_products(total, weights, x, VEC: tl.constexpr):
    """total (ROWS, BLOCK / VEC) + weights (ROWS, BLOCK) * x (BLOCK,): VEC neighbours lie in one thread, so this crosses no lanes."""
    products = weights.to(tl.float32) * x[None, :]
    return total + tl.sum(tl.reshape(products, [products.shape[0], products.shape[1] // VEC, VEC]), axis=2)


@triton.jit
def _project_kernel(
    resid, norm, q_weight, k_weight, v_weight, bias, cos, sin, position, q_out, keys, values, ring, key_stride, value_stride, eps,
    D: tl.constexpr, H: tl.constexpr, K: tl.constexpr, HEAD_DIM: tl.constexpr, ROWS: tl.constexpr, BLOCK: tl.constexpr, VEC: tl.constexpr,
):  # fmt: skip
    """ROWS rows of the first half of one head and their partners in the second half, which RoPE turns together."""
    HALF: tl.constexpr = HEAD_DIM // 2
    head = tl.program_id(0) // (HALF // ROWS)  # 0 .. H + 2K
    row = tl.program_id(0) % (HALF // ROWS) * ROWS + tl.arange(0, ROWS)
    if head < H:
        weight = q_weight + head * HEAD_DIM * D
    elif head < H + K:
        weight = k_weight + (head - H) * HEAD_DIM * D
    else:
        weight = v_weight + (head - H - K) * HEAD_DIM * D
    bias += head * HEAD_DIM
    bias_low, bias_high = tl.load(bias + row).to(tl.float32), tl.load(bias + HALF + row).to(tl.float32)
    now = tl.load(position)
    c, s = tl.load(cos + now * HALF + row), tl.load(sin + now * HALF + row)

    low = tl.zeros([ROWS, BLOCK // VEC], tl.float32)
    high = tl.zeros([ROWS, BLOCK // VEC], tl.float32)
    squares = tl.zeros([BLOCK], tl.float32)
    for start in tl.static_range(0, D, BLOCK):
        k = start + tl.arange(0, BLOCK)
        at, inside = row[:, None] * D + k[None, :], k < D
        w_low = tl.load(weight + at, mask=inside[None, :], other=0.0, eviction_policy="evict_first")
        w_high = tl.load(weight + HALF * D + at, mask=inside[None, :], other=0.0, eviction_policy="evict_first")
        x = tl.load(resid + k, mask=inside, other=0.0)
        squares += x * x
        x *= tl.load(norm + k, mask=inside, other=0.0).to(tl.float32)
        low, high = _add_products(low, w_low, x, VEC), _add_products(high, w_high, x, VEC)
    rstd = tl.rsqrt(tl.sum(squares, axis=0) / D + eps)
    low = tl.sum(low, axis=1) * rstd + bias_low
    high = tl.sum(high, axis=1) * rstd + bias_high

    turned_low, turned_high = low * c - high * s, high * c + low * s
    slot = now % ring
    if head < H:
        query = q_out + head * HEAD_DIM + row
        tl.store(query, turned_low)
        tl.store(query + HALF, turned_high)
    elif head < H + K:
        key = keys + slot * key_stride + (head - H) * HEAD_DIM + row
        tl.store(key, turned_low)
        tl.store(key + HALF, turned_high)
    else:
        value = values + slot * value_stride + (head - H - K) * HEAD_DIM + row
        tl.store(value, low)
        tl.store(value + HALF, high)


@triton.jit
def _add_linear_kernel(
    x, weight, bias, resid, n_out, IN: tl.constexpr, ROWS: tl.constexpr, BLOCK: tl.constexpr, VEC: tl.constexpr
):  # fmt: skip
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    is_row = row < n_out
    at_row = tl.minimum(row, n_out - 1)[:, None] * IN  # rows past the end repeat the last: no mask on the loads
    before = tl.load(resid + row, mask=is_row, other=0.0) + tl.load(bias + row, mask=is_row, other=0.0).to(tl.float32)
    total = tl.zeros([ROWS, BLOCK // VEC], tl.float32)
    for start in tl.static_range(0, IN, BLOCK):
        k = start + tl.arange(0, BLOCK)
        inside = k < IN
        w = tl.load(weight + at_row + k[None, :], mask=inside[None, :], other=0.0, eviction_policy="evict_first")
        total = _add_products(total, w, tl.load(x + k, mask=inside, other=0.0), VEC)
    tl.store(resid + row, before + tl.sum(total, axis=1), mask=is_row)


@triton.jit
def _unembed_kernel(
    resid, norm, weight, logits, n_out, eps, D: tl.constexpr, ROWS: tl.constexpr, BLOCK: tl.constexpr, VEC: tl.constexpr
):  # fmt: skip
    first = tl.program_id(0) * ROWS
    row = tl.arange(0, ROWS)
    at_row = tl.minimum(row, n_out - 1 - first)[:, None] * D
    weight += first.to(tl.int64) * D
    total = tl.zeros([ROWS, BLOCK // VEC], tl.float32)
    squares = tl.zeros([BLOCK], tl.float32)
    for start in tl.static_range(0, D, BLOCK):
        k = start + tl.arange(0, BLOCK)
        inside = k < D
        w = tl.load(weight + at_row + k[None, :], mask=inside[None, :], other=0.0, eviction_policy="evict_first")
        x = tl.load(resid + k, mask=inside, other=0.0)
        squares += x * x
        total = _add_products(total, w, x * tl.load(norm + k, mask=inside, other=0.0).to(tl.float32), VEC)
    rstd = tl.rsqrt(tl.sum(squares, axis=0) / D + eps)
    tl.store(logits + first + row, tl.sum(total, axis=1) * rstd, mask=first + row < n_out)


@triton.jit
def _embed_kernel(token, embedding, resid, D: tl.constexpr, BLOCK: tl.constexpr):
    k = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    row = tl.load(token).to(tl.int64) * D
    tl.store(resid + k, tl.load(embedding + row + k, mask=k < D, other=0.0).to(tl.float32), mask=k < D)


def project(
    resid, norm, eps, weights: tuple[torch.Tensor, ...], bias, cos, sin, position, q_out, keys, values, **given
) -> None:  # fmt: skip
    """RMSNorm, q k v, RoPE, and k and v into the cache: queries into q_out (H d,) float32, the rest into slot position % R.

    resid (D,) float32; norm (D,); weights one or three matrices, ((H + 2K) d, D) in all, rows contiguous; bias
    ((H + 2K) d,); cos, sin (positions, d / 2) float32, concentration included; position (1,) int64; keys, values
    (R, K, d), the slot's (K, d) contiguous.
    """
    n_kv_heads, head_dim = keys.shape[1:]
    dim, width, kv_width = len(resid), q_out.numel(), n_kv_heads * head_dim
    q, k, v = weights if len(weights) == 3 else weights[0].split((width, kv_width, kv_width))
    assert (len(q), len(k), len(v), q.shape[1]) == (width, kv_width, kv_width, dim) and len(bias) == width + 2 * kv_width
    assert q.dtype is k.dtype is v.dtype and q.is_contiguous() and k.is_contiguous() and v.is_contiguous()
    assert keys.stride()[1:] == values.stride()[1:] == (head_dim, 1) and cos.shape[1] == head_dim // 2

    def run(rows: int, block: int, num_warps: int) -> None:
        rows = min(rows, head_dim // 2)
        _project_kernel[((width + 2 * kv_width) // (2 * rows),)](
            resid, norm, q, k, v, bias, cos, sin, position, q_out, keys, values, len(keys), keys.stride(0), values.stride(0), eps,
            D=dim, H=width // head_dim, K=n_kv_heads, HEAD_DIM=head_dim, ROWS=rows, **_widths(dim, q, block), num_warps=num_warps, enable_fp_fusion=True,
        )  # fmt: skip

    launch("project", resid, (dim, len(bias), head_dim, q.element_size()), run, given)


def add_linear(x, weight, bias, resid, **given) -> None:
    """resid += weight @ x + bias. x (in,) float32; weight (out, in) contiguous; bias (out,); resid (out,) float32."""
    assert weight.shape == (len(resid), len(x)) and weight.is_contiguous()

    def run(rows: int, block: int, num_warps: int) -> None:
        _add_linear_kernel[(triton.cdiv(len(resid), rows),)](
            x, weight, bias, resid, len(resid), IN=len(x), ROWS=rows, **_widths(len(x), weight, block), num_warps=num_warps, enable_fp_fusion=True
        )  # fmt: skip

    launch("add_linear", x, (*weight.shape, weight.element_size()), run, given)


def unembed(resid, norm, eps, weight, logits, **given) -> None:
    """logits (V,) float32 = weight @ rms_norm(resid). resid (D,) float32; norm (D,); weight (V, D) contiguous."""
    assert weight.shape == (len(logits), len(resid)) and weight.is_contiguous()

    def run(rows: int, block: int, num_warps: int) -> None:
        _unembed_kernel[(triton.cdiv(len(logits), rows),)](
            resid, norm, weight, logits, len(logits), eps, D=len(resid), ROWS=rows, **_widths(len(resid), weight, block), num_warps=num_warps, enable_fp_fusion=True
        )  # fmt: skip

    launch("unembed", resid, (*weight.shape, weight.element_size()), run, given)


def embed(token, embedding, resid, *, block=512) -> None:
    """resid (D,) float32 = the row of embedding (V, D) that token (1,) int64 names. The caller vouches for the token."""
    assert embedding.shape[1] == len(resid) and embedding.is_contiguous()
    _embed_kernel[(triton.cdiv(len(resid), block),)](token, embedding, resid, D=len(resid), BLOCK=block, num_warps=4, enable_fp_fusion=True)


def _widths(n: int, weight: torch.Tensor, block: int) -> dict[str, int]:
    """BLOCK columns at a time, VEC of them (16 bytes) a thread."""
    return {"BLOCK": min(block, triton.next_power_of_2(n)), "VEC": 16 // weight.element_size()}


def cases(config, weight: str = "*bf16", cache: str = "*bf16") -> tuple[CompileCase, ...]:
    """The kernels above at a model's shapes, in the types that `weight` and `cache` name."""
    c, vec = config, {"*bf16": 8, "*fp16": 8, "*fp32": 4}[weight]
    dim, width = c.hidden_size, c.n_heads * c.head_dim
    floats = dict.fromkeys(("resid", "cos", "sin", "q_out"), "*fp32")
    plain = dict.fromkeys(("norm", "q_weight", "k_weight", "v_weight", "bias"), weight)
    ints = dict.fromkeys(("ring", "key_stride", "value_stride"), "i32")
    project_signature = {**floats, **plain, **ints, "position": "*i64", "keys": cache, "values": cache, "eps": "fp32"}
    heads = {"H": c.n_heads, "K": c.n_kv_heads, "HEAD_DIM": c.head_dim, "ROWS": 4}
    add_signature = {"x": "*fp32", "weight": weight, "bias": weight, "resid": "*fp32", "n_out": "i32"}
    out_signature = {"resid": "*fp32", "norm": weight, "weight": weight, "logits": "*fp32", "n_out": "i32", "eps": "fp32"}
    of_dim = {"D": dim, "BLOCK": min(1024, triton.next_power_of_2(dim)), "VEC": vec}
    of_width = {"IN": width, "ROWS": 4, "BLOCK": min(4096, triton.next_power_of_2(width)), "VEC": vec}
    return (
        CompileCase("embed", _embed_kernel, {"token": "*i64", "embedding": weight, "resid": "*fp32"}, {"D": dim, "BLOCK": 512}, 4, 3, True),
        CompileCase("project", _project_kernel, project_signature, {**of_dim, **heads}, 4, 3, True),
        CompileCase("add_linear", _add_linear_kernel, add_signature, of_width, 4, 3, True),
        CompileCase("unembed", _unembed_kernel, out_signature, {**of_dim, "ROWS": 8}, 4, 3, True),
    )
