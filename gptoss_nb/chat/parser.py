"""Token ids to messages, one token at a time, whatever a model writes.

The session feeds it what is generated, `trace` labels whole prompts with `label`. It must not know models or displays.
Well-formed messages come out as openai-harmony's StreamableParser gives them; it never raises on the rest:

- `<|start|>` or `<|channel|>` inside a message ends that message and begins the next header.
- Text where a header should be (a line break in it, 256 tokens or 2000 characters of it, or an end without `<|message|>`)
  is content: of the channel named so far, else of `final` where the assistant speaks. So is text after a message's end.
- Other control tokens inside content appear by name, as do reserved ids; an id out of range is U+FFFD.
- Of two channels in one header the last holds. Who is not a known role is a tool of that name.
- `<|endoftext|>` ends a message as `<|return|>` does; an end with nothing open, or a second one, is nothing.
"""

import codecs
import re
from collections.abc import Iterable
from typing import NamedTuple

from .tokenizer import Tokenizer

ENDS = ("<|end|>", "<|return|>", "<|call|>", "<|endoftext|>")
ROLES = ("system", "developer", "user", "assistant", "tool")
HEADER_TOKENS, HEADER_CHARACTERS = 256, 2000
_CHANNEL = re.compile(r"\s*([^\s<]*)")
_Utf8 = codecs.getincrementaldecoder("utf-8")


class Delta(NamedTuple):
    """What one token added: `text` (whole characters, "" for the frame) to `parser.messages[message]`.

    `role` and `channel` are "" where there is none, `recipient` None. `opened`: the header is complete and content
    begins. `closed`: the message ended here; a token that cuts a message short reports the one it cut.
    """

    token_id: int
    text: str
    role: str
    channel: str
    recipient: str | None
    message: int
    opened: bool = False
    closed: bool = False


class Header(NamedTuple):
    """What stands between `<|start|>` and `<|message|>`."""

    role: str
    name: str | None = None
    channel: str | None = None
    recipient: str | None = None
    content_type: str | None = None


