"""Mxfp4Tensor: 4-bit values with one power-of-two scale byte for every 32 of them, as they lie on disk and in memory.

Read by checkpoint, consumed by the operations beside it. Knows neither files nor models.
"""

from dataclasses import dataclass

import torch

# E2M1, code 0..15; the low nibble of a byte is the even element
CODE_VALUES = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, -0.0, -0.5, -1.0, -1.5, -2.0, -3.0, -4.0, -6.0)
BLOCK = 32


@dataclass(frozen=True)
class Mxfp4Tensor:
    """Matrices (..., rows, columns) packed along columns, the input dimension.

    blocks: uint8 (..., rows, columns / 32, 16), two codes a byte. scales: uint8 (..., rows, columns / 32), exponent + 127.
    """

    blocks: torch.Tensor
    scales: torch.Tensor

    @property
    def shape(self) -> tuple[int, ...]:
        *lead, n_blocks, _ = self.blocks.shape
        return (*lead, n_blocks * BLOCK)

    @property
    def nbytes(self) -> int:
        return self.blocks.numel() + self.scales.numel()

    def __getitem__(self, index) -> "Mxfp4Tensor":
        """Over the leading dimensions: one expert, or some of them."""
        return Mxfp4Tensor(self.blocks[index], self.scales[index])

    def is_contiguous(self) -> bool:
        return self.blocks.is_contiguous() and self.scales.is_contiguous()

    def to(self, device) -> "Mxfp4Tensor":
        return Mxfp4Tensor(self.blocks.to(device), self.scales.to(device))

    def select(self, ids: torch.Tensor) -> "Mxfp4Tensor":
        """Some experts by number, (A,): what `self[ids]` gives, ten times as fast for a few."""
        return Mxfp4Tensor(self.blocks.index_select(0, ids), self.scales.index_select(0, ids))

    def dequantize(self, dtype=torch.float32) -> torch.Tensor:
        """(..., rows, columns) in `dtype`. Exact in float32 and bfloat16: a code has two significant bits."""
        pairs, powers = _tables(self.blocks.device)
        values = pairs.index_select(0, self.blocks.flatten().int()).view(torch.float32).view(*self.scales.shape, BLOCK)
        scales = powers.index_select(0, self.scales.flatten().int()).view(*self.scales.shape, 1)
        return values.mul_(scales).flatten(-2).to(dtype)


def quantize(weight: torch.Tensor) -> Mxfp4Tensor:
    """Nearest codes under the scale that the OCP microscaling specification gives: 2**(floor(log2(max)) - 2) a block.

    weight: (..., rows, columns), columns divisible by 32. Values past 6 scales saturate. Ties go to the even code.
    """
    blocked = weight.float().unflatten(-1, (-1, BLOCK))
    exponent = torch.frexp(blocked.abs().amax(-1)).exponent - 1  # floor(log2(max)); 0 for an empty block
    scales = (exponent - 2 + 127).clamp(0, 254).to(torch.uint8)
    scaled = torch.ldexp(blocked, 127 - scales.int().unsqueeze(-1))
    codes = _nearest_code(scaled)
    blocks = codes[..., 0::2] | (codes[..., 1::2] << 4)
    return Mxfp4Tensor(blocks, scales)


def _nearest_code(scaled: torch.Tensor) -> torch.Tensor:
    """E2M1 codes (uint8) of values in units of their scale, by counting the midpoints that each magnitude passes."""
    # between two codes the midpoint itself goes to the even one: strictly above for odd codes, at or above for even ones
    magnitude = scaled.abs()
    code = torch.zeros_like(scaled, dtype=torch.uint8)
    for midpoint, inclusive in ((0.25, False), (0.75, True), (1.25, False), (1.75, True), (2.5, False), (3.5, True), (5.0, False)):
        code += (magnitude >= midpoint) if inclusive else (magnitude > midpoint)
    return code | (torch.signbit(scaled).to(torch.uint8) << 3)


_constants: dict[torch.device, tuple[torch.Tensor, torch.Tensor]] = {}  # kept on each device where they are used


def _tables(device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """(256,), the two float32 values that a byte holds, seen as one int64 so that one gather fetches both; and (256,), the
    powers of two that a scale byte stands for."""
    if device not in _constants:
        values = torch.tensor(CODE_VALUES, device=device)
        byte = torch.arange(256, device=device)
        pairs = torch.stack([values[byte & 15], values[byte >> 4]], dim=-1).view(torch.int64).squeeze(-1)
        _constants[device] = pairs.contiguous(), torch.ldexp(torch.ones(256, device=device), byte - 127)
    return _constants[device]
