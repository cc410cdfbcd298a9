"""The operations as training computes them, on a GPU and on a CPU: what the reference computes, and its gradients."""

import pytest
import torch

from gptoss_nb.kernels import reference
from gptoss_nb.model.sequence import visible
from gptoss_nb.nano import grouped_ops

GENERATOR = torch.Generator()


def random(*shape):
    return torch.randn(*shape, generator=GENERATOR)


@pytest.fixture(autouse=True)
def same_numbers():
    GENERATOR.manual_seed(0)


@pytest.fixture
def dense_ops():
    """Needs Triton, which not every machine has."""
    pytest.importorskip("triton")
    from gptoss_nb.nano import dense_ops

    return dense_ops


@pytest.fixture(params=["dense", "grouped", "grouped in bfloat16"])
def ops(request, monkeypatch):
    """The module and how far it may be off, relative to the norm."""
    if request.param == "dense":
        return request.getfixturevalue("dense_ops"), 1e-5
    products = torch.bfloat16 if "bfloat16" in request.param else torch.float32
    monkeypatch.setattr(grouped_ops, "PRODUCTS", products)
    return grouped_ops, 5e-2 if "bfloat16" in request.param else 1e-5


def agree(ops, compute, leaves) -> None:
    """`compute(ops module, leaves)` and its gradients by every leaf are the reference's."""
    (module, tolerance), results = ops, []
    for each in (reference, module):
        own = [leaf.clone().requires_grad_() for leaf in leaves]
        out = compute(each, own)
        GENERATOR.manual_seed(1)
        results.append([out, *torch.autograd.grad((out * random(*out.shape)).sum(), own)])
    for theirs, ours in zip(*results, strict=True):
        assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
        assert (ours - theirs).norm() < tolerance * theirs.norm()


@pytest.mark.parametrize("favourite", [0, 20], ids=["spread", "one expert has every token"])
def test_experts(ops, favourite):
    n_experts, d, f = 6, 12, 8
    x = random(2, 70, d)
    bias = random(n_experts) + favourite * torch.eye(n_experts)[2]
    _, ids, weights = reference.route(x, random(n_experts, d), bias, 3)
    # matrices and biases large enough for both clamps of the SwiGLU
    leaves = [x, weights, random(n_experts, 2 * f, d), 5 * random(n_experts, 2 * f), random(n_experts, d, f), random(n_experts, d)]
    agree(ops, lambda module, own: module.experts(own[0], ids, *own[1:], 7.0), leaves)


@pytest.mark.parametrize("window", [None, 5, 32])
@pytest.mark.parametrize("before, new", [(0, 70), (9, 33), (40, 1)])
def test_attention(ops, window, before, new):
    positions = torch.arange(before + new)
    mask = visible(positions[before:], positions, window)
    leaves = [random(3, new, 8, 16), random(3, before + new, 2, 16), random(3, before + new, 2, 16), 3 * random(8)]
    agree(ops, lambda module, own: module.attention(*own, mask), leaves)


def test_rms_norm(ops):
    agree(ops, lambda module, own: module.rms_norm(*own, 1e-5), [3 * random(2, 9, 12), random(12)])


def test_on_a_gpu_the_norm_is_as_narrow_as_the_products(dense_ops):
    x, scale = 3 * random(2, 9, 12), random(12).bfloat16()
    normed = dense_ops.rms_norm(x, scale, 1e-5)
    assert normed.dtype == torch.bfloat16
    assert (normed.float() - reference.rms_norm(x, scale.float(), 1e-5)).norm() < 1.01 * 2**-9 * normed.float().norm()


def test_a_choice_does_not_hang_on_bfloat16(dense_ops):
    """Two experts whose logits differ by less than bfloat16 tells apart."""
    x, weight, bias = torch.ones(1, 8).bfloat16(), torch.zeros(6, 8).bfloat16(), torch.zeros(6).bfloat16()
    weight[4, 0], weight[1, 0], weight[4, 1] = 4, 4, 2**-10
    logits, ids, weights = dense_ops.route(x, weight, bias, 2)
    assert ids.tolist() == [[4, 1]] and weights[0, 0] > weights[0, 1] and logits.dtype == torch.float32
    assert reference.route(x, weight, bias, 2)[1].tolist() == [[1, 4]]


def test_linear(ops):
    agree(ops, lambda module, own: module.linear(*own), [random(2, 9, 12), random(7, 12), random(7)])
    agree(ops, lambda module, own: module.linear(*own), [random(2, 9, 12), random(7, 12)])
