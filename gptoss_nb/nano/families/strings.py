"""Repeating a string that nobody has seen: letters and digits at random, a few words, a word several times."""

import random

from .draft import Draft, Say, Wordings
from .lexicon import WORDS, made_up, name

REPEAT = Wordings(
    (
        "Repeat {s}",
        "Repeat: {s}",
        "Repeat this: {s}",
        "Repeat after me: {s}",
        "Repeat '{s}'.",
        'Repeat "{s}".',
        "Repeat the string {s}",
        "Repeat this string: {s}",
        "Say {s}",
        "Say: {s}",
        "Say '{s}'.",
        "Copy {s}",
        "Copy this: {s}",
        "Copy the string '{s}'.",
        "Write {s}",
        "Write this again: {s}",
        "Echo {s}",
        "Echo: {s}",
        "Repeat these: {s}",
        "Can you repeat '{s}'?",
        "Say this after me: {s}",
        "Type {s}",
        "Give back {s}",
        "Print {s}",
        "Say this: {s}",
        "Say '{s}'",
        "Say the string {s}",
        "Say the words {s}",
        "Say the word {s}",
        "Can you say {s}?",
        "Can you say this: {s}",
        'Can you say "{s}"?',
        "Can you repeat {s}?",
        "Can you repeat this: {s}",
        "Can you repeat after me: {s}",
        "Can you write {s}?",
        "Can you write '{s}'?",
        "Can you copy this: {s}",
        "Could you repeat: {s}",
        "Could you say '{s}'?",
        "Write: {s}",
        "Write this: {s}",
        'Write "{s}".',
        "Write down {s}",
        "Write the following: {s}",
        "Write the string {s}",
        "Copy: {s}",
        "Copy '{s}'.",
        'Copy "{s}".',
        "Copy the string {s}",
        "Copy the text: {s}",
        "Copy these: {s}",
        "Echo this: {s}",
        "Echo '{s}'.",
        "Print: {s}",
        "Print '{s}'.",
        "Print this: {s}",
        "Type: {s}",
        "Type '{s}'.",
        "Type this: {s}",
        "Repeat the following string: {s}",
        "Repeat the text {s}",
        "Repeat the words {s}",
        "Repeat the word {s}",
        "Repeat exactly: {s}",
        "Say exactly: {s}",
        "Say again: {s}",
        "Output: {s}",
        "Just repeat: {s}",
        "Give this back: {s}",
        "Tell me this again: {s}",
    ),
    ("Can you say '{s}'?", "Repeat the following: {s}", "Write '{s}'.", "Copy the following: {s}", "Say the following: {s}"),
)
TIMES = Wordings(
    (
        "Say {s} {n} times.",
        "Repeat {s} {n} times.",
        "Write {s} {n} times.",
        "Say '{s}' {n} times.",
        "Repeat the word {s} {n} times.",
        "Write the word {s} {n} times.",
        "Say the word '{s}' {n} times.",
        "Can you say {s} {n} times?",
        "Print {s} {n} times.",
        "Type {s} {n} times.",
        "Repeat '{s}' {n} times.",
        "Say {n} times: {s}",
        "Write {n} times: {s}",
        "Could you repeat {s} {n} times?",
        "Could you write {s} {n} times?",
        "Can you repeat {s} {n} times?",
        "Can you write {s} {n} times?",
        "Can you say '{s}' {n} times?",
        "Repeat {n} times the word {s}.",
        "Say {n} times the word {s}.",
        "Write {n} times the word {s}.",
        "Print '{s}' {n} times.",
        "Echo '{s}' {n} times.",
        "Type '{s}' {n} times.",
        "Write this {n} times: {s}",
        "Say this {n} times: {s}",
        "Repeat this {n} times: {s}",
        "Copy {s} {n} times.",
        "Give me {s} {n} times.",
        "{n} times: {s}",
        "{n} times {s}, please.",
        "I want to see {s} {n} times.",
    ),
    ("Could you say {s} {n} times?", "Repeat {n} times: {s}", "Write '{s}' {n} times.", "Echo {s} {n} times."),
)
SYMBOLS = "abcdefghijklmnopqrstuvwxyz0123456789"


def draw(rng: random.Random, say: Say) -> Draft:
    if rng.random() < 0.2:
        w, n = _word(rng), rng.randint(2, 5)
        medium = ", ".join(f"{k} {w}" for k in range(1, n + 1))
        spoken = rng.choice((str(n), {2: "two", 3: "three", 4: "four", 5: "five"}[n]))
        return Draft((w, n), say(TIMES, s=w, n=spoken), " ".join([w] * n), medium, f"{medium}. Check: {n} times.")
    text = _string(rng)
    return Draft((text,), say(REPEAT, s=text), text, f"Copy: {text}", f"Copy: {text}. Check: {text}")


def _word(rng) -> str:
    return rng.choice((rng.choice(WORDS), name(rng), made_up(rng, rng.randint(2, 7))))


def _string(rng: random.Random) -> str:
    kind, length = rng.random(), rng.randint(4, 16)
    if kind < 0.45:
        return "".join(rng.choices(SYMBOLS, k=length))
    if kind < 0.55:
        return "".join(rng.choices(SYMBOLS[:26], k=length))
    if kind < 0.63:
        return "".join(rng.choices(SYMBOLS[26:], k=length))
    if kind < 0.73:
        return " ".join(rng.choices(SYMBOLS, k=rng.randint(4, 14)))
    return rng.choice((" ", " ", ", ")).join(_word(rng) for _ in range(rng.randint(2, 6)))
