"""The text itself, coloured by one number a token: an expert's weight, or how surprising each token was."""

import numpy as np
import plotly.graph_objects as go

from ..errors import OptionError
from ..trace import Trace
from . import theme

COLUMNS = 88  # characters in a line


def expert_text(trace: Trace, layer: int, expert, start: int = 0, stop: int | None = None) -> go.Figure:
    """The text, with the weight that one expert of one layer has at each token as its background; none where it was not chosen.
    With a list of up to 8 experts each has a colour and a letter, and a token shows the one of them that weighs most there."""
    trace = theme.of(trace)
    layer = theme.check("layer", layer, trace.n_layers)
    many = not hasattr(expert, "__index__") and not isinstance(expert, str) and hasattr(expert, "__iter__")
    pinned = [theme.check("expert", one, trace.n_experts) for one in (expert if many else [expert])]
    if not 0 < len(set(pinned)) == len(pinned) <= len(theme.PINNED):
        raise OptionError(f"{len(pinned)} experts cannot be told apart.", f"Give 1 to {len(theme.PINNED)}, each once.")
    places, note = theme.span(trace, start, stop)
    part = slice(places.start, places.stop)
    # (pinned, tokens): the weight of each, 0 where it was not chosen
    weights = np.stack([(trace.expert_weights[layer, part] * (trace.expert_ids[layer, part] == one)).sum(-1) for one in pinned])
    best, most = weights.argmax(0), weights.max(0)
    names = [f"L{layer:02d}.E{one:02d}" for one in pinned]
    table = [["token", "position", "expert", "weight"]]
    for k in np.argsort(-most, kind="stable").tolist():
        if most[k]:
            table.append([theme.shown(trace.tokens[places[k]]), places[k], names[best[k]], f"{most[k]:.2f}"])
    shares = [f"{name} takes part in {(row > 0).mean():.0%}" for name, row in zip(names, weights, strict=True)]
    told = dict(note=note, text=f"{', '.join(shares)} of {len(places)} tokens.", table=table)
    if len(pinned) == 1:
        hovers = [f"weight {w:.2f}" if w else "not chosen" for w in most.tolist()]
        return _text(trace, places, np.where(most > 0, most, np.nan), (0, 1), ("#fbe3c8", "#e08a3c", "#b04f00"), "weight", hovers,
                     title=f"Where {names[0]} works", **told)  # fmt: skip
    letters = "ABCDEFGH"
    hovers = [f"{letters[k]} {names[k]}, weight {w:.2f}" if w else "none of them" for k, w in zip(best.tolist(), most.tolist(), strict=True)]
    marks = [f"{letters[k]} " if w else "" for k, w in zip(best.tolist(), most.tolist(), strict=True)]
    figure = _text(trace, places, np.full(len(places), np.nan), (0, 1), ("#fbe3c8", "#b04f00"), "", hovers, marks, title=f"Where they work in layer {layer}", **told)
    box = figure.data[0]
    box.marker.color = [theme.PINNED[k] if w else theme.CLEAR for k, w in zip(best.tolist(), most.tolist(), strict=True)]
    box.insidetextfont.color = ["#1a1a1a" if w and theme.PINNED[k] != "#0072b2" else "#ffffff" if w else theme.INK for k, w in zip(best.tolist(), most.tolist(), strict=True)]
    key = go.Scatter(x=[None], y=[None], mode="markers", hoverinfo="skip")
    figure.data = (box,)
    for k, name in enumerate(names):
        figure.add_trace(go.Scatter(key, name=f"{letters[k]}  {name}", marker=dict(symbol="square", size=11, color=theme.PINNED[k])))
    return figure.update_layout(showlegend=True, legend=dict(orientation="h", y=1.0, yanchor="bottom", x=1, xanchor="right"))


