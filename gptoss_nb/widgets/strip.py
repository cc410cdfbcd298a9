"""The strip of a saved cell: every token of the question and the reply, with what is known of it to hover over, and beneath it the
routing as a still picture and as a table. HTML without script or style sheet, for notebooks that JupyterLab does not trust.

Called by forms. Model text is hostile: all of it is escaped, also in attributes.
"""

import base64
import html
import itertools
import math

from ..trace import Trace
from ..views.theme import visible
from ..views.thumbnail import routing_thumbnail
from .prose import printable

MOST = 400  # tokens that are shown; the explorer has them all
MOST_LAYERS = 8  # up to so many, a hover names all experts; beyond, the first of each layer
# by channel, the line beneath its tokens; on white and on black alike
LINES = {"analysis": "#8f6a00", "commentary": "#9a5a86", "final": "#2f7fb8", "": "#808080"}
UNLIKELY = 0.5  # a token that the model gave less than this is marked


def strip(trace: Trace) -> str:
    """HTML of the last question and what was generated after it."""
    places = shown(trace)
    if not places:
        return ""
    groups = itertools.groupby(places, key=lambda p: (trace.roles[p], trace.channels[p]))
    told = "".join(_group(trace, *name, list(members)) for name, members in groups)
    png = base64.b64encode(routing_thumbnail(trace, places)).decode()
    picture = (f'<img src="data:image/png;base64,{png}" style="max-width:100%;display:block;margin-top:6px" '
               f'alt="Routing of these {len(places)} tokens in {trace.n_layers} layers; the table below tells it in numbers">')  # fmt: skip
    summary = f"{len(places)} tokens and where they went"
    return (f'<details{" open" if len(places) <= MOST else ""}><summary style="opacity:.75;font-size:90%">{summary}</summary>'
            f'<div style="line-height:1.9;margin-top:4px">{told}</div>{picture}{_table(trace, places)}</details>')  # fmt: skip


def shown(trace: Trace) -> list[int]:
    """Positions: the last message that a user wrote before the first generated token, and what was generated; MOST at most."""
    generated = trace.generated.nonzero()[0].tolist()
    if not generated:
        return []
    last_user = max((trace.turns[p] for p in range(generated[0]) if trace.roles[p] == "user"), default=None)
    question = [p for p in range(generated[0]) if trace.roles[p] == "user" and trace.turns[p] == last_user and not _is_control(trace.tokens[p])]
    question = question[1:] if question and trace.tokens[question[0]] == "user" else question  # the role is part of the frame
    return [p for p in [*question, *generated] if trace.tokens[p]][:MOST]


def _group(trace: Trace, role: str, channel: str, places: list[int]) -> str:
    """Tokens of one channel, on one line beneath them."""
    line = LINES.get(channel, LINES[""])
    faded = "opacity:.75;" if role == "user" else ""
    label = html.escape(printable(channel or role))
    return f'<span style="{faded}border-bottom:2px solid {line}" title="{label}">{"".join(_token(trace, p) for p in places)}</span>'


def _token(trace: Trace, p: int) -> str:
    marks = ["background-color:#e69f0044"] if trace.generated[p] and float(trace.logprobs[p]) < math.log(UNLIKELY) else []
    marks += ["font-size:70%"] if _is_control(trace.tokens[p]) else []
    style = f' style="{";".join(marks)}"' if marks else ""
    written = html.escape(printable(trace.tokens[p])).replace("\n", "⏎<br>")
    return f'<span{style} title="{html.escape(hover(trace, p))}">{written}</span>'


def _is_control(token: str) -> bool:
    """Whether it looks like one; a model can also spell it, which changes a size of type alone."""
    return token.startswith("<|") and token.endswith("|>")


def hover(trace: Trace, p: int) -> str:
    """What is known of one token, in lines."""
    logprob = float(trace.logprobs[p])
    chance = "" if math.isnan(logprob) else f", {math.exp(logprob):.1%}"
    lines = [f"{p}: {visible(trace.tokens[p])}{chance}"]
    others = [
        f"{visible(text, 12)} {math.exp(value):.1%}"
        for id, text, value in zip(trace.alternative_ids[p].tolist(), trace.alternatives[p], trace.alternative_logprobs[p].tolist(), strict=True)
        if id >= 0 and id != trace.token_ids[p]
    ]
    lines += [f"or {', '.join(others)}"] if others else []
    ids, weights = trace.expert_ids[:, p].tolist(), trace.expert_weights[:, p].tolist()
    if trace.n_layers <= MOST_LAYERS:
        for layer, row in enumerate(zip(ids, weights, strict=True)):
            lines.append(f"L{layer:02d} " + ", ".join(f"E{e:02d} {w:.0%}" for e, w in zip(*row, strict=True)))
    else:
        lines.append("first experts: " + " ".join(f"{row[0]:02d}" for row in ids))
    return printable("\n".join(lines))


def _table(trace: Trace, places: list[int]) -> str:
    head = f"{'':>5} {'token':<14} {'chance':>7}  " + " ".join(f"L{layer:02d}" for layer in range(trace.n_layers))
    rows = [head]
    for p in places:
        chance = "" if math.isnan(trace.logprobs[p]) else f"{math.exp(trace.logprobs[p]):.1%}"
        firsts = " ".join(f"E{e:02d}" for e in trace.expert_ids[:, p, 0].tolist())
        rows.append(f"{p:>5} {visible(trace.tokens[p], 14):<14} {chance:>7}  {firsts}")
    text = html.escape(printable("\n".join(rows)))
    return (f'<details><summary style="opacity:.75;font-size:90%">as a table: the first expert of each layer</summary>'
            f'<pre style="font-size:85%">{text}</pre></details>')  # fmt: skip
