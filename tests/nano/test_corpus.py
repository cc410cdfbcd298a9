"""What nano is taught is right, varied and repeatable, and the test's share of it never occurs in training."""

import random
import re
from collections import Counter

import pytest

from gptoss_nb.nano import corpus
from gptoss_nb.nano.families import FAMILIES

N = 3000


def drawn(family: str, n: int = N, seed: int = 0):
    rng = random.Random(f"{family} {seed}")
    return [FAMILIES[family].draw(rng) for _ in range(n)]


def operands(text: str) -> list[int]:
    return [int(found) for found in re.findall(r"\d+", text)]


def alphas(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())


def test_sums_are_right():
    for draft in drawn("sums"):
        sign, a, b = draft.key
        result = a + b if sign == "+" else a - b
        assert 0 <= a < 1000 and 0 <= b < 1000 and draft.answer == f"{a} {sign} {b} = {result}."
        assert sorted(operands(draft.prompt)) == sorted([a, b])
        minus = sign == "-" and re.search(r"^\D*\d+ ?-", draft.prompt)
        assert not minus or operands(draft.prompt) == [a, b]
        assert not re.search("(?i)subtract|take", draft.prompt) or operands(draft.prompt) == [b, a]
        for thought in (draft.medium, draft.high):
            for left, right in re.findall(r"([\d+-]+)=(\d+)", thought):
                assert sum(map(int, re.findall(r"[+-]?\d+", left))) == int(right), thought
            assert operands(thought)[-1] == abs(result)


def test_numbers_are_compared_and_sorted_right():
    kinds = Counter()
    for draft in drawn("numbers"):
        kind, *values = draft.key
        kinds[kind] += 1
        given = operands(draft.prompt)
        assert sorted(given) == sorted(values)
        if kind == "sort":
            down = "desc" in alphas(draft.prompt) or "largest to" in draft.prompt or _down(draft)
            assert operands(draft.answer) == sorted(given, reverse=down)
            for thought in (draft.medium, draft.high):
                assert_worked_out(thought, given, "Largest" if down else "Smallest", len(given))
        elif kind == "extreme":
            word, pick = re.fullmatch(r"The (largest|smallest) is (\d+)\.", draft.answer).groups()
            assert int(pick) == (max if word == "largest" else min)(given)
            for thought in (draft.medium, draft.high):
                assert_worked_out(thought, given, word.capitalize(), 1)
        else:
            a, b = given
            if a == b:
                assert draft.answer == f"{a} and {b} are equal."
                continue
            said = re.fullmatch(r"(Yes, |No, |)(\d+) is (larger|smaller) than (\d+)\.", draft.answer)
            x, y = int(said[2]), int(said[4])
            assert {x, y} == {a, b} and (x > y) == (said[3] == "larger")
            if said[1]:
                asked_larger = ">" in draft.prompt or not re.search("smaller|less|<", draft.prompt)
                if "<" in draft.prompt or ">" in draft.prompt:  # without a word that a slip may have spoilt
                    assert (said[1] == "Yes, ") == ((a > b) == asked_larger)
    assert min(kinds.values()) > N / 10


def assert_worked_out(thought: str, given: list[int], word: str, n_picks: int):
    """Each pick is the first largest or smallest of the lettered list before it, and leaves the list."""
    assert thought.startswith(word)
    left = dict(zip("abcdef", given, strict=False))
    lists = re.findall(r"[a-f]\d{3}(?: [a-f]\d{3})*", thought)
    picks = re.findall(r"(\d{3})(?:, that is)? ([a-f])\b", thought)
    assert len(lists) == len(picks) == n_picks
    for listed, (number, letter) in zip(lists, picks, strict=True):
        assert listed == " ".join(f"{name}{value:03}" for name, value in left.items())
        assert letter == (max if word == "Largest" else min)(left, key=left.get) and int(number) == left.pop(letter)


def _down(draft) -> bool:
    """A slip of the finger may have hidden the word: the thinking begins with it."""
    return draft.high.startswith("Largest")


def test_words_are_spelled_and_reversed_right():
    for draft in drawn("words"):
        (key,) = draft.key
        found = re.search(re.escape(key), draft.prompt, re.IGNORECASE)
        assert found, draft
        word = found[0] if draft.prompt.lower().count(key) == 1 else None
        letters, back = "-".join(key), "-".join(reversed(key))
        assert draft.answer.lower() in (letters, back, key[::-1])
        assert word is None or draft.answer in ("-".join(word), "-".join(reversed(word)), word[::-1])
        reverse = alphas(draft.answer) != key or key == key[::-1]
        assert reverse or not re.search("(?i)reverse|backward", draft.prompt.lower().replace(key, ""))
        assert (" > " in draft.medium) == (draft.answer.lower() != letters) or key == key[::-1]


