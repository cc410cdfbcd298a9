"""Sorting three to eight numbers, up or down. Each has three digits and a letter, by which it is taken out of the list. High
effort reads the numbers out before, and compares neighbours behind; in some of its workings there is a mistake, which that finds."""

import random
import re

from .draft import Draft, Say, wordings

UP, DOWN = wordings("sorting", "UP", "DOWN")
MISTAKEN = 0.35  # of the workings of high effort
_TAKEN = re.compile(r"> (\d+)")


def draw(rng: random.Random, say: Say) -> Draft:
    values, down = _values(rng), rng.random() < 0.35
    prompt = say(DOWN if down else UP, list=_listed(rng, values))
    order = sorted(values, reverse=down)
    answer, key = ", ".join(map(str, order)), ("sort", *sorted(values))
    read, medium = f"Read {', '.join(map(str, values))}.", _working(values, down)
    if rng.random() < MISTAKEN and len(set(values)) > 1:
        working, taken = _mistaken(rng, values, down)
        return Draft(key, prompt, answer, medium, f"Check: {_chain(taken)}: not in order, so {answer}.", mistaken=f"{read} {working}.")
    return Draft(key, prompt, answer, medium, f"{read} {medium}. Check: {_chain(order)}: in order.")


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


def _mistaken(rng, values: list[int], down: bool) -> tuple[str, list[int]]:
    """The second best taken once, and in which order they come out."""
    while True:
        working = _working(values, down, rng.randrange(len(values) - 1))
        taken = [int(number) for number in _TAKEN.findall(working)]
        if taken != sorted(values, reverse=down):
            return working, taken


def _chain(order: list[int]) -> str:
    """`005 < 017 < 230`: neighbours compared."""
    signs = ("<" if a < b else ">" if a > b else "=" for a, b in zip(order, order[1:]))
    return f"{order[0]:03}" + "".join(f" {sign} {n:03}" for sign, n in zip(signs, order[1:]))


def _working(values: list[int], down: bool, wrong_at: int | None = None) -> str:
    """`Smallest first: a017 b005 c230 > 005 b | a017 c230 > 017 a | c230 > 230 c`; at `wrong_at` the second best is taken."""
    return f"{'Largest' if down else 'Smallest'} first: {steps(values, down, wrong_at)}"


def steps(values: list[int], down: bool = False, wrong_at: int | None = None) -> str:
    """Each number taken out of the list in turn."""
    left, taken = dict(zip("abcdefgh", values)), []
    while left:
        order = sorted(left, key=lambda letter: (-left[letter] if down else left[letter], letter))
        letter = order[1] if len(taken) == wrong_at else order[0]
        taken.append(f"{' '.join(f'{name}{value:03}' for name, value in left.items())} > {left[letter]:03} {letter}")
        del left[letter]
    return " | ".join(taken)
