"""Messages to the token ids that a gpt-oss model continues.

The session, `nano.corpus` and the notebooks call `encode`; `render` shows the same to a person; `Parser` goes the other
way. Only the frame is control tokens: contents, names, recipients and tool descriptions are encoded as ordinary text,
so that no user, tool or model can forge a message. The ids equal those of openai-harmony's
`render_conversation_for_completion` (a test compares); any vocabulary that has the control tokens will do.
It must not know models, caches or notebooks.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date as Date

from ..errors import OptionError, TokenizerError
from .parser import Delta, Labels, Parser, label
from .tokenizer import Tokenizer
from .typescript import namespace

__all__ = ["Delta", "Labels", "Parser", "continuation", "encode", "kept", "label", "render", "stop_ids"]

ROLES = ("system", "developer", "user", "assistant", "tool")
EFFORTS = ("low", "medium", "high")
IDENTITY = "You are ChatGPT, a large language model trained by OpenAI."
CHANNELS = "# Valid channels: analysis, commentary, final. Channel must be included for every message."
CALLS = "Calls to these tools must go to the commentary channel: 'functions'."
CONSTRAIN = "<|constrain|>"


class _Control(str):
    """A piece of the frame; every other piece is ordinary text."""


def encode(tokenizer: Tokenizer, messages: Sequence[dict], developer: str | None = None, effort: str = "medium",
           tools: Sequence[dict] = (), identity: str | None = None, date: str | Date | None = None) -> list[int]:
    """Token ids of a conversation, up to and including `<|start|>assistant`.

    `messages` are dicts of role and content and, where there is one, channel, recipient, name ("functions.f" of a tool;
    required there) and content_type ("json" is text, "<|constrain|>json" begins with the control token). Nothing is
    added to them; a system message of ours, and a developer message where `developer` or `tools` (dicts of name,
    description, parameters as JSON schema) are given, come before them. A kept reply ends in `<|end|>`, a call in
    `<|call|>`. As in openai-harmony, if the last assistant message is final, analysis before the first final is dropped;
    `kept` drops what a long conversation should.
    Raises OptionError for what is no message or effort, TokenizerError for a vocabulary without the control tokens.
    """
    return _ids(tokenizer, _conversation(messages, developer, effort, tools, identity, date))


def continuation(tokenizer: Tokenizer, messages: Sequence[dict]) -> list[int]:
    """Token ids of `messages` alone, and `<|start|>assistant`: what follows a sequence that ends with a complete message.

    So a tool's result is appended to what the model really wrote. Raises as `encode` does.
    """
    return _ids(tokenizer, _messages([_checked(message) for message in messages]))


def _ids(tokenizer: Tokenizer, pieces: Iterable[str]) -> list[int]:
    ids, control = [], {}
    for piece in pieces:
        if isinstance(piece, _Control):
            if piece not in control:
                control[piece] = _control_id(tokenizer, piece)
            ids.append(control[piece])
        else:
            ids += tokenizer.encode(piece)
    return ids


def render(tokenizer: Tokenizer, messages: Sequence[dict], developer: str | None = None, effort: str = "medium",
           tools: Sequence[dict] = (), identity: str | None = None, date: str | Date | None = None) -> str:
    """The text of `encode(...)`, for reading alone: in a str, a forged `<|start|>` looks like a real one."""
    return tokenizer.decode(encode(tokenizer, messages, developer, effort, tools, identity, date))


def kept(messages: Sequence[dict]) -> list[dict]:
    """`messages` without the analysis before the last final answer: what the next turn should still see.

    Analysis after it, of a turn that is still calling tools, stays. Source: the harmony guide, "handling reasoning".
    """
    finals = [n for n, message in enumerate(messages)
              if (message.get("role"), message.get("channel")) == ("assistant", "final")]
    last = finals[-1] if finals else 0
    return [message for n, message in enumerate(messages) if n >= last or message.get("channel") != "analysis"]


def stop_ids(tokenizer: Tokenizer) -> frozenset[int]:
    """The ids after which an assistant's turn is over: return, call and endoftext, as far as the vocabulary has them."""
    ids = map(tokenizer.control_id, ("<|return|>", "<|call|>", "<|endoftext|>"))
    return frozenset(id for id in ids if id is not None)


def _control_id(tokenizer: Tokenizer, name: str) -> int:
    id = tokenizer.control_id(name)
    if id is None:
        raise TokenizerError(f"the vocabulary has no {name}, so it cannot hold a conversation.",
                             "Use the tokenizer.json of a chat model, or continue plain text (--raw).")
    return id