def test_strings_are_repeated_right():
    for draft in drawn("strings"):
        (text,) = draft.key
        assert draft.answer == text and text in draft.prompt and text in draft.medium and draft.high.count(text) >= 2


def test_talk_answers_from_the_earlier_turns():
    told = 0
    for draft in drawn("talk"):
        earlier = " ".join(turn.prompt for turn in draft.earlier)
        if found := re.fullmatch(r"Your (name|favorite color) is (\w+)\.", draft.answer):
            told += 1
            assert found[2] in earlier and (found[1] != "name" or found[2].lower() == draft.key[0])
        elif draft.answer == "You have not told me your name.":
            assert not [turn for turn in draft.earlier if "nice to meet you" in turn.answer]
        elif draft.answer == "You have not told me your favorite color.":
            assert not [turn for turn in draft.earlier if "nice color" in turn.answer]
        elif found := re.fullmatch(r"Hello (\w+), nice to meet you\.", draft.answer):
            assert found[1] in draft.prompt
    assert told > N / 5


@pytest.fixture
def made(monkeypatch) -> list:
    """(family, draft) of each draft that is made, used or dropped."""
    made = []
    for name, module in FAMILIES.items():
        draw = module.draw
        monkeypatch.setattr(module, "draw", lambda rng, name=name, draw=draw: made.append((name, draft := draw(rng))) or draft)
    return made


def questions(made, held_out: bool) -> set[str]:
    """The prompts that stand for a key; those of talk say nothing of it, its names are looked at instead."""
    return {draft.prompt for name, draft in made if name != "talk" and corpus.held_out(draft.key) == held_out}


def names(examples) -> set[str]:
    told = " ".join(message["content"] for example in examples for message in example.messages)
    return set(re.findall(r"Hello (\w+), nice", told + "".join(example.answer for example in examples)))


@pytest.mark.parametrize("family", corpus.MIX)
def test_the_test_never_occurs_in_training(family, made):
    """Neither as the question nor in the turns before it; and the other way round."""
    rng = random.Random(1)
    for test, n in ((False, N), (True, N // 10)):
        made.clear()
        examples = [corpus.example(rng, family, test=test) for _ in range(n)]
        asked = {message["content"] for example in examples for message in example.messages if message["role"] == "user"}
        ours, others = questions(made, test), questions(made, not test)
        assert others and asked & ours and not asked & (others - ours)
        assert all(corpus.held_out((name.lower(),)) == test for name in names(examples))
        assert family != "talk" or len(names(examples)) > 20


def test_the_rule_keeps_a_tenth():
    share = sum(corpus.held_out(("+", a, b)) for a in range(100) for b in range(100)) / 10_000
    assert 0.08 < share < 0.12
    assert corpus.held_out(("+", 1, 2)) == corpus.held_out(("+", 1, 2))


@pytest.mark.parametrize("family", corpus.MIX)
def test_many_wordings(family):
    """With the operands taken out, and without slips: many ways to ask."""
    shapes = Counter()
    for draft in drawn(family, 2000):
        text = draft.prompt
        for part in sorted(map(str, draft.key), key=len, reverse=True):
            text = re.sub(re.escape(part), "_", text, flags=re.IGNORECASE) if part.isalpha() or family == "strings" else text
        shapes[re.sub(r"[\d_][\d_, ]*", "_", text)] += 1
    assert sum(n >= 3 for n in shapes.values()) >= 25


def test_effort_decides_how_much_is_thought():
    for family in corpus.MIX:
        rng = random.Random(2)
        length = {}
        for effort in corpus.EFFORTS:
            examples = [corpus.example(rng, family, effort) for _ in range(100)]
            assert all(example.effort == effort and example.answer for example in examples)
            length[effort] = sum(len(example.thinking or "") for example in examples)
        assert length["low"] == 0 < length["medium"] < length["high"]


def test_the_same_seed_gives_the_same_corpus():
    first, again, other = ([corpus.example(random.Random(seed)) for _ in range(1)] for seed in (5, 5, 6))
    assert first == again != other
    rngs = random.Random(9), random.Random(9)
    assert [corpus.example(rngs[0]) for _ in range(50)] == [corpus.example(rngs[1]) for _ in range(50)]
    families = Counter(corpus.example(rngs[0]).family for _ in range(500))
    assert families.keys() == corpus.MIX.keys()
