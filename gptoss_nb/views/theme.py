"""What all views share: colours and ink that read on light and dark, heatmaps of one byte a cell, tokens as labels, the text twin.

Called by the other modules here. A figure's twin, for those who cannot see it and for terminals, lies in its layout: see `twin`.
"""

import base64
import html
import json
from collections import Counter
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from ..errors import OptionError
from ..trace import Trace
from .png import png

INK, GRID = "#808080", "rgba(128,128,128,0.25)"  # the grey that stands out alike from white and from JupyterLab's dark
CLEAR = "rgba(0,0,0,0)"
MAGNITUDE = ("#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838")  # cividis
DEVIATION = ("#0a5a9c", "#4f93c9", "#a9cbe5", "#d8d8d8", "#f3c493", "#e08a3c", "#b04f00")  # blue below, orange above
PINNED = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999")  # Okabe and Ito's, for 8 at most
MOST_TOLD = 50_000  # cells whose hover tells their value: it doubles the figure
MOST_ROWS = 60  # of a twin's table
MOST = 1000  # tokens in a figure; longer texts come in pages


class View(go.Figure):
    """A plotly Figure that displays itself in every form at once: plotly's, a PNG for nbconvert and its kind, and its twin as text."""

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self._repr_mimebundle_(), raw=True)

    def _repr_mimebundle_(self, *_, **__) -> dict:
        plotly = json.loads(self.to_json()) | {"config": {"responsive": True, "displaylogo": False}}
        made = {"text/plain": twin(self), "application/vnd.plotly.v1+json": plotly}
        try:
            made["image/png"] = base64.b64encode(png(self)).decode()
        except Exception as error:  # a figure that its owner has changed may hold anything that plotly draws and our drawer does not
            made["text/plain"] += f"\n(no still picture of this figure, it holds what our drawer does not know: {type(error).__name__})"
        return made

    def __repr__(self) -> str:
        return twin(self)


def figure(*traces, title: str, note: str = "", height: int = 420, text: str, table: Sequence[Sequence] = (), **layout) -> View:
    """A Figure with our ink and its twin: `text` is a sentence, `table` rows of cells, the head first."""
    made = View(list(traces))
    # the page of a notebook holds the twin as well, so a long table is told in part
    rows = [[escaped(html.unescape(str(cell))) for cell in row] for row in table[: MOST_ROWS + 1]]
    told = {"text": escaped(html.unescape(text)), "table": rows, "rows": max(0, len(table) - 1)}
    made.update_layout(
        template="none", height=height, showlegend=False, paper_bgcolor=CLEAR, plot_bgcolor=CLEAR, margin=dict(l=64, r=16, t=56, b=80),
        font=dict(color=INK, size=12), title=dict(text=escaped(title), subtitle=dict(text=escaped(note)), x=0, xref="paper", font=dict(size=15)),
        hoverlabel=dict(font=dict(family="monospace")), meta={"twin": told},
    )  # fmt: skip
    made.update_xaxes(gridcolor=GRID, zerolinecolor=GRID, linecolor=GRID, ticks="", showgrid=False)
    made.update_yaxes(gridcolor=GRID, zerolinecolor=GRID, linecolor=GRID, ticks="", showgrid=False)
    made.update_layout(**layout)
    return made


def twin(figure: go.Figure, rows: int = 20) -> str:
    """What a figure shows, in words: a sentence, and a table of at most so many rows."""
    told = (figure.layout.meta or {}).get("twin", {})
    table, n_rows = [[html.unescape(cell) for cell in row] for row in told.get("table", [])], told.get("rows", 0)
    lines = [html.unescape(told.get("text", ""))]
    if table:
        shown = table[: rows + 1]
        widths = [max(len(row[k]) for row in shown) for k in range(len(shown[0]))]
        lines += ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown]
        if n_rows > len(shown) - 1:
            lines.append(f"... and {n_rows - len(shown) + 1} rows more")
    return "\n".join(lines)


def heat(values: np.ndarray, low: float, high: float, *, colours=MAGNITUDE, unit: str = "", root: bool = False, **more) -> go.Heatmap:
    """A heatmap at one byte a cell: 1..255 from low to high, 0 for NaN, which stays clear. The bar's ticks tell real values. With
    `root`, colours follow the square root, for shares most of which are small."""
    scaled, ticks = scaled_to(values, low, high), np.linspace(0, 1, 5)
    cells = np.where(np.isnan(scaled), 0, np.round((np.sqrt(scaled) if root else scaled) * 254) + 1).astype(np.uint8)
    width = max(high, low) - low or 1
    told = low + width * (ticks**2 if root else ticks)
    digits = max(0, 2 - int(np.floor(np.log10(width)))) if np.isfinite(width) else 0
    bar = colour_bar(unit, (1 + 254 * ticks).tolist(), [f"{t:.{min(digits, 6)}f}" for t in told])
    return go.Heatmap(**(dict(z=cells, zmin=0, zmax=255, colorscale=colour_scale(colours), colorbar=bar, hoverongaps=False) | more))


