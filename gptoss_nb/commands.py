"""What %gptoss's subcommands do, each returning the text that the cell shows. Called by magics."""

import os
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from . import session
from .errors import OptionError, TraceError
from .options import help_text
from .session import Conversation, Edits, LoadedModel, Reply

PACKAGES = ("gptoss-nb", "torch", "triton", "safetensors", "tiktoken", "huggingface_hub", "nvidia-ml-py", "numpy", "ipython", "ipykernel")


def load(options, progress=None) -> str:
    model = session.load(options.name, options.device, options.dtype, options.backend, options.context, progress)
    return describe(model)


def describe(model: LoadedModel) -> str:
    c, p = model.config, model.placement
    told = (
        f"{model.name}: {c.n_layers} layers, {c.experts_per_token} of {c.n_experts} experts a token, {bytes_text(model.nbytes)} of weights, "
        f"a context of {p.context:,} tokens.\nIt runs on {p.where} in {p.arithmetic} with {p.backend} kernels ({p.reason})."
    )
    return "\n".join([told, *p.notes])


def status(conversation: Conversation) -> str:
    model = session.current()
    if model is None:
        return "No model is loaded. %gptoss load loads one."
    used, turns = len(model.generator.token_ids), conversation.turns
    return "\n".join(
        [
            describe(model),
            f"Weights {model.digest}, from {'the package itself' if model.name == 'nano' else model.folder}.",
            f"This conversation has {turns} turn{'' if turns == 1 else 's'}. The cache holds {used:,} tokens, of what ran last.",
            f"This kernel uses {bytes_text(psutil.Process().memory_info().rss)} of memory; {bytes_text(psutil.virtual_memory().available)} are free.",
            *_gpu_memory(model.placement.device),
        ]
    )


def _gpu_memory(device) -> list[str]:
    """A meter of a GPU's memory: of all that is used there, and what this kernel holds of it."""
    if device.type != "cuda":
        return []
    import torch

    free, total = torch.cuda.mem_get_info(device)
    return [meter("GPU memory", total - free, total) + f", {bytes_text(torch.cuda.memory_reserved(device))} of it by this kernel"]


def meter(label: str, used: int, total: int, width: int = 20) -> str:
    filled = round(width * used / max(1, total))
    return f"{label} {'█' * filled}{'░' * (width - filled)} {bytes_text(used)} of {bytes_text(total)} in use"


def save(options, reply: Reply | None) -> str:
    if reply is None:
        raise TraceError("There is no reply yet, so no trace.", "Ask something in a %%gptoss cell first.")
    file = Path(options.file).expanduser()
    if os.path.exists(file) and not options.force:  # unlike Path.exists, it takes any name
        raise OptionError(f"{file} is there already.", "Choose another name, or add --force to replace it.")
    reply.trace.save(file)
    return f"Saved {len(reply.trace)} tokens to {file}. gptoss_nb.Trace.load({str(options.file)!r}) opens it, also without the model."


def edit(words: list[str], now: Edits) -> tuple[Edits, str]:
    """The edits from now on, and what is shown: those of `words` instead of the ones before. Checked where a model is loaded."""
    if words == ["clear"]:
        return Edits(), "No edits: the model is as it was trained."
    edits, model = Edits.parse(words) if words else now, session.current()
    if model is not None:
        edits.tensors(model.config)
    if not edits:
        return edits, "There are no edits. %gptoss edit L3.E07=off makes one."
    return edits, f"Edits of every reply from now on: {edits}. %gptoss edit clear takes them back."


def version_text(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed" + (" (only Linux has it)" if name == "triton" and sys.platform != "linux" else "")


def bytes_text(n: float) -> str:
    for unit in ("B", "KB", "MB"):
        if n < 1000:
            return f"{n:.3g} {unit}"
        n /= 1000
    return f"{n:.1f} GB"


__all__ = ["bytes_text", "describe", "edit", "help_text", "load", "meter", "save", "status", "version_text"]
