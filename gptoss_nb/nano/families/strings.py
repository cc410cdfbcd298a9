"""Repeating a string that nobody has seen: letters and digits at random, a few words, a word several times."""

import random

from .draft import Draft, Say, wordings
from .lexicon import WORDS, made_up, name

REPEAT, TIMES = wordings("strings", "REPEAT", "TIMES")
SYMBOLS = "abcdefghijklmnopqrstuvwxyz0123456789"


def draw(rng: random.Random, say: Say) -> Draft:
    if rng.random() < 0.36:
        w, n = _word(rng), rng.randint(2, 5)
        medium = ", ".join(f"{k} {w}" for k in range(n, 0, -1))  # counted down: the end is the same for all numbers
        spoken = rng.choice((str(n), {2: "two", 3: "three", 4: "four", 5: "five"}[n]))
        return Draft((w, n), say(TIMES, s=w, n=spoken), " ".join([w] * n), medium, f"{medium}. Check: {n} times.")
    text = _string(rng)
    return Draft((text,), say(REPEAT, s=text), text, f"Copy: {text}", f"Copy: {text}. Check: {text}")


def _word(rng) -> str:
    return rng.choice((rng.choice(WORDS), name(rng), made_up(rng, rng.randint(2, 7))))


def _string(rng: random.Random) -> str:
    kind, length = rng.random(), rng.randint(4, 16)
    if kind < 0.45:
        return "".join(rng.choices(SYMBOLS, k=length))
    if kind < 0.55:
        return "".join(rng.choices(SYMBOLS[:26], k=length))
    if kind < 0.63:
        return "".join(rng.choices(SYMBOLS[26:], k=length))
    if kind < 0.73:
        return " ".join(rng.choices(SYMBOLS, k=rng.randint(4, 14)))
    return rng.choice((" ", " ", ", ")).join(_word(rng) for _ in range(rng.randint(2, 6)))
