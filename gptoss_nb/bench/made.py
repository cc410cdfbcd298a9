"""A model of a published shape with random weights, made where it runs: no file, so that 120b's 65 GB need no disk.

Called by decode, prefill and gpu. Needs torch and triton alone.
"""

import torch

from ..checkpoint.synthetic import shape_like
from ..checkpoint.weights import LayerWeights, Weights
from ..config import ModelConfig
from ..engine.generator import Generator
from ..errors import OptionError
from ..kernels.choice import choose_operations
from ..kernels.mxfp4 import BLOCK, Mxfp4Tensor
from ..model.transformer import Transformer


def made(like: str, layers: int | None, device: torch.device, context: int, backend: str = "auto") -> Generator:
    """Matrices in bfloat16, experts packed, the residual stream in bfloat16 on a GPU and in float32 on a CPU; the backend as the session
    would choose it. Errors: OptionError."""
    if device.type == "cuda" and not torch.cuda.is_available():
        raise OptionError("torch sees no GPU here.", "Give --device cpu.")
    config, (ops, _, _) = shape_like(like, layers), choose_operations(backend, device)
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    context = min(context, config.context)
    return Generator(Transformer(config, random_weights(config, device, dtype), ops, context, dtype), context, dtype, device)


def random_weights(config: ModelConfig, device: torch.device, dtype: torch.dtype, seed: int = 0) -> Weights:
    """Matrices in bfloat16, each scaled so that its output has the size of its input; vectors and routers in `dtype`, of the same numbers
    whatever it is. The same on the same kind of device."""
    c, generator = config, torch.Generator(device).manual_seed(seed)
    d, e, f = c.hidden_size, c.n_experts, c.expert_width

    def random(*shape: int, scale: float | None = None) -> torch.Tensor:
        made = torch.empty(shape, dtype=torch.bfloat16, device=device).normal_(0, scale or shape[-1] ** -0.5, generator=generator)
        return made.to(dtype) if len(shape) == 1 else made

    def packed(*shape: int) -> Mxfp4Tensor:
        n_blocks = shape[-1] // BLOCK
        blocks = torch.randint(256, (*shape[:-1], n_blocks, 16), dtype=torch.uint8, device=device, generator=generator)
        # codes of any kind have a standard deviation of 2.9: exponents around that of 1 / (2.9 sqrt(inputs))
        middle = 127 - round(torch.tensor(2.9 * shape[-1] ** 0.5).log2().item())
        scales = torch.randint(middle - 1, middle + 2, (*shape[:-1], n_blocks), dtype=torch.uint8, device=device, generator=generator)
        return Mxfp4Tensor(blocks, scales)

    def layer() -> LayerWeights:
        return LayerWeights(
            torch.ones(d, dtype=dtype, device=device), random(c.qkv_width, d), random(c.qkv_width), random(d, c.n_heads * c.head_dim),
            random(d), random(c.n_heads, scale=1), torch.ones(d, dtype=dtype, device=device), random(e, d, scale=2 * d**-0.5).to(dtype), random(e),
            packed(e, 2 * f, d), random(e, 2 * f).to(dtype), packed(e, d, f), random(e, d).to(dtype),
        )  # fmt: skip

    embedding = random(c.vocab_size, d, scale=1)
    return Weights(embedding, tuple(layer() for _ in range(c.n_layers)), torch.ones(d, dtype=dtype, device=device), random(c.vocab_size, d))


def bytes_a_token(generator: Generator, context: int) -> int:
    """What a decode step has to read: every matrix once, the chosen experts alone, the keys and values that are seen."""
    c, w = generator.config, generator.model.weights
    layer = w.layers[0]
    share = c.experts_per_token / c.n_experts
    experts = share * (layer.gate_up.nbytes + layer.down.nbytes + layer.gate_up_bias.nbytes + layer.down_bias.nbytes)
    dense = sum(t.nbytes for t in (layer.qkv, layer.qkv_bias, layer.out, layer.out_bias, layer.router, layer.router_bias))
    key = 2 * c.n_kv_heads * c.head_dim * generator.dtype.itemsize
    keys = sum(min(context, window or context) for window in c.sliding_windows) * key
    return int(c.n_layers * (experts + dense) + w.unembedding.nbytes + keys)
