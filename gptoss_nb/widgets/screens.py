"""Screens: where a reply is shown while it comes. Each has `show(event)` and `close(reply)`; magics and `__main__` choose.

A notebook cell updates one display, at most 12 times a second; the static form is displayed once, at the end (nbval,
nbconvert and papermill read no updates); a terminal prints as the text comes.
"""

import sys
import time

from ..engine.events import Compiling, Token
from .draft import Draft, waiting
from .forms import bundle, printable

UPDATES_PER_SECOND = 12


class Notebook:
    """One output of a cell that grows."""

    def __init__(self, title: list[str]):
        self._title, self._draft, self._handle, self._shown = title, Draft(), None, -1.0

    def show(self, event) -> None:
        self._draft.add(event)
        now = time.perf_counter()
        # a call is shown before the function runs, which may take long
        if now - self._shown >= 1 / UPDATES_PER_SECOND or not isinstance(event, Token):
            self._shown = now
            self._update()

    def close(self, reply) -> None:
        """The last state, whole: what is saved with the notebook. `reply` is None where nothing came."""
        if reply is not None:
            self._draft.complete(reply)
            self._update()

    def _update(self) -> None:
        from IPython.display import display

        page = bundle(self._draft, self._title)
        if self._handle is None:
            self._handle = display(page, raw=True, display_id=True)
        else:
            self._handle.update(page, raw=True)


class Static:
    """One output, displayed once."""

    def __init__(self, title: list[str]):
        self._title, self._draft = title, Draft()

    def show(self, event) -> None:
        self._draft.add(event)

    def close(self, reply) -> None:
        from IPython.display import display

        if reply is not None:
            self._draft.complete(reply)
            display(bundle(self._draft, self._title), raw=True)


class Terminal:
    """Text as it comes, the thinking dimmed where the terminal can."""

    def __init__(self, title: list[str], out=None):
        self._title, self._draft, self._out = title, Draft(), out or sys.stdout
        self._dim, self._normal = ("\x1b[2m", "\x1b[0m") if self._out.isatty() else ("", "")
        self._waits, self._new_line = False, True  # whether a line says what the reply waits for; whether the next text begins a line

    def show(self, event) -> None:
        self._show_waiting(event)
        before = self._draft.thinking, self._draft.answer, list(self._draft.calls)
        self._draft.add(event)
        thought, said = self._draft.thinking[len(before[0]) :], self._draft.answer[len(before[1]) :]
        if thought:
            self._write(self._dim + printable(thought) + self._normal)
        if said:
            gap = "\n\n" if not before[1] and self._draft.thinking else ""
            self._write(gap + printable(said))
        if self._draft.calls != before[2]:
            name, arguments, result = self._draft.calls[-1]
            line = f"{name}({arguments})" if result is None else f"→ {result}"
            self._write(f"\n{self._dim}{printable(line)}{self._normal}\n")

    def close(self, reply) -> None:
        self._show_waiting(None)
        if reply is not None:
            self._draft.complete(reply)
            self._write(f"\n{self._dim}{' · '.join([*self._title, *self._draft.numbers])}{self._normal}\n")

    def _show_waiting(self, event) -> None:
        """A line that goes when something else comes; nothing where this is a file or a pipe."""
        if isinstance(event, Compiling) and self._normal and (self._waits or self._new_line):
            self._waits = True
            self._write(f"\r\x1b[K{self._dim}{waiting(event)}{self._normal}")
        elif self._waits:
            self._waits = False
            self._write("\r\x1b[K")
            self._new_line = True

    def _write(self, text: str) -> None:
        self._new_line = text.endswith("\n")
        self._out.write(text)
        self._out.flush()
