"""Addition and subtraction to three digits, worked out digit by digit from the right, carry or borrow included."""

import random

from .draft import Draft, phrase

ADD = (
    "What is {a} + {b}?",
    "{a} + {b}",
    "{a}+{b}",
    "{a} + {b} =",
    "What is {a}+{b}?",
    "{a} plus {b}?",
    "What is {a} plus {b}?",
    "Calculate {a} + {b}.",
    "Compute {a} + {b}.",
    "Add {a} and {b}.",
    "Add {a} to {b}.",
    "How much is {a} + {b}?",
    "How much is {a} plus {b}?",
    "What is the sum of {a} and {b}?",
    "Find the sum of {a} and {b}.",
    "What do you get when you add {a} and {b}?",
    "I have {a} apples and get {b} more. How many apples do I have?",
    "Can you add {a} and {b}?",
    "Work out {a} + {b}.",
    "Solve {a} + {b}.",
    "Tell me {a} + {b}.",
    "What's {a} + {b}?",
)
SUBTRACT = (
    "What is {a} - {b}?",
    "{a} - {b}",
    "{a}-{b}",
    "{a} - {b} =",
    "What is {a}-{b}?",
    "{a} minus {b}?",
    "What is {a} minus {b}?",
    "Calculate {a} - {b}.",
    "Compute {a} - {b}.",
    "Subtract {b} from {a}.",
    "Take {b} away from {a}.",
    "How much is {a} - {b}?",
    "How much is {a} minus {b}?",
    "What do you get when you subtract {b} from {a}?",
    "Can you subtract {b} from {a}?",
    "Work out {a} - {b}.",
    "Solve {a} - {b}.",
    "Tell me {a} - {b}.",
    "What's {a} - {b}?",
)
SUBTRACT_DOWN = (*SUBTRACT, "What is the difference between {a} and {b}?", "I have {a} coins and lose {b}. How many coins are left?")
PLACES = ("Ones", "Tens", "Hundreds")


def draw(rng: random.Random) -> Draft:
    a, b = number(rng), number(rng)
    return _addition(rng, a, b) if rng.random() < 0.5 else _subtraction(rng, a, b)


def number(rng: random.Random) -> int:
    """0 to 999, the short ones not rarer than the long ones by much."""
    return rng.randrange((10, 100, 1000, 1000)[rng.randrange(4)])


def _addition(rng, a: int, b: int) -> Draft:
    x, y, columns = _columns(a, b)
    medium, high, carry = [], [], 0
    for place, p, q in columns:
        total = p + q + carry
        step = f"{p}+{q}+{carry}={total}"
        medium.append(step)
        high.append(f"{place}: {step}, write {total % 10}, carry {total // 10}.")
        carry = total // 10
    prompt = phrase(rng, ADD, a=a, b=b)
    return _draft(("+", a, b), prompt, f"{a} + {b} = {a + b}.", f"{x}+{y}: ", medium, high, a + b)


def _subtraction(rng, a: int, b: int) -> Draft:
    prompt = phrase(rng, SUBTRACT_DOWN if a >= b else SUBTRACT, a=a, b=b)
    top, bottom = max(a, b), min(a, b)
    x, y, columns = _columns(top, bottom)
    medium, high, borrow = [], [], 0
    for place, p, q in columns:
        borrowed = p - q - borrow < 0
        rest = p - q - borrow + 10 * borrowed
        step = f"{p + 10 * borrowed}-{q}-{borrow}={rest}"
        medium.append(step)
        high.append(f"{place}: {step}, borrow {int(borrowed)}.")
        borrow = int(borrowed)
    swapped = "" if a >= b else f"{_columns(a, b)[0]}<{_columns(a, b)[1]}, so minus "
    return _draft(("-", a, b), prompt, f"{a} - {b} = {a - b}.", f"{swapped}{x}-{y}: ", medium, high, a - b)


def _columns(a: int, b: int):
    """Both with equally many digits, and (place, digit, digit) from the right."""
    width = max(len(str(a)), len(str(b)))
    x, y = f"{a:0{width}}", f"{b:0{width}}"
    return x, y, list(zip(PLACES, map(int, reversed(x)), map(int, reversed(y))))


def _draft(key, prompt, answer, task, medium, high, result) -> Draft:
    return Draft(key, prompt, answer, f"{task}{', '.join(medium)}: {result}", f"{task}{' '.join(high)} The result is {result}.")
