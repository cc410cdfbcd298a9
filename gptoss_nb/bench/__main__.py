"""`python -m gptoss_nb.bench [decode|loading|attention|notebook|tokens|compile|kernels] [--model NAME] [--json FILE]`: runs a benchmark and
prints its table. Each is a module beside this one, imported when asked for: compile and kernels need torch and triton alone."""

import argparse
import json
import sys
from importlib import import_module

from ..errors import GptossError
from .machine import machine

BENCHMARKS = {
    **dict.fromkeys(("decode", "loading", "attention", "notebook", "tokens"), ("model", "rounds")),
    "compile": ("like", "targets", "only"),
    "kernels": ("like", "device", "rounds"),
}  # the arguments of each one's `run`


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m gptoss_nb.bench", description="Speed against a peer in the same run.")
    parser.add_argument("benchmark", nargs="?", default="decode", choices=BENCHMARKS)
    parser.add_argument("--model", default="nano", help="nano or a folder with a tokenizer")
    parser.add_argument("--rounds", type=int, default=5, help="each peer answers every question so often, in turns")
    parser.add_argument("--like", default="20b", choices=("20b", "120b", "both"), help="compile, kernels: the model whose shapes they have")
    parser.add_argument("--targets", metavar="CHIPS", help="compile: such as sm_90,gfx942; all where it is left out")
    parser.add_argument("--only", choices=("decode", "prefill"), help="compile: the kernels of one of them")
    parser.add_argument("--device", default="cuda", help="kernels: where to run")
    parser.add_argument("--json", metavar="FILE", help="also write the result here")
    options = parser.parse_args(argv)
    try:
        run = import_module(f".{options.benchmark}", __package__).run
        result = {"machine": machine(), **run(*(getattr(options, name) for name in BENCHMARKS[options.benchmark]))}
    except GptossError as error:
        print(error, file=sys.stderr)
        return 1
    print(result.pop("table"))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1)
    return 1 if result.get("failed") else 0


if __name__ == "__main__":
    sys.exit(main())
