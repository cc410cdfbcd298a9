"""The router: logits, the choice of A experts under the edits, their weights, and the record of it all in one launch.

`route_one` is called by the decode step (one token, nothing allocated), `route` by prefill, on logits that are there.

The choice is that of reference.route, tie for tie. An expert's place is the number of experts that stand before it, which
needs no loop over A and orders equals by their id. As in the reference the selection bias is added in float64, so that
several forced experts (1e9) still rank by their own logits.
"""

import torch
import triton
import triton.language as tl

from ._aot import CompileCase


@triton.jit
def _places(values, counted, expert):
    """How many of the `counted` stand before each: larger ones, and equal ones of lower id. A NaN counts as infinity, so
    that places stay a permutation and no memory is read through a broken id."""
    values = tl.where(values != values, float("inf"), values)
    # summed along the first axis, which lies in registers: along the second every row would be a round of shuffles
    larger = values[:, None] > values[None, :]
    earlier = (values[:, None] == values[None, :]) & (expert[:, None] < expert[None, :])
    return tl.sum(((larger | earlier) & counted[:, None]).to(tl.int32), axis=0)


@triton.jit
def _choose(logits, selection, logit_bias, expert, E: tl.constexpr, A: tl.constexpr):
    """Of each expert (BLOCK,): whether it is chosen, its place among the chosen, its weight."""
    exists = expert < E
    scores = logits + logit_bias
    chosen = exists & (_places(scores.to(tl.float64) + selection.to(tl.float64), exists, expert) < A)
    parts = tl.exp(tl.where(chosen, scores - tl.max(tl.where(chosen, scores, float("-inf")), axis=0), float("-inf")))
    return chosen, _places(scores, chosen, expert), parts / tl.sum(parts, axis=0)


@triton.jit
def _route_one_kernel(
    resid, norm, weight, bias, selection, logit_bias, position, logits_out, ids_out, weights_out, chosen_out, chosen_weights_out,
    scratch, counter, logits_stride, ids_stride, weights_stride, eps,
    D: tl.constexpr, E: tl.constexpr, A: tl.constexpr, ROWS: tl.constexpr, BLOCK: tl.constexpr, BLOCK_E: tl.constexpr,
):  # fmt: skip
    """ROWS logits a program; the program that is last to leave its logits in `scratch` chooses for all."""
    expert = tl.arange(0, BLOCK_E)
    exists = expert < E
    now = tl.load(position)  # what the last program needs is asked for by each, before it is known which is last
    select = tl.load(selection + expert, mask=exists, other=0.0)
    edit = tl.load(logit_bias + expert, mask=exists, other=0.0)

    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    at_row = tl.minimum(row, E - 1)[:, None] * D
    own_bias = tl.load(bias + row, mask=row < E, other=0.0).to(tl.float32)
    k = tl.arange(0, BLOCK)
    w = tl.load(weight + at_row + k[None, :], mask=(k < D)[None, :], other=0.0).to(tl.float32)
    x = tl.load(resid + k, mask=k < D, other=0.0)
    scale = tl.load(norm + k, mask=k < D, other=0.0).to(tl.float32)
    rstd = tl.rsqrt(tl.sum(x * x, axis=0) / D + eps)
    tl.store(scratch + row, tl.sum(w * (x * scale)[None, :], axis=1) * rstd + own_bias, mask=row < E)

    tl.debug_barrier()  # every thread's logits are out before one thread counts this program as done
    arrived = tl.atomic_add(counter, 1, sem="acq_rel", scope="gpu")
    if arrived == tl.num_programs(0) - 1:
        tl.debug_barrier()
        tl.store(counter, 0)
        logits = tl.load(scratch + expert, mask=exists, other=0.0, cache_modifier=".cg")  # others' writes: not from L1
        chosen, place, share = _choose(logits, select, edit, expert, E, A)
        tl.store(logits_out + now * logits_stride + expert, logits, mask=exists)
        tl.store(ids_out + now * ids_stride + place, expert.to(tl.int16), mask=chosen)
        tl.store(weights_out + now * weights_stride + place, share, mask=chosen)
        tl.store(chosen_out + place, expert, mask=chosen)
        tl.store(chosen_weights_out + place, share, mask=chosen)


