"""Live: a reply in JupyterLab while it comes, one self-contained widget; at its end the static form takes its place in the same output.

The page draws, the kernel tells: tokens with their routing at most UPDATES times a second, as bytes; the answer as HTML made by
prose. What the page asks for (stop, more, explore) reaches a busy kernel over a subshell, where front end and kernel have them;
elsewhere the page interrupts the kernel by itself. Called by magics; knows the turn that it may stop by two methods alone.
"""

import math
import re
import time
from pathlib import Path

import anywidget
import traitlets
from IPython.display import display

from ..engine.events import Compiling, Finished, Prefilled, Token, ToolCall, ToolResult
from . import source
from .draft import Draft, waiting
from .forms import bundle
from .prose import Growing, printable

UPDATES, PROSE_UPDATES, PROSE_BYTES = 20, 8, 20_000  # a second at most
CHANNELS = ("", "analysis", "commentary", "final", "call")
TOLD = 4  # alternatives of a token
UNHEARD = 8  # seconds after which it is given up that the page asks for what it missed


class Page(anywidget.AnyWidget):
    """The page's side of a live reply."""

    _esm = source.module("common", "live")
    _css = source.style("live")
    title = traitlets.List().tag(sync=True)  # parts of the status line
    shape = traitlets.List().tag(sync=True)  # layers, experts a token, experts
    limit = traitlets.Int().tag(sync=True)  # tokens
    kernel = traitlets.Unicode().tag(sync=True)  # its id, for the interrupt


class Live:
    """A screen, see screens. `turn` has `stop()` and `more(n)`, both of which may be called from another thread."""

    def __init__(self, title: list[str], turn, shape: tuple[int, int, int], limit: int):
        self._title, self._turn, self._draft, self._limit = title, turn, Draft(), limit
        self._growing, self._waiting, self._sent, self._prose_due = Growing(), [], 0.0, 0.0
        self._in_tool = False
        self._log: list[tuple[dict, list | None]] = []  # all that was told, by number: a page that opens late, or a second one, has it again
        self._started = self._again = time.perf_counter()
        self._heard = False
        self.explore: dict | None = None  # where the user wants to look once the reply is there
        self._page = Page(title=title, shape=list(shape), limit=limit, kernel=_kernel_id())
        self._page.on_msg(self._asked)
        _heard_while_busy(self._page.comm)
        self._handle = display(self._page, display_id=True)

    def show(self, event) -> None:
        self._draft.add(event)
        match event:
            case Token():
                self._waiting.append(event)
            case Compiling():
                self._send("compiling", text=printable(waiting(event)))
            case Prefilled():
                self._flush(True)  # the tokens of a reply that is taken up come before
                self._send("begun", seconds=event.seconds, prompt=event.prompt_tokens, reused=event.reused_tokens)
            case ToolCall():
                self._flush(True)
                self._in_tool = True
                self._send("call", name=printable(event.name), arguments=printable(event.arguments))
            case ToolResult():
                self._in_tool = False
                self._send("result", text=printable(event.text))
            case Finished():
                self._flush(True)
        self._flush(False)

    def close(self, reply) -> None:
        """The static form in place of the page. `reply` is None where nothing came."""
        try:
            if reply is not None:
                self._draft.complete(reply)
            self._handle.update({"text/plain": ""} if reply is None else bundle(self._draft, self._title), raw=True)
        finally:
            self._page.layout.close()  # ipywidgets gives each page one, and forgets it
            self._page.close()

    def _flush(self, now: bool) -> None:
        at = time.perf_counter()
        self._repeat_unheard(at)
        if self._waiting and (now or at - self._sent >= 1 / UPDATES):
            self._sent = at
            self._send_tokens()
        if self._draft.answer and (now or at >= self._prose_due):
            whole, rest = self._growing.html(self._draft.answer)
            self._send("answer", whole=whole, rest=rest)
            # a long block that still grows is sent again as a whole: the longer, the more seldom
            took = time.perf_counter() - at
            self._prose_due = at + max(1 / PROSE_UPDATES, len(rest) / PROSE_BYTES, 10 * took)

    def _send_tokens(self) -> None:
        tokens, self._waiting = self._waiting, []
        wide = self._page.shape[2] > 256
        ids, weights = [], []
        for token in tokens:
            for layer_ids, layer_weights in token.experts:
                ids += layer_ids
                weights += [round(255 * weight) if weight == weight else 0 for weight in layer_weights]
        texts = [printable(token.text) for token in tokens]
        others = [
            [part for id, text, logprob in token.alternatives[:TOLD] if id != token.id for part in (printable(text), _share(logprob))]
            for token in tokens
        ]
        # a control token is nothing to read, and has a name all the same
        names = [next((printable(text) for id, text, _ in token.alternatives if id == token.id), "") for token in tokens]
        channels = [CHANNELS.index("call" if token.recipient else token.channel if token.channel in CHANNELS else "") for token in tokens]
        as_bytes = b"".join(id.to_bytes(2, "little") for id in ids) if wide else bytes(ids)
        self._send("tokens", [as_bytes, bytes(weights)], first=tokens[0].position, texts=texts, channels=channels,
                   shares=[_share(token.logprob) for token in tokens], others=others, names=names)  # fmt: skip

    def _send(self, kind: str, buffers: list[bytes] | None = None, **fields) -> None:
        """Tells the page, numbered: it puts in order what comes twice or late."""
        told = {"kind": kind, "n": len(self._log), **fields}
        self._log.append((told, buffers))
        self._page.send(told, buffers)

    def _repeat(self, first: int) -> None:
        for told, buffers in self._log[first:]:
            self._page.send(told, buffers)

    def _repeat_unheard(self, at: float) -> None:
        """What was told before the page listened is lost. It asks for it; a kernel that does not hear that while it is busy tells
        everything again after 1/2, 1, 2 and 4 seconds."""
        if not self._heard and at >= self._again and at - self._started < UNHEARD:
            if self._again > self._started:
                self._repeat(0)
            self._again = self._started + max(0.5, 2 * (at - self._started))

    def _asked(self, widget, message, buffers) -> None:
        """What the page asks for. It may come on another thread than the cell's."""
        match message.get("kind") if isinstance(message, dict) else None:
            case "hello":
                self._heard = True
                self._repeat(message["next"] if isinstance(message.get("next"), int) else 0)
            case "stop" if not self._in_tool:  # a function of the user's hears only an interrupt, so it gets one
                self._turn.stop()
                self._page.send({"kind": "stopping"})
            case "more":
                self._limit += self._turn.more(self._page.limit)
                self._page.send({"kind": "limit", "tokens": self._limit})
            case "explore":
                self.explore = {"token": message.get("token"), "layer": message.get("layer")}


def _share(logprob: float) -> float:
    return round(math.exp(logprob), 3) if logprob == logprob else -1


def is_live(shell) -> bool:
    """Whether the cell that runs came from a front end that shows widgets: JupyterLab and its kind name the cell in the request;
    what executes notebooks without a person (nbconvert, papermill, nbval) does not."""
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    return bool(parent.get("metadata", {}).get("cellId"))


def _kernel_id() -> str:
    from ipykernel.connect import get_connection_file

    found = re.fullmatch(r"kernel-(.+)\.json", Path(get_connection_file()).name)
    return found[1] if found else ""


def _heard_while_busy(comm) -> None:
    """ipykernel 7.4 sends what the page says to the thread that spoke to it last, which is the busy one: back to the subshell."""
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda data, default: default
