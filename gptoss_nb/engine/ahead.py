"""Where the next token comes from: from one pass after the other, or from steps that run ahead of what has been read.

Called by the generator, which decides what to keep. A source is asked for a draw, and told to keep it or asked no more: what was
run past a stop token is never counted.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

import torch

from ..errors import EditError
from ..model.decode_step import DecodeStep
from ..model.kv_cache import KVCache
from .sampler import Sampling

AT_ONCE = 2048  # tokens that room is made for; a reply that is longer makes room again
AHEAD = 8  # steps enqueued before the first one's result is read: a token's time on the host may be longer than one step's

Experts = tuple[tuple[tuple[int, ...], tuple[float, ...]], ...]


@dataclass(frozen=True)
class Drawn:
    """One token, its log-probability, the likeliest ones with theirs. `experts` is None where the token has not been run yet."""

    token: int
    logprob: float
    alternatives: tuple[tuple[int, float], ...]
    experts: Experts | None


class StepsAhead:
    """Draws that a DecodeStep makes on the device, AHEAD of them enqueued at a time."""

    def __init__(self, make: Callable[[int], DecodeStep], cache: KVCache, logits: torch.Tensor, sampling: Sampling, drawn: int):
        """`make(n)` gives a step whose cache has room for n more tokens than are in it."""
        self._make, self._cache, self._sampling = make, cache, sampling
        self._seed = random.SystemRandom().getrandbits(62) if sampling.seed is None else sampling.seed
        self._told: list[int] = []  # of each enqueued step: under which number it tells its result
        self._start(make(min(sampling.max_tokens, AT_ONCE)), logits, drawn)

    def _start(self, step: DecodeStep, logits: torch.Tensor, drawn: int) -> None:
        s = self._sampling
        step.start(logits, s.temperature, s.top_k, s.top_p, self._seed, drawn)
        self._step, self._first, self._draws, self._enqueued = step, self._cache.length, drawn, 0

    def draw(self, wanted: int) -> Drawn:
        """The next one; `wanted` is how many more there may be, this one included. Errors: EditError."""
        if not self._told and self._first + self._enqueued == self._cache.room:  # more are wanted than there is room for
            logits = self._step.logits.clone()
            self._start(self._make(min(wanted, AT_ONCE)), logits, self._draws + self._enqueued)
        while len(self._told) < min(AHEAD, wanted) and self._first + self._enqueued < self._cache.room:
            self._enqueue()
        token, logprob, likeliest, logprobs, ids, weights = self._step.read(self._told.pop(0))
        if token < 0:
            raise EditError("The model's numbers have overflowed.", "Use smaller values in the edits; without any, the files are damaged.")
        alternatives = tuple((i, p) for i, p in zip(likeliest, logprobs, strict=True) if i >= 0)
        return Drawn(token, logprob, alternatives, tuple((tuple(i), tuple(w)) for i, w in zip(ids, weights, strict=True)))

    def _enqueue(self) -> None:
        assert self._first + self._enqueued < self._cache.room
        self._step()
        self._enqueued += 1
        self._told.append(self._step.send())


class PassByPass:
    """Draws by a Sampler on the host, from `logits` (V,), which whoever keeps the token sets to those after it."""

    def __init__(self, sampler, logits: torch.Tensor, likeliest: Callable):
        self._sampler, self.logits, self._likeliest = sampler, logits, likeliest

    def draw(self, wanted: int) -> Drawn:
        token, logprob = self._sampler.draw(self.logits)
        alternatives = tuple(zip(*(best.tolist() for best in self._likeliest(self.logits.log_softmax(-1))), strict=True))
        return Drawn(token, logprob, alternatives, None)
