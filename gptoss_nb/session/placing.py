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
from ..checkpoint.read import ALWAYS_FLOAT32, MATRICES
from ..config import ModelConfig
from ..engine.generator import CHUNK, FUSED_CHUNK
from ..errors import OptionError, in_bytes
from ..kernels.cpu_int8 import nbytes
from .sharing import free_bytes, holders

CPU = torch.device("cpu")
SPARED = 256 * 2**20  # bytes left to a device's own bookkeeping
STEP, ENOUGH = 1024, 8192  # tokens: a context that is chosen here is a multiple of the one; for the other no further device is taken
ANGLES = 2**24  # context times head dim of a context that is chosen here, twice that of the published models: no tensor bears it out
_COPIES = 3  # of the scores of a chunk, (H, CHUNK, S) float32, that plain attention holds at once


@dataclass(frozen=True)
class Needs:
    """Bytes that a model takes: `ends` of the embedding and unembedding and `routing` of all tokens on the first device, `layers` of
    each layer's weights, `cache` of each layer's keys and values at the whole context, `workspace` of a pass, on every device that
    computes."""

    ends: int
    layers: tuple[int, ...]
    cache: tuple[int, ...]
    workspace: int
    routing: int = 0

    @property
    def weights(self) -> int:
        return self.ends + sum(self.layers)

    @property
    def of_context(self) -> int:
        return sum(self.cache) + self.workspace + self.routing


def needs(config: ModelConfig, dtype: torch.dtype, context: int, kept: bool = False, banded: bool = False, rounded: bool = False) -> Needs:
    """`kept`: the matrices stay as a large checkpoint has them, two bytes a number. `banded`: attention holds no scores of all keys. `rounded`: the
    matrices are held a second time, in 8 bits."""
    ends, layers = _weights(config, dtype, kept)
    position = 2 * config.n_kv_heads * config.head_dim * dtype.itemsize
    cache = tuple(position * (context if window is None else min(window, context)) for window in config.sliding_windows)
    chunk, c = min(CHUNK, context), config
    # the unembedding of a whole chunk, or one layer: attention's scores, or what each token of a larger chunk is turned into
    token = 3 * c.qkv_width + 8 * c.hidden_size + c.experts_per_token * (c.expert_width + 2 * c.hidden_size)
    of_layer = min(FUSED_CHUNK, context) * token if banded else _COPIES * c.n_heads * chunk * context
    workspace = 4 * max(2 * chunk * c.vocab_size, of_layer)
    if rounded:
        workspace += nbytes((c.vocab_size + c.n_layers * (c.qkv_width + c.n_heads * c.head_dim)) * c.hidden_size)
    # logits, ids and weights of each token and layer; while they grow, the old ones beside the new
    routing = context * config.n_layers * (4 * config.n_experts + 6 * config.experts_per_token) * 3 // 2
    return Needs(ends, layers, cache, workspace + context * config.head_dim * 4, routing)  # with the angles of RoPE


@lru_cache(maxsize=8)
def _weights(config: ModelConfig, dtype: torch.dtype, kept: bool) -> tuple[int, tuple[int, ...]]:
    layout = layouts.hugging_face(config)

    def size(group: layouts.Group) -> int:
        return sum(math.prod(part.shape) * _bytes_of(house, part, dtype, kept) for house, parts in group.items() for part in parts)

    return size(layout.top), tuple(map(size, layout.layers))


def _bytes_of(house: str, part: layouts.Stored, dtype: torch.dtype, kept: bool) -> int:
    if part.packed:
        return 1
    return 4 if house in ALWAYS_FLOAT32 else min(2, dtype.itemsize) if kept and house in MATRICES else dtype.itemsize


def spread(need: Needs, free: dict[torch.device, int]) -> tuple[torch.device, ...] | None:
    """The device of each layer, filled in this order; the embedding is on the first. None where they do not fit. On a CPU weights
    are mapped from their files, so that they can be more than its memory."""
    devices = iter(free.items())
    device, left = next(devices)
    left -= need.workspace + SPARED + need.routing + (need.ends if device.type != "cpu" else 0)
    if left < 0:
        return None
    places = []
    for weights, cache in zip(need.layers, need.cache, strict=True):
        while left < (size := cache if device.type == "cpu" else weights + cache):
            device, left = next(devices, (None, 0))
            if device is None:
                return None
            left -= need.workspace + SPARED
        left -= size
        places.append(device)
    return tuple(places)


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

    def worse_than(self, other: "Place") -> bool:
        """On more devices, or with a shorter context."""
        return (self._spread, -self.context) > (other._spread, -other.context)

    @property
    def _spread(self) -> tuple[int, int]:
        return sum(device.type == "cpu" for device in self.layers or (self.device,)), len({self.device, *self.layers})


