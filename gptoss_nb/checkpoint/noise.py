"""The bytes of random weights, tensor by tensor and piece by piece, so that no whole tensor is ever in memory.

Called by synthetic, for what shards planned. Knows the house's names and what size their values need; knows neither layouts
nor files. Whatever the layout, the order or the pieces, the same seed gives a tensor the same bytes.
"""

import hashlib
import math
from collections.abc import Callable, Iterator
from functools import cache

import torch

from ..kernels.mxfp4 import BLOCK, CODE_VALUES

PIECE = 4 << 20  # bytes made at once, a multiple of 8; what comes of them on the way stays in the processor's cache
SMALL = 0.02  # of sinks and biases
_CODE_SIZE = math.sqrt(sum(value**2 for value in CODE_VALUES) / len(CODE_VALUES))  # 2.93, all codes being equally probable


def pieces(seed: int, house: str, layer: int | None, shape: tuple[int, ...]) -> Iterator[torch.Tensor]:
    """The tensor of that house name, as uint8 pieces of at most PIECE bytes, in the order in which a file has them.

    A matrix gives outputs of about the size of its inputs: its values have a root mean square of 1 / sqrt(columns). MXFP4
    codes are random bits, norms are ones, sinks and biases small. `layer` is None for what stands outside the layers.
    """
    digest = hashlib.sha256(f"{seed} {house} {layer}".encode()).digest()
    generator = torch.Generator().manual_seed(int.from_bytes(digest[:4], "little"))  # torch takes no more than 32 bits of it
    n_bytes, finish = math.prod(shape) * (1 if "." in house else 2), _finish(house, shape)
    for start in range(0, n_bytes, PIECE):
        size = min(PIECE, n_bytes - start)
        words = torch.empty(-(-size // 8), dtype=torch.int64).random_(-(2**63), None, generator=generator)
        yield finish(words.view(torch.uint8)[:size])


def _finish(house: str, shape: tuple[int, ...]) -> Callable[[torch.Tensor], torch.Tensor]:
    """What makes of random bytes as many bytes of this tensor."""
    if house.endswith(".blocks"):
        return lambda raw: raw
    if house.endswith(".scales"):
        low, often = _scale(shape[-1] * BLOCK)
        return lambda raw: (raw < often).to(torch.uint8).add_(low)
    if house.endswith("norm"):
        return lambda raw: torch.ones(len(raw) // 2, dtype=torch.bfloat16).view(torch.uint8)
    table = _normal(SMALL if house.endswith(("bias", "sinks")) else shape[-1] ** -0.5)
    return lambda raw: table.index_select(0, raw.view(torch.int16).int().add_(2**15)).view(torch.uint8)


def _scale(columns: int) -> tuple[int, int]:
    """(b, n): of 256 scale bytes n are b + 1 and the others b, and the values' root mean square is 1 / sqrt(columns)."""
    wanted = 1 / (_CODE_SIZE * math.sqrt(columns))
    low = math.floor(math.log2(wanted))
    share = ((wanted / 2.0**low) ** 2 - 1) / 3  # of the upper one: 1 + 3 share is the mean of the squares
    assert -100 < low < 0
    return low + 127, min(round(share * 256), 255)


def _normal(size: float) -> torch.Tensor:
    """(65536,) bfloat16: as many equally probable values of a normal distribution, none beyond 4.33 sigma. 16 random bits pick
    one, which is half as long as torch's normal_ takes, and the same on every processor."""
    return (_quantiles() * size).to(torch.bfloat16)


@cache
def _quantiles() -> torch.Tensor:
    return torch.special.ndtri((torch.arange(2**16, dtype=torch.float64) + 0.5) / 2**16)
