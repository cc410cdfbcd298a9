"""The text itself, coloured by one number a token: an expert's weight, or how surprising each token was."""

import numpy as np
import plotly.graph_objects as go

from ..errors import OptionError
from ..trace import Trace
from . import theme

COLUMNS = 88  # characters in a line


def expert_text(trace: Trace, layer: int, expert: int, start: int = 0, stop: int | None = None) -> go.Figure:
    """The text, with the weight that one expert of one layer has at each token as its background; none where it was not chosen."""
    layer, expert = theme.check("layer", layer, trace.n_layers), theme.check("expert", expert, trace.n_experts)
    places, note = theme.span(trace, start, stop)
    chosen = trace.expert_ids[layer] == expert
    weights = (trace.expert_weights[layer] * chosen).sum(-1)[places.start : places.stop]
    share = float(chosen.any(-1)[places.start : places.stop].mean())
    name = f"L{layer:02d}.E{expert:02d}"
    hovers = [f"weight {w:.2f}" if w else "not chosen" for w in weights.tolist()]
    order = np.argsort(-weights)
    table = [["token", "position", "weight"], *([theme.shown(trace.tokens[places[k]]), places[k], f"{weights[k]:.2f}"] for k in order.tolist() if weights[k])]
    sentence = f"{name} takes part in {share:.0%} of {len(places)} tokens."
    return _text(trace, places, np.where(weights > 0, weights, np.nan), (0, 1), ("#fbe3c8", "#e08a3c", "#b04f00"), "weight", hovers,
                 title=f"Where {name} works", note=note, text=sentence, table=table)  # fmt: skip


def logprobs(trace: Trace, start: int = 0, stop: int | None = None) -> go.Figure:
    """The text coloured by surprise: minus the log-probability of each token, in bits. Hover tells the alternatives."""
    places, note = theme.span(trace, start, stop)
    bits = -trace.logprobs.astype(float)[places.start : places.stop] / np.log(2)
    if np.isnan(bits).all():
        raise OptionError("No token here has a log-probability.", "Show generated tokens, or a trace by model.trace(text).")
    hovers, table = [], [["token", "position", "bits", "likeliest"]]
    for k, p in enumerate(places):
        others = [f"{theme.shown(text)} {np.exp(logprob):.1%}" for text, id, logprob in
                  zip(trace.alternatives[p], trace.alternative_ids[p].tolist(), trace.alternative_logprobs[p].tolist(), strict=True) if id >= 0]  # fmt: skip
        hovers.append("<br>".join(["not known" if np.isnan(bits[k]) else f"{bits[k]:.2f} bits, {2 ** -bits[k]:.1%}", *others]))
    for k in np.argsort(-np.nan_to_num(bits)).tolist():
        if not np.isnan(bits[k]):
            table.append([theme.shown(trace.tokens[places[k]]), places[k], f"{bits[k]:.2f}", theme.shown((trace.alternatives[places[k]] or ("",))[0])])
    worst = table[1]
    sentence = f"{np.isfinite(bits).sum()} tokens, {np.nanmean(bits):.2f} bits each on average; the most surprising is {worst[0]} at {worst[1]}, {worst[2]} bits."
    return _text(trace, places, np.minimum(bits, 12), (0, 12), ("#eef3f8", "#f3c493", "#b04f00"), "bits", hovers,
                 title="How surprising each token was", note=note, text=sentence, table=table)  # fmt: skip


def _text(trace: Trace, places: range, values: np.ndarray, ends: tuple[float, float], colours, unit: str, hovers, **told) -> go.Figure:
    """Tokens as boxes in lines of COLUMNS characters, a bar each; NaN stays clear."""
    labels = [theme.shown(trace.tokens[p], 40) or "·" for p in places]
    widths = np.array([max(1, _width(trace.tokens[p])) for p in places])
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
