"""Many tokens through their experts: one matrix product an expert over the tokens that chose it. Called by triton_ops for prefill.

`experts` sorts (token, slot) pairs by expert on the device and cuts each expert's rows into tiles of BLOCK_M. How many tiles there are,
the host does not know: the grid is as large as it could be, and programs without a tile end at once. Weights stay packed; a
tile of them is decoded in registers to x's dtype (or handed to `tl.dot_scaled` as it is). It allocates what it needs; it never waits.
"""

import torch
import triton
import triton.language as tl

from . import _fp4
from ._aot import CompileCase
from ._attention import keeps_narrow
from ._blocks import faster
from ._experts import as_words, gated
from .mxfp4 import Mxfp4Tensor

# FORM, how a kernel finds its weights: 0 plain, 1 packed and decoded here, 2 packed and decoded by `tl.dot_scaled`


@triton.jit
def _load_scales(scales, row, block, N_BLOCKS: tl.constexpr, FORM: tl.constexpr):
    """Scale bytes (BLOCK_N, blocks); nothing to load for plain weights."""
    if FORM == 0:
        return row
    else:
        return tl.load(scales + row[:, None] * N_BLOCKS + block[None, :], mask=(block < N_BLOCKS)[None, :], other=0)


@triton.jit
def _times_weights(total, x, weight, exponents, row, start, K: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr, FORM: tl.constexpr):
    """total (BLOCK_M, BLOCK_N) + x (BLOCK_M, BLOCK_K) times columns start.. of the weights' rows `row` (BLOCK_N,), in x's dtype."""
    if FORM == 0:
        k = start + tl.arange(0, BLOCK_K)
        w = tl.load(weight + row[None, :] * K + k[:, None], mask=(k < K)[:, None], other=0.0)
        return tl.dot(x, w.to(x.dtype), total, input_precision="ieee")
    elif FORM == 1:
        word = start // 8 + tl.arange(0, BLOCK_K // 8)
        packed = tl.load(weight + row[:, None] * (K // 8) + word[None, :], mask=(word < K // 8)[None, :], other=0)
        codes = tl.reshape(_fp4.unpack(packed), [BLOCK_N, BLOCK_K // 32, 32]) * _fp4.UNIT
        w = tl.reshape(codes * _fp4.power(exponents)[:, :, None], [BLOCK_N, BLOCK_K]).to(x.dtype)
        return tl.dot(x, tl.trans(w), total, input_precision="ieee")
    else:
        byte = start // 2 + tl.arange(0, BLOCK_K // 2)
        packed = tl.load(weight + row[None, :] * (K // 2) + byte[:, None], mask=(byte < K // 2)[:, None], other=0)
        form: tl.constexpr = "fp16" if x.dtype == tl.float16 else "bf16"
        return tl.dot_scaled(x, None, form, packed, exponents, "e2m1", total)


@triton.jit
def _product(
    x, x_row, weight, scales, row,
    K: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr, FORM: tl.constexpr, WIDE: tl.constexpr,
):  # fmt: skip
    """(BLOCK_M, BLOCK_N) float32: rows x_row (BLOCK_M,) of x (.., K) times rows `row` (BLOCK_N,) of one expert's matrix (.., K)."""
    N_BLOCKS: tl.constexpr = K // 32
    block = tl.arange(0, BLOCK_K // 32)
    total = tl.zeros([BLOCK_M, BLOCK_N], tl.float32)
    ahead = _load_scales(scales, row, block, N_BLOCKS, FORM)  # single bytes: asked for one step early, since Triton does not
    for start in range(0, K, BLOCK_K):
        k = start + tl.arange(0, BLOCK_K)
        inputs = tl.load(x + x_row[:, None] * K + k[None, :], mask=(k < K)[None, :], other=0.0)
        if WIDE:
            inputs = inputs.to(tl.float32)
        exponents = ahead
        ahead = _load_scales(scales, row, (start + BLOCK_K) // 32 + block, N_BLOCKS, FORM)
        total = _times_weights(total, inputs, weight, exponents, row, start, K, BLOCK_N, BLOCK_K, FORM)
    return total


@triton.jit
def _gate_up_kernel(
    x, order, tile_expert, tile_first, ends, weight, scales, bias, hidden, limit,
    D: tl.constexpr, F: tl.constexpr, A: tl.constexpr,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr, FORM: tl.constexpr, PER: tl.constexpr, WIDE: tl.constexpr,
):  # fmt: skip
    """BLOCK_M sorted pairs times BLOCK_N rows of gate and up; PER weights in one element of `weight`."""
    expert = tl.load(tile_expert + tl.program_id(1))
    if expert >= 0:
        pair = tl.load(tile_first + tl.program_id(1)) + tl.arange(0, BLOCK_M)
        end = tl.load(ends + expert)
        first = tl.program_id(0) * BLOCK_N
        row = tl.minimum(first + tl.arange(0, BLOCK_N), 2 * F - 1)
        token = tl.load(order + tl.minimum(pair, end - 1)) // A  # int64
        base = weight + expert * (2 * F * D // PER)
        total = _product(x, token, base, scales + expert * (2 * F * D // 32), row, D, BLOCK_M, BLOCK_N, BLOCK_K, FORM, WIDE)
        total += tl.load(bias + expert * (2 * F) + row).to(tl.float32)[None, :]
        gate, up = tl.split(tl.reshape(total, [BLOCK_M, BLOCK_N // 2, 2]))
        out = first // 2 + tl.arange(0, BLOCK_N // 2)
        mask = (pair < end)[:, None] & (out < F)[None, :]
        tl.store(hidden + pair[:, None] * F + out[None, :], gated(gate, up, limit).to(hidden.dtype.element_ty), mask=mask)


@triton.jit
def _down_kernel(
    hidden, order, pair_weights, tile_expert, tile_first, ends, weight, scales, bias, rows,
    D: tl.constexpr, F: tl.constexpr,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr, FORM: tl.constexpr, PER: tl.constexpr, WIDE: tl.constexpr,
):  # fmt: skip
    """As the first, over the hidden rows; each result is weighted and goes to its pair's own row of `rows` (T A, D)."""
    expert = tl.load(tile_expert + tl.program_id(1))
    if expert >= 0:
        pair = tl.load(tile_first + tl.program_id(1)) + tl.arange(0, BLOCK_M)
        end = tl.load(ends + expert)
        out = tl.program_id(0) * BLOCK_N + tl.arange(0, BLOCK_N)
        row = tl.minimum(out, D - 1)
        inside = tl.minimum(pair, end - 1)
        base = weight + expert * (D * F // PER)
        total = _product(hidden, inside, base, scales + expert * (D * F // 32), row, F, BLOCK_M, BLOCK_N, BLOCK_K, FORM, WIDE)
        total += tl.load(bias + expert * D + row).to(tl.float32)[None, :]
        place = tl.load(order + inside)
        total *= tl.load(pair_weights + place)[:, None]
        mask = (pair < end)[:, None] & (out < D)[None, :]
        tl.store(rows + place[:, None] * D + out[None, :], total.to(rows.dtype.element_ty), mask=mask)


@triton.jit
def _sum_kernel(rows, out, D: tl.constexpr, A: tl.constexpr, BLOCK: tl.constexpr):
    """One token: its A rows, added in the order of the slots."""
    token = tl.program_id(0).to(tl.int64)
    k = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    total = tl.zeros([BLOCK], tl.float32)
    for slot in tl.static_range(A):
        total += tl.load(rows + (token * A + slot) * D + k, mask=k < D, other=0.0).to(tl.float32)
    tl.store(out + token * D + k, total.to(out.dtype.element_ty), mask=k < D)


def tiles(ids: torch.Tensor, n_experts: int, block_m: int):
    """How pairs ids (T, A) are cut: order (T A,) int64, the pairs sorted by expert; ends (E,) int64, where each expert's end; and for each
    tile its expert, -1 for none, and its first pair, int64."""
    n_pairs = ids.numel()
    chosen, order = ids.flatten().long().sort(stable=True)
    experts = torch.arange(n_experts, device=ids.device)
    ends = torch.searchsorted(chosen, experts, right=True)
    starts = torch.cat([ends.new_zeros(1), ends[:-1]])
    n_tiles = (ends - starts + block_m - 1) // block_m
    last = n_tiles.cumsum(0)  # one past each expert's last tile
    tile = torch.arange(n_pairs // block_m + min(n_experts, n_pairs), device=ids.device)
    expert = torch.searchsorted(last, tile, right=True)
    held = expert.clamp(max=n_experts - 1)
    first = starts[held] + (tile - (last - n_tiles)[held]) * block_m
    return order, ends, torch.where(expert < n_experts, expert, -1), first


def experts(
    x, ids, weights, gate_up, gate_up_bias, down, down_bias, limit, *,
    block_m=None, block_n=None, block_k=None, num_warps=None, num_stages=3, scaled=None,
) -> torch.Tensor:  # fmt: skip
    """The mixture (T, D), in x's dtype, of x (T, D) contiguous: as reference.experts, with no wait for the host.

    ids (T, A) integers; weights (T, A) float32; gate_up (E, 2F, D) and down (E, D, F), each Mxfp4Tensor or plain; biases (E, 2F), (E, D).
    scaled: packed weights go to `tl.dot_scaled`, unless products are in float32: x is, or the chip has no such product for its dtype.
    None: where that was found to be faster.
    """
    n_tokens, dim = x.shape
    n_experts, n_chosen, width = len(gate_up_bias), ids.shape[1], down.shape[-1]
    assert gate_up.shape == (n_experts, 2 * width, dim) and down.shape == (n_experts, dim, width) and x.is_contiguous()
    assert gate_up_bias.is_contiguous() and down_bias.is_contiguous() and gate_up.is_contiguous() and down.is_contiguous()
    out = torch.empty_like(x)
    if not n_tokens:
        return out
    n_pairs = n_tokens * n_chosen
    wide = x.dtype is torch.float32 or not keeps_narrow(x)  # products in float32
    most, own_n, own_k, warps = _blocks(wide, x.is_cuda)
    block_m = block_m or min(most, max(16, triton.next_power_of_2(n_pairs // n_experts)))
    block_n, block_k = block_n or own_n, block_k or own_k
    num_warps = num_warps or (warps if block_m == most else 4)
    options = {"BLOCK_M": block_m, "BLOCK_N": block_n, "BLOCK_K": block_k, "WIDE": wide, "num_warps": num_warps, "num_stages": num_stages}
    order, ends, tile_expert, tile_first = tiles(ids, n_experts, block_m)
    hidden, rows = x.new_empty(n_pairs, width), torch.empty(n_pairs, dim, device=x.device)  # rounded once, when they are summed

    def run(scaled: bool) -> None:
        _gate_up_kernel[triton.cdiv(2 * width, block_n), len(tile_expert)](
            x, order, tile_expert, tile_first, ends, *_parts(gate_up, scaled), gate_up_bias, hidden, limit,
            D=dim, F=width, A=n_chosen, **options, **_form(gate_up, scaled), enable_fp_fusion=True,
        )  # fmt: skip
        _down_kernel[triton.cdiv(dim, block_n), len(tile_expert)](
            hidden, order, weights.flatten(), tile_expert, tile_first, ends, *_parts(down, scaled), down_bias, rows,
            D=dim, F=width, **options, **_form(down, scaled), enable_fp_fusion=True,
        )  # fmt: skip

    packed = isinstance(gate_up, Mxfp4Tensor) and isinstance(down, Mxfp4Tensor)
    if scaled is None and packed and not wide:
        scaled = faster("dot_scaled", x, (n_experts, width, dim, block_m), run)
    run(bool(scaled) and not wide)
    block = min(1024, triton.next_power_of_2(dim))
    _sum_kernel[n_tokens, triton.cdiv(dim, block)](rows, out, D=dim, A=n_chosen, BLOCK=block, num_warps=4, enable_fp_fusion=True)
    return out


def _blocks(wide: bool, on_gpu: bool) -> tuple[int, int, int, int]:
    """Rows, outputs, inputs and warps of a program; under the interpreter few programs, since each costs milliseconds."""
    if not on_gpu:
        return 32, 256, 128, 4
    return (32, 32, 32, 4) if wide else (128, 128, 64, 8)


def _parts(matrices, scaled: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights and scales as the kernels take them; plain weights stand for both."""
    if isinstance(matrices, torch.Tensor):
        return matrices, matrices
    return (matrices.blocks if scaled else as_words(matrices.blocks)), matrices.scales


def _form(matrices, scaled: bool) -> dict[str, int]:
    if not isinstance(matrices, Mxfp4Tensor):
        return {"FORM": 0, "PER": 1}
    return {"FORM": 2, "PER": 2} if scaled else {"FORM": 1, "PER": 8}


def cases(config, weight: str = "*bf16") -> tuple[CompileCase, ...]:
    """The kernels above at a model's shapes: packed, for `tl.dot_scaled`, plain, and packed with x in float32 (chips without bf16)."""
    c = config
    forms = {"": ("*i32", 1, 8, False), " scaled": ("*u8", 2, 2, False), " plain": (weight, 0, 1, False), " float32": ("*i32", 1, 8, True)}
    found = []
    for suffix, (weights, form, per, wide) in forms.items():
        act = "*fp32" if wide else weight
        signature = {**dict.fromkeys(("order", "tile_expert", "tile_first", "ends"), "*i64"), "bias": weight, "hidden": act}
        signature |= {"weight": weights, "scales": "*u8" if form else weights}
        m, n, k, warps = _blocks(wide, True)
        sizes = {"D": c.hidden_size, "F": c.expert_width, "BLOCK_M": m, "BLOCK_N": n, "BLOCK_K": k, "FORM": form, "PER": per, "WIDE": wide}
        first = {**signature, "x": act, "limit": "fp32"}
        second = {**signature, "pair_weights": "*fp32", "rows": "*fp32"}
        ones = {**sizes, "A": c.experts_per_token}
        found.append(CompileCase(f"grouped_gate_up{suffix}", _gate_up_kernel, first, ones, warps, 3, False))
        found.append(CompileCase(f"grouped_down{suffix}", _down_kernel, second, sizes, warps, 3, False))
    sums = {"D": c.hidden_size, "A": c.experts_per_token, "BLOCK": min(1024, triton.next_power_of_2(c.hidden_size))}
    return (*found, CompileCase("grouped_sum", _sum_kernel, {"rows": "*fp32", "out": weight}, sums, 4, 3, False))
