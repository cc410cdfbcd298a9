"""Products with one digit and quotients by one, exact or with a remainder, worked out digit by digit; half, double and the like;
stories of everyday size."""

import random

from . import columns, sums
from .draft import Draft, Say, Wordings, wordings

TIMES, DIVIDE, GROUPS, SHARE, HALF, PART, DOUBLE, TRIPLE, REMAINDER, SIXES = wordings(
    "products", "TIMES", "DIVIDE", "GROUPS", "SHARE", "HALF", "PART", "DOUBLE", "TRIPLE", "REMAINDER", "SIXES"
)
PARTS = {3: "third", 4: "quarter", 5: "fifth"}
MANY = {2: "twos", 3: "threes", 4: "fours", 5: "fives", 6: "sixes", 7: "sevens", 8: "eights", 9: "nines"}
WORDS = 0.12  # of the products with a number in words


def draw(rng: random.Random, say: Say) -> Draft:
    kind = rng.choices((_any_product, _any_quotient, _groups, _share, _part, _multiple, _remainder, _many), (40, 22, 9, 6, 6, 5, 8, 4))[0]
    return kind(rng, say)


def _any_product(rng, say: Say) -> Draft:
    return _product(rng, say, rng.randrange(10 ** rng.choice((1, 2, 3, 3, 4))), rng.randrange(10))


def _any_quotient(rng, say: Say) -> Draft:
    digit = rng.choice((*range(1, 10), 7))
    return _quotient(rng, say, rng.randrange(10 ** rng.choice((2, 3, 4)) // digit) * digit, digit)


def _product(rng, say: Say, a: int, digit: int) -> Draft:
    x, y = (a, digit) if rng.random() < 0.7 else (digit, a)
    return _multiplied(sums.put(rng, say, TIMES, WORDS, a=x, b=y), a, digit, x)


def _groups(rng, say: Say) -> Draft:
    """`Four children each get 6 sweets.`: the count comes first, whatever is told first."""
    a, digit = rng.randrange(2, rng.choice((10, 13, 40, 100))), rng.randrange(2, 10)
    x, y = (a, digit) if rng.random() < 0.5 else (digit, a)
    return _multiplied(sums.put(rng, say, GROUPS, 0.2, a=x, b=y), a, digit, x)


def _multiple(rng, say: Say) -> Draft:
    """`double 45`: `2 * 45 = 90.`"""
    a, digit = rng.randrange(2, 10 ** rng.choice((1, 2, 2, 3, 4)) + 2), rng.choice((2, 2, 3))
    return _multiplied(sums.put(rng, say, DOUBLE if digit == 2 else TRIPLE, a=a), a, digit, digit)


def _multiplied(prompt: str, a: int, digit: int, first: int) -> Draft:
    second = digit if first == a else a
    medium = times(first, second) if a < 10 else times(a, digit)  # of two digits the first goes first
    answer = f"{first} * {second} = {a * digit}."
    return Draft(("*", a, digit), prompt, answer, medium, f"{medium}. Check: {medium}. That is the same.")


def times(a: int, digit: int) -> str:
    """`347*8: 7*8=56+0=56, 4*8=32+5=37, 3*8=24+3=27: 2776`: each digit times the one, and the carry."""
    steps, carry = [], 0
    for d in map(int, reversed(str(a))):
        steps.append(f"{d}*{digit}={d * digit}+{carry}={d * digit + carry}")
        carry = (d * digit + carry) // 10
    return f"{a}*{digit}: {', '.join(steps)}: {a * digit}"


def divided(a: int, digit: int) -> str:
    """`552/8: 5=8*0=0+5, 55=8*6=48+7, 72=8*9=72+0`: the quotient's digits and what is over."""
    steps, rest = [], 0
    for d in map(int, str(a)):
        part = rest * 10 + d
        steps.append(f"{part}={digit}*{part // digit}={part - part % digit}+{part % digit}")
        rest = part % digit
    return f"{a}/{digit}: {', '.join(steps)}"


def _quotient(rng, say: Say, a: int, digit: int, told: Wordings | None = None, words: float = sums.IN_WORDS) -> Draft:
    return _split(sums.put(rng, say, told or DIVIDE, words, a=a, b=digit), a, digit)


def _split(prompt: str, a: int, digit: int) -> Draft:
    """`54 / 6 = 9.`, `51 / 6 = 8 remainder 3.`: the last step's rest says which."""
    quotient, rest = divmod(a, digit)
    result = f"{quotient} remainder {rest}" if rest else f"{quotient}"
    medium, back = f"{divided(a, digit)}: {result}", times(quotient, digit)
    check = f"{back}, {columns.working(quotient * digit, '+', rest)}" if rest else back
    return Draft(("/", a, digit), prompt, f"{a} / {digit} = {result}.", medium, f"{medium}. Check: {check}, right.")


def _share(rng, say: Say) -> Draft:
    digit = rng.randrange(2, 10)
    return _quotient(rng, say, digit * rng.randrange(2, rng.choice((10, 13, 30))), digit, SHARE, 0.15)


def _part(rng, say: Say) -> Draft:
    """`half of 758`."""
    digit = rng.choice((2, 2, 2, 3, 4, 5))
    a = digit * rng.randrange(1, 10 ** rng.choice((2, 3, 4)) // digit)
    if digit == 2:
        return _split(sums.put(rng, say, HALF, a=a), a, 2)
    return _split(sums.put(rng, say, PART, a=a, p=PARTS[digit]), a, digit)


def _remainder(rng, say: Say) -> Draft:
    digit = rng.randrange(2, 10)
    a = rng.randrange(digit + 1, 10 ** rng.choice((2, 2, 2, 3, 4)))
    if a % digit == 0 and rng.random() < 0.6:
        a += rng.randrange(1, digit)
    plain = rng.random() < 0.12  # asked as if it were exact
    return _quotient(rng, say, a, digit, DIVIDE if plain else REMAINDER)


def _many(rng, say: Say) -> Draft:
    """`How many sixes are there in 84?`"""
    digit = rng.randrange(2, 10)
    a = digit * rng.randrange(2, rng.choice((13, 30, 100)))
    return _split(sums.put(rng, say, SIXES, a=a, n=MANY[digit]), a, digit)
