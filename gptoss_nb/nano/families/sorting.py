"""Sorting three to eight numbers, up or down. Each has three digits and a letter, by which it is taken out of the list; in some
workings of high effort a mistake of the hand or the eye goes before, which the check finds."""

import random
import re

from .draft import Draft, Say, wordings
from .numerals import misread

UP, DOWN = wordings("sorting", "UP", "DOWN")
MISTAKEN = 0.45  # of the workings of high effort
_TAKEN = re.compile(r"> (\d+)")


def draw(rng: random.Random, say: Say) -> Draft:
    values, down = _values(rng), rng.random() < 0.35
    prompt = say(DOWN if down else UP, list=_listed(rng, values))
    order = ", ".join(map(str, sorted(values, reverse=down)))
    medium = _working(values, down)
    key = ("sort", *sorted(values))
    if rng.random() < MISTAKEN:
        high = f"Check: {medium}. That is not the same, so {order}."
        return Draft(key, prompt, order, medium, high, mistaken=f"{_mistaken(rng, values, down)}.")
    return Draft(key, prompt, order, medium, f"{medium}. Check: {medium}. That is the same.")


def _values(rng) -> list[int]:
    """Often many, and often with one that is there already, or like it."""
    n = rng.choices(range(3, 9), (11, 14, 16, 17, 18, 24))[0]
    values = [rng.randrange(rng.choice((10, 100, 1000, 1000))) for _ in range(n)]
    if rng.random() < 0.35:
        for _ in range(rng.choice((1, 1, 2))):
            at = rng.randrange(n)
            values[at] = rng.choice(values)
            if rng.random() < 0.25:
                values[at] = int(str(values[at])[::-1])
    return values


def _listed(rng, values: list[int]) -> str:
    text = rng.choices((", ", " ", ","), (70, 20, 10))[0].join(map(str, values))
    if rng.random() < 0.15:
        text = f"{', '.join(map(str, values[:-1]))} and {values[-1]}"
    return f"[{text}]" if rng.random() < 0.08 else text


def _mistaken(rng, values: list[int], down: bool) -> str:
    """Sorted wrongly: the second best taken, a number misread, left out or read for another, or the wrong end first."""
    right = _TAKEN.findall(_working(values, down))
    while True:
        kind = rng.choices(("second", "misread", "left out", "another", "end"), (35, 40, 10, 10, 5))[0]
        at = rng.randrange(len(values))
        read = {"misread": [misread(rng, values[at])], "left out": [], "another": [rng.choice(values)]}.get(kind, [values[at]])
        wrong = _working([*values[:at], *read, *values[at + 1 :]], down != (kind == "end"), at if kind == "second" else None)
        if _TAKEN.findall(wrong) != right:
            return wrong


def _working(values: list[int], down: bool, wrong_at: int | None = None) -> str:
    """`Smallest first: a017 b005 c230 > 005 b | a017 c230 > 017 a | c230 > 230 c`; at `wrong_at` the second best is taken."""
    return f"{'Largest' if down else 'Smallest'} first: {steps(values, down, wrong_at)}"


def steps(values: list[int], down: bool = False, wrong_at: int | None = None) -> str:
    """Each number taken out of the list in turn."""
    left, taken = dict(zip("abcdefgh", values)), []
    while left:
        order = sorted(left, key=lambda letter: (-left[letter] if down else left[letter], letter))
        letter = order[1] if len(taken) == wrong_at and len(order) > 1 else order[0]
        taken.append(f"{' '.join(f'{name}{value:03}' for name, value in left.items())} > {left[letter]:03} {letter}")
        del left[letter]
    return " | ".join(taken)
