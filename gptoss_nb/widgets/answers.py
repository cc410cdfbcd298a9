"""Answers: what the explorer's page asks for, as (plain JSON, buffers, figure or None). The trace answers most; what the model must
compute comes through the functions that it is given. Called by explorer; knows no widget, no model class and no session.
"""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from ..errors import GptossError, OptionError
from ..trace import Trace
from ..views import compare, routing, theme
from .forms import printable

PAGE = 4096  # tokens in a page of the matrices; the page's script reads it from `hello`
POOL = 64  # tiles along a head's thumbnail
MOST_MARKED = 4000  # tokens whose differences are looked for: beyond, it would take minutes


@dataclass(frozen=True)
class Tools:
    """What the explorer is given from above: `draw(name, choice)` a Figure, `model()` the model that made the trace (or two lines),
    `again(words)` the prompt run once more under edits."""

    draw: Callable
    model: Callable
    again: Callable


class Answers:
    """A method a question; `ask` finds it by its name."""

    def __init__(self, trace: Trace, tools: Tools, start: dict | None = None):
        self._trace, self._tools, self._start = trace, tools, start or {}
        self._colours, self._difference = {}, None
        for name in routing.COLOURS:
            try:
                values, low, high = routing.number(trace, name)
            except GptossError:  # such as the margin where every expert is chosen: the page does not offer it
                continue
            self._colours[name] = _bytes(values, low, high), low, high

    def ask(self, question: dict):
        """Errors: OptionError for a question that there is not, and what the answer raises."""
        kind = question.get("kind")
        if kind not in ("hello", "page", "figure", "difference", "parts", "heads", "again"):
            raise OptionError(f"The explorer has no answer to {kind!r}.", "Run the cell again, so that page and kernel are of one version.")
        return getattr(self, kind)(question)

    def hello(self, _: dict):
        """All of the trace but its matrices: texts once each, and for every token the number of its own."""
        trace = self._trace
        texts, numbers = _numbered([*trace.tokens, *(text for row in trace.alternatives for text in row)])
        names, labels = _numbered([*trace.roles, *trace.channels])
        n, others = len(trace), trace.alternative_ids.shape[1]
        numbers[n:][(trace.alternative_ids < 0).ravel()] = -1
        told = {
            "tokens": n, "layers": trace.n_layers, "slots": trace.experts_per_token, "experts": trace.n_experts, "others": others,
            "texts": [theme.visible(text, 40) for text in texts], "names": [printable(name) for name in names], "title": _title(trace),
            "colours": [_scale(name, low, high) for name, (_, low, high) in self._colours.items()], "page": PAGE, "start": self._start,
        }  # fmt: skip
        buffers = [numbers[:n], labels, trace.generated.astype(np.uint8), trace.logprobs, numbers[n:], trace.alternative_logprobs]
        return told, [np.ascontiguousarray(buffer).tobytes() for buffer in buffers], None

    def page(self, question: dict):
        """The matrices of PAGE tokens: experts (L, n, A), their weights in 255ths, and each colour's number (C, L, n) as bytes 1..255."""
        trace, start = self._trace, theme.check("page", question.get("start"), max(1, len(self._trace)))
        part = slice(start, start + PAGE)
        ids = trace.expert_ids[:, part].astype(np.uint8 if trace.n_experts <= 256 else np.int16)
        weights = np.round(np.clip(np.nan_to_num(trace.expert_weights[:, part]), 0, 1) * 255).astype(np.uint8)
        colours = [values[:, part] for values, _, _ in self._colours.values()]
        return {"start": start, "count": ids.shape[1]}, [array.tobytes() for array in (ids, weights, np.stack(colours))], None

    def figure(self, question: dict):
        """A picture of `views/` for what is chosen on the page."""
        names = ("layer", "token", "start", "stop", "head", "expert", "colour", "number")
        figure = self._tools.draw(str(question.get("name")), SimpleNamespace(**{name: question.get(name) for name in names}))
        return _twin(figure), [], figure

    def difference(self, _: dict):
        """The Figure of the last `again` once more, if there was one."""
        return {}, [], self._difference

    def parts(self, _: dict):
        """How many heads a layer has: the trace does not know."""
        config = self._tools.model().config
        return {"heads": config.n_heads, "groups": config.n_kv_heads}, [], None

    def heads(self, question: dict):
        """Thumbnails of a layer's heads (H, n, n), square roots as bytes, and what goes to each sink."""
        model = self._tools.model()
        found = model.attention(self._trace, question.get("layer"), pool=POOL)
        window = model.config.sliding_windows[question["layer"]]
        pictures = np.round(np.sqrt(np.clip(found.pattern, 0, 1)) * 255).astype(np.uint8)
        told = {"sinks": [round(float(share), 4) for share in found.sink_mass.mean(1)], "side": pictures.shape[-1], "window": window}
        return told, [pictures.tobytes()], None

    def again(self, question: dict):
        """The reply under edits beside the first, tokens that differ marked, and where the routing of the first's tokens changed."""
        made = self._tools.again(question.get("edits") or [])
        figure = self._difference = compare(made.before, made.after)
        told = {"note": made.note, "first": None, "second": None}
        if made.second is not None:
            told["first"], told["second"] = _marked(made.first, made.second)
        return told | _twin(figure), [], figure


