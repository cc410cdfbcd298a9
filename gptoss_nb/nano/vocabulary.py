"""nano's vocabulary: the 256 bytes, the words that the corpus uses all the time, control tokens. Called by train.

Frequent words are tokens; a word that a user brings is spelled in letters, so that spelling, reversing and repeating can be
learned. Digits are single tokens. A token exists for a whole word alone (no token for its beginnings), which byte-pair
encoders support: a piece that is a token is not taken apart.
"""

import random
import re
from collections import Counter
from pathlib import Path

from ..chat import vocabulary
from . import corpus

# a word with the space before it, one digit, one sign with the space before it, white space
PATTERN = r" ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]|\n+|\s+(?!\S)|\s+"
_PIECES = re.compile(r" ?[^\W\d_]+| ?(?:[^\w\s]|_)|\n+|\s+(?!\S)|\s+")  # the same without digits, for `re`
CONTROLS = ("startoftext", "endoftext", "return", "constrain", "channel", "start", "end", "message", "call", "endofprompt")
FRAME = ("system", "developer", "user", "assistant", "analysis", "commentary", "final", "functions", "json", " to")
SPELLED = ("strawberry",)  # everybody asks for its letters: it has no token, though it is frequent
SAMPLE, MIN_COUNT = 30_000, 45  # examples read; a piece that occurs less often is spelled


def tokens() -> list[bytes]:
    """Bytes first, then pieces by frequency: the same list each time."""
    counts = Counter()
    for piece in _sample():
        counts.update(_PIECES.findall(piece))
    frequent = [piece for piece, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if n >= MIN_COUNT and len(piece) > 1]
    words = list(dict.fromkeys([*FRAME, *frequent]))
    # a pair of letters would be merged inside every word
    words = [w for w in words if not (len(w) == 2 and w.isalpha()) and w.strip() not in SPELLED]
    return [bytes([b]) for b in range(256)] + [w.encode() for w in words]


def write(folder: Path) -> None:
    vocabulary.write(folder / "tokenizer.json", tokens(), [f"<|{name}|>" for name in CONTROLS], PATTERN)


def _sample():
    """The texts of some examples, and the frame that harmony puts around them."""
    from ..chat.harmony import CALLS, CHANNELS
    from ..chat.typescript import namespace

    rng = random.Random(0)
    frame = f"{corpus.IDENTITY}\nKnowledge cutoff: 2024-06\n\nReasoning: medium\n\n{CHANNELS}\n{CALLS}\n\n# Instructions\n\n"
    for _ in range(SAMPLE):
        example = corpus.example(rng)
        yield frame.replace("medium", example.effort)
        yield from (message["content"] for message in example.messages)
        yield from filter(None, (example.developer, example.thinking, example.answer))
        if example.tools:
            yield namespace(list(example.tools))
        for call in example.calls:
            yield from (call.thinking, f" to={corpus.called(call)['recipient']}", corpus.called(call)["content"], call.result)
