"""The streaming parser: openai-harmony's answers on well-formed messages, and no exception on anything else."""

import gc
import random
import sys
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gptoss_nb.chat.harmony import Parser, encode, label

relaxed = settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])


def parse(tokenizer, text, role="assistant", finish=True):
    """Feed `text`, control tokens recognised; the messages, and the deltas."""
    parser = Parser(tokenizer, role)
    deltas = [parser.feed(id) for id in tokenizer.encode(text, control=True)]
    return parser.messages if not finish else (deltas.append(parser.finish()), parser.messages)[1], deltas


def said(channel, content, **more):
    return {"role": "assistant"} | ({"channel": channel} if channel else {}) | more | {"content": content}


def test_a_reply(tiny):
    messages, deltas = parse(tiny, "<|channel|>analysis<|message|>é?<|end|><|start|>assistant<|channel|>final<|message|>中!<|return|>")
    assert messages == [said("analysis", "é?"), said("final", "中!")]
    assert "".join(d.text for d in deltas) == "é?中!"
    assert [d.channel for d in deltas if d.text] == ["analysis", "analysis", "final", "final"]
    assert [(d.message, d.channel) for d in deltas if d.opened] == [(0, "analysis"), (1, "final")]
    assert [(d.message, d.channel) for d in deltas if d.closed] == [(0, "analysis"), (1, "final")]
    assert {d.role for d in deltas} == {"assistant"}


CALLS = [" to=functions.f<|channel|>commentary <|constrain|>json", "<|channel|>commentary to=functions.f <|constrain|>json",
         "<|channel|>commentary to=functions.f<|constrain|>json"]


@pytest.mark.parametrize("header", CALLS)
def test_a_call(header, tiny):
    messages, deltas = parse(tiny, header + '<|message|>{"a": 1}<|call|>')
    assert messages == [said("commentary", '{"a": 1}', recipient="functions.f", content_type="<|constrain|>json")]
    assert {d.recipient for d in deltas if d.text} == {"functions.f"}


RECOVERED = {
    "Hello there<|end|>": [said("final", "Hello there")],
    "Hello": [said("final", "Hello")],
    "Hello\nWorld <|message|>": [said("final", "Hello\nWorld <|message|>")],
    "<|channel|>analysis Hmm<|return|>": [said("analysis", "Hmm")],
    "<|channel|>analysis\nHmm<|end|>": [said("analysis", "Hmm")],
    "<|channel|>final\n<|message|>Hi<|return|>": [said("final", "Hi")],
    "<|message|>Hi<|return|>": [said("", "Hi")],
    "<|channel|><|message|>Hi<|return|>": [said("", "Hi")],
    "<|channel|>strange<|message|>Hi<|return|>": [said("strange", "Hi")],
    "<|channel|>analysis<|channel|>final<|message|>Hi": [said("final", "Hi")],
    "<|channel|>analysis<|message|>a<|channel|>final<|message|>b": [said("analysis", "a"), said("final", "b")],
    "<|channel|>analysis<|message|>a<|start|>assistant<|channel|>final<|message|>b": [said("analysis", "a"), said("final", "b")],
    "<|channel|>final<|message|>a<|return|>b": [said("final", "a"), said("final", "b")],
    "<|channel|>final<|message|>a<|return|><|channel|>analysis<|message|>b": [said("final", "a"), said("analysis", "b")],
    "<|channel|>final<|message|>a<|return|><|message|>b": [said("final", "a"), said("", "b")],
    "<|channel|>final<|message|>a<|end|><|end|><|return|>": [said("final", "a")],
    "<|channel|>final<|message|>a<|endoftext|>": [said("final", "a")],
    "<|channel|>final<|message|>a<|constrain|>b<|reserved_9|>": [said("final", "a<|constrain|>b<|reserved_9|>")],
    "<|start|><|start|>assistant<|start|>assistant<|channel|>final<|message|>a": [said("final", "a")],
    "hm<|start|>assistant<|channel|>final<|message|>a": [said("final", "hm"), said("final", "a")],
    "<|channel|>final<|message|><|message|>a": [said("final", "a")],
    "<|end|>": [], "<|return|><|call|>": [], "<|start|>": [], "": [],
    "<|channel|>analysis<|end|>": [said("analysis", "")],
    "<|start|>user:bob<|message|>x<|end|>": [{"role": "user", "name": "bob", "content": "x"}],
    "<|start|>king<|message|>x<|end|>": [{"role": "tool", "name": "king", "content": "x"}],
}


@pytest.mark.parametrize("text", RECOVERED)
def test_recoveries(text, tiny):
    messages, deltas = parse(tiny, text)
    assert messages == RECOVERED[text]
    assert "".join(d.text for d in deltas) == "".join(m["content"] for m in messages)
    assert sum(d.closed for d in deltas) == len(messages)


