"""A folder of safetensors to Weights: every header is checked first, then the files are mapped and renamed.

Called by session, with a folder from locate and its ModelConfig. Knows layouts; knows nothing of arithmetic or devices'
memory. Nothing is ever unpickled.

Every tensor of a file must be one that the layout has: one more could be an adapter or a layer that changes the model,
and what it shows would then be wrong without a word.
"""

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import torch

from ..config import ModelConfig
from ..errors import CheckpointError
from ..kernels.mxfp4 import Mxfp4Tensor
from . import layouts
from .header import Entry, read_header
from .locate import weight_files
from .weights import LayerWeights, Weights

INDEX = "model.safetensors.index.json"
_FLOATS = {"BF16": torch.bfloat16, "F32": torch.float32, "F16": torch.float16}
_ALWAYS_FLOAT32 = {"attn_norm", "mlp_norm", "norm", "sinks"}  # their arithmetic is float32 in every model
_PUBLISHED = "Use the files as published, config.json included."
Where = dict[str, tuple[Path, Entry]]


def read(
    folder: Path, config: ModelConfig, device="cpu", dtype=torch.float32, progress: Callable[[int, int], None] | None = None
) -> Weights:
    """Weights of a checkpoint in either layout. On a CPU, what needs no cast stays mapped from the file.

    Experts stay packed; norms and sinks come in float32, the rest in `dtype`. `progress(bytes done, bytes in all)` is
    called after each tensor. Errors: CheckpointError, from the headers alone, before anything is read.
    """
    where = read_headers(folder)
    layout = check(where, config, folder)
    fetch = _Fetch(where, device, dtype, progress)
    top = {house: fetch(house, parts) for house, parts in layout.top.items()}
    layers = tuple(_layer({house: fetch(house, parts) for house, parts in group.items()}) for group in layout.layers)
    return Weights(layers=layers, **top)


def read_headers(folder: Path) -> Where:
    """Each tensor's file and place, over all files that the index names or, without one, that lie in the folder."""
    where: Where = {}
    for path in shards(folder):
        for name, entry in read_header(path).items():
            if name in where:
                raise CheckpointError(f"{path}: tensor `{name}` is also in {where[name][0].name}.", "Keep one of the two files.")
            where[name] = path, entry
    return where


def shards(folder: Path) -> list[Path]:
    """The files of weights. Errors: CheckpointError for an index that is damaged, points elsewhere or misses a file."""
    names = sorted(set(_weight_map(folder).values()))
    paths = [folder / name for name in names] or weight_files(folder)
    if not paths:
        raise CheckpointError(f"{folder} holds no *.safetensors.", _PUBLISHED)
    for path in paths:
        if not os.path.isfile(path):  # unlike Path.is_file, it takes any text
            raise CheckpointError(f"{path} is missing; {INDEX} names it.", "Download the file again.")
    return paths


def check(where: Where, config: ModelConfig, folder: Path) -> layouts.Layout:
    """The layout that these tensors are in, each there with its exact shape and type, and no other tensor beside them."""
    layout = max((layouts.hugging_face(config), layouts.openai(config)), key=lambda it: sum(t.name in where for t in it.stored))
    unknown = sorted(where.keys() - {tensor.name for tensor in layout.stored})
    for tensor in layout.stored:
        if tensor.name not in where:
            file = folder / _weight_map(folder).get(tensor.name, _file_or_folder(where))
            instead = f", and it has `{unknown[0]}`, which this model has not" if unknown else ""
            raise CheckpointError(f"{file}: tensor `{tensor.name}` is missing{instead}.", _PUBLISHED)
        path, entry = where[tensor.name]
        if entry.shape != tensor.shape:
            raise CheckpointError(
                f"{path}: tensor `{tensor.name}` has shape {entry.shape}; config.json asks for {tensor.shape}.", _PUBLISHED
            )
        wanted = {"U8"} if tensor.packed else _FLOATS.keys()
        if entry.dtype not in wanted:
            raise CheckpointError(f"{path}: tensor `{tensor.name}` is {entry.dtype}; {' or '.join(wanted)} is needed.", _PUBLISHED)
    if unknown:
        raise CheckpointError(f"{where[unknown[0]][0]}: tensor `{unknown[0]}` is none of this model's.", _PUBLISHED)
    return layout


class _Fetch:
    """Takes tensors from mapped files to a device."""

    def __init__(self, where: Where, device, dtype, progress):
        self.where, self.device, self.dtype, self.progress = where, device, dtype, progress
        self.maps = {path: _map(path) for path, _ in where.values()}
        self.done, self.total = 0, sum(entry.end - entry.start for _, entry in where.values())

    def __call__(self, house: str, parts: Iterable[layouts.Stored]) -> torch.Tensor:
        tensors = [self._one(house, part) for part in parts]
        return tensors[0] if len(tensors) == 1 else torch.cat(tensors)

    def _one(self, house: str, part: layouts.Stored) -> torch.Tensor:
        path, entry = self.where[part.name]
        stored = self.maps[path][entry.start : entry.end]
        if not part.packed:
            stored = _aligned(stored, entry).view(_FLOATS[entry.dtype])
        dtype = torch.uint8 if part.packed else torch.float32 if house in _ALWAYS_FLOAT32 else self.dtype
        tensor = stored.view(entry.shape).to(self.device, dtype)
        self.done += entry.end - entry.start
        if self.progress:
            self.progress(self.done, self.total)
        return tensor


def _layer(parts: dict[str, torch.Tensor]) -> LayerWeights:
    packed = {name: Mxfp4Tensor(parts.pop(f"{name}.blocks"), parts.pop(f"{name}.scales")) for name in ("gate_up", "down")}
    return LayerWeights(**parts, **packed)


def _map(path: Path) -> torch.Tensor:
    try:
        return torch.from_file(str(path), shared=False, size=path.stat().st_size, dtype=torch.uint8)
    except (OSError, RuntimeError):
        raise CheckpointError(f"{path} cannot be mapped into memory.", "Check that the file may be read and that memory is free.") from None


def _aligned(stored: torch.Tensor, entry: Entry) -> torch.Tensor:
    """The format does not promise that a tensor begins at a multiple of its item's size; torch needs it."""
    return stored if entry.start % 4 == 0 else stored.clone()


def _weight_map(folder: Path) -> dict[str, str]:
    """Tensor to file, from the index; empty where there is none."""
    path = folder / INDEX
    if not path.exists():
        return {}
    try:
        index = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise CheckpointError(f"{path} cannot be read as JSON.", "Download the file again.") from None
    names = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(names, dict) or not names:
        raise CheckpointError(f"{path} has no `weight_map` of tensors to files.", "Download the file again.")
    for tensor, name in names.items():
        # by its text alone: in the hub's cache an honest file is a link to another folder
        if not isinstance(name, str):
            raise CheckpointError(f"{path}: tensor `{tensor}` has no file name.", _PUBLISHED)
        if Path(name).name != name or "\\" in name or not name.endswith(".safetensors"):
            raise CheckpointError(f"{path}: tensor `{tensor}` is said to be in {name!r}, not a *.safetensors of this folder.", _PUBLISHED)
    return names


def _file_or_folder(where: Where) -> str:
    files = {path.name for path, _ in where.values()}
    return files.pop() if len(files) == 1 else ""
