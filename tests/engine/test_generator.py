"""The generator: its cache may be continued, cut, cancelled or broken, and every position still holds what one full forward says."""

import math

import pytest
import torch

from gptoss_nb.engine import generator as module
from gptoss_nb.engine.events import Ended, Prefilled, Sampled
from gptoss_nb.engine.generator import Generator
from gptoss_nb.engine.sampler import Sampling
from gptoss_nb.errors import ContextLengthError, EditError, OptionError
from gptoss_nb.model.edits import Edits
from gptoss_nb.model.sequence import Sequence

CONTEXT = 120


@pytest.fixture
def generator(transformer):
    return Generator(transformer, CONTEXT, torch.float32, torch.device("cpu"))


@pytest.fixture(autouse=True)
def inference():
    """As on the worker thread."""
    with torch.inference_mode():
        yield


def run(generator, prompt, max_tokens=8, stops=frozenset(), edits=Edits(), cancelled=lambda: False, **options):
    """(Prefilled, [Sampled, ...], Ended)."""
    sampling = Sampling(max_tokens, **{"temperature": 1.0, "seed": 0, **options})
    first, *middle, last = generator.generate(prompt, sampling, stops, edits, cancelled)
    assert isinstance(first, Prefilled) and isinstance(last, Ended) and all(isinstance(e, Sampled) for e in middle)
    return first, middle, last


@pytest.fixture
def right(transformer, close):
    """`right(generator, edits)`: every position in the cache, routing and log-probabilities, is that of one full forward."""

    def check(generator, edits=Edits()):
        ids = torch.tensor(generator.token_ids)
        assert generator.cache.length == len(ids) == len(generator.logprobs)
        sequence = Sequence(transformer.config, len(ids), "cpu")
        logits = transformer.forward(ids, sequence, edits.tensors(transformer.config))
        for layer, (scores, chosen, weights) in enumerate(sequence.routing):
            assert torch.equal(generator.routing.ids[layer, : len(ids)].long(), chosen)
            close(generator.routing.logits[layer, : len(ids)], scores, "inside")
            close(generator.routing.weights[layer, : len(ids)], weights, "inside")
        for place, logprob in enumerate(generator.logprobs):
            if not math.isnan(logprob):
                assert logprob == pytest.approx(float(logits[place - 1].log_softmax(-1)[ids[place]]), abs=1e-4)

    return check


def test_events_and_what_is_in_the_cache(generator, random_ids, right):
    prompt = random_ids(30).tolist()
    first, sampled, last = run(generator, prompt, 12)
    assert (first.prompt_tokens, first.reused_tokens) == (30, 0)
    assert [s.position for s in sampled] == list(range(30, 42))
    assert (last.reason, last.stop_id) == ("length", None)
    assert generator.token_ids == prompt + [s.id for s in sampled], "the last sampled token is run, too"
    assert all(map(math.isnan, generator.logprobs[:30])) and generator.logprobs[30:] == [s.logprob for s in sampled]
    right(generator)


def test_greedy_is_the_largest_logit_of_a_full_forward(generator, transformer, random_ids):
    prompt = random_ids(20).tolist()
    _, sampled, _ = run(generator, prompt, 25, temperature=0)
    wanted = transformer.forward(torch.tensor(generator.token_ids)).argmax(-1)[19:-1]
    assert [s.id for s in sampled] == wanted.tolist()


def test_the_stop_token_is_not_run(generator, random_ids, right):
    prompt = random_ids(20).tolist()
    _, free, _ = run(generator, prompt, 10)
    stop = next(s.id for n, s in enumerate(free) if n >= 3 and s.id not in [e.id for e in free[:n]])
    generator.forget()
    _, sampled, last = run(generator, prompt, 10, stops=frozenset({stop}))
    cut = [s.id for s in free].index(stop)
    assert [s.id for s in sampled] == [s.id for s in free][:cut]
    assert (last.reason, last.stop_id) == ("stop", stop)
    assert generator.token_ids == prompt + [s.id for s in sampled]
    right(generator)


