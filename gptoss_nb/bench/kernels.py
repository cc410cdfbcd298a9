"""kernels: each launch function of decode and prefill alone, at a published model's shapes with made-up weights: microseconds, the bytes
and operations that it cannot do without, and what share that is of a copy and of a matrix product on the same card in the same run.

Memory is cold, as it is in a real step: the calls take turns over more weights than the card's cache holds. Decode is timed in a CUDA
graph. There is no peer. Needs torch and triton alone, and a GPU.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from ..errors import OptionError
from ..kernels import chips
from ..kernels._aot import SHAPES, Shape
from ..kernels.mxfp4 import Mxfp4Tensor
from .roof import half, roof, timed

CONTEXT, TOKENS = 8192, 2048  # keys that a decoded token sees on a full layer; tokens of a prefill
EPS, LIMIT, SPLITS = 1e-5, 7.0, 32


@dataclass(frozen=True)
class Launch:
    """One launch function: `calls` do the same on other memory; bytes and operations are those of one call."""

    name: str
    decode: bool
    n_bytes: int
    operations: int
    calls: list[Callable[[], object]]


def run(like: str, device: str, rounds: int) -> dict:
    """One row a launch function; `table` is for reading. Errors: OptionError where no GPU that the kernels know is at hand."""
    place = torch.device(device)
    if place.type != "cuda" or not torch.cuda.is_available():
        raise OptionError("Kernels are timed on a GPU, and torch sees none here.", "Run this on a machine with one; `compile` needs none.")
    if why := chips.unsupported(place):
        raise OptionError(f"The kernels do not run here: {why}.", "Run this on a chip and a triton that they are made for.")
    reached, rows = roof(place), []
    for model in ("20b", "120b") if like == "both" else (like,):
        for make in (decode_launches, prefill_launches):
            rows += [{"model": model, **row} for row in measure(make(SHAPES[model], place), place, reached, rounds)]
    return {"roof": reached, "context": CONTEXT, "prefill_tokens": TOKENS, "rows": rows, "table": _table(reached, rows)}


def measure(launches: list[Launch], device: torch.device, reached: dict, rounds: int) -> list[dict]:
    """Plain values."""
    rows = []
    for launch in launches:
        seconds = timed(launch.calls, device, rounds, captured=launch.decode, least=32 if launch.decode and device.type == "cuda" else 1)
        speed, work = launch.n_bytes / seconds, launch.operations / seconds
        row = {"kernel": launch.name, "decode": launch.decode, "seconds": seconds, "bytes": launch.n_bytes, "operations": launch.operations}
        shares = {"share_of_copy": speed / reached["copy_bytes_a_second"], "share_of_product": work / reached["operations_a_second"]}
        rows.append({**row, "bytes_a_second": speed, "operations_a_second": work, **shares})
    return rows


class _Made:
    """Tensors of made-up numbers on one device, and how many sets of them are more than its cache holds."""

    def __init__(self, device: torch.device):
        self.device = device
        self.cold = 2 * torch.cuda.get_device_properties(device).L2_cache_size if device.type == "cuda" else 0

    def sets(self, n_bytes: int) -> range:
        return range(max(1, min(64, -(-self.cold // max(1, n_bytes)) + 1)) if self.cold else 1)

    def normal(self, *shape, dtype=torch.float32, size=1.0) -> torch.Tensor:
        return torch.empty(shape, dtype=dtype, device=self.device).normal_(std=size)

    def weight(self, *shape) -> torch.Tensor:
        return self.normal(*shape, dtype=torch.bfloat16, size=0.02)

    def packed(self, *shape) -> Mxfp4Tensor:
        *rows, columns = shape
        blocks = torch.randint(256, (*rows, columns // 32, 16), dtype=torch.uint8, device=self.device)
        return Mxfp4Tensor(blocks, torch.randint(117, 121, (*rows, columns // 32), dtype=torch.uint8, device=self.device))

    def whole(self, *values, dtype=torch.int64) -> torch.Tensor:
        return torch.tensor(values, dtype=dtype, device=self.device)

    def experts(self, s: Shape) -> tuple:
        first, second = self.packed(s.n_experts, 2 * s.expert_width, s.hidden_size), self.packed(s.n_experts, s.hidden_size, s.expert_width)
        return first, self.weight(s.n_experts, 2 * s.expert_width), second, self.weight(s.n_experts, s.hidden_size)


def _bytes(*tensors: torch.Tensor) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def decode_launches(s: Shape, device: torch.device, context: int = CONTEXT) -> list[Launch]:
    made = _Made(device)
    return [*_dense(s, made), *(_attend(s, made, context, window) for window in (s.window, None)), *_routed(s, made), *_sampled(s, made)]


def _dense(s: Shape, made: _Made) -> list[Launch]:
    from ..kernels._matvec import add_linear, embed, project, unembed

    heads, width = s.n_heads + 2 * s.n_kv_heads, s.n_heads * s.head_dim
    resid, norm, mixed = made.normal(s.hidden_size), made.weight(s.hidden_size), made.normal(width)
    angles = made.normal(s.window, s.head_dim // 2)
    cache, position = made.normal(s.window, s.n_kv_heads, s.head_dim, dtype=torch.bfloat16), made.whole(5)
    qkv = [(made.weight(heads * s.head_dim, s.hidden_size),) for _ in made.sets(2 * heads * s.head_dim * s.hidden_size)]
    output = [made.weight(s.hidden_size, width) for _ in made.sets(2 * s.hidden_size * width)]
    bias, token, table = made.weight(heads * s.head_dim), made.whole(3), made.weight(s.vocab_size, s.hidden_size)
    logits = made.normal(s.vocab_size)
    projected = _bytes(resid, norm, *qkv[0], bias, mixed, angles[:2], cache[:2])
    return [
        Launch("embed", True, _bytes(table[0], resid), 0, [lambda: embed(token, table, resid)]),
        Launch("project", True, projected, 2 * qkv[0][0].numel(),
               [lambda w=w: project(resid, norm, EPS, w, bias, angles, angles, position, mixed, cache, cache) for w in qkv]),
        Launch("add_linear", True, _bytes(mixed, output[0], norm, resid, resid), 2 * output[0].numel(),
               [lambda w=w: add_linear(mixed, w, norm, resid) for w in output]),
        Launch("unembed", True, _bytes(resid, norm, table, logits), 2 * table.numel(), [lambda: unembed(resid, norm, EPS, table, logits)]),
    ]  # fmt: skip


def _attend(s: Shape, made: _Made, context: int, window: int | None) -> Launch:
    from ..kernels._attention import attend, partial_size

    seen, splits = (context, SPLITS) if window is None else (min(window, context), 1)
    q, out = (made.normal(s.n_heads * s.head_dim) for _ in range(2))
    sinks, gain = made.weight(s.n_heads), made.normal(s.n_heads)
    partial, position = made.normal(partial_size(s.n_heads, s.head_dim, splits)), made.whole(context - 1)
    size = 2 * seen * s.n_kv_heads * s.head_dim * 2
    caches = [[made.normal(seen, s.n_kv_heads, s.head_dim, dtype=torch.bfloat16) for _ in range(2)] for _ in made.sets(size)]
    calls = [lambda kv=kv: attend(q, *kv, sinks, gain, position, window, out, partial, splits) for kv in caches]
    name = f"attend, {'all of' if window is None else 'last'} {seen:,} keys"
    return Launch(name, True, size + _bytes(q, out, sinks, gain), 4 * s.n_heads * s.head_dim * seen, calls)


def _routed(s: Shape, made: _Made) -> list[Launch]:
    from ..kernels._experts import down, gate_up
    from ..kernels._router import route_one

    resid, norm, zeros = made.normal(s.hidden_size), made.weight(s.hidden_size), made.normal(s.n_experts, size=0.0)
    routers = [made.weight(s.n_experts, s.hidden_size) for _ in made.sets(2 * s.n_experts * s.hidden_size)]
    told = made.normal(4, s.n_experts), made.whole(*[[0] * s.experts_per_token] * 4, dtype=torch.int16), made.normal(4, s.experts_per_token)
    bias, position = made.weight(s.n_experts), made.whole(2)
    weights, counter, scratch = made.normal(s.experts_per_token), made.whole(0, dtype=torch.int32), made.normal(s.n_experts)
    given = (bias, zeros, zeros, position, *told, made.whole(*[0] * s.experts_per_token, dtype=torch.int32), weights, scratch, counter)
    first, first_bias, second, second_bias = made.experts(s)
    hidden, added = made.normal(s.experts_per_token, s.expert_width), made.normal(s.hidden_size, size=0.0)
    turns = [[(k + a) % s.n_experts for a in range(s.experts_per_token)] for k in range(0, s.n_experts, s.experts_per_token)]
    chosen = [made.whole(*ids, dtype=torch.int32) for ids in turns]  # other experts in each call: that many bytes are cold
    share = s.experts_per_token / s.n_experts
    values = 2 * s.experts_per_token * s.expert_width * s.hidden_size
    return [
        Launch("route_one", True, _bytes(resid, norm, routers[0], bias, told[0][0]), 2 * routers[0].numel(),
               [lambda w=w: route_one(resid, norm, EPS, w, *given) for w in routers]),
        Launch("gate_up", True, round(share * (first.nbytes + _bytes(first_bias))) + _bytes(resid, norm, hidden), 2 * values,
               [lambda c=c: gate_up(resid, norm, EPS, c, first.blocks, first.scales, first_bias, LIMIT, hidden) for c in chosen]),
        Launch("down", True, round(share * (second.nbytes + _bytes(second_bias))) + _bytes(hidden, added, resid, resid), values,
               [lambda c=c: down(hidden, c, weights, second.blocks, second.scales, second_bias, added, resid) for c in chosen]),
    ]  # fmt: skip


def _sampled(s: Shape, made: _Made) -> list[Launch]:
    from ..kernels._sample import new_ring, sample, scratch_size, truncated

    logits, masked, warm = made.normal(s.vocab_size), made.normal(s.vocab_size), made.normal(1).fill_(0.8)
    seed, draw, token, ring = made.whole(1), made.whole(0), made.whole(0), new_ring(8, made.device)
    scratch, top_k, top_p = made.whole(*[0] * scratch_size(s.vocab_size)), made.whole(50), made.normal(1, dtype=torch.float64).fill_(0.9)
    return [
        Launch("sample", True, _bytes(logits), 0, [lambda: sample(logits, logits, warm, seed, draw, token, ring, scratch)]),
        Launch("truncated (torch)", True, _bytes(logits, masked), 0, [lambda: truncated(logits, warm, top_k, top_p, masked)]),
    ]


def prefill_launches(s: Shape, device: torch.device, tokens: int = TOKENS) -> list[Launch]:
    from ..kernels._flash import flash
    from ..kernels._grouped import experts
    from ..kernels._router import route
    from ..kernels._rows import add_rms_norm, rms_norm, rotate, swiglu

    made, act = _Made(device), half(device)
    x, delta = (made.normal(tokens, s.hidden_size, dtype=act, size=size) for size in (1.0, 0.1))
    norm = made.weight(s.hidden_size)
    q = made.normal(tokens, s.n_heads, s.head_dim, dtype=act)
    k, v = (made.normal(tokens, s.n_kv_heads, s.head_dim, dtype=act) for _ in range(2))
    angles, sinks, wide = made.normal(tokens, 1, s.head_dim), made.weight(s.n_heads), made.normal(tokens, 2 * s.expert_width, dtype=act)
    logits, zeros, matrices = made.normal(tokens, s.n_experts), made.normal(s.n_experts, size=0.0), made.experts(s)
    ids, weights = route(logits, zeros, zeros, s.experts_per_token)
    packed = matrices[0].nbytes + matrices[2].nbytes + _bytes(matrices[1], matrices[3])  # of every expert: a long prompt asks for each

    def attention(window: int | None) -> Launch:
        seen = sum(min(t + 1, window or t + 1) for t in range(tokens))
        calls = [lambda: flash(q, k, v, sinks, 0, window, None, None)]
        return Launch(f"flash, window {window}" if window else "flash", False, _bytes(q, q, k, v), 4 * s.n_heads * s.head_dim * seen, calls)

    return [
        Launch("rms_norm", False, _bytes(x, x, norm), 0, [lambda: rms_norm(x, norm, EPS)]),
        Launch("add_rms_norm", False, _bytes(x, x, x, delta, norm), 0, [lambda: add_rms_norm(x, delta, norm, EPS)]),
        Launch("rotate", False, _bytes(q, q, angles, angles), 0, [lambda: rotate(q, angles, angles)]),
        attention(s.window),
        attention(None),
        Launch("route", False, _bytes(logits, ids, weights), 0, [lambda: route(logits, zeros, zeros, s.experts_per_token)]),
        Launch("experts", False, packed + _bytes(x, x, ids, weights), 6 * tokens * s.experts_per_token * s.expert_width * s.hidden_size,
               [lambda: experts(x, ids, weights, *matrices, LIMIT)]),
        Launch("swiglu", False, _bytes(wide) * 3 // 2, 0, [lambda: swiglu(wide, LIMIT)]),
    ]  # fmt: skip


def _table(reached: dict, rows: list[dict]) -> str:
    lines = [
        f"a copy: {reached['copy_bytes_a_second'] / 1e9:,.0f} GB/s; a {reached['product_dtype']} matrix product: "
        f"{reached['operations_a_second'] / 1e12:,.1f} TFLOP/s",
        f"{'kernel':<28} {'model':<6} {'us':>10} {'MB':>10} {'GB/s':>8} {'of copy':>8} {'TFLOP/s':>8} {'of product':>10}",
    ]
    for row in rows:
        lines.append(
            f"{row['kernel']:<28} {row['model']:<6} {row['seconds'] * 1e6:>10,.1f} {row['bytes'] / 1e6:>10,.2f} "
            f"{row['bytes_a_second'] / 1e9:>8,.0f} {row['share_of_copy']:>8.0%} {row['operations_a_second'] / 1e12:>8,.1f} "
            f"{row['share_of_product']:>10.0%}"
        )
    return "\n".join(lines)
