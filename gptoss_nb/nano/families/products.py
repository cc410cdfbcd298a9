"""Products and exact quotients with one digit, worked out digit by digit."""

import random

from .draft import Draft, Say, wordings

TIMES, DIVIDE = wordings("products", "TIMES", "DIVIDE")


def draw(rng: random.Random, say: Say) -> Draft:
    a, digit = rng.randrange(10 ** rng.choice((1, 2, 3, 3, 4))), rng.randrange(10)
    if rng.random() < 0.6:
        return _product(rng, say, a, digit)
    digit = digit or 7
    most = 10 ** rng.choice((2, 3, 4)) // digit
    return _quotient(say, rng.randrange(most) * digit, digit)


def _product(rng, say: Say, a: int, digit: int) -> Draft:
    x, y = (a, digit) if rng.random() < 0.7 else (digit, a)
    medium = times(a, digit)
    return Draft(
        ("*", a, digit), say(TIMES, a=x, b=y), f"{x} * {y} = {a * digit}.", medium, f"{medium}. Check: {medium}. That is the same."
    )


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


def _quotient(say: Say, a: int, digit: int) -> Draft:
    medium = f"{divided(a, digit)}: {a // digit}"
    return Draft(
        ("/", a, digit),
        say(DIVIDE, a=a, b=digit),
        f"{a} / {digit} = {a // digit}.",
        medium,
        f"{medium}. Check: {times(a // digit, digit)}, right.",
    )
