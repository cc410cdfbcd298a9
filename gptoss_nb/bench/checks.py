"""The kernels against plain torch on the chip at hand, at a published model's widths: fresh random inputs, memory poisoned beforehand.

Called by gpu. The reference computes in float32 on the same device from the same numbers.
"""

import torch

from ..config import ModelConfig
from ..engine.events import Sampled
from ..engine.generator import Generator
from ..engine.sampler import Sampling
from ..kernels import reference
from ..kernels.mask import Band
from ..model.edits import Edits
from ..model.transformer import Transformer
from .made import random_weights

ALLOWED = 1e-2  # relative norm of one operation in bfloat16
WORSE = 1.2  # times the plain bfloat16 reference's error that a whole model may have
NEAR = 0.05  # a difference of router logits below which the order of two experts is a matter of rounding


def poison(device: torch.device, n_bytes: int = 2 * 2**30) -> None:
    """Memory that is handed out next holds NaN, so that what a kernel does not write shows."""
    torch.full((n_bytes // 4,), torch.nan, device=device)


def operations(ops, config: ModelConfig, device: torch.device, tokens: tuple[int, ...] = (1, 7, 300, 2048)) -> list[dict]:
    """Each operation of many tokens against the reference: name, tokens, relative error."""
    weights = random_weights(config, device, torch.bfloat16, seed=1)
    layer, found = weights.layers[0], []
    for n in tokens:
        poison(device)
        for name, ours, right in _pairs(ops, config, layer, n, device):
            found.append({"operation": name, "tokens": n, "error": _error(ours, right)})
    return found


def _pairs(ops, c: ModelConfig, layer, n: int, device):
    """(name, ours in bfloat16, the reference in float32 on the same numbers)."""
    wide = torch.float32
    x = torch.randn(n, c.hidden_size, device=device, dtype=torch.bfloat16)
    scale = torch.rand(c.hidden_size, device=device)
    yield "rms_norm", ops.rms_norm(x, scale, c.norm_eps), reference.rms_norm(x.to(wide), scale, c.norm_eps)
    logits, ids, weights = ops.route(x, layer.router, layer.router_bias, c.experts_per_token)
    yield "route", weights, _weights_of(logits, ids)
    packed = layer.gate_up, layer.gate_up_bias, layer.down, layer.down_bias
    plain = layer.gate_up, layer.gate_up_bias.to(wide), layer.down, layer.down_bias.to(wide)
    ours = ops.experts(x, ids, weights, *packed, c.swiglu_limit)
    yield "experts", ours, reference.experts(x.to(wide), ids, weights, *plain, c.swiglu_limit)
    before = 100  # keys that stand already
    q, k, v = (torch.randn(m, h, c.head_dim, device=device, dtype=torch.bfloat16)
               for m, h in ((n, c.n_heads), (n + before, c.n_kv_heads), (n + before, c.n_kv_heads)))  # fmt: skip
    places = torch.arange(before, before + n, device=device), torch.arange(before + n, device=device)
    for window in {*c.sliding_windows}:
        band = Band(*places, window, before)
        ours = ops.attention(q, k, v, layer.sinks, band)
        yield f"attention, window {window}", ours, reference.attention(q.to(wide), k.to(wide), v.to(wide), layer.sinks, band.tensor())
        rows = torch.arange(n, device=device)[-8:]
        pattern, right = ops.attention_pattern(q[rows], k, layer.sinks, band[rows]), reference.attention_pattern(q[rows], k, layer.sinks, band[rows].tensor())
        yield f"attention pattern, window {window}", torch.cat([pattern[0].flatten(), pattern[1].flatten()]), torch.cat([right[0].flatten(), right[1].flatten()])


def step_operations(ops, config: ModelConfig, device: torch.device) -> list[dict]:
    """Each launch of a decode step against the reference in float32 on the same numbers: name, relative error."""
    layer, found = random_weights(config, device, torch.bfloat16, seed=4).layers[1], []
    for name, ours, right in _step_pairs(ops, config, layer, device):
        found.append({"operation": name, "tokens": 1, "error": _error(ours, right)})
    return found


def _step_pairs(ops, c: ModelConfig, layer, device, position: int = 700):
    """(name, ours, right) at a position where rings have wrapped."""
    def random(*shape: int, dtype=torch.float32) -> torch.Tensor:
        return torch.randn(shape, device=device).to(dtype)

    def empty(*shape: int, dtype=torch.float32) -> torch.Tensor:
        return torch.full(shape, torch.nan, device=device).to(dtype)

    resid, norm, now = random(c.hidden_size), torch.rand(c.hidden_size, device=device), torch.tensor([position], device=device)
    normed = reference.rms_norm(resid, norm, c.norm_eps)[None]
    angles = random(position + 1, c.head_dim // 2), random(position + 1, c.head_dim // 2)
    for rows, window in ((1024, None), (144, 128)):
        kept = [random(rows, c.n_kv_heads, c.head_dim, dtype=torch.bfloat16) for _ in range(2)]
        q = empty(c.n_heads * c.head_dim)
        ops.project(resid, norm, c.norm_eps, (layer.qkv,), layer.qkv_bias, *angles, now, q, *kept)
        qkv = reference.linear(normed, layer.qkv, layer.qkv_bias.float()).unflatten(-1, (-1, c.head_dim))
        cos, sin = (part[position].view(1, 1, -1) for part in angles)
        rotated = reference.rotate(qkv, torch.cat([cos, cos], -1), torch.cat([-sin, sin], -1))[0]
        right = torch.cat([rotated[: c.n_heads + c.n_kv_heads], qkv[0, c.n_heads + c.n_kv_heads :]])
        slot = position % rows
        yield "project", torch.cat([q.view(-1, c.head_dim), kept[0][slot].float(), kept[1][slot].float()]), right
        seen = torch.arange(max(0, position + 1 - (window or rows)), position + 1, device=device) % rows
        mixed = empty(c.n_heads * c.head_dim)
        gain = torch.rand(c.n_heads, device=device)
        for splits in (1, 8):
            partial = empty(ops.partial_size(c.n_heads, c.head_dim, splits))
            ops.attend(q, *kept, layer.sinks, gain, now, window, mixed, partial, splits)
            right = reference.attention(q.view(1, -1, c.head_dim), kept[0][seen].float(), kept[1][seen].float(), layer.sinks, None, gain)
            yield f"attend, window {window}, {splits} splits", mixed, right[0]
    after = resid.clone()
    ops.add_linear(mixed, layer.out, layer.out_bias, after)
    yield "add_linear", after - resid, reference.linear(mixed[None], layer.out, layer.out_bias.float())[0]
    yield from _routed_pairs(ops, c, layer, resid, norm, normed, now, empty)


def _routed_pairs(ops, c: ModelConfig, layer, resid, norm, normed, now, empty):
    device, n = resid.device, int(now) + 1
    told = empty(n, c.n_experts), torch.zeros(n, c.experts_per_token, dtype=torch.int16, device=device), empty(n, c.experts_per_token)
    chosen, weights = torch.zeros(c.experts_per_token, dtype=torch.int32, device=device), empty(c.experts_per_token)
    identity = torch.zeros(c.n_experts, device=device)
    ops.route_one(resid, norm, c.norm_eps, layer.router, layer.router_bias, identity, identity, now, *told, chosen, weights,
                  empty(c.n_experts), torch.zeros(1, dtype=torch.int32, device=device))  # fmt: skip
    yield "route_one, logits", told[0][-1], reference.linear(normed, layer.router, layer.router_bias.float())[0]
    yield "route_one, weights", weights, _weights_of(told[0][-1:], chosen[None].long())[0]
    hidden, after = empty(c.experts_per_token, c.expert_width), resid.clone()
    ops.gate_up(resid, norm, c.norm_eps, chosen, layer.gate_up, layer.gate_up_bias, c.swiglu_limit, hidden)
    ops.down(hidden, chosen, weights, layer.down, layer.down_bias, torch.zeros_like(resid), after)
    plain = layer.gate_up, layer.gate_up_bias.float(), layer.down, layer.down_bias.float()
    yield "gate_up and down", after - resid, reference.experts(normed, chosen[None].long(), weights[None], *plain, c.swiglu_limit)[0]


def _weights_of(logits: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    best = logits.sort(dim=-1, descending=True, stable=True)
    assert torch.equal(best.indices[:, : ids.shape[1]], ids), "another choice of experts from the same logits"
    return best.values[:, : ids.shape[1]].softmax(-1)


def whole_model(ops, config: ModelConfig, device: torch.device, n_prompt: int = 300, n_single: int = 24) -> dict:
    """Prompt and single tokens (fused steps) of a model against float32, beside the plain bfloat16 reference's error; expert ids that
    differ, and how many of these at no near tie."""
    ids = torch.randint(config.vocab_size, (n_prompt,), generator=torch.Generator().manual_seed(3)).tolist()
    runs = {}
    for name, used, dtype in (("float32", reference, torch.float32), ("plain bfloat16", reference, torch.bfloat16), ("ours", ops, torch.bfloat16)):
        poison(device)
        weights = random_weights(config, device, dtype, seed=2)
        generator = Generator(Transformer(config, weights, used, n_prompt + n_single + 16, dtype), n_prompt + n_single + 16, dtype, device)
        runs[name] = _run(generator, ids, n_single)
    right, plain, ours = runs["float32"], runs["plain bfloat16"], runs["ours"]
    errors = {name: _error(run["logits"], right["logits"]) for name, run in (("plain bfloat16", plain), ("ours", ours))}
    # after our own tokens: what the last step says, and what a full pass over the same tokens does
    whole = [*ids, *ours["single"]]
    [last, coarse] = (_last(Transformer(config, random_weights(config, device, dtype, seed=2), reference, len(whole), dtype), whole, dtype, device)
                      for dtype in (torch.float32, torch.bfloat16))  # fmt: skip
    step_errors = {"plain bfloat16": _error(coarse, last), "ours": _error(ours["last"], last)}
    return {
        "step_error": step_errors, "step_ratio": step_errors["ours"] / step_errors["plain bfloat16"], "logits_error": errors, "ratio": errors["ours"] / errors["plain bfloat16"], "experts": _differ(ours, right),
        "experts_of_plain_bfloat16": _differ(plain, right), "same_tokens_as_float32": _agreeing(ours["single"], right["single"]),
    }  # fmt: skip


@torch.inference_mode()
def _run(generator: Generator, ids: list[int], n: int) -> dict:
    logits = torch.cat([made for made, _ in generator.passes(ids, Edits())])
    events = generator.generate(ids, Sampling(max_tokens=n, temperature=0.0), frozenset(), Edits(), lambda: False)
    tokens = [event.id for event in events if isinstance(event, Sampled)]
    routing = generator.routing
    last = generator.step.logits.cpu() if generator.step else None
    return {"logits": logits.cpu(), "single": tokens, "last": last, "ids": routing.ids[:, : len(ids)].cpu(), "router": routing.logits[:, : len(ids)].cpu()}


@torch.inference_mode()
def _last(model: Transformer, ids: list[int], dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """Logits (V,) after the last of these tokens."""
    *_, (logits, _) = Generator(model, len(ids), dtype, device).passes(ids, Edits())
    return logits[-1].cpu()


def _differ(ours: dict, right: dict) -> dict:
    """Chosen experts that differ as a set, and those whose router logits are not near each other."""
    n_active = ours["ids"].shape[-1]
    wrong = (ours["ids"].sort(-1).values != right["ids"].sort(-1).values).any(-1)  # (L, T)
    ordered = right["router"].sort(dim=-1, descending=True).values
    clear = ordered[..., n_active - 1] - ordered[..., n_active] > NEAR
    return {"share": float(wrong.float().mean()), "at_no_near_tie": int((wrong & clear).sum()), "of": wrong.numel()}


def _agreeing(ours: list[int], right: list[int]) -> str:
    same = next((n for n, (a, b) in enumerate(zip(ours, right)) if a != b), len(right))
    return f"{same} of {len(right)}"


def _error(ours: torch.Tensor, right: torch.Tensor) -> float:
    error = float((ours.double() - right.double()).norm() / right.double().norm())
    return error if error == error else float("inf")
