"""`python -m gptoss_nb.bench [decode|prefill|kernels|compile|gpu|loading|attention|notebook|tokens] [...] [--json FILE]`: runs a benchmark
and prints its table. Each is a module beside this one, imported when asked for: those of the first five that take a made-up model of a
published shape (--like) need torch and triton alone."""

import argparse
import json
import sys
from importlib import import_module

from ..errors import GptossError
from ..kernels.choice import BACKENDS
from .machine import machine

BENCHMARKS = {
    **dict.fromkeys(("decode", "loading", "attention", "notebook", "tokens"), ("model", "rounds")),
    "steps": ("like", "layers", "device", "backend", "contexts", "tokens", "peers"),  # what decode is with --like
    "prefill": ("like", "layers", "device", "backend", "tokens", "rounds", "peers"),
    "compile": ("like", "targets", "only"),
    "kernels": ("like", "device", "rounds"),
    "gpu": ("out",),
}  # the arguments of each one's `run`


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m gptoss_nb.bench", description="Speed against a peer in the same run.")
    parser.add_argument("benchmark", nargs="?", default="decode", choices=BENCHMARKS)
    parser.add_argument("--model", default="nano", help="nano or a folder with a tokenizer")
    parser.add_argument("--rounds", type=int, default=5, help="each peer answers every question so often, in turns")
    parser.add_argument("--like", choices=("20b", "120b", "both", "nano"), help="a model of these shapes with random weights instead (20b)")
    parser.add_argument("--layers", type=int, help="decode --like, prefill: only so many of its layers")
    parser.add_argument("--backend", default="auto", choices=BACKENDS, help="decode --like, prefill: which kernels")
    parser.add_argument("--contexts", default="0", metavar="N,N", help="decode --like: tokens that stand before")
    parser.add_argument("--tokens", type=int, help="decode --like: tokens to make (200; on a CPU 32); prefill: of the prompt (8192; 512)")
    parser.add_argument("--no-peers", dest="peers", action="store_false", help="decode --like, prefill: without llama.cpp and transformers")
    parser.add_argument("--targets", metavar="CHIPS", help="compile: such as sm_90,gfx942; all where it is left out")
    parser.add_argument("--only", choices=("decode", "prefill"), help="compile: the kernels of one of them")
    parser.add_argument("--device", default="cuda", help="decode --like, prefill, kernels: where to run")
    parser.add_argument("--out", metavar="FOLDER", help="gpu: where its results go")
    parser.add_argument("--json", metavar="FILE", help="also write the result here")
    options = parser.parse_args(argv)
    name = "steps" if options.benchmark == "decode" and options.like else options.benchmark
    options.like, options.tokens = options.like or "20b", options.tokens or _tokens(name, options.device)
    try:
        run = import_module(f".{name}", __package__).run
        result = {"machine": machine(), **run(*(getattr(options, argument) for argument in BENCHMARKS[name]))}
    except GptossError as error:
        print(error, file=sys.stderr)
        return 1
    print(result.pop("table"))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1)
    return 1 if result.get("failed") else 0


def _tokens(name: str, device: str) -> int:
    if device == "cpu":
        return 512 if name == "prefill" else 32
    return 8192 if name == "prefill" else 200


if __name__ == "__main__":
    sys.exit(main())
