"""Two traces of the same tokens, such as with and without an edit: where the routing went elsewhere."""

import numpy as np
import plotly.graph_objects as go

from ..errors import OptionError
from ..trace import Trace
from . import theme


def compare(first: Trace, second: Trace, start: int = 0, stop: int | None = None) -> go.Figure:
    """Token × layer: how many of a token's experts differ between the traces. Errors: OptionError for traces of other tokens."""
    first, second = theme.of(first), theme.of(second)
    if len(first) != len(second) or (first.token_ids != second.token_ids).any():
        raise OptionError("These traces are not of the same tokens.", "Record both with the same ids: model.trace(first.token_ids, edits=...).")
    if first.expert_ids.shape != second.expert_ids.shape or first.n_experts != second.n_experts:
        raise OptionError("These traces are of models with other layers or experts.", "Compare two traces of models of one shape.")
    places, note = theme.span(first, start, stop)
    part = slice(places.start, places.stop)
    a, b = first.expert_ids[:, part], second.expert_ids[:, part]
    differ = a.shape[-1] - (a[..., :, None] == b[..., None, :]).any(-1).sum(-1)
    tokens = theme.token_names(first, places)
    custom = np.concatenate([a, b], axis=-1).astype(np.uint8 if first.n_experts <= 256 else np.int16)
    k = a.shape[-1]
    names = [" ".join(f"E%{{customdata[{base + slot}]:02d}}" for slot in range(k)) for base in (0, k)]
    heat = theme.heat(differ.astype(float), 0, k, unit="experts", x=tokens, y=theme.layer_names(first.n_layers), customdata=custom,
                      hovertemplate=f"<b>%{{x}}</b>, %{{y}}<br>first {names[0]}<br>second {names[1]}<extra></extra>")  # fmt: skip
    by_layer = differ.mean(1)
    table = [["layer", "experts that differ", "tokens with any"], *([f"L{n:02d}", f"{by_layer[n]:.2f} of {k}", f"{(differ[n] > 0).mean():.0%}"] for n in range(len(differ)))]
    sentence = f"{len(places)} tokens: {(differ > 0).mean():.0%} of their choices differ somewhere, most in layer {int(by_layer.argmax())} ({by_layer.max():.2f} of {k} experts)."
    return theme.figure(heat, title="Where the two traces were routed apart", note=note, text=sentence, table=table, height=160 + 24 * min(first.n_layers, 24),
                        xaxis=theme.token_axis(tokens), yaxis=theme.layer_axis(first.n_layers))  # fmt: skip
