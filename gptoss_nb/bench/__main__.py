"""`python -m gptoss_nb.bench [decode|loading|attention|notebook|tokens] [--model NAME] [--json FILE]`: runs a benchmark and prints its table."""

import argparse
import json
import sys

from ..errors import GptossError
from . import attention, decode, loading, notebook, tokens
from .machine import machine

BENCHMARKS = {"decode": decode.run, "loading": loading.run, "attention": attention.run, "notebook": notebook.run, "tokens": tokens.run}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m gptoss_nb.bench", description="Speed against a peer in the same run.")
    parser.add_argument("benchmark", nargs="?", default="decode", choices=BENCHMARKS)
    parser.add_argument("--model", default="nano", help="nano or a folder with a tokenizer")
    parser.add_argument("--rounds", type=int, default=5, help="each peer answers every question so often, in turns")
    parser.add_argument("--json", metavar="FILE", help="also write the result here")
    options = parser.parse_args(argv)
    try:
        result = {"machine": machine(), **BENCHMARKS[options.benchmark](options.model, options.rounds)}
    except GptossError as error:
        print(error, file=sys.stderr)
        return 1
    print(result.pop("table"))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
