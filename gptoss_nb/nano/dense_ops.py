"""The operations of kernels/reference as training on a GPU wants them, in bfloat16 where the parameters are.

Every token goes through every expert, most with weight zero: four times the arithmetic, but a few large matrix products, no sorting
and no waiting for the host. Attention is torch's fused kernel. Called by passes. Equal to the reference up to rounding (a test
compares), gradients too.
"""

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from ..kernels import reference
from ..kernels._gated import Gated
from ..kernels.reference import linear, rotate

__all__ = ["attention", "experts", "linear", "rms_norm", "rotate", "route"]

ALIGNED = 8  # a head's elements, a multiple of so many, as the fused kernel wants them


def rms_norm(x: torch.Tensor, scale: torch.Tensor, eps: float) -> torch.Tensor:
    """As in reference, but in the scale's dtype: the residual stream is wider than what the products take."""
    return F.rms_norm(x, scale.shape, scale.to(x.dtype), eps).to(scale.dtype)


def attention(q, k, v, sinks, mask, gain=None) -> torch.Tensor:
    """As in reference, without the edit `gain`: q (B, T, H, d), k and v (B, S, K, d), mask (T, S).

    The fused kernel knows no sinks. One more key, which gives nothing and is zero but for one element past the others', takes from
    each head what its queries have there: the sink.
    """
    head_dim, n_kv_heads = k.shape[-1], k.shape[-2]
    groups, scale = q.shape[-2] // n_kv_heads, head_dim**-0.5
    sinks = F.pad((sinks / scale).unsqueeze(-1), (0, ALIGNED - 1)).to(q.dtype)  # (H, 8)
    queries = torch.cat([q, sinks.expand(*q.shape[:-1], -1)], dim=-1).unflatten(2, (n_kv_heads, groups))
    queries = queries.transpose(1, 2).flatten(2, 3)  # (B, K, T g, d + 8)
    sink = F.pad(k.new_ones(1), (head_dim, ALIGNED - 1)).expand(len(k), 1, n_kv_heads, -1)
    keys = torch.cat([F.pad(k, (0, ALIGNED)), sink], dim=1)  # (B, S + 1, K, d + 8)
    seen = F.pad(mask, (0, 1), value=True).repeat_interleave(groups, 0)
    values = F.pad(v, (0, 0, 0, 0, 0, 1))
    # on a GPU this kernel or none: another would be several times as slow, and say nothing
    with sdpa_kernel(SDPBackend.EFFICIENT_ATTENTION if q.is_cuda else SDPBackend.MATH):
        out = F.scaled_dot_product_attention(queries, keys.transpose(1, 2), values.transpose(1, 2), attn_mask=seen, scale=scale)
    return out.unflatten(2, (-1, groups)).transpose(1, 2).flatten(2)


def route(x, weight, bias, n_active, *edits):
    """As in reference, in float32 throughout: which of two experts comes first must not hang on the rounding."""
    return reference.route(x.float(), weight.float(), bias.float(), n_active, *edits)


def experts(x, ids, weights, gate_up, gate_up_bias, down, down_bias, limit) -> torch.Tensor:
    """As in reference, matrices plain: x (..., D), ids and weights (..., A), gate_up (E, 2F, D), down (E, D, F)."""
    flat, n_experts = x.flatten(0, -2), len(gate_up)
    gates = flat.new_zeros(len(flat), n_experts).scatter(1, ids.flatten(0, -2), weights.flatten(0, -2).to(x.dtype))  # (N, E)
    # the gates of all experts before their ups, not in turn: elements side by side are read faster
    gate_up, gate_up_bias = (w.unflatten(1, (-1, 2)).movedim(2, 0).flatten(0, 2) for w in (gate_up, gate_up_bias))
    weighed = Gated.apply(torch.addmm(gate_up_bias, flat, gate_up.mT), gates, limit)  # (N, E F)
    out = torch.addmm(gates @ down_bias, weighed, down.transpose(1, 2).flatten(0, 1))
    return out.view(x.shape)
