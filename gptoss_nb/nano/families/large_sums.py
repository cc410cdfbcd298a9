"""Addition and subtraction of four to six digits, and sums of three numbers, some of them told as a story with two changes.
High effort reads the numbers out before; in some of its workings a mistake of the hand or the eye is made, which the check finds."""

import random
import re

from . import columns, sums
from .draft import Draft, Say, wordings

THREE, MIXED, LOSE_GAIN, GAIN_LOSE, LOSE_LOSE = wordings("large_sums", "THREE", "MIXED", "LOSE_GAIN", "GAIN_LOSE", "LOSE_LOSE")
SPOKEN = {"+": "plus", "-": "minus"}
MISTAKEN = 0.3  # of the workings of high effort


def draw(rng: random.Random, say: Say) -> Draft:
    kind = rng.choices((_two, _three, _mixed, _story), (60, 15, 12, 13))[0]
    return kind(rng, say)


def _two(rng, say: Say) -> Draft:
    a, b, sign = _long(rng), sums.number(rng) if rng.random() < 0.25 else _long(rng), rng.choice("+-")
    if rng.random() < 0.06:  # a round result: the same step again and again
        b, sign = 10 ** len(str(a)) * rng.choice((1, 1, 2, 5)) // rng.choice((1, 1, 10)) - a, "+"
        b = b if b > 0 else 10 ** len(str(a)) - a
    if rng.random() < 0.3:
        a, b = b, a
    draft = sums.draft(rng, say, a, sign, b)

    def read(a: int, b: int) -> str:
        return f"Read {a} {sign} {b}, {len(str(a))} and {len(str(b))} digits."

    mistaken = ""
    if rng.random() < MISTAKEN:
        if rng.random() < 0.6:
            mistaken = _operand_misread(rng, lambda a, b: f"{read(a, b)} {columns.working(a, sign, b)}", a, b)
        else:
            mistaken = f"{read(a, b)} {_slipped(rng, draft.medium)}"
    return _checked(draft.key, draft.prompt, draft.answer, read(a, b), draft.medium, mistaken)


def _long(rng) -> int:
    return rng.randrange(1000, 10 ** rng.choice((4, 5, 6)))


def _three(rng, say: Say) -> Draft:
    a, b, c = (sums.number(rng) for _ in range(3))
    return _worked(rng, sums.put(rng, say, THREE, a=a, b=b, c=c), ("+", a, b, c), a, "+", b, "+", c)


def _mixed(rng, say: Say) -> Draft:
    """`500 - 125 + 60 = 435.`: what comes in between is never below zero."""
    first, second = rng.choice(("-+", "-+", "+-", "--"))
    a, b, c = sums.number(rng), sums.number(rng), sums.number(rng)
    if first == "-":
        a, b = max(a, b), min(a, b)
    between = a + b if first == "+" else a - b
    if second == "-" and c > between:
        c = rng.randint(0, between)
    if rng.random() < 0.25:
        prompt = sums.put(rng, say, MIXED, a=a, b=b, c=c, s=SPOKEN[first], t=SPOKEN[second])
    else:
        prompt = sums.put(rng, say, MIXED, 0, a=a, b=b, c=c, s=first, t=second)
        prompt = prompt.replace(" ", "") if rng.random() < 0.15 and re.fullmatch(r"[-+= ?\d]+", prompt) else prompt
    return _worked(rng, prompt, (first + second, a, b, c), a, first, b, second, c)


def _story(rng, say: Say) -> Draft:
    """`A bus has 32 passengers. 7 get off and 12 get on. How many now?`"""
    told, (first, second) = rng.choices(((LOSE_GAIN, "-+"), (GAIN_LOSE, "+-"), (LOSE_LOSE, "--")), (45, 25, 30))[0]
    a = rng.randrange(8, rng.choice((20, 60, 100, 400)))
    b = rng.randrange(2, a - 3) if first == "-" else rng.randrange(2, 40)
    between = a + b if first == "+" else a - b
    c = rng.randrange(2, between) if second == "-" else rng.randrange(2, 40)
    return _worked(rng, sums.put(rng, say, told, a=a, b=b, c=c), (first + second, a, b, c), a, first, b, second, c)


def _worked(rng, prompt: str, key: tuple, a: int, first: str, b: int, second: str, c: int) -> Draft:
    """Two numbers at a time, from the left; the mistake may be the sign of a change (`fly away, then three more`)."""

    def read(a: int, b: int, c: int, second: str = second) -> str:
        return f"Read {a} {first} {b} {second} {c}."

    def working(a: int, b: int, c: int, second: str = second) -> str:
        between = a + b if first == "+" else a - b  # misread, it may be below zero: not worked out
        return f"{columns.working(a, first, b)}; {columns.working(between, second, c)}" if between >= 0 else ""

    def both(*operands) -> str:
        return (worked := working(*operands)) and f"{read(*operands)} {worked}"

    medium, mistaken = working(a, b, c), ""
    if rng.random() < MISTAKEN:
        other = "-" if second == "+" else "+"
        mistaken = f"{both(a, b, c, other)}." if c and rng.random() < 0.3 else _operand_misread(rng, both, a, b, c)
    answer = f"{a} {first} {b} {second} {c} = {medium.rpartition(' ')[2]}."
    return _checked(key, prompt, answer, read(a, b, c), medium, mistaken)


def _checked(key: tuple, prompt: str, answer: str, read: str, medium: str, mistaken: str) -> Draft:
    """High effort reads the numbers out and works it out twice, the first time with the mistake if there is one."""
    found = f"That is not the same, so {medium.rpartition(' ')[2]}." if mistaken else "That is the same."
    high = f"Check: {medium}. {found}"
    return Draft(key, prompt, answer, medium, high if mistaken else f"{read} {medium}. {high}", mistaken=mistaken)


def _operand_misread(rng, working, *operands: int) -> str:
    """Worked out with one of the operands misread, to another result."""
    right = working(*operands).rpartition(" ")[2]
    while True:
        at = rng.randrange(len(operands))
        wrong = working(*(_misread(rng, n) if i == at else n for i, n in enumerate(operands)))
        if wrong and wrong.rpartition(" ")[2] != right:
            return f"{wrong}."


def _misread(rng: random.Random, n: int) -> int:
    """Another number of no more digits: one of them lost, or taken for its neighbour or for 0; or what stands behind a
    separator lost."""
    if n >= 1000 and rng.random() < 0.1:
        return n // 1000
    digits = str(n)
    at = rng.randrange(len(digits))
    near = {digits[max(at - 1, 0)], digits[min(at + 1, len(digits) - 1)], "0", ""} - {digits[at]}
    read = int(f"0{digits[:at]}{rng.choice(sorted(near))}{digits[at + 1 :]}")
    return read if read != n else n + 1


def _slipped(rng, working: str) -> str:
    """One step's result off by one, and so the sum."""
    steps = list(re.finditer(r"(?<=[+-]\d=)\d+", working))
    place = rng.randrange(len(steps))
    step, (steps_told, _, result) = steps[place], working.rpartition(": ")
    wrong = int(step[0]) + rng.choice((1, -1) if int(step[0]) else (1,))
    digits = list(result.lstrip("-").zfill(len(steps)))
    digits[-1 - place] = str(wrong % 10)
    minus = "-" if result.startswith("-") else ""
    return f"{steps_told[: step.start()]}{wrong}{steps_told[step.end() :]}: {minus}{''.join(digits)}."
