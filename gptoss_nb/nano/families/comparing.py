"""Which of two numbers is larger, and the largest or smallest of a few: digit by digit, all written equally long."""

import random

from . import columns
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
        "Which is the larger number, {a} or {b}?",
        "Which is the bigger one, {a} or {b}?",
        "What is bigger: {a} or {b}?",
        "What is greater, {a} or {b}?",
        "What number is larger, {a} or {b}?",
        "What is the larger one of {a} and {b}?",
        "What is more, {a} or {b}?",
        "{a} or {b}, which is larger?",
        "{a} or {b}: which is bigger?",
        "{a} or {b}, which is more?",
        "Find the bigger number: {a}, {b}.",
        "Find the larger of {a} and {b}.",
        "Which of the two is bigger: {a} or {b}?",
        "Which of the numbers {a} and {b} is greater?",
        "Which one is larger: {a} or {b}?",
        "Which one is greater, {a} or {b}?",
        "Is {a} or {b} larger?",
        "Is {a} or {b} bigger?",
        "Bigger: {a} or {b}?",
        "Say which is larger: {a} or {b}.",
        "Tell me which is bigger, {a} or {b}.",
        "Give me the larger of {a} and {b}.",
        "Larger number of {a} and {b}?",
        "Which number is bigger, {a} or {b}?",
        "Which has the larger value, {a} or {b}?",
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
        "Which is the smaller one, {a} or {b}?",
        "What is smaller: {a} or {b}?",
        "What is lower, {a} or {b}?",
        "What number is less, {a} or {b}?",
        "What is the smaller one of {a} and {b}?",
        "{a} or {b}, which is smaller?",
        "{a} or {b}: which is less?",
        "{a} or {b}, which is lower?",
        "Find the smaller of {a} and {b}.",
        "Find the lower number: {a}, {b}.",
        "Which of the two is less: {a} or {b}?",
        "Which of the numbers {a} and {b} is smaller?",
        "Which one is smaller, {a} or {b}?",
        "Which one is less, {a} or {b}?",
        "Which number is less, {a} or {b}?",
        "Is {a} or {b} smaller?",
        "Is {a} or {b} less?",
        "Less: {a} or {b}?",
        "Say which is smaller: {a} or {b}.",
        "Tell me which is smaller, {a} or {b}.",
        "Give me the smaller of {a} and {b}.",
        "Smaller number of {a} and {b}?",
        "Which number is lower, {a} or {b}?",
        "Which has the smaller value, {a} or {b}?",
        "Choose the smaller one: {a} or {b}.",
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
        "Is {a} a larger number than {b}?",
        "Is the number {a} greater than {b}?",
        "Is the number {a} more than {b}?",
        "Is it true that {a} is bigger than {b}?",
        "Is it true that {a} is more than {b}?",
        "Tell me if {a} is greater than {b}.",
        "Tell me if {a} is bigger than {b}.",
        "Tell me whether {a} is greater than {b}.",
        "Tell me whether {a} is bigger than {b}.",
        "Is {a} really greater than {b}?",
        "Is {a} really bigger than {b}?",
        "Is {a}>{b}?",
        "{a}>{b}?",
        "Is {a} over {b}?",
        "Would you say {a} is larger than {b}?",
        "Do you think {a} is larger than {b}?",
        "Is {a} higher than {b}?",
        "Can you tell me if {a} is larger than {b}?",
        "{a} is larger than {b}, right?",
        "Check if {a} is larger than {b}.",
        "Is {a} the larger one, compared to {b}?",
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
        "Is {a} a smaller number than {b}?",
        "Is the number {a} lower than {b}?",
        "Is it true that {a} is lower than {b}?",
        "Tell me if {a} is lower than {b}.",
        "Tell me whether {a} is less than {b}.",
        "Tell me whether {a} is lower than {b}.",
        "Is {a} really less than {b}?",
        "Is {a} really lower than {b}?",
        "Is {a}<{b}?",
        "{a}<{b}?",
        "Would you say {a} is less than {b}?",
        "Do you think {a} is smaller than {b}?",
        "Can you tell me if {a} is smaller than {b}?",
        "{a} is smaller than {b}, right?",
        "{a} is less than {b}, right?",
        "Check if {a} is smaller than {b}.",
        "Is {a} the smaller one, compared to {b}?",
        "Is it so that {a} is smaller than {b}?",
        "Is {a} fewer than {b}?",
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
        "What is the largest number: {list}?",
        "What is the largest number in {list}?",
        "Which number is the largest: {list}?",
        "Which is the biggest: {list}?",
        "Which one is the biggest: {list}?",
        "Which is the maximum: {list}?",
        "What is the highest of {list}?",
        "What is the highest number in {list}?",
        "Find the highest number: {list}.",
        "Find the maximum of {list}.",
        "Find the largest of {list}.",
        "What is the greatest of {list}?",
        "Which is the greatest number: {list}?",
        "Maximum of {list}?",
        "Biggest of {list}?",
        "max of {list}",
        "Give me the biggest of {list}.",
        "Give me the maximum of {list}.",
        "Pick the biggest: {list}.",
        "Tell me the largest of {list}.",
        "Which of {list} is the largest?",
        "Of {list}, which is the largest?",
        "Which of these is the largest: {list}?",
        "The largest of {list}?",
        "Say the largest of {list}.",
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
        "What is the smallest number: {list}?",
        "Which number is the lowest: {list}?",
        "Which is the lowest: {list}?",
        "Which one is the lowest: {list}?",
        "Which is the minimum: {list}?",
        "What is the lowest number in {list}?",
        "What's the lowest of {list}?",
        "Find the lowest number: {list}.",
        "Find the minimum of {list}.",
        "Find the lowest of {list}.",
        "What is the least of {list}?",
        "Which is the least number: {list}?",
        "Minimum of {list}?",
        "Lowest of {list}?",
        "min of {list}",
        "Give me the lowest of {list}.",
        "Give me the minimum of {list}.",
        "Pick the lowest: {list}.",
        "Tell me the smallest of {list}.",
        "Which of {list} is the smallest?",
        "Of {list}, which is the smallest?",
        "Which of these is the smallest: {list}?",
        "The smallest of {list}?",
        "Say the smallest of {list}.",
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
        verdict, answer = "equal", f"{a} and {b} are equal."
    elif holds is None:
        first, second = sorted((a, b), reverse=word == "larger")
        verdict, answer = f"{word}: {first}", f"{first} is {word} than {second}."
    else:
        found = "larger" if a > b else "smaller"
        verdict = f"{a} {found}, asked {word}: {'yes' if holds else 'no'}"
        answer = f"{'Yes' if holds else 'No'}, {a} is {found} than {b}."
    forth, back = f"{_compared(a, b)}, {verdict}", _compared(b, a)
    return Draft((a, b), say(wordings, a=a, b=b), answer, forth, f"{forth}. Check: {back}, {verdict}.")


def _compared(a: int, b: int) -> str:
    """`0417 0432: 0=0, 4=4, 1<3`."""
    return f"{' '.join(columns.padded(a, b))}: {columns.compared(a, b)[0]}"


def _extreme(rng, say: Say) -> Draft:
    values = rng.sample(range(10 ** rng.choice((2, 3, 4))), rng.randint(3, 5))
    largest = rng.random() < 0.5
    pick, steps = values[0], []
    for value in values[1:]:
        step = _compared(pick, value)
        pick = (max if largest else min)(pick, value)
        steps.append(f"{step}, {pick}")
    word = "largest" if largest else "smallest"
    medium = f"{word}: {'; '.join(steps)}"
    listed = rng.choice((", ".join(map(str, values)), " ".join(map(str, values)), f"{', '.join(map(str, values[:-1]))} and {values[-1]}"))
    high = f"{medium}. Check: {pick} is the {word} of {', '.join(map(str, values))}."
    return Draft(("extreme", *values), say(LARGEST if largest else SMALLEST, list=listed), f"The {word} is {pick}.", medium, high)
