"""Whether brackets match: the string is read sign by sign, with what is open after each."""

import random

from .draft import Draft, Say, Wordings

ASK = Wordings(
    (
        "Are the brackets balanced: {s}",
        "Do the brackets match: {s}",
        "Is {s} balanced?",
        "Are these brackets balanced? {s}",
        "Check the brackets: {s}",
        "Do these brackets match? {s}",
        "Is this balanced: {s}",
        "Brackets balanced? {s}",
        "Are the brackets in {s} balanced?",
        "Do the brackets in {s} match?",
        "Is every bracket closed in {s}?",
        "Are all brackets closed: {s}",
        "Are the parentheses balanced: {s}",
        "Check whether the brackets match: {s}",
        "Is {s} a correct bracket string?",
        "Tell me if the brackets match: {s}",
        "Is the bracket string {s} balanced?",
        "Does {s} have matching brackets?",
        "Are the brackets of {s} right?",
        "Is the string {s} balanced?",
        "Do the parentheses match: {s}",
        "Are these brackets correct: {s}",
        "Are these brackets right: {s}",
        "Are the brackets right: {s}",
        "Are the brackets in {s} correct?",
        "Are the brackets in {s} right?",
        "Are the brackets correct in {s}?",
        "Are the brackets closed in {s}?",
        "Can you check the brackets: {s}",
        "Can you check these brackets: {s}",
        "Can you check if the brackets match: {s}",
        "Can you tell me if the brackets match: {s}",
        "Can you check {s}?",
        "Check if the brackets match: {s}",
        "Check if the brackets are balanced: {s}",
        "Check these brackets: {s}",
        "Check the brackets in {s}.",
        "Check whether these brackets are balanced: {s}",
        "Tell me if these brackets are balanced: {s}",
        "Tell me whether the brackets are balanced: {s}",
        "Tell me if {s} is balanced.",
        "Does every bracket have its partner in {s}?",
        "Does every bracket close in {s}?",
        "Does each bracket match in {s}?",
        "Do all brackets match in {s}?",
        "Do all brackets match: {s}",
        "Do the brackets close in {s}?",
        "Is each bracket closed in {s}?",
        "Is every bracket closed: {s}",
        "Is {s} correct?",
        "Is {s} balanced or not?",
        "Is {s} well formed?",
        "Is it balanced: {s}",
        "{s}: balanced?",
        "{s} balanced?",
        "Balanced or not: {s}",
    ),
    (
        "Are the brackets correct: {s}",
        "Does every bracket match in {s}?",
        "Check if these brackets are balanced: {s}",
        "Tell me whether the brackets match: {s}",
        "Can you check the brackets in {s}?",
    ),
)
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
