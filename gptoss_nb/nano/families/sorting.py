"""Sorting three to eight numbers, up or down. Each has three digits and a letter, by which it is taken out of the list; in some
workings of high effort a mistake goes before, which the check finds."""

import random

from .draft import Draft, Say, Wordings

UP = Wordings(
    (
        "Sort {list}.",
        "Sort these numbers: {list}.",
        "Sort these numbers: {list}",
        "Sort the numbers {list}.",
        "Put these numbers in order: {list}.",
        "Order these numbers: {list}.",
        "Sort {list} from smallest to largest.",
        "Sort from smallest to largest: {list}.",
        "Sort in ascending order: {list}.",
        "Arrange {list} in ascending order.",
        "Can you sort {list}?",
        "Put {list} in order.",
        "Sort: {list}",
        "Sort the list {list}.",
        "Order {list}.",
        "Arrange these numbers from smallest to largest: {list}.",
        "Please order the numbers {list}.",
        "Sort {list} in ascending order.",
        "Sort this list: {list}",
        "Put these in ascending order: {list}.",
        "Could you sort these: {list}?",
        "List {list} from smallest to largest.",
        "Sort the following: {list}",
        "Sort the following list: {list}.",
        "Put the following numbers in order: {list}.",
        "Put the following in order: {list}",
        "Arrange the following numbers: {list}.",
        "Arrange the numbers {list}.",
        "Order the numbers {list}.",
        "Order the following: {list}.",
        "Can you put {list} in order?",
        "Can you sort these numbers: {list}?",
        "Sort these: {list}",
        "Sort these for me: {list}",
        "Sort {list} ascending.",
        "{list} sorted?",
        "What is {list} in order?",
        "I want {list} in order.",
        "Sort the numbers {list} from smallest to largest.",
        "Order {list} from smallest to largest.",
        "Put the list {list} in ascending order.",
    ),
    (
        "Sort the following numbers: {list}.",
        "Put the numbers {list} in order.",
        "Arrange the numbers {list} from smallest to largest.",
        "Can you put these in order: {list}?",
        "Order the list {list}.",
    ),
)
DOWN = Wordings(
    (
        "Sort {list} from largest to smallest.",
        "Sort from largest to smallest: {list}.",
        "Sort in descending order: {list}.",
        "Arrange {list} in descending order.",
        "Put these numbers in descending order: {list}.",
        "Sort these numbers from largest to smallest: {list}.",
        "Sort {list} in descending order.",
        "Put {list} in descending order.",
        "Order {list} from largest to smallest.",
        "Order these numbers from largest to smallest: {list}.",
        "Arrange these numbers from largest to smallest: {list}.",
        "List {list} from largest to smallest.",
        "Sort descending: {list}",
        "Can you sort {list} in descending order?",
        "Sort the numbers {list} from largest to smallest.",
        "Sort the numbers {list} in descending order.",
        "Sort the following in descending order: {list}.",
        "Put the following numbers in descending order: {list}.",
        "Put these from largest to smallest: {list}.",
        "Put {list} in order from largest to smallest.",
        "Order the list {list} from largest to smallest.",
        "Sort this list in descending order: {list}",
        "Sort {list} descending.",
        "Sort these in descending order: {list}",
        "Largest first: sort {list}.",
        "Sort {list} with the largest first.",
        "Arrange {list} from largest to smallest.",
        "Can you sort {list} from largest to smallest?",
    ),
    (
        "Sort the following numbers from largest to smallest: {list}.",
        "Put the numbers {list} in descending order.",
        "Arrange the numbers {list} from largest to smallest.",
        "Sort the list {list} in descending order.",
    ),
)


def draw(rng: random.Random, say: Say) -> Draft:
    values, down = [rng.randrange(rng.choice((10, 100, 1000, 1000))) for _ in range(rng.randint(3, 8))], rng.random() < 0.35
    prompt = say(DOWN if down else UP, list=_listed(rng, values))
    order = ", ".join(map(str, sorted(values, reverse=down)))
    medium = _working(values, down)
    key = ("sort", *sorted(values))
    if rng.random() < 0.3:
        wrong = _working(values, down, rng.randrange(len(values) - 1))
        return Draft(key, prompt, order, medium, f"Check: {medium}. That is not the same, so {order}.", mistaken=f"{wrong}.")
    return Draft(key, prompt, order, medium, f"{medium}. Check: {medium}. That is the same.")


def _listed(rng, values: list[int]) -> str:
    text = rng.choices((", ", " ", ","), (70, 20, 10))[0].join(map(str, values))
    if rng.random() < 0.15:
        text = f"{', '.join(map(str, values[:-1]))} and {values[-1]}"
    return f"[{text}]" if rng.random() < 0.08 else text


def _working(values: list[int], down: bool, wrong_at: int | None = None) -> str:
    """`Smallest first: a017 b005 c230 > 005 b | a017 c230 > 017 a | c230 > 230 c`; at `wrong_at` the second best is taken."""
    left, steps = dict(zip("abcdefgh", values)), []
    while left:
        order = sorted(left, key=lambda letter: (-left[letter] if down else left[letter], letter))
        letter = order[1] if len(steps) == wrong_at else order[0]
        steps.append(f"{' '.join(f'{name}{value:03}' for name, value in left.items())} > {left[letter]:03} {letter}")
        del left[letter]
    return f"{'Largest' if down else 'Smallest'} first: {' | '.join(steps)}"