def scaled_to(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """0..1 from low to high, NaN kept."""
    return np.clip((values - low) / (high - low if high > low else 1), 0, 1)


def colour_scale(colours: Sequence[str]) -> list:
    """Plotly's form of colours for bytes 1..255, with 0 clear."""
    stops = [[(1 + 254 * k / (len(colours) - 1)) / 255, colour] for k, colour in enumerate(colours)]
    return [[0, CLEAR], [0.5 / 255, CLEAR], [0.5 / 255, colours[0]], *stops]


def colour_bar(unit: str, places: list, texts: list[str]) -> dict:
    return dict(title=dict(text=unit, side="top", font=dict(size=11)), tickvals=places, ticktext=texts, thickness=12, outlinewidth=0, len=1, y=0.5)


def mixed(colours: Sequence[str], share: float) -> str:
    """The colour at `share`, 0 to 1, of the way through `colours`."""
    place = share * (len(colours) - 1)
    k = min(int(place), len(colours) - 2)
    a, b = (tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5)) for colour in colours[k : k + 2])
    return "#" + "".join(f"{round(x + (y - x) * (place - k)):02x}" for x, y in zip(a, b, strict=True))


def escaped(text: str) -> str:
    """Plotly reads a little HTML in its texts; a model's text is none."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str) -> str:
    """What `escaped` was given."""
    return html.unescape(text)


def visible(token: str, most: int = 24) -> str:
    """A token as a label: spaces and line breaks visible, control characters gone, long ones shortened."""
    seen = "".join("␣" if c == " " else "⏎" if c == "\n" else "⇥" if c == "\t" else c if c.isprintable() else "�" for c in token)
    return seen if len(seen) <= most else seen[: most - 1] + "…"


def shown(token: str, most: int = 24) -> str:
    """`visible`, escaped for a label of plotly's."""
    return escaped(visible(token, most))


def of(trace) -> Trace:
    """A trace, or that of a reply. Errors: OptionError."""
    trace = getattr(trace, "trace", trace)
    if not isinstance(trace, Trace):
        raise OptionError(f"This is no trace but {type(trace).__name__}.", "Give reply.trace, or what model.trace(...) returns.")
    return trace


def need(found, fields: Sequence[str], source: str, trace: Trace | None = None) -> None:
    """Whether `found` is what `source` returns, and of this trace. Errors: OptionError."""
    if isinstance(found, Trace) or not all(hasattr(found, name) for name in fields):
        raise OptionError(f"This view draws what {source} returns, not {type(found).__name__}.", f"Give it {source}.")
    rows = getattr(found, "rows", ())
    if trace is not None and (not len(rows) or max(rows) >= len(trace)):
        raise OptionError("There are no rows to draw, or they are those of a longer trace.", f"Give {source} of this very trace, of {len(trace)} tokens.")


def span(trace: Trace, start: int, stop: int | None) -> tuple[range, str]:
    """The tokens that a figure shows, MOST at most, and a note where there are others. Errors: OptionError."""
    n = len(trace)
    for name, value in (("start", start), ("stop", n if stop is None else stop)):
        if isinstance(value, bool) or not hasattr(value, "__index__") or not 0 <= value <= n:
            raise OptionError(f"There is no token {value!r} to {name} at.", f"Give {name} from 0 to {n}.")
    if n == 0 or (stop is not None and stop <= start) or start == n:
        raise OptionError("There are no tokens to show.", f"Give a start below the stop, within 0 and {n}." if n else "Take a trace of some text.")
    last = min(n if stop is None else int(stop), int(start) + MOST)
    note = "" if (start, last) == (0, n) else f"tokens {int(start)} to {last - 1} of {n}; others with start= and stop="
    return range(int(start), last), note


def token_names(trace: Trace, places) -> list[str]:
    """A name for each token that no other has, as an axis of names needs: its position, and the token."""
    return [f"{p} {shown(trace.tokens[p], 16)}" for p in places]


def layer_names(n_layers: int) -> list[str]:
    return [f"L{layer:02d}" for layer in range(n_layers)]


def expert_names(n_experts: int) -> list[str]:
    return [f"E{expert:02d}" for expert in range(n_experts)]


def head_names(heads) -> list[str]:
    return [f"H{head:02d}" for head in heads]


def distinct(names: list[str]) -> list[str]:
    """Numbered where one stands twice: plotly takes equal names for one place."""
    times, made = Counter(), []
    for name in names:
        times[name] += 1
        made.append(name if times[name] == 1 else f"{name} ({times[name]})")
    return made


def names_axis(names: list[str], most: int = 16, small: bool = False, reverse: bool = False) -> dict:
    """Settings of an axis along names, with as many as there is room for as ticks. A hover tells every name."""
    ends = [-0.5, len(names) - 0.5]
    small_type = dict(tickangle=-60, tickfont=dict(size=10)) if small else {}
    return dict(type="category", tickmode="array", tickvals=names[:: -(-len(names) // most)], range=ends[::-1] if reverse else ends) | small_type


def token_axis(names: list[str]) -> dict:
    return names_axis(names, most=48, small=True)


def layer_axis(n_layers: int) -> dict:
    return names_axis(layer_names(n_layers), most=12)


def check(name: str, value, limit: int) -> int:
    """Errors: OptionError with the valid range."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or not 0 <= value < limit:
        raise OptionError(f"There is no {name} {value!r} here.", f"Its range is 0 to {limit - 1}.")
    return int(value)


def choice(name: str, value, valid: Sequence[str]) -> str:
    if value not in valid:
        raise OptionError(f"There is no {name} {value!r}.", f"Choose one of {', '.join(valid)}.")
    return value
