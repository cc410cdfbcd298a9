"""What one safetensors file says it holds, checked against its size before any tensor is read.

Called by read and identity. Knows the file format; knows neither layouts nor models. Our own reader rather than the
library's, so that every fault is told in two lines with file and tensor, and a hostile header costs nothing.
"""

import json
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ..errors import CheckpointError

ITEM_BYTES = {"BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1, "U16": 2, "I16": 2, "F16": 2, "BF16": 2,
              "U32": 4, "I32": 4, "F32": 4, "U64": 8, "I64": 8, "F64": 8, "C64": 8}  # fmt: skip
MAX_HEADER = 1 << 20  # 120b's is 0.1 MB
_PICKLE_STARTS = {b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"}  # torch's zip, and bare ones
_AGAIN = "Download the file again."


@dataclass(frozen=True)
class Entry:
    """One tensor: its bytes are file[start:end]."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


def read_header(path: Path) -> dict[str, Entry]:
    """Every tensor of the file, in the order of their bytes. Errors: CheckpointError, with file and tensor."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = _header_length(path, file.read(9), size)
            file.seek(8)
            text = file.read(length)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}.", "Check that the file is there and may be read.") from None
    try:
        fields = json.loads(text.decode("utf-8"), object_pairs_hook=lambda pairs: _no_doubles(path, pairs))
    except (ValueError, RecursionError):
        raise CheckpointError(f"{path} is not a safetensors file: its header is no JSON.", _AGAIN) from None
    if not isinstance(fields, dict):
        raise CheckpointError(f"{path} is not a safetensors file: its header is no object.", _AGAIN)
    fields.pop("__metadata__", None)
    entries = {name: _entry(path, name, field, 8 + length) for name, field in fields.items()}
    entries = dict(sorted(entries.items(), key=lambda item: (item[1].start, item[1].end)))
    _check_coverage(path, entries, 8 + length, size)
    return entries


def _header_length(path: Path, first: bytes, size: int) -> int:
    if first[8:] not in (b"{", b""):
        if first[:2] in _PICKLE_STARTS:
            raise CheckpointError(
                f"{path} is a pickle by another name, and pickles are never opened.", "Use the *.safetensors that were published."
            )
        raise CheckpointError(f"{path} is not a safetensors file: its header is no JSON.", _AGAIN)
    length = int.from_bytes(first[:8], "little")
    if first[8:] and length > MAX_HEADER:
        raise CheckpointError(f"{path} is not a safetensors file: a header of {length} bytes.", _AGAIN)
    if 8 + length > size or not first[8:]:
        raise CheckpointError(f"{path} is cut short: {size} bytes do not hold its header.", _AGAIN)
    return length


def _no_doubles(path: Path, pairs: list[tuple]) -> dict:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        [(double, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise CheckpointError(f"{path}: tensor `{double}` is there twice.", _AGAIN)
    return fields


def _entry(path: Path, name: str, field, base: int) -> Entry:
    def refuse(what: str):
        raise CheckpointError(f"{path}: tensor `{name}`: {what}.", _AGAIN)

    if not isinstance(field, dict) or not {"dtype", "shape", "data_offsets"} <= field.keys():
        refuse("its header entry lacks dtype, shape or data_offsets")
    dtype, shape, offsets = field["dtype"], field["shape"], field["data_offsets"]
    if not isinstance(dtype, str) or dtype not in ITEM_BYTES:
        refuse(f"unknown type {dtype:.40}" if isinstance(dtype, str) else "its type is no text")
    if not _whole_numbers(shape) or len(shape) > 8:
        refuse("its shape is not a short list of sizes")
    if not _whole_numbers(offsets) or len(offsets) != 2:
        refuse("its data_offsets are not two positions")
    start, end = offsets
    if end - start != math.prod(shape) * ITEM_BYTES[dtype]:
        refuse(f"{end - start} bytes do not hold {dtype} of shape {tuple(shape)}")
    return Entry(dtype, tuple(shape), base + start, base + end)


def _whole_numbers(values) -> bool:
    return isinstance(values, list) and all(type(v) is int and 0 <= v < 2**48 for v in values)


def _check_coverage(path: Path, entries: dict[str, Entry], base: int, size: int) -> None:
    """The format has every byte in exactly one tensor."""
    position = base
    for name, entry in entries.items():
        if entry.start != position:
            raise CheckpointError(f"{path}: tensor `{name}` overlaps another, or bytes before it are nobody's.", _AGAIN)
        if entry.end > size:
            raise CheckpointError(f"{path} is cut short: tensor `{name}` ends at byte {entry.end}, the file at {size}.", _AGAIN)
        position = entry.end
    if position != size:
        raise CheckpointError(f"{path} has {size - position} bytes that belong to no tensor.", _AGAIN)
