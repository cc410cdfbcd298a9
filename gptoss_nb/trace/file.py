"""The file of a Trace: safetensors, arrays as they are, texts as the bytes of one JSON. Nothing in it is ever run.

Called by record alone. A file is the work of whoever wrote it, so all of it is checked here but the meaning of its numbers.
"""

import contextlib
import json
import os
import uuid
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from ..errors import TraceError

FORMAT, VERSION = "gptoss_nb.trace", "1"
ALTERNATIVES = "alternative"  # tensors named so, and their texts, came later: a file has all of them or none
TEXTS = "texts"  # uint8: the header of a safetensors file has a limit and its texts are UTF-8, a tensor has neither
_DTYPES = {np.uint8: "U8", np.int16: "I16", np.int32: "I32", np.float32: "F32", np.bool_: "BOOL"}
_AGAIN = "Save the trace again with trace.save(path), or copy the file again."
_NAME = "Name a file that trace.save(path) wrote."


def write(path: str | Path, arrays: dict[str, np.ndarray], texts: dict) -> None:
    """Written beside its place under another name, then moved there in one step. Errors: TraceError."""
    path = _path(path)
    encoded = json.dumps(texts).encode("ascii")  # escapes, so that half a surrogate pair survives
    arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()} | {TEXTS: np.frombuffer(encoded, np.uint8)}
    temporary = path.parent / f".{uuid.uuid4().hex}.tmp"
    try:
        with open(temporary, "xb") as file:
            file.write(save(arrays, {"format": FORMAT, "version": VERSION}))
        os.replace(temporary, path)
    except (OSError, ValueError) as error:
        raise TraceError(f"{path} cannot be saved: {_reason(error)}", "Name a file in a folder that exists and is yours.") from None
    finally:
        with contextlib.suppress(OSError, ValueError):
            os.unlink(temporary)


def read(path: str | Path, expected: dict[str, tuple[type, int]], keys: tuple[str, ...]) -> dict:
    """The arrays and texts that `write` put there, in one dict.

    expected: dtype and number of dimensions of each array; keys: of the texts. Errors: TraceError, naming the file.
    """
    path = _path(path)
    try:
        if not path.is_file():
            raise TraceError(f"There is no file {path}.", _NAME)
        with safe_open(path, framework="numpy") as file:
            if not any(name.startswith(ALTERNATIVES) for name in file.keys()):
                expected = {name: kind for name, kind in expected.items() if not name.startswith(ALTERNATIVES)}
                keys = tuple(key for key in keys if key != "alternatives")
            _check(file, path, expected | {TEXTS: (np.uint8, 1)})
            fields = {name: file.get_tensor(name) for name in expected}
            texts = json.loads(file.get_tensor(TEXTS).tobytes().decode("ascii"))
    except (SafetensorError, OSError, ValueError, OverflowError, RecursionError, MemoryError) as error:
        raise TraceError(f"{path} cannot be read as a trace: {_reason(error)}", _AGAIN) from None
    if not isinstance(texts, dict) or set(texts) != set(keys):
        raise damaged(path, f"its texts are not {', '.join(keys)}")
    return fields | texts


def damaged(path: str | Path, how: str) -> TraceError:
    return TraceError(f"{path} is damaged: {how}", _AGAIN)


def _check(file, path: Path, expected: dict[str, tuple[type, int]]) -> None:
    """Kind and version first, then names, types and dimensions of all tensors, before any is read."""
    metadata = file.metadata() or {}
    if metadata.get("format") != FORMAT:
        raise TraceError(f"{path} is a safetensors file and not a trace.", _NAME)
    if metadata.get("version") != VERSION:
        told = f"{path} is a trace of version {metadata.get('version')}; this gptoss_nb reads version {VERSION}."
        raise TraceError(told, "Open it with the gptoss_nb that wrote it, or make the trace again.")
    odd = sorted(set(file.keys()) ^ set(expected))
    if odd:
        raise damaged(path, f"it lacks {odd[0]}" if odd[0] in expected else f"it has a tensor {odd[0]}, which no trace has")
    for name, (dtype, ndim) in expected.items():
        found = file.get_slice(name)
        if found.get_dtype() != _DTYPES[dtype] or len(found.get_shape()) != ndim:
            raise damaged(path, f"{name} is {found.get_dtype()} of shape {tuple(found.get_shape())}")


def _path(path: str | Path) -> Path:
    try:
        return Path(os.path.expanduser(path))
    except TypeError:
        raise TraceError(f"{path!r} is not a path.", "Name a file, such as reply.trace.safetensors.") from None


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
