"""Text to token ids and back, for any byte-level vocabulary, offline, from `tokenizer.json` alone.

`harmony`, `parser`, `nano` and the session call it. It must not know what any control token means. Text is ordinary
unless the caller asks otherwise: whatever a user or a tool writes, `<|start|>` in it is nine characters and no frame.
"""

import codecs
from collections.abc import Iterable
from pathlib import Path

import tiktoken

from ..errors import OptionError, TokenizerError
from . import vocabulary

_Utf8 = codecs.getincrementaldecoder("utf-8")
_PROBE = "Ab aé1 12345 ß中文\u0301\u200d🙂 \t\r\n\n  x_y's <|a|> \x00\x7f\ufffd\u0e33\u05d0 ⅷ٣ "


class Tokenizer:
    """A vocabulary in use: `encode`, `decode`, and what single ids stand for."""

    def __init__(self, words: vocabulary.Vocabulary):
        self._encoding = tiktoken.Encoding("gptoss_nb", pat_str=words.pattern, mergeable_ranks=words.ranks,
                                           special_tokens=words.controls)
        self._controls = words.controls
        self._control_ids = frozenset(words.controls.values())
        self._bytes = [b""] * words.size
        for token, id in words.ranks.items():
            self._bytes[id] = token
        for name, id in reversed(words.controls.items()):  # of two names for one id, the file's own
            self._bytes[id] = name.encode()

    @classmethod
    def load(cls, path: str | Path, vocab_size: int | None = None) -> "Tokenizer":
        """Load a `tokenizer.json`, or the one in a folder; ids it does not name, up to `vocab_size`, become reserved.

        Without `vocab_size` the published vocabulary has its 201088 ids and any other as many as its file.
        Raises TokenizerError for a file that is missing, garbage or contradictory, or has more ids than `vocab_size`, or
        so many fewer that it must be another model's.
        """
        words = vocabulary.read(path, vocab_size)
        try:
            tokenizer = cls(words)
            whole = tokenizer.decode(tokenizer.encode(_PROBE)) == _PROBE
        except Exception as error:  # the regex comes from the file, and tiktoken compiles it
            raise TokenizerError(f"{path}: its regex cannot be used: {error}.", "Fetch the file again.") from None
        if not whole:
            raise TokenizerError(f"{path}: its regex skips characters, so text would be lost.", "Fetch the file again.")
        return tokenizer

    @property
    def vocab_size(self) -> int:
        """How many ids there are, reserved ones included."""
        return len(self._bytes)

    def encode(self, text: str, control: bool = False) -> list[int]:
        """Token ids of `text`; all of it is ordinary text unless `control=True`, which recognises control tokens.

        A lone surrogate, which no UTF-8 can hold, becomes U+FFFD. The ids equal tiktoken's.
        """
        if not isinstance(text, str):
            raise OptionError(f"cannot encode {type(text).__name__}: text is a str.", "Pass a str.")
        try:
            return self._encoding.encode(text, allowed_special="all") if control else self._encoding.encode_ordinary(text)
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # tiktoken's regex gives up after a million blanks in a row
                raise
        raise OptionError("a run of blanks in this text is too long to be split into tokens.", "Shorten the text.")

    def decode(self, ids: Iterable[int]) -> str:
        """The text of `ids`, control tokens by name, invalid UTF-8 as U+FFFD; TokenizerError for an id out of range."""
        try:
            found = list(map(self.token_bytes, ids))
        except TypeError:
            raise OptionError("These are no token ids.", "Give a list, array or tensor of whole numbers, one dimension.") from None
        return b"".join(found).decode("utf-8", "replace")

    def token_bytes(self, id: int) -> bytes:
        """The bytes that one id stands for; TokenizerError for an id out of range."""
        if 0 <= id < len(self._bytes):
            return self._bytes[id]
        raise TokenizerError(f"there is no token {id}: ids go from 0 to {len(self._bytes) - 1}.",
                             "Take ids that came from this tokenizer.")

    def control_id(self, name: str) -> int | None:
        """The id of a control token such as "<|end|>", None where the vocabulary has none of that name."""
        return self._controls.get(name)

    def is_control(self, id: int) -> bool:
        """Whether `id` is a control token, reserved ones included."""
        return id in self._control_ids

    def pieces(self, ids: Iterable[int]) -> list[str]:
        """One string a token, together exactly `decode(ids)`.

        A character whose bytes are split over tokens stands whole on the token that completes it.
        """
        stream = StreamDecoder(self)
        pieces = [stream.feed(id) for id in ids]
        if pieces:
            pieces[-1] += stream.flush()
        return pieces


class StreamDecoder:
    """Decode ids one by one, whole characters only, at a cost a token that does not grow."""

    def __init__(self, tokenizer: Tokenizer):
        self._tokenizer = tokenizer
        self._utf8 = _Utf8("replace")

    def feed(self, id: int) -> str:
        """The characters that this token completes; "" in the middle of one. TokenizerError for an id out of range."""
        return self._utf8.decode(self._tokenizer.token_bytes(id))

    def flush(self) -> str:
        """What is left of a character that was never completed, as U+FFFD; ready for the next text afterwards."""
        rest = self._utf8.decode(b"", True)
        self._utf8.reset()
        return rest
