"""Loading: from a name to a LoadedModel, the same one when asked again; one a process. Called as gn.load by everyone."""

import gc
import os
import threading
import traceback
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import ModuleType

import psutil
import torch

from ..chat.tokenizer import Tokenizer
from ..checkpoint.identity import identity_hash
from ..checkpoint.locate import locate
from ..checkpoint.read import LARGE, check, read, read_headers
from ..config import ModelConfig
from ..engine.generator import SMALL, Generator
from ..engine.worker import Worker
from ..errors import CheckpointError, GptossError, OptionError
from ..kernels import reference
from ..kernels.choice import choose_operations
from ..model.transformer import Transformer
from . import fidelity
from .idle import Idle
from .model import LoadedModel, Placement
from .placing import Place, free_memory, needs, place
from .sharing import holders

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}

_worker = Worker()
_current: LoadedModel | None = None
_lock = threading.RLock()  # the idle limit unloads from a thread of its own


def current() -> LoadedModel | None:
    """The model that is loaded, or None."""
    return _current


def load(name: str | Path | None = None, device: str = "auto", dtype: str = "auto", backend: str = "auto", context: int | None = None,
         progress=None) -> LoadedModel:  # fmt: skip
    """The model of that name, folder or hub name (`owner/model`, `owner/model@revision`); None is what GPTOSS_NB_MODEL names,
    or "nano".

    Asked again for the same, it gives the same object; another one takes its place once it is there, so a load that fails
    changes nothing (only where a GPU has no room for both, the earlier one goes first, after all that can be checked before
    reading was). `dtype` float32 or bfloat16; `context` in tokens, at most the checkpoint's, None the longest that fits;
    `progress(done, total)` in bytes, of a download and then of reading. What a user should know of where the model went is in its
    `placement.notes`. Errors: ModelNotFound, CheckpointError, TokenizerError, OptionError.
    """
    global _current
    name = str(name if name is not None else os.environ.get("GPTOSS_NB_MODEL") or "nano")
    request = {"name": name, "device": device, "dtype": dtype, "backend": backend, "context": context}
    folder = locate(name, progress).absolute()  # the same one after a chdir, too
    config = ModelConfig.load(folder)
    choice = choose(device, dtype, backend)
    if context is not None and (isinstance(context, bool) or not isinstance(context, int) or not 1 <= context <= config.context):
        raise OptionError(f"The context is {context!r}.", f"Give a number of tokens from 1 to {config.context:,}.")
    digest = identity_hash(folder)
    with _lock:
        if _current is None or not _current.matches(folder, digest, choice, context, has_tokenizer=_tokenizer_folder(folder) is not None):
            _current = _build(name, folder, digest, config, choice, context, progress)
            _current.request = request
        idle.forget()
        return _current


def unload() -> str:
    """Frees the loaded model and says what came back; whoever still holds it gets an error from it that says so."""
    with _lock:
        idle.forget()
        return _unload()


def _unload() -> str:
    global _current
    if _current is None:
        return "No model is loaded."
    name, where, devices = _current.name, _current.placement.where, {_current.placement.device, *_current.placement.layers}
    before = sum(map(_held, devices))
    _current.close()
    _current = None
    return f"{name} is unloaded: this kernel holds {sum(map(_held, devices)) / 1e9:.2f} GB of {where} memory, {before / 1e9:.2f} GB before."


def _held(device: torch.device) -> int:
    """Bytes that this process holds on a device; on a CPU with what is mapped from files."""
    return torch.cuda.memory_reserved(device) if device.type == "cuda" else psutil.Process().memory_info().rss


idle = Idle(current, _unload, _lock)


def _build(name, folder, digest, config, choice: "Choice", context, progress) -> LoadedModel:
    words = _tokenizer_folder(folder)
    tokenizer = Tokenizer.load(words, config.vocab_size) if words else None
    where = read_headers(folder)
    check(where, config, folder)
    kept = sum(entry.end - entry.start for _, entry in where.values()) > LARGE
    made, place = _place(name, config, choice, context, kept)
    made = _with_all_layers(made, place)
    notes = (*place.notes, *getattr(made.ops, "NOTES", ()))
    placement = Placement(made.ops, made.backend, made.reason, place.device, made.dtype, place.context, place.layers, notes)
    try:
        generator = _read(folder, config, placement, progress)
    except BaseException as error:
        traceback.clear_frames(error.__traceback__)  # they hold what was read, and IPython keeps the last error
        _give_back()
        if isinstance(error, GptossError) or not isinstance(error, MemoryError | RuntimeError):
            raise
        told = _failed(name, placement, error)
    else:
        model = LoadedModel(name, folder, digest, choice, context, placement, generator, tokenizer, _worker)
        if model.nbytes < SMALL:  # it takes no time
            model.fidelity = fidelity.measure(model)
        return model
    raise told


def _with_all_layers(choice: "Choice", place: Place) -> "Choice":
    """Triton's kernels run where all layers are on GPUs; else plain torch does the work, and says so. Errors: OptionError."""
    if choice.backend != "triton" or not place.layers or {device.type for device in place.layers} == {place.device.type}:
        return choice
    if choice.backend_asked == "triton":
        raise OptionError("The triton backend does not run here: some layers are on the CPU.", 'Use a smaller context, or backend="auto".')
    return replace(choice, ops=reference, backend="reference", reason="plain torch: some layers are on the CPU")


