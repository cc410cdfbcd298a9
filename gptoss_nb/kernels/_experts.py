"""One token's chosen experts: gate_up (norm, first matrix, SwiGLU) and down (second matrix, weighted sum, residual add).

Called by the decode step, which is captured in a CUDA graph: nothing here allocates or asks the device for a value; which experts
were chosen is read by the kernels. Weights are MXFP4 or plain. No atomics: the same sum each time.

A thread holds whole blocks: 16 bytes that it loads at once, 32 products, one scale. With x come 128 bytes for those 16, so a
program's rows share them: see `_block_products`.
"""

import torch
import triton
import triton.language as tl

from . import _fp4
from ._aot import CompileCase
from ._blocks import launch

SWIGLU_ALPHA = tl.constexpr(1.702)


@triton.jit
def gated(gate, up, limit):
    """SwiGLU. Comparisons, not minimum and maximum, so that a NaN is not clamped away."""
    gate = tl.where(gate > limit, limit, gate)
    up = tl.where(up > limit, limit, tl.where(up < -limit, -limit, up))
    return gate * tl.sigmoid(gate * SWIGLU_ALPHA) * (up + 1.0)


@triton.jit
def _rstd(resid, eps, D: tl.constexpr, WIDTH: tl.constexpr):
    k = tl.arange(0, WIDTH)
    x = tl.load(resid + k, mask=k < D, other=0.0)
    return tl.rsqrt(tl.sum(x * x, axis=0) / D + eps)


@triton.jit
def _load_blocks(words, scales, at, inside):
    """Packed words (ROWS, BLOCKS, 4) and scale bytes (ROWS, BLOCKS) of the blocks at number `at` (ROWS, BLOCKS); inside (BLOCKS,)."""
    word = at[:, :, None] * _fp4.WORDS + tl.arange(0, _fp4.WORDS)[None, None, :]
    packed = tl.load(words + word, mask=inside[None, :, None], other=0, eviction_policy="evict_first")
    return packed, tl.load(scales + at, mask=inside[None, :], other=0, eviction_policy="evict_first")


@triton.jit
def _block_products(packed, exponents, x):
    """(ROWS, BLOCKS): each block times its 32 elements of x (BLOCKS, 32)."""
    weights = tl.reshape(_fp4.unpack(packed), [packed.shape[0], packed.shape[1], _fp4.BLOCK])
    return tl.sum(weights * x[None, :, :], axis=2) * _fp4.UNIT * _fp4.power(exponents)


