"""Counting the letters of a word, one of its letters, and its vowels: the word is spelled and the count kept beside it."""

import random

from .draft import Draft, Say, wordings
from .lexicon import made_up
from .words import word

ONE, ALL, VOWELS = wordings("letters", "ONE", "ALL", "VOWELS")

REPEATED = """mississippi banana cheese coffee bookkeeper balloon committee address success possess assess tennessee
pepper letter butter bottle kitten puppy rabbit yellow mirror carrot cherry apple berry common summer dinner hammer terrific
programming parallel occurrence accommodation millennium embarrass happiness hippopotamus strawberries raspberry
blueberry potato tomato papaya panama alabama canada area eerie queue level radar noon pineapple giraffe grasshopper
butterfly dragonfly blackboard football volleyball classroom toothbrush moon spoon queen sleep street teeth
needle wheel sheep cookbook rooster school door floor zoo kangaroo buffalo llama""".split()  # letters that come more than once


def draw(rng: random.Random, say: Say) -> Draft:
    w, kind = word(rng), rng.choices((ONE, ALL, VOWELS), (50, 30, 20))[0]
    chance = rng.random()
    if chance < 0.15:
        w = made_up(rng, rng.randint(8, 12))
    elif chance < 0.3:
        w = rng.choice(REPEATED)
    for _ in range(rng.choices((0, 1, 2, 3), (60, 20, 12, 8))[0]):  # letters that come twice are rare
        at = rng.randrange(len(w))
        w = w[:at] + w[at] + w[at:]
    if kind is ONE:
        twice = [letter for letter in w.lower() if w.lower().count(letter) > 1]
        among = twice if twice and rng.random() < 0.5 else w.lower()
        c = rng.choice(among if rng.random() < 0.8 else "abcdefghijklmnopqrstuvwxyz")
        counted, n = _counted(w, c)
        times = "once" if n == 1 else f"{n} times"
        answer = f"The letter {c} does not occur in {w}." if n == 0 else f"The letter {c} occurs {times} in {w}."
        return _draft((w.lower(), c), say(ONE, w=w, c=c), answer, f"{c}: {counted}", n)
    counted, n = _counted(w, "abcdefghijklmnopqrstuvwxyz" if kind is ALL else "aeiou")
    plural = "" if n == 1 else "s"
    what = "letter" if kind is ALL else "vowel"
    return _draft((f"{what}s", w.lower()), say(kind, w=w), f"{w} has {n} {what}{plural}.", counted, n, (w.lower(),))


def _counted(w: str, wanted: str) -> tuple[str, int]:
    """`s t1 r a w`: each wanted letter with its number."""
    n, steps = 0, []
    for letter in w:
        n += letter.lower() in wanted
        steps.append(f"{letter}{n}" if letter.lower() in wanted else letter)
    return " ".join(steps), n


def _draft(key, prompt: str, answer: str, medium: str, n: int, also: tuple = ()) -> Draft:
    medium = f"{medium}: {n}"
    return Draft(key, prompt, answer, medium, f"{medium}. Check: {medium}, right.", also=also)
