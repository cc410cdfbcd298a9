"""What experts do over many tokens: how busy they are, who works with whom and after whom, and for which texts."""

import numpy as np
import plotly.graph_objects as go

from ..errors import OptionError
from ..trace import metrics
from . import theme


def expert_load(traces, where=None) -> go.Figure:
    """Layer × expert: how far an expert's share of the choices is from balance, as a part of it. A dot: outside 95 % of random routings
    of as many tokens; one place in twenty is so by chance."""
    found = metrics.load(traces, where)
    deviation = found.value * found.value.shape[1] - 1
    most = max(0.5, float(np.abs(deviation).max()))
    custom = np.stack([found.value, found.low, found.high, found.chance_low, found.chance_high], axis=-1).astype(np.float32)
    heat = theme.heat(deviation, -most, most, colours=theme.DEVIATION, unit="from balance", customdata=np.round(custom, 4), x=theme.expert_names(deviation.shape[1]), y=theme.layer_names(len(deviation)),
                      hovertemplate="%{y}.%{x}: %{customdata[0]:.3f} of the choices (%{customdata[1]:.3f} to %{customdata[2]:.3f})"
                      "<br>by chance %{customdata[3]:.3f} to %{customdata[4]:.3f}<extra></extra>")  # fmt: skip
    dots = _dots(found.beyond_chance, theme.layer_names(len(deviation)), theme.expert_names(deviation.shape[1]))
    order = np.argsort(-np.abs(deviation), axis=None)
    table = [["expert", "share", "95 % from", "to", "chance from", "to"]]
    for place in order.tolist():
        at = np.unravel_index(place, deviation.shape)
        numbers = (found.value, found.low, found.high, found.chance_low, found.chance_high)
        table.append([_named(*at), *(f"{n[at]:.4f}" for n in numbers)])
    sentence = (f"Load of {found.value.size} experts over {found.n_tokens} tokens: from {found.value.min() * found.value.shape[1]:.2f} to "
                f"{found.value.max() * found.value.shape[1]:.2f} times balance; {int(found.beyond_chance.sum())} beyond chance.")  # fmt: skip
    return theme.figure(heat, dots, title="Load of the experts", note=f"dots: beyond 95 % of random routings; chance alone makes about {deviation.size / 20:.0f} of {deviation.size}", text=sentence, table=table,
                        height=160 + 22 * min(len(deviation), 24), xaxis=_expert_axis(deviation.shape[1]), yaxis=theme.layer_axis(len(deviation)))  # fmt: skip


def coactivation(traces, layer: int, where=None) -> go.Figure:
    """Expert × expert of one layer: of the tokens of the row's expert, the share that went to the column's as well, less chance."""
    layer = theme.check("layer", layer, metrics.as_list(traces)[0].n_layers)
    found = metrics.coactivation(traces, where, [layer])
    return _pairs(found, f"Experts chosen together in layer {layer}", "together", lambda row, column: f"{_named(layer, row)} with {_named(layer, column)}")


def transitions(traces, layers=None, top: int = 6, where=None) -> go.Figure:
    """A flow from layer to layer: how often tokens go from an expert to an expert of the next of these layers. Of each layer the `top`
    busiest experts, and the rest as one. layers: two or more in order, None for the first four."""
    listed = metrics.as_list(traces)
    n_layers, n_experts = listed[0].n_layers, listed[0].n_experts
    if layers is not None and (isinstance(layers, str) or not hasattr(layers, "__iter__")):
        raise OptionError(f"Layers are {layers!r}.", "Give a list of two or more, such as [0, 1, 2].")
    layers = list(range(min(4, n_layers))) if layers is None else [theme.check("layer", layer, n_layers) for layer in layers]
    if len(layers) < 2 or sorted(set(layers)) != layers:
        raise OptionError("A flow needs two layers or more, in order.", "Give layers such as [0, 1, 2].")
    top = theme.check("top", top, n_experts + 1)
    masks = metrics.masks(listed, where)
    experts = np.concatenate([trace.expert_ids[:, mask] for trace, mask in zip(listed, masks, strict=True)], axis=1)
    if not experts.shape[1]:
        raise OptionError("There are no tokens to follow.", "Take a longer trace, or another `where`.")
    named, labels, first = {}, [], {}
    for layer in layers:
        busy = np.bincount(experts[layer].ravel(), minlength=n_experts).argsort()[::-1][:top].tolist()
        first[layer] = len(labels)
        named[layer] = np.full(n_experts, len(busy))
        named[layer][busy] = range(len(busy))
        labels += [_named(layer, e) for e in busy] + ([f"L{layer:02d} rest"] if len(busy) < n_experts else [])
    source, target, value = [], [], []
    for here, there in zip(layers, layers[1:]):
        a, b = named[here][experts[here]], named[there][experts[there]]  # (T, A)
        pairs = np.stack([np.repeat(a, b.shape[1], axis=1).ravel(), np.tile(b, (1, a.shape[1])).ravel()])
        kinds, counts = np.unique(pairs, axis=1, return_counts=True)
        source += (kinds[0] + first[here]).tolist()
        target += (kinds[1] + first[there]).tolist()
        value += (counts / a.shape[1]).tolist()
    rest = [label.endswith("rest") for label in labels]
    flow = go.Sankey(
        node=dict(label=labels, color=["rgba(128,128,128,0.5)" if r else "#3b6ea5" for r in rest], pad=10, thickness=14, line=dict(width=0)),
        link=dict(source=source, target=target, value=value, color="rgba(128,128,128,0.22)"),
        textfont=dict(color=theme.INK, shadow="none"),
    )
    order = np.argsort(value)[::-1]
    table = [["from", "to", "choices"], *([labels[source[k]], labels[target[k]], f"{value[k]:.4g}"] for k in order.tolist())]
    most = order[0]
    sentence = f"Flow of {experts.shape[1]} tokens through layers {', '.join(map(str, layers))}; the widest goes from {labels[source[most]]} to {labels[target[most]]}."
    return theme.figure(flow, title="From expert to expert", note=f"the {top} busiest of each layer, and the rest", text=sentence, table=table, height=460)


