"""Weights to one GGUF file, which llama.cpp loads: experts MXFP4 with the same codes and scales, every other matrix in 8 bits (Q8_0).

Called by peers, and needs the `gguf` package. Two things of the file are not as published. A Q8_0 block is 32 numbers that share a
float16 scale, so 8 significant bits at most. And llama.cpp floors and ceils the two bounds of YaRN's NTK by parts, which is no field of
the file (nor are the two betas for it: peers hands them over): some of its frequencies are not the published model's. Neither changes
what a token costs.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np
import torch

from ..checkpoint.weights import LayerWeights, Weights
from ..config import ModelConfig
from ..errors import OptionError
from ..kernels.mxfp4 import BLOCK, Mxfp4Tensor

T, Kind = gguf.MODEL_TENSOR, gguf.GGMLQuantizationType
ROWS = 4096  # of a matrix in float32 at a time
LIMIT = 7.0  # of SwiGLU; a constant in llama.cpp, and no field of the file


def write(path: Path, config: ModelConfig, weights: Weights) -> None:
    """One tensor in memory beside the weights. Errors: OptionError for a shape that the file or llama.cpp cannot have."""
    _check(config)
    writer = gguf.GGUFWriter(path, gguf.MODEL_ARCH_NAMES[gguf.MODEL_ARCH.GPT_OSS])
    _fields(writer, config)
    for name, kind, tensor in _tensors(config, weights):
        block, n_bytes = gguf.GGML_QUANT_SIZES[kind]
        writer.add_tensor_info(name, tuple(tensor.shape), np.dtype(np.float32), math.prod(tensor.shape) // block * n_bytes, kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for _, kind, tensor in _tensors(config, weights):
        writer.write_tensor_data(_bytes(tensor, kind))
    writer.close()


def packed(tensor: Mxfp4Tensor) -> np.ndarray:
    """(..., rows, columns / 32 * 17) bytes: each block's scale, then its codes, of which a byte holds number j and number j + 16, where
    ours holds two neighbours."""
    low, high = tensor.blocks & 15, tensor.blocks >> 4  # the even and the odd elements, (..., rows, columns / 32, 16)
    codes = torch.stack([low, high], dim=-1).flatten(-2)  # in order, (..., 32)
    halves = codes[..., : BLOCK // 2] | codes[..., BLOCK // 2 :] << 4
    return torch.cat([tensor.scales.unsqueeze(-1), halves], dim=-1).flatten(-2).cpu().numpy()


def eight_bits(matrix: torch.Tensor) -> np.ndarray:
    """(rows, columns / 32 * 34) bytes of a matrix in Q8_0."""
    return np.concatenate([gguf.quantize(part.float().cpu().numpy(), Kind.Q8_0) for part in matrix.split(ROWS)])


def _bytes(tensor: torch.Tensor | Mxfp4Tensor, kind: Kind) -> np.ndarray:
    if kind is Kind.MXFP4:
        return packed(tensor)
    return eight_bits(tensor) if kind is Kind.Q8_0 else tensor.float().cpu().contiguous().numpy()


def _tensors(c: ModelConfig, weights: Weights) -> Iterator[tuple[str, Kind, torch.Tensor | Mxfp4Tensor]]:
    """Name, kind and what is to be written, in the order of the file."""
    top = ((T.TOKEN_EMBD, Kind.Q8_0, weights.embedding), (T.OUTPUT_NORM, Kind.F32, weights.norm), (T.OUTPUT, Kind.Q8_0, weights.unembedding))
    for part, kind, tensor in top:
        yield f"{gguf.TENSOR_NAMES[part]}.weight", kind, tensor
    for number, layer in enumerate(weights.layers):
        for part, ending, kind, tensor in _of_layer(c, layer):
            yield f"{gguf.TENSOR_NAMES[part].format(bid=number)}.{ending}", kind, tensor


def _of_layer(c: ModelConfig, layer: LayerWeights) -> list[tuple]:
    heads = [c.n_heads * c.head_dim, c.n_kv_heads * c.head_dim, c.n_kv_heads * c.head_dim]
    q, k, v = layer.qkv if isinstance(layer.qkv, tuple) else layer.qkv.split(heads)
    q_bias, k_bias, v_bias = layer.qkv_bias.split(heads)
    even, odd = slice(0, None, 2), slice(1, None, 2)  # rows of gate and of up
    vectors = [
        (T.ATTN_NORM, "weight", layer.attn_norm), (T.ATTN_POST_NORM, "weight", layer.mlp_norm), (T.ATTN_SINKS, "weight", layer.sinks),
        (T.ATTN_Q, "bias", q_bias), (T.ATTN_K, "bias", k_bias), (T.ATTN_V, "bias", v_bias), (T.ATTN_OUT, "bias", layer.out_bias),
        (T.FFN_GATE_INP, "weight", layer.router), (T.FFN_GATE_INP, "bias", layer.router_bias), (T.FFN_DOWN_EXP, "bias", layer.down_bias),
        (T.FFN_GATE_EXP, "bias", layer.gate_up_bias[:, even]), (T.FFN_UP_EXP, "bias", layer.gate_up_bias[:, odd]),
    ]  # fmt: skip
    matrices = [(T.ATTN_Q, q), (T.ATTN_K, k), (T.ATTN_V, v), (T.ATTN_OUT, layer.out)]
    experts = [(T.FFN_GATE_EXP, layer.gate_up[:, even]), (T.FFN_UP_EXP, layer.gate_up[:, odd]), (T.FFN_DOWN_EXP, layer.down)]
    return [
        *((part, ending, Kind.F32, tensor) for part, ending, tensor in vectors),
        *((part, "weight", Kind.Q8_0, tensor) for part, tensor in matrices),
        *((part, "weight", Kind.MXFP4, tensor) for part, tensor in experts),
    ]


def _fields(writer: gguf.GGUFWriter, c: ModelConfig) -> None:
    writer.add_context_length(c.context)
    writer.add_embedding_length(c.hidden_size)
    writer.add_block_count(c.n_layers)
    writer.add_head_count(c.n_heads)
    writer.add_head_count_kv(c.n_kv_heads)
    writer.add_key_length(c.head_dim)
    writer.add_value_length(c.head_dim)
    writer.add_layer_norm_rms_eps(c.norm_eps)
    writer.add_expert_count(c.n_experts)
    writer.add_expert_used_count(c.experts_per_token)
    writer.add_feed_forward_length(c.expert_width)
    writer.add_expert_feed_forward_length(c.expert_width)
    writer.add_sliding_window(min(filter(None, c.sliding_windows)))
    writer.add_sliding_window_pattern([window is not None for window in c.sliding_windows])
    writer.add_rope_freq_base(c.rope_theta)
    writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
    writer.add_rope_scaling_factor(c.rope_factor)
    writer.add_rope_scaling_orig_ctx_len(c.original_context)
    writer.add_tokenizer_model("none")  # ids alone
    writer.add_vocab_size(c.vocab_size)


def _check(c: ModelConfig) -> None:
    wrong = [
        (c.swiglu_limit != LIMIT, f"a SwiGLU limit of {c.swiglu_limit}"),
        (not any(c.sliding_windows), "no layer with a window"),  # it would not say so, but end the process
        (len({*filter(None, c.sliding_windows)}) > 1, "windows of several lengths"),
        (c.n_heads * c.head_dim % BLOCK, f"a query width of {c.n_heads * c.head_dim}, not divisible by {BLOCK}"),
    ]
    for bad, what in wrong:
        if bad:
            raise OptionError(f"llama.cpp cannot have {what}.", "Leave the peers out (--no-peers), or take a published shape.")
