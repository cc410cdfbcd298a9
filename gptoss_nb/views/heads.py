"""Attention: all heads in one number each, all heads of a layer as small pictures, one head, and what one token looked at."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ..errors import OptionError
from ..trace import Trace
from . import theme

MOST_SEEN = 600  # rows and columns in a picture of one head: a megabyte holds no more
NUMBERS = {
    "sink_mass": ("what the sink takes", "share"),
    "entropy": ("entropy of the look", "bits"),
    "distance": ("mean distance", "tokens"),
    "previous": ("look at the token before", "share"),
    "induction": ("look at what followed the same token", "share"),
}


def head_map(summary, number: str = "induction") -> go.Figure:
    """Layer × head, layers with a window and full ones apart; `summary` is model.head_summary(trace), `number` one of its fields."""
    theme.need(summary, (*NUMBERS, "even", "windows"), "model.head_summary(trace)")
    theme.choice("number", number, list(NUMBERS))
    values, even = np.asarray(getattr(summary, number), float), np.asarray(getattr(summary.even, number), float)
    name, unit = NUMBERS[number]
    if np.isnan(values).all():
        raise OptionError(f"No token here has what {number} measures.", "Take a longer trace, in which tokens repeat.")
    high = float(np.nanmax(values))
    kinds = [("full layers", [i for i, w in enumerate(summary.windows) if w is None]), ("layers with a window", [i for i, w in enumerate(summary.windows) if w is not None])]
    kinds = [(name, rows) for name, rows in kinds if rows]
    made = make_subplots(rows=len(kinds), cols=1, subplot_titles=[name for name, _ in kinds], vertical_spacing=0.3 if len(values) < 12 else 0.1, row_heights=[len(rows) for _, rows in kinds])
    for place, (_, rows) in enumerate(kinds, 1):
        heat = theme.heat(values[rows], 0, high, unit=unit, showscale=place == 1, customdata=np.stack([values[rows], np.broadcast_to(even[rows], values[rows].shape)], -1).round(4).astype(np.float32),
                          x=theme.head_names(range(values.shape[1])), hovertemplate="%{y}.%{x}: %{customdata[0]:.3f}; even %{customdata[1]:.3f}<extra></extra>", y=[f"L{r:02d}" for r in rows])  # fmt: skip
        made.add_trace(heat, row=place, col=1)
    order = np.argsort(-np.nan_to_num(values), axis=None)
    table = [["head", number, "even"]]
    for flat in order.tolist():
        layer, head = np.unravel_index(flat, values.shape)
        table.append([f"L{layer:02d}.H{head:02d}", f"{values[layer, head]:.3f}", f"{even[layer, 0]:.3f}"])
    figure = theme.figure(title=f"Heads: {name}", height=230 + 24 * min(len(values), 36), table=table,
                          text=f"{values.size} heads, {name}: the greatest is {table[1][0]} with {table[1][1]}, where an even look gives {table[1][2]}.")  # fmt: skip
    figure.add_traces(made.data)
    kept = {k: v for k, v in made.layout.to_plotly_json().items() if k.startswith(("xaxis", "yaxis", "annotations"))}
    figure.update_layout(kept)
    figure.update_yaxes(autorange="reversed", showgrid=False, zeroline=False)
    figure.update_xaxes(showgrid=False, zeroline=False, **theme.names_axis(theme.head_names(range(values.shape[1]))))
    figure.update_annotations(font=dict(color=theme.INK, size=12))
    return figure


def attention(found, trace: Trace, head: int) -> go.Figure:
    """One head: from the token of a row to those of the columns; the first column is its sink. `found` is model.attention(trace,
    layer), of some rows or all, or pooled. Above MOST_SEEN tokens a cell is a tile of several, its greatest value."""
    trace = theme.of(trace)
    theme.need(found, ("pattern", "sink_mass", "heads", "rows", "pooled"), "model.attention(trace, layer)", trace)
    head = theme.check("head", head, max(found.heads, default=-1) + 1)
    if head not in found.heads:
        raise OptionError(f"Head {head} was not asked for.", f"Choose one of {', '.join(map(str, found.heads))}, or ask model.attention for it.")
    index = found.heads.index(head)
    rows = np.array(found.rows)
    columns = rows if found.pooled else np.arange(found.pattern.shape[2])
    down, across = (np.arange(0, n, -(-n // MOST_SEEN)) for n in found.pattern.shape[1:])  # where tiles begin
    pattern = np.maximum.reduceat(np.maximum.reduceat(found.pattern[index], down, axis=0), across, axis=1)
    sink = np.add.reduceat(found.sink_mass[index], down) / np.diff([*down, len(rows)])
    tiled = found.pooled or len(across) < len(columns) or len(down) < len(rows)
    rows, columns = rows[down], columns[across]
    values = np.concatenate([sink[:, None], np.full((len(rows), 1), np.nan), np.where(pattern > 0, pattern, np.nan)], axis=1)
    names, row_names = ["sink", " ", *theme.token_names(trace, columns)], theme.distinct(theme.token_names(trace, rows))
    percent = np.nan_to_num(np.round(values * 100)).astype(np.uint8) if values.size <= theme.MOST_TOLD else None
    heat = theme.heat(values, 0, 1, unit="share", root=True, x=names, y=row_names, customdata=percent,
                      hovertemplate="from <b>%{y}</b><br>to <b>%{x}</b>" + ("" if percent is None else ": %{customdata} %") + "<extra></extra>")  # fmt: skip
    table = [["from", "to", "share"]]
    for flat in np.argsort(-np.nan_to_num(values, nan=-1), axis=None)[:200].tolist():
        a, b = np.unravel_index(flat, values.shape)
        if values[a, b] > 0:
            table.append([row_names[a], names[b], f"{values[a, b]:.2f}"])
    what = "tiles of tokens, each its greatest value" if tiled else "tokens"
    return theme.figure(heat, title=f"Attention of head {head}", note=f"first column: the sink; {what}", height=560, table=table,
                        text=f"Head {head}: {len(rows)} rows over {len(columns)} {what}; the sink takes {float(found.sink_mass[index].mean()):.0%} on average.",
                        xaxis=theme.token_axis(names), yaxis=theme.names_axis(row_names, most=36, reverse=True) | dict(tickfont=dict(size=10), automargin=True))  # fmt: skip


def attention_row(found, trace: Trace, row: int) -> go.Figure:
    """What one token looked at, over all heads of a layer: head × token, sinks first. `found` is model.attention(trace, layer, rows=[row])."""
    trace = theme.of(trace)
    theme.need(found, ("pattern", "sink_mass", "heads", "rows", "pooled"), "model.attention(trace, layer, rows=[...])", trace)
    if found.pooled or row not in found.rows:
        raise OptionError(f"Row {row!r} was not asked for.", f"Ask for model.attention(trace, layer, rows=[{row!r}]).")
    at = found.rows.index(row)
    first = max(0, row + 1 - theme.MOST)
    pattern, sink = found.pattern[:, at, first : row + 1], found.sink_mass[:, at]
    values = np.concatenate([sink[:, None], np.full((len(sink), 1), np.nan), pattern], axis=1)
    names = ["sink", " ", *theme.token_names(trace, range(first, row + 1))]
    heat = theme.heat(values, 0, 1, unit="share", root=True, x=names, y=theme.head_names(found.heads),
                      customdata=np.nan_to_num(np.round(values * 100)).astype(np.uint8), hovertemplate="%{y} to <b>%{x}</b>: %{customdata} %<extra></extra>")  # fmt: skip
    mean = pattern.mean(0)
    table = [["token", "position", "mean share", "most by"]]
    for k in np.argsort(-mean).tolist():
        table.append([theme.shown(trace.tokens[first + k]), first + k, f"{mean[k]:.3f}", f"H{found.heads[int(pattern[:, k].argmax())]:02d}"])
    note = theme.visible(trace.tokens[row], 60) + (f"; the last {theme.MOST} of {row + 1} tokens" if first else "")
    return theme.figure(heat, title=f"What token {row} looked at", note=note, height=150 + 18 * len(sink), table=table, xaxis=theme.token_axis(names),
                        text=f"Token {row}, {theme.shown(trace.tokens[row])}: over {len(sink)} heads most goes to {table[1][0]} ({table[1][2]}); sinks take {float(sink.mean()):.0%}.",
                        yaxis=dict(autorange="reversed"))  # fmt: skip


def head_mosaic(found, n_kv_heads: int) -> go.Figure:
    """All heads of a layer as small pictures, a row for each key-value head: `found` is model.attention(trace, layer, pool=64)."""
    theme.need(found, ("pattern", "sink_mass", "heads", "pooled"), "model.attention(trace, layer, pool=64)")
    if isinstance(n_kv_heads, bool) or not hasattr(n_kv_heads, "__index__") or n_kv_heads < 1:
        raise OptionError(f"There are no {n_kv_heads!r} key-value heads.", "Give model.config.n_kv_heads.")
    if not found.pooled or not len(found.heads):
        raise OptionError("A mosaic is made of small pictures.", "Give model.attention(trace, layer, pool=64).")
    n_heads, n, _ = found.pattern.shape
    groups = n_heads // n_kv_heads if n_heads % n_kv_heads == 0 else n_heads
    rows = -(-n_heads // groups)
    sheet = np.full((rows * (n + 2), groups * (n + 2)), np.nan)
    for index in range(n_heads):
        top, left = (index // groups) * (n + 2), (index % groups) * (n + 2)
        tile = found.pattern[index]
        sheet[top : top + n, left : left + n] = np.where(np.tri(n, dtype=bool), tile, np.nan)
    labels = [dict(x=(k % groups) * (n + 2) + n - 1, y=(k // groups) * (n + 2) + 1, text=f"H{head:02d}", showarrow=False, xanchor="right", yanchor="top", font=dict(size=10, color=theme.INK))
              for k, head in enumerate(found.heads)]  # fmt: skip
    heat = theme.heat(sheet, 0, 1, unit="share", root=True, hoverinfo="skip")
    table = [["head", "mean sink mass"], *([f"H{head:02d}", f"{float(found.sink_mass[k].mean()):.2f}"] for k, head in enumerate(found.heads))]
    hidden = dict(visible=False, constrain="domain")
    return theme.figure(heat, title="All heads of the layer", note="a row for each key-value head; down: the token that looks, right: what it sees", height=110 + max(120, 90 * rows),
                        text=f"{n_heads} heads as {n} × {n} tiles, {rows} key-value heads.", table=table, annotations=labels, xaxis=hidden,
                        yaxis=hidden | dict(range=[sheet.shape[0] - 0.5, -0.5], scaleanchor="x"))  # fmt: skip
