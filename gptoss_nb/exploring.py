"""gn.explore: the explorer over a reply's trace, as a widget where a front end knows widgets, else as a still picture.

Called by users and %gptoss view. The page itself is widgets/explorer; here it meets the model and the pictures.
"""

import os
from collections.abc import Callable

from . import session
from .errors import NotObservable, OptionError
from .trace import Trace
from .views import theme
from .widgets import still

_shown: dict[str, tuple[str, list]] = {}  # cell: the run that displayed explorers there, and these


def explore(reply_or_trace, model=None, token: int | None = None, layer: int | None = None) -> "Explorer":
    """Displays as the explorer: text, layer × token map, and tabs Routing, Attention, Lens and Edit over one selection.

    `model` made the trace; without it, it is the one that is loaded, if that did. What needs none works without one, also on
    gn.Trace.load(...). `token` and `layer` are selected at first. Errors: OptionError.
    """
    trace = theme.of(reply_or_trace)
    if model is not None and getattr(model, "digest", None) != trace.badge.get("weights"):
        raise OptionError("This model did not make this trace: its weights are others.", "Give the model that did, or none.")
    if not len(trace):
        raise OptionError("There are no tokens to explore.", "Take a trace of some text.")
    start = {"token": len(trace) - 1 if token is None else theme.check("token", token, len(trace)),
             "layer": trace.n_layers - 1 if layer is None else theme.check("layer", layer, trace.n_layers)}  # fmt: skip
    return Explorer(trace, model, start)


class Explorer:
    """What `explore` returns: displays itself, anew each time."""

    def __init__(self, trace: Trace, model, start: dict):
        self._trace, self._model, self._start = trace, model, start

    def __repr__(self) -> str:
        return still.words(self._trace)

    def _ipython_display_(self) -> None:
        from IPython import get_ipython
        from IPython.display import display

        if os.environ.get("GPTOSS_NB_STATIC") != "1" and _knows_widgets(get_ipython()):
            from .widgets.explorer import ExplorerPage, assembled

            box = assembled(ExplorerPage(self._trace, self._tools(), self._start))
            _keep(get_ipython(), box)
            # one line of text beside it: a front end without widgets shows that
            display({"application/vnd.jupyter.widget-view+json": box._repr_mimebundle_()["application/vnd.jupyter.widget-view+json"],
                     "text/plain": still.AGAIN}, raw=True)  # fmt: skip
        # the page's own style hides it while the page is there; a saved notebook shows it
        display(self.still(), raw=True)

    def still(self) -> dict[str, str]:
        """What a saved notebook keeps of it, by MIME type."""
        return still.bundle(self._trace)

    def _tools(self):
        from .pictures import draw
        from .widgets.answers import Tools

        trace, find = self._trace, self._find()
        return Tools(lambda name, options: draw(name, trace, options, find), find, lambda words: session.again(find(), trace, words))

    def _find(self) -> Callable:
        """Asked each time anew: a model may be loaded, or unloaded, while the explorer is open."""
        trace, given = self._trace, self._model

        def find():
            model = session.current() if given is None else given
            if model is None or model.digest != trace.badge.get("weights"):
                state = "none is loaded" if model is None else "the loaded one has other weights"
                load = f"%gptoss load {trace.badge.get('model', 'NAME')}"
                raise NotObservable(f"This needs the model that made the trace, and {state}.", f"Run {load} in a cell, then try again.")
            if model.busy:  # waiting here would keep the thread on which a page's Stop is heard
                raise NotObservable("The model is at work on a cell.", "Try again when the cell is done.")
            return model

        return find


def _knows_widgets(shell) -> bool:
    """Not where a notebook is executed without a person: its file would keep a widget that nobody answers."""
    if getattr(shell, "kernel", None) is None:
        return False
    from .widgets.live import is_live

    return is_live(shell)


def forget() -> None:
    """Closes all explorers: the extension goes."""
    for _, boxes in _shown.values():
        for box in boxes:
            from .widgets.explorer import close

            close(box)
    _shown.clear()


def _keep(shell, box) -> None:
    """The explorers of the same cell's earlier run are closed: each holds a trace, and no page shows it any more."""
    from .widgets.explorer import close

    header = shell.get_parent()
    cell, run = header.get("metadata", {}).get("cellId"), header.get("header", {}).get("msg_id")
    before, boxes = _shown.get(cell, (run, []))
    if before != run:
        for old in boxes:
            close(old)
        boxes = []
    if cell is not None:
        _shown[cell] = run, [*boxes, box]
