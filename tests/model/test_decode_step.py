"""A step of fused kernels, under Triton's interpreter: what the plain reference says of the same tokens, routing, edits and all."""

import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from gptoss_nb.engine import generator as generator_module
from gptoss_nb.engine.ahead import AHEAD
from gptoss_nb.engine.events import Ended, Prefilled, Sampled
from gptoss_nb.engine.generator import Generator
from gptoss_nb.engine.sampler import Sampling
from gptoss_nb.engine.worker import Worker
from gptoss_nb.model.decode_step import DecodeStep
from gptoss_nb.model.edits import Edits
from gptoss_nb.model.kv_cache import KVCache
from gptoss_nb.model.transformer import Transformer

NEVER = frozenset()


@pytest.fixture(scope="module")
def fused(transformer):
    from gptoss_nb.kernels import triton_ops

    return Transformer(transformer.config, transformer.weights, triton_ops)


def generated(model, prompt, sampling, stops=NEVER, edits=None, drawn=0, generator=None):
    generator = generator or Generator(model, 512, torch.float32, torch.device("cpu"))
    with torch.inference_mode():
        return generator, list(generator.generate(prompt, sampling, stops, edits or Edits(), lambda: False, drawn=drawn))


def greedy(n: int) -> Sampling:
    return Sampling(max_tokens=n, temperature=0.0)


def edits_for(model) -> Edits:
    edits = Edits().ablate_expert(0, 3).boost_expert(1, 2, 1.5).force_expert(2, 5).scale_head(1, 1, 0.0)
    return edits.add_residual(2, [0.01] * model.config.hidden_size)


@pytest.mark.parametrize("edited", (False, True), ids=("plain", "edited"))
def test_it_says_what_the_reference_says(transformer, fused, random_ids, close, edited):
    """Past the ring of the window layers (16 keys) and past the first growth of the cache."""
    prompt, edits = random_ids(30).tolist(), edits_for(fused) if edited else Edits()
    (plain, wanted), (ahead, found) = (generated(m, prompt, greedy(14), edits=edits) for m in (transformer, fused))
    assert fused.config.sliding_windows[0] == 16 and ahead.fused and not plain.fused
    assert isinstance(found[0], Prefilled) and isinstance(found[-1], Ended) and len(found) == len(wanted) == 16
    for ours, theirs in zip(found[1:-1], wanted[1:-1], strict=True):
        assert isinstance(ours, Sampled) and (ours.id, ours.position) == (theirs.id, theirs.position)
        assert [i for i, _ in ours.alternatives] == [i for i, _ in theirs.alternatives]
        assert [ids for ids, _ in ours.experts] == [ids for ids, _ in theirs.experts]
        assert ours.logprob == pytest.approx(theirs.logprob, abs=1e-4)
    n = len(prompt) + 14
    assert ahead.cache.length == plain.cache.length == n and ahead.token_ids == plain.token_ids
    close(ahead.routing.logits[:, :n], plain.routing.logits[:, :n], "inside")
    close(ahead.routing.weights[:, :n], plain.routing.weights[:, :n], "inside")
    assert torch.equal(ahead.routing.ids[:, :n], plain.routing.ids[:, :n])


def test_what_ran_past_a_stop_token_never_was(transformer, fused, random_ids):
    """The conversation goes on from where it stopped, as if no step had been ahead."""
    prompt = random_ids(40).tolist()
    _, events = generated(transformer, prompt, greedy(8))
    ids = [e.id for e in events if isinstance(e, Sampled)]
    at = next(n for n in range(2, 8) if ids[n] not in ids[:n])
    stops, more = frozenset({ids[at]}), random_ids(5, seed=3).tolist()
    results = []
    for model in (transformer, fused):
        generator, events = generated(model, prompt, greedy(8), stops)
        assert events[-1].reason == "stop" and events[-1].stop_id == ids[at] and generator.cache.length == 40 + at
        longer = [*prompt, *ids[:at], *more]
        _, events = generated(model, longer, greedy(4), generator=generator)
        assert events[0].reused_tokens == 40 + at
        results.append([(e.id, e.position) for e in events if isinstance(e, Sampled)])
    assert results[0] == results[1]


def test_a_seed_gives_the_same_tokens_and_can_be_taken_up(fused, random_ids):
    prompt, sampling = random_ids(20).tolist(), Sampling(max_tokens=4, seed=7)
    first, again, other = (
        [e.id for e in generated(fused, prompt, Sampling(max_tokens=4, seed=seed))[1] if isinstance(e, Sampled)] for seed in (7, 7, 8)
    )
    assert first == again != other and len(first) == 4
    _, events = generated(fused, [*prompt, *first[:2]], sampling, drawn=2)
    assert [e.id for e in events if isinstance(e, Sampled)][:2] == first[2:]


