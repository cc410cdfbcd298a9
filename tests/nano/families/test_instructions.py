"""Instructions joined to the question, spelling with dashes, and which language a word is."""

import random
import re

from gptoss_nb.nano.families import Say, facts, instructions, translation


def drawn(family, n: int = 3000):
    rng = random.Random(11)
    return [family.draw(rng, Say(rng, kept)) for kept in (False, True) for _ in range(n // 2)]


def test_joined_instructions_and_dashes():
    words = {*facts.CAPITALS.values(), *facts.PLURALS.values(), *facts.COLOURS.values(), *(w for pair in facts.OPPOSITES for w in pair)}
    dashed = 0
    for draft in drawn(instructions):
        if re.fullmatch(r"\w(-\w)+", draft.answer):
            dashed += 1
            word = draft.answer.replace("-", "")
            assert word in words or word.endswith("day")
            assert f"{word}." in draft.medium or f" {word} " in draft.medium or word.endswith("day")
            assert " ".join(word) in draft.medium and draft.high.endswith(draft.answer)
    assert dashed > 100


def test_sums_are_right_whatever_the_instruction():
    sums = [re.search(r"(\d) \+ (\d) = (\d+)", draft.medium) for draft in drawn(instructions)]
    assert all(int(a) + int(b) == int(c) for a, b, c in (found.groups() for found in sums if found)) and any(sums)


def test_a_language_is_asked_only_where_it_can_be_told():
    for draft in drawn(translation):
        if draft.answer.startswith("It is ") and " is " in draft.medium and " > " not in draft.medium:
            word, language = draft.medium.rsplit(" is ", 1)
            at = translation.LANGUAGES.index(language)
            holders = {k for entry in translation.ENTRIES for k in range(4) if entry[k].lower() == word.lower()}
            assert holders == {at} and word not in translation.FALSE_FRIENDS