def specialisation(traces, labels, layer: int, where=None) -> go.Figure:
    """Label × expert of one layer: how much more or less of a label's tokens an expert gets than by chance. A dot: beyond chance."""
    layer = theme.check("layer", layer, metrics.as_list(traces)[0].n_layers)
    found = metrics.specialisation(traces, labels, where, [layer])
    names = [str(name) for name in np.unique(np.asarray(labels))]
    shown_names = theme.distinct([theme.shown(name, 18) for name in names])
    deviation = found.value[0] - found.chance[0]
    most = max(0.05, float(np.nanmax(np.abs(deviation))))
    heat = theme.heat(deviation, -most, most, colours=theme.DEVIATION, unit="from chance",
                      customdata=np.round(np.stack([found.value[0], found.chance[0]], -1), 3).astype(np.float32),
                      x=theme.expert_names(deviation.shape[1]), y=shown_names,
                      hovertemplate="%{y}, %{x}: %{customdata[0]:.1%} of its tokens, by chance %{customdata[1]:.1%}<extra></extra>")  # fmt: skip
    dots = _dots(found.beyond_chance[0], shown_names, theme.expert_names(deviation.shape[1]))
    table = [["label", "expert", "share", "chance"]]
    for place in np.argsort(-np.abs(np.nan_to_num(deviation)), axis=None).tolist():
        at = np.unravel_index(place, deviation.shape)
        table.append([names[at[0]], _named(layer, at[1]), f"{found.value[0][at]:.3f}", f"{found.chance[0][at]:.3f}"])
    sentence = f"Layer {layer}, {found.n_tokens} tokens of {len(names)} labels: {int(found.beyond_chance[0].sum())} of {deviation.size} pairs of label and expert are beyond chance; the strongest is {table[1][0]} with {table[1][1]}."
    return theme.figure(heat, dots, title=f"Which texts go where, layer {layer}", note=f"dots: beyond 95 % of shuffled labels; chance alone makes about {deviation.size / 20:.0f} of {deviation.size}", text=sentence, table=table,
                        height=150 + 26 * len(names), xaxis=_expert_axis(deviation.shape[1]),
                        yaxis=theme.names_axis(shown_names, most=40) | dict(automargin=True))  # fmt: skip


def _pairs(found, title: str, word: str, named) -> go.Figure:
    value, chance = found.value[0], found.chance[0]
    deviation = value - chance
    most = max(0.05, float(np.nanmax(np.abs(deviation))))
    experts = theme.expert_names(value.shape[1])
    heat = theme.heat(deviation, -most, most, colours=theme.DEVIATION, unit="from chance", x=experts, y=experts,
                      customdata=np.round(np.stack([np.nan_to_num(value), np.nan_to_num(chance)], -1), 3).astype(np.float32),
                      hovertemplate="%{y} and %{x}: %{customdata[0]:.1%}, by chance %{customdata[1]:.1%}<extra></extra>")  # fmt: skip
    order = np.argsort(-np.abs(np.nan_to_num(deviation)), axis=None)
    table = [["experts", "share", "chance"]]
    for place in order.tolist():
        at = np.unravel_index(place, value.shape)
        if not np.isnan(value[at]):
            table.append([named(*at), f"{value[at]:.3f}", f"{chance[at]:.3f}"])
    strongest = f"; the strongest: {table[1][0]}, {table[1][1]} where chance gives {table[1][2]}" if len(table) > 1 else ""
    sentence = f"{value.shape[0]} × {value.shape[1]} pairs of experts {word} over {found.n_tokens} tokens{strongest}."
    axis = _expert_axis(value.shape[1])
    return theme.figure(heat, title=title, text=sentence, table=table, height=520, xaxis=axis | dict(constrain="domain"),
                        yaxis=axis | dict(scaleanchor="x", range=axis["range"][::-1]))  # fmt: skip


def _named(layer, expert) -> str:
    return f"L{int(layer):02d}.E{int(expert):02d}"


def _expert_axis(n_experts: int) -> dict:
    return theme.names_axis(theme.expert_names(n_experts))


def _dots(marked: np.ndarray, rows: list[str], columns: list[str]) -> go.Scatter:
    """A dot where (rows, columns) are marked."""
    row, column = np.nonzero(marked)
    return go.Scatter(x=[columns[c] for c in column], y=[rows[r] for r in row], mode="markers", hoverinfo="skip",
                      marker=dict(size=4, color="#202020", line=dict(width=0.5, color="#f0f0f0")))  # fmt: skip