class Parser:
    """Streaming parser: `feed(id)` for every token, `finish()` at the end; `messages` is what there is so far.

    With `role` it begins after `<|start|>` and that role, as a completion does; with None it begins outside any message,
    as a prompt does, and text without a frame has role and channel "". A token costs the same however long the text.
    """

    def __init__(self, tokenizer: Tokenizer, role: str | None = "assistant"):
        self._tokenizer = tokenizer
        names = ("<|start|>", "<|channel|>", "<|constrain|>", "<|message|>", *ENDS)
        self._marks = {id: name for name in names if (id := tokenizer.control_id(name)) is not None}
        self._utf8 = _Utf8("replace")
        self._implied = role  # who speaks where no header says so
        self._given = role  # the role of this header, where it is not written in it
        self._state = "outside" if role is None else "header"  # or "content"
        self._parts: list[tuple[str, str]] = [("", "")]  # header: control token and the text behind it
        self._size = 0  # tokens in this header
        self._header = Header(role or "")
        self._content: list[str] = []
        self._blank = True  # nothing but white space in it so far
        self._done: list[dict] = []
        self._message = -1 if role is None else 0  # its index in `messages`
        self._broken = False  # a line break was seen in this header

    @property
    def role(self) -> str:
        """Role of the message this token belongs to; "" outside of any, and while a header does not say it yet."""
        return self._header.role

    @property
    def channel(self) -> str:
        """Its channel, "" where none is named."""
        return self._header.channel or ""

    @property
    def recipient(self) -> str | None:
        """To whom it is addressed, such as "functions.f"."""
        return self._header.recipient

    @property
    def message(self) -> int:
        """Index in `messages` of the one the last token belongs to; -1 before any."""
        return self._message

    @property
    def messages(self) -> list[dict]:
        """Messages so far, the last maybe unfinished, as dicts that `harmony.encode` takes back."""
        return [*self._done, self._as_dict()] if self._state == "content" else list(self._done)

    def feed(self, id: int) -> Delta:
        """Take one token; never raises on an id, and says what it added."""
        mark = self._marks.get(id)
        if self._state == "content":
            return self._feed_content(id, mark)
        if self._state == "header":
            return self._feed_header(id, mark)
        return self._feed_outside(id, mark)

    def finish(self) -> Delta:
        """End of the tokens: closes what is open; `text` is what was still held back. `token_id` is -1."""
        if self._state == "header":
            return self._recover(-1, close=True)
        return self._close(-1) if self._state == "content" else self._delta(-1)

    def _feed_content(self, id: int, mark: str | None) -> Delta:
        if mark == "<|message|>" and self._blank:  # the header was longer than it seemed
            return self._delta(id)
        if mark is None or mark == "<|message|>" or mark == "<|constrain|>":
            text = self._decode(id)
            self._add(text)
            header = self._header
            return Delta(id, text, header.role, header.channel or "", header.recipient, self._message)
        role = self._header.role
        delta = self._close(id)
        if mark == "<|start|>":
            self._begin(None)
        elif mark == "<|channel|>":
            self._begin(role, mark)
        return delta

    def _feed_outside(self, id: int, mark: str | None) -> Delta:
        if mark in ENDS:
            return self._delta(id)
        self._begin(None if mark == "<|start|>" else self._implied, mark)
        if mark == "<|message|>":
            return self._open(id, self._read())
        if mark is not None:
            return self._delta(id)
        channel = "final" if self._implied == "assistant" else None
        self._open(id, Header(self._implied or "", channel=channel))
        return self._feed_content(id, None)._replace(opened=True)

    def _feed_header(self, id: int, mark: str | None) -> Delta:
        if mark == "<|message|>":
            self._text_to_header(self._utf8.decode(b"", True))
            return self._open(id, self._read())
        if mark == "<|start|>":
            delta = self._recover(id, close=True)
            self._begin(None)
            return delta
        if mark in ENDS:
            return self._recover(id, close=True)
        self._size += 1
        if mark is not None:
            self._text_to_header(self._utf8.decode(b"", True))
            self._parts.append((mark, ""))
        else:
            text = self._decode(id)
            self._text_to_header(text)
            self._broken |= "\n" in text
        long = self._size > HEADER_TOKENS or sum(len(text) for _, text in self._parts) > HEADER_CHARACTERS
        if long or (self._broken and self._split()[1]):
            return self._recover(id, close=False)
        self._header = self._read(partial=True)
        return self._delta(id)

    def _decode(self, id: int) -> str:
        known = 0 <= id < self._tokenizer.vocab_size
        return self._utf8.decode(self._tokenizer.token_bytes(id) if known else b"\xff")

    def _add(self, text: str) -> None:
        self._content.append(text)
        self._blank = self._blank and not text.strip()

    def _text_to_header(self, text: str) -> None:
        mark, before = self._parts[-1]
        self._parts[-1] = (mark, before + text)

    def _begin(self, role: str | None, mark: str | None = None) -> None:
        """A header begins; `role` where it is not to be written in it."""
        self._utf8.reset()
        self._message = len(self._done)
        self._state, self._given, self._size, self._broken = "header", role, 0, False
        self._parts = [("", "")] if mark in (None, "<|start|>", "<|message|>") else [("", ""), (mark, "")]
        self._header = self._read(partial=True)

    def _open(self, id: int, header: Header) -> Delta:
        self._state, self._header, self._content, self._blank = "content", header, [], True
        self._utf8.reset()
        return self._delta(id, opened=True)

    def _close(self, id: int) -> Delta:
        rest = self._utf8.decode(b"", True)
        self._utf8.reset()
        self._content.append(rest)
        self._done.append(self._as_dict())
        self._state = "outside"
        return self._delta(id, rest, closed=True)

    def _recover(self, id: int, close: bool) -> Delta:
        """A header that has no `<|message|>`: its text is content. Nothing was said and no channel named: no message."""
        self._text_to_header(self._utf8.decode(b"", True))
        header, text = self._split()
        self._header = header
        if close and not text and header.channel is None:
            self._state = "outside"
            return self._delta(id)
        if header.channel is None and header.role == "assistant":
            header = header._replace(channel="final")
        self._open(id, header)
        self._add(text)
        delta = self._close(id) if close else self._delta(id)
        return delta._replace(text=text + delta.text, opened=True)

    def _split(self) -> tuple[Header, str]:
        """A header that went wrong: role, channel, and all the rest as text."""
        channel, texts = _take_channel(self._parts)
        role, text = self._given, "".join(texts).lstrip()
        first = text.split(maxsplit=1)[:1]
        if first and first[0] in (ROLES if role is None else (role,)):
            role, text = first[0], text.removeprefix(first[0]).lstrip()
        return Header(role or self._implied or "", "tool" if role == "tool" else None, channel), text

    def _read(self, partial: bool = False) -> Header:
        """The header by openai-harmony's rules: role, `to=`, channel, content type, in words; `partial` so far.

        Those of its repository: release 0.0.8 takes a content type without a recipient, `<|constrain|>json`, for one.
        """
        channel, texts = _take_channel(self._parts)
        words = " ".join(texts).split()
        role, name = self._given, None
        if partial and len(words) == len(texts) == 1 and not texts[0][-1].isspace() and words[0] not in ROLES:
            words = []  # half a role
        if role is None and words and not words[0].startswith("to="):
            who = words.pop(0)
            role, _, name = who.partition(":")
            if role not in ROLES or who == "tool":
                role, name = "tool", who
        elif words and words[0] == role:
            words.pop(0)
        recipient = content_type = None
        if words:
            last = words.pop()
            if last.startswith("to=") or not (words or last.startswith("<|constrain|>")):
                recipient = last.removeprefix("to=")
            else:
                content_type = last
                recipient = words.pop().removeprefix("to=") if words else None
        return Header(role or self._implied or "", name or None, channel, recipient, content_type)

    def _delta(self, id: int, text: str = "", opened: bool = False, closed: bool = False) -> Delta:
        header = self._header
        return Delta(id, text, header.role, header.channel or "", header.recipient, self._message, opened, closed)

    def _as_dict(self) -> dict:
        fields = self._header._asdict() | {"content": "".join(self._content)}
        return {key: value for key, value in fields.items() if value is not None}


