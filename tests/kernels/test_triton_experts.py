"""One token's experts, packed and plain, under Triton's interpreter, against kernels/reference."""

import pytest
import torch

pytest.importorskip("triton")

import triton  # noqa: E402
import triton.language as tl  # noqa: E402

from gptoss_nb.kernels import _experts, _fp4, reference  # noqa: E402
from gptoss_nb.kernels.mxfp4 import Mxfp4Tensor  # noqa: E402

NAN = float("nan")
LIMIT = 7.0


def near(actual, wanted, bound=1e-5):
    actual, wanted = actual.double(), wanted.double()
    assert actual.shape == wanted.shape and actual.isfinite().all()
    error = float((actual - wanted).norm() / wanted.norm())
    assert error < bound, f"off by {error:.2g}"


def packed(n_experts, rows, columns, low=118, high=124):
    blocks = torch.randint(256, (n_experts, rows, columns // 32, 16), dtype=torch.uint8)
    return Mxfp4Tensor(blocks, torch.randint(low, high, (n_experts, rows, columns // 32), dtype=torch.uint8))


def parts(matrices):
    return (matrices.blocks, matrices.scales) if isinstance(matrices, Mxfp4Tensor) else (matrices, None)


def plain(matrices, dtype=torch.float32):
    return matrices.dequantize() if isinstance(matrices, Mxfp4Tensor) else matrices.float()


@triton.jit
def _decode_kernel(words, exponents, values, N: tl.constexpr):
    k = tl.arange(0, N)
    decoded = tl.reshape(_fp4.unpack(tl.load(words + k)), [N, 8]) * _fp4.UNIT * _fp4.power(tl.load(exponents + k))[:, None]
    tl.store(values + k[:, None] * 8 + tl.arange(0, 8)[None, :], decoded)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy overflows where the product does
def test_every_code_and_every_scale():
    """Exactly, at scale 0 and 254 too."""
    words = torch.randint(256, (256, 4), dtype=torch.uint8)
    words[:16] = (torch.arange(16, dtype=torch.uint8) * 17)[:, None]
    for exponents in (torch.full((256,), 127, dtype=torch.uint8), torch.arange(256, dtype=torch.uint8)):
        values = torch.full((256, 8), NAN)
        _decode_kernel[(1,)](words.view(torch.int32), exponents, values, N=256)
        wanted = Mxfp4Tensor(words.repeat(1, 4)[:, None], exponents[:, None]).dequantize()[:, :8]
        known = exponents < 255
        assert torch.equal(values[known], wanted[known]) and values[~known].isnan().all()


kinds = pytest.mark.parametrize("kind", ["packed", "f32", "bf16"])
shapes = pytest.mark.parametrize(
    "dim, width, n_experts, chosen",
    [(96, 64, 4, [2]), (192, 96, 16, [5, 15, 0, 9]), (64, 160, 5, [4, 4, 0]), (32, 32, 32, [31, 0, 7, 8, 1, 2, 3, 4])],
)


def matrices(kind, n_experts, rows, columns):
    if kind == "packed":
        return packed(n_experts, rows, columns)
    return (torch.randn(n_experts, rows, columns) / columns**0.5).to(torch.float32 if kind == "f32" else torch.bfloat16)


@kinds
@shapes
def test_gate_up(kind, dim, width, n_experts, chosen):
    weight, ids = matrices(kind, n_experts, 2 * width, dim), torch.tensor(chosen, dtype=torch.int32)
    bias, norm = torch.randn(n_experts, 2 * width).bfloat16(), (torch.rand(dim) + 0.5).bfloat16()
    resid = torch.randn(dim) * 30
    hidden = torch.full((len(chosen), width), NAN)
    _experts.gate_up(resid, norm, 1e-5, ids, *parts(weight), bias, LIMIT, hidden, rows=64)
    normed = reference.rms_norm(resid, norm.float(), 1e-5)
    near(hidden, reference.swiglu(plain(weight)[ids] @ normed + bias[ids].float(), LIMIT))


@kinds
@shapes
def test_down(kind, dim, width, n_experts, chosen):
    weight, ids = matrices(kind, n_experts, dim, width), torch.tensor(chosen, dtype=torch.int32)
    bias, added, before = torch.randn(n_experts, dim).bfloat16(), torch.randn(dim), torch.randn(dim)
    hidden, shares = torch.randn(len(chosen), width), torch.rand(len(chosen))
    resid = before.clone()
    _experts.down(hidden, ids, shares, *parts(weight), bias, added, resid, rows=32)
    each = torch.einsum("adf,af->ad", plain(weight)[ids], hidden) + bias[ids].float()
    near(resid, before + added + shares @ each)


def test_real_width():
    """Rows of 90 blocks, two programs of rows and a ragged third."""
    weight, ids = packed(2, 40, 2880), torch.tensor([1], dtype=torch.int32)
    bias, norm, resid, hidden = torch.randn(2, 40), torch.rand(2880), torch.randn(2880), torch.full((1, 20), NAN)
    _experts.gate_up(resid, norm, 1e-5, ids, *parts(weight), bias, LIMIT, hidden)
    near(hidden, reference.swiglu(plain(weight)[ids] @ reference.rms_norm(resid, norm, 1e-5) + bias[ids], LIMIT))
    weight, ids, hidden = packed(3, 20, 2880), torch.tensor([2, 0], dtype=torch.int32), torch.randn(2, 2880)
    bias, resid, shares = torch.randn(3, 20), torch.zeros(20), torch.tensor([0.7, 0.3])
    _experts.down(hidden, ids, shares, *parts(weight), bias, torch.zeros(20), resid)
    near(resid, shares @ (torch.einsum("adf,af->ad", plain(weight)[ids], hidden) + bias[ids]))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_scales_at_both_ends():
    """2^-127 is not lost and 2^127 does not overflow before the product does."""
    weight = packed(2, 64, 64)
    weight.scales[0], weight.scales[1] = 0, 254
    weight.blocks[1] &= 0x33  # a code of 2 and more is infinite at this scale
    ids, hidden = torch.tensor([0, 1], dtype=torch.int32), torch.full((2, 32), NAN)
    resid, norm = torch.randn(64) * 1e4, torch.full((64,), 1e-3)
    _experts.gate_up(resid, norm, 1e-5, ids, *parts(weight), torch.zeros(2, 64), 1e30, hidden)
    near(hidden[0].double() * 1e38, gate_up_of(weight, 0, resid, norm).double() * 1e38, 1e-4)
    weight.blocks[1] &= 0x11  # 0.5 and 0: at 2^127 the product with x below 1 is finite
    ones = torch.full((2, 64), 1e-3)
    out, none = torch.zeros(64), torch.zeros(2, 64)
    _experts.down(ones, ids, torch.tensor([0.25, 0.125]), *parts(weight), none, torch.zeros(64), out)
    near(out.double() / 1e34, (0.125 * weight[1].dequantize() @ ones[1]).double() / 1e34)


def gate_up_of(weight, expert, resid, norm):
    return reference.swiglu(weight[expert].dequantize() @ reference.rms_norm(resid, norm, 1e-5), 1e30)
