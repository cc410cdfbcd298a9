"""Names on the Hugging Face hub, `owner/model` or `owner/model@revision`: to the folder in its cache, downloaded if need be.

Called by locate. All the talking is huggingface_hub's, so its cache, token and variables hold (HF_HOME, HF_ENDPOINT,
HF_HUB_OFFLINE, ...); it is imported when a name asks for it. What the hub sends is others' text: plain file names alone are taken.
"""

import errno
import json
import os
import re
import shutil
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import CheckpointError, GptossError, ModelNotFound
from .locate import PICKLES, pickles_only, weight_files

INDEX = "model.safetensors.index.json"
PATIENCE, PATIENCE_CACHED = 30, 5  # seconds for what is on the hub; where there is a copy to take instead, less
_CONFIGS = "config.json", "original/config.json"
_NAME = re.compile(r"(\w[\w.-]*/\w[\w.-]*)(?:@(\w[\w./-]*))?", re.ASCII)
_FILE = re.compile(r"(?:original/)?\w[\w.-]*", re.ASCII)
_OF = re.compile(r"-of-(\d{1,5})\.safetensors")
_AGAIN = "Load it again: the download resumes with that file; those that are complete are kept."
_ROOM = "Free some space, or set HF_HOME to a folder on a larger disk and start the kernel again."
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Name:
    repository: str
    revision: str | None = None  # a branch, a tag or a commit

    @classmethod
    def parse(cls, text: str) -> "Name | None":
        found = _NAME.fullmatch(text)
        return cls(*found.groups()) if found and ".." not in text else None

    def __str__(self) -> str:
        return f"{self.repository}@{self.revision}" if self.revision else self.repository

    @property
    def is_commit(self) -> bool:
        return bool(re.fullmatch("[0-9a-f]{40}", self.revision or ""))

    @property
    def page(self) -> str:
        from huggingface_hub import constants

        return f"{constants.ENDPOINT}/{self.repository}"

    @property
    def by_hand(self) -> str:
        """How a machine without network gets it."""
        at = f" --revision {self.revision}" if self.revision else ""
        folder = self.repository.partition("/")[2]
        command = f'hf download {self.repository}{at} --exclude "*/*" --local-dir {folder}'
        return f"on a machine with network run `{command}`, copy that folder here and give its path."


def fetch(name: Name, progress: Progress | None = None) -> Path:
    """The folder with the weights of that model: in the cache already, or downloaded to it, needed files alone.

    Without network it is what the cache has; a commit that is in the cache is never asked for. `progress(done, total)` is in
    bytes, over all files, complete ones included; the library may call it from a thread of its own. Without it a terminal
    gets the library's bar. Errors: ModelNotFound where there is no way to it, CheckpointError where a download fails.
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
            raise _not_reached(error, name) from None
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
    try:
        named = set(json.loads((folder / INDEX).read_text("utf-8"))["weight_map"].values())
    except (OSError, ValueError, LookupError, AttributeError, TypeError, RecursionError):
        named = set()  # there is none; or it is damaged, which read tells
    counted = [int(found[1]) for file in files if (found := _OF.search(file))]
    return bool(files) and named <= files and len(files) >= max(counted, default=1)


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
    """The files to have, weights last: of the top folder, or of `original/` where that alone has weights or is in the cache."""
    plain = sorted(file for file in names if _FILE.fullmatch(file) and ".." not in file)
    layouts = []
    for folder, small in (("", ("config.json", INDEX)), ("original", ("original/config.json",))):
        weights = [file for file in plain if file.endswith(".safetensors") and file.rpartition("/")[0] == folder]
        if weights:
            layouts.append([*(file for file in small if file in plain), *weights])
    if not layouts:
        pickles = sorted(file for file in names if Path(file).suffix.lower() in PICKLES)
        if pickles:
            raise pickles_only(f"{name}/{pickles[0]}")
        raise ModelNotFound(f"{name} holds no weights: there are no *.safetensors in it.", "Name a model such as openai/gpt-oss-20b.")
    chosen = next((files for files in layouts if all(_in_cache(name, file, commit) for file in files)), layouts[0])
    return [*(file for file in ("tokenizer.json",) if file in plain), *chosen]


def _note_revision(name: Name, file: str) -> None:
    """Has the library note which commit the revision is, now that all of it is here: what it then finds without network."""
    from huggingface_hub import hf_hub_download

    with suppress(Exception):  # the model is here; a cache that cannot be written, or a hub gone since, is no reason to fail
        hf_hub_download(name.repository, file, revision=name.revision)


# The download


def _download(name: Name, commit: str, files: list[str], progress: Progress | None) -> list[Path]:
    """All files, one after the other in this thread: so Ctrl-C ends it at once, where the library's pool would finish its files."""
    from huggingface_hub import hf_hub_download

    now, paths = files[0], []
    try:
        plan = [hf_hub_download(name.repository, now := file, revision=commit, dry_run=True) for file in files]
        needed, free = sum(item.file_size or 0 for item in plan if item.will_download), _free()
        if needed > free:
            raise CheckpointError(f"{name} needs {_size(needed)} on the disk of {_cache()}, and {_size(free)} are free.", _ROOM)
        done, tally = 0, _Tally(sum(item.file_size or 0 for item in plan), progress)
        for now, item in zip(files, plan, strict=True):
            size = item.file_size or 0
            paths.append(Path(hf_hub_download(name.repository, now, revision=commit, tqdm_class=tally.bar(done, size))))
            done += size
            tally.tell(done)
    except GptossError:
        raise
    except Exception as error:
        raise _broken(error, name, now) from None
    return paths


