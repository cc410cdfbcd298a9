"""Spelling and reversing words, real ones and made-up ones, and their first and last letters."""

import random

from .draft import Draft, Say, wordings
from .lexicon import NAMES, WORDS, made_up
from .memory import ANIMALS, CITIES, COLORS, FOODS, SPORTS
from .stories import PLACES
from .stories import THINGS as OBJECTS

KINDS = SPELL, REVERSE, SPELL_BACK, FIRST, LAST = wordings("words", "SPELL", "REVERSE", "SPELL_BACK", "FIRST", "LAST")

# what other families speak of and a newcomer may want spelled: tokens of their own, too
TOLD = sorted({*ANIMALS, *CITIES, *COLORS, *FOODS, *SPORTS, *PLACES, *OBJECTS} - set(WORDS))


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
    listed = rng.choices((WORDS, NAMES, TOLD, None), (38, 18, 6, 38))[0]
    w = rng.choice(listed) if listed else made_up(rng, rng.randint(3, 9))
    return w.capitalize() if rng.random() < 0.06 else w
