"""How often nano is right: greedy replies to unseen prompts, tools called and answered, compared to the letter.

Unseen: the operands, word, string or name were kept out of training by corpus.held_out, or the wording was. Called by evaluate.
"""

import json
import random
from dataclasses import dataclass

from ..chat import harmony
from ..engine.batch import greedy
from . import corpus

MAX_TOKENS = 512  # the limit of a cell
PADDED = 1.5  # a batch's longest prompt by its shortest: what is shorter is padded
PATTERN = 1.2e7  # prompts by the square of their width, at most: attention's pattern takes 32 bytes of each in nano


@dataclass(frozen=True)
class Result:
    """An example, the answer that came, and whether calls and answer are right and the reply came to its end."""

    example: corpus.Example
    text: str
    right: bool
    ended: bool


def unseen(family: str, effort: str, n: int, new_wording: bool = False, turns: int | None = None) -> list[corpus.Example]:
    """The same examples each time; the same questions at every effort."""
    made = []
    for number in range(n):
        rng = random.Random(f"evaluate {family} {new_wording} {turns} {number}")
        made.append(corpus.example(rng, family, effort, test=True, new_wording=new_wording, turns=turns))
    return made


def begun_wrong(family: str, n: int) -> list[corpus.Example]:
    """Unseen examples of high effort, whose reply begins with a working that went wrong; of a family that knows such."""
    made, number = [], 0
    while len(made) < n:
        rng = random.Random(f"evaluate {family} begun wrong {number}")
        example, number = corpus.example(rng, family, "high", test=True, turns=0, mistakes=True), number + 1
        made += [example] if example.mistaken else []
    return made


def results(model, examples: list[corpus.Example], max_tokens: int = MAX_TOKENS) -> list[Result]:
    """One for each example, in order; `model` is a LoadedModel. Where an example has a wrong working, the reply goes on after it."""
    done: dict[int, Result] = {}
    begun = [_begun(model.tokenizer, example) for example in examples]
    prompts = [example.prompt_ids(model.tokenizer) + ids for example, ids in zip(examples, begun)]
    for share in _shares([len(prompt) for prompt in prompts]):
        done |= dict(zip(share, _batch(model, *([each[n] for n in share] for each in (examples, prompts, begun)), max_tokens)))
    return [done[n] for n in range(len(examples))]


def _begun(tokenizer, example: corpus.Example) -> list[int]:
    """The reply up to the end of its wrong working, or nothing."""
    ids, learned = example.reply(tokenizer) if example.mistaken else ([], [True])
    return ids[: learned.index(True)]


def _shares(lengths: list[int]) -> list[list[int]]:
    """The numbers of the prompts in batches of like length, the shortest first."""
    shares: list[list[int]] = []
    for n in sorted(range(len(lengths)), key=lengths.__getitem__):
        if not shares or lengths[n] > PADDED * lengths[shares[-1][0]] or (len(shares[-1]) + 1) * lengths[n] ** 2 > PATTERN:
            shares.append([])
        shares[-1].append(n)
    return shares


def _batch(model, examples: list[corpus.Example], prompts: list[list[int]], begun: list[list[int]], max_tokens: int) -> list[Result]:
    tokenizer, network = model.tokenizer, model.generator.model
    stops = harmony.stop_ids(tokenizer)
    given = [0] * len(examples)  # calls answered
    found: list[Result | None] = [None] * len(examples)
    while waiting := [n for n, result in enumerate(found) if result is None]:
        replies = greedy(network, [prompts[n] for n in waiting], stops, max_tokens)
        for n, reply in zip(waiting, replies):
            calls, text, ended = examples[n].calls, answer(tokenizer, begun[n] + reply), len(reply) < max_tokens
            call = _call(tokenizer, reply)
            if call is not None and given[n] < len(calls) and call == _wanted(calls[given[n]]):
                back = harmony.continuation(tokenizer, [corpus.result(calls[given[n]])])
                prompts[n] = [*prompts[n], *reply, tokenizer.control_id("<|call|>"), *back]
                given[n] += 1
            else:
                right = call is None and given[n] == len(calls) and text == examples[n].answer
                found[n] = Result(examples[n], text if call is None else f"calls {call}", right and ended, ended)
    return found


def _messages(tokenizer, ids: list[int]) -> list[dict]:
    parser = harmony.Parser(tokenizer)
    for token in ids:
        parser.feed(token)
    parser.finish()
    return parser.messages


def answer(tokenizer, ids: list[int]) -> str:
    """What a reply says in its final channel."""
    return "".join(m["content"] for m in _messages(tokenizer, ids) if m.get("channel") == "final")


def _wanted(call) -> tuple[str, dict]:
    return f"functions.{call.name}", call.arguments


def _call(tokenizer, ids: list[int]) -> tuple[str, object] | None:
    """(recipient, arguments) of the call that a reply ends in."""
    last = (_messages(tokenizer, ids) or [{}])[-1]
    if not last.get("recipient"):
        return None
    try:
        return last["recipient"], json.loads(last["content"])
    except ValueError:
        return last["recipient"], last["content"]
