"""From a model's name to the folder that holds it: nano, a folder in either published layout, a cached download.

Called by session. Opens no weights, decides nothing by content, and never touches the network.
"""

import os
import re
from pathlib import Path

from ..errors import CheckpointError, ModelNotFound

PICKLES = {".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"}
_NANO = Path(__file__).parents[1] / "nano" / "checkpoint"
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)


def locate(name: str | Path) -> Path:
    """The folder of a checkpoint: `"nano"`, a folder or a file in one, or the name of a model downloaded before.

    A repository folder may hold both layouts: the top one wins, else `original/`. Errors: ModelNotFound; CheckpointError
    where there are only pickles.
    """
    if str(name) == "nano":
        return _inside(_NANO, "Train it with `python -m gptoss_nb.nano.train`, or install the package again.")
    path = Path(os.path.expanduser(name))
    if str(name).strip() and os.path.exists(path):  # unlike Path.exists, it takes any text
        return _inside(_folder_of(path), "Name a folder that holds config.json and *.safetensors.")
    if _HUB_NAME.fullmatch(str(name)):
        return _downloaded(str(name))
    raise ModelNotFound(
        f"There is no folder {str(name)!r} and no model of that name.",
        "Name nano, a folder that exists, or a downloaded model such as openai/gpt-oss-20b.",
    )


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files that lie in the folder itself, sorted by name."""
    return sorted(path for path in folder.glob("*.safetensors") if not path.name.startswith("."))


def _inside(folder: Path, todo: str) -> Path:
    """The folder itself or its `original/`, whichever has weights."""
    for candidate in (folder, folder / "original"):
        if weight_files(candidate):
            return candidate
    pickles = sorted(p.name for p in folder.glob("*") if p.suffix.lower() in PICKLES)
    if pickles:
        raise _pickles_only(folder / pickles[0])
    raise ModelNotFound(f"{folder} holds no weights: there are no *.safetensors in it.", todo)


def _folder_of(path: Path) -> Path:
    if path.is_dir():
        return path
    if path.suffix.lower() in PICKLES:
        raise _pickles_only(path)
    if path.suffix.lower() not in {".safetensors", ".json"}:
        raise CheckpointError(f"{path} is not a checkpoint.", "Name the folder that holds config.json and *.safetensors.")
    return path.parent


def _pickles_only(path: Path) -> CheckpointError:
    return CheckpointError(
        f"{path} is a pickle, and pickles are never opened: they can run any program.",
        "Use the same model's *.safetensors, as published.",
    )


def _downloaded(name: str) -> Path:
    """The snapshot that the hub's cache holds of `main`."""
    repository = _hub_cache() / f"models--{name.replace('/', '--')}"
    todo = f"Download it with `hf download {name}`, or name a folder."
    try:
        revision = (repository / "refs" / "main").read_text().strip()
    except (OSError, ValueError):
        raise ModelNotFound(f"{name} is neither a folder nor in the local Hugging Face cache.", todo) from None
    snapshot = repository / "snapshots" / Path(revision).name
    return _inside(snapshot, todo)


def _hub_cache() -> Path:
    """Where huggingface_hub keeps its downloads, by its own variables."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache")
    home = Path(os.environ.get("HF_HOME") or cache / "huggingface")
    return Path(os.environ.get("HF_HUB_CACHE") or home / "hub").expanduser()