class _Tally:
    """Bytes over all files, told to `progress`; never fewer than before, though the library may take some back."""

    def __init__(self, total: int, progress: Progress | None):
        self.total, self.progress, self.told = total, progress, -1

    def tell(self, done: int) -> None:
        if self.progress is not None and done > self.told:
            self.told = done
            self.progress(done, self.total)

    def bar(self, before: int, size: int) -> type | None:
        """A class for `tqdm_class` that tells and draws nothing; None for the library's own bars. Of one file the library may
        make two, for what came and for what is written: the one that is ahead counts."""
        from huggingface_hub.utils import tqdm

        if self.progress is None and sys.stderr is not None and sys.stderr.isatty():
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


def _cache() -> Path:
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE).expanduser().absolute()


def _free() -> int:
    folder = _cache()
    return shutil.disk_usage(next(place for place in (folder, *folder.parents) if os.path.exists(place))).free


def _size(n: int) -> str:
    return f"{n / 1e9:,.1f} GB" if n >= 1e8 else f"{n / 1e6:,.1f} MB"


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


# Errors


def _chain(error: BaseException) -> list[BaseException]:
    """The error, what it came from, and so on."""
    chain = [error]
    while (below := chain[-1].__cause__ or chain[-1].__context__) is not None and below not in chain:
        chain.append(below)
    return chain


def _status(error: BaseException) -> int | None:
    """The hub's answer, such as 404, if it was one."""
    found = (getattr(getattr(link, "response", None), "status_code", None) for link in _chain(error))
    return next((status for status in found if status is not None), None)


def _reason(error: BaseException) -> str:
    """The deepest cause in a few words; the library's own text is several lines about its arguments."""
    if any("Timeout" in kind.__name__ for link in _chain(error) for kind in type(link).__mro__):
        return "no answer in time"
    if (status := _status(error)) is not None:
        return f"it answers {status}"
    deepest = _chain(error)[-1]
    return (str(deepest).strip() or type(deepest).__name__)[:200]


def _refused(error: BaseException, name: Name) -> GptossError | None:
    """What the hub itself says: there is no such thing, or not for you."""
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        told = f"{name} is gated: the hub gives it to those alone who have accepted its terms."
        return ModelNotFound(told, f"Accept them at {name.page}, then log in with `hf auth login`.")
    if isinstance(error, errors.RevisionNotFoundError):
        return ModelNotFound(f"{name.repository} has no revision {name.revision}.", f"Choose one of {name.page}/tree/main, or none.")
    if isinstance(error, errors.RepositoryNotFoundError | errors.HFValidationError):
        told = f"There is no folder {name} here, and no model {name.repository} on the hub, or it is private."
        return ModelNotFound(told, f"Look at {name.page}; a private one needs `hf auth login`, with a token that may read it.")
    if _status(error) in (401, 403):
        told = f"The hub refuses {name} ({_status(error)})."
        return ModelNotFound(told, f"Log in with `hf auth login`, with a token that may read {name.page}.")
    return None


def _not_reached(error: BaseException, name: Name) -> GptossError:
    """The hub said nothing of the model, and the cache has not all of it."""
    from huggingface_hub import errors

    if refused := _refused(error, name):
        return refused
    part = "only in part" if any(_in_cache(name, file, name.revision) for file in _CONFIGS) else "not"
    told, by_hand = f"{name} is no folder here and {part} in the cache, {_cache()}, and", name.by_hand
    if isinstance(error, errors.OfflineModeIsEnabled):
        return ModelNotFound(f"{told} offline mode is set (HF_HUB_OFFLINE).", f"Unset it and start the kernel again; or {by_hand}")
    strange = _status(error) is None and isinstance(error, ValueError | LookupError | TypeError | AttributeError)  # such as a login page
    reason = "what answers there is no hub" if strange else _reason(error)
    return ModelNotFound(f"{told} the hub could not be asked: {reason}.", f"Try again; or {by_hand}")


def _broken(error: BaseException, name: Name, file: str) -> GptossError:
    """The hub has the model, and on the way here something failed."""
    if refused := _refused(error, name):
        return refused
    if any(getattr(link, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "os error 28" in str(link) for link in _chain(error)):
        told = f"The disk of {_cache()} is full: {_size(_free())} were left when {file} of {name} was written."
        return CheckpointError(told, f"{_ROOM} Files that are complete are kept.")
    if getattr(error, "errno", None) in (errno.EACCES, errno.EPERM, errno.EROFS):
        told = f"The cache {_cache()} cannot be written: {error.strerror}."
        return CheckpointError(told, "Make it writable, or set HF_HOME to a folder of yours and start the kernel again.")
    return CheckpointError(f"The download of {name} broke off at {file}: {_reason(error)}.", _AGAIN)
