"""Going on with a reply that was cut or stopped gives what an uncut one would have been; a stop from another thread ends it softly."""

import threading

import numpy as np
import pytest

from gptoss_nb.engine.events import Finished, Token, ToolCall, ToolResult
from gptoss_nb.errors import OptionError

THOUGHT = "<|channel|>analysis<|message|>one two three four five<|end|><|start|>assistant<|channel|>final<|message|>six seven eight<|return|>"


def run(turn):
    events = list(turn)
    return events, turn.reply


@pytest.mark.parametrize("cut", [1, 5, 9, 14])
def test_a_cut_reply_goes_on_as_if_it_had_not_been(model, cut):
    whole = model.chat("What is 345 + 278?", temperature=0)
    part = model.chat("What is 345 + 278?", temperature=0, max_tokens=cut)
    assert part.stats.finish == "length" and len(part.token_ids) == cut
    events, reply = run(model.more(part))
    assert (reply.text, reply.thinking, reply.messages, reply.token_ids) == (whole.text, whole.thinking, whole.messages, whole.token_ids)
    assert np.array_equal(reply.trace.expert_ids, whole.trace.expert_ids) and reply.trace.alternatives == whole.trace.alternatives
    np.testing.assert_allclose(reply.trace.logprobs, whole.trace.logprobs, atol=1e-5)
    assert reply.trace.generated.tolist() == whole.trace.generated.tolist() and reply.stats.prompt_tokens == whole.stats.prompt_tokens
    shown = [event for event in events if isinstance(event, Token)]
    assert [event.id for event in shown] == list(whole.token_ids) and isinstance(events[-1], Finished)  # what came before is shown again
    assert [event.channel for event in shown] == [e.channel for e in model.stream("What is 345 + 278?", temperature=0) if isinstance(e, Token)]
    assert all(len(event.experts) == 4 for event in shown)


def test_the_limit_is_of_what_comes_on_top(model):
    part = model.chat("What is 345 + 278?", temperature=0, max_tokens=5)
    _, reply = run(model.more(part, max_tokens=4))
    assert len(reply.token_ids) == 9 and reply.stats.finish == "length"


@pytest.mark.parametrize("options", [{}, {"top_k": 3}, {"top_p": 0.9}])
def test_chance_goes_on_where_it_was(model, options):
    settings = dict(temperature=2.0, seed=3, **options)
    whole = model.chat("Hello", max_tokens=12, **settings)
    part = model.chat("Hello", max_tokens=5, **settings)
    _, reply = run(model.more(part, max_tokens=7))
    assert reply.token_ids == whole.token_ids
    again = model.rerun(reply.trace)
    assert again.token_ids.tolist() == reply.trace.token_ids.tolist()  # all of it, not as many as were asked for at first


def test_stopped_between_a_function_and_what_the_model_says_to_it(model, spoken):
    calls = []

    def double(x: int) -> int:
        """Twice x."""
        calls.append(x)
        return 2 * x

    call = '<|channel|>analysis<|message|>let me see<|end|><|start|>assistant<|channel|>commentary to=functions.double <|constrain|>json<|message|>{"x": 21}<|call|>'
    spoken(call, THOUGHT)
    turn = model.turn("What is twice 21?", functions=[double])
    for event in turn:
        if isinstance(event, ToolResult):
            turn.stop()
    assert turn.reply.stopped and [m["role"] for m in turn.reply.messages] == ["user", "assistant", "assistant", "tool"]
    spoken(THOUGHT)
    _, reply = run(model.more(turn.reply, functions=[double]))
    assert calls == [21] and reply.text == "six seven eight" and reply.thinking == "let me see\n\none two three four five"
    assert [m["role"] for m in reply.messages] == ["user", "assistant", "assistant", "tool", "assistant", "assistant"]


def test_a_second_interrupt_while_the_reply_is_made_keeps_it(model, monkeypatch):
    turn, made = model.turn("Hello", temperature=0), []

    def twice(plain=turn._make_reply):
        made.append(1)
        if len(made) == 1:
            raise KeyboardInterrupt
        return plain()

    monkeypatch.setattr(turn, "_make_reply", twice)
    with pytest.raises(KeyboardInterrupt):
        run(turn)
    assert turn.reply.text and len(made) == 2


def test_plain_text_goes_on(model, spoken):
    """Words are put into its mouth: of itself it may end a plain text at once."""
    said = model.tokenizer.encode("one two three four five six seven eight")
    spoken(model.tokenizer.decode(said))
    turn = model.continuation("Once upon", temperature=0, max_tokens=4)
    run(turn)
    assert turn.reply.stats.finish == "length"
    spoken(model.tokenizer.decode(said[4:]))
    _, reply = run(model.more(turn.reply, max_tokens=3))
    assert list(reply.token_ids) == said[:7] and len(reply.token_ids) == 7 and reply.messages[0]["role"] == "assistant"


def test_conversations_go_on(model):
    first = model.chat("Hello", temperature=0)
    part = model.chat("What is 3 + 4?", temperature=0, history=first, max_tokens=3)
    _, reply = run(model.more(part))
    assert reply.messages == model.chat("What is 3 + 4?", temperature=0, history=first).messages


def test_after_a_call_of_a_tool(model, spoken):
    def double(x: int) -> int:
        """Twice x."""
        return 2 * x

    call = '<|channel|>commentary to=functions.double <|constrain|>json<|message|>{"x": 21}<|call|>'
    spoken(call, THOUGHT)
    limit = len(model.tokenizer.encode(call, control=True)) - 1 + 6
    part = model.chat("What is twice 21?", tools=[double], max_tokens=limit)
    assert part.stats.finish == "length" and part.thinking
    kept = len(part.messages)
    spoken(model.tokenizer.decode(model.tokenizer.encode(THOUGHT, control=True)[6:]))
    events, reply = run(model.more(part, functions=[double]))
    assert reply.thinking == "one two three four five" and reply.text == "six seven eight"
    assert [m["role"] for m in reply.messages] == ["user", "assistant", "tool", "assistant", "assistant"] and kept == 4
    assert not [event for event in events if isinstance(event, ToolCall | ToolResult)]


def test_a_whole_reply_has_no_more(model):
    for wrong in (model.chat("Hello", temperature=0), None, "text"):
        with pytest.raises(OptionError):
            model.more(wrong)


@pytest.mark.parametrize("after", [0, 7])
def test_a_stop_from_another_thread_ends_it_softly(model, after):
    turn = model.turn("What is 345 + 278?", temperature=0)
    got = []
    if after == 0:
        turn.stop()
    for event in turn:
        got.append(event)
        if len(got) == after:
            thread = threading.Thread(target=turn.stop)
            thread.start()
            thread.join()
    if after == 0:
        assert turn.reply is None and got == []
        return
    assert turn.reply.stopped and after - 1 <= len(turn.reply.token_ids) and turn.reply.stats.finish == "interrupted" and isinstance(got[-1], Finished)
    _, whole = run(model.more(turn.reply))
    assert whole.token_ids == model.chat("What is 345 + 278?", temperature=0).token_ids and not whole.stopped


def test_more_while_it_runs(model):
    turn = model.turn("What is 345 + 278?", temperature=0, max_tokens=5)
    for event in turn:
        if isinstance(event, Token) and len(turn.token_ids) == 3:
            assert turn.more(4) == 4
    assert len(turn.reply.token_ids) == 9
