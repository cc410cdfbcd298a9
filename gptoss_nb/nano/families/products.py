"""Products and exact quotients with one digit, worked out digit by digit."""

import random

from .draft import Draft, Say, Wordings

TIMES = Wordings(
    (
        "What is {a} * {b}?",
        "{a} * {b}",
        "{a}*{b}",
        "{a} * {b} =",
        "{a} x {b}",
        "What is {a} x {b}?",
        "{a} times {b}?",
        "What is {a} times {b}?",
        "Multiply {a} by {b}.",
        "Multiply {a} and {b}.",
        "What is the product of {a} and {b}?",
        "Calculate {a} * {b}.",
        "Compute {a} times {b}.",
        "How much is {a} times {b}?",
        "How much is {a} * {b}?",
        "Work out {a} * {b}.",
        "What's {a} * {b}?",
        "Can you multiply {a} by {b}?",
        "Find the product of {a} and {b}.",
        "What do you get when you multiply {a} by {b}?",
        "Tell me {a} times {b}.",
        "Solve {a} x {b}.",
        "{a} multiplied by {b}?",
        "{a} multiplied with {b}?",
        "What do you get for {a} multiplied by {b}?",
        "What is {a} multiplied with {b}?",
        "How much is {a} x {b}?",
        "{a}x{b}",
        "{a}*{b}=?",
        "{a}*{b}=",
        "{a} * {b}?",
        "{a} x {b} = ?",
        "What is {a}*{b}?",
        "Could you multiply {a} by {b}?",
        "Could you tell me {a} times {b}?",
        "Can you calculate {a} * {b}?",
        "Can you work out {a} times {b}?",
        "What do I get for {a} * {b}?",
        "Multiply {a} with {b}.",
        "I want {a} times {b}.",
        "I need {a} * {b}.",
        "I need to multiply {a} and {b}.",
        "If you multiply {a} by {b}, what is it?",
        "What is the result of {a} * {b}?",
        "What's {a} times {b}?",
        "What's the product of {a} and {b}?",
        "Product of {a} and {b}?",
        "Give me {a} x {b}.",
        "Give me the product of {a} and {b}.",
        "Calculate {a} x {b}.",
        "Work out {a} x {b}.",
        "Find {a} * {b}.",
        "Find {a} times {b}.",
        "There are {a} boxes with {b} balls each. How many balls?",
        "Help me with {a} * {b}.",
        "Evaluate {a} times {b}.",
        "What does {a} * {b} equal?",
        "What does {a} times {b} make?",
        "{a} times {b}",
    ),
    (
        "What is {a} multiplied by {b}?",
        "{a} * {b} = ?",
        "Could you work out {a} times {b}?",
        "I need {a} x {b}.",
        "If I multiply {a} by {b}, what do I get?",
    ),
)
DIVIDE = Wordings(
    (
        "What is {a} / {b}?",
        "{a} / {b}",
        "{a}/{b}",
        "{a} / {b} =",
        "{a} divided by {b}?",
        "What is {a} divided by {b}?",
        "Divide {a} by {b}.",
        "Calculate {a} / {b}.",
        "Compute {a} divided by {b}.",
        "How much is {a} / {b}?",
        "How much is {a} divided by {b}?",
        "Work out {a} / {b}.",
        "What's {a} / {b}?",
        "Can you divide {a} by {b}?",
        "What do you get when you divide {a} by {b}?",
        "Tell me {a} divided by {b}.",
        "Solve {a} / {b}.",
        "How many times does {b} go into {a}?",
        "{a}/{b}=?",
        "{a}/{b}=",
        "{a} / {b}?",
        "{a} divided by {b}",
        "What is {a}/{b}?",
        "Could you divide {a} by {b}?",
        "Could you tell me {a} divided by {b}?",
        "Can you work out {a} divided by {b}?",
        "Can you calculate {a} / {b}?",
        "What do I get for {a} / {b}?",
        "I want {a} divided by {b}.",
        "I need {a} divided by {b}.",
        "I need to divide {a} by {b}.",
        "If you divide {a} by {b}, what is it?",
        "What is the result of {a} / {b}?",
        "What's {a} divided by {b}?",
        "What's {a}/{b}?",
        "What is the quotient of {a} and {b}?",
        "Give me {a} / {b}.",
        "Give me {a} divided by {b}.",
        "Work out {a} divided by {b}.",
        "Find {a} / {b}.",
        "Find {a} divided by {b}.",
        "Split {a} into {b} equal parts. How much is one?",
        "Share {a} among {b}. How much does each get?",
        "Help me with {a} / {b}.",
        "Evaluate {a} / {b}.",
        "What does {a} / {b} equal?",
        "Calculate {a} divided by {b}.",
        "How much does {a} / {b} make?",
        "How often does {b} go into {a}?",
    ),
    ("{a} / {b} = ?", "Could you work out {a} divided by {b}?", "I need {a} / {b}.", "If I divide {a} by {b}, what do I get?"),
)


def draw(rng: random.Random, say: Say) -> Draft:
    a, digit = rng.randrange(10 ** rng.choice((1, 2, 3, 3, 4))), rng.randrange(10)
    if rng.random() < 0.6:
        return _product(rng, say, a, digit)
    digit = digit or 7
    most = 10 ** rng.choice((2, 3, 4)) // digit
    return _quotient(say, rng.randrange(most) * digit, digit)


def _product(rng, say: Say, a: int, digit: int) -> Draft:
    x, y = (a, digit) if rng.random() < 0.7 else (digit, a)
    medium = _times(a, digit)
    return Draft(
        ("*", a, digit), say(TIMES, a=x, b=y), f"{x} * {y} = {a * digit}.", medium, f"{medium}. Check: {medium}. That is the same."
    )


def _times(a: int, digit: int) -> str:
    """`347*8: 7*8=56+0=56, 4*8=32+5=37, 3*8=24+3=27: 2776`: each digit times the one, and the carry."""
    steps, carry = [], 0
    for d in map(int, reversed(str(a))):
        steps.append(f"{d}*{digit}={d * digit}+{carry}={d * digit + carry}")
        carry = (d * digit + carry) // 10
    return f"{a}*{digit}: {', '.join(steps)}: {a * digit}"


def _quotient(say: Say, a: int, digit: int) -> Draft:
    """`552/8: 5=8*0=0+5, 55=8*6=48+7, 72=8*9=72+0: 69`."""
    steps, rest = [], 0
    for d in map(int, str(a)):
        part = rest * 10 + d
        steps.append(f"{part}={digit}*{part // digit}={part - part % digit}+{part % digit}")
        rest = part % digit
    medium = f"{a}/{digit}: {', '.join(steps)}: {a // digit}"
    return Draft(
        ("/", a, digit),
        say(DIVIDE, a=a, b=digit),
        f"{a} / {digit} = {a // digit}.",
        medium,
        f"{medium}. Check: {_times(a // digit, digit)}, right.",
    )
