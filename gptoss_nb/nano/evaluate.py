"""How good nano is: `python -m gptoss_nb.nano.evaluate [--prompts 300] [--checkpoint FOLDER] [--unrounded FILE]`.

Accuracy on unseen prompts by family and effort, in new wordings and after long conversations; what the check of high effort mends;
the same with the weights before they were rounded to MXFP4; prompts outside all families; and what its experts and heads do, each
measure beside its baseline.
"""

import argparse
import time
from pathlib import Path

from safetensors.torch import load_file

from .. import session
from ..model.transformer import Transformer
from . import accuracy, anatomy, corpus, outside, parameters
from .train import HERE

# heading: effort, new wordings, unrelated turns before the question
COLUMNS = {"low": ("low", False, None), "medium": ("medium", False, None), "high": ("high", False, None),
           "new wording": ("medium", True, None), "after 8 turns": ("medium", False, 8)}  # fmt: skip
CHECKED = ("large_sums", "sorting")  # families in which high effort has learned to find mistakes


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m gptoss_nb.nano.evaluate", description="How good nano is.")
    parser.add_argument("--prompts", type=int, default=300, help="unseen prompts for each family and column")
    parser.add_argument("--checkpoint", type=Path, default=HERE / "checkpoint")
    parser.add_argument("--unrounded", type=Path, help="unrounded.safetensors of the training's work folder, to compare MXFP4 with")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--families", nargs="+", default=list(corpus.MIX), choices=list(corpus.MIX), metavar="FAMILY")
    parser.add_argument("--misses", type=int, default=0, help="show so many wrong replies of each number")
    options = parser.parse_args(argv)
    started = time.perf_counter()
    model = session.load(options.checkpoint, device=options.device, dtype="float32")
    whole = {}
    print(f"Greedy replies right to the letter, {options.prompts} unseen prompts for each number\n")
    print(f"{'':<13}" + "".join(f"{column:>14}" for column in COLUMNS))
    for family in options.families:
        row = {column: accuracy.results(model, accuracy.unseen(family, effort, options.prompts, new, turns))
               for column, (effort, new, turns) in COLUMNS.items()}  # fmt: skip
        whole[family] = row
        print(f"{family:<13}" + "".join(f"{_share(found):>14.1%}" for found in row.values()), flush=True)
        for column, found in row.items():
            for miss in [result for result in found if not result.right][: options.misses]:
                prompt = miss.example.messages[-1]["content"]
                print(f"    {column}: {prompt!r}: {miss.text!r} instead of {miss.example.answer!r}")
    together = {column: [result for row in whole.values() for result in row[column]] for column in COLUMNS}
    print(f"{'all':<13}" + "".join(f"{_share(found):>14.1%}" for found in together.values()))
    endless = sum(not result.ended for found in together.values() for result in found)
    print(f"\nReplies that ran to the limit of {accuracy.MAX_TOKENS} tokens: {endless} of {sum(map(len, together.values())):,}")
    for family in (family for family in CHECKED if family in options.families):
        mended = accuracy.results(model, accuracy.begun_wrong(family, options.prompts))
        print(f"{family}, high effort, a wrong working begun for it: {_share(mended):.1%} of {len(mended)} replies find it and are right")
    if options.unrounded:
        print(_rounding(model, options.unrounded, together["medium"]))
    print(f"\n{outside.report(model)}")
    print(f"\n{anatomy.report(model)}")
    print(f"\n{time.perf_counter() - started:.0f} s")


def _share(found: list[accuracy.Result]) -> float:
    return sum(result.right for result in found) / len(found)


def _rounding(model, file: Path, rounded: list[accuracy.Result]) -> str:
    """The same prompts with the experts' weights as training has them, before they are rounded."""
    device = model.generator.model.weights.embedding.device
    values = {name: value.to(device) for name, value in load_file(file).items()}
    network = model.generator.model
    plain = Transformer(model.config, parameters.weights(model.config, values), network.ops)
    model.generator.model = plain
    try:
        unrounded = accuracy.results(model, [result.example for result in rounded])
    finally:
        model.generator.model = network
    both = [(a.right, b.right) for a, b in zip(rounded, unrounded)]
    return (f"MXFP4 against unrounded weights, {len(both):,} prompts at medium effort: {_share(rounded):.2%} and {_share(unrounded):.2%}; "
            f"right in MXFP4 alone {both.count((True, False))}, unrounded alone {both.count((False, True))}")  # fmt: skip


if __name__ == "__main__":
    main()
