"""Random weights of any shape, in memory for bench, or as a whole checkpoint on disk that loads like the published ones.

    python -m gptoss_nb.checkpoint.synthetic OUT --like 20b|120b|nano [--layers N] [--layout hf|openai] [--seed S]
                                             [--tokenizer FILE_OR_FOLDER] [--force]

For trying a server before the download, and for tests and measurements of the real sizes. The same seed gives the same bytes,
and both layouts hold the same values. What shards and noise do is put together here; memory does not grow with the model.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import torch

from ..config import ModelConfig
from ..errors import GptossError, OptionError
from . import made_up, noise, shards
from .locate import INDEX, locate
from .weights import LayerWeights, Weights
from .write import config_json, openai_config_json

_UNFINISHED = ".unfinished"  # a folder in the folder, whose files nothing takes for a checkpoint
_LIKE = {"20b": (24, 32), "120b": (36, 128), "nano": None}  # layers, experts


def synthetic(config: ModelConfig, seed: int = 0) -> Weights:
    """float32, experts plain, each matrix scaled so that its output has the size of its input; the same for the same seed."""
    c, generator = config, torch.Generator().manual_seed(seed)
    d, e, f, wide = c.hidden_size, c.n_experts, c.expert_width, c.n_heads * c.head_dim
    shapes = {
        "attn_norm": (d,), "qkv": (c.qkv_width, d), "qkv_bias": (c.qkv_width,), "out": (d, wide), "out_bias": (d,), "sinks": (c.n_heads,),
        "mlp_norm": (d,), "router": (e, d), "router_bias": (e,), "gate_up": (e, 2 * f, d), "gate_up_bias": (e, 2 * f), "down": (e, d, f),
        "down_bias": (e, d),
    }  # fmt: skip

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator) * shape[-1] ** -0.5

    def layer() -> LayerWeights:
        return LayerWeights(**{name: torch.ones(shape) if name.endswith("norm") else random(*shape) for name, shape in shapes.items()})

    return Weights(random(c.vocab_size, d), tuple(layer() for _ in range(c.n_layers)), torch.ones(d), random(c.vocab_size, d))


def shape_like(like: str, n_layers: int | None = None) -> ModelConfig:
    """The shape of "20b", "120b" or "nano", all of its layers or the first `n_layers`. Errors: OptionError."""
    config = ModelConfig.load(locate("nano")) if like == "nano" else _published(*_LIKE[like])
    if n_layers is None:
        return config
    if not 1 <= n_layers <= config.n_layers:
        raise OptionError(f"{like} has no {n_layers} layers.", f"Give --layers a number from 1 to {config.n_layers}.")
    return replace(config, n_layers=n_layers, sliding_windows=config.sliding_windows[:n_layers])


def _published(n_layers: int, n_experts: int) -> ModelConfig:
    return ModelConfig(
        n_layers=n_layers, hidden_size=2880, vocab_size=made_up.SIZE, n_heads=64, n_kv_heads=8, head_dim=64, n_experts=n_experts,
        experts_per_token=4, expert_width=2880, sliding_windows=(128, None) * (n_layers // 2), context=131_072, original_context=4096,
        rope_theta=150_000.0, rope_factor=32.0, rope_beta_fast=32.0, rope_beta_slow=1.0, swiglu_limit=7.0, norm_eps=1e-5,
    )  # fmt: skip


def write_synthetic(
    folder: Path, config: ModelConfig, layout: str = "hf", seed: int = 0, tokenizer: Path | None = None, force: bool = False,
    max_shard: int | None = None, progress: Callable[[int, int], object] | None = None,
) -> list[shards.File]:  # fmt: skip
    """Writes a checkpoint in layout "hf" or "openai", whole or not at all; returns its files of weights.

    `tokenizer` is a tokenizer.json that is copied; without it, a model with the published number of ids gets a made-up one,
    and any other none. `force` replaces the checkpoint in a folder that has one, once the new one is complete. `max_shard`: see
    shards.plan. `progress(bytes done, bytes in all)`. Errors: OptionError for a folder that is taken or cannot be written and
    for a full disk; TokenizerError.
    """
    files = shards.plan(config, layout, max_shard)
    total, done = sum(file.n_bytes for file in files), 0
    controls = made_up.controls(tokenizer, config.vocab_size) if tokenizer else {}

    def wrote(n_bytes: int) -> None:
        nonlocal done
        done += n_bytes
        if progress:
            progress(done, total)

    _check_folder(folder, force)
    _check_space(folder, total + (tokenizer.stat().st_size if tokenizer else made_up.ENOUGH))
    with _all_or_nothing(folder) as room:
        if tokenizer:
            shutil.copyfile(tokenizer, room / "tokenizer.json")
        elif config.vocab_size == made_up.SIZE:
            made_up.write(room / "tokenizer.json")
            controls = made_up.controls(room, config.vocab_size)
        _write_json(room / "config.json", _config_fields(config, layout, controls))
        for file in files:
            shards.write_file(room, file, lambda tensor: noise.pieces(seed, tensor.house, tensor.layer, tensor.shape), wrote)
        if layout == "hf" and len(files) > 1:
            _write_json(room / INDEX, shards.index_json(files))
    return files


def _config_fields(config: ModelConfig, layout: str, controls: dict[str, int]) -> dict:
    if layout == "openai":
        return openai_config_json(config)
    named = {"eos_token_id": "<|return|>", "pad_token_id": "<|endoftext|>"}  # transformers asks for them
    return config_json(config) | {field: controls[name] for field, name in named.items() if name in controls}


def _write_json(path: Path, fields: dict) -> None:
    path.write_text(json.dumps(fields, indent=2) + "\n", encoding="utf-8")


def _check_folder(folder: Path, force: bool) -> None:
    with _told(folder):
        if folder.exists() and not folder.is_dir():
            raise OptionError(f"{folder} is a file.", "Name a folder.")
        if (folder / _UNFINISHED).exists():
            what = f"{folder / _UNFINISHED} is there, from a run that was killed or still goes on."
            raise OptionError(what, "Delete it, unless something writes there now.")
        if folder.exists() and any(folder.iterdir()) and not force:
            raise OptionError(f"{folder} is there and not empty.", "Name another folder, or add --force to replace what it holds.")


def _check_space(folder: Path, needed: int) -> None:
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise OptionError(
            f"{folder}: {needed:,} bytes are needed and {free:,} are free on this disk.",
            "Free some space, name a folder on another disk, or ask for fewer --layers.",
        )


@contextmanager
def _all_or_nothing(folder: Path) -> Iterator[Path]:
    """A folder to write to. What is in it takes the place of the checkpoint in `folder` at the end, config.json last; after an
    error, Ctrl-C or SIGTERM nothing of it stays. Errors: OptionError in place of OSError."""
    new, room = not folder.exists(), folder / _UNFINISHED
    with _told(folder):
        room.mkdir(parents=True)
        try:
            yield room
            for old in (*folder.glob("*.safetensors"), *(folder / name for name in (INDEX, "config.json", "tokenizer.json"))):
                old.unlink(missing_ok=True)
            for path in sorted(room.iterdir(), key=lambda path: path.name == "config.json"):
                os.replace(path, folder / path.name)
            new = False
        finally:
            shutil.rmtree(room, ignore_errors=True)
            if new:
                with suppress(OSError):
                    folder.rmdir()


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """What the disk says, as two lines."""
    try:
        yield
    except OSError as error:
        todo = "Name a folder that may be written, on a disk with space."
        raise OptionError(f"{folder} cannot be written: {error.strerror or error}.", todo) from None


class Progress:
    """Bytes and speed on stderr: one line written over and over on a terminal, else a line at each quarter."""

    def __init__(self, stream=None):
        self.stream = stream or sys.stderr
        self.terminal, self.begun, self.open = self.stream.isatty(), None, False

    def __call__(self, done: int, total: int) -> None:
        now, quarter = time.monotonic(), 4 * done // total
        if self.begun is None:
            self.begun, self.next = now, now if self.terminal else 1
        if done < total and (now if self.terminal else quarter) < self.next:
            return
        self.next = now + 0.2 if self.terminal else quarter + 1
        line = f"{_size(done)} of {_size(total)}, {done / 1e9 / max(now - self.begun, 1e-3):.2f} GB/s"
        print(f"\r{line}   " if self.terminal else line, end="" if self.terminal else "\n", file=self.stream, flush=True)
        self.open = self.terminal

    def end(self) -> None:
        """What is printed next begins a line."""
        if self.open:
            print(file=self.stream)


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.2f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.1f} MB"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str):
        raise OptionError(f"{self.prog}: {message}.", f"{self.prog} --help lists the options.")


def main(argv: list[str] | None = None) -> int:
    """Exit status 0; 1 for an error, which is two lines on stderr; 130 after Ctrl-C."""
    progress = Progress()
    try:
        options = _parser().parse_args(argv)
        files = _write(options, progress)
    except GptossError as error:
        progress.end()
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        progress.end()
        print("Stopped; nothing was left behind.", file=sys.stderr)
        return 130
    progress.end()
    size = _size(sum(file.n_bytes for file in files))
    print(f"{options.out}: {size} of random weights in the shape of {options.like}, files: {len(files)}")
    return 0


def _write(options: argparse.Namespace, progress: Progress) -> list[shards.File]:
    config = shape_like(options.like, options.layers)
    tokenizer = options.tokenizer or (locate("nano") if options.like == "nano" else None)
    if tokenizer and tokenizer.is_dir():
        tokenizer = tokenizer / "tokenizer.json"
    return write_synthetic(options.out, config, options.layout, options.seed, tokenizer, options.force, progress=progress)


def _parser() -> _Parser:
    parser = _Parser(
        prog="python -m gptoss_nb.checkpoint.synthetic", allow_abbrev=False,
        description="Writes a checkpoint with random weights of a real shape: it loads and runs like one, and what it says is noise.",
    )  # fmt: skip
    parser.add_argument("out", type=Path, metavar="OUT", help="folder that it goes to")
    parser.add_argument("--like", required=True, choices=_LIKE, help="whose shape; 20b takes 13.76 GB, 120b 65.25 GB")
    parser.add_argument("--layers", type=int, metavar="N", help="only the first N layers")
    parser.add_argument("--layout", default="hf", choices=shards.LAYOUTS, help="Hugging Face's (default), or that of original/")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="the same seed gives the same bytes")
    parser.add_argument("--tokenizer", type=Path, metavar="FILE_OR_FOLDER", help="a tokenizer.json to copy, else one is made up")
    parser.add_argument("--force", action="store_true", help="replace the checkpoint in a folder that is not empty")
    return parser


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what is unfinished is removed
    sys.exit(main())
