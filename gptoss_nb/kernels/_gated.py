"""What lies between an expert's two matrices in training on a GPU, in one kernel: SwiGLU, times the weight that the router gave; and
its gradient.

In plain torch it is some twenty passes over the largest tensor of a step. A token's experts are one tile, so this is for small ones, as
nano has. Called by nano's training.
"""

import torch
import triton
import triton.language as tl

from ._experts import SWIGLU_ALPHA, gated


class Gated(torch.autograd.Function):
    """(N, E F) of hidden (N, 2 E F), the gates of all experts before their ups, and weights (N, E); sums in float32."""

    @staticmethod
    def forward(context, hidden, weights, limit):
        n_tokens, n_experts = weights.shape
        width = hidden.shape[1] // n_experts // 2
        out = hidden.new_empty(n_tokens, n_experts * width)
        hidden, weights = hidden.contiguous(), weights.contiguous()
        _forward[(n_tokens,)](hidden, weights, out, limit, *_sizes(n_experts, width))
        context.save_for_backward(hidden, weights)
        context.limit = limit
        return out

    @staticmethod
    def backward(context, gradient):
        hidden, weights = context.saved_tensors
        n_tokens, n_experts = weights.shape
        d_hidden, d_weights = torch.empty_like(hidden), torch.empty_like(weights)
        sizes = _sizes(n_experts, hidden.shape[1] // n_experts // 2)
        _backward[(n_tokens,)](gradient.contiguous(), hidden, weights, d_hidden, d_weights, context.limit, *sizes)
        return d_hidden, d_weights, None


def _sizes(n_experts: int, width: int) -> tuple[int, ...]:
    return n_experts, width, triton.next_power_of_2(n_experts), triton.next_power_of_2(width)


@triton.jit
def _places(E: tl.constexpr, F: tl.constexpr, EXPERTS: tl.constexpr, WIDTH: tl.constexpr):
    """Numbers of the experts (EXPERTS, 1), places in a token's row (EXPERTS, WIDTH), and which of these there are."""
    expert, element = tl.arange(0, EXPERTS)[:, None], tl.arange(0, WIDTH)[None, :]
    return expert, expert * F + element, (expert < E) & (element < F)


@triton.jit
def _forward(hidden, weights, out, limit, E: tl.constexpr, F: tl.constexpr, EXPERTS: tl.constexpr, WIDTH: tl.constexpr):
    """One token."""
    token = tl.program_id(0).to(tl.int64)
    expert, at, inside = _places(E, F, EXPERTS, WIDTH)
    gate = tl.load(hidden + token * 2 * E * F + at, mask=inside, other=0.0).to(tl.float32)
    up = tl.load(hidden + token * 2 * E * F + E * F + at, mask=inside, other=0.0).to(tl.float32)
    weight = tl.load(weights + token * E + expert, mask=expert < E, other=0.0).to(tl.float32)
    tl.store(out + token * E * F + at, (gated(gate, up, limit) * weight).to(out.dtype.element_ty), mask=inside)


@triton.jit
def _backward(
    gradient, hidden, weights, d_hidden, d_weights, limit, E: tl.constexpr, F: tl.constexpr, EXPERTS: tl.constexpr, WIDTH: tl.constexpr
):  # fmt: skip
    """One token."""
    token = tl.program_id(0).to(tl.int64)
    expert, at, inside = _places(E, F, EXPERTS, WIDTH)
    gate = tl.load(hidden + token * 2 * E * F + at, mask=inside, other=0.0).to(tl.float32)
    up = tl.load(hidden + token * 2 * E * F + E * F + at, mask=inside, other=0.0).to(tl.float32)
    weight = tl.load(weights + token * E + expert, mask=expert < E, other=0.0).to(tl.float32)
    d_out = tl.load(gradient + token * E * F + at, mask=inside, other=0.0).to(tl.float32)
    clamped = tl.where(gate > limit, limit, gate)
    more = tl.where(up > limit, limit, tl.where(up < -limit, -limit, up)) + 1.0
    share = tl.sigmoid(clamped * SWIGLU_ALPHA)
    half = clamped * share
    d_weight = tl.sum(d_out * half * more, axis=1)[:, None]
    tl.store(d_weights + token * E + expert, d_weight.to(d_weights.dtype.element_ty), mask=expert < E)
    d_out *= weight
    # a clamp lets no gradient through where it holds
    d_gate = tl.where(gate > limit, 0.0, d_out * more * (share + SWIGLU_ALPHA * half * (1.0 - share)))
    d_up = tl.where((up > limit) | (up < -limit), 0.0, d_out * half)
    tl.store(d_hidden + token * 2 * E * F + at, d_gate.to(d_hidden.dtype.element_ty), mask=inside)
    tl.store(d_hidden + token * 2 * E * F + E * F + at, d_up.to(d_hidden.dtype.element_ty), mask=inside)
