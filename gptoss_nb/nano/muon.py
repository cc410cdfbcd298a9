"""Muon, the optimiser of the matrices between hidden vectors: a step of momentum whose singular values are all made about 1.

torch.optim.Muon with the same numbers, for stacks of matrices too, and in float32 where the processor has no instructions for
bfloat16, which torch's would emulate: 3.4 s a step of nano. Called by train.
Source: Keller Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024).
"""

import torch

from . import grouped_ops

A, B, C = 3.4445, -4.7750, 2.0315  # of the quintic iteration, as published
ITERATIONS = 5
MOMENTUM = 0.95
PRODUCTS = {"cuda": torch.bfloat16, "cpu": grouped_ops.PRODUCTS}


class Muon(torch.optim.Optimizer):
    """For matrices (out, in) or stacks of them, each for itself. A step's root mean square is that of AdamW's at the same rate: 0.2.
    `map` runs over groups of matrices: a pool's, to have them side by side."""

    def __init__(self, parameters, lr: float | torch.Tensor, weight_decay: float, map=map):
        super().__init__(parameters, {"lr": lr, "weight_decay": weight_decay})
        self._map = map

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            parameters, rate = group["params"], group["lr"]
            gradients = [p.grad for p in parameters]
            for p in parameters:
                if "momentum_buffer" not in self.state[p]:
                    self.state[p]["momentum_buffer"] = torch.zeros_like(p)
            momenta = [self.state[p]["momentum_buffer"] for p in parameters]
            torch._foreach_lerp_(momenta, gradients, 1 - MOMENTUM)
            ahead = torch._foreach_lerp(gradients, momenta, MOMENTUM)
            torch._foreach_mul_(parameters, 1 - rate * group["weight_decay"])
            # matrices of one shape together: a GPU starts a few large products as fast as one small one
            alike = [[k for k, p in enumerate(parameters) if p.shape == shape] for shape in {p.shape for p in parameters}]
            halves = [half for group in alike for half in (group[::2], group[1::2]) if half]
            updates = self._map(lambda half: orthogonalised(torch.stack([ahead[k] for k in half])), halves)
            for half, update in zip(halves, updates):
                size = rate * 0.2 * max(update.shape[-2:]) ** 0.5
                torch._foreach_sub_([parameters[k] for k in half], (size * update).unbind())


def orthogonalised(x: torch.Tensor) -> torch.Tensor:
    """x (..., m, n), each matrix with its singular values brought near 1 (0.7 to 1.2) by a polynomial that needs no decomposition."""
    if x.shape[-2] > x.shape[-1]:
        return orthogonalised(x.mT).mT
    flat = x.reshape(-1, *x.shape[-2:])
    flat = (flat / flat.norm(dim=(-2, -1), keepdim=True).clamp(min=1e-7)).to(PRODUCTS[x.device.type])
    for _ in range(ITERATIONS):
        gram = flat @ flat.mT
        flat = torch.baddbmm(flat, torch.baddbmm(gram, gram, gram, beta=B, alpha=C), flat, beta=A)
    return flat.to(x.dtype).view(x.shape)
