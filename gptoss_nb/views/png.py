"""A Figure of ours as a PNG, drawn without a browser: for nbconvert and front ends that draw no plotly; JupyterLab's plotly shows it,
too, until the mouse is over it. One drawer for the trace types that views use (heatmap, bar, waterfall, scatter, sankey); not a
second drawing for each view. Called by theme.
"""

import html
import io
import re
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

WIDTH, RIGHT = 760, 84  # pixels, and those of them for colour bars
PAPER, INK = (255, 255, 255, 0), (128, 128, 128, 255)  # light and dark pages shine through


def png(figure) -> bytes:
    """The figure on a clear ground, WIDTH pixels wide."""
    layout = figure.layout
    sheet = _Sheet(WIDTH, int(layout.height or 420))
    sheet.text(layout.title.text or "", (layout.margin.l, 10), size=15)
    sheet.text(layout.title.subtitle.text or "", (layout.margin.l, 31), size=11)
    flows = [trace for trace in figure.data if trace.type == "sankey"]
    for trace in flows:
        _flow(sheet, trace, (layout.margin.l, layout.margin.t, WIDTH - 20, sheet.height - 20))
    areas = {}
    for trace in figure.data:
        if trace.type != "sankey":
            areas.setdefault((getattr(trace, "xaxis", None) or "x", getattr(trace, "yaxis", None) or "y"), []).append(trace)
    for (x, y), traces in areas.items():
        _area(sheet, figure, layout["xaxis" + x[1:]], layout["yaxis" + y[1:]], traces)
    if layout.showlegend:
        at = layout.margin.l
        for trace in (trace for trace in figure.data if trace.name):
            sheet.draw.rectangle((at, layout.margin.t - 12, at + 9, layout.margin.t - 3), fill=trace.marker.color)
            sheet.text(trace.name, (at + 14, layout.margin.t - 7), anchor="lm")
            at += 30 + 7 * len(trace.name)
    for note in layout.annotations:
        _annotation(sheet, note, figure)
    file = io.BytesIO()
    # a palette: a third of the bytes, and no eye sees it
    sheet.image.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


class _Sheet:
    def __init__(self, width: int, height: int):
        self.width, self.height = width, height
        self.image = Image.new("RGBA", (width, height), PAPER)
        self.draw = ImageDraw.Draw(self.image)

    def text(self, text, at, size: int = 11, anchor: str = "la", colour=INK) -> None:
        # the built-in font has no sign for a visible space or a line break
        plain = html.unescape(re.sub(r"<br>", " ", str(text))).replace("␣", "_").replace("⏎", "\\n").replace("⇥", "\\t")
        self.draw.text(at, plain, fill=colour, font=ImageFont.load_default(size), anchor=anchor)

    def slanted(self, text, at, size: int = 10) -> None:
        """Text that ends at a point and rises to it."""
        label = Image.new("L", (120, 14), 0)
        plain = html.unescape(str(text)).replace("␣", "_").replace("⏎", "\\n").replace("⇥", "\\t")
        ImageDraw.Draw(label).text((119, 1), plain, fill=255, font=ImageFont.load_default(size), anchor="ra")
        turned = label.rotate(60, expand=True, resample=Image.Resampling.BICUBIC)
        self.image.paste(INK, (int(at[0]) - turned.width + 4, int(at[1]) + 2), turned)


@dataclass
class _Axis:
    """From data to pixels along one direction."""

    first: float
    last: float
    start: float  # pixel of `first`
    end: float
    names: dict  # of an axis along names: their places

    def __call__(self, value):
        if isinstance(value, str):
            value = self.names[value]
        return self.start + (np.asarray(value, float) - self.first) / (self.last - self.first or 1) * (self.end - self.start)


