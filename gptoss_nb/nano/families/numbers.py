"""Comparing two numbers, finding the largest or smallest of a few, and sorting them. Worked out with three digits each, so
that the order of numbers is the order of their digits; in a list each has a letter, by which it is taken out of the list."""

import random

from .draft import Draft, phrase
from .sums import PLACES, number

LARGER = (
    "Which is larger, {a} or {b}?",
    "Which is bigger, {a} or {b}?",
    "Which number is larger: {a} or {b}?",
    "Which is greater, {a} or {b}?",
    "What is larger, {a} or {b}?",
    "Compare {a} and {b}.",
    "Which is more, {a} or {b}?",
    "Pick the larger number: {a}, {b}.",
)
SMALLER = (
    "Which is smaller, {a} or {b}?",
    "Which is less, {a} or {b}?",
    "Which number is smaller: {a} or {b}?",
    "What is smaller, {a} or {b}?",
    "Pick the smaller number: {a}, {b}.",
)
IS_LARGER = ("Is {a} larger than {b}?", "Is {a} greater than {b}?", "Is {a} bigger than {b}?", "Is {a} more than {b}?", "{a} > {b}?")
IS_SMALLER = ("Is {a} smaller than {b}?", "Is {a} less than {b}?", "{a} < {b}?")
UP = (
    "Sort {list}.",
    "Sort these numbers: {list}.",
    "Sort these numbers: {list}",
    "Sort the numbers {list}.",
    "Put these numbers in order: {list}.",
    "Order these numbers: {list}.",
    "Sort {list} from smallest to largest.",
    "Sort from smallest to largest: {list}.",
    "Sort in ascending order: {list}.",
    "Arrange {list} in ascending order.",
    "Can you sort {list}?",
    "Put {list} in order.",
)
DOWN = (
    "Sort {list} from largest to smallest.",
    "Sort from largest to smallest: {list}.",
    "Sort in descending order: {list}.",
    "Arrange {list} in descending order.",
    "Put these numbers in descending order: {list}.",
    "Sort these numbers from largest to smallest: {list}.",
    "Sort {list} in descending order.",
)
LARGEST = (
    "What is the largest of {list}?",
    "Which is the largest: {list}?",
    "Find the largest number: {list}.",
    "What is the maximum of {list}?",
    "Which of these numbers is the largest: {list}?",
    "Find the biggest of {list}.",
)
SMALLEST = (
    "What is the smallest of {list}?",
    "Which is the smallest: {list}?",
    "Find the smallest number: {list}.",
    "What is the minimum of {list}?",
    "Which of these numbers is the smallest: {list}?",
)


def draw(rng: random.Random) -> Draft:
    chance = rng.random()
    if chance < 0.35:
        return _compare(rng)
    values = [number(rng) for _ in range(rng.randint(3, 6))]
    return _sort(rng, values) if chance < 0.8 else _extreme(rng, values)


def _compare(rng) -> Draft:
    a, b = number(rng), number(rng)
    if rng.random() < 0.3:  # near each other: the hard case
        b = min(999, a + rng.randint(0, 9))
    x, y, answer_order = f"{a:03}", f"{b:03}", (max(a, b), min(a, b))
    at = next((i for i in range(3) if x[i] != y[i]), 2)
    sign = "=" if a == b else "<" if a < b else ">"
    steps = [f"{x[i]}{'=' if x[i] == y[i] else sign}{y[i]}" for i in range(at + 1)]
    medium = f"{x} {y}: {', '.join(steps)}"
    high = f"With three digits: {x} and {y}. " + " ".join(f"{PLACES[2 - i]}: {step}." for i, step in enumerate(steps)) + f" So {a} {sign} {b}."
    wordings, word, holds = rng.choice(
        [(LARGER, "larger", None), (SMALLER, "smaller", None), (IS_LARGER, "larger", a > b), (IS_SMALLER, "smaller", a < b)]
    )
    if a == b:
        answer = f"{a} and {b} are equal."
    elif holds is None:
        first, second = answer_order if word == "larger" else reversed(answer_order)
        answer = f"{first} is {word} than {second}."
    else:
        answer = f"{'Yes' if holds else 'No'}, {a} is {'larger' if a > b else 'smaller'} than {b}."
    return Draft(("?", a, b), phrase(rng, wordings, a=a, b=b), answer, medium, high)


def _listed(rng, values) -> str:
    separator = rng.choices([", ", " ", ","], [6, 2, 1])[0]
    text = separator.join(map(str, values))
    if separator == ", " and rng.random() < 0.25:
        head, _, tail = text.rpartition(", ")
        return f"{head} and {tail}"
    return f"[{text}]" if rng.random() < 0.05 else text


def _sort(rng, values: list[int]) -> Draft:
    down = rng.random() < 0.35
    prompt = phrase(rng, DOWN if down else UP, list=_listed(rng, values))
    word, left, medium, high = "Largest" if down else "Smallest", _lettered(values), [], []
    while left:
        letter, pick = _pick(left, down)
        medium.append(f"{_written(left)} > {pick:03} {letter}")
        high.append(f"{_written(left)}. {word}: {pick:03}, that is {letter}.")
        del left[letter]
    order = ", ".join(map(str, sorted(values, reverse=down)))
    medium, high = f"{word} first: {' | '.join(medium)}", f"{word} first, with three digits: {' Left: '.join(high)}"
    return Draft(("sort", *sorted(values)), prompt, order, medium, high)


def _extreme(rng, values: list[int]) -> Draft:
    largest = rng.random() < 0.5
    letters, word = _lettered(values), "Largest" if largest else "Smallest"
    letter, pick = _pick(letters, largest)
    prompt = phrase(rng, LARGEST if largest else SMALLEST, list=_listed(rng, values))
    medium = f"{word}: {_written(letters)} > {pick:03} {letter}"
    high = f"{word}, with three digits: {_written(letters)}. {word}: {pick:03}, that is {letter}."
    return Draft(("extreme", *sorted(values)), prompt, f"The {word.lower()} is {pick}.", medium, high)


def _lettered(values: list[int]) -> dict[str, int]:
    return dict(zip("abcdef", values))


def _written(letters: dict[str, int]) -> str:
    return " ".join(f"{letter}{value:03}" for letter, value in letters.items())


def _pick(letters: dict[str, int], largest: bool) -> tuple[str, int]:
    """The first of the largest or smallest, with its letter."""
    return (max if largest else min)(letters.items(), key=lambda item: item[1])
