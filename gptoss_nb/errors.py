"""What can go wrong for a user, and the two lines they see: what is wrong, and what to do.

    GptossError
    ├── OptionError          an option, a subcommand or a value that does not exist or is out of range
    ├── ModelNotFound        no such model, folder or file
    ├── CheckpointError      the files are there and cannot be used: missing tensor, wrong shape, cut short, a pickle
    ├── TokenizerError       a vocabulary that is missing or cannot be read
    ├── ContextLengthError   the prompt does not fit the context
    ├── EditError            an edit that the model does not have or cannot do
    ├── TraceError           a trace that cannot be read, saved or asked this
    ├── NotObservable        the fast path does not have what was asked for; never a stand-in
    └── ModelClosed          the model was unloaded

Every room may raise these; `assert` is for our own invariants.
"""


class GptossError(Exception):
    """Base of all errors meant for the user. `what` is wrong; `todo` is the next step. `str()` gives the two lines."""

    def __init__(self, what: str, todo: str):
        super().__init__(f"{_one_line(what)}\n{_one_line(todo)}")
        self.what, self.todo = _one_line(what), _one_line(todo)

    def _render_traceback_(self) -> list[str]:
        """IPython shows these two lines in place of a stack of our frames (its documented hook)."""
        return [f"{type(self).__name__}: {self.what}", self.todo]

    def __reduce__(self):
        return type(self), (self.what, self.todo)


def in_bytes(size: float) -> str:
    """A size as messages spell it."""
    return f"{size / 1e9:,.1f} GB" if size >= 1e8 else f"{size / 1e6:,.1f} MB"


def _one_line(text: str) -> str:
    """File contents reach messages: no line breaks or control characters from them, and no page of text."""
    clean = "".join(c if c.isprintable() else "�" for c in " ".join(str(text).split()))
    return clean if len(clean) <= 500 else clean[:499] + "…"


class OptionError(GptossError, ValueError):
    pass


class ModelNotFound(GptossError, FileNotFoundError):
    # OSError prints its own fields; ours are the two lines
    __str__ = Exception.__str__


class CheckpointError(GptossError):
    pass


class TokenizerError(GptossError):
    pass


class ContextLengthError(GptossError, ValueError):
    pass


class EditError(GptossError, ValueError):
    pass


class TraceError(GptossError):
    pass


class NotObservable(GptossError):
    pass


class ModelClosed(GptossError, RuntimeError):
    pass
