"""Prefill, decode, generate: one model, the cache of one conversation, and what has been sampled into it.

Called by the session on the worker thread. Knows token ids and stop ids, no text. A prompt that begins like the last one
continues from its cache, under equal edits only.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

import torch

from ..config import ModelConfig
from ..errors import ContextLengthError, OptionError
from ..model.decode_step import DecodeStep
from ..model.edits import NO_EDITS, Edits, EditTensors
from ..model.kv_cache import KVCache, Routing
from ..model.sequence import Packed
from ..model.transformer import Transformer
from .ahead import AHEAD, PassByPass, StepsAhead
from .events import Compiling, Ended, Prefilled, Sampled
from .sampler import Sampler, Sampling, likeliest

SMALL = 64 * 2**20  # bytes of weights below which one thread is fastest
CHUNK = 512  # prompt tokens in one pass: bounds the memory of full attention, (H, 512, S)
PATIENCE = 0.5  # seconds of compiling before that is told
FUSED_CHUNK = 4096  # where attention keeps no such thing: enough work for every expert


class Generator:
    """`token_ids` and `logprobs` (NaN for what was not sampled) say what is in the cache, position by position."""

    def __init__(self, model: Transformer, context: int, dtype: torch.dtype, device: torch.device):
        self.model, self.context, self.dtype, self.device = model, context, dtype, device
        # steps of a fixed row of launches: where the operations have them, and one device has all layers
        self.fused = getattr(model.ops, "FUSED", False) and {*model.devices} == {model.weights.embedding.device}
        self.step: DecodeStep | None = None
        self.forget()

    @property
    def config(self) -> ModelConfig:
        return self.model.config

    @property
    def chunk(self) -> int:
        """Prompt tokens in one pass."""
        return FUSED_CHUNK if self.fused else CHUNK

    @property
    def routing(self) -> Routing:
        return self.cache.routing

    def holds(self, ids: list[int], edits: Edits) -> bool:
        """Whether the cache begins with these ids, run under these edits."""
        return self._edits == edits and self.token_ids[: len(ids)] == ids

    def forget(self) -> None:
        """Empties the cache."""
        if self.step is None:
            self.cache = self.new_cache(self.context)
        else:  # the captured step goes on with the same memory
            self.cache.clear()
        self.token_ids: list[int] = []
        self.logprobs: list[float] = []
        self._edits, self._edit_tensors = Edits(), NO_EDITS

    def new_cache(self, capacity: int, dtype: torch.dtype | None = None) -> KVCache:
        return KVCache(self.config, capacity, dtype or self.dtype, self.device, self.model.devices, AHEAD if self.fused else 0)

    def check(self, ids: list[int], room: int = 0) -> None:
        """Whether these ids, and `room` more tokens, can be run. Errors: OptionError, ContextLengthError."""
        if not ids:
            raise OptionError("There is nothing to run: no tokens.", "Give some text, or at least one token id.")
        wrong = [i for i in ids if isinstance(i, bool) or not isinstance(i, int) or not 0 <= i < self.config.vocab_size]
        if wrong:
            raise OptionError(f"There is no token {wrong[0]!r}.", f"Token ids are whole numbers from 0 to {self.config.vocab_size - 1}.")
        if len(ids) + room > self.context:
            raise ContextLengthError(
                f"The prompt has {len(ids):,} tokens and the context is {self.context:,}.",
                "Shorten it, start a new conversation (--new), or load the model with a larger context if it has one.",
            )

    def generate(self, prompt: list[int], sampling: Sampling, stops: frozenset[int], edits: Edits, cancelled: Callable[[], bool],
                 limit: Callable[[], int] | None = None, drawn: int = 0, tell: Callable | None = None) -> Iterator:  # fmt: skip
        """Prefilled, then Sampled for each token, then Ended. The last sampled token is run too; a stop token is not. `limit` is
        asked for the most tokens again and again; without it sampling's count. `drawn` tokens at the prompt's end were drawn before.
        `tell` is given Compiling events meanwhile."""
        self.check(prompt, room=1)
        with _threads(self.model), self._told_of_compiling(tell):
            yield from self._generate(prompt, sampling, stops, edits, cancelled, limit or (lambda: sampling.max_tokens), drawn)

    def _generate(self, prompt, sampling, stops, edits, cancelled, limit, drawn) -> Iterator:
        started = time.perf_counter()
        logits, reused = self._prefill(prompt, edits, cancelled)
        yield Prefilled(len(prompt), reused, time.perf_counter() - started)
        started = time.perf_counter()
        with self._told_where_full():
            source = None if logits is None else self._source(logits, sampling, drawn)
        reason, stop = "interrupted" if logits is None else "length", None
        room, n = self.context - self.cache.length, 0
        while logits is not None and n < min(limit(), room):
            n += 1
            if cancelled():
                reason = "interrupted"
                break
            with self._told_where_full():
                found = source.draw(min(limit(), room) - n + 1)
            if found.token in stops:
                reason, stop = "stop", found.token
                break
            experts = self._keep(source, found)
            yield Sampled(found.token, found.logprob, self.cache.length - 1, found.alternatives, experts)
        yield Ended(reason, stop, time.perf_counter() - started)

    def _source(self, logits: torch.Tensor, sampling: Sampling, drawn: int):
        """Where the tokens after these logits (V,) come from."""
        if not self.fused:
            sampler = Sampler(sampling)
            if drawn:
                sampler.skip(drawn, self.config.vocab_size)
            return PassByPass(sampler, logits, likeliest)
        return StepsAhead(self._make_step, self.cache, logits, sampling, drawn)

    def _make_step(self, n_more: int) -> DecodeStep:
        self.cache.reserve(min(self.context, self.cache.length + n_more))
        if self.step is None or not self.step.matches(self.cache):
            self.step = None  # its memory first
            self.step = DecodeStep(self.model, self.cache, 2 * AHEAD)
        self.step.edit(self._edit_tensors)
        return self.step

    def _keep(self, source, found):
        """Counts the drawn token, run before or now; the experts that it went to."""
        if found.experts is None:
            source.logits = self._run([found.token], [found.logprob])
            return self.routing.of(self.cache.length - 1)
        self.cache.count(1)
        self.token_ids.append(found.token)
        self.logprobs.append(found.logprob)
        return found.experts

    def _prefill(self, prompt: list[int], edits: Edits, cancelled) -> tuple[torch.Tensor | None, int]:
        """Logits (V,) after the prompt, or None where it was cancelled, and how many tokens were in the cache already."""
        if edits != self._edits:
            tensors = edits.tensors(self.config, self.device)  # may raise: before anything is forgotten
            self.forget()
            self._edits, self._edit_tensors = edits, tensors
        same = 0
        while same < min(len(prompt) - 1, len(self.token_ids)) and prompt[same] == self.token_ids[same]:
            same += 1
        reused = self.cache.rollback(same)
        del self.token_ids[reused:], self.logprobs[reused:]
        logits = None
        for start in range(reused, len(prompt), self.chunk):
            if cancelled():
                return None, reused
            part = prompt[start : start + self.chunk]
            logits = self._run(part, [math.nan] * len(part))
        self.cache.snapshot()
        return logits, reused

    def _run(self, ids: list[int], logprobs: list[float]) -> torch.Tensor:
        """One pass over new tokens; logits (V,) after the last. A pass that breaks off leaves an earlier, whole state."""
        try:
            with self.model.ops.tuning() if self.fused else nullcontext():  # what is fastest for prompts of this length
                logits = self.model.forward(torch.tensor(ids, device=self.device), self.cache, self._edit_tensors, last_only=True)
        except BaseException as error:
            fitted = self.cache.length
            self.cache.recover()
            del self.token_ids[self.cache.length :], self.logprobs[self.cache.length :]
            if isinstance(error, torch.OutOfMemoryError):
                raise _too_long(fitted, len(ids), self.device) from None
            raise
        self.token_ids += ids
        self.logprobs += logprobs
        return logits[-1]

    @contextmanager
    def _told_where_full(self):
        """A step that finds no memory says so as a prompt does."""
        try:
            yield
        except torch.OutOfMemoryError:
            raise _too_long(self.cache.length, 1, self.device) from None

    @contextmanager
    def _told_of_compiling(self, tell: Callable | None):
        """Only where the operations are kernels that are compiled when they are first used."""
        if tell is None or not self.fused:
            yield
            return
        began: list[float] = []  # of each kernel

        def one(kernel: str) -> None:
            began.append(time.perf_counter())
            if began[-1] - began[0] >= PATIENCE:
                tell(Compiling(kernel, len(began), began[-1] - began[0]))

        with self.model.ops.compiling(one):
            yield

    def passes(self, ids: list[int], edits: Edits, cancelled=lambda: False, record=None) -> Iterator[tuple[torch.Tensor, KVCache]]:
        """The whole of `ids` on a cache of its own, chunk by chunk: (logits (T, V) float32 of the chunk, that cache)."""
        self.check(ids)
        tensors: EditTensors = edits.tensors(self.config, self.device)
        cache = self.new_cache(len(ids))
        for start in range(0, len(ids), CHUNK):
            if cancelled():
                return
            chunk = torch.tensor(ids[start : start + CHUNK], device=self.device)
            yield self.model.forward(chunk, cache, tensors, record), cache

    def together(self, documents: list[list[int]], edits: Edits) -> Iterator[tuple[torch.Tensor, Routing]]:
        """(logits (T, V) float32, routing) of each of these sequences, all run in one pass, none seeing another."""
        for ids in documents:
            self.check(ids)
        sequence = Packed(self.config, list(map(len, documents)), self.device)
        tokens = torch.tensor([id for ids in documents for id in ids], device=self.device)
        logits = self.model.forward(tokens, sequence, edits.tensors(self.config, self.device))
        parts = [torch.stack(kind).split(sequence.lengths, dim=1) for kind in zip(*sequence.routing, strict=True)]
        for rows, *own in zip(logits.split(sequence.lengths), *parts, strict=True):
            yield rows, Routing.holding(self.config, *own)


def _too_long(fitted: int, more: int, device: torch.device) -> ContextLengthError:
    return ContextLengthError(
        f"The memory of {device} is full: {fitted:,} tokens fit, and the next {more:,} do not.",
        f"Shorten the prompt to {fitted:,} tokens (with the conversation before it), start a new one (--new), or free memory on the device.",
    )


@contextmanager
def _threads(model: Transformer):
    """A small model has less work in an operation than waking a second thread costs (nano on two cores: 3.8 ms a token with
    it, 1.9 without). torch keeps this setting by thread, so only the one that generates sees it."""
    before = torch.get_num_threads()
    if model.weights.nbytes < SMALL:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