@pytest.mark.parametrize("kept", [3, 25, 30, 34, 40])
def test_a_continuation_equals_computing_afresh(generator, random_ids, right, kept):
    """The second prompt shares `kept` tokens with what the first run left (30 of prompt, 10 sampled); the window is 16."""
    run(generator, random_ids(30).tolist(), 10)
    prompt = generator.token_ids[:kept] + random_ids(22, seed=1).tolist()
    first, sampled, _ = run(generator, prompt, 20)
    right(generator)
    assert first.reused_tokens == {3: 0, 25: 0, 30: 30, 34: 30, 40: 40}[kept]
    generator.forget()
    assert [s.id for s in run(generator, prompt, 20)[1]] == [s.id for s in sampled]


def test_many_turns(generator, random_ids, right):
    prompt = []
    for turn in range(6):
        prompt = [*prompt, *random_ids(7, seed=turn).tolist()]
        first, sampled, _ = run(generator, prompt, 6)
        assert first.reused_tokens == len(prompt) - 7
        prompt = prompt + [s.id for s in sampled]
    right(generator)


def test_the_same_prompt_again_runs_one_part_of_it(generator, random_ids, right):
    prompt = random_ids(30).tolist()
    _, once, _ = run(generator, prompt, 5)
    _, again, _ = run(generator, prompt, 5)
    assert [s.id for s in once] == [s.id for s in again]
    right(generator)


def test_long_prompts_go_in_chunks(generator, random_ids, right, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 7)
    first, _, _ = run(generator, random_ids(50).tolist(), 3)
    assert first.prompt_tokens == 50
    right(generator)


def test_other_edits_do_not_reuse_the_cache(generator, random_ids, right):
    prompt, edits = random_ids(30).tolist(), Edits().ablate_expert(0, 1).boost_expert(2, 3, by=2.0)
    for given in (Edits(), edits, edits, Edits()):
        same = given == generator._edits
        left = len(generator.token_ids)
        prompt = [*(generator.token_ids or prompt), 5]
        first, _, _ = run(generator, prompt, 3, edits=given)
        assert first.reused_tokens == (left if same else 0)
        right(generator, given)


def test_edits_that_the_model_cannot_do_leave_the_cache(generator, random_ids, right):
    prompt = random_ids(30).tolist()
    run(generator, prompt, 4)
    before = list(generator.token_ids)
    with pytest.raises(EditError):
        run(generator, prompt, 4, edits=Edits().ablate_expert(99, 0))
    assert generator.token_ids == before
    right(generator)


def test_holds(generator, random_ids):
    prompt = random_ids(10).tolist()
    run(generator, prompt, 2)
    assert generator.holds(prompt, Edits()) and generator.holds(generator.token_ids, Edits())
    assert not generator.holds(prompt, Edits().ablate_expert(0, 0))
    assert not generator.holds([*generator.token_ids, 1], Edits()) and not generator.holds([*prompt[:-1], prompt[-1] ^ 1], Edits())


def test_the_context_is_a_limit(generator, random_ids, right):
    ids = random_ids(CONTEXT + 1).tolist()
    _, sampled, last = run(generator, ids[: CONTEXT - 3], 50)
    assert (len(sampled), last.reason) == (3, "length")
    before = list(generator.token_ids)
    for too_long in (ids, ids[:CONTEXT]):  # one token at least is to come
        with pytest.raises(ContextLengthError, match=str(CONTEXT)):
            run(generator, too_long)
    assert generator.token_ids == before and len(before) == CONTEXT
    right(generator)


@pytest.mark.parametrize("ids", [[], [320], [-1], [1.0], [True], ["a"], [2**70]])
def test_what_is_no_prompt(generator, ids):
    with pytest.raises(OptionError) as caught:
        run(generator, ids)
    assert len(str(caught.value).splitlines()) == 2 and generator.token_ids == []


