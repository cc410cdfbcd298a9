"""Addition and subtraction of four to six digits, and sums of three numbers. In some workings of high effort a mistake goes
before, which the check finds."""

import random
import re

from . import columns, sums
from .draft import Draft, Say, wordings

[THREE] = wordings("large_sums", "THREE")


def draw(rng: random.Random, say: Say) -> Draft:
    if rng.random() < 0.2:
        return _three(rng, say)
    a, b, sign = _long(rng), sums.number(rng) if rng.random() < 0.25 else _long(rng), rng.choice("+-")
    if rng.random() < 0.3:
        a, b = b, a
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
