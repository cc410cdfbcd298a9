"""The forward pass of gpt-oss, in its order: embed, and for every block attend and mix experts, then unembed.

Called by engine/ and inside/ (with a cache or without) and by nano's training (in batches). The arithmetic is in the ops
module that it is given; where keys and values live is the cache's business; who asks is not known here. A layer computes
on the device where its weights lie, and the residual stream travels from one to the next.
"""

import torch
import torch.nn.functional as F

from ..checkpoint.weights import LayerWeights, Weights
from ..config import ModelConfig
from . import rope
from .edits import NO_EDITS, EditTensors
from .sequence import Plan, Sequence


class Transformer:
    """config, weights and the operations that combine them: `ops` is kernels.reference or a module with its names.
    `context` is the longest sequence, in tokens; None is the checkpoint's. `dtype` is the residual stream's; None is the
    embedding's."""

    def __init__(self, config: ModelConfig, weights: Weights, ops, context: int | None = None, dtype: torch.dtype | None = None):
        self.config, self.weights, self.ops = config, weights, ops
        self._banded = getattr(ops, "BANDED", False)
        self._add_rms_norm = getattr(ops, "add_rms_norm", None)  # both in one, where the operations have that
        self.dtype = dtype or weights.embedding.dtype
        self.devices = tuple(layer.attn_norm.device for layer in weights.layers)  # of each layer; the rest is on the embedding's
        n_positions = config.context if context is None else context
        self._rope = {device: rope.tables(config, n_positions, device) for device in {*self.devices, weights.embedding.device}}

    def forward(self, ids: torch.Tensor, cache=None, edits: EditTensors = NO_EDITS, record=None, last_only: bool = False) -> torch.Tensor:
        """Logits (..., T, V), float32, of token ids (..., T); with `last_only` those of the last token, (..., 1, V).

        `cache` holds what came before and is advanced; None is a sequence of its own from position 0. `record` is shown
        the residual stream, the queries and keys and what the heads give, of every layer: see inside/recorder.
        """
        resid = self.blocks(ids, cache, edits, record)
        return self.unembed(resid[..., -1:, :] if last_only else resid)

    def blocks(self, ids: torch.Tensor, cache=None, edits: EditTensors = NO_EDITS, record=None) -> torch.Tensor:
        """The residual stream (..., T, D) after the last block; all as in `forward`."""
        sequence = cache if cache is not None else Sequence(self.config, ids.shape[-1], ids.device)
        plan = sequence.begin(ids.shape[-1])
        resid, device = self.embed(ids), None
        for index, layer in enumerate(self.weights.layers):
            if device != self.devices[index]:
                device = self.devices[index]
                resid, (cos, sin) = resid.to(device), self._angles(plan.positions, device)  # (..., T, 1, d)
            resid, normed = self._attend(index, layer, resid, cos, sin, sequence, plan, edits, record)
            resid = self._mix_experts(index, layer, resid, normed, sequence, plan, edits, record)
        sequence.advance(ids.shape[-1])
        return resid

    @property
    def rope_tables(self) -> tuple[torch.Tensor, torch.Tensor]:
        """cos and sin (n_positions, d / 2) where the embedding is."""
        return self._rope[self.weights.embedding.device]

    def embed(self, ids: torch.Tensor) -> torch.Tensor:
        """The residual stream (..., T, D) before the first block."""
        return F.embedding(ids, self.weights.embedding).to(self.dtype)

    def unembed(self, resid: torch.Tensor) -> torch.Tensor:
        """Logits (..., V), float32, of the residual stream after the last block."""
        normed = self.ops.rms_norm(resid.to(self.weights.norm.device), self.weights.norm, self.config.norm_eps)
        return self.ops.linear(normed, self.weights.unembedding).float()

    def project(self, index: int, resid: torch.Tensor, positions: torch.Tensor):
        """Queries (..., T, H, d), keys and values (..., T, K, d) of a layer, from the residual stream (..., T, D) before it."""
        device = self.devices[index]
        return self._project(self.weights.layers[index], resid.to(device), *self._angles(positions, device))

    def mask(self, plan: Plan, window: int | None, device: torch.device):
        """Which keys each new token sees, in the form that the operations take."""
        return plan.band(window, device) if self._banded else plan.mask(window, device)

    def _angles(self, positions: torch.Tensor, device: torch.device):
        return rope.angles(self._rope[device], positions.to(device))

    def _project(self, layer: LayerWeights, resid, cos, sin):
        c, ops = self.config, self.ops
        normed = ops.rms_norm(resid, layer.attn_norm, c.norm_eps)
        qkv = ops.linear(normed, layer.qkv, layer.qkv_bias).unflatten(-1, (-1, c.head_dim))  # (..., T, H + 2K, d)
        rotated = ops.rotate(qkv[..., : c.n_heads + c.n_kv_heads, :], cos, sin)
        return rotated[..., : c.n_heads, :], rotated[..., c.n_heads :, :], qkv[..., c.n_heads + c.n_kv_heads :, :]

    def _attend(self, index, layer: LayerWeights, resid, cos, sin, sequence, plan, edits, record):
        c, ops = self.config, self.ops
        q, k, v = self._project(layer, resid, cos, sin)
        keys, values = sequence.extend(index, k, v)  # (..., S, K, d)
        mask = self.mask(plan, c.sliding_windows[index], resid.device)
        gain = _at(resid.device, edits.head_gain(index))
        mixed = ops.attention(q, keys, values, layer.sinks, mask, gain)
        positions = plan.positions.to(resid.device)
        if record is not None:
            record.residual("resid_pre", index, positions, resid)
            record.attention(index, positions, plan.key_positions(c.sliding_windows[index]).to(resid.device), q, keys, layer.sinks, mask)
            record.residual("heads", index, positions, mixed)
        resid, normed = self._add_and_norm(resid, ops.linear(mixed, layer.out, layer.out_bias), layer.mlp_norm)
        if record is not None:
            record.residual("resid_mid", index, positions, resid)
        return resid, normed

    def _add_and_norm(self, resid, added, scale):
        """The residual stream with what is added to it, and the norm of that."""
        if self._add_rms_norm is not None:
            return self._add_rms_norm(resid, added, scale, self.config.norm_eps)
        resid = resid + added
        return resid, self.ops.rms_norm(resid, scale, self.config.norm_eps)

    def _mix_experts(self, index, layer: LayerWeights, resid, normed, sequence, plan, edits, record):
        c, ops = self.config, self.ops
        biases = (_at(resid.device, bias) for bias in (edits.selection_bias(index), edits.logit_bias(index)))
        logits, ids, weights = ops.route(normed, layer.router, layer.router_bias, c.experts_per_token, *biases)
        sequence.routed(index, logits, ids, weights)
        resid = resid + ops.experts(normed, ids, weights, layer.gate_up, layer.gate_up_bias, layer.down, layer.down_bias, c.swiglu_limit)
        added = edits.residual(index)
        if added is not None:
            resid = resid + added.to(resid)
        if record is not None:
            record.residual("resid_post", index, plan.positions.to(resid.device), resid)
        return resid


def _at(device: torch.device, tensor: torch.Tensor | None) -> torch.Tensor | None:
    return None if tensor is None else tensor.to(device)