def _area(sheet: _Sheet, figure, xaxis, yaxis, traces) -> None:
    """One pair of axes with what is drawn on it."""
    margin = figure.layout.margin
    left, right, top, bottom = margin.l, WIDTH - RIGHT, margin.t, sheet.height - margin.b
    xs, ys = xaxis.domain or (0, 1), yaxis.domain or (0, 1)
    box = [left + xs[0] * (right - left), left + xs[1] * (right - left), bottom - ys[0] * (bottom - top), bottom - ys[1] * (bottom - top)]
    found = [(_range(xaxis, [_extent(t, "x") for t in traces])), (_range(yaxis, [_extent(t, "y") for t in traces]))]
    if yaxis.scaleanchor:  # square cells
        cell = min((box[1] - box[0]) / abs(found[0][1] - found[0][0]), (box[2] - box[3]) / abs(found[1][1] - found[1][0]))
        box[1], box[2] = box[0] + cell * abs(found[0][1] - found[0][0]), box[3] + cell * abs(found[1][1] - found[1][0])
    x, y = _Axis(*found[0], box[0], box[1], _names(traces, "x")), _Axis(*found[1], box[2], box[3], _names(traces, "y"))
    for trace in traces:
        {"heatmap": _heatmap, "bar": _bars, "waterfall": _waterfall, "scatter": _scatter}[trace.type](sheet, trace, x, y)
        _colour_bar(sheet, trace, box)
    _ticks(sheet, xaxis, yaxis, traces, x, y, box)


def _names(traces, letter: str) -> dict[str, int]:
    labels = next((t[letter] for t in traces if t.type == "heatmap" and t[letter] is not None), ())
    return {name: place for place, name in enumerate(labels)}


def _extent(trace, letter: str) -> tuple[float, float]:
    """The data of a trace along x or y, cells included."""
    if trace.type == "heatmap":
        n = np.asarray(trace.z).shape[1 if letter == "x" else 0]
        first = 0 if trace[letter] is not None else (trace[f"{letter}0"] or 0)
        return first - 0.5, first + n - 0.5
    if trace.type == "waterfall":
        if letter == "y":
            return -0.5, len(trace.y) - 0.5
        edges = np.concatenate([[0], np.cumsum(np.asarray(trace.x[:-1], float)), [trace.x[-1]]])
        room = (edges.max() - edges.min()) * 0.1
        return float(edges.min() - room * (edges.min() < 0)), float(edges.max() + room)
    values = np.asarray([v for v in (trace[letter] if trace[letter] is not None else ()) if v is not None and not isinstance(v, str)], float)
    return (float(values.min()), float(values.max())) if len(values) else (np.inf, -np.inf)


def _range(axis, extents) -> tuple[float, float]:
    if axis.range:
        return float(axis.range[0]), float(axis.range[1])
    low, high = min(e[0] for e in extents), max(e[1] for e in extents)
    if axis.rangemode == "tozero":
        low = min(0, low)
    return (high, low) if axis.autorange == "reversed" else (low, high)


def _table(colorscale) -> np.ndarray:
    """(256, 4) colours of bytes."""
    stops = [(place, ImageColor.getcolor(colour, "RGBA") if colour.startswith("#") else (255, 255, 255, 0)) for place, colour in colorscale]
    places = np.array([place for place, _ in stops]) + np.arange(len(stops)) * 1e-9  # two stops at one place: in their order
    return np.stack([np.interp(np.arange(256) / 255, places, [colour[k] for _, colour in stops]) for k in range(4)], -1).round().astype(np.uint8)


def _heatmap(sheet: _Sheet, trace, x: _Axis, y: _Axis) -> None:
    cells = np.asarray(trace.z)
    first = [0 if trace[letter] is not None else (trace[f"{letter}0"] or 0) for letter in "xy"]
    corners = [x(first[0] - 0.5), x(first[0] + cells.shape[1] - 0.5), y(first[1] - 0.5), y(first[1] + cells.shape[0] - 0.5)]
    picture = Image.fromarray(_table(trace.colorscale)[cells.astype(np.uint8)])
    if corners[2] > corners[3]:  # the first row lies at the bottom
        picture = picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    width, height = max(1, round(abs(corners[1] - corners[0]))), max(1, round(abs(corners[3] - corners[2])))
    # many cells a pixel: an average; few: sharp edges
    resample = Image.Resampling.BOX if cells.shape[1] > width or cells.shape[0] > height else Image.Resampling.NEAREST
    picture = picture.resize((width, height), resample)
    sheet.image.paste(picture, (round(min(corners[:2])), round(min(corners[2:]))), picture)
    if trace.texttemplate:
        for row, column in np.ndindex(cells.shape):
            colour = (255, 255, 255) if cells[row, column] < 150 else (30, 30, 30)
            sheet.text(trace.text[row][column], (float(x(first[0] + column)), float(y(first[1] + row))), size=10, anchor="mm", colour=colour)


