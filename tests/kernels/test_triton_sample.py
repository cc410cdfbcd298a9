"""Sampling on the device, under Triton's interpreter, against plain torch and engine/sampler.py's definitions."""

import math

import pytest
import torch

triton = pytest.importorskip("triton")
import triton.language as tl  # noqa: E402

from gptoss_nb.kernels import _sample  # noqa: E402
from gptoss_nb.kernels._sample import new_ring, sample, scratch_size, truncated  # noqa: E402


@triton.jit
def _noises(out, seed, first, V: tl.constexpr, DRAWS: tl.constexpr, BLOCK: tl.constexpr):
    """out (DRAWS programs, V): the noise of the draws from `first` on, many in a program: each has its price when interpreted."""
    draw = tl.program_id(0) * DRAWS + tl.arange(0, DRAWS)[:, None]
    token = tl.arange(0, BLOCK)[None, :] + draw * 0
    noise = _sample._gumbel(tl.load(seed), tl.load(first) + draw.to(tl.int64), token)
    tl.store(out + draw * V + token, noise, mask=token < V)


def noises(seed: int, first: int, draws: int, size: int) -> torch.Tensor:
    each = min(4096, triton.next_power_of_2(draws))
    out = torch.empty(-(-draws // each) * each, size)
    _noises[(len(out) // each,)](out, torch.tensor([seed]), torch.tensor([first]), size, DRAWS=each, BLOCK=triton.next_power_of_2(size))
    return out[:draws]


class State:
    """Everything that `sample` wants but the logits, poisoned."""

    def __init__(self, size: int, temperature=1.0, seed=0, draw=0, slots=3, block=1024):
        self.temperature, self.seed, self.draw = torch.tensor([temperature]), torch.tensor([seed]), torch.tensor([draw])
        self.token, self.ring, self.block = torch.tensor([-77]), new_ring(slots, "cpu"), block
        for tensor in self.ring:
            tensor.fill_(-77)
        self.scratch = torch.full((scratch_size(size, block),), -1, dtype=torch.int64)

    def run(self, logits, masked=None) -> tuple[int, float, list[int], torch.Tensor]:
        """One draw, and what its slot says."""
        number = int(self.draw)
        self.scratch.fill_(-1)
        args = (self.temperature, self.seed, self.draw, self.token, self.ring, self.scratch)
        sample(logits, logits if masked is None else masked, *args, block=self.block)
        assert int(self.draw) == number + 1
        slot = number % len(self.ring.tokens)
        return int(self.ring.tokens[slot]), float(self.ring.logprobs[slot]), self.ring.ids[slot].tolist(), self.ring.alternatives[slot]


@pytest.mark.parametrize("size, block", [(5, 64), (7, 1024), (1024, 512), (1500, 1024), (1500, 512)])
def test_greedy_and_the_five_likeliest(size, block, close):
    logits = torch.randn(size) * 3 + 50
    state = State(size, temperature=0.0, draw=4, block=block)
    token, logprob, ids, told = state.run(logits)
    wanted = logits.log_softmax(-1)
    assert token == int(logits.argmax()) == int(state.token)
    assert ids == wanted.topk(5).indices.tolist()
    close(told, wanted.topk(5).values, "one operation")
    assert logprob == pytest.approx(float(wanted.max()), abs=1e-5)
    assert state.ring.tokens.tolist() == [-77, token, -77]  # no other slot is touched


@pytest.mark.parametrize("size", [1, 3])
def test_fewer_than_five_tokens(size):
    logits = torch.randn(size)
    token, logprob, ids, told = State(size).run(logits)
    wanted = logits.log_softmax(-1)
    assert 0 <= token < size and logprob == pytest.approx(float(wanted[token]), abs=1e-6)
    assert ids == [*wanted.argsort(descending=True).tolist(), *[-1] * (5 - size)]
    assert (told[size:] == -math.inf).all() and torch.allclose(told[:size], wanted.sort(descending=True).values)


def test_ties_go_to_the_lower_id():
    logits = torch.tensor([-1.0] * 200)
    logits[[190, 70, 130]] = 2.0
    logits[[20, 150]] = torch.tensor([-0.0, 0.0])  # one number with two spellings
    token, _, ids, _ = State(200, temperature=0.0, block=64).run(logits)
    assert (token, ids) == (70, [70, 130, 190, 20, 150])


def test_the_ring_goes_round_and_the_draws_count_on():
    logits = torch.randn(50)
    state = State(50, seed=3, draw=2**31 - 2)  # the count passes 32 bits' sign
    told = [state.run(logits)[0] for _ in range(5)]
    assert sorted(state.ring.tokens.tolist()) == sorted(told[2:])
    assert told == (logits + noises(3, 2**31 - 2, 5, 50)).argmax(-1).tolist()


def test_the_same_seed_and_draw_give_the_same_token_whatever_the_blocks():
    logits = torch.randn(1500) / 4
    states = State(1500, seed=-9), State(1500, seed=-9, block=128), State(1500, seed=8)
    runs = [[state.run(logits)[0] for _ in range(4)] for state in states]
    assert runs[0] == runs[1] != runs[2]
    assert len(set(runs[0])) > 1


def test_the_noise_is_gumbels():
    """Kolmogorov-Smirnov against exp(-exp(-x)) over 100,000; draws, ids and seeds share none of it; the large end is not cut."""
    values = noises(1, 0, 2000, 50).double()
    ordered = torch.exp(-torch.exp(-values.flatten().sort().values))
    steps = torch.arange(1, 100_001) / 100_000
    assert float((ordered - steps).abs().max()) < 1.63 / math.sqrt(100_000)  # at 1 %
    assert len(values.unique()) > 99_000 and values.isfinite().all() and float(values.max()) > 9
    correlation = torch.corrcoef(torch.stack([values[:-1].flatten(), values[1:].flatten(), noises(2, 0, 1999, 50).double().flatten()]))
    assert float((correlation - torch.eye(3)).abs().max()) < 0.015


@pytest.mark.parametrize("temperature", [0.5, 1.0, 1.7])
def test_tokens_come_as_often_as_they_shall(temperature):
    """Chi-square over 20,000 draws and 50 tokens, made from the kernel's own noise as `sample` makes them: the first ones show it."""
    logits = torch.randn(50)
    tokens = (logits + temperature * noises(11, 0, 20_000, 50)).argmax(-1)
    state = State(50, temperature, seed=11)
    assert [state.run(logits)[0] for _ in range(20)] == tokens[:20].tolist()
    expected = (logits / temperature).double().softmax(-1) * 20_000
    counts = tokens.bincount(minlength=50).double()
    rare = expected < 5
    counts = torch.cat([counts[~rare], counts[rare].sum(0, keepdim=True)])
    expected = torch.cat([expected[~rare], expected[rare].sum(0, keepdim=True)]).clamp_min(1e-9)
    freedom = len(counts) - 1
    chi = float(((counts - expected) ** 2 / expected).sum())
    assert chi < freedom + 3.1 * math.sqrt(2 * freedom) + 3, (chi, freedom)  # about one in a thousand


def test_a_tiny_temperature_is_greedy_and_a_huge_one_is_fair():
    logits = torch.tensor([0.0, 88.0, 87.9])
    assert {State(3, 1e-38, seed=s).run(logits)[0] for s in range(3)} == {1}
    assert {State(3, 1e38, seed=s).run(logits)[0] for s in range(12)} == {0, 1, 2}


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_logits_that_are_not_finite_give_no_token(bad, temperature):
    logits = torch.randn(300)
    logits[217] = bad
    state = State(300, temperature, block=128)
    token, logprob, ids, _ = state.run(logits)
    assert (token, math.isnan(logprob), ids) == (-1, True, [-1] * 5)
    assert int(state.token) == 0  # what is enqueued already embeds a token that exists
    assert State(4).run(torch.full((4,), -math.inf))[0] == -1


@pytest.mark.parametrize("top_k, top_p", [(0, 1.0), (1, 1.0), (7, 1.0), (0, 0.6), (0, 1e-9), (12, 0.8), (999, 0.95)])
@pytest.mark.parametrize("temperature", [0.0, 1e-30, 0.7, 2.0])
def test_cuts_keep_what_the_sampler_keeps(top_k, top_p, temperature):
    logits = torch.randn(60).mul(4).round().div(4)  # with ties
    out = torch.full((60,), torch.nan)
    truncated(logits, torch.tensor([temperature]), torch.tensor([top_k]), torch.tensor([top_p], dtype=torch.float64), out)
    assert kept(logits, temperature, top_k, top_p) == (out > -math.inf).nonzero().flatten().tolist()
    assert torch.equal(out[out > -math.inf], logits[out > -math.inf])


def kept(logits, temperature, top_k, top_p) -> list[int]:
    """As engine/sampler.py does it."""
    below = (logits - logits.max()).double()
    scaled = below / temperature if temperature else torch.where(below == 0, 0.0, -math.inf)
    order = scaled.argsort(descending=True, stable=True)
    order = order[:top_k] if top_k else order
    probabilities = scaled[order].softmax(-1)
    if top_p < 1:
        probabilities[probabilities.cumsum(-1) - probabilities >= top_p] = 0
        order = order[probabilities > 0]
    return sorted(order[scaled[order] > -math.inf].tolist())


def test_a_cut_changes_the_draw_and_not_what_is_told_of_it():
    logits = torch.randn(100)
    masked = torch.full((100,), torch.nan)
    truncated(logits, torch.tensor([1.0]), torch.tensor([3]), torch.tensor([1.0], dtype=torch.float64), masked)
    wanted = logits.log_softmax(-1)
    drawn = [State(100, 5.0, seed=seed).run(logits, masked) for seed in range(12)]
    assert {token for token, *_ in drawn} == set(wanted.topk(3).indices.tolist())
    for token, logprob, ids, _ in drawn:
        assert logprob == pytest.approx(float(wanted[token]), abs=1e-5) and ids == wanted.topk(5).indices.tolist()
