"""Which of two numbers is larger, and the largest or smallest of a few: digit by digit, all written equally long."""

import random

from . import columns, sums
from .draft import Draft, Say, wordings

LARGER, SMALLER, IS_LARGER, IS_SMALLER, LARGEST, SMALLEST = wordings(
    "comparing", "LARGER", "SMALLER", "IS_LARGER", "IS_SMALLER", "LARGEST", "SMALLEST"
)


def draw(rng: random.Random, say: Say) -> Draft:
    return _pair(rng, say) if rng.random() < 0.6 else _extreme(rng, say)


def number(rng: random.Random) -> int:
    return rng.randrange(10 ** rng.choice((1, 2, 3, 3, 4, 5)))


def _pair(rng, say: Say) -> Draft:
    a = number(rng)
    if rng.random() < 0.2:  # about 10, 100, 1000: one digit more on one side
        a = max(0, 10 ** rng.randint(1, 4) + rng.randint(-30, 30))
    b = number(rng) if rng.random() < 0.6 else max(0, a + rng.randint(-20, 20))  # near each other: the hard case
    asked = [(LARGER, "larger", None), (SMALLER, "smaller", None), (IS_LARGER, "larger", a > b), (IS_SMALLER, "smaller", a < b)]
    wordings, word, holds = rng.choices(asked, (20, 20, 30, 30))[0]
    if a == b:
        verdict, answer = "equal", f"{a} and {b} are equal."
    elif holds is None:
        first, second = sorted((a, b), reverse=word == "larger")
        verdict, answer = f"{word}: {first}", f"{first} is {word} than {second}."
    else:
        found = "larger" if a > b else "smaller"
        verdict = f"{a} {found}, asked {word}: {'yes' if holds else 'no'}"
        answer = f"{'Yes' if holds else 'No'}, {a} is {found} than {b}."
    forth, back = f"{_compared(a, b)}, {verdict}", _compared(b, a)
    prompt = sums.put(rng, say, wordings, 0, a=a, b=b) if rng.random() < 0.4 else say(wordings, a=a, b=b)
    return Draft((a, b), prompt, answer, forth, f"{forth}. Check: {back}, {verdict}.")


def _compared(a: int, b: int) -> str:
    """`0417 0432: 0=0, 4=4, 1<3`."""
    return f"{' '.join(columns.padded(a, b))}: {columns.compared(a, b)[0]}"


def _extreme(rng, say: Say) -> Draft:
    values = rng.sample(range(10 ** rng.choice((2, 3, 4))), rng.randint(3, 5))
    largest = rng.random() < 0.5
    pick, steps = values[0], []
    for value in values[1:]:
        step = _compared(pick, value)
        pick = (max if largest else min)(pick, value)
        steps.append(f"{step}, {pick}")
    word = "largest" if largest else "smallest"
    medium = f"{word}: {'; '.join(steps)}"
    listed = rng.choice((", ".join(map(str, values)), " ".join(map(str, values)), f"{', '.join(map(str, values[:-1]))} and {values[-1]}"))
    high = f"{medium}. Check: {pick} is the {word} of {', '.join(map(str, values))}."
    return Draft(("extreme", *values), say(LARGEST if largest else SMALLEST, list=listed), f"The {word} is {pick}.", medium, high)
