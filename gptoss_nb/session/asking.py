"""From what a user asks to the Turn that answers: a chat, plain text continued, a reply lengthened or made once more.

Called by LoadedModel, whose face these are; every argument is checked here, before the model works.
"""

from collections.abc import Callable

import numpy as np

from ..chat import harmony, tools
from ..engine.sampler import Sampling
from ..errors import OptionError
from ..model.edits import Edits
from ..trace import Trace
from .record import record
from .reply import Reply
from .turn import Turn


def check(effort: str, **sampling) -> None:
    """Whether `chat` takes these, before there is a model. Errors: OptionError."""
    harmony.check_effort(effort)
    Sampling(**sampling)


def turn(model, prompt: str, system: str | None, effort: str, history, sampling: Sampling, edits: Edits, functions) -> Turn:
    """As LoadedModel.turn."""
    generator = model.generator
    messages = [*_history(history), {"role": "user", "content": _text(prompt)}]
    schemas, callable_by_name = _offered(functions)
    ids = harmony.encode(model.tokenizer, harmony.kept(messages), developer=system, effort=effort, tools=schemas, identity=model.config.identity)
    generator.check(ids, room=1)
    edits.tensors(model.config)
    return _turn(model, ids, sampling, edits, callable_by_name, messages, effort)


def continuation(model, text: str, sampling: Sampling, edits: Edits) -> Turn:
    """As LoadedModel.continuation."""
    generator, ids = model.generator, model.tokenizer.encode(_text(text))
    generator.check(ids, room=1)
    edits.tensors(model.config)
    return _turn(model, ids, sampling, edits, {}, [], None)


def more(model, reply: Reply, max_tokens: int, functions) -> Turn:
    """As LoadedModel.more."""
    if not isinstance(reply, Reply) or reply.stats.finish not in ("length", "interrupted"):
        raise OptionError("This reply came to its end, so there is nothing to go on with.", "Ask again.")
    if not reply.token_ids:
        raise OptionError("This reply was stopped before its first token.", "Ask again.")
    generator, (ids, edits), badge = model.generator, model.told_by(reply.trace), reply.trace.badge
    generator.check(ids, room=1)
    sampling = Sampling(max_tokens, **{name: badge[name] for name in ("temperature", "top_p", "top_k", "seed") if name in badge})
    _, by_name = _offered(functions)
    users = [i for i, message in enumerate(reply.messages) if message["role"] == "user"]
    before = reply.messages[: users[-1] + 1 if users else 0]
    made = _turn(model, ids, sampling, edits, by_name, before, badge.get("effort"))
    made.resume(reply)
    return made


def rerun(model, trace: Trace, edits: Edits) -> Trace:
    """As LoadedModel.rerun."""
    generator, (ids, own) = model.generator, model.told_by(trace)
    if not trace.generated.any():
        raise OptionError("This trace holds no reply.", "Give reply.trace of a chat.")
    edits, badge, first = own + edits, trace.badge, int(trace.generated.argmax())
    # as many tokens as there are: the limit may have been lifted while it ran
    settings = {name: badge[name] for name in vars(Sampling()) if name in badge} | {"max_tokens": int(trace.generated.sum())}
    by_chance = settings.get("seed") is None and settings.get("temperature") != 0
    sampling = Sampling(**settings | ({"seed": 0} if by_chance else {}))
    generator.check(ids[:first], room=1)
    edits.tensors(model.config)
    made = _turn(model, ids[:first], sampling, edits, {}, [], badge.get("effort"))
    for _ in made:
        pass  # the reply is made at the end
    return made.reply.trace


def _turn(model, ids: list[int], sampling: Sampling, edits: Edits, functions: dict[str, Callable], messages: list[dict], effort: str | None) -> Turn:
    """`effort` None is plain text, without the chat format."""
    generator, badge = model.generator, model.badge(edits) | {"effort": effort} | vars(sampling)

    def make_record(turn: Turn) -> Trace:
        routing, logprobs = generator.routing, generator.logprobs[: len(turn.ids)]
        if not generator.holds(turn.ids, edits):  # another conversation, or an error that cost the cache, came between
            *_, (_, cache) = generator.passes(turn.ids, edits)
            routing, logprobs = cache.routing, [np.nan] * len(turn.ids)
        known = dict(zip(turn.generated, turn.logprobs, strict=True))  # the engine forgets those that it read again
        logprobs = [known.get(i, logprob) for i, logprob in enumerate(logprobs)]
        alternatives = dict(zip(turn.generated, turn.alternatives, strict=True))
        return record(model.tokenizer, turn.ids, routing, logprobs, turn.generated, alternatives, badge)

    return Turn(model.worker, generator, model.tokenizer, ids, sampling=sampling, edits=edits, functions=functions,
                messages=messages, record=make_record, raw=effort is None)  # fmt: skip


def _text(prompt) -> str:
    if not isinstance(prompt, str):
        raise OptionError(f"A prompt is text, not {type(prompt).__name__}.", "Give a str.")
    if not prompt.strip():
        raise OptionError("The prompt is empty.", "Write a question.")
    return prompt


def _offered(functions) -> tuple[list[dict], dict[str, Callable]]:
    """The schemas of the user's functions, and the functions by name."""
    if not isinstance(functions, list | tuple):
        raise OptionError(f"tools is {type(functions).__name__}.", "Give a list of functions, as in tools=[f].")
    schemas = [tools.schema(function) for function in functions]
    by_name = {schema["name"]: function for schema, function in zip(schemas, functions, strict=True)}
    if len(by_name) < len(schemas):
        raise OptionError("Two of the tools have the same name.", "Give each function a name of its own.")
    return schemas, by_name


def _history(history) -> list[dict]:
    messages = history.messages if isinstance(history, Reply) else () if history is None else history
    if not isinstance(messages, list | tuple) or not all(isinstance(message, dict) for message in messages):
        raise OptionError("This is no history.", 'Give an earlier reply, or messages such as [{"role": "user", "content": "Hi"}].')
    return [_with_channel(message) for message in messages]


def _with_channel(message: dict) -> dict:
    """An assistant's message that a user wrote down without a channel was an answer."""
    is_answer = message.get("role") == "assistant" and message.get("channel") is None and not message.get("recipient")
    return {**message, "channel": "final"} if is_answer else message
