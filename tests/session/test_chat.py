"""Chat: what a reply holds, how a conversation goes on from the cache, what a stream gives, and what is refused."""

import copy
from itertools import pairwise

import numpy as np
import pytest
import torch

import gptoss_nb as gn
from gptoss_nb.chat import harmony
from gptoss_nb.engine.events import Compiling, Finished, Prefilled, Token
from gptoss_nb.errors import ContextLengthError, EditError, GptossError, OptionError

THINKING = "<|channel|>analysis<|message|>Seven and five — 十二.<|end|><|start|>assistant"
THOUGHT = f"{THINKING}<|channel|>final<|message|>It is 12, of course.<|return|>"
PLAIN = "<|channel|>final<|message|>Hello! Here I am.<|return|>"
EDITS = gn.Edits().ablate_expert(1, 3).boost_expert(0, 2, by=0.5)


def covers_and_equals_a_fresh_trace(model, reply, close, edits=None):
    """Every position from 0, with the routing that one prefill over the same tokens has."""
    fresh, trace = model.trace(reply.trace.token_ids, edits=edits), reply.trace
    assert np.array_equal(trace.expert_ids, fresh.expert_ids)
    close(trace.router_logits, fresh.router_logits, "inside")
    close(trace.expert_weights, fresh.expert_weights, "inside")
    close(trace.logprobs[trace.generated], fresh.logprobs[trace.generated], "inside")
    close(trace.alternative_logprobs[trace.generated], fresh.alternative_logprobs[trace.generated], "inside")
    assert (trace.alternative_ids[~trace.generated] == -1).all() and np.array_equal(
        trace.alternative_ids[trace.generated, 0], fresh.alternative_ids[trace.generated, 0]
    )
    assert (trace.tokens, trace.roles, trace.channels) == (fresh.tokens, fresh.roles, fresh.channels)


def test_alternatives_are_the_likeliest_tokens(model):
    events = [event for event in model.stream("Hello", temperature=0, max_tokens=12) if isinstance(event, Token)]
    reply = model.chat("Hello", temperature=0, max_tokens=12)
    probs = model.logits(reply.trace.token_ids).log_softmax(-1)
    for event in events:
        best = probs[event.position - 1].topk(5)
        ids, texts, logprobs = zip(*event.alternatives, strict=True)
        assert event.id == ids[0] and event.logprob == pytest.approx(logprobs[0]) and ids == tuple(best.indices.tolist())
        assert logprobs == pytest.approx(best.values.tolist(), abs=1e-4)
        assert texts == tuple(model.tokenizer.decode([id]) for id in ids) == reply.trace.alternatives[event.position]
        assert tuple(reply.trace.alternative_ids[event.position].tolist()) == ids


def test_what_a_reply_holds(model, spoken, close):
    spoken(THOUGHT)
    reply = model.chat("What is 7 + 5?", seed=3)
    assert (reply.text, reply.thinking, reply.stopped) == ("It is 12, of course.", "Seven and five — 十二.", False)
    assert [(m["role"], m.get("channel"), m["content"]) for m in reply.messages] == [
        ("user", None, "What is 7 + 5?"),
        ("assistant", "analysis", reply.thinking),
        ("assistant", "final", reply.text),
    ]
    assert model.tokenizer.decode(reply.token_ids) == THOUGHT.removesuffix("<|return|>")
    stats, trace = reply.stats, reply.trace
    assert (stats.finish, stats.generated_tokens, stats.reused_tokens) == ("stop", len(reply.token_ids), 0)
    assert stats.prompt_tokens + stats.generated_tokens == trace.n_tokens and stats.decode_seconds > 0
    assert trace.token_ids[trace.generated].tolist() == list(reply.token_ids)
    assert np.isnan(trace.logprobs[~trace.generated]).all()
    assert (trace.badge["model"], trace.badge["seed"], trace.badge["edits"]) == ("nano", 3, [])
    assert (trace.roles[0], trace.roles[-1], trace.channels[-1]) == ("system", "assistant", "final")
    assert "".join(trace.tokens) == model.tokenizer.decode(trace.token_ids.tolist())
    covers_and_equals_a_fresh_trace(model, reply, close)


