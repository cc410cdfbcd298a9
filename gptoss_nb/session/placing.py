"""Where a model goes, decided before any of it is read: what it needs against what is free, on one device or over several.

Called by loading. Knows sizes and devices; opens no file. The numbers that decided are kept as sentences, and shown.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import psutil
import torch

from ..checkpoint import layouts
from ..config import ModelConfig
from ..engine.generator import CHUNK
from ..errors import OptionError
from .sharing import holders

CPU = torch.device("cpu")
SPARED = 256 * 2**20  # bytes left to a device's own bookkeeping
STEP = 1024  # tokens: a context that is chosen here is a multiple of it
ANGLES = 2**24  # context times head dim of a context that is chosen here, twice that of the published models: no tensor bears it out
_COPIES = 3  # of the scores of a chunk, (H, CHUNK, S) float32, that plain attention holds at once


@dataclass(frozen=True)
class Needs:
    """Bytes that a model takes: `ends` of the embedding and unembedding, `layers` of each layer's weights, `cache` of each
    layer's keys and values at the whole context, `workspace` of a pass, on every device that computes."""

    ends: int
    layers: tuple[int, ...]
    cache: tuple[int, ...]
    workspace: int

    @property
    def total(self) -> int:
        return self.ends + sum(self.layers) + sum(self.cache) + self.workspace


def needs(config: ModelConfig, dtype: torch.dtype, context: int, kept: bool = False) -> Needs:
    """`kept`: the matrices stay as a large checkpoint has them, two bytes a number."""
    ends, layers = _weights(config, dtype, kept)
    position = 2 * config.n_kv_heads * config.head_dim * dtype.itemsize
    cache = tuple(position * (context if window is None else min(window, context)) for window in config.sliding_windows)
    chunk = min(CHUNK, context)
    # the unembedding of a whole chunk, or one layer's attention
    workspace = max(2 * chunk * config.vocab_size * 4, _COPIES * config.n_heads * chunk * context * 4)
    return Needs(ends, layers, cache, workspace + context * config.head_dim * 4)  # with the angles of RoPE


@lru_cache(maxsize=8)
def _weights(config: ModelConfig, dtype: torch.dtype, kept: bool) -> tuple[int, tuple[int, ...]]:
    layout = layouts.hugging_face(config)

    def size(group: layouts.Group) -> int:
        return sum(math.prod(part.shape) * _bytes_of(house, part, dtype, kept) for house, parts in group.items() for part in parts)

    return size(layout.top), tuple(map(size, layout.layers))


def _bytes_of(house: str, part: layouts.Stored, dtype: torch.dtype, kept: bool) -> int:
    if part.packed:
        return 1
    return min(2, dtype.itemsize) if kept and len(part.shape) == 2 else dtype.itemsize


def spread(need: Needs, free: dict[torch.device, int]) -> tuple[torch.device, ...] | None:
    """The device of each layer, filled in this order; the embedding is on the first. None where they do not fit. On a CPU weights
    are mapped from their files, so that they can be more than its memory."""
    devices = iter(free.items())
    device, left = next(devices)
    left -= need.workspace + SPARED + (need.ends if device.type != "cpu" else 0)
    places = []
    for weights, cache in zip(need.layers, need.cache, strict=True):
        while left < (size := cache if device.type == "cpu" else weights + cache):
            device, left = next(devices, (None, 0))
            if device is None:
                return None
            left -= need.workspace + SPARED
        left -= size
        places.append(device)
    return tuple(places) if left >= 0 else None


def fitting(need_of: Callable[[int], Needs], free: dict[torch.device, int], most: int) -> int:
    """The longest context, up to `most`, with which a model still fits; 0 where it does not with any."""
    low, high = 0, most  # low fits, or is 0
    if spread(need_of(high), free) is not None:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if spread(need_of(middle), free) is not None else (low, middle)
    return low - low % STEP if low > STEP else low


@dataclass(frozen=True)
class Place:
    """The device of the embedding and of all that is not a layer, that of each layer (none: all there), the context, and why so."""

    device: torch.device
    layers: tuple[torch.device, ...]
    context: int
    notes: tuple[str, ...] = ()


