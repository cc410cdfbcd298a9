"""Names on the Hugging Face hub, `owner/model` or `owner/model@revision`: to the folder in its cache, downloaded if need be.

Called by locate. All the talking is huggingface_hub's, so its cache, token and variables hold (HF_HOME, HF_ENDPOINT,
HF_HUB_OFFLINE, ...); it is imported when a name asks for it. What the hub sends is others' text: plain file names alone are taken,
and no weights before the config is known for a gpt-oss's.
"""

import json
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

from ..config import ModelConfig
from ..errors import CheckpointError, GptossError, ModelNotFound, in_bytes
from .hub_errors import ROOM, Name, broken, cache_folder, free_space, not_reached
from .locate import INDEX, PICKLES, pickles_only, weight_files

PATIENCE, PATIENCE_CACHED = 30, 5  # seconds for what is on the hub; where there is a copy to take instead, less
_CONFIGS = "config.json", "original/config.json"
_FILE = re.compile(r"(?:original/)?\w[\w.-]*", re.ASCII)
_ANOTHER = "Name a model such as openai/gpt-oss-20b."
_OF = re.compile(r"-of-(\d{1,5})\.safetensors")
Progress = Callable[[int, int], None]


def fetch(name: Name, progress: Progress | None = None) -> Path:
    """The folder with the weights of that model: in the cache already, or downloaded to it, needed files alone.

    Without network it is what the cache has; a commit that is in the cache is never asked for. `progress(done, total)` is in
    bytes, over all files, complete ones included, and called in the caller's thread. Without it a terminal or a notebook gets
    the library's bars. Errors: ModelNotFound where there is no way to it; CheckpointError where it is another kind of model,
    before its weights are downloaded, or where a download fails.
    """
    with _quiet():
        from huggingface_hub.errors import RevisionNotFoundError

        cached = _cached(name)
        if cached and name.is_commit:
            return cached
        try:
            commit, names = _listing(name, PATIENCE_CACHED if cached else PATIENCE)
        except Exception as error:  # the library's, its HTTP client's, the sockets'
            if cached and not isinstance(error, RevisionNotFoundError):
                return cached
            in_part = any(_in_cache(name, file, name.revision) for file in _CONFIGS)
            raise not_reached(error, name, in_part) from None
        files = _needed(name, commit, names)
        paths = [_in_cache(name, file, commit) for file in files]
        if not all(paths):
            paths = _download(name, commit, files, progress)
        if name.revision != commit and _in_cache(name, files[0], name.revision) != paths[0]:
            _note_revision(name, files[0])
        return paths[-1].parent


# What is in the cache


def _in_cache(name: Name, file: str, revision: str | None) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    try:
        path = try_to_load_from_cache(name.repository, file, revision=revision)
    except (OSError, ValueError):  # a damaged cache; a name that the library does not take
        return None
    return Path(path) if isinstance(path, str) else None  # else None, or the library's mark for "the hub has no such file"


def _cached(name: Name) -> Path | None:
    """The folder that the cache has of this revision, if nothing of it is missing as far as can be told without the hub."""
    for config in _CONFIGS:
        path = _in_cache(name, config, name.revision)
        if path and _complete(path.parent):
            return path.parent
    return None


def _complete(folder: Path) -> bool:
    files = {path.name for path in weight_files(folder) if path.is_file()}
    named = _named(folder / INDEX)  # none where there is no index; or where it is damaged, which read tells
    counted = [int(found[1]) for file in files if (found := _OF.search(file))]
    return bool(files) and named <= files and len(files) >= max(counted, default=1)


def _named(index: Path) -> set[str]:
    """The files that an index names; none where that cannot be read."""
    try:
        return set(map(str, json.loads(index.read_text("utf-8"))["weight_map"].values()))
    except (OSError, ValueError, LookupError, AttributeError, TypeError, RecursionError):
        return set()


# What is on the hub


def _listing(name: Name, patience: float) -> tuple[str, list[str]]:
    """The commit that this revision is now, and the names of its files."""
    from huggingface_hub import HfApi, constants

    timeout = constants.HF_HUB_ETAG_TIMEOUT
    info = _in_time(patience, lambda: HfApi().model_info(name.repository, revision=name.revision, timeout=timeout))
    if not re.fullmatch("[0-9a-f]{40}", str(info.sha)):
        raise ValueError("no commit")
    return info.sha, [str(sibling.rfilename) for sibling in info.siblings or ()]


def _in_time(seconds: float, ask: Callable):
    """What `ask()` gives. A connection is tried at each address of a host in turn, each with the library's whole timeout, so
    one that goes nowhere is left behind in a thread."""
    answer = Future()

    def run():
        try:
            answer.set_result(ask())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=run, daemon=True, name="gptoss_nb-hub").start()
    return answer.result(timeout=seconds)


def _needed(name: Name, commit: str, names: list[str]) -> list[str]:
    """The files to have, weights last; of these alone the config and the index are here after this, as they say which."""
    plain = sorted(file for file in names if _FILE.fullmatch(file) and ".." not in file)
    config, weights = _layout(name, commit, plain, names)
    if config not in plain:
        raise CheckpointError(f"{name} has weights and no {config}, so it is no gpt-oss.", _ANOTHER)
    silent = _Tally(0, lambda done, total: None).bar(0, 0)
    ModelConfig.load(_get(name, config, commit, tqdm_class=silent))
    small = [config]
    if config == "config.json" and INDEX in plain:
        small.append(INDEX)
        index = _get(name, INDEX, commit, tqdm_class=silent)
        named = _named(index)
        if not named:
            raise CheckpointError(f"{index} names no files of weights.", _ANOTHER)
        if missing := sorted(named.difference(weights)):
            raise CheckpointError(f"{index} names {missing[0][:80]!r}, which {name} has not.", _ANOTHER)
        weights = sorted(named)
    return [*small, *(file for file in ("tokenizer.json",) if file in plain), *weights]


