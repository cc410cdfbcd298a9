"""Repeating a string that nobody has seen: letters and digits at random, or a few words."""

import random

from .draft import Draft, phrase
from .lexicon import WORDS, made_up

REPEAT = (
    "Repeat {s}",
    "Repeat: {s}",
    "Repeat this: {s}",
    "Repeat after me: {s}",
    "Repeat '{s}'.",
    'Repeat "{s}".',
    "Repeat the string {s}",
    "Repeat this string: {s}",
    "Say {s}",
    "Say: {s}",
    "Say '{s}'.",
    "Copy {s}",
    "Copy this: {s}",
    "Copy the string '{s}'.",
    "Write {s}",
    "Write this again: {s}",
    "Echo {s}",
    "Echo: {s}",
    "Please repeat: {s}",
    "Can you repeat '{s}'?",
)
SYMBOLS = "abcdefghijklmnopqrstuvwxyz0123456789"


def draw(rng: random.Random) -> Draft:
    text = _string(rng)
    # the string ends the prompt or stands in quotes, so a dropped full stop or a slip never touches it
    return Draft((text,), phrase(rng, REPEAT, s=text), text, f"Copy: {text}", f"I read: {text}. I copy it as it is, one sign at a time: {text}.")


def _string(rng: random.Random) -> str:
    kind, length = rng.random(), rng.randint(4, 16)
    if kind < 0.5:
        return "".join(rng.choices(SYMBOLS, k=length))
    if kind < 0.6:
        return "".join(rng.choices(SYMBOLS[:26], k=length))
    if kind < 0.7:
        return "".join(rng.choices(SYMBOLS[26:], k=length))
    if kind < 0.8:
        return " ".join(rng.choices(SYMBOLS, k=rng.randint(4, 10)))
    return " ".join(rng.choice(WORDS) if rng.random() < 0.6 else made_up(rng, rng.randint(2, 6)) for _ in range(rng.randint(2, 4)))
