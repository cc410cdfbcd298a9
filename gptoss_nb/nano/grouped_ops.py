"""The operations of kernels/reference as training on a CPU wants them: matrix products in bfloat16 where the processor has
instructions for it (four times as fast as float32, measured), the experts' tokens in groups of one size, and attention in torch's fused kernel.

Called by passes. Equal to the reference up to rounding (a test compares), gradients too.
"""

import torch
import torch.nn.functional as F

from ..kernels.reference import SWIGLU_ALPHA, rms_norm, rotate, route

__all__ = ["attention", "experts", "linear", "rms_norm", "rotate", "route"]

PRODUCTS = torch.bfloat16 if torch.cpu._is_avx512_bf16_supported() else torch.float32
BLOCK = 32  # queries at a time: the window of nano's layers, so that such a block sees two windows of keys at most
GROUP = 64  # an expert's group holds a multiple of so many tokens: each new shape of a bfloat16 product costs 0.4 ms to prepare


def linear(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
    """As in reference."""
    return F.linear(x.to(PRODUCTS), weight.to(PRODUCTS), bias if bias is None else bias.to(PRODUCTS)).to(x.dtype)


def attention(q, k, v, sinks, mask, gain=None) -> torch.Tensor:
    """As in reference, without the edit `gain`: q (B, T, H, d), k and v (B, S, K, d), mask (T, S)."""
    n_kv_heads = k.shape[-2]
    groups = q.shape[-2] // n_kv_heads
    queries = q.unflatten(2, (n_kv_heads, groups)).transpose(1, 2).flatten(2, 3)  # (B, K, T g, d)
    grouped_sinks = sinks.view(n_kv_heads, 1, groups).expand(-1, q.shape[1], -1).flatten(1)  # (K, T g)
    out = _Attention.apply(queries, k.transpose(1, 2), v.transpose(1, 2), grouped_sinks, mask)
    return out.unflatten(2, (-1, groups)).transpose(1, 2).flatten(2)


class _Attention(torch.autograd.Function):
    """Torch's fused kernel, given a block of queries at a time and the keys that this block sees.

    That kernel knows no sinks, but forward it gives the log of a row's sum, from which follows what a sink would have taken, and
    backward it takes that log: with the sink in it, the gradients come out as they are with the sink.
    q (B, K, T g, d), k and v (B, K, S, d), sinks (K, T g), mask (T, S).
    """

    @staticmethod
    def forward(context, q, k, v, sinks, mask):
        groups = q.shape[2] // len(mask)
        out, sums = torch.empty_like(q, memory_format=torch.contiguous_format), q.new_empty(q.shape[:3])
        context.blocks = []
        for rows, keys, seen in _blocks(mask):
            rows = slice(rows.start * groups, rows.stop * groups)
            seen = torch.zeros(seen.shape).masked_fill_(~seen, -torch.inf).repeat_interleave(groups, 0)
            context.blocks.append((rows, keys, seen))
            out[:, :, rows], sums[:, :, rows] = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
                q[:, :, rows], k[:, :, keys], v[:, :, keys], attn_mask=seen
            )
        with_sink = torch.logaddexp(sums, sinks)
        out *= (sums - with_sink).exp_().unsqueeze(-1)
        context.save_for_backward(q, k, v, sinks, out, with_sink)
        return out

    @staticmethod
    def backward(context, gradient):
        q, k, v, sinks, out, sums = context.saved_tensors
        d_q, d_k, d_v = torch.empty_like(q), torch.zeros_like(k), torch.zeros_like(v)
        for rows, keys, seen in context.blocks:
            d_q[:, :, rows], new_k, new_v = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward(
                gradient[:, :, rows], q[:, :, rows], k[:, :, keys], v[:, :, keys], out[:, :, rows], sums[:, :, rows], 0.0, False, attn_mask=seen
            )
            d_k[:, :, keys] += new_k
            d_v[:, :, keys] += new_v
        d_sinks = -((gradient * out).sum(-1) * (sinks - sums).exp()).sum(0)
        return d_q, d_k, d_v, d_sinks, None


