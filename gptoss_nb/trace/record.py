"""Trace: every token of one sequence, where it came from, and the experts it went to in every layer.

Filled by session (texts, roles, turns) and inside (routing), read by views and the user. Knows neither torch nor models;
the file that keeps it is `file.py` beside this one.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import NotObservable, TraceError
from . import file
from .measure import need_pandas

if TYPE_CHECKING:
    import pandas

MAX_LAYERS = 4096  # a nonsense file must not make a table of billions

# T tokens, L layers, A experts per token, E experts, K alternatives
ARRAYS = {
    "token_ids": (np.int32, "T"),
    "turns": (np.int16, "T"),
    "logprobs": (np.float32, "T"),
    "generated": (np.bool_, "T"),
    "alternative_ids": (np.int32, "TK"),
    "alternative_logprobs": (np.float32, "TK"),
    "expert_ids": (np.int16, "LTA"),
    "expert_weights": (np.float32, "LTA"),
    "router_logits": (np.float32, "LTE"),
}
TEXTS = ("tokens", "roles", "channels")
KEYS = (*TEXTS, "alternatives", "badge")


FROM_THE_MODEL = ("attention", "residuals", "head_summary", "lens", "attribution", "counterfactual", "margins", "logits")


class _NeedsModel(NotObservable, AttributeError):
    """Both, so that hasattr and copying stay what they are."""


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """One sequence from position 0, prompt and reply together. Arrays are numpy, texts one a token.

    Errors: TraceError where the fields contradict each other.
    """

    token_ids: np.ndarray  # (T,) int32
    tokens: tuple[str, ...]  # whole characters: a token that ends inside one shows "", the last of it shows it
    roles: tuple[str, ...]  # "" outside any message
    channels: tuple[str, ...]  # "" where the message has none
    turns: np.ndarray  # (T,) int16, the message a token belongs to; -1 outside any
    logprobs: np.ndarray  # (T,) float32, of the token given those before it; NaN where not known
    generated: np.ndarray  # (T,) bool
    expert_ids: np.ndarray  # (L, T, A) int16, best first
    expert_weights: np.ndarray  # (L, T, A) float32
    router_logits: np.ndarray  # (L, T, E) float32, before edits
    badge: dict  # how it was made: model, hash of its weights, dtype, backend, device, versions, seed, edits, ...
    alternative_ids: np.ndarray | None = None  # (T, K) int32, the likeliest tokens at each place, best first; -1 where not known
    alternative_logprobs: np.ndarray | None = None  # (T, K) float32, theirs; NaN where not known
    alternatives: tuple[tuple[str, ...], ...] | None = None  # their texts

    def __post_init__(self):
        n = np.size(self.token_ids)
        if self.alternative_ids is None and self.alternative_logprobs is None and self.alternatives is None:
            object.__setattr__(self, "alternative_ids", np.zeros((n, 0), np.int32))
            object.__setattr__(self, "alternative_logprobs", np.zeros((n, 0), np.float32))
            object.__setattr__(self, "alternatives", ((),) * n)
        if isinstance(self.alternatives, list):
            object.__setattr__(self, "alternatives", tuple(tuple(row) if isinstance(row, list) else row for row in self.alternatives))
        for name in TEXTS:
            texts = getattr(self, name)
            object.__setattr__(self, name, tuple(texts) if isinstance(texts, list) else texts)
        object.__setattr__(self, "badge", _plain(self.badge))
        problem = _problem(self)
        if problem:
            raise TraceError(f"This trace contradicts itself: {problem}.", "Make it again with model.trace(...) or model.chat(...).")

    @property
    def n_tokens(self) -> int:
        return len(self.token_ids)

    @property
    def n_layers(self) -> int:
        return self.expert_ids.shape[0]

    @property
    def experts_per_token(self) -> int:
        return self.expert_ids.shape[2]

    @property
    def n_experts(self) -> int:
        return self.router_logits.shape[2]

    @property
    def routed_experts(self) -> np.ndarray:
        """(T, L, A) int32: expert ids in the layout that serving engines return."""
        return np.ascontiguousarray(self.expert_ids.swapaxes(0, 1), dtype=np.int32)

    def where(self, role=None, channel=None, turn=None, generated=None) -> np.ndarray:
        """(T,) bool: the tokens of this role, channel and turn, generated or not; None asks nothing. For `where=` of gn.metrics."""
        kept = np.ones(len(self), bool)
        for values, wanted in ((self.roles, role), (self.channels, channel), (self.turns.tolist(), turn), (self.generated.tolist(), generated)):
            if wanted is not None:
                kept &= np.array([value == wanted for value in values], bool)
        return kept

    def __getattr__(self, name: str):
        """Only for names that are not there. Errors: NotObservable (and AttributeError) for what only the model can compute."""
        if name in FROM_THE_MODEL:
            raise _NeedsModel(f"A trace does not hold {name}: it is computed again by the model.", f"Load the model, then model.{name}(trace, ...).")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __len__(self) -> int:
        return self.n_tokens

    def __repr__(self) -> str:
        model = self.badge.get("model")
        named = f"{model[:60]!r}: " if isinstance(model, str) else ""
        return (
            f"<Trace {named}{self.n_tokens} tokens, {int(self.generated.sum())} generated; "
            f"{self.n_layers} layers, {self.experts_per_token} of {self.n_experts} experts>"
        )

    def save(self, path: str | Path) -> None:
        """One file, whole or not at all: what was there before stays until the new one is complete. Errors: TraceError."""
        arrays = {name: getattr(self, name) for name in ARRAYS}
        file.write(path, arrays, {name: getattr(self, name) for name in KEYS})

    @classmethod
    def load(cls, path: str | Path) -> "Trace":
        """What `save` wrote, bit by bit; no model is needed and nothing in the file is run. Errors: TraceError."""
        fields = file.read(path, {name: (dtype, len(axes)) for name, (dtype, axes) in ARRAYS.items()}, KEYS)
        try:
            return cls(**fields)
        except TraceError as error:
            raise file.damaged(path, error.what) from None

    def to_pandas(self, table: str = "routing") -> "pandas.DataFrame":
        """A tidy table. "routing": a row for each token, layer and slot, slot 0 the expert with the greatest say;
        "alternatives": a row for each token and rank, rank 0 the likeliest. Errors: TraceError."""
        if table not in ("routing", "alternatives"):
            raise TraceError(f"A trace has no table {table!r}.", "Choose routing or alternatives.")
        pandas = need_pandas()
        if table == "alternatives":
            position, rank = np.nonzero(self.alternative_ids >= 0)
            texts = pandas.Series(np.array([self.alternatives[p][r] for p, r in zip(position, rank, strict=True)], dtype=object), dtype=object)
            ids, logprobs = self.alternative_ids[position, rank], self.alternative_logprobs[position, rank]
            return pandas.DataFrame({"position": position, "rank": rank, "alternative": texts, "alternative_id": ids, "logprob": logprobs})
        experts, weights = self.expert_ids.swapaxes(0, 1), self.expert_weights.swapaxes(0, 1)  # (T, L, A)
        position, layer, slot = (index.ravel() for index in np.indices(experts.shape, np.int32))

        def text(values):  # object, not pandas' own text: a token may hold half of a surrogate pair
            return pandas.Series(np.array(values, dtype=object)[position], dtype=object)

        columns = {"position": position, "token": text(self.tokens), "token_id": self.token_ids[position]}
        columns |= {"role": text(self.roles), "channel": text(self.channels), "turn": self.turns[position]}
        columns |= {"generated": self.generated[position], "logprob": self.logprobs[position]}
        columns |= {"layer": layer, "slot": slot, "expert": experts.ravel(), "weight": weights.ravel()}
        return pandas.DataFrame(columns)


def _plain(badge: dict) -> dict:
    """A copy as JSON gives it back, so that a loaded badge equals the one saved: tuples become lists, keys text."""
    try:
        copy = json.loads(json.dumps(badge, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        copy = None
    if not isinstance(copy, dict):
        raise TraceError("The badge of this trace is not a dict of plain JSON.", "Use text, finite numbers, lists and dicts alone.")
    return copy


def _problem(trace: Trace) -> str | None:
    """The first contradiction between the fields, in words."""
    sizes: dict[str, int] = {}
    for name, (dtype, axes) in ARRAYS.items():
        array = getattr(trace, name)
        if not isinstance(array, np.ndarray) or array.dtype != dtype:
            return f"{name} is {getattr(array, 'dtype', type(array).__name__)}, not {np.dtype(dtype)}"
        if array.ndim != len(axes) or any(sizes.setdefault(a, n) != n for a, n in zip(axes, array.shape, strict=True)):
            return f"the shape of {name} is {array.shape}, which does not fit ({', '.join(str(sizes.get(a, a)) for a in axes)})"
    for name in TEXTS:
        texts = getattr(trace, name)
        if not isinstance(texts, tuple) or len(texts) != sizes["T"] or not all(isinstance(text, str) for text in texts):
            return f"{name} is not one text for each of {sizes['T']} tokens"
    rows = trace.alternatives
    if not isinstance(rows, tuple) or len(rows) != sizes["T"] or not all(
        isinstance(row, tuple) and len(row) == sizes["K"] and all(isinstance(text, str) for text in row) for row in rows
    ):
        return f"alternatives is not {sizes['K']} texts for each of {sizes['T']} tokens"
    if not (1 <= sizes["L"] <= MAX_LAYERS and 1 <= sizes["A"] <= sizes["E"] <= np.iinfo(np.int16).max):
        return f"{sizes['L']} layers with {sizes['A']} of {sizes['E']} experts"
    if sizes["T"] == 0:
        return None
    if trace.token_ids.min() < 0 or trace.turns.min() < -1 or (trace.alternative_ids < -1).any():
        return "a token id or a turn is negative"
    ids = np.sort(trace.expert_ids, axis=-1)
    if ids[..., 0].min() < 0 or ids[..., -1].max() >= sizes["E"]:
        return f"an expert id is outside 0..{sizes['E'] - 1}"
    if (ids[..., 1:] == ids[..., :-1]).any():
        return "a token went to the same expert twice"
    return None
