"""Addition and subtraction to three digits, worked out digit by digit from the right; high effort checks by the opposite."""

import random

from . import columns
from .draft import Draft, Say, Wordings

ADD = Wordings(
    (
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
        "Sum {a} and {b}.",
        "Evaluate {a} plus {b}.",
        "What does {a} + {b} equal?",
        "{a} + {b} equals?",
        "Give me {a} + {b}.",
        "I need {a} plus {b}.",
    ),
    (
        "What is {a} added to {b}?",
        "Could you work out {a} plus {b} for me?",
        "{a} + {b} = ?",
        "What is the total of {a} and {b}?",
        "If I add {a} and {b}, what do I get?",
    ),
)
SUBTRACT = Wordings(
    (
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
        "Evaluate {a} minus {b}.",
        "What does {a} - {b} equal?",
        "{a} - {b} equals?",
        "Give me {a} - {b}.",
        "I need {a} minus {b}.",
    ),
    (
        "Could you work out {a} minus {b} for me?",
        "{a} - {b} = ?",
        "What is left when I take {b} from {a}?",
        "If I subtract {b} from {a}, what do I get?",
    ),
)


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
