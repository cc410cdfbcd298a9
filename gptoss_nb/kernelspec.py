"""A Jupyter kernel "Python + gpt-oss": the ipykernel of this interpreter, with the extension loaded and a model named.

Called by `__main__` for `python -m gptoss_nb kernelspec install`. Imports nothing heavy and opens no model.
"""

import argparse
import json
import os
import re
import sys
import tempfile
from pathlib import Path

from .errors import GptossError, OptionError
from .options import Parser

NAME = "gptoss"
DISPLAY_NAME = "Python + gpt-oss"
_EXTENSION = "--ext=gptoss_nb"
_VALID_NAME = re.compile(r"[a-z0-9_][a-z0-9._-]*")  # Jupyter's rule, less a leading dot: it removes the folder of that name first


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What follows `kernelspec` on the command line."""
    action = parser.add_subparsers(dest="action", required=True, metavar="install").add_parser(
        "install", help=f"give Jupyter's launcher a kernel {DISPLAY_NAME!r}"
    )
    where = action.add_mutually_exclusive_group()
    where.add_argument("--user", action="store_true", help="for this user (the default)")
    where.add_argument("--sys-prefix", action="store_const", const=sys.prefix, dest="prefix", help="for this Python environment")
    where.add_argument("--prefix", metavar="PATH", help="under PATH/share/jupyter/kernels, such as /usr/local for all users")
    action.add_argument("--model", metavar="NAME", help="what a bare load takes: nano, a folder, or a downloaded model")
    action.add_argument("--name", default=NAME, help=f"Jupyter's name for it, when there are several (default: {NAME})")


def run(options: argparse.Namespace) -> None:
    """Installs and says where. Errors: OptionError."""
    place = install(options.name, model=options.model, prefix=options.prefix)
    print(f"Installed {display_name(options.name, options.model)!r} in {place}, in place of any earlier one of that --name.")
    print(f"Choose it in JupyterLab's launcher; other front ends know it as {options.name}.")


def main(argv: list[str] | None = None) -> int:
    """The exit status; a user's mistake is two lines on stderr."""
    parser = Parser(prog="python -m gptoss_nb kernelspec")
    add_arguments(parser)
    try:
        run(parser.parse_args(argv))
    except GptossError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def install(name: str = NAME, model: str | None = None, prefix: str | None = None) -> Path:
    """Writes the kernel for this user, or under `prefix`, over an older one of ours. Returns its folder. Errors: OptionError."""
    from ipykernel.kernelspec import write_kernel_spec
    from jupyter_client.kernelspec import KernelSpecManager

    if not _VALID_NAME.fullmatch(name):
        raise OptionError(f"{name!r} cannot name a kernel.", "Use small letters, digits, dots, dashes and underscores, such as gptoss-20b.")
    overrides = {"display_name": display_name(name, model)}
    if model is not None:
        overrides["env"] = {"GPTOSS_NB_MODEL": _model(model)}
    manager = KernelSpecManager()
    place = Path(os.path.abspath(prefix), "share", "jupyter", "kernels") if prefix else Path(manager.user_kernel_dir)
    _check_free(place / name)
    try:
        with tempfile.TemporaryDirectory() as folder:
            # frozen modules off, as ipykernel installs itself: its debugger warns otherwise
            arguments = {"extra_arguments": [_EXTENSION], "python_arguments": ["-Xfrozen_modules=off"]}
            source = write_kernel_spec(Path(folder) / "spec", overrides, **arguments)
            return Path(manager.install_kernel_spec(source, name, user=not prefix, prefix=prefix))
    except OSError as error:
        told = f"The kernel cannot be written to {place / name}: {error.strerror or error}"
        raise OptionError(told, "Choose another place with --user or --prefix PATH.") from None


def display_name(name: str, model: str | None) -> str:
    """What the launcher shows: the model's last name, and Jupyter's name for the kernel where it was chosen."""
    more = [] if model is None else [Path(model).name or model]
    more += [] if name in (NAME, *more) else [name]
    return f"{DISPLAY_NAME} ({', '.join(more)})" if more else DISPLAY_NAME


def _model(model: str) -> str:
    """Kernels start in the folder of their notebook, so a folder is written as an absolute path."""
    path = os.path.expanduser(model)
    if model != "nano" and os.path.exists(path):
        return os.path.abspath(path)
    if not model.strip() or model.startswith((".", "~", "/")):
        raise OptionError(f"There is no folder {model!r}.", "Name nano, a folder that exists, or a model such as openai/gpt-oss-20b.")
    return model


def _check_free(folder: Path) -> None:
    """Jupyter removes what was there before: only ever a kernel of ours."""
    try:
        ours = _EXTENSION in json.loads((folder / "kernel.json").read_text(encoding="utf-8"))["argv"]
    except (OSError, ValueError, KeyError, TypeError):
        ours = False
    if os.path.isdir(folder) and not ours:
        raise OptionError(f"{folder} holds another kernel.", f"Choose another --name, or run: jupyter kernelspec remove {folder.name}")


if __name__ == "__main__":
    sys.exit(main())
