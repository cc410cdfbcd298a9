"""What happens while a reply is made, in the order it happens. Frozen, plain values, no torch: widgets read them too."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Compiling:
    """A kernel is being compiled for this GPU, which takes long the first time on a machine: its name, how many there were in this reply
    with it, and the seconds since the first. Comes at any time before a token, and only where this takes more than a moment."""

    kernel: str
    number: int
    seconds: float


@dataclass(frozen=True)
class Prefilled:
    """The prompt is in the cache; the first token comes next. Of `prompt_tokens`, `reused_tokens` were there already."""

    prompt_tokens: int
    reused_tokens: int
    seconds: float


@dataclass(frozen=True)
class Sampled:
    """The engine's own event: one token id, its natural log-probability under the model, its position, and the ids that were
    likeliest there with their log-probabilities, before temperature and cuts. `experts`: by layer, the ids and weights that it went to."""

    id: int
    logprob: float
    position: int
    alternatives: tuple[tuple[int, float], ...] = ()
    experts: tuple[tuple[tuple[int, ...], tuple[float, ...]], ...] = ()


@dataclass(frozen=True)
class Ended:
    """The engine stopped: `reason` is "stop" (the model ended its message; `stop_id` says how), "length" (max_tokens or
    the context) or "interrupted"."""

    reason: str
    stop_id: int | None
    seconds: float


@dataclass(frozen=True)
class Token:
    """One token of the reply. `text` holds the characters that it completes: none while it is part of the frame or of a
    character; `role`, `channel` and `recipient` are those of its message; `alternatives` are the likeliest tokens at its place,
    as (id, text, log-probability); `experts` by layer (ids, weights), best first."""

    position: int
    id: int
    text: str
    role: str
    channel: str
    recipient: str | None
    logprob: float
    alternatives: tuple[tuple[int, str, float], ...] = ()
    experts: tuple[tuple[tuple[int, ...], tuple[float, ...]], ...] = ()


@dataclass(frozen=True)
class ToolCall:
    """The model called one of the user's functions; `arguments` is what it wrote, as text."""

    name: str
    arguments: str


@dataclass(frozen=True)
class ToolResult:
    """What the function gave, or the exception that it raised, as the model will read it."""

    name: str
    text: str


@dataclass(frozen=True)
class Finished:
    """The last event of a stream; `reply` is the whole Reply."""

    reply: object