def _layout(name: Name, commit: str, plain: list[str], names: list[str]) -> tuple[str, list[str]]:
    """The config and the weights: of the top folder, or of `original/` where that alone has weights or is in the cache."""
    layouts = []
    for config in _CONFIGS:
        folder = config.rpartition("/")[0]
        weights = [file for file in plain if file.endswith(".safetensors") and file.rpartition("/")[0] == folder]
        if weights:
            layouts.append((config, weights))
    if not layouts:
        pickles = sorted(file for file in names if Path(file).suffix.lower() in PICKLES)
        if pickles:
            raise pickles_only(f"{name}/{pickles[0]}")
        raise ModelNotFound(f"{name} holds no weights: there are no *.safetensors in it.", _ANOTHER)
    cached = _cached(Name(name.repository, commit))
    return layouts[-1] if cached and cached.name == "original" else layouts[0]


def _note_revision(name: Name, file: str) -> None:
    """Has the library note which commit the revision is, now that all of it is here: what it then finds without network."""
    from huggingface_hub import hf_hub_download

    with suppress(Exception):  # the model is here; a cache that cannot be written, or a hub gone since, is no reason to fail
        hf_hub_download(name.repository, file, revision=name.revision)


# The download


def _get(name: Name, file: str, commit: str, **options) -> Path:
    """One file, which is nothing to do where it is in the cache already."""
    from huggingface_hub import hf_hub_download

    try:
        got = hf_hub_download(name.repository, file, revision=commit, **options)
    except GptossError:
        raise
    except Exception as error:
        raise broken(error, name, file) from None
    return got if options.get("dry_run") else Path(got)


def _download(name: Name, commit: str, files: list[str], progress: Progress | None) -> list[Path]:
    """All files, one after the other in this thread: so Ctrl-C ends it at once, where the library's pool would finish its files."""
    plan = [_get(name, file, commit, dry_run=True) for file in files]
    needed, free = sum(item.file_size or 0 for item in plan if item.will_download), free_space()
    if needed > free:
        told = f"{name} needs {in_bytes(needed)} on the disk of {cache_folder()}, and {in_bytes(free)} are free."
        raise CheckpointError(told, ROOM)
    done, tally, paths = 0, _Tally(sum(item.file_size or 0 for item in plan), progress), []
    for file, item in zip(files, plan, strict=True):
        size = item.file_size or 0
        paths.append(_get(name, file, commit, tqdm_class=tally.bar(done, size)))
        done += size
        tally.tell(done)
    return paths


class _Tally:
    """Bytes over all files, told to `progress`; never fewer than before, though the library may take some back.

    Only in the thread that made it, as only that one displays. Xet counts in a thread of its own, and what it says there is
    told when its file is complete. The download itself in a thread, and this one waiting, would tell that too; but then Ctrl-C
    would not end it: the library listens in the main thread alone, and the download would go on, holding the lock of its file.
    """

    def __init__(self, total: int, progress: Progress | None):
        self.total, self.progress, self.told, self.thread = total, progress, -1, threading.get_ident()

    def tell(self, done: int) -> None:
        if self.progress is not None and done > self.told and threading.get_ident() == self.thread:
            self.told = done
            self.progress(done, self.total)

    def bar(self, before: int, size: int) -> type | None:
        """A class for `tqdm_class` that tells and draws nothing; None for the library's own bars. Of one file the library may
        make two, for what came and for what is written: the one that is ahead counts. Of a transfer by Xet we would only hear at
        the end of each file, so there the library's bars show beside ours."""
        from huggingface_hub.utils import tqdm

        if (self.progress is None or _is_xet()) and _shows_bars():
            return None
        tally = self

        class Bar(tqdm):
            def __init__(self, *args, **options):
                super().__init__(*args, **{**options, "disable": True})
                self.update(0)  # `initial` is what an earlier try had

            def update(self, n=1):
                self.n += n
                tally.tell(before + min(int(self.n), size))

        return Bar


def _is_xet() -> bool:
    """Whether the library may transfer by Xet, from threads of its own."""
    from huggingface_hub import constants

    return find_spec("hf_xet") is not None and not constants.HF_HUB_DISABLE_XET


def _shows_bars() -> bool:
    """Whether someone looks: a terminal, or a notebook, whose stderr is no terminal."""
    if sys.stderr is not None and sys.stderr.isatty():
        return True
    shell = sys.modules["IPython"].get_ipython() if {"IPython", "ipykernel"} <= sys.modules.keys() else None
    return getattr(shell, "kernel", None) is not None


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the library's warnings, in Python and in its log, for which there are errors here. A lower level that someone
    set for its log stays."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from huggingface_hub.utils import logging

        level = logging.get_verbosity()
        if level == logging.WARNING:
            logging.set_verbosity_error()
        try:
            yield
        finally:
            logging.set_verbosity(level)
