"""Whether brackets match: the string is read sign by sign, with what is open after each."""

import random

from .draft import Draft, Say, wordings

[ASK] = wordings("brackets", "ASK")
PAIRS = {"(": ")", "[": "]", "{": "}"}


def draw(rng: random.Random, say: Say) -> Draft:
    text = _balanced(rng, rng.randint(1, 5))
    if rng.random() < 0.5:
        text = _spoilt(rng, text)
    medium, right = _read(text)
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