def after(n):
    """Cancelled from the (n + 1)th time that it is asked."""
    asked = iter(range(10**9))
    return lambda: next(asked) >= n


def test_cancelled_while_it_decodes(generator, random_ids, right):
    prompt = random_ids(30).tolist()
    _, sampled, last = run(generator, prompt, 10, cancelled=after(4))
    assert (len(sampled), last.reason) == (3, "interrupted"), "asked once for the prompt"
    right(generator)
    first, _, _ = run(generator, [*generator.token_ids, 1, 2], 5)
    assert first.reused_tokens == 33
    right(generator)


def test_cancelled_while_it_reads_the_prompt(generator, random_ids, right, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 10)
    prompt = random_ids(50).tolist()
    _, sampled, last = run(generator, prompt, 10, cancelled=after(2))
    assert (sampled, last.reason, generator.token_ids) == ([], "interrupted", prompt[:20])
    right(generator)
    run(generator, prompt, 10)
    right(generator)


def test_a_prompt_too_long_for_the_memory(generator, random_ids, right, monkeypatch):
    """The error gives the length that fits, and the conversation is as it was."""
    monkeypatch.setattr(module, "CHUNK", 10)
    before = run(generator, random_ids(20).tolist(), 5)[0].prompt_tokens
    kept = generator.token_ids[:before]
    forward = generator.model.forward

    def full(ids, cache, *args, **kwargs):
        if cache.length >= 40:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return forward(ids, cache, *args, **kwargs)

    with monkeypatch.context() as patched, pytest.raises(ContextLengthError, match="45 tokens fit") as told:
        patched.setattr(generator.model, "forward", full)
        run(generator, [*generator.token_ids, *random_ids(50, seed=1).tolist()])
    assert "45 tokens" in told.value.todo and generator.token_ids[:before] == kept
    right(generator)
    run(generator, [*kept, 5, 6], 5)
    right(generator)


def test_closed_in_the_middle(generator, random_ids, right):
    events = generator.generate(random_ids(30).tolist(), Sampling(10, seed=0), frozenset(), Edits(), lambda: False)
    for _ in range(4):
        next(events)
    events.close()
    assert len(generator.token_ids) == 33
    right(generator)


@pytest.mark.parametrize("fails_at", [2, 9], ids=["in the prompt", "in decoding"])
@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt])
def test_an_error_inside_a_pass_leaves_it_usable(generator, random_ids, right, monkeypatch, fails_at, error):
    """It fails in the experts of layer 2: layers 0 to 2 have stored keys, layer 3 has not."""
    monkeypatch.setattr(module, "CHUNK", 10)
    run(generator, random_ids(20).tolist(), 4)
    prompt, passes = generator.token_ids + random_ids(30, seed=1).tolist(), []
    whole = generator.model._mix_experts

    def fails(index, *rest):
        passes.append(index)
        if passes.count(2) == fails_at and index == 2:
            raise error
        return whole(index, *rest)

    with monkeypatch.context() as patch, pytest.raises(error):
        patch.setattr(generator.model, "_mix_experts", fails)
        run(generator, prompt, 20)
    right(generator) if generator.token_ids else None
    assert len(generator.token_ids) < len(prompt) + 20
    _, after_it, _ = run(generator, prompt, 10)
    right(generator)
    generator.forget()
    assert [s.id for s in run(generator, prompt, 10)[1]] == [s.id for s in after_it]


def test_passes_do_not_touch_the_conversation(generator, transformer, random_ids, close, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 16)
    run(generator, random_ids(20).tolist(), 4)
    before, other = list(generator.token_ids), random_ids(49, seed=2)
    made = torch.cat([logits for logits, _ in generator.passes(other.tolist(), Edits())])
    close(made, transformer.forward(other), "whole model")
    assert generator.token_ids == before


def test_the_number_of_threads_is_put_back(generator, random_ids):
    before = torch.get_num_threads()
    run(generator, random_ids(5).tolist(), 2)
    assert torch.get_num_threads() == before