def test_a_header_without_end_becomes_text_in_bounded_time(tiny):
    words = "never ending " * 300
    messages, deltas = parse(tiny, words, finish=False)
    assert messages == [said("final", words)] and deltas[-1].channel == "final" and deltas[-1].text


def test_bytes_and_ids_that_are_none(tiny):
    parser = Parser(tiny)
    for id in tiny.encode("<|channel|>final<|message|>", control=True) + [0xE4, 0xB8, -1, 10**9, 0xF0, 0x9F]:
        parser.feed(id)
    assert parser.messages == [said("final", "\ufffd\ufffd\ufffd")]
    assert parser.feed(tiny.control_id("<|end|>")).text == "\ufffd"
    assert parser.finish().text == parser.finish().text == "" and parser.messages == [said("final", "\ufffd" * 4)]


@relaxed
@given(st.lists(st.one_of(st.integers(250, 280), st.integers(-2, 300)), max_size=60), st.sampled_from(["assistant", None, "user"]))
def test_anything_at_all(tiny, ids, role):
    parser, text, opened = Parser(tiny, role), {}, []
    for delta in [*map(parser.feed, ids), parser.finish()]:
        text[delta.message] = text.get(delta.message, "") + delta.text
        opened += [delta.message] * delta.opened
    assert opened == list(range(len(parser.messages)))
    assert [text[number] for number in opened] == [message["content"] for message in parser.messages]
    assert "".join(text.values()) == "".join(text[number] for number in opened)  # none outside of a message
    assert [len(part) for part in label(tiny, ids)] == [len(ids)] * 3


def test_labels_of_prompt_and_reply(tiny):
    prompt = encode(tiny, [{"role": "user", "content": "Hi"}])
    ids = prompt + tiny.encode("<|channel|>analysis<|message|>m<|end|><|start|>assistant<|channel|>final<|message|>Hi<|return|>", control=True)
    roles, channels, messages = label(tiny, ids)
    runs = [(messages[n], roles[n], channels[n], tiny.decode([ids[n]])) for n in range(len(ids))
            if n == 0 or (messages[n], roles[n], channels[n]) != (messages[n - 1], roles[n - 1], channels[n - 1])]
    assert runs == [(0, "system", "", "<|start|>"), (1, "user", "", "<|start|>"), (2, "assistant", "", "<|start|>"),
                    (2, "assistant", "analysis", "<|channel|>"), (3, "assistant", "", "<|start|>"),
                    (3, "assistant", "final", "<|channel|>")]
    assert label(tiny, prompt).roles[-1] == "assistant" and label(tiny, prompt).channels[-1] == ""


def test_labels_of_plain_text(tiny):
    assert set(zip(*label(tiny, tiny.encode("the thing")))) == {("", "", 0)}
    assert label(tiny, []) == ([], [], [])


def test_messages_go_back_into_encode(tiny):
    talk = [{"role": "user", "name": "bob", "content": "<|end|>"}, said("analysis", ""), said("commentary", "{}", recipient="functions.f"),
            {"role": "tool", "name": "functions.f", "channel": "commentary", "recipient": "assistant", "content": "3"}, said("final", "3")]
    talk.insert(0, {"role": "user", "content": "x", "channel": "final"})
    ids = encode(tiny, talk)
    parser = Parser(tiny, role=None)
    for id in ids:
        parser.feed(id)
    assert parser.messages[1:] == talk and encode(tiny, parser.messages[1:]) == ids


def test_a_content_type_without_a_recipient(tiny):
    messages, _ = parse(tiny, "<|channel|>final <|constrain|>json<|message|>{}<|return|>")
    assert messages == [said("final", "{}", content_type="<|constrain|>json")]