@triton.jit
def _route_kernel(logits, selection, logit_bias, ids, weights, logits_stride, E: tl.constexpr, A: tl.constexpr, BLOCK_E: tl.constexpr):
    """One token a program. logits (T, E); ids (T, A) int64, weights (T, A)."""
    token = tl.program_id(0).to(tl.int64)
    expert = tl.arange(0, BLOCK_E)
    exists = expert < E
    own = tl.load(logits + token * logits_stride + expert, mask=exists, other=0.0)
    select = tl.load(selection + expert, mask=exists, other=0.0)
    edit = tl.load(logit_bias + expert, mask=exists, other=0.0)
    chosen, place, share = _choose(own, select, edit, expert, E, A)
    tl.store(ids + token * A + place, expert.to(tl.int64), mask=chosen)
    tl.store(weights + token * A + place, share, mask=chosen)


def route_one(
    resid, norm, eps, weight, bias, selection, logit, position, logits_out, ids_out, weights_out, chosen, chosen_weights, scratch, counter,
    *, rows=1, num_warps=4,
) -> None:  # fmt: skip
    """RMSNorm, router, choice and softmax of one token, written to row `position` of the record and to `chosen`.

    resid (D,) float32; norm (D,); weight (E, D) contiguous; bias (E,); the edits selection and logit (E,) float32, zeros for
    none; position (1,) int64; logits_out (n, E) float32 (before edits), ids_out (n, A) int16, weights_out (n, A) float32, rows
    at any stride; chosen (A,) int32; chosen_weights (A,) float32; scratch (E,) float32; counter (1,) int32, 0 before and after.
    """
    n_experts, dim = weight.shape
    assert weight.is_contiguous() and len(resid) == dim and len(scratch) >= n_experts
    assert logits_out.stride(1) == ids_out.stride(1) == weights_out.stride(1) == 1
    assert logits_out.shape[1] == n_experts and ids_out.shape[1] == weights_out.shape[1] == len(chosen) == len(chosen_weights)
    block_e = triton.next_power_of_2(n_experts)
    _route_one_kernel[(triton.cdiv(n_experts, rows),)](
        resid, norm, weight, bias, selection, logit, position, logits_out, ids_out, weights_out, chosen, chosen_weights,
        scratch, counter, logits_out.stride(0), ids_out.stride(0), weights_out.stride(0), eps,
        D=dim, E=n_experts, A=len(chosen), ROWS=rows, BLOCK=triton.next_power_of_2(dim), BLOCK_E=block_e, num_warps=num_warps, enable_fp_fusion=True,
    )  # fmt: skip


def route(logits, selection, logit, n_active: int) -> tuple[torch.Tensor, torch.Tensor]:
    """ids (T, A) int64, best first, ties to the lower id, and weights (T, A) float32, of logits (T, E) float32 before edits;
    selection and logit (E,) float32, or None. Allocates what it returns."""
    n_tokens, n_experts = logits.shape
    assert logits.stride(1) == 1 and logits.dtype is torch.float32
    ids = torch.empty(n_tokens, n_active, dtype=torch.int64, device=logits.device)
    weights = torch.empty(n_tokens, n_active, dtype=torch.float32, device=logits.device)
    none = logits.new_zeros(n_experts) if selection is None or logit is None else None
    if n_tokens:
        _route_kernel[(n_tokens,)](
            logits, none if selection is None else selection, none if logit is None else logit, ids, weights, logits.stride(0),
            E=n_experts, A=n_active, BLOCK_E=triton.next_power_of_2(n_experts), num_warps=4 if n_experts > 32 else 1, enable_fp_fusion=True,
        )  # fmt: skip
    return ids, weights


def cases(config, weight: str = "*bf16") -> tuple[CompileCase, ...]:
    """The kernels above at a model's shapes."""
    c = config
    floats = "resid", "selection", "logit_bias", "logits_out", "weights_out", "chosen_weights_out", "scratch"
    signature = {
        **dict.fromkeys(floats, "*fp32"), **dict.fromkeys(("norm", "weight", "bias"), weight),
        **dict.fromkeys(("logits_stride", "ids_stride", "weights_stride"), "i32"),
        "position": "*i64", "ids_out": "*i16", "chosen_out": "*i32", "counter": "*i32", "eps": "fp32",
    }  # fmt: skip
    many = {**dict.fromkeys(("logits", "selection", "logit_bias", "weights"), "*fp32"), "ids": "*i64", "logits_stride": "i32"}
    shape = {"E": c.n_experts, "A": c.experts_per_token, "BLOCK_E": triton.next_power_of_2(c.n_experts)}
    block = triton.next_power_of_2(c.hidden_size)
    return (
        CompileCase("route_one", _route_one_kernel, signature, {**shape, "D": c.hidden_size, "ROWS": 1, "BLOCK": block}, 4, 3, True),
        CompileCase("route", _route_kernel, many, shape, 4 if c.n_experts > 32 else 1, 3, False),
    )
