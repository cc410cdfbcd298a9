"""Where each token went: over all layers, in one layer over all experts, and for one token slot by slot."""

import numpy as np
import plotly.graph_objects as go

from ..errors import OptionError
from ..trace import Trace, counting
from . import theme

COLOURS = ("weight", "margin", "entropy", "overlap")
TITLES = {"weight": "weight of the first expert", "margin": "logits from the last chosen to the next", "entropy": "entropy of the router",
          "overlap": "experts shared with the token before"}  # fmt: skip
UNITS = {"weight": "weight", "margin": "logits", "entropy": "bits", "overlap": "experts"}


def routing_map(trace: Trace, colour: str = "weight", start: int = 0, stop: int | None = None) -> go.Figure:
    """Token × layer. colour: "weight" of the first expert, "margin" of the last chosen over the first not chosen (in the logits
    before edits), "entropy" of the router in bits, "overlap" with the token before. Hover names the experts and their weights."""
    trace = theme.of(trace)
    theme.choice("colour", colour, COLOURS)
    places, note = theme.span(trace, start, stop)
    part = slice(places.start, places.stop)
    values, low, high = number(trace, colour)
    values = values[:, part]
    ids, weights = trace.expert_ids[:, part], trace.expert_weights[:, part]
    # a byte each: the experts, then their weights in percent
    custom = np.concatenate([ids, np.nan_to_num(np.round(weights * 100))], axis=-1)
    custom = custom.astype(np.uint8 if trace.n_experts <= 256 else np.int16)
    a = trace.experts_per_token
    names = theme.token_names(trace, places)
    lines = "<br>".join(f"E%{{customdata[{k}]:02d}}  %{{customdata[{a + k}]}} %" for k in range(a))
    title = TITLES[colour]
    heat = theme.heat(values, low, high, unit=UNITS[colour], x=names, y=theme.layer_names(trace.n_layers), customdata=custom,
                      hovertemplate=f"<b>%{{x}}</b>, %{{y}}<br>{lines}<extra></extra>")  # fmt: skip
    sentence = (f"{len(places)} tokens in {trace.n_layers} layers, {a} of {trace.n_experts} experts each; {title}: "
                f"mean {np.nanmean(values):.2f}, from {np.nanmin(values):.2f} to {np.nanmax(values):.2f}.")  # fmt: skip
    table = [["token", *(f"L{layer:02d}" for layer in range(trace.n_layers))]]
    table += [[theme.shown(trace.tokens[p], 14), *(f"{v:.2f}" for v in values[:, p - places.start])] for p in places]
    return theme.figure(heat, title=f"Routing: {title}", note=note, text=sentence, table=table, height=160 + 24 * min(trace.n_layers, 24),
                        xaxis=theme.token_axis(names), yaxis=theme.layer_axis(trace.n_layers))  # fmt: skip


def routing_slots(trace: Trace, position: int) -> go.Figure:
    """One token: the experts of every layer, best first, their weights as colour and in numbers."""
    trace = theme.of(trace)
    position = theme.check("token", position, len(trace))
    ids, weights = trace.expert_ids[:, position], trace.expert_weights[:, position]
    names = [[f"E{e:02d}" for e in row] for row in ids.tolist()]
    heat = theme.heat(weights.astype(float), 0, 1, unit="weight", x0=1, y=theme.layer_names(trace.n_layers), text=[[f"{n} {w:.0%}" for n, w in zip(*row, strict=True)] for row in zip(names, weights.tolist(), strict=True)],
                      texttemplate="%{text}", hovertemplate="%{y}, slot %{x}: %{text}<extra></extra>", xgap=2, ygap=2)  # fmt: skip
    token = theme.shown(trace.tokens[position])
    table = [["layer", *(f"slot {k + 1}" for k in range(ids.shape[1]))]]
    table += [[f"L{layer:02d}", *(f"{n} {w:.2f}" for n, w in zip(row, weights[layer].tolist(), strict=True))] for layer, row in enumerate(names)]
    return theme.figure(heat, title=f"Experts of token {position}", note=theme.visible(trace.tokens[position], 60), height=140 + 26 * trace.n_layers,
                        text=f"Token {position}, {token}: the experts of each layer with their weights.", table=table,
                        xaxis=dict(tickvals=list(range(1, ids.shape[1] + 1)), title="slot, best first"), yaxis=theme.layer_axis(trace.n_layers))  # fmt: skip


def routing_experts(trace: Trace, layer: int, start: int = 0, stop: int | None = None) -> go.Figure:
    """Token × expert of one layer: the weight of the chosen, nothing where an expert was not."""
    trace = theme.of(trace)
    layer = theme.check("layer", layer, trace.n_layers)
    places, note = theme.span(trace, start, stop)
    part = slice(places.start, places.stop)
    ids, weights = trace.expert_ids[layer, part].astype(int), trace.expert_weights[layer, part]
    values = np.full((len(places), trace.n_experts), np.nan)
    np.put_along_axis(values, ids, weights, axis=1)
    names, experts = theme.token_names(trace, places), theme.expert_names(trace.n_experts)
    used = counting.load(ids, trace.n_experts)
    percent = np.nan_to_num(np.round(values.T * 100)).astype(np.uint8)
    heat = theme.heat(values.T, 0, 1, unit="weight", x=names, y=experts, customdata=percent if percent.size <= theme.MOST_TOLD else None,
                      hovertemplate="<b>%{x}</b>, %{y}" + (": %{customdata} %" if percent.size <= theme.MOST_TOLD else "") + "<extra></extra>")  # fmt: skip
    busiest = int(used.argmax())
    table = [["expert", "share of choices", "tokens"], *([f"L{layer:02d}.E{e:02d}", f"{used[e]:.3f}", int((ids == e).sum())] for e in used.argsort()[::-1].tolist())]
    return theme.figure(heat, title=f"Experts of layer {layer}", note=note, height=160 + 14 * min(trace.n_experts, 32), table=table,
                        text=f"Layer {layer}: {len(places)} tokens over {trace.n_experts} experts; the busiest, L{layer:02d}.E{busiest:02d}, has {used[busiest]:.1%} of the choices.",
                        xaxis=theme.token_axis(names), yaxis=theme.names_axis(experts))  # fmt: skip


def number(trace: Trace, colour: str) -> tuple[np.ndarray, float, float]:
    """(L, T) and the range of the colours."""
    if colour == "weight":
        return trace.expert_weights[..., 0].astype(float), 1 / trace.experts_per_token, 1
    logits = trace.router_logits.astype(float)
    if colour == "entropy":
        shares = np.exp(logits - logits.max(-1, keepdims=True))
        return counting.entropy(shares / shares.sum(-1, keepdims=True)), 0, np.log2(trace.n_experts)
    if colour == "margin":
        ordered, a = np.sort(logits, axis=-1)[..., ::-1], trace.experts_per_token
        if a == trace.n_experts:
            raise OptionError("Every expert is chosen, so no choice is close.", "Take another colour.")
        values = ordered[..., a - 1] - ordered[..., a]
        return values, 0, float(np.percentile(values, 99))
    if len(trace) < 2:
        raise OptionError("One token has none before it.", "Take a longer trace, or another colour.")
    values = np.full(logits.shape[:2], np.nan)
    shared = (trace.expert_ids[:, 1:, :, None] == trace.expert_ids[:, :-1, None, :]).any(-1).sum(-1)
    values[:, 1:] = shared
    return values, 0, trace.experts_per_token
