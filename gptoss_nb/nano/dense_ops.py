"""The operations of kernels/reference with the experts as training on a GPU wants them: every token through every expert, most
with weight zero. Four times the arithmetic, but a few large matrix products, no sorting and no waiting for the host.

Called by train. Equal to the reference up to the order of sums (a test compares), gradients too.
"""

import torch

from ..kernels.reference import attention, attention_pattern, linear, rms_norm, rotate, route, swiglu

__all__ = ["attention", "attention_pattern", "experts", "linear", "rms_norm", "rotate", "route"]


def experts(x, ids, weights, gate_up, gate_up_bias, down, down_bias, limit) -> torch.Tensor:
    """As in reference, matrices plain: x (..., D), ids and weights (..., A), gate_up (E, 2F, D), down (E, D, F)."""
    flat, n_experts = x.flatten(0, -2), len(gate_up)
    gates = flat.new_zeros(len(flat), n_experts).scatter(1, ids.flatten(0, -2), weights.flatten(0, -2).to(x.dtype))  # (N, E)
    hidden = torch.addmm(gate_up_bias.flatten(), flat, gate_up.flatten(0, 1).mT).unflatten(1, (n_experts, -1))  # (N, E, 2F)
    weighed = (swiglu(hidden, limit) * gates.unsqueeze(-1)).flatten(1)  # (N, E F)
    out = torch.addmm(gates @ down_bias, weighed, down.transpose(1, 2).flatten(0, 1))
    return out.view(x.shape)