def logprobs(trace: Trace, start: int = 0, stop: int | None = None) -> go.Figure:
    """The text coloured by surprise: minus the log-probability of each token, in bits. Hover tells the alternatives."""
    trace = theme.of(trace)
    places, note = theme.span(trace, start, stop)
    bits = -trace.logprobs.astype(float)[places.start : places.stop] / np.log(2)
    if np.isnan(bits).all():
        raise OptionError("No token here has a log-probability.", "Show generated tokens, or a trace by model.trace(text).")
    hovers, table = [], [["token", "position", "bits", "likeliest"]]
    for k, p in enumerate(places):
        others = [f"{theme.shown(text)} {np.exp(logprob):.1%}" for text, id, logprob in
                  zip(trace.alternatives[p], trace.alternative_ids[p].tolist(), trace.alternative_logprobs[p].tolist(), strict=True) if id >= 0]  # fmt: skip
        hovers.append("<br>".join(["not known" if np.isnan(bits[k]) else f"{bits[k]:.2f} bits, {2 ** -bits[k]:.1%}", *others]))
    for k in np.argsort(-np.nan_to_num(bits, posinf=1e9)).tolist():
        if not np.isnan(bits[k]):
            table.append([theme.shown(trace.tokens[places[k]]), places[k], f"{bits[k]:.2f}", theme.shown((trace.alternatives[places[k]] or ("",))[0])])
    worst = table[1]
    sentence = f"{(~np.isnan(bits)).sum()} tokens, {np.nanmean(np.where(np.isinf(bits), np.nan, bits)) if np.isfinite(bits).any() else np.inf:.2f} bits each on average; the most surprising is {worst[0]} at {worst[1]}, {worst[2]} bits."
    return _text(trace, places, np.minimum(bits, 12), (0, 12), ("#eef3f8", "#f3c493", "#b04f00"), "bits", hovers,
                 title="How surprising each token was", note=note, text=sentence, table=table)  # fmt: skip


def _text(trace: Trace, places: range, values: np.ndarray, ends: tuple[float, float], colours, unit: str, hovers, marks=None, **told) -> go.Figure:
    """Tokens as boxes in lines of COLUMNS characters, a bar each, `marks` before them; NaN stays clear."""
    marks = marks or [""] * len(places)
    labels = [mark + (theme.shown(trace.tokens[p], 40) or "·") for mark, p in zip(marks, places, strict=True)]
    widths = np.array([max(1, _width(trace.tokens[p])) + len(mark) for mark, p in zip(marks, places, strict=True)])
    starts, lines, column, line = [], [], 0, 0
    for p, width in zip(places, widths.tolist(), strict=True):
        if column and column + width > COLUMNS:
            column, line = 0, line + 1
        starts.append(column)
        lines.append(line)
        column += width
        if "\n" in trace.tokens[p]:
            column, line = 0, line + 1
    low, high = ends
    scaled, ticks = theme.scaled_to(values, low, high).tolist(), np.linspace(0, 1, 4)
    known = [not np.isnan(s) for s in scaled]
    # plotly draws text in a bar only if the bar's colour is a colour, not a number; the colour bar belongs to an empty trace
    backgrounds = [theme.mixed(colours, s) if k else theme.CLEAR for s, k in zip(scaled, known, strict=True)]
    key = go.Scatter(x=[None], y=[None], mode="markers", showlegend=False, hoverinfo="skip", marker=dict(
        color=[0], cmin=0, cmax=255, colorscale=theme.colour_scale(colours), showscale=True,
        colorbar=theme.colour_bar(unit, (1 + 254 * ticks).tolist(), [f"{low + (high - low) * t:.3g}" for t in ticks])))  # fmt: skip
    bar = go.Bar(orientation="h", base=starts, x=widths.astype(np.int16), y=np.array(lines, np.int16), width=0.86, text=labels, textposition="inside", insidetextanchor="middle",
                 textangle=0, constraintext="none", cliponaxis=False, hovertext=[f"token {p}<br>{h}" for p, h in zip(places, hovers, strict=True)],
                 hovertemplate="<b>%{text}</b> %{hovertext}<extra></extra>",
                 insidetextfont=dict(family="monospace", size=12, color=["#1a1a1a" if k else theme.INK for k in known]),
                 marker=dict(color=backgrounds, line=dict(width=0)))  # fmt: skip
    hidden = dict(visible=False, fixedrange=True)
    return theme.figure(bar, key, height=110 + 26 * (lines[-1] + 1), bargap=0, xaxis=hidden | dict(range=[0, COLUMNS]),
                        yaxis=hidden | dict(range=[lines[-1] + 0.6, -0.6]), uniformtext=dict(mode=False), **told)  # fmt: skip


def _width(token: str) -> int:
    """Columns of a token as it is shown; East Asian characters take two."""
    return sum(2 if ord(c) > 0x1100 else 1 for c in token[:40]) + 1
