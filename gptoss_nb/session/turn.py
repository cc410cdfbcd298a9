"""Turn: one question from prompt to reply, with the tool loop: events as they come, and the reply, whole or stopped.

Made by LoadedModel for chat, stream and the cell. The model runs on the worker thread, the user's functions on the
caller's; nothing else that a model writes is ever run.
"""

import functools
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from ..chat import harmony, tools
from ..chat.tokenizer import Tokenizer
from ..engine.events import Compiling, Ended, Finished, Prefilled, Sampled, Token, ToolCall, ToolResult
from ..engine.generator import Generator
from ..engine.sampler import Sampling
from ..engine.worker import Worker
from ..model.edits import Edits
from .reply import Reply, Stats, said

MAX_CALLS = 8  # of the user's functions in one turn


class Turn:
    """Iterate over it once; `reply` is there when the iteration ended or was closed, also by an exception."""

    def __init__(self, worker: Worker, generator: Generator, tokenizer: Tokenizer, prompt: list[int], *, sampling: Sampling,
                 edits: Edits, functions: Mapping[str, Callable], messages: Sequence[dict], record: Callable, raw: bool = False):  # fmt: skip
        """`messages` lead up to `prompt`, their token ids; `record(turn)` makes the Trace on the worker thread; `raw` is
        plain text, without the chat format."""
        self._worker, self._generator, self._tokenizer = worker, generator, tokenizer
        self._sampling, self.edits, self._functions, self.raw = sampling, edits, functions, raw
        self._prompt, self._record = prompt, record
        self.token_ids: list[int] = []
        self.generated: list[int] = []  # their positions
        self.logprobs: list[float] = []
        self.alternatives: list[tuple[tuple[int, float], ...]] = []
        self._read = functools.cache(lambda id: tokenizer.decode([id]))  # the same few come again and again
        self.ids: list[int] = []  # prompt and reply so far; the engine may be some tokens ahead
        self.messages, self._own = list(messages), []
        self._prefilled, self._finish, self._seconds = [], "interrupted", 0.0
        self._stops = harmony.stop_ids(tokenizer)
        self._halt, self._limit = threading.Event(), sampling.max_tokens
        self._begun: list[int] = []  # positions of the message that an earlier turn left unfinished
        self._earlier = None  # and that turn's trace
        self.reply: Reply | None = None

    def resume(self, reply: Reply) -> None:
        """Before the iteration: takes up a reply that was cut or stopped. `prompt` is then all of its token ids."""
        trace, own = reply.trace, list(reply.messages[len(self.messages) :])
        self.ids, self.generated = list(self._prompt), trace.generated.nonzero()[0].tolist()
        self.token_ids, self.logprobs = list(reply.token_ids), trace.logprobs[self.generated].tolist()
        likeliest = zip(trace.alternative_ids[self.generated].tolist(), trace.alternative_logprobs[self.generated].tolist(), strict=True)
        self.alternatives = [tuple(zip(ids, logprobs, strict=True)) for ids, logprobs in likeliest]
        if own and own[-1]["role"] == "tool":  # it was left between a function's result and what the model says to that
            self._own, self._prompt = own, self._after(own[-1])
        else:
            asked = max((p for p in range(len(self.ids)) if not trace.generated[p]), default=-1)
            self._begun = [p for p in self.generated if p > asked]
            parser = self._parser()
            for position in self._begun:
                parser.feed(self.ids[position])
            parser.finish()
            self._own = own[: len(own) - len(parser.messages)]
        self._limit += len(self.token_ids)
        self._prefilled = [Prefilled(reply.stats.prompt_tokens, reply.stats.reused_tokens, reply.stats.prefill_seconds)]
        self._seconds = reply.stats.decode_seconds
        self._earlier = trace

    def stop(self) -> None:
        """Ends the reply at the next token, as an interrupt would, but without an exception. From any thread."""
        self._halt.set()

    def more(self, tokens: int) -> int:
        """So many tokens more than were asked for may come; returns that number. From any thread."""
        self._limit += tokens
        return tokens

    def __iter__(self) -> Iterator:
        self._worker.turns += 1
        try:
            calls = 0
            while (call := (yield from self._generate())) is not None:
                if self._halt.is_set():
                    self._finish = "interrupted"
                    break
                if calls == MAX_CALLS or len(self.token_ids) >= self._limit:
                    self._finish = "tool limit" if calls == MAX_CALLS else "length"
                    break
                calls += 1
                yield from self._answer(call)
                if len(self._prompt) >= self._generator.context:  # no room for the result and one more token
                    self._finish = "length"
                    break
        finally:
            self._worker.turns -= 1
            if self._prefilled and not self._worker.closed:
                try:
                    self.reply = self._worker.call(lambda cancelled: self._make_reply())
                except KeyboardInterrupt:  # a second one, just here: what came is kept all the same
                    self.reply = self._worker.call(lambda cancelled: self._make_reply())
                    raise
        if self.reply is not None:  # else it was stopped before the first token
            yield Finished(self.reply)

    def _generate(self) -> Iterator:
        """One run of the engine; returns the message in which the model calls a function, or None."""
        parser, before = self._parser(), len(self.token_ids)
        begun, self._begun = self._begun, []
        for position in begun:
            yield self._told(position, parser.feed(self.ids[position]))
        self._finish = "interrupted"
        ended, started = None, time.perf_counter()
        events = self._worker.stream(
            lambda cancelled, tell: self._generator.generate(
                self._prompt, self._sampling, self._stops, self.edits, lambda: cancelled() or self._halt.is_set(), lambda: self._limit - before, len(begun), tell
            ),
            tells=True,
        )
        try:
            for event in events:
                match event:
                    case Compiling():
                        yield event
                    case Prefilled() if self._halt.is_set():
                        pass  # perhaps not the whole prompt was read: there is nothing to keep of it
                    case Prefilled():
                        self._prefilled += [] if begun else [event]  # a reply taken up keeps the numbers of its own prompt
                        self.ids = list(self._prompt)
                        started = time.perf_counter()
                        yield event
                    case Sampled():
                        yield self._token(event, parser.feed(event.id))
                    case Ended():
                        ended = event
        finally:
            events.close()
            self._seconds += ended.seconds if ended else time.perf_counter() - started
            if ended and ended.stop_id is not None:
                parser.feed(ended.stop_id)
            parser.finish()
            self._own += [m for m in parser.messages if m["role"] in ("assistant", "")]
        self._finish = ended.reason
        return self._called(ended.stop_id)

    def _parser(self) -> harmony.Parser:
        return harmony.Parser(self._tokenizer, None if self.raw else "assistant")

    def _told(self, position: int, delta: harmony.Delta) -> Token:
        """The event of a token that an earlier turn made."""
        at, trace = self.generated.index(position), self._earlier
        experts = tuple((tuple(ids), tuple(weights)) for ids, weights in zip(trace.expert_ids[:, position].tolist(), trace.expert_weights[:, position].tolist(), strict=True))
        return self._event(Sampled(self.ids[position], self.logprobs[at], position, self.alternatives[at], experts), delta)

    def _token(self, event: Sampled, delta: harmony.Delta) -> Token:
        self.token_ids.append(event.id)
        self.generated.append(event.position)
        self.logprobs.append(event.logprob)
        self.alternatives.append(event.alternatives)
        self.ids.append(event.id)
        return self._event(event, delta)

    def _event(self, event: Sampled, delta: harmony.Delta) -> Token:
        alternatives = tuple((id, self._read(id), logprob) for id, logprob in event.alternatives if id >= 0)
        return Token(event.position, event.id, delta.text, delta.role, delta.channel, delta.recipient, event.logprob, alternatives, event.experts)

    def _called(self, stop_id: int | None) -> dict | None:
        last = self._own[-1] if self._own else {}
        if stop_id is None or stop_id != self._tokenizer.control_id("<|call|>") or not last.get("recipient"):
            return None
        if not self._functions:
            self._finish = "call"
            return None
        return last

    def _answer(self, call: dict) -> Iterator:
        """Runs the function that was called and puts its result after what the model wrote."""
        name = call["recipient"].removeprefix("functions.")
        self._finish = "interrupted"  # until the engine runs again
        yield ToolCall(name, call["content"])
        text = tools.call(self._functions, name, call["content"])
        yield ToolResult(name, text)
        result = {"role": "tool", "name": f"functions.{name}", "recipient": "assistant", "channel": "commentary", "content": text}
        self._own.append(result)
        self._prompt = self._after(result)

    def _after(self, result: dict) -> list[int]:
        """The prompt that goes on after a function's result: not what the engine holds, as the function may have used the model itself."""
        return [*self.ids, self._tokenizer.control_id("<|call|>"), *harmony.continuation(self._tokenizer, [result])]

    def _make_reply(self) -> Reply:
        first = self._prefilled[0]
        stats = Stats(
            prompt_tokens=first.prompt_tokens,
            reused_tokens=first.reused_tokens,
            generated_tokens=len(self.token_ids),
            prefill_seconds=sum(p.seconds for p in self._prefilled),
            decode_seconds=self._seconds,
            finish=self._finish,
        )
        own = [{**m, "role": m["role"] or "assistant"} for m in self._own]
        return Reply(
            text=said(own, thinking=False),
            thinking=said(own, thinking=True),
            messages=(*self.messages, *own),
            token_ids=tuple(self.token_ids),
            trace=self._record(self),
            stats=stats,
            stopped=self._finish == "interrupted",
        )
