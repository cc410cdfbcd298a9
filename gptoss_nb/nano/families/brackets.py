"""Whether brackets match: the string is read sign by sign, with what is open after each; a formula's brackets are taken out first."""

import random

from .draft import Draft, Say, wordings

[ASK] = wordings("brackets", "ASK")
PAIRS = {"(": ")", "[": "]", "{": "}"}
SIGNS = "()[]{}"
OPERANDS = ("a b c x y n k i".split(), list("123456789"), [str(n) for n in range(1, 60, 3)], "foo bar name total left list".split())


def draw(rng: random.Random, say: Say) -> Draft:
    text = _balanced(rng, rng.randint(1, 5))
    if rng.random() < 0.5:
        text = _spoilt(rng, text)
    medium, right = _read(text)
    if rng.random() < 0.3:
        text = " ".join(text) if rng.random() < 0.15 else _filled(rng, text)
        medium = f"{' '.join(sign for sign in text if sign in SIGNS)} : {medium}"
    answer = "Yes, the brackets match." if right else "No, the brackets do not match."
    return Draft((text,), say(ASK, s=text), answer, medium, f"{medium}. Check: {medium}, the same.")


def _balanced(rng, pairs: int) -> str:
    if pairs == 0:
        return ""
    inside = rng.randrange(pairs)
    opening = rng.choice(list(PAIRS))
    return opening + _balanced(rng, inside) + PAIRS[opening] + _balanced(rng, pairs - 1 - inside)


def _spoilt(rng, text: str) -> str:
    """One sign changed, dropped or added, or two exchanged; the result may still match."""
    at, sign = rng.randrange(len(text)), rng.choice("()[]{}")
    other = rng.randrange(len(text))
    swapped = list(text)
    swapped[at], swapped[other] = swapped[other], swapped[at]
    return rng.choice(
        (text[:at] + sign + text[at + 1 :], text[:at] + text[at + 1 :] or "(", text[:at] + sign + text[at:], "".join(swapped))
    )


def _filled(rng, brackets: str) -> str:
    """`(a + [b * c])`, `((2+3)*4`, `f(x)[i]`: something between the brackets, as in a formula."""
    operands, operators = rng.choice(OPERANDS), rng.choice(("+-*", "+*", "+-*/", ","))
    space = rng.choice(("", " ")) if operators != "," else ""

    def operator() -> str:
        sign = rng.choice(operators)
        return f"{sign} " if sign == "," else f"{space}{sign}{space}"

    parts, before = [], "start"
    for sign in brackets:
        if sign in PAIRS:
            if before in ("operand", "close"):
                parts.append("" if before == "operand" and rng.random() < 0.1 else operator())
            elif rng.random() < 0.5:
                parts.append(rng.choice(operands) + operator())
            before = "open"
        else:
            if before == "close" and rng.random() < 0.3:
                parts.append(operator() + rng.choice(operands))
            elif before in ("open", "start") and rng.random() < 0.92:
                parts.append(operator().join(rng.choices(operands, k=rng.choice((1, 1, 2, 2, 3)))))
            before = "close"
        parts.append(sign)
    if before == "close" and rng.random() < 0.4:
        parts.append(operator() + rng.choice(operands))
    elif before == "open":
        parts.append(rng.choice(operands))
    return "".join(parts)


def _read(text: str) -> tuple[str, bool]:
    """`( > ( | [ > ( [ | ] > ( | ) > empty: yes`."""
    open_, steps = [], []
    for sign in text:
        if sign in PAIRS:
            open_.append(sign)
        elif open_ and PAIRS[open_[-1]] == sign:
            open_.pop()
        else:
            return f"{' | '.join([*steps, f'{sign} > wrong'])}: no", False
        steps.append(f"{sign} > {' '.join(open_) or 'empty'}")
    return f"{' | '.join(steps)}: {'no' if open_ else 'yes'}", not open_
