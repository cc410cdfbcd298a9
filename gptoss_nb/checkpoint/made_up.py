"""tokenizer.json of a synthetic checkpoint: a made-up vocabulary of the published size with the published control tokens.

Called by synthetic. The one module of checkpoint that knows chat, and there the file format alone.
"""

from itertools import product
from pathlib import Path

from ..chat import vocabulary

SIZE = vocabulary.PUBLISHED_SIZE
ENOUGH = 12_000_000  # bytes on disk, and some to spare
# as nano's: a word with the space before it, one digit, one sign with the space before it, white space
PATTERN = r" ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]|\n+|\s+(?!\S)|\s+"
_LETTERS = "etaoinshrdlcumwfgypbvkjxqz"  # by frequency in English, so that frequent pairs come first
_CONTROLS = {199998: "startoftext", 199999: "endoftext", 200002: "return", 200003: "constrain", 200005: "channel", 200006: "start",
             200007: "end", 200008: "message", 200012: "call", 200018: "endofprompt"}  # fmt: skip


def write(path: Path) -> None:
    """Writes the file: 2 seconds. The model's ids beyond the last control token are reserved by whoever reads it."""
    first = vocabulary.PUBLISHED_ORDINARY
    controls = [f"<|{_CONTROLS.get(id, f'reserved_{id}')}|>" for id in range(first, max(_CONTROLS) + 1)]
    vocabulary.write(path, tokens(), controls, PATTERN)


def tokens() -> list[bytes]:
    """256 bytes, pairs of letters (the first may be a space, or a space and a capital), and fours made of two pairs.

    Each four is made in one way alone, so that the file's list of merges is no longer than the vocabulary.
    """
    pairs = ["".join(pair) for pair in sorted(product(_LETTERS, repeat=2), key=lambda pair: sum(map(_LETTERS.index, pair)))]
    starts = [f" {letter}" for letter in _LETTERS + _LETTERS.upper()] + pairs
    n = vocabulary.PUBLISHED_ORDINARY - 256 - len(starts)
    fours = sorted(product(range(len(starts)), range(len(pairs))), key=sum)[:n]
    words = starts + [starts[a] + pairs[b] for a, b in fours]
    return [bytes([byte]) for byte in range(256)] + [word.encode() for word in words]


def controls(path: Path, size: int) -> dict[str, int]:
    """The control tokens of a tokenizer.json for a model of `size` ids. Errors: TokenizerError for one that is unfit."""
    return vocabulary.read(path, size).controls
