"""What each family says is right, checked by another route than the one that made it."""

import ast
import random
import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from gptoss_nb.nano import families
from gptoss_nb.nano.families import FAMILIES, Say, calendar, facts, instructions, memory, translation
from gptoss_nb.nano.families.draft import wordings
from gptoss_nb.nano.families.unknown import DONT_KNOW


def drawn(family: str, n: int = 1500):
    rng = random.Random(f"test {family}")
    return [FAMILIES[family].draw(rng, Say(rng, kept)) for kept in (False, True) for _ in range(n // 2)]


def numbers(text: str) -> list[int]:
    return [int(found) for found in re.findall(r"\d+", text)]


@pytest.mark.parametrize("family", ["sums", "large_sums", "products"])
def test_arithmetic(family):
    for draft in drawn(family):
        task, result = draft.answer.rstrip(".").split(" = ")
        assert eval(task.replace("/", "//")) == int(result) and eval(task.replace("/", "%") if "/" in task else "0") == 0
        assert sorted(numbers(task)) == sorted(numbers(draft.prompt))
        for thought in (draft.medium, draft.high):
            for left, right in re.findall(r"(?<![\d<])(\d+(?:[-+*]\d+)+)=(\d+)\b", thought):
                assert eval(re.sub(r"\b0+(?=\d)", "", left)) == int(right), thought
        if "-" in task and re.search(r"\d ?- ?\d", draft.prompt):
            assert numbers(draft.prompt) == numbers(task)
        assert draft.mistaken == "" or draft.mistaken.rstrip(".") != draft.medium


def test_comparing():
    for draft in drawn("comparing"):
        given = numbers(draft.prompt)
        if found := re.fullmatch(r"The (largest|smallest) is (\d+)\.", draft.answer):
            assert int(found[2]) == (max if found[1] == "largest" else min)(given)
        elif found := re.fullmatch(r"(Yes, |No, |)(\d+) is (larger|smaller) than (\d+)\.", draft.answer):
            assert (int(found[2]) > int(found[4])) == (found[3] == "larger") and {int(found[2]), int(found[4])} == set(given)
        else:
            assert given[0] == given[1] and draft.answer.endswith("are equal.")


def test_sorting():
    for draft in drawn("sorting"):
        down = draft.medium.startswith("Largest")
        assert numbers(draft.answer) == sorted(numbers(draft.prompt), reverse=down) and numbers(draft.prompt)
        picks = [int(pick) for pick in re.findall(r"> (\d{3}) ", draft.medium + " ")]
        assert picks == numbers(draft.answer)
        assert not draft.mistaken or draft.mistaken.rstrip(".") != draft.medium


def test_words_and_letters():
    for draft in drawn("words"):
        word = draft.medium.split(" > ")[0].replace(" ", "")
        assert word in draft.prompt
        ends = (f"The first letter of {word} is {word[0]}.", f"The last letter of {word} is {word[-1]}.")
        assert draft.answer in ("-".join(word), word[::-1], "-".join(word[::-1]), *ends)
        if re.search("(?i)backwards|reverse", draft.prompt):
            assert draft.answer.replace("-", "") == word[::-1]
    for draft in drawn("letters"):
        if found := re.fullmatch(r"(\w+) has (\d+) (letter|vowel)s?\.", draft.answer):
            assert int(found[2]) == sum(found[3] == "letter" or c in "aeiouAEIOU" for c in found[1])
        elif found := re.fullmatch(r"The letter (\w) does not occur in (\w+)\.", draft.answer):
            assert found[1] not in found[2].lower()
        else:
            letter, times, word = re.fullmatch(r"The letter (\w) occurs (once|\d+ times) in (\w+)\.", draft.answer).groups()
            assert word.lower().count(letter) == (1 if times == "once" else int(times.split()[0]))


def test_strings_and_brackets():
    for draft in drawn("strings"):
        text = draft.key[0]
        assert text in draft.prompt and draft.answer == (" ".join([text] * draft.key[1]) if len(draft.key) == 2 else text)
    kinds = Counter()
    for draft in drawn("brackets"):
        left = draft.key[0]
        while left != (left := left.replace("()", "").replace("[]", "").replace("{}", "")):
            pass
        assert draft.answer == ("No, the brackets do not match." if left else "Yes, the brackets match.")
        kinds[draft.answer] += 1
    assert min(kinds.values()) > 300


def test_python():
    for draft in drawn("python"):
        assert repr(eval(draft.key[0])) == draft.answer and draft.key[0] in draft.prompt
        ast.literal_eval(draft.answer)


def test_facts_are_consistent():
    assert len(set(facts.CAPITALS.values())) == len(facts.CAPITALS) >= 50
    assert len({word for pair in facts.OPPOSITES for word in pair}) == 2 * len(facts.OPPOSITES)
    assert [facts.numeral(n) for n in (0, 13, 20, 42, 100)] == ["zero", "thirteen", "twenty", "forty-two", "one hundred"]
    assert len({facts.numeral(n) for n in range(101)}) == 101
    assert all(draft.answer.endswith(".") and draft.answer[0] == draft.answer[0].upper() for draft in drawn("facts"))


def test_calendar():
    for draft in drawn("calendar"):
        if found := re.fullmatch(r"(\d+) days after (\w+) is (\w+)\.", draft.answer):
            n, day, later = int(found[1]), found[2], found[3]
            assert (calendar.WEEK.index(day) + n - calendar.WEEK.index(later)) % 7 == 0
        elif found := re.fullmatch(r"It is (\w+) (\d+)\.", draft.answer):
            (written, n) = draft.key
            month, day = written.split()
            later = date(2023, calendar.MONTHS.index(month) + 1, int(day)) + timedelta(days=n)
            assert (calendar.MONTHS[later.month - 1], later.day) == (found[1], int(found[2]))
        elif found := re.fullmatch(r"It is (\d+):(\d\d)\.", draft.answer):
            hour, minute, n = draft.key
            assert (hour + n) % 24 == int(found[1]) and minute == int(found[2])
        elif found := re.fullmatch(r"(Yes|No), (\d+) is (not )?a leap year\.", draft.answer):
            year = int(found[2])
            assert (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)) == (found[1] == "Yes") == (found[3] is None)
        elif found := re.fullmatch(r"(\d+) (\w+) are (\d+) (\w+)\.", draft.answer):
            factor = {"weeks days": 7, "days hours": 24, "hours minutes": 60, "minutes seconds": 60, "years months": 12}
            assert int(found[3]) == int(found[1]) * factor[f"{found[2]} {found[4]}"]


def test_the_phrasebook_is_unambiguous():
    """In no language do two entries say the same: then a translation is one."""
    for language in range(4):
        said = [entry[language] for entry in translation.ENTRIES]
        assert len(set(said)) == len(said) >= 100
    table = {(a, b): (entry, at, to) for entry in translation.ENTRIES for at, a in enumerate(entry) for to, b in enumerate(entry)}
    for draft in drawn("translation"):
        if draft.answer.startswith("It is ") and draft.answer.rstrip(".").split()[-1] in translation.LANGUAGES:
            continue
        assert any(b == draft.answer and a.rstrip(".!?").lower() in draft.prompt.lower() for a, b in table)


def test_stories_answer_from_the_story():
    for draft in drawn("stories"):
        if " + " in draft.medium or " - " in draft.medium:
            assert numbers(draft.answer)[-1] == eval(draft.medium.rpartition(": ")[2].split(" = ")[0])
        elif draft.answer != "The story does not say.":
            first, *_, last = draft.answer.removeprefix("The ").rstrip(".").split()
            assert first in draft.prompt and last in draft.prompt
            assert draft.medium.endswith("Not there.") or draft.medium.rpartition("? ")[2] in draft.prompt or ": " in draft.medium


def test_memory_knows_the_newest():
    for draft in drawn("memory"):
        told = [turn.prompt for turn in draft.earlier]
        if draft.answer.startswith("You have not told me"):
            continue
        if found := re.fullmatch(r"Asked (\w+). Told: (.+?)\. \1: (.+)\.", draft.medium):
            subject, listed, value = found.groups()
            assert subject in (listed := listed.split(", ")) and len(set(listed)) == len(listed) >= len(draft.earlier) - 1  # one corrected
            telling = memory.THINGS[subject][2].format(v=value)
            assert any(telling in turn.answer for turn in draft.earlier)
            assert value in draft.answer and any(value in text for text in told)


def test_instructions_are_followed():
    seen = Counter()
    for draft in drawn("instructions"):
        asked = f"{draft.developer or ''} {draft.prompt}"
        if draft.answer.isupper():
            seen["upper"] += 1
        elif draft.answer == draft.answer.lower():
            seen["lower"] += 1
        elif found := re.search(r"'(\w+[.!])'", asked):
            seen["worded"] += 1
            assert draft.answer.startswith(found[1]) or draft.answer.endswith(found[1])
        seen["developer"] += draft.developer is not None
        if " capitals" in asked:
            assert draft.answer == draft.answer.lower() if re.search("(Never|not|No|Without) [^?.]*capitals", asked) else draft.answer.isupper()
    assert min(seen.values()) > 50 and instructions.COUNTRIES.keys() <= facts.CAPITALS.keys()


def test_functions_call_what_is_offered():
    kinds = Counter()
    for draft in drawn("functions"):
        offered = {tool["name"]: tool["parameters"] for tool in draft.tools}
        assert len(offered) == len(draft.tools) >= 1
        for call in draft.calls:
            assert set(call.arguments) == set(offered[call.name]["required"])
            assert all(str(value) in draft.prompt for value in call.arguments.values())
            assert call.result in draft.answer
        kinds[len(draft.calls)] += 1
    assert min(kinds[n] for n in (0, 1, 2)) > 80


def test_talk_and_unknown():
    assert len({draft.answer for draft in drawn("talk")}) >= 25
    assert {draft.answer for draft in drawn("unknown")} == {DONT_KNOW}


def test_joined_instructions_and_dashes():
    words = {*facts.CAPITALS.values(), *facts.PLURALS.values(), *facts.COLOURS.values(), *(w for pair in facts.OPPOSITES for w in pair)}
    dashed = 0
    for draft in drawn("instructions", 3000):
        if re.fullmatch(r"\w(-\w)+", draft.answer):
            dashed += 1
            word = draft.answer.replace("-", "")
            assert word in words or word.endswith("day")
            assert f"{word}." in draft.medium or f" {word} " in draft.medium or word.endswith("day")
            assert " ".join(word) in draft.medium and draft.high.endswith(draft.answer)
    assert dashed > 100


def test_sums_are_right_whatever_the_instruction():
    sums = [re.search(r"(\d) \+ (\d) = (\d+)", draft.medium) for draft in drawn("instructions", 3000)]
    assert all(int(a) + int(b) == int(c) for a, b, c in (found.groups() for found in sums if found)) and any(sums)


def test_a_language_is_asked_only_where_it_can_be_told():
    for draft in drawn("translation", 3000):
        if draft.answer.startswith("It is ") and " is " in draft.medium and " > " not in draft.medium:
            word, language = draft.medium.rsplit(" is ", 1)
            at = translation.LANGUAGES.index(language)
            holders = {k for entry in translation.ENTRIES for k in range(4) if entry[k].lower() == word.lower()}
            assert holders == {at} and word not in translation.FALSE_FRIENDS


TEXTS = sorted((Path(families.__file__).parent / "wordings").glob("*.txt"))


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.stem)
def test_wordings_are_many_and_those_of_the_test_are_others(text):
    assert text.stem in FAMILIES
    names = [line[1:-1] for line in text.read_text("utf-8").split("\n") if line.startswith("[")]
    assert len(set(names)) == len(names) and names[1::2] == [f"{name}, test" for name in names[::2]]
    for found in wordings(text.stem, *names[::2]):
        trained, kept = ({wording.strip(".?!").lower() for wording in some} for some in (found.trained, found.kept))
        assert not trained & kept and len(found.trained) >= 12 and len(found.kept) >= 3
        assert len(set(found.trained)) == len(found.trained)
        # the same operands in all of them, and nothing else in braces
        operands = {frozenset(re.findall(r"\{(\w+)\}", wording)) for wording in (*found.trained, *found.kept)}
        assert len(operands) == 1 or text.stem in ("stories", "unknown"), operands
