"""Choices: the routing of those tokens, of one trace or of several, that a measure looks at. Called by metrics."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import TraceError
from . import counting
from .record import Trace

BLOCKS = 50  # of neighbouring tokens, what a bootstrap draws


@dataclass(frozen=True, eq=False)
class Choices:
    """L layers, T tokens, A choices a token, E experts, B blocks of neighbouring tokens, each within one text."""

    experts: np.ndarray  # (L, T, A)
    logits: np.ndarray  # (L, T, E)
    text: np.ndarray  # (T,) which trace a token is from
    kept: np.ndarray  # (T,) its place among all tokens of these traces
    follows: np.ndarray  # (T,) whether the token before is the one just before it in its trace
    blocks: np.ndarray  # (B,) where each block begins

    @property
    def n_layers(self) -> int:
        return self.experts.shape[0]

    @property
    def n_tokens(self) -> int:
        return self.experts.shape[1]

    @property
    def n_experts(self) -> int:
        return self.logits.shape[2]

    @property
    def block(self) -> np.ndarray:
        """(T,) the block of each token."""
        return np.repeat(np.arange(len(self.blocks)), np.diff([*self.blocks, self.n_tokens]))

    def used(self, layer: int) -> np.ndarray:
        """(T, E) float32, 1 where a token went to an expert."""
        return counting.usage(self.experts[layer], self.n_experts)

    def summed(self, per_token: np.ndarray) -> np.ndarray:
        """(B, ...) sums of (T, ...) over blocks."""
        return np.add.reduceat(per_token, self.blocks, axis=0)

    def paired(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """(B, m, n) sums over blocks of the outer products of a (T, m) and b (T, n)."""
        ends = [*self.blocks[1:], self.n_tokens]
        return np.stack([a[start:end].T @ b[start:end] for start, end in zip(self.blocks, ends, strict=True)])


def as_list(traces) -> list[Trace]:
    """One trace or several, of one model's shape. Errors: TraceError."""
    listed = [traces] if isinstance(traces, Trace) else list(traces) if isinstance(traces, Sequence) else []
    if not listed or not all(isinstance(trace, Trace) for trace in listed):
        raise TraceError("This is neither a trace nor a list of them.", "Give reply.trace, model.trace(text), or a list of these.")
    if len({(trace.n_layers, trace.n_experts, trace.experts_per_token) for trace in listed}) > 1:
        raise TraceError("These traces are of models with other layers or experts.", "Measure the traces of one model together.")
    return listed


def masks(traces: list[Trace], where) -> list[np.ndarray]:
    """(T,) bool of each trace: the tokens to look at. `where` is None, one mask, or one for each trace. Errors: TraceError."""
    if where is None:
        given = [None] * len(traces)
    elif isinstance(where, np.ndarray) or len(traces) == 1 and isinstance(where, Sequence) and len(where) and isinstance(where[0], bool | np.bool_):
        given = [where]
    elif isinstance(where, Sequence) and not isinstance(where, str):
        given = list(where)
    else:
        raise TraceError(f"`where` is {type(where).__name__}.", "Use trace.where(...), or a list with one for each trace.")
    if len(given) != len(traces):
        raise TraceError(f"There are {len(given)} masks for {len(traces)} traces.", "Give one for each: [trace.where(...) for trace in traces].")
    found = [np.ones(len(trace), bool) if mask is None else np.asarray(mask) for mask, trace in zip(given, traces, strict=True)]
    for mask, trace in zip(found, traces, strict=True):
        if mask.dtype != bool or mask.shape != (len(trace),):
            raise TraceError(f"`where` is {mask.dtype} of shape {mask.shape}, not one bool for each of {len(trace)} tokens.", "Use trace.where(...).")
    return found


