"""The operations on a CPU: those of reference.py, with one token in float32 done by the C code beside this file.

Chosen by the session on a CPU where the extension was built. Whatever the C code is not for (many tokens, another dtype,
gradients, a mask) goes to the reference, which says the same numbers more slowly.
"""

import ctypes
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import torch

from . import reference
from .mxfp4 import Mxfp4Tensor
from .reference import attention_pattern, linear, rotate, route, swiglu

__all__ = ["attention", "attention_pattern", "available", "experts", "linear", "rms_norm", "rotate", "route", "swiglu"]

LONG = 2**20  # multiply-adds above which torch's threads make attention faster than this one


def _load() -> ctypes.CDLL | None:
    built = (Path(__file__).with_name(f"_cpu{suffix}") for suffix in EXTENSION_SUFFIXES)
    found = next((path for path in built if path.exists()), None)
    if found is None:
        return None
    library = ctypes.CDLL(str(found))
    p, n, f = ctypes.c_void_p, ctypes.c_int64, ctypes.c_float
    library.gn_rms_norm.argtypes = [p, p, p, n, f]
    library.gn_attention.argtypes = [p, p, p, p, p, p, n, n, n, n, n]
    library.gn_experts.argtypes = [p, p, p, n, p, p, p, p, p, p, n, n, f, p, p, ctypes.c_int]
    for function in (library.gn_rms_norm, library.gn_attention, library.gn_experts):
        function.restype = None
    return library


_library = _load()
_avx2 = 0 if _library is None else _library.gn_has_avx2()


def available() -> bool:
    """Whether the C code was built when the package was installed."""
    return _library is not None


def _single(x: torch.Tensor, rows: int, *others: torch.Tensor) -> bool:
    """One contiguous float32 token on the CPU, and no gradient wanted of it or of the `others` beside it."""
    plain = x.dtype is torch.float32 and x.numel() == rows and x.is_cpu and x.is_contiguous()
    return plain and not (torch.is_grad_enabled() and any(t.requires_grad for t in (x, *others)))


def rms_norm(x: torch.Tensor, scale: torch.Tensor, eps: float) -> torch.Tensor:
    """As in the reference."""
    if not (_single(x, x.shape[-1], scale) and scale.dtype is torch.float32):
        return reference.rms_norm(x, scale, eps)
    out = torch.empty_like(x)
    _library.gn_rms_norm(x.data_ptr(), scale.data_ptr(), out.data_ptr(), x.shape[-1], eps)
    return out


def attention(q, k, v, sinks, mask=None, gain=None) -> torch.Tensor:
    """As in the reference."""
    n_heads, head_dim = q.shape[-2:]
    fits = q.dim() == 3 and _single(q, n_heads * head_dim, k, v, sinks) and mask is None and k.shape[0] * n_heads * head_dim < LONG
    packed = k.stride()[1:] == v.stride()[1:] == (head_dim, 1) and k.stride(0) == v.stride(0)
    if not (fits and packed and k.dtype is torch.float32 and sinks.dtype is torch.float32):
        return reference.attention(q, k, v, sinks, mask, gain)
    out = torch.empty(1, n_heads * head_dim)
    gain_at = None if gain is None else gain.data_ptr()
    _library.gn_attention(q.data_ptr(), k.data_ptr(), v.data_ptr(), sinks.data_ptr(), gain_at, out.data_ptr(),
                          n_heads, k.shape[1], head_dim, k.shape[0], k.stride(0))  # fmt: skip
    return out


def experts(x, ids, weights, gate_up, gate_up_bias, down, down_bias, limit) -> torch.Tensor:
    """As in the reference."""
    d, f = x.shape[-1], gate_up_bias.shape[-1] // 2
    packed = isinstance(gate_up, Mxfp4Tensor) and isinstance(down, Mxfp4Tensor) and gate_up.is_contiguous() and down.is_contiguous()
    if not (packed and _single(x, d, weights, gate_up_bias, down_bias) and gate_up_bias.dtype is down_bias.dtype is torch.float32):
        return reference.experts(x, ids, weights, gate_up, gate_up_bias, down, down_bias, limit)
    out, scratch, ids, weights = torch.empty_like(x), torch.empty(16 * max(d, f) + 2 * f + d), ids.contiguous(), weights.contiguous()
    _library.gn_experts(x.data_ptr(), ids.data_ptr(), weights.data_ptr(), ids.numel(),
                        gate_up.blocks.data_ptr(), gate_up.scales.data_ptr(), gate_up_bias.data_ptr(),
                        down.blocks.data_ptr(), down.scales.data_ptr(), down_bias.data_ptr(), d, f, limit,
                        out.data_ptr(), scratch.data_ptr(), _avx2)  # fmt: skip
    return out
