"""LoadedModel: what gn.load returns. Chat, engine and inside behind one face; each call checks its arguments, runs on the
worker thread and returns plain values. Called by magics, nano and users."""

import gc
import operator
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import numpy as np
import torch

from ..chat.tokenizer import Tokenizer
from ..config import ModelConfig
from ..engine.generator import Generator
from ..engine.sampler import Sampling
from ..engine.worker import Worker
from ..errors import EditError, ModelClosed, OptionError, TokenizerError
from ..inside import replay
from ..inside.ablation import Counterfactual, counterfactual, margins
from ..inside.attribution import Attribution, attribution
from ..inside.heads import HeadSummary, head_summary
from ..inside.lens import Lens, lens
from ..model.edits import Edits
from ..trace import Trace
from . import asking
from .fidelity import NOT_CHECKED
from .record import Scores, packed, record
from .reply import Reply
from .turn import Turn


@dataclass(frozen=True)
class Placement:
    """Where and how a model runs: the operations and why these, device, dtype, the longest sequence in tokens; the device of each
    layer where they are on several; and what the user should know of all this."""

    ops: ModuleType
    backend: str
    reason: str = field(compare=False)
    device: torch.device
    dtype: torch.dtype
    context: int
    layers: tuple[torch.device, ...] = ()
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def arithmetic(self) -> str:
        """Its dtype, and whether numbers are rounded further."""
        return f"{str(self.dtype).removeprefix('torch.')}{', 8 bits' if getattr(self.ops, 'EIGHT_BITS', False) else ''}"

    @property
    def where(self) -> str:
        """Its device or devices, by name."""
        return " and ".join(dict.fromkeys(map(str, (self.device, *self.layers))))


