"""Every operation of the model in plain torch: slow, right, differentiable. What the other implementations are held to.

Called by model/transformer, through the ops module it was given, and by nano's training. Knows no model and no cache.

T new tokens, S positions seen, D hidden size, H / K query / key-value heads, d head dim, E experts, A experts a token,
F expert width. `...` stands for leading batch dimensions, or none. Source: OpenAI's reference code for gpt-oss.
"""

import torch
import torch.nn.functional as F

from .mxfp4 import Mxfp4Tensor

SWIGLU_ALPHA = 1.702
WIDENED = 8192  # rows of a weight that are widened at once: 90 MB in 20b


def rms_norm(x: torch.Tensor, scale: torch.Tensor, eps: float) -> torch.Tensor:
    """(..., D) divided by its root mean square, in float32, times the scale in float32, then in x's dtype."""
    wide = x.float()
    return (wide * (wide.square().mean(-1, keepdim=True) + eps).rsqrt() * scale).to(x.dtype)


def linear(x: torch.Tensor, weight: torch.Tensor | tuple[torch.Tensor, ...], bias: torch.Tensor | None = None) -> torch.Tensor:
    """(..., in) to (..., out), weight (out, in), or several such, one below the other. A weight narrower than x, as a file
    has it, is widened while it is used, some rows at a time."""
    if isinstance(weight, torch.Tensor) and weight.dtype is x.dtype:
        return F.linear(x, weight, bias)
    parts = weight if isinstance(weight, tuple) else (weight,)
    out = torch.cat([F.linear(x, rows.to(x.dtype)) for part in parts for rows in part.split(WIDENED)], dim=-1)
    return out if bias is None else out + bias


def rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """RoPE on (..., T, heads, d), half-split: x cos + (x with its halves swapped) sin.

    cos and sin (..., T, 1, d), concentration included, the first half of sin negated: see model/rope.angles.
    """
    wide = x.float()
    return torch.addcmul(wide * cos, wide.roll(x.shape[-1] // 2, -1), sin).to(x.dtype)


def attention(q, k, v, sinks, mask=None, gain=None) -> torch.Tensor:
    """Attention with one learned sink logit a head, which joins the softmax and gives nothing.

    q (..., T, H, d); k and v (..., S, K, d); sinks (H,); mask (..., T, S), True where a query sees a key, None: all.
    gain (H,) multiplies head outputs (an edit). Returns (..., T, H d).
    """
    pattern, _ = attention_pattern(q, k, sinks, mask)  # (..., H, T, S)
    *lead, n_heads, n_new, n_seen = pattern.shape
    grouped = pattern.reshape(*lead, k.shape[-2], -1, n_seen)  # (..., K, g T, S)
    out = (grouped @ v.float().transpose(-3, -2)).view(*lead, n_heads, n_new, -1)
    if gain is not None:
        out = out * gain[:, None, None]
    return out.transpose(-3, -2).flatten(-2).to(q.dtype)


def attention_pattern(q, k, sinks, mask=None) -> tuple[torch.Tensor, torch.Tensor]:
    """What `attention` multiplies with v: pattern (..., H, T, S) with the sink's column dropped, and the sink mass
    (..., H, T), both float32. A row of the pattern sums to 1 - sink mass."""
    *lead, n_new, n_heads, head_dim = q.shape
    n_seen, n_kv_heads = k.shape[-3:-1]
    groups = n_heads // n_kv_heads  # query head h reads key-value head h // groups
    queries = (q.float() * head_dim**-0.5).transpose(-3, -2).reshape(*lead, n_kv_heads, groups * n_new, head_dim)
    scores = (queries @ k.float().transpose(-3, -2).mT).view(*lead, n_heads, n_new, n_seen)
    if mask is not None:
        scores = scores.masked_fill(~mask.unsqueeze(-3), -torch.inf)
    sink = sinks.float().view(-1, 1, 1).expand(*lead, n_heads, n_new, 1)
    pattern = torch.cat([scores, sink], dim=-1).softmax(dim=-1)
    return pattern[..., :-1], pattern[..., -1]


def route(x, weight, bias, n_active, selection_bias=None, logit_bias=None):
    """The router: the `n_active` largest logits, then a softmax over those alone.

    x (..., D); weight (E, D); the two edits (E,): `selection_bias` acts on the choice alone, `logit_bias` on choice and
    weight. Returns logits (..., E) before edits, ids (..., A) best first, ties to the lower id, weights (..., A), float32.
    """
    logits = F.linear(x, weight, bias).float()
    scores = logits if logit_bias is None else logits + logit_bias
    # float64: several forced experts still differ by their own logits
    choice = scores if selection_bias is None else scores.double() + selection_bias
    # topk does not say which of two equal logits comes first; a stable sort does
    ids = choice.sort(dim=-1, descending=True, stable=True).indices[..., :n_active]
    if selection_bias is not None:  # a forced expert is chosen first and may weigh least
        ids = ids.sort(dim=-1).values
        ids = ids.gather(-1, scores.gather(-1, ids).sort(dim=-1, descending=True, stable=True).indices)
    weights = scores.gather(-1, ids).softmax(dim=-1)
    return logits, ids, weights


def swiglu(x: torch.Tensor, limit: float) -> torch.Tensor:
    """(..., 2F), even elements gate and odd ones up, to (..., F): gate clamped above, up on both sides and one added."""
    gate, up = x.unflatten(-1, (-1, 2)).unbind(-1)
    gate, up = gate.clamp(max=limit), up.clamp(-limit, limit)
    return torch.addcmul(gate := gate * torch.sigmoid(SWIGLU_ALPHA * gate), gate, up)


def experts(x, ids, weights, gate_up, gate_up_bias, down, down_bias, limit) -> torch.Tensor:
    """The mixture: each token through its A experts, summed by weight, second bias included.

    x (..., D); ids and weights (..., A); gate_up (E, 2F, D) and down (E, D, F) packed or plain; biases (E, 2F), (E, D).
    A packed expert is dequantised while it is used and no longer. Returns (..., D).
    """
    flat, flat_ids, flat_weights = x.reshape(-1, x.shape[-1]), ids.flatten(0, -2), weights.flatten(0, -2)
    if len(flat) == 1:
        out = _experts_of_one_token(flat[0], flat_ids[0], flat_weights[0], gate_up, gate_up_bias, down, down_bias, limit)
        return out.reshape(x.shape)
    # tokens sorted by expert, so that each expert is one matrix product over a slice
    order = flat_ids.flatten().argsort(stable=True)
    token = order // ids.shape[-1]
    counts = torch.bincount(flat_ids.flatten(), minlength=len(gate_up_bias)).tolist()
    first, second = _one_by_one(gate_up, counts, x.dtype), _one_by_one(down, counts, x.dtype)
    results = []
    for expert, rows in enumerate(flat.index_select(0, token).split(counts)):
        if len(rows):
            hidden = swiglu(F.linear(rows, next(first), gate_up_bias[expert]), limit)
            results.append(F.linear(hidden, next(second), down_bias[expert]))
    # back to (tokens, A, D) and summed in the order of the weights: the same sum each time, on a GPU too
    by_token = torch.cat(results)[order.argsort()].unflatten(0, flat_ids.shape).float()
    return (flat_weights.unsqueeze(-2) @ by_token).to(x.dtype).reshape(x.shape)


def _one_by_one(matrices, counts: list[int], dtype):
    """The matrices of the experts that have tokens, each dequantised when its turn comes."""
    # unbind: the gradient of plain matrices comes back in one piece instead of one full-size tensor an expert
    every = matrices.unbind() if isinstance(matrices, torch.Tensor) else matrices
    return (_plain(every, expert, dtype) for expert, count in enumerate(counts) if count)


def _experts_of_one_token(x, ids, weights, gate_up, gate_up_bias, down, down_bias, limit) -> torch.Tensor:
    """x (D,), ids and weights (A,): the A experts side by side."""
    hidden = swiglu(_plain(gate_up, ids, x.dtype) @ x + gate_up_bias.index_select(0, ids), limit)  # (A, F)
    # row times matrix: for one row, six times as fast as matrix times column
    out = torch.bmm(hidden.unsqueeze(1), _plain(down, ids, x.dtype).mT).squeeze(1) + down_bias.index_select(0, ids)  # (A, D)
    return (weights @ out.float()).to(x.dtype)


def _plain(matrices, index, dtype) -> torch.Tensor:
    """The matrices at `index`, one number or a tensor of them, dequantised if they are packed."""
    if isinstance(index, torch.Tensor):
        picked = matrices.select(index) if isinstance(matrices, Mxfp4Tensor) else matrices.index_select(0, index)
    else:
        picked = matrices[index]
    return picked.dequantize(dtype) if isinstance(picked, Mxfp4Tensor) else picked
