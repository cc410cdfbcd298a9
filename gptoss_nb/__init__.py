"""gptoss-nb: see inside gpt-oss from a notebook cell.

    import gptoss_nb as gn
    model = gn.load("nano")
    reply = model.chat("What is 37 + 45?")

Public names are below; each is imported when it is first used, so that `import gptoss_nb` stays fast and needs no torch.
"""

from importlib import import_module

_HOME = {
    "load": "session",
    "unload": "session",
    "LoadedModel": "session",
    "Reply": "session",
    "Trace": "trace",
    "Survey": "trace",
    "sweep": "session.studies",
    "survey": "session.studies",
    "explore": "exploring",
    "Edits": "model.edits",
    "Tokenizer": "chat.tokenizer",
    "Token": "engine.events",
    "ToolCall": "engine.events",
    "ToolResult": "engine.events",
    "Finished": "engine.events",
    "harmony": "chat.harmony",
    "metrics": "trace.metrics",
    "views": "views",
    "errors": "errors",
}
_MODULES = ("harmony", "metrics", "views", "errors")

__all__ = [*_HOME, "load_ipython_extension", "unload_ipython_extension"]


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(f".{_HOME[name]}", __name__)
    value = home if name in _MODULES else getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


def load_ipython_extension(shell) -> None:
    """`%load_ext gptoss_nb`: registers %gptoss and %%gptoss."""
    from .magics import register

    register(shell)


def unload_ipython_extension(shell) -> None:
    """`%unload_ext gptoss_nb`: takes the magics away and frees the model."""
    from .magics import unregister

    unregister(shell)
