"""Loading: from a name to a LoadedModel, the same one when asked again; one a process. Called as gn.load by everyone."""

import os
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
from ..kernels import cpu_ops, reference
from ..model.transformer import Transformer
from . import fidelity
from .model import LoadedModel, Placement
from .placing import Place, free_memory, needs, place
from .sharing import holders

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}

_worker = Worker()
_current: LoadedModel | None = None


def current() -> LoadedModel | None:
    """The model that is loaded, or None."""
    return _current


def load(name: str | Path | None = None, device: str = "auto", dtype: str = "auto", backend: str = "auto", context: int | None = None,
         progress=None) -> LoadedModel:  # fmt: skip
    """The model of that name, folder or hub name (`owner/model`, `owner/model@revision`); None is what GPTOSS_NB_MODEL names,
    or "nano".

    Asked again for the same, it gives the same object; another one takes its place once it is there, so a load that fails
    changes nothing (only where a device has no room for both, the earlier one goes first, after all that can be checked
    before reading was). `dtype` float32 or bfloat16; `context` in tokens, at most the checkpoint's, None the longest that
    fits; `progress(done, total)` in bytes, of a download and then of the reading. Errors: ModelNotFound, CheckpointError,
    TokenizerError, OptionError.
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
    if _current is None or not _current.matches(folder, digest, choice, context, has_tokenizer=_tokenizer_folder(folder) is not None):
        _current = _build(name, folder, digest, config, choice, context, progress)
        _current.request = request
    return _current


def unload() -> str:
    """Frees the loaded model and says what came back; whoever still holds it gets an error from it that says so."""
    global _current
    if _current is None:
        return "No model is loaded."
    device, name = _current.placement.device, _current.name
    before = _held(device)
    _current.close()
    _current = None
    return f"{name} is unloaded: this kernel holds {_held(device) / 1e9:.2f} GB of {device} memory, {before / 1e9:.2f} GB before."


def _held(device: torch.device) -> int:
    """Bytes that this process holds on a device; on a CPU with what is mapped from files."""
    return torch.cuda.memory_reserved(device) if device.type == "cuda" else psutil.Process().memory_info().rss


def _build(name, folder, digest, config, choice: "Choice", context, progress) -> LoadedModel:
    found = _tokenizer_folder(folder)
    tokenizer = Tokenizer.load(found, config.vocab_size) if found else None
    where = read_headers(folder)
    check(where, config, folder)
    kept = sum(entry.end - entry.start for _, entry in where.values()) > LARGE
    found = _place(name, config, choice, context, kept)
    placement = Placement(choice.ops, choice.backend, choice.reason, found.device, choice.dtype, found.context, found.layers, found.notes)
    try:
        weights = read(folder, config, placement.device, placement.dtype, progress, placement.layers)
        transformer = Transformer(config, weights, placement.ops, placement.context, placement.dtype)
        generator = Generator(transformer, placement.context, placement.dtype, placement.device)
    except (MemoryError, RuntimeError) as error:  # torch's own out-of-memory errors are RuntimeErrors
        if isinstance(error, GptossError):
            raise
        told = f"{name} does not fit in the memory of {placement.device}, with a context of {placement.context:,} tokens: {error}"
        raise CheckpointError(f"{told} {holders(placement.device)}", "Load it with a smaller context (--context), or free memory first.") from None
    model = LoadedModel(name, folder, digest, choice, context, placement, generator, tokenizer, _worker)
    if model.nbytes < SMALL:  # it takes no time
        model.fidelity = fidelity.measure(model)
    return model


def _place(name: str, config: ModelConfig, choice: "Choice", context: int | None, kept: bool) -> Place:
    """On the memory that is free now, or else on that with what the loaded model holds, which is then unloaded."""
    global _current
    need_of = partial(needs, config, choice.dtype, kept=kept)
    found = partial(place, name, need_of, config, choice.device, context, choice.any_device, wholly=psutil.virtual_memory().total)
    try:
        return found(free_memory())
    except OptionError:
        if _current is None:
            raise
        free = free_memory()
        for device, held in _current.bytes_by_device().items():
            free[device] = free.get(device, 0) + held
        found(free)  # the same error again where this is not enough either: then nothing is lost
        before, _ = _current.name, unload()
        made = found(free_memory())
        return replace(made, notes=(*made.notes, f"{before} was unloaded first: there is no room for both."))


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

    def equals(self, other: "Choice") -> bool:
        """Whether the same model would come of both."""
        return (self.device, self.dtype, self.backend) == (other.device, other.dtype, other.backend)


def choose(device: str, dtype: str, backend: str) -> Choice:
    """Errors: OptionError."""
    where = _device(device)
    ops, backend, reason = choose_operations(backend, where)
    if dtype == "auto":
        # a GPU that only emulates bfloat16 keeps a float32 residual stream: float16 would overflow
        dtype = "bfloat16" if where.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    dtype = str(dtype).removeprefix("torch.")
    if dtype not in DTYPES:
        raise OptionError(f"There is no dtype {dtype!r} here.", f"Choose auto or one of {', '.join(DTYPES)}.")
    return Choice(where, device == "auto", DTYPES[dtype], ops, backend, reason)


def _device(device: str) -> torch.device:
    try:
        where = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device)
    except (RuntimeError, TypeError):
        where = None
    if where is None or where.type not in ("cpu", "cuda"):
        raise OptionError(f"There is no device {device!r}.", 'Choose "auto", "cpu", "cuda" or "cuda:N".')
    if where.type == "cuda" and (where.index or 0) >= torch.cuda.device_count():
        raise OptionError(f"This machine has no device {device!r} that torch can use.", 'Choose "auto" or "cpu".')
    if where.type == "cuda" and where.index is None:
        where = torch.device("cuda", torch.cuda.current_device())
    return where


def choose_operations(backend: str, device: torch.device):
    """(operations module, its name, why): decided here once and shown to the user; never a silent fallback."""
    on_cpu = device.type == "cpu"
    match backend:
        case "auto" if on_cpu and cpu_ops.available():
            return cpu_ops, "cpu", "plain torch, and C for single tokens"
        case "auto" if on_cpu:
            return reference, "reference", "plain torch: the C code was not built when the package was installed"
        case "auto":
            return reference, "reference", f"plain torch on {device.type}: this version has no kernels of its own there"
        case "reference":
            return reference, "reference", "asked for"
        case "cpu" if on_cpu and cpu_ops.available():
            return cpu_ops, "cpu", "asked for"
        case "cpu" if on_cpu:
            raise OptionError("The C code of the cpu backend was not built.", "Install a C compiler, then the package again; or backend=\"auto\".")
        case "cpu":
            raise OptionError(f"The cpu backend does not run on {device.type}.", 'Choose device="cpu", or backend="auto".')
        case "triton":
            raise OptionError("This version has no triton kernels yet.", 'Use backend="reference" (plain torch) or "auto".')
    raise OptionError(f"There is no backend {backend!r}.", "Choose auto, reference, triton or cpu.")