def _numbered(texts: list[str]) -> tuple[list[str], np.ndarray]:
    """Each text once, in the order of appearance, and the number (int32) of every one."""
    number = {text: k for k, text in enumerate(dict.fromkeys(texts))}
    return list(number), np.array([number[text] for text in texts], np.int32)


def _bytes(values: np.ndarray, low: float, high: float) -> np.ndarray:
    scaled = theme.scaled_to(values, low, high)
    return np.where(np.isnan(scaled), 0, np.round(scaled * 254) + 1).astype(np.uint8)


def _scale(name: str, low: float, high: float) -> dict:
    """What the bytes of a colour stand for; JSON has no infinity, and a damaged trace may."""
    low, high = (float(end) if np.isfinite(end) else 0.0 for end in (low, high))
    return {"name": name, "title": routing.TITLES[name], "unit": routing.UNITS[name], "low": low, "high": high}


def _title(trace: Trace) -> str:
    """The status line: the model, how the reply was made, and its edits."""
    badge = trace.badge
    effort = [f"effort {badge['effort']}"] if badge.get("effort") else []
    parts = [str(badge.get("model", "a trace"))[:80], *effort, f"{len(trace)} tokens", f"{int(trace.generated.sum())} generated"]
    edits = badge.get("edits") or []
    return printable(" · ".join([*parts, f"{len(edits)} edit{'s' * (len(edits) > 1)}"] if edits else parts))


def _twin(figure) -> dict:
    """A figure's sentence and table, as its layout holds them; escaped once for plotly, plain for the page."""
    told = figure.layout.meta["twin"]
    table = [[theme.plain(cell) for cell in row] for row in told["table"]]
    return {"text": theme.plain(told["text"]), "table": table, "rows": told["rows"]}


def _marked(first: Trace, second: Trace) -> tuple[list, list]:
    """[text, differs] for each generated token of two traces."""
    ids = [trace.token_ids[trace.generated].tolist() for trace in (first, second)]
    if max(map(len, ids)) > MOST_MARKED:
        together = [a == b for a, b in zip(*ids, strict=False)]
        same = [together + [False] * (len(side) - len(together)) for side in ids]
    else:
        same = [[False] * len(side) for side in ids]
        for a, b, size in difflib.SequenceMatcher(None, *ids, autojunk=False).get_matching_blocks():
            same[0][a : a + size] = same[1][b : b + size] = [True] * size
    texts = [np.array(trace.tokens, dtype=object)[trace.generated] for trace in (first, second)]
    return tuple([[printable(text), not kept] for text, kept in zip(*side, strict=True)] for side in zip(texts, same, strict=True))
