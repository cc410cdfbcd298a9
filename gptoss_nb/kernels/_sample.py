"""Sampling on the device: from logits to the next token, its log-probability and the five likeliest, with no word from the host.

Called by the decode step, inside its CUDA graph. Two launches: blocks over the vocabulary, then one program that merges what they found and
writes one slot of a ring. Gumbel-max: the largest of logit + temperature * noise is a draw from the softmax of logit / temperature, and
temperature 0 is greedy with no case of its own. The noise is Philox of (seed, draw, id), so the same seed gives the same tokens on every
chip and whatever the block size (not those of engine/sampler.py, whose random numbers are others). Knows nothing of models.
"""

from typing import NamedTuple

import torch
import triton
import triton.language as tl

from ._aot import CompileCase

ALTERNATIVES = 5  # as in engine/sampler.py; written out in both kernels
BLOCK = 1024  # of 201088: 197 programs
NOTHING = tl.constexpr(-(2**63))  # below every key


class Ring(NamedTuple):
    """What was sampled: draw number i in slot i % n. Where the vocabulary has fewer than five tokens: id -1, -inf.
    Logits that are not finite: token -1 and a log-probability that is NaN."""

    tokens: torch.Tensor  # (n,) int64
    logprobs: torch.Tensor  # (n,) float32, natural, under the model: before temperature and cuts
    ids: torch.Tensor  # (n, 5) int64, likeliest first, ties to the lower id
    alternatives: torch.Tensor  # (n, 5) float32, their log-probabilities


@triton.jit
def _key(value, token):
    """int64 that sorts as the value does, and with equal values the lower id first. No two tokens have the same."""
    bits = (value + 0.0).to(tl.int32, bitcast=True)  # -0.0 becomes 0.0
    return ((bits ^ ((bits >> 31) & 0x7FFFFFFF)).to(tl.int64) << 32) | (0x7FFFFFFF - token).to(tl.int64)


@triton.jit
def _key_value(key):
    bits = (key >> 32).to(tl.int32)
    return (bits ^ ((bits >> 31) & 0x7FFFFFFF)).to(tl.float32, bitcast=True)


@triton.jit
def _key_token(key):
    return 0x7FFFFFFF - (key & 0x7FFFFFFF)


@triton.jit
def _gumbel(seed, draw, token):
    """-log(-log(U)) for each token (int32). U is close to 1 where the noise is large: 1 - U is what has the fine steps."""
    low = (token * 0 + draw.to(tl.int32)).to(tl.uint32, bitcast=True)
    high = (token * 0 + (draw >> 32).to(tl.int32)).to(tl.uint32, bitcast=True)
    bits, _, _, _ = tl.philox(seed, token.to(tl.uint32, bitcast=True), low, high, low * 0)
    rest = (bits >> 1).to(tl.int32).to(tl.float32) * 4.656612873077393e-10 + 1.1641532182693481e-10  # 1 - U, (0, 1]
    series = rest * (1.0 + rest * (0.5 + rest * (0.33333334 + rest * 0.25)))  # -log(1 - rest)
    exact = -tl.log(tl.maximum(1.0 - rest, 2.9802322e-08))
    return -tl.log(tl.where(rest < 0.015625, series, exact))


@triton.jit
def _sample_blocks(logits, masked, temperature, seed, draw, keys, sums, V, N: tl.constexpr, BLOCK: tl.constexpr):
    """keys (6, N): the five largest logits of each block, then its largest noisy one; sums (2, N): maximum and sum of exp."""
    block = tl.program_id(0)
    token = block * BLOCK + tl.arange(0, BLOCK)
    inside = token < V
    value = tl.load(logits + token, mask=inside, other=-float("inf"))
    broken = tl.max(((value != value) & inside).to(tl.int32))
    value = tl.where(value != value, -float("inf"), value)

    largest = tl.max(value)
    finite = tl.abs(largest) < float("inf")  # where it is not, the merge knows what the total is worth
    total = tl.sum(tl.exp(tl.where(finite, value - tl.where(finite, largest, 0.0), 0.0)))
    tl.store(sums + block, largest)
    tl.store(sums + N + block, tl.where(broken > 0, float("nan"), total))

    # log-probabilities of tokens that a cut dropped stay those of the model: only the draw reads the masked logits
    allowed = tl.load(masked + token, mask=inside, other=-float("inf"))
    allowed = tl.where(allowed != allowed, -float("inf"), allowed)
    warmth = tl.minimum(tl.load(temperature), 1e30)
    noisy = allowed + warmth * _gumbel(tl.load(seed), tl.load(draw), token)
    tl.store(keys + 5 * N + block, tl.max(tl.where(inside, _key(noisy, token), NOTHING)))

    key = tl.where(inside, _key(value, token), NOTHING)
    for rank in tl.static_range(5):
        best = tl.max(key)
        key = tl.where(key == best, NOTHING, key)
        tl.store(keys + rank * N + block, best)


