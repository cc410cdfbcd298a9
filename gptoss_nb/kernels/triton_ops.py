"""The operations on a GPU: those of reference.py by our Triton kernels, and the fused ones of a single token's step.

Chosen by the session where kernels/chips says that they run. The `_*.py` beside this file hold the kernels and launch them; here are the
names, the shapes, and what goes to plain torch instead: products of dense matrices with many tokens (torch's own are as fast as
there are), and attention where who sees whom is told by a mask of any form, or over batches (evaluation of many prompts at once).
"""

import functools

import torch

from . import _experts, _flash, _grouped, _replay, _router, _rows, reference
from ._attention import attend, partial_size
from ._blocks import compiling, tuning
from ._matvec import add_linear, embed, project, unembed
from ._router import route_one
from ._sample import new_ring, sample, scratch_size, truncated
from .mask import Band
from .mxfp4 import Mxfp4Tensor
from .reference import linear

__all__ = [
    "add_linear", "add_rms_norm", "attend", "attention", "attention_pattern", "compiling", "down", "embed", "experts", "gate_up", "linear",
    "new_ring", "partial_size", "pooled", "project", "rms_norm", "rotate", "route", "route_one", "sample", "scratch_size", "swiglu",
    "truncated", "tuning", "unembed",
]  # fmt: skip

BANDED = True  # attention takes a Band
FUSED = True  # there are operations for a DecodeStep


def _there(operation):
    """Triton launches on the current device: that of the first tensor, for the time of the operation."""

    @functools.wraps(operation)
    def on_its_device(x, *args, **kwargs):
        if not x.is_cuda or x.device.index == torch.cuda.current_device():
            return operation(x, *args, **kwargs)
        with torch.cuda.device(x.device):
            return operation(x, *args, **kwargs)

    return on_its_device


@_there
def rms_norm(x: torch.Tensor, scale: torch.Tensor, eps: float) -> torch.Tensor:
    """As in the reference."""
    return _rows.rms_norm(_flat(x), scale, eps).view(x.shape)


@_there
def add_rms_norm(x: torch.Tensor, delta: torch.Tensor, scale: torch.Tensor, eps: float) -> tuple[torch.Tensor, torch.Tensor]:
    """x + delta and its norm in one kernel."""
    total, normed = _rows.add_rms_norm(_flat(x), _flat(delta), scale, eps)
    return total.view(x.shape), normed.view(x.shape)


@_there
def rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """As in the reference."""
    if x.dim() != 3:
        return reference.rotate(x, cos, sin)
    return _rows.rotate(x, cos, sin)


@_there
def swiglu(x: torch.Tensor, limit: float) -> torch.Tensor:
    """As in the reference."""
    return _rows.swiglu(_flat(x), limit).view(*x.shape[:-1], -1)


@_there
def attention(q, k, v, sinks, mask=None, gain=None) -> torch.Tensor:
    """As in the reference; `mask` may be a Band. A tensor as the mask, or a batch, is plain torch, in memory for all scores."""
    if mask is None and q.dim() == 3 and len(q) == 1:  # one token that sees every key, in whatever order
        return _flash.flash(q, k, v, sinks, len(k) - 1, None, gain, None)
    if isinstance(mask, Band) and mask.first is not None:
        return _flash.flash(q, k, v, sinks, mask.first, mask.window, gain, mask.starts)
    return reference.attention(q, k, v, sinks, _tensor(mask), gain)


@_there
def attention_pattern(q, k, sinks, mask=None) -> tuple[torch.Tensor, torch.Tensor]:
    """As in the reference; `mask` may be a Band."""
    if isinstance(mask, Band) and mask.starts is None:
        return _replay.pattern(q, k, sinks, mask.queries, mask.keys, mask.window, None)
    return reference.attention_pattern(q, k, sinks, _tensor(mask))


@_there
def pooled(q, k, sinks, first, window, pool, heads, n_tokens, key_start, out):
    """The patterns of all heads as tiles, without holding one: see _replay.pooled."""
    return _replay.pooled(q, k, sinks, first, window, pool, heads, n_tokens=n_tokens, key_start=key_start, out=out)


@_there
def route(x, weight, bias, n_active, selection_bias=None, logit_bias=None):
    """As in the reference."""
    logits = linear(x, weight, bias).float()
    ids, weights = _router.route(_flat(logits), selection_bias, logit_bias, n_active)
    return logits, ids.view(*x.shape[:-1], n_active), weights.view(*x.shape[:-1], n_active)


@_there
def experts(x, ids, weights, gate_up, gate_up_bias, down, down_bias, limit) -> torch.Tensor:
    """As in the reference."""
    flat = (_flat(x), _flat(ids), _flat(weights))
    return _grouped.experts(*flat, gate_up, gate_up_bias, down, down_bias, limit).view(x.shape)


def gate_up(resid, norm, eps, chosen, matrices, bias, limit, hidden) -> None:
    """See _experts.gate_up; `matrices` packed or plain."""
    _experts.gate_up(resid, norm, eps, chosen, *_packed(matrices), bias, limit, hidden)


def down(hidden, chosen, weights, matrices, bias, added, resid) -> None:
    """See _experts.down; `matrices` packed or plain."""
    _experts.down(hidden, chosen, weights, *_packed(matrices), bias, added, resid)


def _packed(matrices) -> tuple[torch.Tensor, torch.Tensor | None]:
    return (matrices.blocks, matrices.scales) if isinstance(matrices, Mxfp4Tensor) else (matrices, None)


def _flat(x: torch.Tensor) -> torch.Tensor:
    return x.reshape(-1, x.shape[-1]).contiguous()


def _tensor(mask):
    return mask.tensor() if isinstance(mask, Band) else mask
