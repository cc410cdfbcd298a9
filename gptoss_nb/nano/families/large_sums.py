"""Addition and subtraction of four to six digits, and sums of three numbers. In some workings of high effort a mistake goes
before, which the check finds."""

import random
import re

from . import columns, sums
from .draft import Draft, Say, Wordings

THREE = Wordings(
    (
        "What is {a} + {b} + {c}?",
        "{a} + {b} + {c}",
        "{a}+{b}+{c}",
        "{a} + {b} + {c} =",
        "Add {a}, {b} and {c}.",
        "{a} plus {b} plus {c}?",
        "What is the sum of {a}, {b} and {c}?",
        "Calculate {a} + {b} + {c}.",
        "Compute {a} + {b} + {c}.",
        "Work out {a} + {b} + {c}.",
        "How much is {a} + {b} + {c}?",
        "Can you add {a}, {b} and {c}?",
        "Sum {a}, {b} and {c}.",
        "What's {a} + {b} + {c}?",
        "What do {a} and {b} and {c} make?",
        "Find the sum of {a}, {b} and {c}.",
        "Total of {a}, {b} and {c}?",
        "What is the total of {a}, {b} and {c}?",
        "Find {a} + {b} + {c}.",
        "Give me {a} + {b} + {c}.",
        "Tell me {a} + {b} + {c}.",
        "Solve {a} + {b} + {c}.",
        "Sum up {a}, {b} and {c}.",
        "{a}+{b}+{c}=?",
        "{a}+{b}+{c}=",
        "{a} and {b} and {c} together?",
        "What is {a} plus {b} plus {c}?",
        "What is {a}+{b}+{c}?",
        "If I add {a}, {b} and {c}, what do I get?",
        "What do I get for {a} + {b} + {c}?",
        "I need {a} + {b} + {c}.",
        "Could you add {a}, {b} and {c}?",
        "What does {a} + {b} + {c} equal?",
        "{a} + {b} + {c}?",
        "Help me with {a} + {b} + {c}.",
        "Add up {a}, {b} and {c}.",
        "Sum {a} + {b} + {c}.",
    ),
    ("What do {a}, {b} and {c} add up to?", "{a} + {b} + {c} = ?", "Find the total of {a}, {b} and {c}.", "Please sum {a} + {b} + {c}."),
)


def draw(rng: random.Random, say: Say) -> Draft:
    if rng.random() < 0.2:
        return _three(rng, say)
    a, b, sign = _long(rng), _long(rng), rng.choice("+-")
    draft = sums.draft(say, a, sign, b)
    if rng.random() < 0.3:
        wrong = _mistaken(rng, draft.medium)
        high = f"Check: {draft.medium}. That is not the same, so {draft.medium.rpartition(' ')[2]}."
        return Draft(draft.key, draft.prompt, draft.answer, draft.medium, high, mistaken=wrong)
    return Draft(draft.key, draft.prompt, draft.answer, draft.medium, f"{draft.medium}. Check: {draft.medium}. That is the same.")


def _long(rng) -> int:
    return rng.randrange(1000, 10 ** rng.choice((4, 5, 6)))


def _three(rng, say: Say) -> Draft:
    a, b, c = (sums.number(rng) for _ in range(3))
    medium = f"{columns.working(a, '+', b)}; {columns.working(a + b, '+', c)}"
    key, prompt = ("+", a, b, c), say(THREE, a=a, b=b, c=c)
    return Draft(key, prompt, f"{a} + {b} + {c} = {a + b + c}.", medium, f"{medium}. Check: {medium}. That is the same.")


def _mistaken(rng, working: str) -> str:
    """One step's result off by one, and so the sum."""
    steps = list(re.finditer(r"(?<=[+-]\d=)\d+", working))
    place = rng.randrange(len(steps))
    step, (steps_told, _, result) = steps[place], working.rpartition(": ")
    wrong = int(step[0]) + rng.choice((1, -1) if int(step[0]) else (1,))
    digits = list(result.lstrip("-").zfill(len(steps)))
    digits[-1 - place] = str(wrong % 10)
    minus = "-" if result.startswith("-") else ""
    return f"{steps_told[: step.start()]}{wrong}{steps_told[step.end() :]}: {minus}{''.join(digits)}."
