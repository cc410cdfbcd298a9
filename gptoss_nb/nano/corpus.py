"""The corpus: examples of every family as harmony conversations, made on the spot, and the rule that keeps some for the test.

Called by nano/vocabulary, train and evaluate. Knows the families and the chat format, and no tensor.
"""

import random
import zlib
from dataclasses import dataclass

from ..chat import harmony
from .families import FAMILIES, Draft

IDENTITY = "You are nano."
EFFORTS = ("low", "medium", "high")
MIX = {"sums": 26, "numbers": 32, "words": 16, "strings": 13, "talk": 13}  # parts of the corpus
SYSTEM = ("Be brief.", "Answer the question.", "You are a helpful assistant.", "Be kind and clear.")
TEST_SHARE = 10  # one key in so many


@dataclass(frozen=True)
class Example:
    """One conversation up to the user's last question, and the reply that is wanted."""

    family: str
    effort: str
    messages: tuple[dict, ...]
    developer: str | None
    thinking: str | None
    answer: str

    def prompt_ids(self, tokenizer) -> list[int]:
        return harmony.encode(tokenizer, list(self.messages), developer=self.developer, effort=self.effort, identity=IDENTITY)

    def reply_ids(self, tokenizer) -> list[int]:
        """What follows `<|start|>assistant`, up to and including `<|return|>`."""
        channel, message, end, start, stop = (tokenizer.control_id(f"<|{n}|>") for n in ("channel", "message", "end", "start", "return"))

        def said(name: str, text: str) -> list[int]:
            return [channel, *tokenizer.encode(name), message, *tokenizer.encode(text)]

        thought = [*said("analysis", self.thinking), end, start, *tokenizer.encode("assistant")] if self.thinking else []
        return [*thought, *said("final", self.answer), stop]


def held_out(key: tuple) -> bool:
    """Whether operands, a word or a name are kept for the test: by a hash, so that the rule is the same everywhere."""
    return zlib.crc32(repr(key).encode()) % TEST_SHARE == 0


def example(rng: random.Random, family: str | None = None, effort: str | None = None, test: bool = False) -> Example:
    """One example; family and effort by chance unless given, its key from the test's share or from the rest."""
    family = family or rng.choices(list(MIX), list(MIX.values()))[0]
    effort = effort or rng.choices(EFFORTS, (20, 55, 25))[0]
    draft = _draw(rng, family, test)
    messages = [*_history(rng, draft, test), {"role": "user", "content": draft.prompt}]
    developer = rng.choice(SYSTEM) if rng.random() < 0.08 else None
    thinking = {"low": None, "medium": draft.medium, "high": draft.high}[effort]
    return Example(family, effort, tuple(messages), developer, thinking, draft.answer)


def _draw(rng: random.Random, family: str, test: bool) -> Draft:
    while True:
        draft = FAMILIES[family].draw(rng)
        if held_out(draft.key) == test:
            return draft


def _history(rng: random.Random, draft: Draft, test: bool) -> list[dict]:
    """The turns that the question needs, with others before, between and after them now and then."""
    turns = [(turn.prompt, turn.answer) for turn in draft.earlier]
    for _ in range(rng.choices((0, 1, 2, 4), (75, 15, 6, 4))[0]):
        other = _draw(rng, rng.choice(("sums", "words", "numbers", "strings")), test)
        turns.insert(rng.randint(0, len(turns)), (other.prompt, other.answer))
    messages = []
    for prompt, answer in turns:
        messages.append({"role": "user", "content": prompt})
        messages.append({"role": "assistant", "channel": "final", "content": answer})
    return messages