def _blocks(mask: torch.Tensor):
    """(queries, keys, mask of these) as slices, a BLOCK of queries at a time."""
    columns = torch.arange(1, mask.shape[1] + 1)
    past = (mask * columns).amax(1).tolist()  # one after the last key that a query sees
    first = (mask * columns.flip(0)).amax(1).neg().add(mask.shape[1]).tolist()
    for start in range(0, len(mask), BLOCK):
        rows = slice(start, min(start + BLOCK, len(mask)))
        keys = slice(min(first[rows]), max(past[rows]))
        yield rows, keys, mask[rows, keys]


def experts(x, ids, weights, gate_up, gate_up_bias, down, down_bias, limit) -> torch.Tensor:
    """As in reference, matrices plain: x (..., D), ids and weights (..., A), gate_up (E, 2F, D), down (E, D, F).

    Groups are as large as the busiest expert needs, so two products are enough for all of them.
    """
    n_experts, n_active, width = len(gate_up), ids.shape[-1], x.shape[-1]
    chosen = ids.flatten()  # (N A,)
    order = chosen.argsort(stable=True)
    counts = torch.bincount(chosen, minlength=n_experts)
    size = -(-int(counts.max()) // GROUP) * GROUP
    rank = torch.arange(len(chosen)) - (counts.cumsum(0) - counts).repeat_interleave(counts)
    place = torch.empty_like(chosen).scatter_(0, order, chosen[order] * size + rank)  # of each token's each expert, in the groups
    flat = x.to(PRODUCTS).reshape(-1, 1, width).expand(-1, n_active, -1).reshape(-1, width)
    grouped = _Put.apply(flat, place, n_experts * size).view(n_experts, size, width)
    # gates before ups, not in turn: elements side by side are many times as fast
    gate_up, gate_up_bias = (w.unflatten(1, (-1, 2)).transpose(1, 2).flatten(1, 2) for w in (gate_up, gate_up_bias))
    gate_up, gate_up_bias, down, down_bias = (w.to(PRODUCTS) for w in (gate_up, gate_up_bias, down, down_bias))
    hidden = _Swiglu.apply(torch.bmm(grouped, gate_up.mT).add_(gate_up_bias.unsqueeze(1)), limit)
    out = torch.bmm(hidden, down.mT).add_(down_bias.unsqueeze(1)).flatten(0, 1)
    by_token = _Take.apply(out, place).view(-1, n_active, width)
    return (by_token * weights.reshape(-1, n_active, 1)).sum(1).view(x.shape)


class _Put(torch.autograd.Function):
    """Rows to their places, no two to the same, among zeros: then its gradient takes them back, and needs no sums."""

    @staticmethod
    def forward(context, rows, place, n_places):
        context.save_for_backward(place)
        return rows.new_zeros(n_places, rows.shape[-1]).index_copy_(0, place, rows)

    @staticmethod
    def backward(context, gradient):
        return gradient.index_select(0, *context.saved_tensors), None, None


class _Take(torch.autograd.Function):
    """The reverse of _Put."""

    @staticmethod
    def forward(context, rows, place):
        context.save_for_backward(place)
        context.n_places = len(rows)
        return rows.index_select(0, place)

    @staticmethod
    def backward(context, gradient):
        (place,) = context.saved_tensors
        return gradient.new_zeros(context.n_places, gradient.shape[-1]).index_copy_(0, place, gradient), None


class _Swiglu(torch.autograd.Function):
    """reference.swiglu of gates before ups, its gradient in fewer operations than autograd needs."""

    @staticmethod
    def forward(context, x, limit):
        context.save_for_backward(x)
        context.limit = limit
        gate, up = x.chunk(2, -1)
        gate = gate.clamp(max=limit)
        gated = gate * (gate * SWIGLU_ALPHA).sigmoid_()
        return torch.addcmul(gated, gated, up.clamp(-limit, limit))

    @staticmethod
    def backward(context, gradient):
        (x,), limit = context.saved_tensors, context.limit
        gate, up = x.chunk(2, -1)
        clamped = gate.clamp(max=limit)
        open_ = (clamped * SWIGLU_ALPHA).sigmoid_()
        gated = clamped * open_
        slope = torch.addcmul(open_, gated * SWIGLU_ALPHA, 1 - open_)  # of gated by gate
        d_gate = gradient * (up.clamp(-limit, limit) + 1) * slope
        d_up = gradient * gated
        clamp_backward = torch.ops.aten.hardtanh_backward
        return torch.cat([clamp_backward(d_gate, gate, -torch.inf, limit), clamp_backward(d_up, up, -limit, limit)], -1), None
