"""The explorer's widget: carries questions of the page to `answers` and their answers back, and holds the Figure below the page.

Called by exploring, which gives it a trace and what a model can do. Nothing of the trace is in the widget's state, which some front
ends save: the page asks for it when it opens, so that it also does after a reload.
"""

import anywidget
import ipywidgets

from ..errors import GptossError
from ..trace import Trace
from . import source
from .answers import Answers, Tools


class ExplorerPage(anywidget.AnyWidget):
    """The page; `figure` is the Output that its Figures are drawn in."""

    _esm = source.module("common", "data", "strip", "map", "inspector", "tabs", "edits", "explorer")
    _css = source.style("explorer")

    def __init__(self, trace: Trace, tools: Tools, start: dict | None = None):
        super().__init__()
        self.figure = ipywidgets.Output()
        self.figure.add_class("gptoss-figure")
        self._answers = Answers(trace, tools, start)
        self.on_msg(self._hear)

    def _hear(self, _, question, __) -> None:
        """Every question is answered, with two lines where it goes wrong: a page that waits would wait for ever."""
        number = question.get("id") if isinstance(question, dict) else None
        try:
            told, buffers, figure = self._answers.ask(question)
        except KeyboardInterrupt:
            self._refuse(number, "Stopped.", "Choose it again to go on.")
        except GptossError as error:
            self._refuse(number, error.what, error.todo)
        except Exception as error:
            told = GptossError(f"{type(error).__name__}: {error}", "This is a fault of gptoss-nb: please report it.")
            self._refuse(number, told.what, told.todo)
            raise  # the kernel's log has the rest
        else:
            if question["kind"] in ("figure", "difference", "again"):
                self._show(figure)
            self.send({"id": number, **told}, buffers)

    def _refuse(self, number, what: str, todo: str) -> None:
        self._show(None)  # no Figure of something else below these lines
        self.send({"id": number, "error": [what, todo]})

    def _show(self, figure) -> None:
        if figure is None:
            self.figure.outputs = ()
            return
        # set, not displayed: a question may be answered on another thread while a cell runs
        data = figure._repr_mimebundle_()
        data.pop("image/png", None)  # for pages without plotly; this one is never saved
        self.figure.outputs = ({"output_type": "display_data", "data": data, "metadata": {}},)


def assembled(page: ExplorerPage) -> ipywidgets.VBox:
    """The page and its Figure, one above the other: what is displayed."""
    box = ipywidgets.VBox([page, page.figure])
    box.add_class("gptoss-explorer-box")
    return box


def close(box: ipywidgets.VBox) -> None:
    """Frees the widgets, and with them the trace."""
    for widget in (*box.children, box):
        layout = widget.layout  # a widget, too
        widget.close()
        layout.close()