@pytest.mark.parametrize("cut", (dict(top_k=1), dict(top_p=1e-6)), ids=str)
def test_cuts_leave_the_likeliest(fused, random_ids, cut):
    prompt = random_ids(20).tolist()
    wanted, found = (
        [e.id for e in generated(fused, prompt, s)[1] if isinstance(e, Sampled)] for s in (greedy(3), Sampling(max_tokens=3, seed=1, **cut))
    )
    assert found == wanted


def test_the_context_is_never_passed(fused, random_ids):
    """Steps ahead of the last token that fits are not made."""
    generator = Generator(fused, 24, torch.float32, torch.device("cpu"))
    _, events = generated(fused, random_ids(20).tolist(), greedy(100), generator=generator)
    assert events[-1].reason == "length" and generator.cache.length == 24 and AHEAD > 4


def test_numbers_that_overflow_are_told(fused, random_ids):
    from gptoss_nb.errors import EditError

    with pytest.raises(EditError, match="overflowed"), np.errstate(all="ignore"):
        generated(fused, random_ids(9).tolist(), greedy(3), edits=Edits().add_residual(1, [3e38] * fused.config.hidden_size))


def test_more_tokens_than_were_asked_for(transformer, fused, random_ids, monkeypatch):
    """The limit rises while a reply is made (a click on "more"): the cache grows and the reply goes on."""
    monkeypatch.setattr(KVCache, "reserve", lambda self, n: n <= self.room or self._grow(n))  # no room to spare
    prompt, results = random_ids(20).tolist(), []
    for model in (transformer, fused):
        generator = Generator(model, 512, torch.float32, torch.device("cpu"))
        with torch.inference_mode():
            events = list(generator.generate(prompt, greedy(2), NEVER, Edits(), lambda: False, limit=lambda: 5))
        results.append([(e.id, e.position) for e in events if isinstance(e, Sampled)])
    assert results[0] == results[1] and len(results[0]) == 5 and generator.cache.room == 25


def test_kernels_that_take_long_to_compile_are_told_before_the_token(fused, random_ids, monkeypatch):
    """The interpreter compiles nothing: what Triton calls before it does is called here, by four operations that then take their time."""
    from triton import knobs

    def slow(operation, name: str):
        waiting = [0.3]

        def first_compiled(*args, **kwargs):
            if waiting:
                assert not knobs.runtime.jit_cache_hook(fn=SimpleNamespace(name=name)), "true would mean: do not compile"
                time.sleep(waiting.pop())
            return operation(*args, **kwargs)

        return first_compiled

    for name in ("rotate", "experts", "embed", "unembed"):  # two of the prompt's, two of the step's
        monkeypatch.setattr(fused.ops, name, slow(getattr(fused.ops, name), f"_{name}_kernel"))
    generator, kinds, told = Generator(fused, 512, torch.float32, torch.device("cpu")), [], []
    monkeypatch.setattr(generator_module, "PATIENCE", 0.2)
    arguments = random_ids(5).tolist(), greedy(1), NEVER, Edits()
    for event in Worker("test").stream(lambda cancelled, tell: generator.generate(*arguments, cancelled, tell=tell), tells=True):
        kinds.append(type(event).__name__)
        told += [event] if kinds[-1] == "Compiling" else []
    # the first is not told: it might have been a matter of a moment
    assert kinds == ["Compiling", "Prefilled", "Compiling", "Compiling", "Sampled", "Ended"]
    assert [(event.kernel, event.number) for event in told] == [("_experts_kernel", 2), ("_embed_kernel", 3), ("_unembed_kernel", 4)]
    assert 0.3 <= told[0].seconds < told[1].seconds < told[2].seconds and knobs.runtime.jit_cache_hook is None


def test_what_is_read_is_what_that_step_told(fused, random_ids):
    """As many as there are places may be on their way; a place that was written over is not read."""
    with torch.inference_mode():
        cache = KVCache(fused.config, 64, torch.float32, torch.device("cpu"), ahead=AHEAD)
        logits = fused.forward(random_ids(5), cache, last_only=True)[0]
        cache.reserve(20)
        step = DecodeStep(fused, cache, 2)
        step.start(logits, 0.0, 0, 1.0, 0, 0)
        numbers, tokens = [], []
        for _ in range(3):
            step()
            numbers.append(step.send())
            tokens.append(int(step.token))
    assert [step.read(number).token for number in numbers[1:]] == tokens[1:]
    told = step.read(numbers[2])
    position = cache.length + 2
    assert told.expert_ids == cache.routing.ids[:, position].tolist() and told.expert_weights == cache.routing.weights[:, position].tolist()
    assert told.token == told.likeliest[0] and told.logprob == told.logprobs[0]
    with pytest.raises(AssertionError, match="another step"):
        step.read(numbers[0])