class LoadedModel:
    """A model in memory, with the cache of its last conversation."""

    def __init__(self, name: str, folder: Path, digest: str, choice, context: int | None, placement: Placement, generator: Generator,
                 tokenizer: Tokenizer | None, worker: Worker):  # fmt: skip
        """`choice` and `context` are what was asked for (see loading), `placement` what came of it."""
        self.name, self.folder, self.digest, self.placement = name, folder, digest, placement
        self._choice, self._context, self.fidelity, self.request = choice, context, NOT_CHECKED, {}
        self._loaded = time.monotonic()
        self.config: ModelConfig = generator.config
        self._generator, self._tokenizer, self.worker = generator, tokenizer, worker

    def __repr__(self) -> str:
        p = self.placement
        return f"<{self.name} on {p.where}, {str(p.dtype).removeprefix('torch.')}, {p.backend}{'' if self._generator else ', unloaded'}>"

    @property
    def tokenizer(self) -> Tokenizer:
        """Errors: TokenizerError where the folder has no tokenizer.json."""
        if self._tokenizer is None:
            raise TokenizerError(f"{self.folder} has no tokenizer.json.", "Put the published one there, or work on token ids.")
        return self._tokenizer

    @property
    def generator(self) -> Generator:
        """The engine that holds the weights. Errors: ModelClosed after gn.unload()."""
        if self._generator is None:
            raise ModelClosed(f"{self.name} was unloaded.", "Load it again: %gptoss load, or gn.load(...).")
        return self._generator

    @property
    def nbytes(self) -> int:
        """Bytes of the weights in memory."""
        return self.generator.model.weights.nbytes

    @property
    def last_used(self) -> float:
        """When it worked last, or came, in seconds of time.monotonic()."""
        return max(self._loaded, self.worker.last_used)

    @property
    def in_use(self) -> bool:
        """Whether a reply is being made, its tools included, or something else is."""
        return self.busy or self.worker.turns > 0

    @property
    def busy(self) -> bool:
        """Whether it works now, so that another question would wait."""
        return self.worker.busy

    def bytes_by_device(self) -> dict[torch.device, int]:
        """Of the weights; none of a CPU's, where they are mapped."""
        weights, sizes = self.generator.model.weights, {}
        for device, size in [(self.placement.device, weights.top_bytes), *zip(self.generator.model.devices, weights.layer_bytes, strict=True)]:
            if device.type != "cpu":
                sizes[device] = sizes.get(device, 0) + size
        return sizes

    def matches(self, folder: Path, digest: str, choice, context: int | None, has_tokenizer: bool) -> bool:
        """Whether loading these would give this model again. `context` None would be the longest that fits, which this may be."""
        same_context = context in (self._context, self.placement.context) or (context is None and self.placement.context == self.config.context)
        same_files = (self.folder, self.digest, self._tokenizer is not None) == (folder, digest, has_tokenizer)
        mine, place = self._choice, self.placement
        on_it = not place.layers and place.device == choice.device
        same_place = on_it or (choice.any_device and mine.any_device)
        # what was asked for, or what came of it: a GPU may have had no room
        same_numbers = (choice.dtype, choice.backend) in ((mine.dtype, mine.backend), (place.dtype, place.backend))
        return same_files and same_context and same_place and same_numbers

    def close(self) -> None:
        """Frees weights and cache."""
        self._generator = None
        gc.collect()
        if torch.cuda.is_available() and torch.cuda.is_initialized():
            torch.cuda.empty_cache()

    def ids(self, text_or_token_ids) -> list[int]:
        """Token ids of plain text, or those given, checked. Errors: OptionError, ContextLengthError, TokenizerError."""
        ids = self.tokenizer.encode(text_or_token_ids) if isinstance(text_or_token_ids, str) else _ids(text_or_token_ids)
        self.generator.check(ids)
        return ids

    def run(self, work: Callable):
        """`work(generator, cancelled)` on the worker thread, and its result."""
        generator = self.generator
        return self.worker.call(lambda cancelled: work(generator, cancelled))

    def logits(self, token_ids, edits: Edits | None = None) -> torch.Tensor:
        """(T, V) float32 on the CPU: one full forward over (T,) token ids. Errors: OptionError, ContextLengthError, EditError."""
        generator, ids, edits = self.generator, _ids(token_ids), as_edits(edits)
        made = self.worker.call(lambda cancelled: torch.cat([logits.cpu() for logits, _ in generator.passes(ids, edits, cancelled)]))
        return made.clone()  # a tensor of inference mode could not take part in the user's own gradients

    def trace(self, text_or_token_ids, edits: Edits | None = None) -> Trace:
        """The record of one prefill over plain text or (T,) token ids, with the log-probability of every token but the first."""
        generator, edits = self.generator, as_edits(edits)
        is_text = isinstance(text_or_token_ids, str)
        ids = self.tokenizer.encode(text_or_token_ids) if is_text else _ids(text_or_token_ids)
        badge = self.badge(edits)

        def run(cancelled) -> Trace:
            scores = Scores(ids)
            for logits, cache in generator.passes(ids, edits, cancelled):
                scores.add(logits)
            return record(self._tokenizer, ids, cache.routing, scores.logprobs, (), scores.alternatives, badge)

        return self.worker.call(run)

    def traces(self, texts, edits: Edits | None = None) -> Iterator[Trace]:
        """What `trace` gives of each, in order; on a GPU of our kernels many short ones in one pass. Errors as there."""
        generator, edits = self.generator, as_edits(edits)
        if not generator.fused:
            yield from (self.trace(text, edits) for text in texts)
            return
        badge = self.badge(edits)

        def run(documents: list[list[int]]) -> list[Trace]:
            found = []
            for ids, (logits, routing) in zip(documents, generator.together(documents, edits), strict=True):
                scores = Scores(ids)
                scores.add(logits)
                found.append(record(self._tokenizer, ids, routing, scores.logprobs, (), scores.alternatives, badge))
            return found

        for documents in packed(map(self.ids, texts)):
            if len(documents) == 1:
                yield self.trace(documents[0], edits)
            else:
                yield from self.worker.call(lambda cancelled, documents=documents: run(documents))

    def chat(self, prompt: str, system: str | None = None, effort: str = "medium", history=None, max_tokens: int = 512,
             temperature: float = 1.0, top_p: float = 1.0, top_k: int = 0, seed: int | None = None,
             edits: Edits | None = None, tools: Sequence[Callable] = ()) -> Reply:  # fmt: skip
        """One answer. `system` is the developer message; `history` an earlier Reply or its messages; `tools` the user's own
        functions, which the model may call. Errors: OptionError, ContextLengthError, EditError, TokenizerError."""
        turn = self.turn(prompt, system, effort, history, max_tokens, temperature, top_p, top_k, seed, edits, tools)
        for _ in turn:
            pass  # the reply is made at the end
        return turn.reply

    def stream(self, prompt: str, system: str | None = None, effort: str = "medium", history=None, max_tokens: int = 512,
               temperature: float = 1.0, top_p: float = 1.0, top_k: int = 0, seed: int | None = None,
               edits: Edits | None = None, tools: Sequence[Callable] = ()) -> Iterator:  # fmt: skip
        """The events of `chat` as they come: Prefilled, a Token each token, ToolCall and ToolResult, Finished(reply); where a GPU's
        kernels are compiled for the first time, Compiling.
        Closing it stops the model. Arguments and errors as in `chat`, raised at the call."""
        return iter(self.turn(prompt, system, effort, history, max_tokens, temperature, top_p, top_k, seed, edits, tools))

    def turn(self, prompt, system=None, effort="medium", history=None, max_tokens=512, temperature=1.0, top_p=1.0, top_k=0,
             seed=None, edits=None, functions=()) -> Turn:  # fmt: skip
        """A Turn to iterate over: what `stream` does, and the partial reply stays at hand when it is stopped."""
        return asking.turn(self, prompt, system, effort, history, Sampling(max_tokens, temperature, top_p, top_k, seed), as_edits(edits), functions)

    def continuation(self, text: str, max_tokens=512, temperature=1.0, top_p=1.0, top_k=0, seed=None, edits=None) -> Turn:
        """A Turn that continues plain text, without the chat format."""
        return asking.continuation(self, text, Sampling(max_tokens, temperature, top_p, top_k, seed), as_edits(edits))

    def more(self, reply: Reply, max_tokens: int = 512, functions=()) -> Turn:
        """A Turn that goes on with a reply which the limit cut or a person stopped, under its edits and settings. Its own reply is the
        whole one. Errors: OptionError where there is nothing to go on with, ContextLengthError."""
        return asking.more(self, reply, max_tokens, functions)

    def rerun(self, trace: Trace, edits: Edits | None = None) -> Trace:
        """The prompt of a reply's trace answered once more, with its settings, under its edits and these; tools are not called. Without
        a seed the reply was chance: this one has seed 0. Errors: OptionError for a trace without a reply, EditError."""
        return asking.rerun(self, trace, as_edits(edits))

    def attention(self, trace: Trace, layer: int, heads=None, rows=None, pool: int | None = None) -> replay.Attention:
        """.pattern (H, rows, S) and .sink_mass (H, rows) of one layer, recomputed from the trace's token ids under its edits;
        with `pool` all rows as pool by pool tiles. Errors: OptionError for a layer, head or row out of range, NotObservable
        above 8192 tokens without rows or pool."""
        generator, (ids, edits) = self.generator, self.told_by(trace)
        return self.worker.call(lambda cancelled: replay.attention(generator, ids, edits, layer, heads, rows, pool, cancelled))

    def residuals(self, trace: Trace, name: str = "resid_post") -> np.ndarray:
        """(L, T, D) float32: resid_pre, resid_mid or resid_post of every layer, recomputed as `attention` is."""
        generator, (ids, edits) = self.generator, self.told_by(trace)
        return self.worker.call(lambda cancelled: replay.residuals(generator, ids, edits, name, cancelled))

    def head_summary(self, trace: Trace) -> HeadSummary:
        """Sink mass, entropy, distance, look at the token before and induction of every head, (L, H) each, in one pass of any length."""
        generator, (ids, edits) = self.generator, self.told_by(trace)
        return self.worker.call(lambda cancelled: head_summary(generator, ids, edits, cancelled))

    def lens(self, trace: Trace, top: int = 5, rows=None) -> Lens:
        """What each layer would say if it were the last: the `top` likeliest tokens at the given rows (positions), None is all.
        Errors: OptionError."""
        generator, (ids, edits) = self.generator, self.told_by(trace)
        rows = replay.indices("row", rows, len(ids))
        if not rows:
            raise OptionError("There are no rows to read.", f"Give rows from 0 to {len(ids) - 1}, or none for all.")
        replay.check_index("top", top, self.config.vocab_size + 1, first=1)
        return self.worker.call(lambda cancelled: lens(generator, ids, edits, top, rows, cancelled))

    def attribution(self, trace: Trace, position: int, token: int | None = None) -> Attribution:
        """The logit of a token id after `position`, as the sum of what the embedding, each head and each expert wrote. Without
        `token` it is the one that follows in the trace, or after the last the likeliest. Errors: OptionError."""
        generator, ids, edits, token = *self._at(trace, position), self._token(token)
        return self.worker.call(lambda cancelled: attribution(generator, ids, edits, int(position), token, cancelled))

    def counterfactual(self, trace: Trace, position: int, token: int | None = None) -> Counterfactual:
        """What the model would say after `position` had this one token gone without its k-th expert, for each layer and k. `token`,
        whose log-probability is told, as in `attribution`. Errors: OptionError."""
        generator, ids, edits, token = *self._at(trace, position), self._token(token)
        return self.worker.call(lambda cancelled: counterfactual(generator, ids, edits, int(position), token, cancelled))

    def margins(self, trace: Trace) -> np.ndarray:
        """(L, T) float64: by how much the last chosen expert of each token beat the first one not chosen, in router logits under the
        trace's edits."""
        _, edits = self.told_by(trace)
        return margins(trace.router_logits, edits.tensors(self.config), self.config.experts_per_token)

    def _at(self, trace: Trace, position: int) -> tuple[Generator, list[int], Edits]:
        ids, edits = self.told_by(trace)
        replay.check_index("position", position, len(ids))
        return self.generator, ids, edits

    def _token(self, token: int | None) -> int | None:
        return None if token is None else replay.check_index("token", token, self.config.vocab_size)

    def forget(self) -> None:
        """Empties the cache of the last conversation."""
        generator = self.generator
        self.worker.call(lambda cancelled: generator.forget())

    def badge(self, edits: Edits) -> dict:
        """What a trace says of its origin: model, weights, arithmetic, versions, edits. Plain JSON values."""
        p = self.placement
        return {
            "model": self.name,
            "weights": self.digest,
            "dtype": p.arithmetic,
            "backend": p.backend,
            "device": p.where,
            "versions": {"gptoss-nb": version("gptoss-nb"), "torch": torch.__version__},
            "edits": edits.as_dicts(),
            "fidelity": self.fidelity.badge,
        }

    def told_by(self, trace: Trace) -> tuple[list[int], Edits]:
        """Token ids and edits of a trace of this model. Errors: OptionError."""
        if not isinstance(trace, Trace):
            raise OptionError(f"This is no trace but {type(trace).__name__}.", "Give reply.trace, or what model.trace(...) returns.")
        if trace.badge.get("weights") != self.digest:
            raise OptionError("This trace was recorded with other weights than those loaded.", "Load its model, or record it again: model.trace(trace.token_ids).")
        return trace.token_ids.tolist(), Edits.from_dicts(trace.badge.get("edits", []))


def _ids(token_ids) -> list[int]:
    values = token_ids.tolist() if hasattr(token_ids, "tolist") else token_ids
    try:
        return [operator.index(value) for value in values]
    except TypeError:
        raise OptionError("These are no token ids.", "Give a list, array or tensor of whole numbers, one dimension.") from None


def as_edits(edits) -> Edits:
    if not isinstance(edits, Edits | None):
        raise EditError(f"Edits are made by gn.Edits(), not {type(edits).__name__}.", "For example gn.Edits().ablate_expert(3, 7).")
    return edits or Edits()
