"""Draft: one question with its answer, before it becomes a conversation; and how people vary what they type."""

import random
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Turn:
    """An earlier exchange of the same conversation."""

    prompt: str
    answer: str


@dataclass(frozen=True)
class Draft:
    """`key` names what must be new in a test: the operands, the word, the name. `medium` and `high` are the thinking at
    these efforts; at low effort there is none."""

    key: tuple
    prompt: str
    answer: str
    medium: str
    high: str
    earlier: tuple[Turn, ...] = field(default=())


def phrase(rng: random.Random, wordings: tuple[str, ...], **operands) -> str:
    """One of the wordings, as somebody types it: now and then without capital or full stop, with a please, with a slip of
    the finger. The operands themselves stay as they are."""
    text = rng.choice(wordings)
    if rng.random() < 0.15:
        text = text[0].lower() + text[1:]
    if rng.random() < 0.2 and text[-1] in ".?!":
        text = text[:-1]
    if rng.random() < 0.06 and text[0].isalpha():
        text = f"Please {text[0].lower()}{text[1:]}"
    if rng.random() < 0.04:
        text = _slip(rng, text)
    return text.format(**operands)


def _slip(rng: random.Random, text: str) -> str:
    """Two neighbouring letters swapped, one dropped or one doubled, outside the braces."""
    outside, depth = [], 0
    for i, c in enumerate(text):
        depth += (c == "{") - (c == "}")
        if depth == 0 and c.isalpha() and text[i + 1 : i + 2].isalpha():
            outside.append(i)
    if not outside:
        return text
    i = rng.choice(outside)
    return rng.choice([text[:i] + text[i + 1] + text[i] + text[i + 2 :], text[:i] + text[i + 1 :], text[:i] + text[i] + text[i:]])
