"""Draft: one question with its answer, before it becomes a conversation; and how people vary what they type."""

import random
import re
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Turn:
    """An earlier exchange of the same conversation."""

    prompt: str
    answer: str


@dataclass(frozen=True)
class Call:
    """A call of a function tool: what is thought before it (empty at low effort), its arguments, and what it gives back."""

    thinking: str
    name: str
    arguments: dict
    result: str


@dataclass(frozen=True)
class Draft:
    """`key` names what must be new in a test: the operands, the word, the name; () where only the wording can be new.

    `medium` and `high` are the thinking at these efforts; at low effort there is none. `mistaken` is a working with a
    mistake that high effort may find before it: it is read and not learned. `calls` come before the answer.
    `also` is what an earlier run of the training held out in place of `key`: what a test asks must be new to both.
    """

    key: tuple
    prompt: str
    answer: str
    medium: str
    high: str
    earlier: tuple[Turn, ...] = field(default=())
    developer: str | None = None
    tools: tuple[dict, ...] = ()
    calls: tuple[Call, ...] = ()
    mistaken: str = ""
    also: tuple = ()


@dataclass(frozen=True)
class Wordings:
    """Ways to put one question: those that training sees, and those kept for the test. Operands stand in braces."""

    trained: tuple[str, ...]
    kept: tuple[str, ...]


def wordings(family: str, *names: str) -> list[Wordings]:
    """Those with these names in the family's text in `wordings/`: under `[name]` one on each line, under `[name, test]` those
    kept for the test; `\\n` stands for a new line, `<had|got>` for one or the other."""
    lists: dict[str, list[str]] = {}
    for line in (Path(__file__).parent / "wordings" / f"{family}.txt").read_text("utf-8").split("\n"):
        if line.startswith("["):
            current = lists.setdefault(line[1:-1], [])
        elif line:
            current.append(line.replace("\\n", "\n"))
    return [Wordings(tuple(lists[name]), tuple(lists[f"{name}, test"])) for name in names]


# what people put before and after a question
BEFORE = tuple(
    f"{text} "
    for text in """Hey,|Hi,|Hi nano,|Nano,|nano:|Question:|Quick question:|Next question:|Next:|OK,|So,|Now,|And|Well,|Tell me:
Please tell me:|Can you tell me:|Could you tell me:|I want to know:|I would like to know:|I wonder:|Let me ask:|One more:
One more question:|Another one:|Hello!|Hey nano!|Hi!""".replace("\n", "|").split("|")
)
AFTER = (" Thanks.", " Thank you.", " Thanks!", " Please.", " please", " Thank you!", " Thanks a lot.")


HURRIED = re.compile(r"\b(?:(?:what|who|where|when|how|it|that|let)'s|I'm|I'd|I|don't|doesn't)\b", re.IGNORECASE)
ALTERNATIVES = re.compile(r"<([^<>]*\|[^<>]*)>")
SLIPS, SLIPS_TRAINED = 0.05, 0.09  # of the prompts; in training more, since it takes practice to read over them


class Say:
    """Puts questions as somebody types them; `kept` says whether in the wordings of the test alone."""

    def __init__(self, rng: random.Random, kept: bool = False, slips: float = SLIPS):
        self._rng, self._kept, self._slips = rng, kept, slips

    def __call__(self, wordings: Wordings, **operands) -> str:
        """One of the wordings: now and then without capital or full stop, with a greeting or a please, with a slip of the
        finger. The operands themselves stay as they are."""
        rng = self._rng
        text = self._choice(wordings)
        if rng.random() < 0.15:
            text = text[0].lower() + text[1:]
            if rng.random() < 0.4:  # in a hurry
                text = HURRIED.sub(lambda found: found[0].replace("'", "").lower(), text)
        if rng.random() < 0.2 and text[-1] in ".?!":
            text = text[:-1]
        if rng.random() < 0.1:
            text = self._wrapped(text)
        if rng.random() < self._slips:
            text = _slip(rng, text)
        return text.format(**operands)

    def bare(self, wordings: Wordings, **operands) -> str:
        """One of the wordings as it is written, for what is composed further."""
        return self._choice(wordings).format(**operands)

    def _choice(self, wordings: Wordings) -> str:
        text = self._rng.choice(wordings.kept if self._kept else wordings.trained)
        return ALTERNATIVES.sub(lambda found: self._rng.choice(found[1].split("|")), text)

    def _wrapped(self, text: str) -> str:
        rng, kind = self._rng, self._rng.random()
        if kind < 0.25 and text[0].isalpha() and text[-1] != "?":
            return f"Please {text[0].lower()}{text[1:]}"
        if kind < 0.5 and text[-1] in "?.!":  # after an operand without a stop, it would belong to it
            return text[:-1] + ", please?" if text[-1] == "?" and rng.random() < 0.5 else text + rng.choice(AFTER)
        before = rng.choice(BEFORE)
        return before + (text[0].lower() + text[1:] if before[-2] == "," or rng.random() < 0.3 else text)


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