def _take_channel(parts: list[tuple[str, str]]) -> tuple[str | None, list[str]]:
    """The channel that a header names last, and its other texts, `<|constrain|>` in front of what it marks."""
    channel, texts = None, []
    for mark, text in parts:
        if mark == "<|channel|>":
            found = _CHANNEL.match(text)
            channel, text = found[1] or channel, text[found.end():]
        texts.append(mark + text.lstrip() if mark == "<|constrain|>" else text)
    return channel, texts


class Labels(NamedTuple):
    """For every token of a sequence: role, channel, and the index of its message (-1 before any)."""

    roles: list[str]
    channels: list[str]
    messages: list[int]


def label(tokenizer: Tokenizer, ids: Iterable[int]) -> Labels:
    """Whose each token is, for a whole sequence of prompt and reply; text without a frame has role and channel "".

    All tokens of a message, its frame included, have its role. Its channel holds from the `<|channel|>` tag to its end;
    where the channel was not written but recovered, for all of its tokens. Never raises.
    """
    parser, tag = Parser(tokenizer, role=None), tokenizer.control_id("<|channel|>")
    numbers, said, since = [], {}, {}
    for position, id in enumerate(ids):
        delta = parser.feed(id)
        said[delta.message] = delta.role, delta.channel
        said[parser.message] = parser.role, parser.channel
        numbers.append(parser.message)
        if id == tag:
            since.setdefault(parser.message, position)
    said[-1] = "", ""
    roles = [said[number][0] for number in numbers]
    channels = [said[number][1] if position >= since.get(number, 0) else ""
                for position, number in enumerate(numbers)]
    return Labels(roles, channels, numbers)
