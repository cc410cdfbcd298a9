"""What prefill does to each token on its own: the norm (with the residual add), RoPE, SwiGLU. Called by triton_ops.

x is (T, ...), float32, bf16 or f16; sums are float32 in registers and results are rounded to x's dtype, as in reference.py.
These functions allocate what they return. A NaN goes through.
"""

import torch
import triton
import triton.language as tl

from ._aot import CompileCase

SWIGLU_ALPHA = tl.constexpr(1.702)


@triton.jit
def _rms_norm_kernel(x, delta, scale, total, out, x_stride, delta_stride, eps, D: tl.constexpr, BLOCK: tl.constexpr, ADD: tl.constexpr):
    """One token a program; with ADD, x + delta goes to `total` and the norm is that of the rounded sum."""
    token = tl.program_id(0).to(tl.int64)
    k = tl.arange(0, BLOCK)
    inside = k < D
    wide = tl.load(x + token * x_stride + k, mask=inside, other=0.0).to(tl.float32)
    if ADD:
        wide += tl.load(delta + token * delta_stride + k, mask=inside, other=0.0).to(tl.float32)
        rounded = wide.to(x.dtype.element_ty)
        tl.store(total + token * D + k, rounded, mask=inside)
        wide = rounded.to(tl.float32)
    normed = wide * tl.rsqrt(tl.sum(wide * wide, axis=0) / D + eps)
    normed *= tl.load(scale + k, mask=inside, other=0.0).to(tl.float32)
    tl.store(out + token * D + k, normed.to(out.dtype.element_ty), mask=inside)


@triton.jit
def _rotate_kernel(
    x, cos, sin, out, n_heads, x_stride, head_stride, angle_stride, HEAD_DIM: tl.constexpr, HEADS: tl.constexpr
):  # fmt: skip
    """HEADS heads of one token: x cos + (x with its halves swapped) sin."""
    HALF: tl.constexpr = HEAD_DIM // 2
    token = tl.program_id(0).to(tl.int64)
    head = tl.program_id(1) * HEADS + tl.arange(0, HEADS)
    k = tl.arange(0, HALF)
    mask = (head < n_heads)[:, None]
    at = x + token * x_stride + head[:, None] * head_stride + k[None, :]
    low = tl.load(at, mask=mask, other=0.0).to(tl.float32)
    high = tl.load(at + HALF, mask=mask, other=0.0).to(tl.float32)
    angle = token * angle_stride + k
    new_low = low * tl.load(cos + angle)[None, :] + high * tl.load(sin + angle)[None, :]
    new_high = high * tl.load(cos + HALF + angle)[None, :] + low * tl.load(sin + HALF + angle)[None, :]
    to = out + (token * n_heads + head[:, None]) * HEAD_DIM + k[None, :]
    tl.store(to, new_low.to(out.dtype.element_ty), mask=mask)
    tl.store(to + HALF, new_high.to(out.dtype.element_ty), mask=mask)


@triton.jit
def _swiglu_kernel(x, out, x_stride, limit, F: tl.constexpr, BLOCK: tl.constexpr):
    """BLOCK results of one token. Comparisons, not minimum and maximum, so that a NaN is not clamped away."""
    token = tl.program_id(0).to(tl.int64)
    f = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    pair = tl.program_id(1) * 2 * BLOCK + tl.arange(0, 2 * BLOCK)
    both = tl.load(x + token * x_stride + pair, mask=pair < 2 * F, other=0.0).to(tl.float32)
    gate, up = tl.split(tl.reshape(both, [BLOCK, 2]))
    gate = tl.where(gate > limit, limit, gate)
    up = tl.where(up > limit, limit, tl.where(up < -limit, -limit, up))
    result = gate * tl.sigmoid(gate * SWIGLU_ALPHA) * (up + 1.0)
    tl.store(out + token * F + f, result.to(out.dtype.element_ty), mask=f < F)


def rms_norm(x, scale, eps, *, num_warps=4) -> torch.Tensor:
    """(T, D) of (T, D), any dtype; scale (D,). Rows of x at any stride."""
    return _norm(x, None, scale, eps, num_warps)[1]


