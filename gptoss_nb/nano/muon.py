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
    """For matrices (out, in) or stacks of them, each for itself. A step's root mean square is that of AdamW's at the same rate: 0.2."""

    def __init__(self, parameters, lr: float, weight_decay: float):
        super().__init__(parameters, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            parameters, rate = group["params"], group["lr"]
            gradients = [p.grad for p in parameters]
            momenta = [self.state[p].setdefault("momentum_buffer", torch.zeros_like(p)) for p in parameters]
            torch._foreach_lerp_(momenta, gradients, 1 - MOMENTUM)
            ahead = torch._foreach_lerp(gradients, momenta, MOMENTUM)
            torch._foreach_mul_(parameters, 1 - rate * group["weight_decay"])
            # matrices of one shape together: a GPU starts a few large products as fast as one small one
            for shape in {p.shape for p in parameters}:
                alike = [k for k, p in enumerate(parameters) if p.shape == shape]
                updates = orthogonalised(torch.stack([ahead[k] for k in alike])).unbind()
                torch._foreach_add_([parameters[k] for k in alike], updates, alpha=-rate * 0.2 * max(shape[-2:]) ** 0.5)


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
