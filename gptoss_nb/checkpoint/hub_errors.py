"""A name on the hub, and in two lines what goes wrong on the way to it.

Called by hub. Knows the library's errors and where its cache is; it asks for nothing and changes nothing.
"""

import errno
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from ..errors import CheckpointError, GptossError, ModelNotFound, in_bytes

_NAME = re.compile(r"(\w[\w.-]*/\w[\w.-]*)(?:@(\w[\w./-]*))?", re.ASCII)
_AGAIN = "Load it again: the download resumes with that file; those that are complete are kept."
ROOM = "Free some space, or set HF_HOME to a folder on a larger disk and start the kernel again."
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", None)} - {None}  # Windows has no quota's


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


def cache_folder() -> Path:
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE).expanduser().absolute()


def free_space() -> int:
    folder = cache_folder()
    return shutil.disk_usage(next(place for place in (folder, *folder.parents) if os.path.exists(place))).free


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


def not_reached(error: BaseException, name: Name, in_part: bool) -> GptossError:
    """The hub said nothing of the model, and the cache has nothing of it, or not all."""
    from huggingface_hub import errors

    if refused := _refused(error, name):
        return refused
    part = "only in part" if in_part else "not"
    told, by_hand = f"{name} is no folder here and {part} in the cache, {cache_folder()}, and", name.by_hand
    if isinstance(error, errors.OfflineModeIsEnabled):
        return ModelNotFound(f"{told} offline mode is set (HF_HUB_OFFLINE).", f"Unset it and start the kernel again; or {by_hand}")
    strange = _status(error) is None and isinstance(error, ValueError | LookupError | TypeError | AttributeError)  # such as a login page
    reason = "what answers there is no hub" if strange else _reason(error)
    return ModelNotFound(f"{told} the hub could not be asked: {reason}.", f"Try again; or {by_hand}")


def broken(error: BaseException, name: Name, file: str) -> GptossError:
    """The hub has the model, and on the way here something failed."""
    if refused := _refused(error, name):
        return refused
    if any(getattr(link, "errno", None) in _FULL or "os error 28" in str(link) for link in _chain(error)):
        told = f"The disk of {cache_folder()} is full: {in_bytes(free_space())} were left when {file} of {name} was written."
        return CheckpointError(told, f"{ROOM} Files that are complete are kept.")
    if getattr(error, "errno", None) in (errno.EACCES, errno.EPERM, errno.EROFS):
        told = f"The cache {cache_folder()} cannot be written: {error.strerror}."
        return CheckpointError(told, "Make it writable, or set HF_HOME to a folder of yours and start the kernel again.")
    return CheckpointError(f"The download of {name} broke off at {file}: {_reason(error)}.", _AGAIN)
