"""The operations on a CPU: those of reference.py, with the C++ code beside this file where it is faster.

Chosen by the session on a CPU where the extension was built. Matrices are read where they lie, packed or in bfloat16, by as many threads as
torch has: each product with one token, and with few, is as fast as the memory. For many tokens the experts are decoded tile by tile for
torch's matrix product. What the C++ code is not for (another dtype, gradients, a mask, small matrices) goes to the reference, which says
the same numbers more slowly.
"""

import ctypes
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import torch
import torch.nn.functional as F

from . import reference
from .mxfp4 import BLOCK, Mxfp4Tensor
from .reference import attention_pattern, rotate, route, swiglu

__all__ = ["attention", "attention_pattern", "available", "experts", "linear", "rms_norm", "rotate", "route", "swiglu"]

LEVELS = ("plain C++", "AVX2", "AVX-512", "NEON", "NEON with dot products")  # as in _cpu.cpp, each better than those before it
FEW = 4  # tokens for which a product is one of rows and not of matrices
LARGE = 2**20  # elements of an expert, or of a matrix, from which it is worth more than torch's own product
TILE = 512  # rows of a matrix that are widened at once: 6 MB in 20b
QUERIES = 64  # tokens whose scores are held at once where there are many, so that they stay in the processor's cache
SCORES = 2**22  # numbers from which they are many
EXACT = 3  # digits of an activation, of 8 bits each: as many as float32 has


def _load() -> ctypes.CDLL | None:
    built = (Path(__file__).with_name(f"_cpu{suffix}") for suffix in EXTENSION_SUFFIXES)
    found = next((path for path in built if path.exists()), None)
    if found is None:
        return None
    try:
        return _declared(ctypes.CDLL(str(found)))
    except (OSError, AttributeError):  # for another system, or of an earlier version: then it is as good as not there
        return None


def _declared(library: ctypes.CDLL) -> ctypes.CDLL:
    p, n, f, i = ctypes.c_void_p, ctypes.c_int64, ctypes.c_float, ctypes.c_int
    library.gn_rms_norm.argtypes = [p, p, p, n, f, i]
    library.gn_attention.argtypes = [p, p, p, p, p, p, n, n, n, n, n, i, i]
    library.gn_linear.argtypes = [p, p, p, p, n, n, n, n, i, i, i]
    library.gn_linear_8.argtypes = [p, p, p, p, p, n, n, i, i]
    library.gn_round_8.argtypes = [p, p, p, n, n, i, i]
    library.gn_decode.argtypes = [p, p, n, p, i, i, i]
    library.gn_experts.argtypes = [p, p, p, n, p, p, p, p, p, p, n, n, f, p, i, i, i]
    for name in ("rms_norm", "attention", "linear", "linear_8", "round_8", "decode", "experts"):
        getattr(library, f"gn_{name}").restype = None
    return library


_library = _load()
_level = 0 if _library is None else _library.gn_levels().bit_length() - 1


def available() -> bool:
    """Whether the C++ code was built when the package was installed, and can be loaded here."""
    return _library is not None


def instructions() -> str:
    """The instruction set that it uses here."""
    return LEVELS[_level]


def _plain(x: torch.Tensor, *others: torch.Tensor) -> bool:
    """Contiguous float32 on the CPU, and no gradient wanted of it or of the `others` beside it."""
    return x.dtype is torch.float32 and x.is_cpu and x.is_contiguous() and not _wants_gradients(x, *others)


def _wants_gradients(*tensors: torch.Tensor) -> bool:
    return torch.is_grad_enabled() and any(t.requires_grad for t in tensors)


def _single(x: torch.Tensor, rows: int, *others: torch.Tensor) -> bool:
    return x.numel() == rows and _plain(x, *others)


def rms_norm(x: torch.Tensor, scale: torch.Tensor, eps: float) -> torch.Tensor:
    """As in the reference."""
    if not (_single(x, x.shape[-1], scale) and _plain(scale)):
        return reference.rms_norm(x, scale, eps)
    out = torch.empty_like(x)
    _library.gn_rms_norm(x.data_ptr(), scale.data_ptr(), out.data_ptr(), x.shape[-1], eps, _level)
    return out


