"""Loading: from a name to a LoadedModel, the same one when asked again; one a process. Called as gn.load by everyone."""

import os
from pathlib import Path

import torch

from ..chat.tokenizer import Tokenizer
from ..checkpoint.identity import identity_hash
from ..checkpoint.locate import locate
from ..checkpoint.read import read
from ..config import ModelConfig
from ..engine.generator import Generator
from ..engine.worker import Worker
from ..errors import CheckpointError, GptossError, OptionError
from ..kernels import cpu_ops, reference
from ..model.transformer import Transformer
from .model import LoadedModel, Placement

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}

_worker = Worker()
_current: LoadedModel | None = None


def current() -> LoadedModel | None:
    """The model that is loaded, or None."""
    return _current


def load(name: str | Path | None = None, device: str = "auto", dtype: str = "auto", backend: str = "auto", context: int | None = None,
         progress=None) -> LoadedModel:  # fmt: skip
    """The model of that name, folder or hub name; None is what GPTOSS_NB_MODEL names, or "nano".

    Asked again for the same, it gives the same object; another one takes its place once it is there, so a load that fails
    changes nothing. `dtype` float32 or bfloat16; `context` in tokens, at most the checkpoint's; `progress(done, total)`
    in bytes. Errors: ModelNotFound, CheckpointError, TokenizerError, OptionError.
    """
    global _current
    name = str(name if name is not None else os.environ.get("GPTOSS_NB_MODEL") or "nano")
    folder = locate(name).absolute()  # the same one after a chdir, too
    config = ModelConfig.load(folder)
    placement = _place(config, device, dtype, backend, context)
    digest = identity_hash(folder)
    if _current is None or not _current.matches(folder, digest, placement, has_tokenizer=_tokenizer_folder(folder) is not None):
        _current = _build(name, folder, digest, config, placement, progress)
    return _current


def unload() -> None:
    """Frees the loaded model; whoever still holds it gets an error from it that says so."""
    global _current
    if _current is not None:
        _current.close()
        _current = None


def _build(name, folder, digest, config, placement: Placement, progress) -> LoadedModel:
    found = _tokenizer_folder(folder)
    tokenizer = Tokenizer.load(found, config.vocab_size) if found else None
    try:
        weights = read(folder, config, placement.device, placement.dtype, progress)
        transformer = Transformer(config, weights, placement.ops, placement.context)
        generator = Generator(transformer, placement.context, placement.dtype, placement.device)
    except (MemoryError, RuntimeError) as error:  # torch's own out-of-memory errors are RuntimeErrors
        if isinstance(error, GptossError):
            raise
        told = f"{name} does not fit in the memory of {placement.device}, with a context of {placement.context:,} tokens: {error}"
        raise CheckpointError(told, "Load it with a smaller context (--context), or free memory first.") from None
    return LoadedModel(name, folder, digest, placement, generator, tokenizer, _worker)


def _tokenizer_folder(folder: Path) -> Path | None:
    # a published repository has it beside the top folder's weights alone, also for its original/
    places = (folder, folder.parent) if folder.name == "original" else (folder,)
    return next((place for place in places if (place / "tokenizer.json").is_file()), None)


def _place(config: ModelConfig, device, dtype, backend, context) -> Placement:
    where = _device(device)
    ops, backend, reason = choose_operations(backend, where)
    if dtype == "auto":
        dtype = "bfloat16" if where.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    dtype = str(dtype).removeprefix("torch.")
    if dtype not in DTYPES:
        raise OptionError(f"There is no dtype {dtype!r} here.", f"Choose auto or one of {', '.join(DTYPES)}.")
    if context is None:
        context = config.context
    if isinstance(context, bool) or not isinstance(context, int) or not 1 <= context <= config.context:
        raise OptionError(f"The context is {context!r}.", f"Give a number of tokens from 1 to {config.context:,}.")
    return Placement(ops, backend, reason, where, DTYPES[dtype], context)


def _device(device: str) -> torch.device:
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        where = torch.device(device)
    except (RuntimeError, TypeError):
        where = None
    if where is None or where.type not in ("cpu", "cuda"):
        raise OptionError(f"There is no device {device!r}.", 'Choose "auto", "cpu", "cuda" or "cuda:N".')
    if where.type == "cuda" and (where.index or 0) >= torch.cuda.device_count():
        raise OptionError(f"This machine has no device {device!r} that torch can use.", 'Choose "auto" or "cpu".')
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
