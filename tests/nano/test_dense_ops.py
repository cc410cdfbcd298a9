"""The experts as a GPU's training computes them: what the reference computes, and its gradients."""

import torch

from gptoss_nb.kernels import reference
from gptoss_nb.nano import dense_ops


def test_experts_and_gradients_are_the_references():
    generator = torch.Generator().manual_seed(0)

    def random(*shape):
        return torch.randn(*shape, generator=generator)

    n_experts, d, f = 6, 12, 8
    x = random(2, 7, d)
    _, ids, weights = reference.route(x, random(n_experts, d), random(n_experts), 3)
    leaves = [x, weights, random(n_experts, 2 * f, d), random(n_experts, 2 * f), random(n_experts, d, f), random(n_experts, d)]
    target, results = random(2, 7, d), []
    for ops in (reference, dense_ops):
        own = [leaf.clone().requires_grad_() for leaf in leaves]
        out = ops.experts(own[0], ids, *own[1:], 7.0)
        results.append([out, *torch.autograd.grad((out * target).sum(), own)])
    for ours, theirs in zip(*results, strict=True):
        assert (ours - theirs).abs().max() < 1e-5 * theirs.abs().max()