@triton.jit
def _gate_up_kernel(
    resid, norm, chosen, words, scales, bias, hidden, eps, limit,
    D: tl.constexpr, F: tl.constexpr, ROWS: tl.constexpr, BLOCKS: tl.constexpr, WIDTH: tl.constexpr,
):  # fmt: skip
    """ROWS rows of one expert. The next blocks are asked for before these are multiplied, the first before the norm is known."""
    N_BLOCKS: tl.constexpr = D // _fp4.BLOCK
    slot = tl.program_id(1)
    expert = tl.load(chosen + slot).to(tl.int64)
    first = tl.program_id(0) * ROWS
    row = tl.minimum(first + tl.arange(0, ROWS), 2 * F - 1)  # rows past the end repeat the last: no mask on the loads
    words += expert * (2 * F * N_BLOCKS * _fp4.WORDS)
    scales += expert * (2 * F * N_BLOCKS)
    block = tl.arange(0, BLOCKS)
    packed, exponents = _load_blocks(words, scales, row[:, None] * N_BLOCKS + block[None, :], block < N_BLOCKS)
    added = tl.load(bias + expert * (2 * F) + row).to(tl.float32)
    rstd = _rstd(resid, eps, D, WIDTH)
    total = tl.zeros([ROWS, BLOCKS], tl.float32)
    for start in range(0, N_BLOCKS, BLOCKS):
        k = (start + block)[:, None] * _fp4.BLOCK + tl.arange(0, _fp4.BLOCK)[None, :]
        x = tl.load(resid + k, mask=k < D, other=0.0) * rstd * tl.load(norm + k, mask=k < D, other=0.0).to(tl.float32)
        now, now_exponents = packed, exponents
        ahead = start + BLOCKS + block
        packed, exponents = _load_blocks(words, scales, row[:, None] * N_BLOCKS + ahead[None, :], ahead < N_BLOCKS)
        total += _block_products(now, now_exponents, x)
    gate, up = tl.split(tl.reshape(tl.sum(total, axis=1) + added, [ROWS // 2, 2]))
    out = first // 2 + tl.arange(0, ROWS // 2)
    tl.store(hidden + slot * F + out, gated(gate, up, limit), mask=out < F)


@triton.jit
def _down_blocks(chosen, words, scales, row, block, D: tl.constexpr, N_BLOCKS: tl.constexpr, A: tl.constexpr):
    """As `_load_blocks`, where the A experts' rows are one long row of A N_BLOCKS blocks."""
    slot = tl.minimum(block // N_BLOCKS, A - 1)
    expert = tl.load(chosen + slot).to(tl.int64)
    at = (expert * D * N_BLOCKS + (block - slot * N_BLOCKS))[None, :] + row[:, None] * N_BLOCKS
    return _load_blocks(words, scales, at, block < A * N_BLOCKS)


@triton.jit
def _down_kernel(
    hidden, chosen, chosen_weights, words, scales, bias, added, resid,
    D: tl.constexpr, F: tl.constexpr, A: tl.constexpr, ROWS: tl.constexpr, BLOCKS: tl.constexpr,
):  # fmt: skip
    """ROWS rows of all A experts. Each expert's share is weighted block by block, while it is still spread over threads."""
    N_BLOCKS: tl.constexpr = F // _fp4.BLOCK
    is_row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    row = tl.minimum(is_row, D - 1)
    block = tl.arange(0, BLOCKS)
    packed, exponents = _down_blocks(chosen, words, scales, row, block, D, N_BLOCKS, A)
    sums = tl.load(resid + row) + tl.load(added + row)
    for slot in tl.static_range(A):
        expert = tl.load(chosen + slot).to(tl.int64)
        sums += tl.load(chosen_weights + slot) * tl.load(bias + expert * D + row).to(tl.float32)
    total = tl.zeros([ROWS, BLOCKS], tl.float32)
    for start in range(0, A * N_BLOCKS, BLOCKS):
        k = (start + block)[:, None] * _fp4.BLOCK + tl.arange(0, _fp4.BLOCK)[None, :]
        x = tl.load(hidden + k, mask=k < A * F, other=0.0)
        share = tl.load(chosen_weights + tl.minimum((start + block) // N_BLOCKS, A - 1))
        now, now_exponents = packed, exponents
        packed, exponents = _down_blocks(chosen, words, scales, row, start + BLOCKS + block, D, N_BLOCKS, A)
        total += _block_products(now, now_exponents, x) * share[None, :]
    tl.store(resid + is_row, sums + tl.sum(total, axis=1), mask=is_row < D)


@triton.jit
def _gate_up_plain_kernel(
    resid, norm, chosen, weight, bias, hidden, eps, limit,
    D: tl.constexpr, F: tl.constexpr, ROWS: tl.constexpr, BLOCK: tl.constexpr, WIDTH: tl.constexpr,
):  # fmt: skip
    slot = tl.program_id(1)
    expert = tl.load(chosen + slot).to(tl.int64)
    first = tl.program_id(0) * ROWS
    row = tl.minimum(first + tl.arange(0, ROWS), 2 * F - 1)
    weight += expert * (2 * F * D)
    rstd = _rstd(resid, eps, D, WIDTH)
    total = tl.zeros([ROWS, BLOCK], tl.float32)
    for start in range(0, D, BLOCK):
        k = start + tl.arange(0, BLOCK)
        inside = k < D
        x = tl.load(resid + k, mask=inside, other=0.0) * rstd * tl.load(norm + k, mask=inside, other=0.0).to(tl.float32)
        w = tl.load(weight + row[:, None] * D + k[None, :], mask=inside[None, :], other=0.0, eviction_policy="evict_first")
        total += w.to(tl.float32) * x[None, :]
    sums = tl.sum(total, axis=1) + tl.load(bias + expert * (2 * F) + row).to(tl.float32)
    gate, up = tl.split(tl.reshape(sums, [ROWS // 2, 2]))
    out = first // 2 + tl.arange(0, ROWS // 2)
    tl.store(hidden + slot * F + out, gated(gate, up, limit), mask=out < F)


@triton.jit
def _down_plain_kernel(
    hidden, chosen, chosen_weights, weight, bias, added, resid,
    D: tl.constexpr, F: tl.constexpr, A: tl.constexpr, ROWS: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    is_row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    row = tl.minimum(is_row, D - 1)
    sums = tl.load(resid + row) + tl.load(added + row)
    total = tl.zeros([ROWS, BLOCK], tl.float32)
    for slot in tl.static_range(A):
        expert = tl.load(chosen + slot).to(tl.int64)
        share = tl.load(chosen_weights + slot)
        sums += share * tl.load(bias + expert * D + row).to(tl.float32)
        for start in range(0, F, BLOCK):
            k = start + tl.arange(0, BLOCK)
            inside = k < F
            x = tl.load(hidden + slot * F + k, mask=inside, other=0.0) * share
            at = weight + expert * (D * F) + row[:, None] * F + k[None, :]
            w = tl.load(at, mask=inside[None, :], other=0.0, eviction_policy="evict_first")
            total += w.to(tl.float32) * x[None, :]
    tl.store(resid + is_row, sums + tl.sum(total, axis=1), mask=is_row < D)


def as_words(blocks: torch.Tensor) -> torch.Tensor:
    """The packed bytes (..., blocks, 16) as int32 (..., blocks, 4), the same memory."""
    assert blocks.dtype is torch.uint8 and blocks.shape[-1] == 16 and blocks.is_contiguous()
    return blocks.view(torch.int32)


def gate_up(
    resid, norm, eps, chosen, blocks, scales, bias, limit, hidden, **given
) -> None:  # fmt: skip
    """hidden (A, F) float32 = SwiGLU of the chosen experts' first matrix times rms_norm(resid), bias included.

    resid (D,) float32; norm (D,); chosen (A,) int32; blocks (E, 2F, D / 32, 16) and scales (E, 2F, D / 32) uint8, or blocks plain
    (E, 2F, D) and scales None; bias (E, 2F). A program has `rows` rows and loads `n_blocks` blocks of each at a time (`given`: see _blocks).
    """
    n_chosen, width = hidden.shape
    dim = len(resid)
    assert len(chosen) == n_chosen and bias.shape == (len(blocks), 2 * width) and len(norm) == dim
    assert hidden.is_contiguous() and bias.is_contiguous() and blocks.is_contiguous() and resid.dtype is hidden.dtype is torch.float32
    packed = scales is not None
    assert blocks.shape == ((len(bias), 2 * width, dim // 32, 16) if packed else (len(bias), 2 * width, dim))
    assert not packed or (scales.is_contiguous() and scales.shape == blocks.shape[:-1])

    def run(rows: int, n_blocks: int, num_warps: int) -> None:
        grid = (triton.cdiv(2 * width, rows), n_chosen)
        shape = {"D": dim, "F": width, "ROWS": rows, "WIDTH": triton.next_power_of_2(dim), "num_warps": num_warps, "enable_fp_fusion": True}
        if packed:
            n_blocks = min(n_blocks, triton.next_power_of_2(dim // 32))
            _gate_up_kernel[grid](resid, norm, chosen, as_words(blocks), scales, bias, hidden, eps, limit, **shape, BLOCKS=n_blocks)
        else:
            block = min(32 * n_blocks, shape["WIDTH"])
            _gate_up_plain_kernel[grid](resid, norm, chosen, blocks, bias, hidden, eps, limit, **shape, BLOCK=block)

    launch("gate_up", resid, (n_chosen, width, dim, packed), run, given)


def down(
    hidden, chosen, chosen_weights, blocks, scales, bias, added, resid, **given
) -> None:  # fmt: skip
    """resid (D,) float32 += added + sum over the A chosen experts of weight (second matrix times hidden, plus bias).

    hidden (A, F) float32; chosen (A,) int32; chosen_weights (A,) float32; blocks (E, D, F / 32, 16) and scales (E, D, F / 32) uint8, or
    blocks plain (E, D, F) and scales None; bias (E, D); added (D,) float32.
    """
    n_chosen, width = hidden.shape
    dim = len(resid)
    assert len(chosen) == len(chosen_weights) == n_chosen and bias.shape == (len(blocks), dim) and len(added) == dim
    assert hidden.is_contiguous() and bias.is_contiguous() and blocks.is_contiguous() and resid.dtype is hidden.dtype is torch.float32
    packed = scales is not None
    assert blocks.shape == ((len(bias), dim, width // 32, 16) if packed else (len(bias), dim, width))
    assert not packed or (scales.is_contiguous() and scales.shape == blocks.shape[:-1])

    def run(rows: int, n_blocks: int, num_warps: int) -> None:
        rows = rows if packed else max(1, rows // 2)  # four times the bytes a row
        grid = (triton.cdiv(dim, rows),)
        shape = {"D": dim, "F": width, "A": n_chosen, "ROWS": rows, "num_warps": num_warps, "enable_fp_fusion": True}
        if packed:
            n_blocks = min(n_blocks, triton.next_power_of_2(n_chosen * width // 32))
            _down_kernel[grid](hidden, chosen, chosen_weights, as_words(blocks), scales, bias, added, resid, **shape, BLOCKS=n_blocks)
        else:
            block = min(16 * n_blocks, triton.next_power_of_2(width))
            _down_plain_kernel[grid](hidden, chosen, chosen_weights, blocks, bias, added, resid, **shape, BLOCK=block)

    launch("down", resid, (n_chosen, width, dim, packed), run, given)


def cases(config, weight: str = "*bf16") -> tuple[CompileCase, ...]:
    """The kernels above at a model's shapes; `weight` is the type of norms, biases and plain matrices."""
    c = config
    width = triton.next_power_of_2(c.hidden_size)
    of_both = {"chosen": "*i32", "bias": weight, "resid": "*fp32", "hidden": "*fp32"}
    packed, plain = {"words": "*i32", "scales": "*u8"}, {"weight": weight}
    first = {**of_both, "norm": weight, "eps": "fp32", "limit": "fp32"}
    second = {**of_both, "chosen_weights": "*fp32", "added": "*fp32"}
    sizes = {"D": c.hidden_size, "F": c.expert_width}
    one = {**sizes, "ROWS": 8, "WIDTH": width}
    two = {**sizes, "ROWS": 8, "A": c.experts_per_token}
    blocks = {"BLOCKS": min(32, triton.next_power_of_2(c.hidden_size // 32))}
    long = {"BLOCKS": min(64, triton.next_power_of_2(c.experts_per_token * c.expert_width // 32))}
    return (
        CompileCase("gate_up", _gate_up_kernel, {**first, **packed}, {**one, **blocks}, 4, 3, True),
        CompileCase("down", _down_kernel, {**second, **packed}, {**two, **long}, 4, 3, True),
        CompileCase("gate_up_plain", _gate_up_plain_kernel, {**first, **plain}, {**one, "BLOCK": min(1024, width)}, 4, 3, True),
        CompileCase("down_plain", _down_plain_kernel, {**second, **plain},
                    {**two, "ROWS": 4, "BLOCK": min(1024, triton.next_power_of_2(c.expert_width))}, 4, 3, True),
    )  # fmt: skip
