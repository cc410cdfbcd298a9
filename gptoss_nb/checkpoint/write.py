"""Weights to a folder in Hugging Face's layout, which transformers loads unchanged.

Called by nano's training, by synthetic (for config.json, which it knows in both layouts) and by tests. Knows nothing of how
weights came to be.
"""

import json
import os
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import torch
from safetensors.torch import save_file

from ..config import ModelConfig
from ..kernels.mxfp4 import Mxfp4Tensor, quantize
from . import layouts
from .weights import LayerWeights, Weights


def write(folder: Path, config: ModelConfig, weights: Weights, extra_config: dict | None = None) -> None:
    """Writes `config.json` and `model.safetensors`, each whole or not at all; equal input gives equal bytes.

    Experts that are plain tensors are quantised to MXFP4, the rest is rounded to bfloat16. `extra_config` adds fields
    that the architecture does not have: eos_token_id, pad_token_id and the like.
    """
    config_fields = config_json(config) | (extra_config or {})
    assert ModelConfig.from_dict(config_fields) == config, "these fields describe another model"
    folder.mkdir(parents=True, exist_ok=True)
    tensors = hugging_face_tensors(config, weights)
    _replace(folder / "model.safetensors", lambda path: save_file(tensors, path, metadata={"format": "pt"}))
    _replace(folder / "config.json", lambda path: path.write_text(json.dumps(config_fields, indent=2) + "\n", encoding="utf-8"))


def hugging_face_tensors(config: ModelConfig, weights: Weights) -> dict[str, torch.Tensor]:
    """Every tensor under its published name, on the CPU."""
    layout, tensors = layouts.hugging_face(config), {}
    top = {house: getattr(weights, house) for house in layout.top}
    groups = [(layout.top, top), *zip(layout.layers, map(_flat, weights.layers), strict=True)]
    for group, values in groups:
        for house, parts in group.items():
            pieces = values[house].split([part.shape[0] for part in parts])
            for part, piece in zip(parts, pieces, strict=True):
                assert piece.shape == part.shape, f"{part.name}: {tuple(piece.shape)} instead of {part.shape}"
                # clone: the file format wants each tensor in memory of its own
                tensors[part.name] = piece.detach().to("cpu", torch.uint8 if part.packed else torch.bfloat16).clone()
    return tensors


def config_json(config: ModelConfig) -> dict:
    """The fields of Hugging Face's config.json; ModelConfig reads itself back from them."""
    windows = {window for window in config.sliding_windows if window is not None}
    assert len(windows) <= 1, "this layout has one window for all layers"
    identity = {} if config.identity is None else {"identity": config.identity}
    return identity | {
        "architectures": ["GptOssForCausalLM"],
        "model_type": "gpt_oss",
        "attention_bias": True,
        "attention_dropout": 0.0,
        "experts_per_token": config.experts_per_token,
        "num_experts_per_tok": config.experts_per_token,
        "num_local_experts": config.n_experts,
        "head_dim": config.head_dim,
        "hidden_act": "silu",
        "hidden_size": config.hidden_size,
        "initial_context_length": config.original_context,
        "initializer_range": 0.02,
        "intermediate_size": config.expert_width,
        "layer_types": config.layer_types,
        "max_position_embeddings": config.context,
        "num_attention_heads": config.n_heads,
        "num_hidden_layers": config.n_layers,
        "num_key_value_heads": config.n_kv_heads,
        "output_router_logits": False,
        "rms_norm_eps": config.norm_eps,
        "rope_scaling": {
            "beta_fast": config.rope_beta_fast,
            "beta_slow": config.rope_beta_slow,
            "factor": config.rope_factor,
            "original_max_position_embeddings": config.original_context,
            "rope_type": "yarn",
            "truncate": False,
        },
        "rope_theta": config.rope_theta,
        "router_aux_loss_coef": 0.9,
        "sliding_window": min(windows, default=128),
        "swiglu_limit": config.swiglu_limit,
        "tie_word_embeddings": False,
        "use_cache": True,
        "vocab_size": config.vocab_size,
        "quantization_config": {
            "modules_to_not_convert": ["model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens", "lm_head"],
            "quant_method": "mxfp4",
        },
    }


def openai_config_json(config: ModelConfig) -> dict:
    """The fields of the config.json in OpenAI's layout, which has none for norm_eps and layer_types."""
    identity = {} if config.identity is None else {"identity": config.identity}
    fields = identity | {
        "num_hidden_layers": config.n_layers,
        "num_experts": config.n_experts,
        "experts_per_token": config.experts_per_token,
        "vocab_size": config.vocab_size,
        "hidden_size": config.hidden_size,
        "intermediate_size": config.expert_width,
        "swiglu_limit": config.swiglu_limit,
        "head_dim": config.head_dim,
        "num_attention_heads": config.n_heads,
        "num_key_value_heads": config.n_kv_heads,
        "sliding_window": min((window for window in config.sliding_windows if window is not None), default=128),
        "initial_context_length": config.original_context,
        "rope_theta": config.rope_theta,
        "rope_scaling_factor": config.rope_factor,
        "rope_ntk_alpha": config.rope_beta_slow,
        "rope_ntk_beta": config.rope_beta_fast,
    }
    assert ModelConfig.from_dict(fields) == config, "this layout cannot say what this model is"
    return fields


def _flat(layer: LayerWeights) -> dict[str, torch.Tensor]:
    """The layer's tensors by house name, experts packed and taken apart."""
    flat = {}
    for name in (field.name for field in fields(layer)):
        value = getattr(layer, name)
        if name in ("gate_up", "down"):
            packed = value if isinstance(value, Mxfp4Tensor) else quantize(value.detach())
            flat |= {f"{name}.blocks": packed.blocks, f"{name}.scales": packed.scales}
        else:
            flat[name] = value
    return flat


def _replace(path: Path, save: Callable[[Path], object]) -> None:
    """A reader sees the old file or the new one, never half of one."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        save(temporary)
        temporary.chmod(0o644)  # safetensors makes a file that its owner alone can read
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
