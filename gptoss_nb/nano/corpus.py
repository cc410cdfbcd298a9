"""The corpus: examples of every family as harmony conversations, made on the spot, and the rule that keeps some for the test.

Called by nano/vocabulary, batches and evaluate. Knows the families and the chat format, and no tensor.
"""

import json
import random
import zlib
from dataclasses import dataclass

from ..chat import harmony
from .families import FAMILIES, SLIPS, SLIPS_TRAINED, Call, Draft, Say, Turn

IDENTITY = "You are nano."
EFFORTS = ("low", "medium", "high")
MIX = {
    "sums": 10, "large_sums": 14, "products": 13, "comparing": 5, "sorting": 10, "words": 14, "letters": 12, "strings": 12, "brackets": 7,
    "python": 15, "facts": 13, "calendar": 14, "translation": 14, "stories": 28, "talk": 10, "memory": 16, "instructions": 19,
    "functions": 44, "unknown": 12,
}  # parts of the corpus  # fmt: skip
SYSTEM = ("Be brief.", "Answer the question.", "You are a helpful assistant.", "Be kind and clear.")
BETWEEN = ("sums", "words", "facts", "translation", "talk", "comparing", "calendar", "stories", "products", "memory")  # families of the turns before
TEST_SHARE = 10  # one key in so many


@dataclass(frozen=True)
class Example:
    """One conversation up to the user's last question, and the reply that is wanted: calls of tools, then an answer."""

    family: str
    effort: str
    messages: tuple[dict, ...]
    developer: str | None
    tools: tuple[dict, ...]
    calls: tuple[Call, ...]
    mistaken: str
    thinking: str | None
    answer: str

    def prompt_ids(self, tokenizer) -> list[int]:
        return harmony.encode(tokenizer, list(self.messages), self.developer, self.effort, self.tools, IDENTITY)

    def reply(self, tokenizer) -> tuple[list[int], list[bool]]:
        """What follows `<|start|>assistant`, up to and including `<|return|>`; and what of it is learned: not the results
        of tools, not a working with a mistake."""
        ids, learned = [], []

        def add(more: list[int], is_learned: bool) -> None:
            ids.extend(more)
            learned.extend([is_learned] * len(more))

        for call in self.calls:
            add(_said(tokenizer, [*_thought(self.effort != "low" and call.thinking), called(call)]), True)
            add(harmony.continuation(tokenizer, [result(call)]), False)
        add(_said(tokenizer, [*_thought(self.thinking), {"role": "assistant", "channel": "final", "content": self.answer}]), True)
        ids[-1] = tokenizer.control_id("<|return|>")
        if self.mistaken:  # the reply begins: channel, analysis, message, the mistake
            unlearned = 3 + len(tokenizer.encode(self.mistaken))
            learned[:unlearned] = [False] * unlearned
        return ids, learned

    def reply_ids(self, tokenizer) -> list[int]:
        return self.reply(tokenizer)[0]


def called(call: Call) -> dict:
    """The message in which the model calls a tool."""
    return {"role": "assistant", "channel": "commentary", "recipient": f"functions.{call.name}",
            "content_type": "<|constrain|>json", "content": json.dumps(call.arguments)}  # fmt: skip


def result(call: Call) -> dict:
    """The message with what the tool gave back, as the session writes it."""
    return {"role": "tool", "name": f"functions.{call.name}", "recipient": "assistant", "channel": "commentary", "content": call.result}


def _thought(text) -> list[dict]:
    return [{"role": "assistant", "channel": "analysis", "content": text}] if text else []


def _said(tokenizer, messages: list[dict]) -> list[int]:
    """Ids of an assistant's messages without the `<|start|>assistant` before and after them, which stand already."""
    return harmony.continuation(tokenizer, messages)[2:-2]


def held_out(key: tuple) -> bool:
    """Whether operands, a word or a name are kept for the test: by a hash, so that the rule is the same everywhere."""
    return key != () and zlib.crc32(repr(key).encode()) % TEST_SHARE == 0


def example(rng: random.Random, family: str | None = None, effort: str | None = None, test: bool = False, new_wording: bool = False,
            turns: int | None = None, mistakes: bool | None = None) -> Example:  # fmt: skip
    """One example; family and effort by chance unless given, its key from the test's share or from the rest.

    `new_wording` puts it as the test alone does; what has no key (a fact) is tested in these wordings always. `turns` is
    the number of unrelated turns before it, by chance unless given. `mistakes`: whether some workings of high effort begin with one
    that went wrong; unless given, in training alone.
    """
    family = family or rng.choices(list(MIX), list(MIX.values()))[0]
    effort = effort or rng.choices(EFFORTS, (14, 54, 32))[0]
    draft = _draw(rng, family, test, new_wording)
    messages = [*_history(rng, family, draft, test, turns), {"role": "user", "content": draft.prompt}]
    developer = draft.developer or (rng.choice(SYSTEM) if rng.random() < 0.08 else None)
    thinking = {"low": None, "medium": draft.medium, "high": draft.high}[effort]
    may_err = not test if mistakes is None else mistakes
    mistaken = draft.mistaken if effort == "high" and may_err else ""
    if mistaken:
        thinking = f"{mistaken} {thinking}"
    return Example(family, effort, tuple(messages), developer, draft.tools, draft.calls, mistaken, thinking, draft.answer)


def _draw(rng: random.Random, family: str, test: bool, new_wording: bool) -> Draft:
    while True:
        draft = FAMILIES[family].draw(rng, Say(rng, new_wording, SLIPS if test else SLIPS_TRAINED))
        if test and draft.key == () and not new_wording:
            return _draw(rng, family, test, True)
        new_to_both = not (test and draft.also) or held_out(draft.also)
        if draft.key == () or (held_out(draft.key) == test and new_to_both):
            return draft


def _history(rng: random.Random, family: str, draft: Draft, test: bool, n: int | None) -> list[dict]:
    """The turns that the question needs, with others before, between and after them now and then: where it asks for nothing
    that was told, an introduction may be among them."""
    turns = list(draft.earlier)
    n = rng.choices((0, 1, 2, 4, 8), (76, 13, 6, 3, 2))[0] if n is None else n
    between = [other for other in BETWEEN if other != family or family != "memory"]
    while n > 0:
        other = _draw(rng, rng.choice(between), test, False)
        turns.insert(rng.randint(0, len(turns)), other.earlier[0] if other.earlier else Turn(other.prompt, other.answer))
        n -= 1
    messages = []
    for turn in turns:
        messages.append({"role": "user", "content": turn.prompt})
        messages.append({"role": "assistant", "channel": "final", "content": turn.answer})
    return messages