def test_a_reply_of_its_own(model, close):
    reply = model.chat("What is 7 + 5?", max_tokens=30, seed=1)
    assert 0 < len(reply.token_ids) <= 30
    assert model.chat("What is 7 + 5?", max_tokens=30, seed=1).token_ids == reply.token_ids
    covers_and_equals_a_fresh_trace(model, reply, close)


def test_the_limit_of_tokens(model, spoken):
    spoken(THOUGHT)
    reply = model.chat("What is 7 + 5?", max_tokens=5)
    assert (len(reply.token_ids), reply.stats.finish, reply.stopped) == (5, "length", False)


def test_the_trace_and_logits_of_one_prefill(model, close):
    ids = model.tokenizer.encode("The quick brown fox" * 3)
    trace, logits = model.trace("The quick brown fox" * 3), model.logits(np.array(ids))
    assert trace.token_ids.tolist() == ids and not trace.generated.any() and np.isnan(trace.logprobs[0])
    assert logits.shape == (len(ids), model.config.vocab_size) and logits.dtype is torch.float32
    close(trace.logprobs[1:], logits.log_softmax(-1)[range(len(ids) - 1), ids[1:]], "inside")
    logits.clone().requires_grad_()  # an ordinary tensor, not one of inference mode
    assert not logits.is_inference()


def test_a_trace_over_several_chunks(model, close, monkeypatch):
    whole = model.trace("one two three " * 9)
    monkeypatch.setattr("gptoss_nb.engine.generator.CHUNK", 7)
    cut = model.trace("one two three " * 9)
    assert np.array_equal(cut.expert_ids, whole.expert_ids)
    close(cut.logprobs[1:], whole.logprobs[1:], "inside")


def test_a_conversation_continues_from_its_cache(model, spoken, close):
    spoken(PLAIN, PLAIN)
    first = model.chat("Hello")
    second = model.chat("And again?", history=first)
    assert second.stats.reused_tokens == first.trace.n_tokens, "no analysis was dropped: all of it"
    assert second.messages[: len(first.messages)] == first.messages
    n = first.trace.n_tokens
    assert second.trace.token_ids[:n].tolist() == first.trace.token_ids.tolist()
    assert not second.trace.generated[:n].any()
    covers_and_equals_a_fresh_trace(model, second, close)


def test_earlier_analysis_is_dropped_and_the_prompt_before_it_reused(model, spoken, close):
    spoken(THOUGHT, THOUGHT)
    first = model.chat("What is 7 + 5?")
    second = model.chat("And 5 + 7?", history=first.messages)
    assert second.stats.reused_tokens == first.stats.prompt_tokens
    assert "十二" in second.thinking
    prompt = model.tokenizer.decode(second.trace.token_ids[: second.stats.prompt_tokens].tolist())
    assert "analysis<|message|>" not in prompt and "final<|message|>It is 12, of course.<|end|>" in prompt
    assert [m["content"] for m in second.messages].count("Seven and five — 十二.") == 2, "the history itself keeps it"
    covers_and_equals_a_fresh_trace(model, second, close)


def test_many_turns_equal_fresh_ones(model, close):
    history = None
    for turn in range(3):
        reply = model.chat(f"Turn {turn}, and 3{turn} + 1?", history=history, max_tokens=25, seed=turn)
        covers_and_equals_a_fresh_trace(model, reply, close)
        history = reply
    model.forget()
    before = max(n for n, m in enumerate(reply.messages) if m["role"] == "user")
    again = model.chat("Turn 2, and 32 + 1?", history=reply.messages[:before], max_tokens=25, seed=2)
    assert again.token_ids == reply.token_ids and again.stats.reused_tokens == 0


def test_edits_start_afresh(model, spoken, close):
    spoken(PLAIN, PLAIN, PLAIN, PLAIN)
    first = model.chat("Hello")
    edited = model.chat("And again?", history=first, edits=EDITS)
    assert edited.stats.reused_tokens == 0 and gn.Edits.from_dicts(edited.trace.badge["edits"]) == EDITS
    assert not (edited.trace.expert_ids[1] == 3).any()
    covers_and_equals_a_fresh_trace(model, edited, close, edits=EDITS)
    again = model.chat("And?", history=edited, edits=EDITS)
    assert again.stats.reused_tokens == edited.trace.n_tokens
    assert model.chat("And?", history=edited).stats.reused_tokens == 0


