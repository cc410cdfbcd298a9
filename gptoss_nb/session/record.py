"""From what the engine holds to a Trace: tensors to numpy, token ids to text, roles and channels. Called by LoadedModel."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import torch

from ..chat import harmony
from ..chat.tokenizer import Tokenizer
from ..engine.sampler import ALTERNATIVES, likeliest
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
    for position, best in alternatives.items():
        other_ids[position, : len(best)], other_logprobs[position, : len(best)] = zip(*best, strict=True)
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


class Scores:
    """What the model thought of each token but the first: `logprobs` (T,), NaN for the first, and by position the likeliest ids."""

    def __init__(self, ids: Sequence[int]):
        self._ids, self._done, self._before = ids, 0, None
        self.logprobs = np.full(len(ids), np.nan, dtype=np.float32)
        self.alternatives: dict[int, list[tuple[int, float]]] = {}

    def add(self, logits: torch.Tensor) -> None:
        """logits (n, V) after the next n tokens: each row predicts the token one further on."""
        rows, first = (logits, 1) if self._before is None else (torch.cat([self._before, logits]), self._done)
        self._done += len(logits)
        wanted = torch.tensor(self._ids[first : self._done], device=rows.device, dtype=torch.long)
        rows = rows[: len(wanted)].log_softmax(-1)
        self.logprobs[first : self._done] = rows.gather(-1, wanted[:, None]).squeeze(-1).cpu().numpy()
        for position, best, values in zip(range(first, self._done), *(part.tolist() for part in likeliest(rows)), strict=True):
            self.alternatives[position] = list(zip(best, values, strict=True))
        self._before = logits[-1:]


def packed(documents: Iterable[list[int]], most: int = 512) -> Iterator[list[list[int]]]:
    """The same in groups of at most `most` tokens in all; a longer one is a group of its own."""
    group: list[list[int]] = []
    for ids in documents:
        if group and sum(map(len, group)) + len(ids) > most:
            yield group
            group = []
        group.append(ids)
    if group:
        yield group
