"""The operations on a CPU in 8 bits: those of cpu_ops.py with activations rounded to 8 bits and, beside the packed experts, matrices in
8 bits too. Less than the published numbers; half as many bytes a token.

Chosen by the session when it is asked for. Each 32 numbers share a scale. The matrices in 8 bits are made beside the published ones, which
the views of the model's inside go on to use, and live as long as these. Many tokens are multiplied in bfloat16 where the processor has
such products, by the published matrices.
"""

import torch
from torch.utils.weak import WeakIdKeyDictionary

from . import cpu_ops, reference
from .cpu_ops import attention, attention_pattern, available, rms_norm, rotate, route, swiglu
from .mxfp4 import BLOCK

__all__ = ["attention", "attention_pattern", "available", "experts", "linear", "prepare", "rms_norm", "rotate", "route", "swiglu"]

EIGHT_BITS = True
NOTES = (
    "Single tokens are computed in 8 bits: activations, attention's matrices and the unembedding; prompts in bfloat16 where the processor multiplies in it. "
    "That is faster and not what was published; backend=\"cpu\" (--backend cpu) is exact.",
)
DIGITS = 1  # of 8 bits

_DTYPES = (torch.bfloat16, torch.float32)
_rounded = WeakIdKeyDictionary()  # the matrix as published, never changed -> (values int8 (rows, n), scales bfloat16 (rows, n / 32))


def prepare(weights) -> None:
    """Rounds the matrices of a model's Weights, which would else happen at the first token."""
    for matrix in (weights.unembedding, *(matrix for layer in weights.layers for matrix in (layer.qkv, layer.out))):
        for part in matrix if isinstance(matrix, tuple) else (matrix,):
            if _can_be_rounded(part):
                _in_8_bits(part)


def _can_be_rounded(matrix: torch.Tensor) -> bool:
    return matrix.dtype in _DTYPES and matrix.is_contiguous() and matrix.shape[-1] % BLOCK == 0


def nbytes(n_numbers: int) -> int:
    """Bytes of so many numbers in 8 bits, with their scales."""
    return n_numbers + 2 * n_numbers // BLOCK


def _in_8_bits(matrix: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    if matrix not in _rounded:
        n_rows, n = matrix.shape
        values, scales = torch.empty(n_rows, n, dtype=torch.int8), torch.empty(n_rows, n // BLOCK, dtype=torch.bfloat16)
        cpu_ops._library.gn_round_8(matrix.data_ptr(), values.data_ptr(), scales.data_ptr(), n_rows, n, int(matrix.dtype is torch.bfloat16),
                                    torch.get_num_threads())  # fmt: skip
        _rounded[matrix] = values, scales
    return _rounded[matrix]


def linear(x: torch.Tensor, weight: torch.Tensor | tuple[torch.Tensor, ...], bias: torch.Tensor | None = None) -> torch.Tensor:
    """As in the reference, in 8 bits or, for many tokens, in bfloat16."""
    parts = weight if isinstance(weight, tuple) else (weight,)
    n = x.shape[-1]
    n_tokens = x.numel() // n
    if not (all(map(_can_be_rounded, parts)) and cpu_ops.readable(x, parts, bias, _DTYPES)):
        return reference.linear(x, weight, bias)
    if n_tokens > cpu_ops.FEW and product_dtype() is torch.float32:
        return cpu_ops.linear(x, weight, bias)
    if n_tokens > cpu_ops.FEW:
        out = torch.cat([torch.nn.functional.linear(x.to(product_dtype()), part.to(product_dtype())) for part in parts], dim=-1).float()
        return out if bias is None else out.add_(bias)
    total = sum(map(len, parts))
    out, at = x.new_empty(*x.shape[:-1], total), 0
    for part in parts:
        values, scales = _in_8_bits(part)
        for t in range(n_tokens):
            cpu_ops._library.gn_linear_8(x.data_ptr() + 4 * t * n, values.data_ptr(), scales.data_ptr(), None if bias is None else bias.data_ptr() + 4 * at,
                                         out.data_ptr() + 4 * (t * total + at), len(part), n, torch.get_num_threads(), cpu_ops._level)  # fmt: skip
        at += len(part)
    return out


def product_dtype() -> torch.dtype:
    """In which torch multiplies matrices fastest on this processor."""
    return torch.bfloat16 if cpu_ops._library.gn_has_bfloat16_products() else torch.float32


def experts(x, ids, weights, gate_up, gate_up_bias, down, down_bias, limit) -> torch.Tensor:
    """As in the reference, with activations in 8 bits or, for many tokens, in bfloat16."""
    return cpu_ops.mixed(x, ids, weights, gate_up, gate_up_bias, down, down_bias, limit, DIGITS, product_dtype())
