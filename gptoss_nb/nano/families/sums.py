"""Addition and subtraction to three digits, worked out digit by digit from the right; high effort checks by the opposite."""

import random
import re

from . import columns
from .draft import Draft, Say, Wordings, wordings
from .numerals import numeral

ADD, SUBTRACT, GAIN, LOSE = wordings("sums", "ADD", "SUBTRACT", "GAIN", "LOSE")
SEPARATED, IN_WORDS = 0.1, 0.06  # of the numbers of four digits and more; of the questions with a number to twelve
_SIGNS = re.compile(r"[-+*/=<>]| x ")


def draw(rng: random.Random, say: Say) -> Draft:
    a, b, sign = number(rng), number(rng), rng.choice("+-")
    if rng.random() < 0.16:
        return _story(rng, say, sign)
    return draft(rng, say, a, sign, b)


def number(rng: random.Random) -> int:
    """0 to 999, the short ones not rarer than the long ones by much."""
    return rng.randrange((10, 100, 1000, 1000)[rng.randrange(4)])


def draft(rng: random.Random, say: Say, a: int, sign: str, b: int, told: Wordings | None = None) -> Draft:
    result = a + b if sign == "+" else a - b
    prompt = put(rng, say, told or (ADD if sign == "+" else SUBTRACT), a=a, b=b)
    medium = columns.working(a, sign, b)
    return Draft((sign, a, b), prompt, f"{a} {sign} {b} = {result}.", medium, f"{medium}. {columns.check(a, sign, b)}")


def _story(rng, say: Say, sign: str) -> Draft:
    """Of everyday size, and nothing is lost that was not there: `35 pupils, 8 are ill`."""
    a = rng.randrange(3, rng.choice((20, 60, 100, 300)))
    b = rng.randrange(2, a) if sign == "-" else rng.randrange(2, 60)
    return draft(rng, say, a, sign, b, GAIN if sign == "+" else LOSE)


def put(rng: random.Random, say: Say, told: Wordings, words: float = IN_WORDS, **operands: int | str) -> str:
    """A question with its numbers as people type them: `203,415` now and then, `seven plus 12`, never `seven+12`."""
    numbers = {name: n for name, n in operands.items() if isinstance(n, int)}
    typed = {name: separated(rng, n) if name in numbers else n for name, n in operands.items()}
    spoken = []
    if rng.random() < words:
        names = [name for name, n in numbers.items() if 2 <= n <= 12]
        spoken = names if rng.random() < 0.3 else names[:1] if rng.random() < 0.6 else names[-1:]
    for name in spoken:
        typed[name] = numeral(numbers[name])
    for _ in range(20):
        prompt = say(told, **typed)
        if not spoken or not _SIGNS.search(prompt) and all(re.search(rf"\b{typed[name]}\b", prompt) for name in spoken):
            starts = any(prompt.startswith(typed[name]) for name in spoken)
            return prompt[0].upper() + prompt[1:] if starts and rng.random() < 0.6 else prompt
    return say(told, **operands)


def separated(rng: random.Random, n: int) -> str:
    """`203,415`, or mostly without."""
    return f"{n:,}" if n >= 1000 and rng.random() < SEPARATED else str(n)