def place(name: str, need_of: Callable[[int], Needs], config: ModelConfig, device: torch.device, asked: int | None, any_device: bool,
          free: dict[torch.device, int], wholly: int) -> Place:  # fmt: skip
    """Where a model of these needs by context goes.

    `asked` is the context that the user wants, None the longest that fits, `any_device` that no device was named: then layers go
    to the other GPUs, too, and then to the CPU. `free` has bytes by device, GPUs first; `wholly` the memory of the CPU, for a
    warning. Errors: OptionError, which says what would fit.
    """
    tries = [{device: free.get(device, 0)}]
    if any_device and device.type == "cuda":
        gpus = dict(sorted(((other, left) for other, left in free.items() if other.type == "cuda"), key=lambda item: -item[1]))
        tries = [dict([next(iter(gpus.items()))]), gpus, gpus | {CPU: free[CPU]}, {CPU: free[CPU]}]
    longest = min(config.context, max(1, ANGLES // config.head_dim))
    for number, devices in enumerate(tries):
        devices, context = _with_room(devices, need_of(asked or STEP)), asked
        if asked is None:
            # on a CPU beside GPUs, each further token of context would take room of a layer on the GPU
            most = min(longest, ENOUGH) if number == 2 else longest
            context = fitting(need_of, devices, most)
            enough = min(ENOUGH if number < len(tries) - 1 else STEP, most)
            if context < enough:
                continue
        places = spread(need_of(context), devices)
        if places is not None:
            return _made(need_of(context), devices, places, context, _shorter(context, config) if asked is None else (), wholly)
    raise _does_not_fit(name, need_of, longest, max(tries, key=len), asked)


def _with_room(devices: dict[torch.device, int], least: Needs) -> dict[torch.device, int]:
    """Those that can hold something of a layer; the first at any rate."""
    first = next(iter(devices))
    return {device: left for device, left in devices.items() if device == first or left > least.workspace + SPARED}


def _shorter(context: int, config: ModelConfig) -> tuple[str, ...]:
    if context == config.context:
        return ()
    return (f"Its context is {context:,} tokens, of {config.context:,} that the checkpoint allows: what fits into the memory that is free; --context N chooses.",)


def _made(need: Needs, devices, places, context: int, notes, wholly: int) -> Place:
    device, used = next(iter(devices)), list(dict.fromkeys(places))
    if used == [CPU]:  # a GPU that holds no layer would only hold up
        device = CPU
    if used != [device]:
        parts = [f"layers {places.index(p)} to {len(places) - 1 - places[::-1].index(p)} on {p}" for p in used]
        free = ", ".join(f"{p} has {in_bytes(devices[p])} free" for p in devices if p.type == "cuda")
        needed = f"It needs {in_bytes(need.weights + need.of_context)}, {in_bytes(need.of_context)} of it for a context of {context:,} tokens (--context chooses)"
        notes = (*notes, f"{needed}, and {free}: {', '.join(parts)}.")
    if CPU in used and need.weights > wholly:
        notes = (*notes, f"Its {in_bytes(need.weights)} of weights are more than this machine's {in_bytes(wholly)} of memory: they are read from disk again and again.")
    return Place(device, places if used != [device] else (), context, tuple(notes))


def _does_not_fit(name: str, need_of, longest: int, devices: dict, asked: int | None) -> OptionError:
    context, on_cpu = asked or min(STEP, longest), all(device.type == "cpu" for device in devices)
    need, fits = need_of(context), fitting(need_of, devices, longest)
    # on a CPU the weights are mapped from their files
    needed = in_bytes(need.of_context if on_cpu else need.weights + need.of_context)
    has = " and ".join(f"{device} has {in_bytes(left)} free" for device, left in devices.items())
    taken = "".join(f" {told}" for device in devices if (told := holders(device)))
    smaller = "choose a smaller model" if on_cpu else "load it with --device cpu"
    todo = f"Load it with --context {fits}, or free memory first." if fits >= min(STEP, longest) else f"Free memory first, or {smaller}."
    return OptionError(f"{name} with a context of {context:,} tokens needs {needed}, and {has}.{taken}", todo)


def free_memory(gpus: bool = True, only: torch.device | None = None) -> dict[torch.device, int]:
    """Bytes that are free, GPUs first (all of them, or `only` one). What torch keeps for itself on a GPU counts as free."""
    found = {}
    for index in range(torch.cuda.device_count()) if gpus and torch.cuda.is_available() else ():
        device = torch.device("cuda", index)
        if only in (None, device):
            found[device] = free_bytes(device) + torch.cuda.memory_reserved(index) - torch.cuda.memory_allocated(index)
    return found | {CPU: min(psutil.virtual_memory().available, _left_in_container())}


def _left_in_container(root: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> int | float:
    """Bytes left of the limits that a container, a hub or a scheduler set, which the machine's own numbers do not show: of the group
    that this process is in, and those above it. Files in the page cache can go, so they do not count as taken."""
    try:
        group = next(line[3:] for line in own.read_text().splitlines() if line.startswith("0::"))
    except (OSError, StopIteration):  # another system, or the first version of these groups
        group = "/"
    folder = root / group.strip("/")
    return min(_left_in_group(place) for place in (folder, *folder.parents) if place == root or root in place.parents)


def _left_in_group(folder: Path) -> int | float:
    try:
        limit, taken = (folder / "memory.max").read_text(), int((folder / "memory.current").read_text())
        if limit.strip() == "max":
            return math.inf
        found = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        return max(0, int(limit) - taken + int(found.get("inactive_file", 0)) + int(found.get("active_file", 0)))
    except (OSError, ValueError):  # no such group, or no such limit
        return math.inf
