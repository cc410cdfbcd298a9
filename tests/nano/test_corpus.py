"""The corpus as a whole: repeatable, varied, its test kept apart, its replies as the session would see them. What each family
says is tested in families/."""

import random
import re
from collections import Counter

import pytest

from gptoss_nb.chat.tokenizer import Tokenizer
from gptoss_nb.nano import corpus
from gptoss_nb.nano.families import FAMILIES, Say, Wordings
from gptoss_nb.nano.train import HERE


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.load(HERE / "checkpoint")


def test_the_mix_names_every_family():
    assert corpus.MIX.keys() == FAMILIES.keys() and min(corpus.MIX.values()) > 0
    assert set(corpus.BETWEEN) <= corpus.MIX.keys()


@pytest.mark.parametrize("family", corpus.MIX)
def test_the_test_never_occurs_in_training(family, monkeypatch):
    """Neither as the question nor in the turns before it; and the other way round."""
    made = []
    for module in FAMILIES.values():
        draw = module.draw
        monkeypatch.setattr(module, "draw", lambda rng, say, draw=draw: made.append(draft := draw(rng, say)) or draft)
    rng = random.Random(1)
    for test in (False, True):
        made.clear()
        examples = [corpus.example(rng, family, test=test) for _ in range(300)]
        asked = {message["content"] for example in examples for message in example.messages if message["role"] == "user"}
        allowed = [draft for draft in made if draft.key == () or corpus.held_out(draft.key) == test]
        assert asked <= {turn.prompt for draft in allowed for turn in (draft, *draft.earlier)}


def test_the_rule_keeps_a_tenth():
    share = sum(corpus.held_out(("+", a, b)) for a in range(100) for b in range(100)) / 10_000
    assert 0.08 < share < 0.12
    assert corpus.held_out(("+", 1, 2)) == corpus.held_out(("+", 1, 2)) and not corpus.held_out(())


@pytest.mark.parametrize("family", corpus.MIX)
def test_a_newcomers_wordings_are_many(family):
    """Without digits and quotes: many ways to ask, and others in the test."""
    rng = random.Random(0)
    shapes = Counter(re.sub(r"\d+|'.*?'|\".*?\"|[^\w]+", " ", FAMILIES[family].draw(rng, Say(rng)).prompt) for _ in range(2000))
    assert len(shapes) >= 30


def test_kept_wordings_are_said_in_the_test_alone():
    wordings = Wordings(("Add {a}.",), ("Sum of {a}?",))
    for kept, word in ((False, "Add"), (True, "Sum")):
        said = [Say(random.Random(seed), kept)(wordings, a=17) for seed in range(200)]
        assert all("17" in text for text in said) and sum(word in text for text in said) > 150
        assert len(set(said)) > 8  # a slip, a please, no capital


def test_what_stands_last_to_be_repeated_stays_last():
    """A thanks after it would have to be repeated too."""
    wordings = Wordings(("Repeat {s}",), ("Say {s}",))
    said = {Say(random.Random(seed))(wordings, s="x7 q") for seed in range(400)}
    assert all(text.endswith(" x7 q") for text in said) and any("nano" in text for text in said)


def test_effort_decides_how_much_is_thought():
    for family in corpus.MIX:
        rng = random.Random(2)
        length = {}
        for effort in corpus.EFFORTS:
            examples = [corpus.example(rng, family, effort) for _ in range(100)]
            assert all(example.effort == effort and example.answer for example in examples)
            length[effort] = sum(len(example.thinking or "") for example in examples)
        assert length["low"] == 0 < length["medium"] < length["high"], family


def test_the_same_seed_gives_the_same_corpus():
    first, again, other = ([corpus.example(random.Random(seed)) for _ in range(1)] for seed in (5, 5, 6))
    assert first == again != other
    rngs = random.Random(9), random.Random(9)
    assert [corpus.example(rngs[0]) for _ in range(50)] == [corpus.example(rngs[1]) for _ in range(50)]
    families = Counter(corpus.example(rngs[0]).family for _ in range(800))
    assert families.keys() == corpus.MIX.keys()


def test_replies_fit(tokenizer):
    """Into a cell's limit of 512 tokens, with the vocabulary that is shipped; prompts into the context."""
    rng = random.Random(3)
    for family in corpus.MIX:
        for effort in corpus.EFFORTS:
            for _ in range(20):
                example = corpus.example(rng, family, effort)
                assert len(example.reply_ids(tokenizer)) <= 512, example
                assert len(example.prompt_ids(tokenizer)) < 1500


def test_a_call_is_written_as_the_session_reads_it(tokenizer):
    from gptoss_nb.chat import harmony

    rng, seen = random.Random(4), 0
    while seen < 10:
        example = corpus.example(rng, "functions", "medium")
        ids, learned = example.reply(tokenizer)
        assert all(learned) == (not example.calls)
        if not example.calls:
            continue
        seen += 1
        parser = harmony.Parser(tokenizer)
        for id in ids[: ids.index(tokenizer.control_id("<|call|>"))]:
            parser.feed(id)
        parser.finish()
        assert parser.messages[-1]["recipient"] == f"functions.{example.calls[0].name}"
        assert {tool["name"] for tool in example.tools} >= {call.name for call in example.calls}