def add_rms_norm(x, delta, scale, eps, *, num_warps=4) -> tuple[torch.Tensor, torch.Tensor]:
    """x + delta and the norm of that, both (T, D) in x's dtype."""
    assert delta.shape == x.shape and delta.stride(1) == 1
    return _norm(x, delta, scale, eps, num_warps)


def _norm(x, delta, scale, eps, num_warps: int) -> tuple[torch.Tensor, torch.Tensor]:
    n_tokens, dim = x.shape
    assert x.stride(1) == scale.stride(0) == 1 and len(scale) == dim
    out = torch.empty(n_tokens, dim, dtype=x.dtype, device=x.device)
    total, added = (x, x) if delta is None else (torch.empty_like(out), delta)  # not read where nothing is added
    if n_tokens:
        _rms_norm_kernel[(n_tokens,)](
            x, added, scale, total, out, x.stride(0), added.stride(0), eps, D=dim, BLOCK=triton.next_power_of_2(dim), ADD=delta is not None,
            num_warps=num_warps, enable_fp_fusion=True,
        )  # fmt: skip
    return total, out


def rotate(x, cos, sin, *, heads=8, num_warps=4) -> torch.Tensor:
    """RoPE on (T, heads, d), half-split; x may be a slice of q, k and v. cos, sin (T, 1, d) float32 as reference.rotate
    takes them: first half of sin negated."""
    n_tokens, n_heads, head_dim = x.shape
    assert cos.shape == sin.shape == (n_tokens, 1, head_dim) and cos.stride() == sin.stride() and x.stride(2) == cos.stride(2) == 1
    out = torch.empty(n_tokens, n_heads, head_dim, dtype=x.dtype, device=x.device)
    if n_tokens:
        _rotate_kernel[n_tokens, triton.cdiv(n_heads, heads)](
            x, cos, sin, out, n_heads, x.stride(0), x.stride(1), cos.stride(0), HEAD_DIM=head_dim, HEADS=heads, num_warps=num_warps, enable_fp_fusion=True
        )  # fmt: skip
    return out


def swiglu(x, limit, *, block=1024, num_warps=4) -> torch.Tensor:
    """(T, 2F), even columns gate and odd ones up, to (T, F)."""
    n_tokens, width = x.shape
    assert x.stride(1) == 1 and width % 2 == 0
    out = torch.empty(n_tokens, width // 2, dtype=x.dtype, device=x.device)
    block = min(block, triton.next_power_of_2(width // 2))
    if n_tokens:
        _swiglu_kernel[n_tokens, triton.cdiv(width // 2, block)](
            x, out, x.stride(0), limit, F=width // 2, BLOCK=block, num_warps=num_warps, enable_fp_fusion=True
        )  # fmt: skip
    return out


def cases(config, act: str = "*bf16", weight: str = "*bf16") -> tuple[CompileCase, ...]:
    """The kernels above at a model's shapes."""
    c = config
    norm = {"x": act, "delta": act, "scale": weight, "total": act, "out": act, "x_stride": "i32", "delta_stride": "i32", "eps": "fp32"}
    dim = {"D": c.hidden_size, "BLOCK": triton.next_power_of_2(c.hidden_size)}
    turned = {"x": act, "cos": "*fp32", "sin": "*fp32", "out": act}
    turned |= dict.fromkeys(("n_heads", "x_stride", "head_stride", "angle_stride"), "i32")
    gated = {"x": act, "out": act, "x_stride": "i32", "limit": "fp32"}
    width = {"F": c.expert_width, "BLOCK": min(1024, triton.next_power_of_2(c.expert_width))}
    return (
        CompileCase("rms_norm", _rms_norm_kernel, norm, {**dim, "ADD": False}, 4, 3, False),
        CompileCase("add_rms_norm", _rms_norm_kernel, norm, {**dim, "ADD": True}, 4, 3, False),
        CompileCase("rotate", _rotate_kernel, turned, {"HEAD_DIM": c.head_dim, "HEADS": 8}, 4, 3, False),
        CompileCase("swiglu", _swiglu_kernel, gated, width, 4, 3, False),
    )
