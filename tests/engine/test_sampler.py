"""Sampling: what is kept, what is drawn, and that a seed says it all."""

import math
from collections import Counter

import numpy as np
import pytest
import torch

from gptoss_nb.engine.sampler import Sampler, Sampling
from gptoss_nb.errors import EditError, OptionError


def draws(logits, n=400, **options):
    """The ids of `n` draws from the same logits."""
    sampler = Sampler(Sampling(seed=0, **options))
    return [sampler.draw(logits)[0] for _ in range(n)]


# probabilities .4 .3 .15 .1 .05, not in order
PROBABILITIES = torch.tensor([0.1, 0.4, 0.05, 0.3, 0.15])
LOGITS = PROBABILITIES.log() + 3


@pytest.mark.parametrize(
    "options, kept",
    [
        ({}, {0, 1, 2, 3, 4}),
        ({"top_k": 1}, {1}),
        ({"top_k": 3}, {1, 3, 4}),
        ({"top_k": 99}, {0, 1, 2, 3, 4}),
        ({"top_p": 0.01}, {1}),
        ({"top_p": 0.39}, {1}),
        ({"top_p": 0.41}, {1, 3}),
        ({"top_p": 0.69}, {1, 3}),
        ({"top_p": 0.71}, {1, 3, 4}),
        ({"top_p": 0.96}, {0, 1, 2, 3, 4}),
        ({"top_p": 0.94}, {0, 1, 3, 4}),
        ({"top_k": 2, "top_p": 0.5}, {1}),  # of the two kept, the first alone has 4 / 7
        ({"top_k": 2, "top_p": 0.6}, {1, 3}),
        ({"temperature": 0.0}, {1}),
        ({"temperature": 0.0, "top_k": 3, "top_p": 0.9}, {1}),
        ({"temperature": 1e-300}, {1}),
        ({"temperature": 1e-9, "top_p": 0.9}, {1}),
        ({"temperature": 1e9}, {0, 1, 2, 3, 4}),
    ],
)
def test_what_is_drawn(options, kept):
    assert set(draws(LOGITS, **options)) == kept


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("top_k", [0, 5])
def test_how_often_each_is_drawn(temperature, top_k):
    seen = Counter(draws(LOGITS, n=4000, temperature=temperature, top_k=top_k))
    wanted = PROBABILITIES ** (1 / temperature)
    for token, share in enumerate((wanted / wanted.sum()).tolist()):
        assert seen[token] / 4000 == pytest.approx(share, abs=0.035), "four standard deviations"


def test_a_seed_says_it_all():
    logits = torch.randn(1000)
    first, again, other = (Sampler(Sampling(seed=s)) for s in (5, 5, 6))
    ids = [first.draw(logits)[0] for _ in range(20)]
    torch.rand(100)  # torch's own state is another
    assert [again.draw(logits)[0] for _ in range(20)] == ids
    assert [other.draw(logits)[0] for _ in range(20)] != ids


def test_without_a_seed_it_is_chance():
    logits = torch.randn(1000)
    assert len({tuple(s.draw(logits)[0] for _ in range(10)) for s in (Sampler(Sampling()) for _ in range(3))}) == 3


@pytest.mark.parametrize("options", [{"temperature": 0}, {"temperature": 0.3}, {"top_k": 1}, {"top_p": 0.1}])
def test_the_logprob_is_the_models_own(options):
    token, logprob = Sampler(Sampling(seed=0, **options)).draw(LOGITS)
    assert logprob == pytest.approx(math.log(PROBABILITIES[token]), rel=1e-5)


def test_impossible_tokens_are_never_drawn():
    logits = torch.full((50,), -torch.inf)
    logits[[3, 8]] = 0.0
    assert set(draws(logits)) == set(draws(logits, top_k=10)) == set(draws(logits, top_p=0.99)) == {3, 8}


@pytest.mark.parametrize("options", [{}, {"temperature": 0}, {"top_k": 2}])
@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_logits_that_overflowed_are_no_choice(wrong, options):
    with pytest.raises(EditError, match="overflowed"):
        Sampler(Sampling(**options)).draw(torch.tensor([1.0, wrong, 2.0]))


@pytest.mark.parametrize(
    "name, value",
    [
        *(("temperature", v) for v in (-0.1, math.nan, math.inf, "1", None, True, [1])),
        *(("top_p", v) for v in (0, -1, 1.01, math.nan, "x", True)),
        *(("top_k", v) for v in (-1, 1.5, None, True, "3")),
        *(("max_tokens", v) for v in (0, -5, 1.0, None, False)),
        *(("seed", v) for v in (1.5, "0", 2**63, -(2**63) - 1, True)),
    ],
)
def test_bad_values(name, value):
    with pytest.raises(OptionError, match=f"^{name} is ") as caught:
        Sampling(**{name: value})
    assert len(str(caught.value).splitlines()) == 2


def test_numbers_of_numpy_become_plain():
    made = Sampling(max_tokens=np.int64(3), temperature=np.float32(0.5), top_k=np.int32(2), seed=np.int64(-1))
    assert made == Sampling(3, 0.5, 1.0, 2, -1)
    assert [type(v) for v in vars(made).values()] == [int, float, float, int, int]
    Sampler(made).draw(LOGITS)
