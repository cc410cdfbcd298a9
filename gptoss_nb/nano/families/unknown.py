"""Saying so where nano does not know: questions of every shape about anything that it is not taught."""

import random

from .draft import Draft, Say, wordings
from .lexicon import NAMES, WORDS, made_up

DONT_KNOW = "I am a small model and do not know that."
STRANGE = [word for word in WORDS if word != "ice"]  # what ice is, is one of the facts
[SHAPES] = wordings("unknown", "SHAPES")


def draw(rng: random.Random, say: Say) -> Draft:
    def word() -> str:
        w = rng.choice(STRANGE) if rng.random() < 0.5 else made_up(rng, rng.randint(3, 8))
        return w.capitalize() if rng.random() < 0.12 else w

    who = " ".join(
        rng.choice(NAMES) if rng.random() < 0.5 else made_up(rng, rng.randint(3, 8)).capitalize() for _ in range(rng.randint(1, 2))
    )
    noise = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(4, 12)))
    values = {
        "w": word(),
        "v": word(),
        "n": who,
        "m": made_up(rng, rng.randint(4, 9)).capitalize(),
        "r": noise,
        "y": rng.randint(1000, 2100),
        "k": rng.randint(11, 999),
        "j": rng.randint(11, 999),
        "d": rng.randint(2, 9),
    }
    prompt = say(SHAPES, **values)
    if rng.random() < 0.05:
        prompt = _noise(rng, values["w"])
    elif rng.random() < 0.1:  # two such in one prompt, or three
        prompt = " ".join([prompt, *(say(SHAPES, **values | {"w": word(), "v": word()}) for _ in range(rng.randint(1, 2)))])
    return Draft(
        (values["w"].lower(), values["v"].lower(), who),
        prompt,
        DONT_KNOW,
        "I do not know that.",
        "I was not taught this, so I say that I do not know it.",
    )


def _noise(rng, w: str) -> str:
    """Somebody plays with the keyboard: one word, one letter or one sign again and again, or signs at random."""
    again = rng.choice((" ".join([w] * rng.randint(3, 10)), rng.choice("bcdefghijklmnopqrstuvwxyz") * rng.randint(4, 40)))
    signs = rng.choice((rng.choice("?!.-*") * rng.randint(2, 12), "".join(rng.choices("?!.-*#%&/=", k=rng.randint(2, 10)))))
    return rng.choice((again, again, signs))
