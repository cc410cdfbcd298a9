"""Spelling and reversing words, real ones and made-up ones, and their first and last letters."""

import random

from .draft import Draft, Say, Wordings
from .lexicon import NAMES, WORDS, made_up

SPELL = Wordings(
    (
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
        "Spell the name {w}.",
        "How is the word {w} spelled?",
        "Tell me how to spell {w}.",
        "What is the spelling of {w}?",
        "List the letters of {w}.",
        "How would you spell {w}?",
    ),
    (
        "Could you spell {w} for me?",
        "Spell out the word '{w}'.",
        "How does one spell {w}?",
        "Give me the letters of {w}.",
        "Spell this word: {w}",
    ),
)
REVERSE = Wordings(
    (
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
        "{w} backwards?",
        "How do you write {w} backwards?",
        "Give me {w} reversed.",
        "What is {w} in reverse?",
        "Flip the word {w}.",
    ),
    (
        "Could you reverse the word {w}?",
        "What does {w} look like backwards?",
        "Reverse this word: {w}",
        "Write {w} in reverse.",
        "What is the word {w} backwards?",
    ),
)
SPELL_BACK = Wordings(
    (
        "Spell {w} backwards.",
        "Spell '{w}' backwards.",
        "Spell the word {w} backwards.",
        "Can you spell {w} backwards?",
        "Spell {w} in reverse.",
        "How do you spell {w} backwards?",
        "Spell out {w} backwards.",
        "Spell the word '{w}' backwards.",
        "Spell the name {w} backwards.",
        "Backwards, how is {w} spelled?",
        "Spell backwards: {w}",
        "Tell me how to spell {w} backwards.",
    ),
    ("Could you spell {w} backwards?", "How is {w} spelled backwards?", "Spell the word {w} in reverse.", "Spell this word backwards: {w}"),
)
FIRST = Wordings(
    (
        "What is the first letter of {w}?",
        "Which letter does {w} begin with?",
        "What letter does {w} start with?",
        "First letter of {w}?",
        "Tell me the first letter of {w}.",
        "What is the first letter in '{w}'?",
        "Give me the first letter of the word {w}.",
        "{w} begins with which letter?",
        "With which letter does {w} start?",
        "Find the first letter of {w}.",
        "Which is the first letter of {w}?",
        "What's the first letter of {w}?",
    ),
    (
        "What letter does the word {w} begin with?",
        "Which letter comes first in {w}?",
        "What is the first letter of the word {w}?",
        "Say the first letter of {w}.",
    ),
)
LAST = Wordings(
    (
        "What is the last letter of {w}?",
        "Which letter does {w} end with?",
        "What letter does {w} end in?",
        "Last letter of {w}?",
        "Tell me the last letter of {w}.",
        "What is the last letter in '{w}'?",
        "Give me the last letter of the word {w}.",
        "{w} ends with which letter?",
        "With which letter does {w} end?",
        "Find the last letter of {w}.",
        "Which is the last letter of {w}?",
        "What's the last letter of {w}?",
    ),
    (
        "What letter does the word {w} end with?",
        "Which letter comes last in {w}?",
        "What is the last letter of the word {w}?",
        "Say the last letter of {w}.",
    ),
)


def draw(rng: random.Random, say: Say) -> Draft:
    w = word(rng)
    letters, back, key = " ".join(w), " ".join(reversed(w)), (w.lower(),)
    kind = rng.choices((SPELL, REVERSE, SPELL_BACK, FIRST, LAST), (32, 38, 12, 9, 9))[0]
    prompt = say(kind, w=w)
    if kind is SPELL:
        return Draft(key, prompt, "-".join(w), letters, f"{letters}. Check: {w} is {letters}.")
    if kind in (FIRST, LAST):
        which, letter = ("first", w[0]) if kind is FIRST else ("last", w[-1])
        return Draft(
            key,
            prompt,
            f"The {which} letter of {w} is {letter}.",
            f"{letters} > {letter}",
            f"{letters} > {letter}. Check: {letters}, the {which} is {letter}.",
        )
    medium = f"{letters} > {back}"
    return Draft(key, prompt, w[::-1] if kind is REVERSE else "-".join(reversed(w)), medium, f"{medium}. Check: {back} > {letters}, right.")


def word(rng: random.Random) -> str:
    """A word, a name or something made up, now and then with a capital."""
    w = rng.choice(
        (rng.choice(WORDS), rng.choice(NAMES), made_up(rng, rng.randint(3, 9)), made_up(rng, rng.randint(3, 9)), rng.choice(WORDS))
    )
    return w.capitalize() if rng.random() < 0.06 else w
