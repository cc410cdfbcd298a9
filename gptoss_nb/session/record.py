"""From what the engine holds to a Trace: tensors to numpy, token ids to text, roles and channels. Called by LoadedModel."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ..chat import harmony
from ..chat.tokenizer import Tokenizer
from ..engine.sampler import ALTERNATIVES
from ..model.kv_cache import Routing
from ..trace import Trace


def record(tokenizer: Tokenizer | None, ids: Sequence[int], routing: Routing, logprobs, generated: Iterable[int],
           alternatives: Mapping[int, Sequence[tuple[int, float]]], badge: dict) -> Trace:  # fmt: skip
    """The Trace of positions 0 .. len(ids) - 1; `generated` are the positions that were sampled, `alternatives` the likeliest
    ids by position, with log-probabilities."""
    n = len(ids)
    if tokenizer is None:
        tokens, labels = [f"<{i}>" for i in ids], harmony.Labels([""] * n, [""] * n, [-1] * n)
    else:
        tokens, labels = tokenizer.pieces(ids), harmony.label(tokenizer, ids)
    sampled = np.zeros(n, dtype=bool)
    sampled[list(generated)] = True
    other_ids, other_logprobs = np.full((n, ALTERNATIVES), -1, np.int32), np.full((n, ALTERNATIVES), np.nan, np.float32)
    for position, likeliest in alternatives.items():
        other_ids[position, : len(likeliest)], other_logprobs[position, : len(likeliest)] = zip(*likeliest, strict=True)
    read = {-1: ""} | {id: f"<{id}>" if tokenizer is None else tokenizer.decode([id]) for id in np.unique(other_ids[other_ids >= 0]).tolist()}
    return Trace(
        token_ids=np.array(ids, dtype=np.int32),
        tokens=tuple(tokens),
        roles=tuple(labels.roles),
        channels=tuple(labels.channels),
        turns=np.array(labels.messages, dtype=np.int16),
        logprobs=np.array(logprobs, dtype=np.float32),
        generated=sampled,
        alternative_ids=other_ids,
        alternative_logprobs=other_logprobs,
        alternatives=tuple(tuple(map(read.get, row)) for row in other_ids.tolist()),
        # copies: the cache goes on
        expert_ids=routing.ids[:, :n].cpu().numpy().copy(),
        expert_weights=routing.weights[:, :n].cpu().numpy().copy(),
        router_logits=routing.logits[:, :n].cpu().numpy().copy(),
        badge=badge,
    )
