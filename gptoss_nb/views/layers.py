"""From layer to layer: what each would have said, how long its residual stream is, and who made the logit in the end."""

import numpy as np
import plotly.graph_objects as go

from ..errors import OptionError
from ..trace import Trace
from . import theme


def lens(found, trace: Trace, decode) -> go.Figure:
    """Layer × token: the likeliest next token after each layer, coloured by its probability; the last row is the model itself.
    `found` is model.lens(trace), `decode(ids)` a tokenizer's."""
    trace = theme.of(trace)
    theme.need(found, ("top_ids", "top_probs", "final_ids", "rows"), "model.lens(trace)", trace)
    n_layers, n_rows, top = found.top_ids.shape
    if n_rows > 120:
        raise OptionError(f"{n_rows} tokens are too many to read.", "Ask for model.lens(trace, rows=range(...)) of at most 120.")
    read = {id: theme.shown(decode([id]), 16) for id in np.unique(found.top_ids).tolist()}
    told = top if n_rows * n_layers <= 1000 else 3  # likeliest tokens in a hover
    room = max(2, 110 // n_rows)  # characters in a cell
    labels = [[theme.shown(decode([i]), room) for i in row] for row in found.top_ids[..., 0].tolist()]
    names = theme.distinct(theme.token_names(trace, found.rows))
    hover = [["<br>".join(f"{read[i]} {p:.1%}" for i, p in zip(ids[:told], ps[:told], strict=True)) for ids, ps in zip(*rows, strict=True)]
             for rows in zip(found.top_ids.tolist(), found.top_probs.tolist(), strict=True)]  # fmt: skip
    heat = theme.heat(found.top_probs[..., 0].astype(float), 0, 1, unit="probability", x=names, y=theme.layer_names(n_layers), text=labels, texttemplate="%{text}" if n_rows <= 40 else None, textfont=dict(size=10),
                      hovertext=hover, hovertemplate="at %{x}, after %{y}:<br>%{hovertext}<extra></extra>", xgap=1, ygap=1)  # fmt: skip
    settled = [int(np.argmax([(found.top_ids[layer:, k, 0] == found.final_ids[k]).all() for layer in range(n_layers)])) for k in range(n_rows)]
    table = [["after", *(f"L{layer:02d}" for layer in range(n_layers))], *([names[k], *(labels[layer][k] for layer in range(n_layers))] for k in range(n_rows))]
    return theme.figure(heat, title="What each layer would say next", note="read with the model's own last norm and unembedding" + ("" if n_rows == len(trace) else f"; {n_rows} of {len(trace)} tokens"), height=170 + 26 * n_layers, table=table,
                        text=f"{n_rows} tokens: what the model says in the end leads from layer {np.median(settled):.0f} on, in the median.",
                        xaxis=theme.token_axis(names), yaxis=theme.layer_axis(n_layers))  # fmt: skip


def norms(found, trace: Trace) -> go.Figure:
    """How long the residual stream is after each layer: the median of the tokens, and the middle half. `found` is model.lens(trace)."""
    theme.need(found, ("norms", "rows"), "model.lens(trace)", theme.of(trace))
    if not np.isfinite(found.norms).all():
        raise OptionError("The residual stream overflowed: its length is no number.", "Use smaller values in the edits.")
    layers = np.arange(len(found.norms))
    low, middle, high = np.percentile(found.norms, [25, 50, 75], axis=1)
    band = go.Scatter(x=np.concatenate([layers, layers[::-1]]), y=np.concatenate([high, low[::-1]]), mode="lines", fill="toself", fillcolor="rgba(79,147,201,0.25)", line=dict(width=0),
                      hoverinfo="skip", showlegend=False)  # fmt: skip
    line = go.Scatter(x=layers, y=middle, mode="lines+markers", line=dict(color="#4f93c9"), hovertemplate="after layer %{x}: %{y:.1f}<extra></extra>", showlegend=False)
    table = [["layer", "quarter", "median", "three quarters"], *([f"L{k:02d}", f"{low[k]:.2f}", f"{middle[k]:.2f}", f"{high[k]:.2f}"] for k in layers.tolist())]
    return theme.figure(band, line, title="Length of the residual stream", note=f"{len(found.rows)} tokens: median and middle half", table=table,
                        text=f"The residual stream of {len(found.rows)} tokens grows from {middle[0]:.1f} to {middle[-1]:.1f} in the median.",
                        xaxis=dict(tickvals=layers[:: -(-len(layers) // 12)].tolist(), ticktext=theme.layer_names(len(layers))[:: -(-len(layers) // 12)]), yaxis=dict(title="length", rangemode="tozero", showgrid=True))  # fmt: skip


def attribution(found, decode, most: int = 14) -> go.Figure:
    """Who made the logit: the parts with the greatest shares, all others as one, and the sum beside the logit. `found` is
    model.attribution(trace, position), `decode(ids)` a tokenizer's."""
    theme.need(found, ("heads", "experts", "logit", "embedding"), "model.attribution(trace, position)")
    if not np.isfinite(found.total):
        raise OptionError("The shares of this logit are no numbers: something overflowed.", "Use smaller values in the edits.")
    shares = {"embedding": found.embedding}
    for layer, head in np.ndindex(found.heads.shape):
        shares[f"L{layer:02d}.H{head:02d}"] = float(found.heads[layer, head])
    for layer, slot in np.ndindex(found.experts.shape):
        shares[f"L{layer:02d}.E{int(found.expert_ids[layer, slot]):02d}"] = float(found.experts[layer, slot])
    for layer, (bias, added) in enumerate(zip(found.attention_bias.tolist(), found.added.tolist(), strict=True)):
        shares[f"L{layer:02d} bias"] = bias
        if added:
            shares[f"L{layer:02d} edit"] = added
    order = sorted(shares, key=lambda name: -abs(shares[name]))
    rest = sum(shares[name] for name in order[most:])
    names = [*order[:most], *([f"{len(order) - most} others"] if order[most:] else []), "logit"]
    values = [*(shares[name] for name in order[:most]), *([rest] if order[most:] else []), found.total]
    bars = go.Waterfall(orientation="h", y=names, x=values, measure=["relative"] * (len(names) - 1) + ["total"], text=[f"{v:+.2f}" for v in values], textposition="outside",
                        increasing=dict(marker=dict(color="#4f93c9")), decreasing=dict(marker=dict(color="#e08a3c")), totals=dict(marker=dict(color=theme.INK)),
                        connector=dict(line=dict(color=theme.GRID)), hovertemplate="%{y}: %{text}<extra></extra>", cliponaxis=False)  # fmt: skip
    token = theme.shown(decode([found.token_id]))
    table = [["part", "share"], *([name, f"{shares[name]:+.3f}"] for name in order), ["sum", f"{found.total:.4f}"], ["logit", f"{found.logit:.4f}"]]
    return theme.figure(bars, title=f"Who made the logit of {theme.visible(decode([found.token_id]), 40)}", note=f"after position {found.position}: the shares add up to {found.total:.3f}, the logit is {found.logit:.3f}",
                        height=150 + 24 * len(names), table=table, text=f"The logit {found.logit:.3f} of {token}: most from {order[0]} ({shares[order[0]]:+.2f}), {order[1]} ({shares[order[1]]:+.2f}).",
                        yaxis=dict(autorange="reversed", automargin=True), xaxis=dict(title="logit", showgrid=True, zeroline=True))  # fmt: skip
