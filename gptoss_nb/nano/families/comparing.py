"""Which of two numbers is larger, and the largest or smallest of a few: digit by digit, all written equally long."""

import random

from .draft import Draft, Say, Wordings

LARGER = Wordings(
    (
        "Which is larger, {a} or {b}?",
        "Which is bigger, {a} or {b}?",
        "Which number is larger: {a} or {b}?",
        "Which is greater, {a} or {b}?",
        "What is larger, {a} or {b}?",
        "Which is more, {a} or {b}?",
        "Pick the larger number: {a}, {b}.",
        "Which one is bigger: {a} or {b}?",
        "Larger: {a} or {b}?",
        "Choose the bigger number: {a} or {b}.",
        "Which of {a} and {b} is larger?",
        "Tell me the larger of {a} and {b}.",
    ),
    (
        "What is bigger, {a} or {b}?",
        "Which of the two is larger, {a} or {b}?",
        "Find the larger number: {a} or {b}.",
        "Which number is greater, {a} or {b}?",
    ),
)
SMALLER = Wordings(
    (
        "Which is smaller, {a} or {b}?",
        "Which is less, {a} or {b}?",
        "Which number is smaller: {a} or {b}?",
        "What is smaller, {a} or {b}?",
        "Pick the smaller number: {a}, {b}.",
        "Which one is smaller: {a} or {b}?",
        "Smaller: {a} or {b}?",
        "Choose the smaller number: {a} or {b}.",
        "Which of {a} and {b} is smaller?",
        "Tell me the smaller of {a} and {b}.",
        "Which is the smaller number, {a} or {b}?",
        "Which is lower, {a} or {b}?",
    ),
    (
        "What number is smaller, {a} or {b}?",
        "Which of the two is smaller, {a} or {b}?",
        "Find the smaller number: {a} or {b}.",
        "What is less, {a} or {b}?",
    ),
)
IS_LARGER = Wordings(
    (
        "Is {a} larger than {b}?",
        "Is {a} greater than {b}?",
        "Is {a} bigger than {b}?",
        "Is {a} more than {b}?",
        "{a} > {b}?",
        "Is {a} > {b}?",
        "Is it true that {a} is larger than {b}?",
        "Would you say {a} is bigger than {b}?",
        "Is the number {a} larger than {b}?",
        "Tell me if {a} is larger than {b}.",
        "Does {a} exceed {b}?",
        "Is {a} above {b}?",
    ),
    (
        "Is the number {a} bigger than {b}?",
        "Is it true that {a} is greater than {b}?",
        "Tell me whether {a} is larger than {b}.",
        "Is {a} really larger than {b}?",
    ),
)
IS_SMALLER = Wordings(
    (
        "Is {a} smaller than {b}?",
        "Is {a} less than {b}?",
        "{a} < {b}?",
        "Is {a} < {b}?",
        "Is {a} lower than {b}?",
        "Is {a} below {b}?",
        "Is it true that {a} is smaller than {b}?",
        "Would you say {a} is smaller than {b}?",
        "Is the number {a} smaller than {b}?",
        "Tell me if {a} is smaller than {b}.",
        "Tell me if {a} is less than {b}.",
        "Is {a} under {b}?",
    ),
    (
        "Is the number {a} less than {b}?",
        "Is it true that {a} is less than {b}?",
        "Tell me whether {a} is smaller than {b}.",
        "Is {a} really smaller than {b}?",
    ),
)
LARGEST = Wordings(
    (
        "What is the largest of {list}?",
        "Which is the largest: {list}?",
        "Find the largest number: {list}.",
        "What is the maximum of {list}?",
        "Which of these numbers is the largest: {list}?",
        "Find the biggest of {list}.",
        "What is the biggest number in {list}?",
        "Largest of {list}?",
        "Give me the largest of {list}.",
        "Pick the largest: {list}.",
        "Which number is the biggest: {list}?",
        "Tell me the maximum of {list}.",
    ),
    (
        "What is the biggest of {list}?",
        "Find the maximum: {list}.",
        "Which is the biggest number: {list}?",
        "Which one is the largest: {list}?",
    ),
)
SMALLEST = Wordings(
    (
        "What is the smallest of {list}?",
        "Which is the smallest: {list}?",
        "Find the smallest number: {list}.",
        "What is the minimum of {list}?",
        "Which of these numbers is the smallest: {list}?",
        "Find the smallest of {list}.",
        "What is the smallest number in {list}?",
        "Smallest of {list}?",
        "Give me the smallest of {list}.",
        "Pick the smallest: {list}.",
        "Which number is the smallest: {list}?",
        "Tell me the minimum of {list}.",
    ),
    (
        "What is the lowest of {list}?",
        "Find the minimum: {list}.",
        "Which is the smallest number: {list}?",
        "Which one is the smallest: {list}?",
    ),
)


def draw(rng: random.Random, say: Say) -> Draft:
    return _pair(rng, say) if rng.random() < 0.6 else _extreme(rng, say)


def number(rng: random.Random) -> int:
    return rng.randrange(10 ** rng.choice((1, 2, 3, 3, 4, 5)))


def _pair(rng, say: Say) -> Draft:
    a = number(rng)
    b = number(rng) if rng.random() < 0.6 else max(0, a + rng.randint(-20, 20))  # near each other: the hard case
    wordings, word, holds = rng.choice(
        [(LARGER, "larger", None), (SMALLER, "smaller", None), (IS_LARGER, "larger", a > b), (IS_SMALLER, "smaller", a < b)]
    )
    if a == b:
        answer = f"{a} and {b} are equal."
    elif holds is None:
        first, second = sorted((a, b), reverse=word == "larger")
        answer = f"{first} is {word} than {second}."
    else:
        answer = f"{'Yes' if holds else 'No'}, {a} is {'larger' if a > b else 'smaller'} than {b}."
    forth, back = _compared(a, b), _compared(b, a)
    return Draft((a, b), say(wordings, a=a, b=b), answer, forth, f"{forth}. Check: {back}.")


def _compared(a: int, b: int) -> str:
    """`0417 0432: 0=0, 4=4, 1<3`: up to the first digits that differ."""
    width = max(len(str(a)), len(str(b)))
    x, y = f"{a:0{width}}", f"{b:0{width}}"
    at = next((i for i in range(width) if x[i] != y[i]), width - 1)
    return f"{x} {y}: " + ", ".join(f"{p}{'=' if p == q else '<' if p < q else '>'}{q}" for p, q in zip(x[: at + 1], y))


def _extreme(rng, say: Say) -> Draft:
    values = rng.sample(range(10 ** rng.choice((2, 3, 4))), rng.randint(3, 5))
    largest = rng.random() < 0.5
    pick, steps = values[0], []
    for value in values[1:]:
        step = _compared(pick, value)
        pick = (max if largest else min)(pick, value)
        steps.append(f"{step}, {pick}")
    word = "largest" if largest else "smallest"
    medium = "; ".join(steps)
    listed = rng.choice((", ".join(map(str, values)), " ".join(map(str, values)), f"{', '.join(map(str, values[:-1]))} and {values[-1]}"))
    high = f"{medium}. Check: {pick} is the {word} of {', '.join(map(str, values))}."
    return Draft(("extreme", *values), say(LARGEST if largest else SMALLEST, list=listed), f"The {word} is {pick}.", medium, high)
