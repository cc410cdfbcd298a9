"""Spelling and reversing words, real ones and made-up ones."""

import random

from .draft import Draft, phrase
from .lexicon import WORDS, made_up

SPELL = (
    "Spell {w}.",
    "Spell '{w}'.",
    'Spell "{w}".',
    "Spell the word {w}.",
    "Spell the word '{w}'.",
    'Spell the word "{w}".',
    "How do you spell {w}?",
    "How do you spell '{w}'?",
    "How is {w} spelled?",
    "Can you spell {w}?",
    "Spell out {w}.",
    "Spell out the word {w} letter by letter.",
    "What are the letters of {w}?",
    "Spell: {w}",
    "Write {w} letter by letter.",
)
REVERSE = (
    "Reverse {w}.",
    "Reverse '{w}'.",
    'Reverse "{w}".',
    "Reverse the word {w}.",
    "Reverse the word '{w}'.",
    'Reverse the word "{w}".',
    "Reverse: {w}",
    "Write {w} backwards.",
    "Write '{w}' backwards.",
    "Write the word {w} backwards.",
    "What is {w} backwards?",
    "What is '{w}' backwards?",
    "What is the reverse of {w}?",
    "Can you reverse {w}?",
    "Turn {w} around.",
    "Reverse the letters of {w}.",
    "Say {w} backwards.",
)
SPELL_BACK = ("Spell {w} backwards.", "Spell '{w}' backwards.", "Spell the word {w} backwards.", "Can you spell {w} backwards?")


def draw(rng: random.Random) -> Draft:
    word = rng.choice(WORDS) if rng.random() < 0.5 else made_up(rng, rng.randint(3, 9))
    if rng.random() < 0.07:
        word = word.capitalize()
    letters, back = " ".join(word), " ".join(reversed(word))
    chance, key = rng.random(), (word.lower(),)
    if chance < 0.45:
        return Draft(key, phrase(rng, SPELL, w=word), "-".join(word), letters, f"The letters of the word, one by one: {letters}.")
    medium, high = f"{letters} > {back}", f"The letters are {letters}. From the last to the first: {back}."
    if chance < 0.9:
        return Draft(key, phrase(rng, REVERSE, w=word), word[::-1], medium, high)
    return Draft(key, phrase(rng, SPELL_BACK, w=word), "-".join(reversed(word)), medium, high)