def place(name: str, need_of: Callable[[int], Needs], config: ModelConfig, device: torch.device, asked: int | None, any_device: bool,
          free: dict[torch.device, int], wholly: int) -> Place:  # fmt: skip
    """Where a model of these needs by context goes.

    `asked` is the context that the user wants, None the longest that fits, `any_device` that no device was named: then layers go
    to the other GPUs, too, and then to the CPU. `free` has bytes by device, GPUs first; `wholly` the memory of the CPU, for a
    warning. Errors: OptionError, which says what would fit.
    """
    first = {device: free[device]} if device in free else {}
    gpus = {other: bytes for other, bytes in free.items() if other.type == "cuda"}
    tries = [first]
    if any_device and device.type == "cuda":
        tries = [dict([max(gpus.items(), key=lambda item: item[1])]), gpus, gpus | {CPU: free[CPU]}]
    longest = min(config.context, max(1, ANGLES // config.head_dim))
    # without one asked for, rather a shorter context on one device than a long one over several
    contexts = [longest if asked is None else asked, *([None] if asked is None else [])]
    for wanted in contexts:
        for devices in tries:
            context = wanted or fitting(need_of, devices, longest)
            places = spread(need_of(context), devices) if context >= min(STEP, wanted or longest) else None
            if places is not None:
                return _made(name, need_of(context), devices, places, context, _shorter(context, config) if asked is None else (), wholly)
    raise _does_not_fit(name, need_of, config, tries, contexts[0])


def _shorter(context: int, config: ModelConfig) -> tuple[str, ...]:
    if context == config.context:
        return ()
    return (f"Its context is {context:,} tokens, of {config.context:,} that the checkpoint allows: what fits into the memory that is free; --context N chooses.",)


def _made(name, need: Needs, devices, places, context: int, notes, wholly: int) -> Place:
    device, used = next(iter(devices)), list(dict.fromkeys(places))
    if used != [device]:
        parts = [f"layers {places.index(p)} to {len(places) - 1 - places[::-1].index(p)} on {p}" for p in used]
        free = ", ".join(f"{p} has {_gb(devices[p])} free" for p in devices if p.type == "cuda")
        notes = (*notes, f"It needs {_gb(need.total)} and {free}: {', '.join(parts)}.")
    if CPU in used and (weights := sum(need.layers) + need.ends) > wholly:
        notes = (*notes, f"Its {_gb(weights)} of weights are more than this machine's {_gb(wholly)} of memory: they are read from disk again and again.")
    return Place(device, places if len(used) > 1 or used != [device] else (), context, tuple(notes))


def _does_not_fit(name: str, need_of, config: ModelConfig, tries: list[dict], context: int) -> OptionError:
    need, devices = need_of(context), tries[-1]
    has = " and ".join(f"{device} has {_gb(bytes)} free" for device, bytes in devices.items())
    longest = max(fitting(need_of, one, config.context) for one in tries)
    taken = "".join(f" {told}" for device in devices if (told := holders(device)))
    todo = f"Load it with --context {longest}, or free memory first." if longest else "Free memory first, or load it with --device cpu."
    if not longest and all(device.type == "cpu" for device in devices):
        todo = "Free memory first, or choose a smaller model."
    return OptionError(f"{name} with a context of {context:,} tokens needs {_gb(need.total)}, and {has}.{taken}", todo)


def free_memory() -> dict[torch.device, int]:
    """Bytes that are free, GPUs first. What torch keeps for itself on a GPU counts as free."""
    gpus = {}
    for index in range(torch.cuda.device_count()) if torch.cuda.is_available() else ():
        kept = torch.cuda.memory_reserved(index) - torch.cuda.memory_allocated(index)
        gpus[torch.device("cuda", index)] = torch.cuda.mem_get_info(index)[0] + kept
    return gpus | {CPU: min(psutil.virtual_memory().available, _left_in_container())}


def _left_in_container(root: Path = Path("/sys/fs/cgroup")) -> int | float:
    """Bytes left of a limit that a container or a hub sets, which the machine's own numbers do not show. Files in the page cache can
    go, so they do not count as taken."""
    try:
        limit, taken = (root / "memory.max").read_text(), int((root / "memory.current").read_text())
        if limit.strip() == "max":
            return math.inf
        found = dict(line.split() for line in (root / "memory.stat").read_text().splitlines())
        return max(0, int(limit) - taken + int(found.get("inactive_file", 0)) + int(found.get("active_file", 0)))
    except (OSError, ValueError):  # another system, or none
        return math.inf


def _gb(bytes: float) -> str:
    return f"{bytes / 1e9:.1f} GB" if bytes >= 1e8 else f"{bytes / 1e6:.1f} MB"