def linear(x: torch.Tensor, weight: torch.Tensor | tuple[torch.Tensor, ...], bias: torch.Tensor | None = None) -> torch.Tensor:
    """As in the reference."""
    parts = weight if isinstance(weight, tuple) else (weight,)
    if parts[0].dtype is x.dtype or not readable(x, parts, bias, (torch.bfloat16,)):  # torch's own product is for one dtype
        return reference.linear(x, weight, bias)
    n_tokens, n = x.numel() // x.shape[-1], x.shape[-1]
    if n_tokens > FEW:
        return _tiled(x, parts, bias)
    total = sum(map(len, parts))
    out, at = x.new_empty(*x.shape[:-1], total), 0
    for part in parts:
        _library.gn_linear(x.data_ptr(), part.data_ptr(), None if bias is None else bias.data_ptr() + 4 * at, out.data_ptr() + 4 * at,
                           n_tokens, len(part), n, total, int(part.dtype is torch.bfloat16), torch.get_num_threads(), _level)  # fmt: skip
        at += len(part)
    return out


def readable(x: torch.Tensor, parts: tuple[torch.Tensor, ...], bias: torch.Tensor | None, dtypes: tuple[torch.dtype, ...]) -> bool:
    """Whether the C++ code can take these matrices, of one of the `dtypes`."""
    fits = all(part.dtype in dtypes and part.is_cpu and part.is_contiguous() for part in parts)
    others = parts if bias is None else (*parts, bias)
    return available() and fits and x.numel() > 0 and _plain(x, *others) and (bias is None or (bias.dtype is torch.float32 and bias.is_contiguous()))


def _tiled(x: torch.Tensor, parts: tuple[torch.Tensor, ...], bias: torch.Tensor | None) -> torch.Tensor:
    """Widened tile by tile, so that what is widened is still in the processor's cache when it is used."""
    flat = x.reshape(-1, x.shape[-1])
    out, at = x.new_empty(len(flat), sum(map(len, parts))), 0
    for part in parts:
        for tile in part.split(TILE):
            torch.mm(flat, tile.float().t(), out=out[:, at : at + len(tile)])
            at += len(tile)
    out = out if bias is None else out.add_(bias)
    return out.view(*x.shape[:-1], -1)


def attention(q, k, v, sinks, mask=None, gain=None) -> torch.Tensor:
    """As in the reference."""
    n_heads, head_dim = q.shape[-2:]
    if mask is not None and mask.dim() == 2 and q.dim() == 3 and n_heads * mask.numel() > SCORES and not _wants_gradients(q, k, v, sinks):
        return _in_parts(q, k, v, sinks, mask, gain)
    fits = q.dim() == 3 and mask is None and _single(q, n_heads * head_dim, k, v, sinks)
    packed = k.stride()[1:] == v.stride()[1:] == (head_dim, 1) and k.stride(0) == v.stride(0)
    plain = all(t.dtype is torch.float32 for t in (k, v, sinks)) and sinks.is_contiguous() and (gain is None or _plain(gain))
    if not (fits and packed and plain):
        return reference.attention(q, k, v, sinks, mask, gain)
    out = torch.empty(1, n_heads * head_dim)
    gain_at = None if gain is None else gain.data_ptr()
    _library.gn_attention(q.data_ptr(), k.data_ptr(), v.data_ptr(), sinks.data_ptr(), gain_at, out.data_ptr(),
                          n_heads, k.shape[1], head_dim, k.shape[0], k.stride(0), torch.get_num_threads(), _level)  # fmt: skip
    return out


def _in_parts(q, k, v, sinks, mask, gain) -> torch.Tensor:
    """Some queries at a time, with the keys from the first to the last that one of them sees."""
    out = []
    for queries, rows in zip(q.split(QUERIES), mask.split(QUERIES), strict=True):
        seen = rows.any(0).nonzero()
        keys = slice(int(seen[0]), int(seen[-1]) + 1) if len(seen) else slice(0, 1)
        out.append(reference.attention(queries, k[keys], v[keys], sinks, rows[:, keys], gain))
    return torch.cat(out)