def test_the_prompt_is_harmonys(model, spoken):
    spoken(PLAIN)
    reply = model.chat("Hello", system="Be <|start|> brief.", effort="high")
    wanted = harmony.encode(model.tokenizer, [{"role": "user", "content": "Hello"}], developer="Be <|start|> brief.",
                            effort="high", identity=model.config.identity)  # fmt: skip
    assert reply.trace.token_ids[: len(wanted)].tolist() == wanted
    text = model.tokenizer.decode(wanted)
    assert "<|start|>developer<|message|># Instructions\n\nBe <|start|> brief.<|end|>" in text and "Reasoning: high" in text
    assert reply.trace.roles.count("developer") > 5


def test_a_history_written_by_hand(model, spoken):
    spoken(PLAIN)
    history = [{"role": "user", "content": "I am Ada."}, {"role": "assistant", "content": "Hello Ada."}]
    before = copy.deepcopy(history)
    reply = model.chat("Who am I?", history=history)
    assert "<|start|>assistant<|channel|>final<|message|>Hello Ada.<|end|>" in model.tokenizer.decode(reply.trace.token_ids.tolist())
    assert history == before


def test_stream(model, spoken, close):
    spoken(THOUGHT)
    first, *tokens, last = model.stream("What is 7 + 5?")
    reply = last.reply
    assert isinstance(first, Prefilled) and isinstance(last, Finished) and all(isinstance(t, Token) for t in tokens)
    assert [t.id for t in tokens] == list(reply.token_ids)
    assert [t.position for t in tokens] == np.flatnonzero(reply.trace.generated).tolist()
    for channel, text in (("final", reply.text), ("analysis", reply.thinking)):
        assert "".join(t.text for t in tokens if t.channel == channel) == text != ""
    close([t.logprob for t in tokens], reply.trace.logprobs[reply.trace.generated], "inside")
    with pytest.raises(AttributeError):
        tokens[0].text = "other"


def test_closing_a_stream_stops_it(model, close):
    events = model.stream("What is 7 + 5?", max_tokens=2000, temperature=2.0, seed=0)
    next(events), next(events)
    events.close()
    with pytest.raises(StopIteration):
        next(events)
    covers_and_equals_a_fresh_trace(model, model.chat("Hello", max_tokens=10, seed=0), close)


def test_what_came_before_a_stop_is_kept(model, spoken, close):
    spoken(THOUGHT)
    turn = model.turn("What is 7 + 5?")
    with pytest.raises(KeyboardInterrupt):
        for n, _ in enumerate(turn):
            if n == 7:
                raise KeyboardInterrupt
    reply = turn.reply
    assert (reply.stopped, reply.stats.finish, reply.text) == (True, "interrupted", "")
    assert len(reply.token_ids) == reply.stats.generated_tokens == reply.trace.generated.sum() == 7
    assert reply.thinking == model.tokenizer.decode(reply.token_ids[3:]) != "", "the frame is three tokens"
    covers_and_equals_a_fresh_trace(model, reply, close)
    spoken(PLAIN)
    assert model.chat("Hello").text == "Hello! Here I am."


def test_two_streams_at_once_do_not_mix(model, spoken, close):
    spoken(THOUGHT, PLAIN)
    first = model.stream("What is 7 + 5?")
    next(first)
    second = model.chat("Hello")
    *_, last = first
    assert (last.reply.text, second.text) == ("It is 12, of course.", "Hello! Here I am.")
    for reply in (last.reply, second):
        covers_and_equals_a_fresh_trace(model, reply, close)


def test_an_error_in_the_model_passes_and_leaves_it_usable(model, spoken, close, monkeypatch):
    forward, passes = model.generator.model.forward, []

    def fails(ids, *rest, **options):
        passes.append(len(ids))
        if len(passes) == 4:
            raise MemoryError("no memory left")
        return forward(ids, *rest, **options)

    spoken(THOUGHT, PLAIN)
    with monkeypatch.context() as patch, pytest.raises(MemoryError, match="no memory left"):
        patch.setattr(model.generator.model, "forward", fails)
        model.chat("What is 7 + 5?")
    reply = model.chat("Hello")
    assert reply.text == "Hello! Here I am."
    covers_and_equals_a_fresh_trace(model, reply, close)


