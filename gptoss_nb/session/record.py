"""From what the engine holds to a Trace: tensors to numpy, token ids to text, roles and channels. Called by LoadedModel."""

from collections.abc import Iterable, Sequence

import numpy as np

from ..chat import harmony
from ..chat.tokenizer import Tokenizer
from ..model.kv_cache import Routing
from ..trace import Trace


def record(tokenizer: Tokenizer | None, ids: Sequence[int], routing: Routing, logprobs, generated: Iterable[int], badge: dict) -> Trace:
    """The Trace of positions 0 .. len(ids) - 1; `generated` are the positions that were sampled."""
    n = len(ids)
    if tokenizer is None:
        tokens, labels = [f"<{i}>" for i in ids], harmony.Labels([""] * n, [""] * n, [-1] * n)
    else:
        tokens, labels = tokenizer.pieces(ids), harmony.label(tokenizer, ids)
    sampled = np.zeros(n, dtype=bool)
    sampled[list(generated)] = True
    return Trace(
        token_ids=np.array(ids, dtype=np.int32),
        tokens=tuple(tokens),
        roles=tuple(labels.roles),
        channels=tuple(labels.channels),
        turns=np.array(labels.messages, dtype=np.int16),
        logprobs=np.array(logprobs, dtype=np.float32),
        generated=sampled,
        # copies: the cache goes on
        expert_ids=routing.ids[:, :n].cpu().numpy().copy(),
        expert_weights=routing.weights[:, :n].cpu().numpy().copy(),
        router_logits=routing.logits[:, :n].cpu().numpy().copy(),
        badge=badge,
    )
