"""Weights: the tensors of a model under the house's names, whichever layout they came from.

Built by the reader beside it (and by nano's training); consumed by model/. Knows neither files nor arithmetic.
D hidden size, H and K query and key-value heads, d head dim, E experts, F expert width, V vocabulary.
"""

from dataclasses import dataclass, fields

import torch

from ..kernels.mxfp4 import Mxfp4Tensor


@dataclass(frozen=True)
class LayerWeights:
    """One block. Vectors are float32 or the model's dtype; the experts stay packed (training passes plain tensors)."""

    attn_norm: torch.Tensor  # (D,)
    qkv: torch.Tensor | tuple[torch.Tensor, ...]  # ((H + 2K) d, D): rows q, then k, then v; or these three, mapped from a file
    qkv_bias: torch.Tensor
    out: torch.Tensor  # (D, H d)
    out_bias: torch.Tensor
    sinks: torch.Tensor  # (H,)
    mlp_norm: torch.Tensor  # (D,)
    router: torch.Tensor  # (E, D)
    router_bias: torch.Tensor
    gate_up: Mxfp4Tensor | torch.Tensor  # (E, 2F, D): even rows gate, odd rows up
    gate_up_bias: torch.Tensor  # (E, 2F)
    down: Mxfp4Tensor | torch.Tensor  # (E, D, F)
    down_bias: torch.Tensor  # (E, D)


@dataclass(frozen=True)
class Weights:
    embedding: torch.Tensor  # (V, D)
    layers: tuple[LayerWeights, ...]
    norm: torch.Tensor  # (D,)
    unembedding: torch.Tensor  # (V, D)

    @property
    def top_bytes(self) -> int:
        """Bytes in memory of what belongs to no layer."""
        return sum(tensor.nbytes for tensor in (self.embedding, self.norm, self.unembedding))

    @property
    def layer_bytes(self) -> list[int]:
        """Bytes in memory of each layer, packed experts included."""
        return [sum(part.nbytes for field in fields(layer) for part in _parts(getattr(layer, field.name))) for layer in self.layers]

    @property
    def nbytes(self) -> int:
        return self.top_bytes + sum(self.layer_bytes)


def _parts(tensor) -> tuple:
    return tensor if isinstance(tensor, tuple) else (tensor,)
