"""Counting the letters of a word, one of its letters, and its vowels: the word is spelled and the count kept beside it."""

import random

from .draft import Draft, Say, Wordings
from .words import word

ONE = Wordings(
    (
        "How many {c}s are in {w}?",
        "How many {c}'s are in {w}?",
        "How many times does {c} occur in {w}?",
        "How many {c}'s are there in {w}?",
        "Count the letter {c} in {w}.",
        "How often does the letter {c} occur in {w}?",
        "How many letters {c} does {w} have?",
        "Count the {c}'s in {w}.",
        "How many times does the letter {c} appear in {w}?",
        "How many {c} in {w}?",
        "In {w}, how many times does {c} appear?",
        "How many {c}'s does {w} have?",
        "How many {c}'s are in the word {w}?",
        "Tell me how many {c}'s are in {w}.",
        "How often is {c} in {w}?",
        "What is the number of {c}'s in {w}?",
        "Count how often {c} appears in {w}.",
        "How many {c}'s does the word '{w}' contain?",
        "How many of the letter {c} are in '{w}'?",
        "In the word '{w}', how many {c}'s are there?",
        "How many times is {c} in {w}?",
        "How many times is there a {c} in {w}?",
        "How many times do you find {c} in {w}?",
        "How many times can you find the letter {c} in {w}?",
        "How many times does {w} contain {c}?",
        "How many times does {w} contain the letter {c}?",
        "How many {c}'s can you see in {w}?",
        "How many {c}'s do you find in {w}?",
        "How many {c}'s does {w} contain?",
        "How many {c}s does {w} have?",
        "How many {c}s are there in {w}?",
        "How many {c}s are in the word {w}?",
        "How many letters {c} are in {w}?",
        "How many letters {c} are there in {w}?",
        "How many of the letters in {w} are {c}?",
        "Can you count the letter {c} in {w}?",
        "Can you count how often {c} is in {w}?",
        "Can you tell me how many {c}'s are in {w}?",
        "Could you count the {c}'s in {w}?",
        "Count {c} in {w}.",
        "Count the {c}s in {w}.",
        "Count all {c}'s in {w}.",
        "Count the letter {c} in the word {w}.",
        "Find how many {c}'s are in {w}.",
        "Number of {c}'s in {w}?",
        "The number of {c}'s in {w}?",
        "Letter {c} in {w}: how many?",
        "Is the letter {c} in {w}, and how often?",
        "How frequent is {c} in {w}?",
        "{w}: how many {c}'s?",
    ),
    (
        "How many times is the letter {c} in {w}?",
        "Can you count the {c}'s in {w}?",
        "How many {c}'s can you find in {w}?",
        "How many {c}'s are there in the word {w}?",
        "Count the letters {c} in {w}.",
    ),
)
ALL = Wordings(
    (
        "How many letters are in {w}?",
        "How many letters does {w} have?",
        "Count the letters in {w}.",
        "Count the letters of {w}.",
        "How long is the word {w}?",
        "How many letters has {w}?",
        "How many letters are there in '{w}'?",
        "What is the length of the word {w}?",
        "How many letters does the word {w} have?",
        "Tell me how many letters {w} has.",
        "How many characters are in {w}?",
        "What is the number of letters in {w}?",
        "Number of letters in {w}?",
        "Can you count the letters of {w}?",
        "Can you tell me how many letters {w} has?",
        "Could you count the letters in {w}?",
        "How many letters can you count in {w}?",
        "How many letters are there in {w}?",
        "How many letters are there in the word {w}?",
        "How many letters does {w} contain?",
        "How many letters does the word {w} contain?",
        "How many letters do you see in {w}?",
        "How many letters long is {w}?",
        "How many letters make up {w}?",
        "How many letters are in '{w}'?",
        "How long is {w}?",
        "How long is '{w}'?",
        "Count all letters of {w}.",
        "Count all the letters of the word {w}.",
        "Count the letters in the word {w}.",
        "Count the letters: {w}",
        "Letters in {w}?",
        "Length of {w}?",
        "What is the length of {w}?",
        "The number of letters in {w}?",
        "{w} has how many letters?",
        "{w}: how many letters?",
    ),
    (
        "Can you count the letters in {w}?",
        "How many letters are in the word {w}?",
        "How many letters does '{w}' contain?",
        "Count all the letters in {w}.",
    ),
)
VOWELS = Wordings(
    (
        "How many vowels are in {w}?",
        "How many vowels does {w} have?",
        "Count the vowels in {w}.",
        "Count the vowels of {w}.",
        "How many vowels has {w}?",
        "How many vowels are there in '{w}'?",
        "How many vowels does the word {w} have?",
        "Tell me how many vowels {w} has.",
        "Number of vowels in {w}?",
        "What is the number of vowels in {w}?",
        "How many vowels does '{w}' contain?",
        "In {w}, how many vowels are there?",
        "Can you count the vowels of {w}?",
        "Can you tell me how many vowels {w} has?",
        "Could you count the vowels in {w}?",
        "How many vowels can you count in {w}?",
        "How many vowels are there in {w}?",
        "How many vowels are there in the word {w}?",
        "How many vowels does {w} contain?",
        "How many vowels does the word {w} contain?",
        "How many vowels do you see in {w}?",
        "How many of the letters in {w} are vowels?",
        "How many vowels are in '{w}'?",
        "Count all vowels of {w}.",
        "Count all the vowels of {w}.",
        "Count the vowels in the word {w}.",
        "Count the vowels: {w}",
        "Vowels in {w}?",
        "The number of vowels in {w}?",
        "{w} has how many vowels?",
        "{w}: how many vowels?",
    ),
    (
        "Can you count the vowels in {w}?",
        "How many vowels are in the word {w}?",
        "Count all the vowels in {w}.",
        "How many vowels can you find in {w}?",
    ),
)


def draw(rng: random.Random, say: Say) -> Draft:
    w, kind = word(rng), rng.choices((ONE, ALL, VOWELS), (50, 30, 20))[0]
    if rng.random() < 0.15:  # letters that come twice are rare
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
    return _draft((w.lower(),), say(kind, w=w), f"{w} has {n} {'letter' if kind is ALL else 'vowel'}{plural}.", counted, n)


def _counted(w: str, wanted: str) -> tuple[str, int]:
    """`s t1 r a w`: each wanted letter with its number."""
    n, steps = 0, []
    for letter in w:
        n += letter.lower() in wanted
        steps.append(f"{letter}{n}" if letter.lower() in wanted else letter)
    return " ".join(steps), n


def _draft(key, prompt: str, answer: str, medium: str, n: int) -> Draft:
    medium = f"{medium}: {n}"
    return Draft(key, prompt, answer, medium, f"{medium}. Check: {medium}, right.")
