"""Many prompts at once give what each gives alone."""

import pytest
import torch

from gptoss_nb.engine.batch import greedy
from gptoss_nb.engine.events import Sampled
from gptoss_nb.engine.generator import Generator
from gptoss_nb.engine.sampler import Sampling
from gptoss_nb.model.edits import Edits


def alone(transformer, prompt, stops, max_tokens):
    generator = Generator(transformer, 200, torch.float32, torch.device("cpu"))
    with torch.inference_mode():
        events = generator.generate(prompt, Sampling(max_tokens, 0.0), stops, Edits(), lambda: False)
        return [event.id for event in events if isinstance(event, Sampled)]


@pytest.mark.parametrize("lengths", [[5], [1, 40], [17, 3, 16, 30, 1], [8, 8, 8]])
def test_as_one_by_one(transformer, random_ids, lengths):
    """Over the window of 16, with padding before the shorter ones."""
    prompts = [random_ids(n, seed=seed).tolist() for seed, n in enumerate(lengths)]
    made = greedy(transformer, prompts, frozenset(), 20)
    assert made == [alone(transformer, p, frozenset(), 20) for p in prompts]
    assert all(len(reply) == 20 for reply in made)


@pytest.mark.parametrize("lengths", [[5, 5], [1, 40, 7], [3, 20]])
def test_what_all_begin_with(transformer, random_ids, lengths):
    """A common beginning, longer and shorter than the window of 16; one prompt that is little more than it."""
    for n in (4, 30):
        prompts = [[*random_ids(n, seed=99).tolist(), *random_ids(m, seed=seed).tolist()] for seed, m in enumerate(lengths)]
        assert greedy(transformer, prompts, frozenset(), 12) == [alone(transformer, p, frozenset(), 12) for p in prompts]
    same = [random_ids(9).tolist()] * 2
    assert greedy(transformer, same, frozenset(), 5) == [alone(transformer, same[0], frozenset(), 5)] * 2


def test_each_stops_where_it_stops(transformer, random_ids):
    prompts = [random_ids(n, seed=n).tolist() for n in (4, 11, 23, 9)]
    free = [alone(transformer, p, frozenset(), 15) for p in prompts]
    stops = frozenset({free[0][0], free[1][6], free[2][14]})
    made = greedy(transformer, prompts, stops, 15)
    assert made == [alone(transformer, p, stops, 15) for p in prompts]
    assert made[0] == [] and len({len(reply) for reply in made}) > 1
    assert not stops & {token for reply in made for token in reply}


def test_one_token(transformer, random_ids):
    prompt = random_ids(6).tolist()
    assert greedy(transformer, [prompt], frozenset(), 1) == [[int(transformer.forward(torch.tensor(prompt))[-1].argmax())]]
