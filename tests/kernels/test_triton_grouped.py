"""Many tokens through their experts, under Triton's interpreter, against kernels/reference."""

import pytest
import torch

pytest.importorskip("triton")

from gptoss_nb.kernels import _grouped, reference  # noqa: E402
from gptoss_nb.kernels.mxfp4 import Mxfp4Tensor  # noqa: E402

LIMIT = 7.0
SMALL = {"block_m": 16, "block_n": 64, "block_k": 32}


def near(actual, wanted, bound=1e-5):
    actual, wanted = actual.double(), wanted.double()
    assert actual.shape == wanted.shape and actual.isfinite().all()
    error = float((actual - wanted).norm() / wanted.norm())
    assert error < bound, f"off by {error:.2g}"


def packed(n_experts, rows, columns):
    blocks = torch.randint(256, (n_experts, rows, columns // 32, 16), dtype=torch.uint8)
    return Mxfp4Tensor(blocks, torch.randint(118, 124, (n_experts, rows, columns // 32), dtype=torch.uint8))


def layer(n_experts, dim, width, plain=False):
    """gate_up, its bias, down, its bias."""
    first, second = packed(n_experts, 2 * width, dim), packed(n_experts, dim, width)
    if plain:
        first, second = first.dequantize(), second.dequantize()
    return first, torch.randn(n_experts, 2 * width), second, torch.randn(n_experts, dim)


def routed(n_tokens, n_experts, n_chosen):
    ids = torch.rand(n_tokens, n_experts).argsort(-1)[:, :n_chosen]
    return ids, torch.rand(n_tokens, n_chosen).softmax(-1)


@pytest.fixture(autouse=True)
def poisoned(monkeypatch):
    """What `experts` allocates begins as NaN."""
    real = torch.Tensor.new_empty

    def new_empty(*args, **kwargs):
        made = real(*args, **kwargs)
        return made.fill_(float("nan")) if made.is_floating_point() else made

    monkeypatch.setattr(torch.Tensor, "new_empty", new_empty)
    monkeypatch.setattr(torch, "empty_like", lambda x: torch.full_like(x, float("nan")))


def check(x, ids, weights, given, bound=1e-5, **blocks):
    wide = [part.dequantize() if isinstance(part, Mxfp4Tensor) else part.float() for part in given]
    near(_grouped.experts(x, ids, weights, *given, LIMIT, **blocks), reference.experts(x.float(), ids, weights, *wide, LIMIT), bound)


@pytest.mark.parametrize("plain", [False, True], ids=["packed", "plain"])
@pytest.mark.parametrize(
    "n_tokens, dim, width, n_experts, n_chosen",
    [(1, 96, 64, 4, 1), (1, 64, 96, 16, 4), (7, 64, 32, 5, 4), (7, 32, 32, 32, 1), (40, 32, 32, 4, 8 - 4)],
)
def test_experts(plain, n_tokens, dim, width, n_experts, n_chosen):
    ids, weights = routed(n_tokens, n_experts, n_chosen)
    check(torch.randn(n_tokens, dim), ids, weights, layer(n_experts, dim, width, plain), **SMALL)


def test_many_tokens():
    ids, weights = routed(300, 16, 2)
    check(torch.randn(300, 32), ids, weights, layer(16, 32, 32), block_m=64, block_n=64, block_k=32)


def test_all_on_one_expert():
    """And so none on the others; the tile boundaries are met exactly."""
    for n_tokens in (16, 33):
        ids, weights = torch.full((n_tokens, 1), 2), torch.ones(n_tokens, 1)
        check(torch.randn(n_tokens, 32), ids, weights, layer(4, 32, 32), **SMALL)


def test_real_width():
    """Two blocks of outputs and a ragged third; the last step over the inputs is half empty."""
    width = 2880
    first, second = packed(2, 2 * 96, width), packed(2, width, 96)
    ids, weights = routed(3, 2, 1)
    given = first, torch.randn(2, 192), second, torch.randn(2, width)
    check(torch.randn(3, width), ids, weights, given, block_m=16, block_n=128, block_k=128)


@pytest.mark.parametrize("plain", [False, True], ids=["packed", "plain"])
def test_bfloat16(plain):
    first, first_bias, second, second_bias = layer(4, 64, 64, plain)
    if plain:
        first, second = first.bfloat16(), second.bfloat16()
    ids, weights = routed(5, 4, 2)
    check(torch.randn(5, 64).bfloat16(), ids, weights, (first, first_bias.bfloat16(), second, second_bias.bfloat16()), 1e-2, **SMALL)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_scales_at_both_ends():
    first, first_bias, second, second_bias = layer(2, 32, 32)
    first.scales[0] = 0  # nothing is left of the product but the bias
    second.scales[1] = 254
    second.blocks[1] &= 0x11  # 0.5 and 0
    ids, weights = torch.tensor([[0, 1], [1, 0]]), torch.full((2, 2), 2.0**-20)
    given = first, first_bias * 1e-3, second, second_bias
    actual = _grouped.experts(torch.randn(2, 32) * 1e-3, ids, weights, *given, LIMIT, **SMALL)
    assert actual.isfinite().all() and actual.abs().max() > 1e25


def test_tiles_cover_each_pair_once():
    for n_tokens, n_experts, n_chosen, block_m in ((1, 32, 4, 16), (7, 5, 3, 16), (300, 4, 4, 16), (64, 16, 1, 32)):
        ids, _ = routed(n_tokens, n_experts, n_chosen)
        order, ends, expert, first = _grouped.tiles(ids, n_experts, block_m)
        met = []
        for e, begin in zip(expert.tolist(), first.tolist(), strict=True):
            pairs = order[begin : min(begin + block_m, int(ends[e]))].tolist() if e >= 0 else []
            assert all(int(ids.flatten()[pair]) == e for pair in pairs)
            met += pairs
        assert sorted(met) == list(range(n_tokens * n_chosen))