def choices(traces, where=None, layers=None) -> Choices:
    """Of all layers, or of those given. Errors: TraceError where too few tokens are left, or for a layer that is not there."""
    traces = as_list(traces)
    n_layers = traces[0].n_layers
    if layers is not None and (isinstance(layers, str) or not hasattr(layers, "__len__") or not len(layers)):
        raise TraceError(f"Layers are {layers!r}.", "Give a list of them, such as [0, 1].")
    wrong = [layer for layer in layers or () if isinstance(layer, bool) or not hasattr(layer, "__index__") or not 0 <= layer < n_layers]
    if wrong:
        raise TraceError(f"There is no layer {wrong[0]!r} here.", f"Give layers from 0 to {n_layers - 1}.")
    layers = list(range(n_layers) if layers is None else layers)
    kept = [np.flatnonzero(mask) for mask in masks(traces, where)]
    if sum(map(len, kept)) < 2:
        found = "one token" if sum(map(len, kept)) else "no token"
        raise TraceError(f"There is {found} here, too little to measure.", "Take a longer trace, or another `where`.")
    text = np.repeat(np.arange(len(traces)), [len(places) for places in kept])
    offsets = np.cumsum([0, *(len(trace) for trace in traces[:-1])])
    places = np.concatenate([places + offset for places, offset in zip(kept, offsets, strict=True)])
    follows = np.zeros(len(places), bool)
    follows[1:] = (np.diff(places) == 1) & (np.diff(text) == 0)
    size = max(1, -(-len(places) // BLOCKS))
    starts, counts = np.unique(text, return_index=True, return_counts=True)[1:]
    return Choices(
        np.concatenate([trace.expert_ids[np.ix_(layers, at)] for trace, at in zip(traces, kept, strict=True)], axis=1),
        np.concatenate([trace.router_logits[np.ix_(layers, at)] for trace, at in zip(traces, kept, strict=True)], axis=1),
        text,
        places,
        follows,
        np.concatenate([np.arange(start, start + count, size) for start, count in zip(starts, counts, strict=True)]),
    )


class Labels:
    """A label for each token chosen, by number, and `names` in their order; handed out anew by `shuffle`."""

    def __init__(self, traces, labels, chosen: Choices):
        """labels: one a trace or one a token, in the order of the traces. Errors: TraceError."""
        traces, lengths = as_list(traces), [len(trace) for trace in as_list(traces)]
        try:
            labels = np.asarray(labels)
            np.unique(labels)
        except (TypeError, ValueError):
            raise TraceError("These labels cannot be told apart and ordered.", "Give texts, or numbers, all of one kind.") from None
        if labels.ndim != 1 or len(labels) not in (len(traces), sum(lengths)):
            raise TraceError(
                f"There are {labels.size} labels for {len(traces)} traces of {sum(lengths)} tokens in all.",
                "Give one label a trace, or one a token.",
            )
        of_text = len(labels) == len(traces)
        self.names, number = np.unique(np.repeat(labels, lengths) if of_text else labels, return_inverse=True)
        self._given = number[chosen.kept]
        self._text = chosen.text if of_text else None
        self.of_token = self._given

    def marked(self) -> np.ndarray:
        """(T, labels) float32, 1 at the label of each token."""
        return counting.usage(self.of_token[:, None], len(self.names))

    def shuffle(self, rng: np.random.Generator) -> None:
        """Over whole texts where they have one label each. Labels of single tokens are moved along by a random distance
        all together: neighbours are alike, and a baseline that tore them apart would be too low."""
        if self._text is not None:
            self.of_token = counting.shuffled(self._given, self._text, rng)
        else:
            self.of_token = np.roll(self._given, rng.integers(len(self._given)))


def kinds(traces, by: str, predicted, chosen: Choices) -> np.ndarray:
    """(T,) the token id that a token is sorted by, -1 where there is none: its own, the next one's, or the predicted one's."""
    traces = as_list(traces)
    if by == "predicted":
        given = np.asarray([] if predicted is None else predicted)
        if given.shape != (sum(map(len, traces)),) or given.dtype.kind not in "iu":
            raise TraceError("By predicted token needs the id that the model would have said at every place.",
                             "Give predicted=model.logits(trace.token_ids).argmax(-1).numpy().")  # fmt: skip
        return given[chosen.kept]
    if by not in ("input", "next"):
        raise TraceError(f"Tokens have no {by!r} to sort by.", "Choose input, next or predicted.")
    ids = [np.append(trace.token_ids[1:], -1) if by == "next" else trace.token_ids for trace in traces]
    return np.concatenate(ids)[chosen.kept]