def _conversation(messages, developer, effort, tools, identity, date) -> Iterator[str]:
    messages, tools = [_checked(message) for message in _list("messages", messages)], _list("tools", tools)
    yield from _message({"role": "system", "content": _system(effort, bool(tools), identity, date)})
    if developer is not None or tools:
        yield from _message({"role": "developer", "content": _developer(developer, tools)})
    spoken = [m for m in messages if m["role"] == "assistant"]
    finals = [n for n, m in enumerate(messages) if m.get("channel") == "final"]
    answered = finals[0] if spoken and spoken[-1].get("channel") == "final" else 0
    yield from _messages(m for n, m in enumerate(messages) if n >= answered or m.get("channel") != "analysis")


def _messages(messages: Iterable[dict]) -> Iterator[str]:
    for message in messages:
        yield from _message(message)
    yield _Control("<|start|>")
    yield "assistant"


def _message(message: dict) -> Iterator[str]:
    """One message, in the pieces that harmony encodes one by one."""
    role, name, recipient = message["role"], message.get("name"), message.get("recipient")
    yield _Control("<|start|>")
    yield name if role == "tool" else role
    if name is not None and role != "tool":
        yield f":{name}"
    if recipient is not None and recipient != "all":
        yield f" to={recipient}"
    if message.get("channel") is not None:
        yield _Control("<|channel|>")
        yield message["channel"]
    if (kind := message.get("content_type")) is not None:
        if kind.startswith(CONSTRAIN):
            yield " "
            yield _Control(CONSTRAIN)
            yield kind.removeprefix(CONSTRAIN)
        else:
            yield f" {kind}"
    yield _Control("<|message|>")
    yield message["content"]
    yield _Control("<|call|>" if role == "assistant" and recipient is not None else "<|end|>")


def check_effort(effort: str) -> None:
    """Raises OptionError for what is no effort."""
    if effort not in EFFORTS:
        raise OptionError(f"there is no effort {effort!r}.", f"Choose one of {', '.join(EFFORTS)}.")


def _list(name: str, values) -> list:
    if isinstance(values, str | dict) or not isinstance(values, Iterable):
        raise OptionError(f"{name} is {type(values).__name__}.", "Give a list of dicts.")
    return list(values)


def _system(effort: str, calls: bool, identity: str | None, date: str | Date | None) -> str:
    check_effort(effort)
    if not isinstance(identity, str | None):
        raise OptionError(f"an identity is text, not {type(identity).__name__}.", "Pass a str.")
    about = [IDENTITY if identity is None else identity, "Knowledge cutoff: 2024-06"]
    if date is not None:
        about.append(f"Current date: {date}")
    channels = f"{CHANNELS}\n{CALLS}" if calls else CHANNELS
    return "\n\n".join(["\n".join(about), f"Reasoning: {effort}", channels])


def _developer(instructions: str | None, tools: list[dict]) -> str:
    if not isinstance(instructions, str | None):
        raise OptionError(f"developer instructions are text, not {type(instructions).__name__}.", "Pass a str.")
    for tool in tools:
        if not (isinstance(tool, dict) and isinstance(tool.get("name"), str)
                and isinstance(tool.get("description"), str | None)):
            raise OptionError("a tool is a dict of name, description and parameters.",
                              "gptoss_nb.chat.tools.schema(function) makes one from a Python function.")
    sections = [] if instructions is None else ["# Instructions", instructions]
    return "\n\n".join([*sections, namespace(tools)] if tools else sections)


def _checked(message: dict) -> dict:
    """A message that can be encoded, or OptionError."""
    if not isinstance(message, dict):
        raise OptionError(f"a message is a dict, not {type(message).__name__}.", 'Give {"role": "user", "content": "Hi"}.')
    role, content = message.get("role"), message.get("content")
    if role not in ROLES:
        raise OptionError(f"there is no role {role!r}.", f"Choose one of {', '.join(ROLES)}.")
    if not isinstance(content, str):
        raise OptionError(f"a message of role {role} has no text as its content.", 'Give it "content", a str.')
    if role == "tool" and not message.get("name"):
        raise OptionError("a message of a tool does not say which.", 'Give it "name", such as "functions.f".')
    for key in ("name", "channel", "recipient", "content_type"):
        if not isinstance(message.get(key), str | None):
            raise OptionError(f"{key} of a message is text, not {type(message[key]).__name__}.", "Pass a str.")
    return message
