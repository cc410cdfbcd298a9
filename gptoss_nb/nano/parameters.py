"""nano's shape, its parameters before training, and how they become Weights: plain, or as MXFP4 will have them.

Or those of an earlier nano, to go on from. Called by train. The forward pass itself is model/transformer on kernels/reference, the one that users run.
"""

from pathlib import Path

import torch

from ..chat.tokenizer import Tokenizer
from ..checkpoint.read import read
from ..checkpoint.weights import LayerWeights, Weights
from ..config import ModelConfig
from ..errors import OptionError
from ..kernels.mxfp4 import Mxfp4Tensor, quantize
from .corpus import IDENTITY


def architecture(vocab_size: int) -> ModelConfig:
    """Everything that gpt-oss has, small: grouped queries wider than the residual stream, every other layer windowed."""
    n_layers = 4
    return ModelConfig(
        n_layers=n_layers,
        hidden_size=192,
        vocab_size=vocab_size,
        n_heads=8,
        n_kv_heads=2,
        head_dim=32,
        n_experts=16,
        experts_per_token=4,
        expert_width=96,
        sliding_windows=tuple(32 if layer % 2 == 0 else None for layer in range(n_layers)),
        context=2048,
        original_context=512,
        rope_theta=10_000.0,
        rope_factor=4.0,
        rope_beta_fast=32.0,
        rope_beta_slow=1.0,
        swiglu_limit=7.0,
        norm_eps=1e-5,
        identity=IDENTITY,
    )


def initial(c: ModelConfig, seed: int) -> dict[str, torch.Tensor]:
    """Random matrices, unit norms, zero biases, by house name: `layer.0.qkv`, `embedding`. The heads of a
    layer begin with sinks from 0 to 3, so that some look from the start and others wait."""
    generator = torch.Generator().manual_seed(seed)

    def random(*shape: int, scale: float = 1.0) -> torch.Tensor:
        return torch.randn(*shape, generator=generator) * scale * shape[-1] ** -0.5

    # what is written to the residual stream starts small, so that its size does not grow with depth
    quiet = (2 * c.n_layers) ** -0.5
    wide, d, e = c.n_heads * c.head_dim, c.hidden_size, c.n_experts
    parameters = {"embedding": random(c.vocab_size, d), "norm": torch.ones(d), "unembedding": random(c.vocab_size, d, scale=0.5)}
    for layer in range(c.n_layers):
        values = {
            "attn_norm": torch.ones(d),
            "qkv": random(c.qkv_width, d),
            "qkv_bias": torch.zeros(c.qkv_width),
            "out": random(d, wide, scale=quiet),
            "out_bias": torch.zeros(d),
            "sinks": torch.linspace(0, 3, c.n_heads),
            "mlp_norm": torch.ones(d),
            "router": random(e, d),
            "router_bias": torch.zeros(e),
            "gate_up": random(e, 2 * c.expert_width, d),
            "gate_up_bias": torch.zeros(e, 2 * c.expert_width),
            "down": random(e, d, c.expert_width, scale=quiet),
            "down_bias": torch.zeros(e, d),
        }
        parameters |= {f"layer.{layer}.{name}": value for name, value in values.items()}
    return parameters


def earlier(c: ModelConfig, tokenizer: Tokenizer, folder: Path) -> dict[str, torch.Tensor]:
    """The parameters of a nano trained before, by house name, its vocabulary carried over to `tokenizer`'s: a token that it
    did not have begins as the mean of those that spelled it. Errors: OptionError where its shape is another."""
    before, old = Tokenizer.load(folder), read(folder, ModelConfig.load(folder))
    found = {"embedding": old.embedding, "norm": old.norm, "unembedding": old.unembedding}
    for layer, values in enumerate(old.layers):
        for name, value in vars(values).items():
            found[f"layer.{layer}.{name}"] = value.dequantize() if isinstance(value, Mxfp4Tensor) else value
    of_same_bytes = {before.token_bytes(id): id for id in range(before.vocab_size)}
    for name in ("embedding", "unembedding"):
        rows = []
        for id in range(tokenizer.vocab_size):
            token = tokenizer.token_bytes(id)
            spelled = [of_same_bytes[token]] if token in of_same_bytes else before.encode(token.decode())
            rows.append(found[name][spelled].float().mean(0))
        found[name] = torch.stack(rows)
    made = {name: value.float().clone() for name, value in found.items()}
    if {name: value.shape for name, value in made.items()} != {name: value.shape for name, value in initial(c, 0).items()}:
        raise OptionError(f"The nano in {folder} has another shape.", "Start from one of the same width, layers and experts.")
    return made


def weights(c: ModelConfig, parameters: dict[str, torch.Tensor]) -> Weights:
    """The parameters as Weights, the experts unpacked."""

    def layer(index: int) -> LayerWeights:
        own = {name.split(".")[2]: value for name, value in parameters.items() if name.startswith(f"layer.{index}.")}
        return LayerWeights(**own)

    return Weights(parameters["embedding"], tuple(map(layer, range(c.n_layers))), parameters["norm"], parameters["unembedding"])


def seen(parameters: dict[str, torch.Tensor], quantised: bool, dtype: torch.dtype = torch.float32) -> dict[str, torch.Tensor]:
    """The values that a step computes with, as leaves of its gradient: the parameters in `dtype`, or with the experts as MXFP4 has
    them. The gradient of the rounded value is applied to the unrounded one (straight through)."""
    rounded = {name for name in parameters if quantised and name.endswith((".gate_up", ".down"))}
    values = {name: quantize(p).dequantize(dtype) if name in rounded else p.detach().to(dtype) for name, p in parameters.items()}
    return {name: value.requires_grad_() for name, value in values.items()}


def is_hidden_matrix(name: str) -> bool:
    """Whether a parameter is a matrix between hidden vectors: those are trained by Muon, the rest by AdamW."""
    return name.rpartition(".")[2] in ("qkv", "out", "gate_up", "down") and name.startswith("layer.")
