import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from gptoss_nb.kernels.mxfp4 import BLOCK, CODE_VALUES, Mxfp4Tensor, quantize


def random_packed(*lead, n_blocks=3, low=0, high=252, seed=0) -> Mxfp4Tensor:
    random = torch.Generator().manual_seed(seed)
    blocks = torch.randint(0, 256, (*lead, n_blocks, BLOCK // 2), generator=random, dtype=torch.uint8)
    return Mxfp4Tensor(blocks, torch.randint(low, high, (*lead, n_blocks), generator=random, dtype=torch.uint8))


def decode(packed: Mxfp4Tensor) -> np.ndarray:
    """From the specification, bit by bit, in float64: sign, two bits of exponent (bias 1), one of mantissa."""
    blocks, scales = packed.blocks.numpy(), packed.scales.numpy()
    codes = np.stack([blocks % 16, blocks // 16], axis=-1).reshape(*blocks.shape[:-1], BLOCK).astype(np.int64)
    sign, exponent, mantissa = codes // 8, codes // 2 % 4, codes % 2
    magnitude = np.where(exponent == 0, mantissa / 2, (1 + mantissa / 2) * 2.0 ** (exponent - 1))
    values = (1 - 2 * sign) * magnitude * 2.0 ** (scales.astype(np.int64) - 127)[..., None]
    return values.reshape(*values.shape[:-2], -1)


def test_dequantize_is_exact_at_every_scale_and_code():
    codes = torch.arange(256, dtype=torch.uint8).view(16, 16)
    packed = Mxfp4Tensor(codes.expand(252, 16, 16).contiguous(), torch.arange(252, dtype=torch.uint8)[:, None].repeat(1, 16))
    assert np.array_equal(packed.dequantize().double().numpy(), decode(packed))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_dequantize_matches_an_independent_decoder(golden, dtype):
    stored = load_file(golden / "openai" / "model.safetensors")
    packed = Mxfp4Tensor(stored["block.0.mlp.mlp1_weight.blocks"], stored["block.0.mlp.mlp1_weight.scales"])
    weight = packed.dequantize(dtype)
    assert packed.shape == tuple(weight.shape) == (8, 192, 128) and weight.dtype == dtype
    assert np.array_equal(weight.double().numpy(), decode(packed))


def test_dequantize_after_inference_mode_can_be_trained_through():
    packed = random_packed(4, low=120, high=130)
    with torch.inference_mode():
        packed.dequantize()
    x = torch.ones(4, requires_grad=True)
    (x @ packed.dequantize()).sum().backward()
    assert x.grad is not None


@pytest.mark.parametrize("seed", range(3))
def test_quantize_returns_what_dequantize_gave(seed):
    weight = random_packed(5, 7, seed=seed).dequantize()
    assert torch.equal(quantize(weight).dequantize(), weight)


def test_one_code_alone_in_a_block():
    for code in CODE_VALUES:
        weight = torch.zeros(BLOCK)
        weight[5] = code * 2.0**-9
        assert torch.equal(quantize(weight).dequantize(), weight)


def test_quantize_picks_the_nearest_code():
    weight = torch.randn(40, 4 * BLOCK, generator=torch.Generator().manual_seed(0)) * torch.logspace(-6, 6, 40)[:, None]
    packed = quantize(weight)
    units = weight.double().unflatten(-1, (-1, BLOCK)) / torch.exp2(packed.scales.double() - 127)[..., None]
    brute = (units[..., None] - torch.tensor(CODE_VALUES, dtype=torch.float64)).abs().amin(-1)
    chosen = (packed.dequantize().double().unflatten(-1, (-1, BLOCK)) / torch.exp2(packed.scales.double() - 127)[..., None] - units).abs()
    assert torch.equal(chosen, brute)
    assert units.abs().amax(-1).min() >= 4 and units.abs().max() < 8  # the scale of the specification


def test_ties_go_to_the_even_code():
    weight = torch.zeros(BLOCK)
    weight[:8] = torch.tensor([0.25, 0.75, 1.25, 1.75, 2.5, 3.5, 5.0, -5.0])
    assert quantize(weight).dequantize()[:8].tolist() == [0.0, 1.0, 1.0, 2.0, 2.0, 4.0, 4.0, -4.0]


def test_empty_and_tiny_blocks():
    for weight in (torch.zeros(2, BLOCK), torch.full((2, BLOCK), 1e-45)):
        restored = quantize(weight).dequantize()
        assert torch.isfinite(restored).all() and (restored - weight).abs().max() <= 2.0**-128


def test_one_expert_of_many():
    packed = random_packed(6, 5)
    assert torch.equal(packed[2].dequantize(), packed.dequantize()[2])
    assert torch.equal(packed[torch.tensor([4, 1])].dequantize(), packed.dequantize()[[4, 1]])
    assert packed.nbytes == 6 * 5 * 3 * 17