def _read(folder: Path, config: ModelConfig, placement: Placement, progress) -> Generator:
    weights = read(folder, config, placement.device, placement.dtype, progress, placement.layers)
    if prepare := getattr(placement.ops, "prepare", None):
        prepare(weights)
    transformer = Transformer(config, weights, placement.ops, placement.context, placement.dtype)
    return Generator(transformer, placement.context, placement.dtype, placement.device)


def _failed(name: str, placement: Placement, error: Exception) -> CheckpointError:
    """torch's own out-of-memory errors are RuntimeErrors, and long: the first sentence says it."""
    why = str(error).strip().split("\n")[0].split(". ")[0]
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "allocate" in str(error) or "out of memory" in str(error):
        taken = "".join(f" {told}" for device in dict.fromkeys((placement.device, *placement.layers)) if (told := holders(device)))
        told = f"{name} does not fit in the memory of {placement.where}, with a context of {placement.context:,} tokens.{taken} {why}"
        return CheckpointError(told, "Load it with a smaller context (--context), or free memory first.")
    return CheckpointError(f"{name} could not be brought to {placement.where}: {why}", "%gptoss doctor tells more about this machine.")


def _give_back() -> None:
    gc.collect()
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        torch.cuda.empty_cache()


def _place(name: str, config: ModelConfig, choice: "Choice", context: int | None, kept: bool) -> tuple["Choice", Place]:
    """On the memory that is free now; or, where that gives a better place, on that with what the loaded model holds, which is then
    unloaded. Errors: OptionError."""

    def found(extra: dict[torch.device, int]) -> Place:
        free = free_memory(choice.device.type == "cuda", None if choice.any_device else choice.device)
        free = {device: left + extra.get(device, 0) for device, left in free.items()}
        need_of = partial(needs, config, choice.dtype, kept=kept, banded=getattr(choice.ops, "BANDED", False), rounded=getattr(choice.ops, "EIGHT_BITS", False))
        return place(name, need_of, config, choice.device, context, choice.any_device, free, wholly=psutil.virtual_memory().total)

    held = {} if _current is None else _current.bytes_by_device()
    best = found(held)
    try:
        now = found({})
    except OptionError:
        now = None
    if now is None or (held and now.worse_than(best)):
        before, _ = _current.name, _unload()
        best = found({})
        best = replace(best, notes=(*best.notes, f"{before} was unloaded first: there is no room for both."))
    else:
        best = now
    if best.device.type != choice.device.type:  # nothing of it would have been on a GPU
        choice = choose("cpu", choice.dtype_asked, choice.backend_asked)
    return choice, best


def _tokenizer_folder(folder: Path) -> Path | None:
    # a published repository has it beside the top folder's weights alone, also for its original/
    places = (folder, folder.parent) if folder.name == "original" else (folder,)
    return next((place for place in places if (place / "tokenizer.json").is_file()), None)


@dataclass(frozen=True)
class Choice:
    """What was asked for, as far as it does not depend on the model: the device (and whether any would do), dtype, operations and why."""

    device: torch.device
    any_device: bool
    dtype: torch.dtype
    ops: ModuleType
    backend: str
    reason: str
    dtype_asked: str
    backend_asked: str


def choose(device: str, dtype: str, backend: str) -> Choice:
    """Errors: OptionError."""
    where, any_device = _device(device), device == "auto"
    ops, name, reason = choose_operations(backend, where)
    made = dtype
    if dtype == "auto":
        # a GPU that only emulates bfloat16 keeps a float32 residual stream: float16 would overflow
        gpus = [torch.device("cuda", n) for n in range(torch.cuda.device_count())] if any_device else [where]
        made = "bfloat16" if where.type == "cuda" and all(map(has_bfloat16, gpus)) else "float32"
    made = str(made).removeprefix("torch.")
    if made not in DTYPES:
        raise OptionError(f"There is no dtype {dtype!r} here.", f"Choose auto or one of {', '.join(DTYPES)}.")
    if name in ("cpu", "cpu-int8") and made != "float32":
        if backend != "auto":
            raise OptionError(f"The {name} backend computes in float32, not in {made}.", 'Leave dtype out, or choose backend="reference" (plain torch).')
        ops, name, reason = reference, "reference", "plain torch: the C++ code is for float32"
    return Choice(where, any_device, DTYPES[made], ops, name, reason, dtype, backend)


def has_bfloat16(gpu: torch.device) -> bool:
    """Whether a GPU computes in bfloat16 itself: from NVIDIA's Ampere on, and AMD's."""
    return torch.version.hip is not None or torch.cuda.get_device_capability(gpu)[0] >= 8


def _device(device: str) -> torch.device:
    try:
        where = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device)
    except (RuntimeError, TypeError):
        where = None
    if where is None or where.type not in ("cpu", "cuda") or (where.type == "cpu" and where.index):
        raise OptionError(f"There is no device {device!r}.", 'Choose "auto", "cpu", "cuda" or "cuda:N".')
    if where.type == "cpu":
        return torch.device("cpu")
    if (where.index or 0) >= torch.cuda.device_count():
        raise OptionError(f"This machine has no device {device!r} that torch can use.", 'Choose "auto" or "cpu".')
    return torch.device("cuda", torch.cuda.current_device()) if where.index is None else where