def experts(x, ids, weights, gate_up, gate_up_bias, down, down_bias, limit) -> torch.Tensor:
    """As in the reference."""
    return mixed(x, ids, weights, gate_up, gate_up_bias, down, down_bias, limit, EXACT, torch.float32)


def mixed(x, ids, weights, gate_up, gate_up_bias, down, down_bias, limit, digits: int, dtype: torch.dtype) -> torch.Tensor:
    """`experts` with activations of so many digits where there are few tokens, and matrix products in `dtype` where there are many."""
    d, f = x.shape[-1], gate_up_bias.shape[-1] // 2
    n_tokens = x.numel() // d
    packed = isinstance(gate_up, Mxfp4Tensor) and isinstance(down, Mxfp4Tensor) and gate_up.is_contiguous() and down.is_contiguous()
    fits = packed and ids.dtype is torch.int64 and all(map(_plain, (x, gate_up_bias, down_bias))) and weights.dtype is torch.float32 and not _wants_gradients(weights)
    if not (fits and (n_tokens == 1 or (n_tokens > 1 and 3 * d * f >= LARGE))):
        return reference.experts(x, ids, weights, gate_up, gate_up_bias, down, down_bias, limit)
    ids, weights = ids.contiguous(), weights.contiguous()
    if n_tokens > FEW:
        flat = _of_many(x.view(-1, d), ids.view(n_tokens, -1), weights.view(n_tokens, -1), gate_up, gate_up_bias, down, down_bias, limit, dtype)
        return flat.view(x.shape)
    out, n_active = torch.empty_like(x), ids.shape[-1]
    for t in range(n_tokens):
        _library.gn_experts(x.data_ptr() + 4 * t * d, ids.data_ptr() + 8 * t * n_active, weights.data_ptr() + 4 * t * n_active, n_active,
                            gate_up.blocks.data_ptr(), gate_up.scales.data_ptr(), gate_up_bias.data_ptr(),
                            down.blocks.data_ptr(), down.scales.data_ptr(), down_bias.data_ptr(), d, f, limit,
                            out.data_ptr() + 4 * t * d, digits, torch.get_num_threads(), _level)  # fmt: skip
    return out


def _of_many(x, ids, weights, gate_up, gate_up_bias, down, down_bias, limit, dtype) -> torch.Tensor:
    """x (T, D); ids, weights (T, A): tokens sorted by expert, and for each expert one product a tile of its rows."""
    order = ids.flatten().argsort(stable=True)
    token = order // ids.shape[-1]
    counts = torch.bincount(ids.flatten(), minlength=len(gate_up_bias)).tolist()
    split, results = _split(x), []
    for expert, rows in enumerate(token.split(counts)):
        if len(rows):
            hidden = swiglu(_times(split.index_select(0, rows), gate_up[expert], dtype).add_(gate_up_bias[expert]), limit)
            results.append(_times(_split(hidden), down[expert], dtype).add_(down_bias[expert]))
    by_token = torch.cat(results)[order.argsort()].unflatten(0, ids.shape)
    return (weights.unsqueeze(-2) @ by_token).squeeze(-2)


def _split(x: torch.Tensor) -> torch.Tensor:
    """(T, n), the columns of each block ordered as gn_decode gives them: even ones, then odd ones."""
    return x.view(len(x), -1, BLOCK // 2, 2).transpose(-1, -2).reshape(x.shape)


def _times(x: torch.Tensor, matrix: Mxfp4Tensor, dtype: torch.dtype) -> torch.Tensor:
    """(T, n) split, and a packed matrix (rows, n): (T, rows)."""
    n_rows, n = matrix.shape
    out, tile, x = x.new_empty(len(x), n_rows), torch.empty(min(TILE, n_rows), n, dtype=dtype), x.to(dtype)
    for at in range(0, n_rows, TILE):
        rows = matrix[at : at + TILE]
        _library.gn_decode(rows.blocks.data_ptr(), rows.scales.data_ptr(), rows.scales.numel(), tile.data_ptr(), int(dtype is torch.bfloat16),
                           torch.get_num_threads(), _level)  # fmt: skip
        out[:, at : at + TILE] = F.linear(x, tile[: len(rows.scales)])
    return out