def _bars(sheet: _Sheet, trace, x: _Axis, y: _Axis) -> None:
    """Horizontal bars with a text in each."""
    for k, (base, width, line) in enumerate(zip(trace.base, trace.x, trace.y, strict=True)):
        colour = trace.marker.color[k]
        if colour.startswith("#"):
            sheet.draw.rectangle(_box(x(base), x(base + width), y(line - 0.43), y(line + 0.43)), fill=colour)
        ink = trace.insidetextfont.color[k]
        sheet.text(trace.text[k], (float(x(base + width / 2)), float(y(line))), anchor="mm", colour=ink)


def _waterfall(sheet: _Sheet, trace, x: _Axis, y: _Axis) -> None:
    at = 0.0
    for k, (value, kind) in enumerate(zip(trace.x, trace.measure, strict=True)):
        start, end = (0, value) if kind == "total" else (at, at + value)
        colour = trace.totals.marker.color if kind == "total" else (trace.increasing if value >= 0 else trace.decreasing).marker.color
        sheet.draw.rectangle(_box(x(start), x(end), y(k - 0.38), y(k + 0.38)), fill=colour)
        sheet.text(trace.text[k], (float(x(max(start, end))) + 3, float(y(k))), anchor="lm")
        at = end


def _scatter(sheet: _Sheet, trace, x: _Axis, y: _Axis) -> None:
    known = [(float(x(a)), float(y(b))) for a, b in zip(trace.x, trace.y, strict=True) if a is not None and b is not None]
    if trace.fill == "toself" and known:
        sheet.draw.polygon(known, fill=(79, 147, 201, 70))
    elif "lines" in (trace.mode or "") and len(known) > 1:
        sheet.draw.line(known, fill=trace.line.color, width=2)
    if "markers" in (trace.mode or ""):
        size = (trace.marker.size or 6) / 2
        for px, py in known:
            sheet.draw.ellipse((px - size, py - size, px + size, py + size), fill=trace.line.color or trace.marker.color)


def _flow(sheet: _Sheet, trace, box) -> None:
    """Nodes in columns, as many as links lead from one to the next; links as bands between their edges."""
    links = list(zip(trace.link.source, trace.link.target, trace.link.value, strict=True))
    column = dict.fromkeys(range(len(trace.node.label)), 0)
    for source, target, _ in sorted(links):
        column[target] = column[source] + 1
    out, into = (np.bincount([link[end] for link in links], [link[2] for link in links], len(column)) for end in (0, 1))
    size = np.maximum(out, into)
    columns = [[node for node in column if column[node] == c] for c in range(max(column.values()) + 1)]
    left, top, right, bottom = box
    gap = 8
    scale = min((bottom - top - gap * len(nodes)) / max(size[nodes].sum(), 1e-9) for nodes in columns)
    px = {node: left + (right - left - 14) * column[node] / max(1, len(columns) - 1) for node in column}
    py = {}
    for nodes in columns:
        y = top
        for node in nodes:
            py[node] = y
            y += size[node] * scale + gap
    used_out, used_in = dict(py), dict(py)
    bands = Image.new("RGBA", sheet.image.size)
    draw = ImageDraw.Draw(bands)
    for source, target, value in links:
        t = np.linspace(0, 1, 24)
        bend = t * t * (3 - 2 * t)
        x = px[source] + 14 + (px[target] - px[source] - 14) * t
        upper = used_out[source] + (used_in[target] - used_out[source]) * bend
        used_out[source] += value * scale
        used_in[target] += value * scale
        draw.polygon([*zip(x, upper), *zip(x[::-1], (upper + value * scale)[::-1])], fill=(128, 128, 128, 60))
    sheet.image.paste(bands, (0, 0), bands)
    for node, label in enumerate(trace.node.label):
        colour = trace.node.color[node]
        sheet.draw.rectangle((px[node], py[node], px[node] + 13, py[node] + max(1, size[node] * scale)), fill=colour if colour.startswith("#") else (128, 128, 128, 140))
        is_last = column[node] == len(columns) - 1
        sheet.text(label, (px[node] - 4 if is_last else px[node] + 18, py[node] + size[node] * scale / 2), anchor="rm" if is_last else "lm")


