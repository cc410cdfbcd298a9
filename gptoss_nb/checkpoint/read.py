"""A folder of safetensors to Weights: every header is checked first, then the tensors are mapped or brought to their device.

Called by session, with a folder from locate and its ModelConfig. Knows layouts; knows nothing of arithmetic, or of how much
memory a device has. Nothing is ever unpickled.

Every tensor of a file must be one that the layout has: one more could be an adapter or a layer that changes the model,
and what it shows would then be wrong without a word.
"""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from ..config import ModelConfig
from ..errors import CheckpointError
from ..kernels.mxfp4 import Mxfp4Tensor
from . import layouts
from .header import ITEM_BYTES, Entry, read_header
from .locate import INDEX, weight_files
from .transfer import Transfer
from .weights import LayerWeights, Weights

_FLOATS = {"BF16": torch.bfloat16, "F32": torch.float32, "F16": torch.float16}
ALWAYS_FLOAT32 = {"attn_norm", "mlp_norm", "norm", "sinks"}  # their arithmetic is float32 in every model
MATRICES = {"embedding", "unembedding", "qkv", "out"}  # large: in float32 they would take twice their file
LARGE = 2**30  # bytes of a checkpoint above which they stay as they are stored, and are widened while they are used
MAX_INDEX = 2**22  # bytes; 120b's has 60 KB
MAX_SCALE = 252  # 2**(252 - 127) times the largest code, 6, is the last that float32 and bfloat16 hold
_PUBLISHED = "Use the files as published, config.json included."
Where = dict[str, tuple[Path, Entry]]


def read(
    folder: Path, config: ModelConfig, device="cpu", dtype=torch.float32, progress: Callable[[int, int], None] | None = None,
    layers: Sequence[torch.device] = (), large: int = LARGE,
) -> Weights:  # fmt: skip
    """Weights of a checkpoint in either layout, on `device`; or each layer on its own of `layers`, and the rest on `device`.

    Experts stay packed; norms and sinks come in float32, the rest in `dtype`, but the matrices of a checkpoint of more than
    `large` bytes stay as they are stored where that is narrower (q, k and v then apart). On a CPU what needs no cast stays
    mapped from the file, so that all processes share it. `progress(bytes done, bytes in all)` is called at first and after each tensor.
    Errors: CheckpointError; from the headers alone, before anything is read, but for scales that make infinities.
    """
    where = read_headers(folder)
    layout = check(where, config, folder)
    device = torch.device(device)
    fetch = _Fetch(where, config, dtype, progress, large)
    try:
        top = {house: fetch(house, parts, device) for house, parts in layout.top.items()}
        made = tuple(
            _layer({house: fetch(house, parts, place) for house, parts in group.items()})
            for group, place in zip(layout.layers, layers or [device] * config.n_layers, strict=True)
        )
    finally:
        fetch.close()
    return Weights(layers=made, **top)


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
            why = f"{INDEX} names it" if names else "it is a link to a file that is not there"
            raise CheckpointError(f"{path} is missing; {why}.", "Download the file again.")
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
    """Takes tensors from their files to a device."""

    def __init__(self, where: Where, config: ModelConfig, dtype, progress, large: int):
        self.where, self.dtype, self.progress = where, dtype, progress
        self.qkv_rows = [heads * config.head_dim for heads in (config.n_heads, config.n_kv_heads, config.n_kv_heads)]
        self.maps: dict[Path, torch.Tensor] = {}
        self.transfer: Transfer | None = None
        self.done, self.total = 0, sum(entry.end - entry.start for _, entry in where.values())
        self.keep = self.total > large
        if progress:
            progress(0, self.total)

    def __call__(self, house: str, parts: Sequence[layouts.Stored], place: torch.device):
        """One tensor, or the tuple of q, k and v, where they stay as they are stored."""
        kept = self.keep and house in MATRICES
        tensors = [self._one(house, part, place, kept) for part in parts]
        if kept and self._is_mapped(place) and house == "qkv":
            # views, where a copy of the whole would be memory of its own; in both layouts alike, so that they say the same bits
            return tensors[0].split(self.qkv_rows) if len(tensors) == 1 else tuple(tensors)
        return tensors[0] if len(tensors) == 1 else torch.cat(tensors)

    def _one(self, house: str, part: layouts.Stored, place: torch.device, kept: bool) -> torch.Tensor:
        path, entry = self.where[part.name]
        stored = self._stored(path, entry, place)
        if part.packed:
            dtype = torch.uint8
            if house.endswith(".scales") and int(stored.max()) > MAX_SCALE:
                raise CheckpointError(f"{path}: tensor `{part.name}` has scales that make infinities.", "Download the file again.")
        else:
            stored = stored.view(_FLOATS[entry.dtype])
            dtype = torch.float32 if house in ALWAYS_FLOAT32 else self.dtype
            dtype = stored.dtype if kept and stored.dtype.itemsize < dtype.itemsize else dtype
        tensor = stored.view(entry.shape).to(dtype)
        self.done += entry.end - entry.start
        if self.progress:
            self.progress(self.done, self.total)
        return tensor

    def _stored(self, path: Path, entry: Entry, place: torch.device) -> torch.Tensor:
        """The tensor's bytes on the device."""
        if not self._is_mapped(place):
            self.transfer = self.transfer or Transfer(pinned=place.type == "cuda")
            return self.transfer.to_device(path, entry.start, entry.end, place)
        if path not in self.maps:
            self.maps[path] = _map(path)
        stored = self.maps[path][entry.start : entry.end]
        # the format does not promise that a tensor begins at a multiple of its item's size; torch needs it
        return stored if entry.start % ITEM_BYTES[entry.dtype] == 0 else stored.clone()

    @staticmethod
    def _is_mapped(place: torch.device) -> bool:
        return place.type == "cpu"

    def close(self) -> None:
        if self.transfer is not None:
            self.transfer.close()
        self.maps, self.transfer = {}, None  # an error's traceback may hold this object for long


def _layer(parts: dict[str, torch.Tensor]) -> LayerWeights:
    packed = {name: Mxfp4Tensor(parts.pop(f"{name}.blocks"), parts.pop(f"{name}.scales")) for name in ("gate_up", "down")}
    return LayerWeights(**parts, **packed)


def _map(path: Path) -> torch.Tensor:
    try:
        return torch.from_file(str(path), shared=False, size=path.stat().st_size, dtype=torch.uint8)
    except (OSError, RuntimeError):
        raise CheckpointError(f"{path} cannot be mapped into memory.", "Check that the file may be read and that memory is free.") from None


def _weight_map(folder: Path) -> dict[str, str]:
    """Tensor to file, from the index; empty where there is none."""
    path = folder / INDEX
    if not path.exists():
        return {}
    try:
        with path.open("rb") as file:
            text = file.read(MAX_INDEX + 1)
        index = json.loads(text.decode("utf-8")) if len(text) <= MAX_INDEX else None
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
