"""How good nano is: `python -m gptoss_nb.nano.evaluate [--prompts 300] [--checkpoint FOLDER]`.

Exact-match accuracy of greedy replies on unseen prompts, by family and effort, and what its experts tell about the family.
Unseen: the operands, word, string or name were kept out of training by corpus.held_out.
"""

import argparse
import random
import time
from pathlib import Path

import numpy as np

from .. import session
from ..chat import harmony
from ..engine.batch import greedy
from ..trace import metrics
from . import corpus
from .train import HERE

MAX_TOKENS = 256  # the longest reply of the corpus has about 200
SHUFFLES = 50


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m gptoss_nb.nano.evaluate", description="How good nano is.")
    parser.add_argument("--prompts", type=int, default=300, help="unseen prompts for each family and effort")
    parser.add_argument("--checkpoint", type=Path, default=HERE / "checkpoint")
    parser.add_argument("--misses", type=int, default=0, help="show so many wrong replies of each row")
    options = parser.parse_args(argv)
    started = time.perf_counter()
    model = session.load(options.checkpoint)
    print(f"Exact matches of greedy replies, {options.prompts} unseen prompts for each family and effort")
    print(f"{'':<10}" + "".join(f"{effort:>9}" for effort in corpus.EFFORTS))
    for family in corpus.MIX:
        rows = [accuracy(model, family, effort, options.prompts) for effort in corpus.EFFORTS]
        print(f"{family:<10}" + "".join(f"{right:>9.1%}" for right, _ in rows), flush=True)
        for _, wrong in rows:
            for example, text in wrong[: options.misses]:
                print(f"    {example.messages[-1]['content']!r}: {text!r} instead of {example.answer!r} ({example.effort})")
    print(f"\n{routing_table(model, options.prompts)}")
    print(f"\n{time.perf_counter() - started:.0f} s")


def accuracy(model: session.LoadedModel, family: str, effort: str, n: int) -> tuple[float, list]:
    """(share of replies that are right to the letter, [(example, reply) of the others])."""
    examples = unseen(family, effort, n)
    prompts = [example.prompt_ids(model.tokenizer) for example in examples]
    replies = greedy(model.generator.model, prompts, harmony.stop_ids(model.tokenizer), MAX_TOKENS)
    texts = [_answer(model.tokenizer, reply) for reply in replies]
    wrong = [(example, text) for example, text in zip(examples, texts) if text != example.answer]
    return 1 - len(wrong) / n, wrong


def unseen(family: str, effort: str, n: int) -> list[corpus.Example]:
    """The same examples each time."""
    rng = random.Random(f"evaluate {family} {effort}")
    return [corpus.example(rng, family, effort, test=True) for _ in range(n)]


def _answer(tokenizer, ids: list[int]) -> str:
    parser = harmony.Parser(tokenizer)
    for token in ids:
        parser.feed(token)
    parser.finish()
    return "".join(m["content"] for m in parser.messages if m.get("channel") == "final")


def routing(model: session.LoadedModel, n: int):
    """Families (T,), texts (T,) and experts (L, T, A) of the tokens after the system message, over n whole dialogues."""
    families, texts, experts = [], [], []
    skip = len(harmony.encode(model.tokenizer, [], identity=corpus.IDENTITY)) - len(harmony.continuation(model.tokenizer, []))
    for number, family in enumerate(corpus.MIX):
        for k, example in enumerate(unseen(family, "medium", n // len(corpus.MIX))):
            trace = model.trace(example.prompt_ids(model.tokenizer) + example.reply_ids(model.tokenizer))
            chosen = trace.expert_ids[:, skip:]
            families.append(np.full(chosen.shape[1], number))
            texts.append(np.full(chosen.shape[1], number * n + k))
            experts.append(chosen)
    return np.concatenate(families), np.concatenate(texts), np.concatenate(experts, axis=1)


def routing_table(model: session.LoadedModel, n: int) -> str:
    """By layer: information between a token's family and its expert, beside the same with families shuffled over texts; and
    the smallest and largest share of an expert, as a multiple of its fair one."""
    families, texts, experts = routing(model, n)
    n_experts, rng = model.config.n_experts, np.random.default_rng(0)
    lines = [f"Family and expert, {len(families):,} tokens of {len(np.unique(texts))} dialogues; shuffled: mean and largest of {SHUFFLES}",
             "layer   information   shuffled (max)   least used   most used"]  # fmt: skip
    for layer, chosen in enumerate(experts):
        found = metrics.mutual_information(families, chosen, n_experts)
        null = [metrics.mutual_information(metrics.shuffled(families, texts, rng), chosen, n_experts) for _ in range(SHUFFLES)]
        share = metrics.load(chosen, n_experts) * n_experts
        lines.append(f"L{layer:02d}    {found:>6.3f} bits   {np.mean(null):>6.3f} ({max(null):.3f})   {share.min():>9.2f}x  {share.max():>9.2f}x")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
