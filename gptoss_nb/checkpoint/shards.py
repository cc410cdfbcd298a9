"""Which files a checkpoint has and where in them each tensor lies, planned before a byte is written; and their writing as a stream.

Called by synthetic. Knows the layouts and the file format; knows nothing of values. Our own writer rather than the library's,
which wants all tensors in memory.

As published: Hugging Face's layout is cut into files of at most 4.8 GB, `model-00000-of-00002.safetensors` being the first of
three, with an index; what fits in one is `model.safetensors` without an index. OpenAI's is one `model.safetensors` up to 16 GB,
else `model--00001-of-00007.safetensors` and on, of at most 10.5 GB, and never has an index.
"""

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch

from ..config import ModelConfig
from . import layouts

LAYOUTS = {"hf": layouts.hugging_face, "openai": layouts.openai}
_LIMITS = {"hf": (4_800_000_000, 4_800_000_000), "openai": (16_000_000_000, 10_500_000_000)}  # of one file alone; of each of several


@dataclass(frozen=True)
class Whole:
    """One tensor of the house, with the stored ones that it is cut into by rows: they lie one after the other in one file."""

    house: str
    layer: int | None
    parts: tuple[layouts.Stored, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        return (sum(part.shape[0] for part in self.parts), *self.parts[0].shape[1:])

    @property
    def n_bytes(self) -> int:
        return sum(map(_n_bytes, self.parts))


@dataclass(frozen=True)
class File:
    name: str
    tensors: tuple[Whole, ...]

    @cached_property
    def header(self) -> bytes:
        """Length and JSON, filled up with blanks so that the tensors begin at a multiple of 8."""
        fields, start = {"__metadata__": {"format": "pt"}}, 0
        for part in (part for tensor in self.tensors for part in tensor.parts):
            end = start + _n_bytes(part)
            fields[part.name] = {"dtype": "U8" if part.packed else "BF16", "shape": part.shape, "data_offsets": [start, end]}
            start = end
        text = json.dumps(fields, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        return len(text).to_bytes(8, "little") + text

    @property
    def n_bytes(self) -> int:
        return len(self.header) + sum(tensor.n_bytes for tensor in self.tensors)


def plan(config: ModelConfig, layout: str, max_shard: int | None = None) -> list[File]:
    """The files of a checkpoint in layout "hf" or "openai". `max_shard`: bytes of tensors in a file; default as published.

    A tensor of the house is never divided, so that one which is larger than `max_shard` makes a larger file.
    """
    groups = LAYOUTS[layout](config)
    order = [("embedding", None, groups.top["embedding"])]
    order += [(house, n, parts) for n, group in enumerate(groups.layers) for house, parts in group.items()]
    order += [(house, None, groups.top[house]) for house in ("norm", "unembedding")]
    tensors = [Whole(*one) for one in order]
    alone, each = (max_shard, max_shard) if max_shard else _LIMITS[layout]
    together = [tensors] if sum(tensor.n_bytes for tensor in tensors) <= alone else _cut(tensors, each)
    # bytes last, so that all bfloat16 begin at even positions
    return [File(_name(layout, n, len(together)), tuple(sorted(some, key=lambda t: "." in t.house))) for n, some in enumerate(together)]


def index_json(files: list[File]) -> dict:
    """The fields of model.safetensors.index.json."""
    where = {part.name: file.name for file in files for tensor in file.tensors for part in tensor.parts}
    total = sum(tensor.n_bytes for file in files for tensor in file.tensors)
    return {"metadata": {"total_size": total}, "weight_map": dict(sorted(where.items()))}


def write_file(folder: Path, file: File, values: Callable[[Whole], Iterable[torch.Tensor]], wrote: Callable[[int], object]) -> None:
    """Writes one file; `values` gives a tensor's bytes in pieces, and `wrote(bytes)` is called after each. Errors: OSError."""
    with (folder / file.name).open("xb") as out:
        out.write(file.header)
        wrote(len(file.header))
        for tensor in file.tensors:
            start = out.tell()
            for piece in values(tensor):
                out.write(memoryview(piece.numpy()))
                wrote(len(piece))
            assert out.tell() - start == tensor.n_bytes, f"{tensor.house}: {out.tell() - start} bytes instead of {tensor.n_bytes}"


def _n_bytes(part: layouts.Stored) -> int:
    return math.prod(part.shape) * (1 if part.packed else 2)


def _cut(tensors: list[Whole], max_shard: int) -> list[list[Whole]]:
    """In order, each file as full as it may be."""
    files, size = [[]], 0
    for tensor in tensors:
        if files[-1] and size + tensor.n_bytes > max_shard:
            files.append([])
            size = 0
        files[-1].append(tensor)
        size += tensor.n_bytes
    return files


def _name(layout: str, n: int, count: int) -> str:
    if count == 1:
        return "model.safetensors"
    return f"model-{n:05}-of-{count - 1:05}.safetensors" if layout == "hf" else f"model--{n + 1:05}-of-{count:05}.safetensors"