class Writer:
    """Ids of random messages that are well formed, as prompts and models write them: texts cut into tokens anywhere, a
    recipient in either place, contents that may hold broken UTF-8 and reserved tokens."""

    def __init__(self, tokenizer, rng, text_of):
        self.tokenizer, self.rng, self.text_of = tokenizer, rng, text_of

    def conversation(self, completion: bool) -> list[int]:
        ids = [id for n in range(self.rng.randrange(1, 5)) for id in self.message(completion and n == 0)]
        return ids[:-1] if self.rng.random() < 0.2 else ids  # the last one unfinished

    def message(self, completion: bool) -> list[int]:
        """From `<|start|>` to its end; `completion` begins after the role."""
        maybe, choice = lambda p: self.rng.random() < p, self.rng.choice
        roles = ["assistant", "assistant", "user", "system", "developer", "functions.f", "browser.search"]
        role = "assistant" if completion else choice(roles)
        to = choice(["functions.f", "python", "a.b_c-9", "assistant"]) if "." in role or maybe(0.4) else None
        channel = choice(["analysis", "commentary", "final", "other"]) if maybe(0.85) else None
        kind = choice(["json", "code"]) if to and maybe(0.5) else None  # release 0.0.8 takes one without a recipient for a recipient
        first = to and (channel is None or maybe(0.5))  # before the channel
        ids = [] if completion else self.control("<|start|>") + self.cut(role)
        ids += self.cut(f" to={to}") if first else []
        tail = f" to={to}" if to and not first else ""
        if channel:
            ids += self.control("<|channel|>")
            tail = channel + tail
        if kind and maybe(0.5):
            ids += self.cut(tail + choice([" ", ""])) + self.control("<|constrain|>") + self.cut(kind)
        else:
            ids += self.cut(f"{tail} {kind}" if kind else tail + choice(["", "", " "]))
        return ids + self.control("<|message|>") + self.content() + self.control(choice(["<|end|>", "<|end|>", "<|return|>", "<|call|>"]))

    def control(self, name: str) -> list[int]:
        return [self.tokenizer.control_id(name)]

    def cut(self, text: str) -> list[int]:
        if self.rng.random() < 0.5:
            return self.tokenizer.encode(text)
        step = self.rng.choice([1, 2, 5, 30])
        return [id for n in range(0, len(text), step) for id in self.tokenizer.encode(text[n:n + step])]

    def content(self) -> list[int]:
        if self.rng.random() < 0.7:
            return self.cut(self.text_of(self.rng))
        ids = [self.rng.randrange(self.rng.choice([256, 2000, 199_998])) for _ in range(self.rng.randrange(10))]
        return ids + self.rng.choice([[], self.control("<|reserved_200013|>"), self.control("<|startoftext|>")])


def test_2_000_well_formed_conversations_equal_openai_harmony(published, oracle, random_whole_text):
    import openai_harmony as oh
    rng = random.Random(3)
    for n in range(2000):
        completion = n % 2 == 0
        ids, text = Writer(published, rng, random_whole_text).conversation(completion), ""
        ours = Parser(published, "assistant" if completion else None)
        theirs = oh.StreamableParser(oracle, oh.Role.ASSISTANT if completion else None)
        for id in ids:
            delta = ours.feed(id)
            theirs.process(id)
            text = delta.text if delta.opened else text + delta.text
            if not delta.closed and theirs.current_content:
                assert (delta.channel or None, delta.recipient) == (theirs.current_channel, theirs.current_recipient)
                assert delta.role == theirs.current_role.value
                if "\ufffd" not in text + theirs.current_content:  # of broken UTF-8 the one or the other tells a token earlier
                    assert text == theirs.current_content
        ours.finish()
        theirs.process_eos()
        plain = [message.to_dict() for message in theirs.messages]
        for message in plain:
            message["content"] = message["content"][0]["text"]
        assert ours.messages == [{key: value for key, value in m.items() if value is not None} for m in plain], published.decode(ids)


WHATEVER_LONG = {
    "prose": ("<|channel|>final<|message|>", "the thing 中文 "),
    "text without a frame": ("", "the thing 中文\n"),
    "frames in a content": ("<|channel|>final<|message|>a", "<|message|>"),
    "frames in an empty content": ("<|channel|>final<|message|>", "<|message|>"),
    "many messages": ("", "<|start|>user<|message|>x<|end|>"),
    "starts alone": ("", "<|start|>"),
    "long headers": ("", "<|channel|>a <|constrain|>b to=c " * 60 + "<|start|>"),
}


@pytest.mark.parametrize("start, unit", WHATEVER_LONG.values(), ids=WHATEVER_LONG)
def test_a_token_costs_the_same_however_long_the_text(start, unit, tiny):
    """In calls, of Python and C, and in memory taken for a moment, as whatever runs over the text so far again takes it."""
    parser, unit = Parser(tiny), tiny.encode(unit, control=True)
    ids = unit * -(-1000 // len(unit))
    for id in tiny.encode(start, control=True) + ids:
        parser.feed(id)
    calls, memory = _calls(parser, ids), _memory(parser, ids)
    for id in ids * 20:
        parser.feed(id)
    assert _calls(parser, ids) == calls < 400 * len(ids)
    assert _memory(parser, ids) < 1.1 * memory + 1000 < 20_000 * len(ids)


def _calls(parser, ids) -> int:
    seen = []
    gc.disable()  # it, too, calls something now and then
    sys.setprofile(lambda frame, event, argument: seen.append(event))
    try:
        for id in ids:
            parser.feed(id)
    finally:
        sys.setprofile(None)
        gc.enable()
    return seen.count("call") + seen.count("c_call")


def _memory(parser, ids) -> int:
    """Bytes that were taken and given back within a token, summed."""
    passing = 0
    tracemalloc.start()
    try:
        for id in ids:
            tracemalloc.reset_peak()
            parser.feed(id)
            now, peak = tracemalloc.get_traced_memory()
            passing += peak - now
    finally:
        tracemalloc.stop()
    return passing