def _colour_bar(sheet: _Sheet, trace, box) -> None:
    marker = trace if trace.type == "heatmap" else getattr(trace, "marker", None)
    bar = getattr(marker, "colorbar", None)
    if bar is None or not bar.tickvals or marker.showscale is False:
        return
    table = _table(marker.colorscale)[1:]
    left, top, bottom = WIDTH - RIGHT + 10, box[3] + 12, box[2]
    height = max(1, round(bottom - top))
    sheet.image.paste(Image.fromarray(table[::-1, None]).resize((12, height)), (left, round(top)))
    sheet.text(bar.title.text or "", (left, top - 14), size=10)
    for place, text in zip(bar.tickvals, bar.ticktext, strict=True):
        sheet.text(text, (left + 16, bottom - (place - 1) / 254 * height), size=10, anchor="lm")


def _ticks(sheet: _Sheet, xaxis, yaxis, traces, x: _Axis, y: _Axis, box) -> None:
    for axis, place, letter in ((xaxis, x, "x"), (yaxis, y, "y")):
        if axis.visible is False:
            continue
        labels = next((t[letter] for t in traces if t[letter] is not None and len(t[letter]) and isinstance(t[letter][0], str)), None)
        if axis.tickvals is not None:
            ticks = list(zip(axis.tickvals, axis.ticktext or [v if isinstance(v, str) else f"{v:g}" for v in axis.tickvals], strict=True))
        elif labels is not None:
            ticks = list(enumerate(labels))
        else:
            ends = sorted((place.first, place.last))
            ticks = [(v, f"{v:.3g}") for v in np.linspace(*ends, 6)]
        last = -np.inf
        for value, text in ticks:
            at = float(place(value))
            if letter == "x" and axis.tickangle and at - last < 11:
                continue  # no room for it
            last = at
            if letter == "y":
                sheet.text(text, (box[0] - 5, at), size=10, anchor="rm")
            elif axis.tickangle:
                sheet.slanted(text, (at, box[2]))
            else:
                sheet.text(text, (at, box[2] + 4), size=10, anchor="ma")
    if xaxis.title.text:
        sheet.text(xaxis.title.text, ((box[0] + box[1]) / 2, box[2] + 20), anchor="ma")


def _annotation(sheet: _Sheet, note, figure) -> None:
    """The names of subplots stand in fractions of the paper, those of a mosaic's heads in its cells."""
    margin = figure.layout.margin
    if note.xref == "paper":
        at = (margin.l + note.x * (WIDTH - RIGHT - margin.l), sheet.height - margin.b - note.y * (sheet.height - margin.b - margin.t) - 2)
        sheet.text(note.text, at, anchor="mb")
        return
    heat = figure.data[0]
    rows, columns = np.asarray(heat.z).shape
    cell = min((WIDTH - RIGHT - margin.l) / columns, (sheet.height - margin.b - margin.t) / rows)
    sheet.text(note.text, (margin.l + (note.x + 0.5) * cell, margin.t + (note.y + 0.5) * cell), size=10, anchor="ra")


def _box(x0, x1, y0, y1) -> tuple[float, float, float, float]:
    return float(min(x0, x1)), float(min(y0, y1)), float(max(x0, x1)), float(max(y0, y1))