def test_plain_text_is_continued_without_the_chat_format(model, scripted):
    scripted(model.tokenizer.encode(" there was a <|start|> fox") + [model.tokenizer.control_id("<|return|>")])
    turn = model.continuation("Once upon a time")
    assert "".join(e.text for e in turn if isinstance(e, Token)) == turn.reply.text == " there was a <|start|> fox"
    assert turn.reply.trace.token_ids[: turn.reply.stats.prompt_tokens].tolist() == model.tokenizer.encode("Once upon a time")


REFUSED = [
    (dict(prompt=""), OptionError), (dict(prompt=" \n"), OptionError), (dict(prompt=None), OptionError), (dict(prompt=3), OptionError),
    (dict(effort="extreme"), OptionError), (dict(effort=None), OptionError), (dict(system=7), OptionError),
    (dict(temperature=-1), OptionError), (dict(top_p=2), OptionError), (dict(max_tokens=0), OptionError), (dict(seed="x"), OptionError),
    (dict(history=5), OptionError), (dict(history="Hi"), OptionError), (dict(history=["Hi"]), OptionError),
    (dict(history=[{"role": "user"}]), OptionError), (dict(history=[{"role": "boss", "content": "Hi"}]), OptionError),
    (dict(edits="L3.E07=off"), EditError), (dict(edits=gn.Edits().ablate_expert(99, 0)), EditError),
    (dict(tools=5), OptionError), (dict(tools=print), OptionError), (dict(tools=["f"]), OptionError), (dict(tools=[int]), OptionError),
    (dict(prompt="word " * 3000), ContextLengthError),
]  # fmt: skip


@pytest.mark.parametrize("options, error", REFUSED, ids=[str(options)[:60] for options, _ in REFUSED])
def test_what_is_refused_leaves_all_as_it_was(model, spoken, options, error):
    spoken(PLAIN, PLAIN)
    first = model.chat("Hello")
    messages = copy.deepcopy(first.messages)
    for use in (model.chat, model.stream):
        with pytest.raises(error) as caught:
            use(**{"prompt": "And?", "history": first} | options)
        assert isinstance(caught.value, GptossError) and len(str(caught.value).splitlines()) == 2
    assert first.messages == messages
    assert model.chat("And?", history=first).stats.reused_tokens == first.trace.n_tokens


@pytest.mark.parametrize("ids", [[], [-1], [10**6], "", 5, None, [1.5], [[1, 2]], ["a"], [None]])
def test_token_ids_that_are_none(model, ids):
    with pytest.raises(OptionError) as caught:
        model.trace(ids)
    assert len(str(caught.value).splitlines()) == 2
    if ids != "":
        with pytest.raises(OptionError):
            model.logits(ids)


def test_longer_than_the_context(model):
    ids = [1] * (model.placement.context + 1)
    for use in (model.logits, model.trace):
        with pytest.raises(ContextLengthError):
            use(ids)


def test_a_saved_trace_loads_without_the_model(model, tmp_path):
    reply = model.chat("Hello", max_tokens=8, seed=0)
    reply.trace.save(tmp_path / "t.safetensors")
    loaded = gn.Trace.load(tmp_path / "t.safetensors")
    assert np.array_equal(loaded.expert_ids, reply.trace.expert_ids) and loaded.badge == reply.trace.badge
    assert len(loaded.to_pandas()) == reply.trace.n_tokens * model.config.n_layers * model.config.experts_per_token


def test_tokens_are_whole_characters(model, spoken):
    spoken(THOUGHT)
    tokens = [e for e in model.stream("?") if isinstance(e, Token)]
    assert any(a.text == "" and b.text == "十" for a, b in pairwise(tokens)) and not any("\ufffd" in t.text for t in tokens)


def test_what_the_engine_waits_for_is_an_event_and_no_part_of_the_reply(model, spoken, monkeypatch):
    generate, waits = model.generator.generate, Compiling("_down_kernel", 12, 34.2)

    def slow(*args):
        *_, tell = args
        tell(waits)
        yield from generate(*args)

    spoken(PLAIN, PLAIN)
    plain = model.chat("Hello", seed=0)
    model.forget()
    monkeypatch.setattr(model.generator, "generate", slow)
    first, second, *_, last = model.stream("Hello", seed=0)
    assert first is waits and isinstance(second, Prefilled) and isinstance(last, Finished)
    assert last.reply.text == plain.text and last.reply.token_ids == plain.token_ids
