"""What all views share: colours and ink that read on light and dark, heatmaps of one byte a cell, tokens as labels, the text twin.

Called by the other modules here. A figure's twin, for those who cannot see it and for terminals, lies in its layout: see `twin`.
"""

import base64
import html
import json
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from ..errors import OptionError
from ..trace import Trace
from .png import png

INK, GRID = "#808080", "rgba(128,128,128,0.25)"  # the grey that stands out alike from white and from JupyterLab's dark
ACCENT = "#d9730d"
CLEAR = "rgba(0,0,0,0)"
MAGNITUDE = ("#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838")  # cividis
DEVIATION = ("#0a5a9c", "#4f93c9", "#a9cbe5", "#d8d8d8", "#f3c493", "#e08a3c", "#b04f00")  # blue below, orange above
PINNED = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999")  # Okabe and Ito's, for 8 at most
MOST_ROWS = 60  # of a twin's table
MOST = 1000  # tokens in a figure; longer texts come in pages


class View(go.Figure):
    """A plotly Figure that displays itself in every form at once: plotly's, a PNG for nbconvert and its kind, and its twin as text."""

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self._repr_mimebundle_(), raw=True)

    def _repr_mimebundle_(self, *_, **__) -> dict:
        plotly = json.loads(self.to_json()) | {"config": {"responsive": True, "displaylogo": False}}
        return {"text/plain": twin(self), "image/png": base64.b64encode(png(self)).decode(), "application/vnd.plotly.v1+json": plotly}

    def __repr__(self) -> str:
        return twin(self)


def figure(*traces, title: str, note: str = "", height: int = 420, text: str, table: Sequence[Sequence] = (), **layout) -> View:
    """A Figure with our ink and its twin: `text` is a sentence, `table` rows of cells, the head first."""
    made = View(list(traces))
    # the page of a notebook holds the twin as well, so a long table is told in part
    rows = [[html.unescape(str(cell)) for cell in row] for row in table[: MOST_ROWS + 1]]
    told = {"text": html.unescape(text), "table": rows, "rows": max(0, len(table) - 1)}
    made.update_layout(
        template="none", height=height, showlegend=False, paper_bgcolor=CLEAR, plot_bgcolor=CLEAR, margin=dict(l=64, r=16, t=56, b=64),
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
    table, n_rows = told.get("table", []), told.get("rows", 0)
    lines = [told.get("text", "")]
    if table:
        shown = table[: rows + 1]
        widths = [max(len(row[k]) for row in shown) for k in range(len(shown[0]))]
        lines += ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown]
        if n_rows > len(shown) - 1:
            lines.append(f"... and {n_rows - len(shown) + 1} rows more")
    return "\n".join(lines)


def heat(values: np.ndarray, low: float, high: float, *, colours=MAGNITUDE, unit: str = "", digits: int = 2, root: bool = False, **more) -> go.Heatmap:
    """A heatmap at one byte a cell: 1..255 from low to high, 0 for NaN, which stays clear. The bar's ticks tell real values. With
    `root`, colours follow the square root, for shares most of which are small."""
    scaled, ticks = scaled_to(values, low, high), np.linspace(0, 1, 5)
    cells = np.where(np.isnan(scaled), 0, np.round((np.sqrt(scaled) if root else scaled) * 254) + 1).astype(np.uint8)
    told = low + (max(high, low) - low or 1) * (ticks**2 if root else ticks)
    bar = colour_bar(unit, (1 + 254 * ticks).tolist(), [f"{t:.{digits}f}" for t in told])
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


def shown(token: str, most: int = 24) -> str:
    """A token as a label: spaces and line breaks visible, control characters gone, HTML escaped, long ones shortened."""
    visible = "".join("␣" if c == " " else "⏎" if c == "\n" else "⇥" if c == "\t" else c if c.isprintable() else "�" for c in token)
    return escaped(visible if len(visible) <= most else visible[: most - 1] + "…")


def named(trace: Trace, places: range) -> list[str]:
    """Tokens for a hover, each with its position: plotly gives the label of a tick where there is one, not the number."""
    return [f"{shown(trace.tokens[p])} at {p}" for p in places]


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


def token_axis(trace: Trace, places: range, most: int = 60) -> dict:
    """Settings of an axis over tokens: positions, with the tokens themselves as ticks where there is room for all or some."""
    step = -(-len(places) // most)
    ticks = list(places)[::step]
    return dict(tickmode="array", tickvals=ticks, ticktext=[shown(trace.tokens[p], 12) for p in ticks], tickangle=-60, tickfont=dict(size=10),
                range=[places.start - 0.5, places.stop - 0.5])  # fmt: skip


def layer_axis(n_layers: int) -> dict:
    step = -(-n_layers // 12)
    ticks = list(range(0, n_layers, step))
    return dict(tickmode="array", tickvals=ticks, ticktext=[f"L{layer:02d}" for layer in ticks], range=[-0.5, n_layers - 0.5])


def check(name: str, value, limit: int) -> int:
    """Errors: OptionError with the valid range."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or not 0 <= value < limit:
        raise OptionError(f"There is no {name} {value!r} here.", f"Give a {name} from 0 to {limit - 1}.")
    return int(value)


def choice(name: str, value, valid: Sequence[str]) -> str:
    if value not in valid:
        raise OptionError(f"There is no {name} {value!r}.", f"Choose one of {', '.join(valid)}.")
    return value
