"""Addition and subtraction to three digits, worked out digit by digit from the right; high effort checks by the opposite."""

import random

from . import columns
from .draft import Draft, Say, wordings

ADD, SUBTRACT = wordings("sums", "ADD", "SUBTRACT")


def draw(rng: random.Random, say: Say) -> Draft:
    return draft(say, number(rng), rng.choice("+-"), number(rng))


def number(rng: random.Random) -> int:
    """0 to 999, the short ones not rarer than the long ones by much."""
    return rng.randrange((10, 100, 1000, 1000)[rng.randrange(4)])


def draft(say: Say, a: int, sign: str, b: int) -> Draft:
    result = a + b if sign == "+" else a - b
    prompt = say(ADD if sign == "+" else SUBTRACT, a=a, b=b)
    medium = columns.working(a, sign, b)
    return Draft((sign, a, b), prompt, f"{a} {sign} {b} = {result}.", medium, f"{medium}. {columns.check(a, sign, b)}")
