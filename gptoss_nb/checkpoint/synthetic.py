"""Random weights of any shape: for measuring where the real ones are not at hand. Called by bench."""

import torch

from ..config import ModelConfig
from .weights import LayerWeights, Weights


def synthetic(config: ModelConfig, seed: int = 0) -> Weights:
    """float32, experts plain, each matrix scaled so that its output has the size of its input; the same for the same seed."""
    c, generator = config, torch.Generator().manual_seed(seed)
    d, e, f, wide = c.hidden_size, c.n_experts, c.expert_width, c.n_heads * c.head_dim
    shapes = {
        "attn_norm": (d,), "qkv": (c.qkv_width, d), "qkv_bias": (c.qkv_width,), "out": (d, wide), "out_bias": (d,), "sinks": (c.n_heads,),
        "mlp_norm": (d,), "router": (e, d), "router_bias": (e,), "gate_up": (e, 2 * f, d), "gate_up_bias": (e, 2 * f), "down": (e, d, f),
        "down_bias": (e, d),
    }  # fmt: skip

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator) * shape[-1] ** -0.5

    def layer() -> LayerWeights:
        return LayerWeights(**{name: torch.ones(shape) if name.endswith("norm") else random(*shape) for name, shape in shapes.items()})

    return Weights(random(c.vocab_size, d), tuple(layer() for _ in range(c.n_layers)), torch.ones(d), random(c.vocab_size, d))
