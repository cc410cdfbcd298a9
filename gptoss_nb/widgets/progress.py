"""A bar for what takes long, such as loading a model: shown after half a second, gone at the end. Called by magics and `__main__`."""

import html
import sys
import time

WAIT, UPDATES = 0.5, 5  # seconds before it shows; a second


class Progress:
    """`bar(done, total)` in bytes, as gn.load calls it; use it as a context, so that no bar is left over."""

    def __init__(self, label: str):
        self._label, self._shown, self._handle = label, 0.0, None
        self._total, self._since, self._from = None, time.perf_counter(), 0  # what this part is of, when it began, and where

    def __enter__(self) -> "Progress":
        return self

    def __call__(self, done: int, total: int) -> None:
        now = time.perf_counter()
        if total != self._total:  # the first call says where it begins: reading follows a download, and some of that may be there
            self._since, self._total, self._from = self._since if self._total is None else now, total, done
        if now - self._since < WAIT or (now - self._shown < 1 / UPDATES and done < total):
            return
        self._shown = now
        speed = (done - self._from) / (now - self._since) / 1e9
        text = f"{self._label}: {done / 1e9:.1f} of {total / 1e9:.1f} GB, {speed:.1f} GB/s"
        page = f'<label>{html.escape(text)} <progress value="{done}" max="{max(1, total)}"></progress></label>'
        self._tell({"text/plain": text, "text/html": page})

    def __exit__(self, *_) -> None:
        if self._handle is not None:
            self._tell({"text/plain": "", "text/html": ""})

    def _tell(self, page: dict[str, str]) -> None:
        from IPython.display import display

        if self._handle is None:
            self._handle = display(page, raw=True, display_id=True)
        else:
            self._handle.update(page, raw=True)


class TerminalProgress(Progress):
    """The same as a line of a terminal, on stderr; nothing where that is a file or a pipe."""

    def _tell(self, page: dict[str, str]) -> None:
        if sys.stderr.isatty():
            self._handle = True
            print(f"\r\x1b[K{page['text/plain']}", end="", file=sys.stderr, flush=True)
