"""%gptoss view: which picture a name stands for, and what it needs: the trace alone, or the model that made it. Called by magics, and
by the explorer for its details."""

from collections.abc import Callable

import numpy as np

from . import session, views
from .errors import OptionError, TraceError
from .exploring import explore
from .options import VIEWS


def picture(name: str, reply, options, token: int | None = None, layer: int | None = None) -> "views.View":
    """The picture of the last reply; `options` as %gptoss view has them, `token` and `layer` where the explorer opens if not there.
    Errors: OptionError, TraceError, those of the view."""
    if name not in VIEWS:
        raise OptionError(f"There is no view {name!r}.", f"Choose one of {', '.join(VIEWS)}.")
    if reply is None:
        raise TraceError("There is no reply yet, so nothing to see.", "Ask something in a %%gptoss cell first.")
    if name == "explorer":
        token = options.token if token is None else token
        token = token + len(reply.trace) if token is not None and token < 0 else token
        return explore(reply, token=token, layer=options.layer if layer is None else layer)

    def loaded():
        model = session.current()
        if model is None:
            made_by = reply.trace.badge.get("model", "")
            raise OptionError(f"The view {name} needs the model, and none is loaded.", f"Load the one that made the reply: {made_by}.")
        return model

    return draw(name, reply.trace, options, loaded)


def draw(name: str, trace, options, find: Callable) -> "views.View":
    """The picture of a trace; `find()` gives the model, and is asked only where one is needed. Errors: its own, those of the view."""
    layer = trace.n_layers - 1 if options.layer is None else options.layer
    token = len(trace) - 1 if options.token is None else options.token + len(trace) * (options.token < 0)
    span = {"start": options.start or 0, "stop": options.stop}
    match name:
        case "routing":
            return views.routing_map(trace, options.colour or "weight", **span)
        case "slots":
            return views.routing_slots(trace, token)
        case "experts":
            return views.routing_experts(trace, layer, **span)
        case "load":
            return views.expert_load(trace)
        case "together":
            return views.coactivation(trace, layer)
        case "transitions":
            return views.transitions(trace)
        case "text":
            return views.expert_text(trace, layer, _busiest(trace, layer) if options.expert is None else options.expert, **span)
        case "logprobs":
            return views.logprobs(trace, **span)
    model = find()
    decode = model.tokenizer.decode
    match name:
        case "heads":
            return views.head_map(model.head_summary(trace), options.number or "induction")
        case "mosaic":
            return views.head_mosaic(model.attention(trace, layer, pool=64), model.config.n_kv_heads)
        case "attention":
            head = options.head or 0
            found = model.attention(trace, layer, heads=[head], pool=500 if len(trace) > 1000 else None)
            return views.attention(found, trace, head)
        case "row":
            return views.attention_row(model.attention(trace, layer, rows=[token]), trace, token)
        case "lens":
            rows = range(len(trace))[slice(options.start, options.stop)]
            # without a wish: the end, where the reply is, as many tokens as can be read
            return views.lens(model.lens(trace, rows=rows[-40:] if options.start is None else rows), trace, decode)
        case "norms":
            return views.norms(model.lens(trace), trace)
        case "attribution":
            if token == 0:
                raise OptionError("Nothing is before the first token, so no logit made it.", "Give --token from 1 on.")
            # who made the token at this position: the logit is computed at the one before
            return views.attribution(model.attribution(trace, token - 1), decode)
        case _:
            raise OptionError(f"There is no picture {name!r}.", f"Choose one of {', '.join(VIEWS)}.")


def _busiest(trace, layer: int) -> int:
    return int(np.bincount(trace.expert_ids[layer].ravel()).argmax()) if 0 <= layer < trace.n_layers else 0
