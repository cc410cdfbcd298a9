"""From a model's name to the folder that holds it: nano, a folder in either published layout, a name on the hub.

Called by session. Opens no weights and decides nothing by content; what a hub is, `hub` alone knows.
"""

import os
from collections.abc import Callable
from pathlib import Path

from ..errors import CheckpointError, ModelNotFound

INDEX = "model.safetensors.index.json"  # beside the shards in the top layout
PICKLES = {".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"}
_NANO = Path(__file__).parents[1] / "nano" / "checkpoint"


def locate(name: str | Path, progress: Callable[[int, int], None] | None = None) -> Path:
    """The folder of a checkpoint: `"nano"`, a folder or a file in one, or a model on the Hugging Face hub, `owner/model` or
    `owner/model@revision`, which is downloaded where it is not in the cache.

    A folder wins over a name on the hub; only for such a name is the network touched. A folder or repository may hold both
    layouts: the top one wins, else `original/`. `progress(done, total)` is told the bytes of a download. Errors:
    ModelNotFound; CheckpointError where there are only pickles or a download fails.
    """
    if str(name) == "nano":
        return _inside(_NANO, "Train it with `python -m gptoss_nb.nano.train`, or install the package again.")
    path = Path(os.path.expanduser(name))
    if str(name).strip() and os.path.exists(path):  # unlike Path.exists, it takes any text
        return _inside(_folder_of(path), "Name a folder that holds config.json and *.safetensors.")
    from . import hub  # here, as it imports from this module

    if on_hub := hub.Name.parse(str(name)):
        return hub.fetch(on_hub, progress)
    raise ModelNotFound(
        f"There is no folder {str(name)!r} and no model of that name.",
        "Name nano, a folder that exists, or a model on the Hugging Face hub such as openai/gpt-oss-20b.",
    )


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files that lie in the folder itself, sorted by name."""
    return sorted(path for path in folder.glob("*.safetensors") if not path.name.startswith("."))


def pickles_only(path: Path | str) -> CheckpointError:
    return CheckpointError(
        f"{path} is a pickle, and pickles are never opened: they can run any program.",
        "Use the same model's *.safetensors, as published.",
    )


def _inside(folder: Path, todo: str) -> Path:
    """The folder itself or its `original/`, whichever has weights."""
    for candidate in (folder, folder / "original"):
        if weight_files(candidate):
            return candidate
    pickles = sorted(p.name for p in folder.glob("*") if p.suffix.lower() in PICKLES)
    if pickles:
        raise pickles_only(folder / pickles[0])
    raise ModelNotFound(f"{folder} holds no weights: there are no *.safetensors in it.", todo)


def _folder_of(path: Path) -> Path:
    if path.is_dir():
        return path
    if path.suffix.lower() in PICKLES:
        raise pickles_only(path)
    if path.suffix.lower() not in {".safetensors", ".json"}:
        raise CheckpointError(f"{path} is not a checkpoint.", "Name the folder that holds config.json and *.safetensors.")
    return path.parent
