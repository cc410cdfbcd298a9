"""Repeating a string that nobody has seen: letters and digits at random, codes, a few words, sentences, a word several times."""

import random

from .draft import Draft, Say, Wordings, wordings
from .lexicon import NAMES, WORDS, made_up, name
from .memory import CITIES

REPEAT, TIMES = wordings("strings", "REPEAT", "TIMES")
SYMBOLS = "abcdefghijklmnopqrstuvwxyz0123456789"
SENTENCES = """My {k} lives in {c}.|My {k} has a {w} and a {w}.|The {w} is {a}.|The {w} is on the {w}.
The {w} is {a} and {a}.|I like {w} and {w}.
Where is the {w}?|Where does {n} live?|Who has my {a} {w}?|{n} and {n} go to {c}.|{n} is in {c} today.|We meet at the {w} in {c}.
{n} has {d} {a} cards.|I have {d} cards and {n} has {d}.|Look at the {a} {w}!|What a {a} {w}!|Hello, {n}!|Good morning, {n}.
Hello, {w} {d}!|The {w} costs {d} euros.|Please bring the {w} to {n}.|Is the {w} {a} or {a}?|Tomorrow we see the {w} and the {w}.
I saw a {a} {w} near the {w}.|{n} reads a book about {c}.|The {a} {w} sleeps.|A {w}, a {w} and a {w}.|No, the {w} is not {a}.
There are {d} people in the {w}.|Can you see the {w}?|The train to {c} is late.|Never give the {w} to {n}!
Yes, {n} is my {k}.|It is {a} in {c}.|All is {a}, says {n}.|the {w} is in the {w}|my {k} likes {w}|the {w} is {a}
a {a} {w} in {c}|{a} {w} {d}|{w} and {w}, then {w}|{w} {d} {w}""".replace("\n", "|").split("|")
KIN = "aunt uncle sister brother mother father cousin grandma friend neighbour teacher".split()
KINDS = "red blue green old new small big long quiet loud soft warm cold tall wet".split()


def _ending(told: Wordings) -> Wordings:
    """Those in which a sentence keeps its own stop: at the end, or in quotes."""
    kept = [
        tuple(text for text in texts if text.endswith((": {s}", "? {s}", "\n{s}")) or "'{s}'" in text or '"{s}"' in text)
        for texts in (told.trained, told.kept)
    ]
    return Wordings(*kept)


REPEAT_SENTENCE = _ending(REPEAT)


def draw(rng: random.Random, say: Say) -> Draft:
    if rng.random() < 0.42:
        return _times(rng, say)
    marked = rng.random() < 0.36
    text = rng.choices((_sentence, _code), (70, 30))[0](rng) if marked else _string(rng)
    return Draft((text,), say(REPEAT_SENTENCE if marked else REPEAT, s=text), text, f"Copy: {text}", f"Copy: {text}. Check: {text}")


def _times(rng, say: Say) -> Draft:
    """`5 Ruth, 4 Ruth, 3 Ruth, 2 Ruth, 1 Ruth: 5`: counted down, since then the end is the same for all numbers; and the number
    again right before the answer, where nothing but it tells the first word from the last."""
    w, n = _word(rng) if rng.random() < 0.5 else rng.choice((*WORDS, *NAMES)), rng.randint(2, 5)
    medium = f"{counted(w, n)}: {n}"
    spoken = rng.choice((str(n), {2: "two", 3: "three", 4: "four", 5: "five"}[n]))
    return Draft((w, n), say(TIMES, s=w, n=spoken), " ".join([w] * n), medium, f"{medium}. Check: {n} times.")


def counted(text: str, n: int) -> str:
    return ", ".join(f"{k} {text}" for k in range(n, 0, -1))


def _word(rng) -> str:
    return rng.choice((rng.choice(WORDS), name(rng), made_up(rng, rng.randint(2, 7))))


def _sentence(rng) -> str:
    """`My aunt lives in Leeds.`: the capital and the stop are part of it."""
    text = rng.choice(SENTENCES)
    drawn = {"w": WORDS, "n": NAMES, "c": CITIES, "k": KIN, "a": KINDS, "d": range(2, 100)}
    for slot, values in drawn.items():
        while f"{{{slot}}}" in text:
            made = slot in "wnc" and rng.random() < 0.2
            value = made_up(rng, rng.randint(3, 7)) if made else str(rng.choice(values))
            text = text.replace(f"{{{slot}}}", value.capitalize() if made and slot != "w" else value, 1)
    return text


def _code(rng) -> str:
    """`Xq7-pp42`, `zx81 Blue_kettle`: mixed case, dashes and dots."""
    letters = SYMBOLS + SYMBOLS[:26].upper() if rng.random() < 0.6 else SYMBOLS
    parts = ["".join(rng.choices(letters, k=rng.randint(1, 5))) for _ in range(rng.randint(2, 4))]
    if rng.random() < 0.3:
        parts[0] = rng.choice(WORDS)
    return rng.choice("---.._/ ").join(parts)


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
