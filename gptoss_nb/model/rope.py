"""Rotary position embedding with YaRN: the angles. The rotation itself is an operation in kernels/.

Called by the transformer. Source: YaRN (Peng et al. 2023) as gpt-oss's reference code applies it: NTK by parts, bounds
neither floored nor ceiled, and a concentration that multiplies both cos and sin.
"""

import math

import torch

from ..config import ModelConfig


def concentration(config: ModelConfig) -> float:
    return 0.1 * math.log(config.rope_factor) + 1.0 if config.rope_factor > 1 else 1.0


def parts(config: ModelConfig) -> tuple[float, float]:
    """The two bounds, in indices of frequency: below the first a frequency is kept, above the second divided by the factor."""

    def index(rotations: float) -> float:
        return config.head_dim / 2 * math.log(config.original_context / (rotations * 2 * math.pi)) / math.log(config.rope_theta)

    return index(config.rope_beta_fast), index(config.rope_beta_slow)


def frequencies(config: ModelConfig) -> torch.Tensor:
    """(d / 2,) radians a position, float32."""
    half = config.head_dim // 2
    plain = config.rope_theta ** -(torch.arange(half, dtype=torch.float32) / half)
    if config.rope_factor == 1:
        return plain
    low, high = parts(config)
    kept = 1 - ((torch.arange(half, dtype=torch.float32) - low) / (high - low)).clamp(0, 1)
    return plain * kept + plain / config.rope_factor * (1 - kept)


def tables(config: ModelConfig, n_positions: int, device=None) -> tuple[torch.Tensor, torch.Tensor]:
    """cos and sin (n_positions, d / 2), float32, times the concentration."""
    angles = torch.arange(n_positions, dtype=torch.float32)[:, None] * frequencies(config)
    scale = concentration(config)
    return (angles.cos() * scale).to(device), (angles.sin() * scale).to(device)


def angles(tables: tuple[torch.Tensor, torch.Tensor], positions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """cos and sin (..., T, 1, d) of positions (..., T), in the form that `rotate` takes."""
    cos, sin = (table[positions].unsqueeze(-2) for table in tables)
    return torch.cat([cos, cos], dim=-1), torch.cat([-sin, sin], dim=-1)
