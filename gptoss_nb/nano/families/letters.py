"""Counting the letters of a word, one of its letters, and its vowels: the word is spelled and the count kept beside it."""

import random

from .draft import Draft, Say, wordings
from .lexicon import made_up
from .words import word

ONE, ALL, VOWELS = wordings("letters", "ONE", "ALL", "VOWELS")


def draw(rng: random.Random, say: Say) -> Draft:
    w, kind = word(rng), rng.choices((ONE, ALL, VOWELS), (50, 30, 20))[0]
    if rng.random() < 0.15:
        w = made_up(rng, rng.randint(8, 12))
    for _ in range(rng.choices((0, 1, 2, 3), (60, 20, 12, 8))[0]):  # letters that come twice are rare
        at = rng.randrange(len(w))
        w = w[:at] + w[at] + w[at:]
    if kind is ONE:
        c = rng.choice(w.lower()) if rng.random() < 0.8 else rng.choice("abcdefghijklmnopqrstuvwxyz")
        counted, n = _counted(w, c)
        times = "once" if n == 1 else f"{n} times"
        answer = f"The letter {c} does not occur in {w}." if n == 0 else f"The letter {c} occurs {times} in {w}."
        return _draft((w.lower(), c), say(ONE, w=w, c=c), answer, f"{c}: {counted}", n)
    counted, n = _counted(w, "abcdefghijklmnopqrstuvwxyz" if kind is ALL else "aeiou")
    plural = "" if n == 1 else "s"
    what = "letter" if kind is ALL else "vowel"
    return _draft((f"{what}s", w.lower()), say(kind, w=w), f"{w} has {n} {what}{plural}.", counted, n, (w.lower(),))


def _counted(w: str, wanted: str) -> tuple[str, int]:
    """`s t1 r a w`: each wanted letter with its number."""
    n, steps = 0, []
    for letter in w:
        n += letter.lower() in wanted
        steps.append(f"{letter}{n}" if letter.lower() in wanted else letter)
    return " ".join(steps), n


def _draft(key, prompt: str, answer: str, medium: str, n: int, also: tuple = ()) -> Draft:
    medium = f"{medium}: {n}"
    return Draft(key, prompt, answer, medium, f"{medium}. Check: {medium}, right.", also=also)
