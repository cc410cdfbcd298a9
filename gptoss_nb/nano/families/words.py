"""Spelling and reversing words, real ones and made-up ones, and their first and last letters."""

import random

from . import calendar, facts, translation
from .draft import Draft, Say, wordings
from .lexicon import NAMES, WORDS, made_up
from .memory import ANIMALS, CITIES, COLORS, FOODS, SPORTS
from .stories import HOLDERS, PLACES
from .stories import THINGS as OBJECTS
from .tallies import FRUIT

KINDS = SPELL, REVERSE, SPELL_BACK, FIRST, LAST = wordings("words", "SPELL", "REVERSE", "SPELL_BACK", "FIRST", "LAST")



def _spoken_of() -> set[str]:
    """The single words of the other families."""
    pairs = (facts.YOUNG, facts.COLOURS, facts.PLURALS, facts.CAPITALS, facts.ONE_WAY)
    told = {word for table in pairs for pair in table.items() for word in pair} | {word for pair in facts.OPPOSITES for word in pair}
    told |= {*facts.LEGS, *(entry[0] for entry in translation.ENTRIES), *calendar.WEEK, *calendar.MONTHS, *FRUIT, *HOLDERS}
    told |= {*ANIMALS, *CITIES, *COLORS, *FOODS, *SPORTS, *PLACES, *OBJECTS}
    words = {word.removeprefix("a ").removeprefix("an ").removeprefix("the ") for word in told}
    return {word for word in words if word.isascii() and word.isalpha() and len(word) > 1}


# tokens of their own, too, and a newcomer may want them spelled
TOLD = sorted(_spoken_of() - set(WORDS))


def draw(rng: random.Random, say: Say) -> Draft:
    w = word(rng)
    number = rng.choices(range(len(KINDS)), (30, 36, 14, 10, 10))[0]
    kind = KINDS[number]
    # a common word is one token, and how it is spelled can only be read in another question about it
    letters, back, key, also = " ".join(w), " ".join(reversed(w)), (number, w.lower()), (w.lower(),)
    prompt = say(kind, w=w)
    if kind is SPELL:
        return Draft(key, prompt, "-".join(w), letters, f"{letters}. Check: {w} is {letters}.", also=also)
    if kind in (FIRST, LAST):
        which, letter = ("first", w[0]) if kind is FIRST else ("last", w[-1])
        return Draft(
            key,
            prompt,
            f"The {which} letter of {w} is {letter}.",
            f"{letters} > {letter}",
            f"{letters} > {letter}. Check: {letters}, the {which} is {letter}.",
            also=also,
        )
    medium = f"{letters} > {back}"
    answer = w[::-1] if kind is REVERSE else "-".join(reversed(w))
    return Draft(key, prompt, answer, medium, f"{medium}. Check: {back} > {letters}, right.", also=also)


def word(rng: random.Random) -> str:
    """A word, a name or something made up, now and then with a capital."""
    listed = rng.choices((WORDS, NAMES, TOLD, None), (34, 13, 20, 33))[0]
    w = rng.choice(listed) if listed else made_up(rng, rng.randint(3, 9))
    if w != w.lower() and rng.random() < 0.15:
        return w.lower()
    return w.capitalize() if rng.random() < 0.06 else w