@triton.jit
def _sample_merge(
    logits, draw, token, keys, sums, tokens, logprobs, ids, alternatives, slots,
    N: tl.constexpr, BLOCKS: tl.constexpr, CANDIDATES: tl.constexpr,
):  # fmt: skip
    block = tl.arange(0, BLOCKS)
    largest = tl.load(sums + block, mask=block < N, other=-float("inf"))
    total = tl.load(sums + N + block, mask=block < N, other=0.0)
    top = tl.max(largest)
    finite = tl.abs(top) < float("inf")
    base = tl.where(finite, top, 0.0)
    whole = tl.sum(total * tl.exp(tl.where(finite, largest - base, 0.0)))
    good = finite & (whole == whole)
    logsum = base + tl.log(tl.where(good, whole, 1.0))
    noisy = tl.max(tl.load(keys + 5 * N + block, mask=block < N, other=NOTHING))

    number = tl.load(draw)
    slot = number % slots
    chosen = _key_token(noisy)
    logprob = tl.load(logits + chosen) - logsum
    tl.store(token, tl.where(good, chosen, 0))  # steps that are enqueued already look this one up
    tl.store(tokens + slot, tl.where(good, chosen, -1))
    tl.store(logprobs + slot, tl.where(good, logprob, float("nan")))

    candidate = tl.arange(0, CANDIDATES)
    key = tl.load(keys + candidate, mask=candidate < 5 * N, other=NOTHING)
    for rank in tl.static_range(5):
        best = tl.max(key)
        key = tl.where(key == best, NOTHING, key)
        some = good & (best != NOTHING)
        tl.store(ids + slot * 5 + rank, tl.where(some, _key_token(best), -1))
        tl.store(alternatives + slot * 5 + rank, tl.where(some, _key_value(best) - logsum, -float("inf")))
    tl.debug_barrier()  # every thread has read it
    tl.store(draw, number + 1)


def new_ring(slots: int, device) -> Ring:
    return Ring(
        torch.full((slots,), -1, dtype=torch.int64, device=device),
        torch.full((slots,), torch.nan, device=device),
        torch.full((slots, ALTERNATIVES), -1, dtype=torch.int64, device=device),
        torch.full((slots, ALTERNATIVES), -torch.inf, device=device),
    )


def scratch_size(vocab_size: int, block: int = BLOCK) -> int:
    """Elements (int64) of the scratch that `sample` wants; what is in it does not matter."""
    return 7 * triton.cdiv(vocab_size, block)


def sample(
    logits: torch.Tensor,
    masked: torch.Tensor,
    temperature: torch.Tensor,
    seed: torch.Tensor,
    draw: torch.Tensor,
    token: torch.Tensor,
    ring: Ring,
    scratch: torch.Tensor,
    *,
    block: int = BLOCK,
) -> None:
    """Draws one token: into `token` (1,) int64, for the next step to embed, and with all that is told of it into slot draw % n of the ring.

    logits (V,) float32: the model's; masked (V,) float32: the same tensor, or what `truncated` wrote. temperature (1,) float32, seed (1,)
    int64, draw (1,) int64, which grows by one. Logits that are NaN or +inf: -1 in the ring, 0 in `token`. Two launches.
    """
    size = logits.numel()
    n_blocks = triton.cdiv(size, block)
    keys, sums = scratch[: 6 * n_blocks], scratch[6 * n_blocks : 7 * n_blocks].view(torch.float32)
    options = {"num_warps": 4, "enable_fp_fusion": True}  # said, or Triton 3.9 warns that 3.10 will not
    _sample_blocks[(n_blocks,)](logits, masked, temperature, seed, draw, keys, sums, size, N=n_blocks, BLOCK=block, **options)
    _sample_merge[(1,)](
        logits, draw, token, keys, sums, *ring, ring.tokens.numel(),
        N=n_blocks, BLOCKS=triton.next_power_of_2(n_blocks), CANDIDATES=triton.next_power_of_2(5 * n_blocks), **options,
    )  # fmt: skip


def truncated(logits: torch.Tensor, temperature: torch.Tensor, top_k: torch.Tensor, top_p: torch.Tensor, out: torch.Tensor) -> None:
    """Writes to `out` (V,) the logits (V,) float32 of the tokens that top-k and top-p keep, as engine/sampler.py has it, and -inf for the
    rest. temperature (1,) float32; top_k (1,) int64, 0 for all; top_p (1,) float64. Allocates; in a graph that is the graph's memory."""
    order = logits.argsort(descending=True, stable=True)
    ranked = logits[order]
    below = (ranked - ranked[:1]).double()
    scaled = torch.where(below == 0, 0, below / temperature)  # temperature 0: the largest stays 0 and the rest goes to -inf
    rank = torch.arange(logits.numel(), device=logits.device)
    scaled = torch.where((rank < top_k) | (top_k == 0), scaled, -torch.inf)
    probabilities = scaled.softmax(-1)
    # the smallest set that reaches top_p: a token stays while those before it have not reached it
    kept = (scaled > -torch.inf) & ((probabilities.cumsum(-1) - probabilities < top_p) | (top_p >= 1))
    out.scatter_(0, order, torch.where(kept, ranked, -torch.inf))


def cases(config) -> tuple[CompileCase, ...]:
    n_blocks = triton.cdiv(config.vocab_size, BLOCK)
    found = {"keys": "*i64", "sums": "*fp32"}
    given = {"logits": "*fp32", "masked": "*fp32", "temperature": "*fp32", "seed": "*i64", "draw": "*i64", **found, "V": "i32"}
    told = {"tokens": "*i64", "logprobs": "*fp32", "ids": "*i64", "alternatives": "*fp32"}
    last = {"logits": "*fp32", "draw": "*i64", "token": "*i64", **found, **told}
    merge = {"slots": 1, "N": n_blocks, "BLOCKS": triton.next_power_of_2(n_blocks), "CANDIDATES": triton.next_power_of_2(5 * n_blocks)}
    return (
        CompileCase("sample blocks", _sample_blocks, given, {"N": n_blocks, "BLOCK": BLOCK}, 4, 1, True),
        CompileCase("sample merge", _sample_merge, last, merge, 4, 1, True),
    )
