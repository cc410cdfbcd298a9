"""Muon, the optimiser of the matrices between hidden vectors: a step of momentum whose singular values are all made about 1.

torch.optim.Muon with the same numbers, in float32 and with the iteration run on the small Gram matrix alone. Torch's runs
in bfloat16, which a processor without instructions for it emulates: 3.4 s a step of nano where this takes 0.03. Called by train.
Source: Keller Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024).
"""

import torch

A, B, C = 3.4445, -4.7750, 2.0315  # of the quintic iteration, as published
ITERATIONS = 5
MOMENTUM = 0.95


class Muon(torch.optim.Optimizer):
    """For matrices (out, in) or stacks of them, each for itself. A step has the root mean square of one of AdamW's at the same rate: 0.2."""

    def __init__(self, parameters, lr: float, weight_decay: float):
        super().__init__(parameters, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                momentum = self.state[p].setdefault("momentum_buffer", torch.zeros_like(p))
                momentum.lerp_(p.grad, 1 - MOMENTUM)
                update = orthogonalised(p.grad.lerp(momentum, MOMENTUM))
                p.mul_(1 - group["lr"] * group["weight_decay"]).add_(update, alpha=-group["lr"] * 0.2 * max(p.shape[-2:]) ** 0.5)


def orthogonalised(x: torch.Tensor) -> torch.Tensor:
    """x (..., m, n), each matrix with its singular values brought near 1 (0.7 to 1.2) by a polynomial that needs no decomposition.

    Every iterate is p(x xᵀ) x, so only the factor p and the Gram matrix are iterated, in the smaller of m and n.
    """
    if x.shape[-2] > x.shape[-1]:
        return orthogonalised(x.mT).mT
    x = x / x.norm(dim=(-2, -1), keepdim=True).clamp(min=1e-7)
    one = torch.eye(x.shape[-2], device=x.device)
    gram, factor = x @ x.mT, one
    for _ in range(ITERATIONS):
        step = A * one + B * gram + C * (gram @ gram)
        gram, factor = step @ gram @ step, step @ factor
    return factor @ x
