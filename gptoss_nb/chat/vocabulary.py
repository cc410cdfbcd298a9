"""The file `tokenizer.json`: read into ranks, control tokens and a regex, and written back in the same form.

`Tokenizer.load` reads; `nano.train` writes the vocabulary it learned. Only byte-level BPE is understood, the form that
lies beside the published weights, and whatever would be silently ignored is an error instead. It must not know harmony.
"""

import json
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from ..errors import TokenizerError

PUBLISHED_ORDINARY, PUBLISHED_SIZE = 199998, 201088  # o200k_harmony: the file stops at 200018, the model's rows do not
ROWS_A_SPARE = 64  # of so many rows of a model one may be without a token; published are 1 of 188


def _alphabet() -> dict[int, str]:
    """GPT-2's byte alphabet: every byte a printable character; those that are none borrow from 256 upwards."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    borrowed = [byte for byte in range(256) if byte not in shown]
    return {b: chr(b) for b in shown} | {b: chr(256 + n) for n, b in enumerate(borrowed)}


_CHAR = _alphabet()
# character -> byte, for str.translate and latin-1; a character outside the alphabet must not pass for a byte
_BYTE = {code: "\uffff" for code in range(256)} | {ord(char): chr(byte) for byte, char in _CHAR.items()}


class Vocabulary(NamedTuple):
    """What a byte-level BPE is made of: ordinary tokens with their ids (the lower merges first), control tokens, regex."""

    ranks: dict[bytes, int]
    controls: dict[str, int]
    pattern: str
    size: int


def read(path: str | Path, size: int | None = None) -> Vocabulary:
    """Read `tokenizer.json`, or the one in a folder; ids above the file's own, up to `size`, are reserved control tokens.

    Raises TokenizerError, naming the file, for one that is missing, unreadable, of another kind or contradictory, or that
    leaves more than 1 of 64 of these ids without a token.
    Source: the format of Hugging Face tokenizers, https://github.com/huggingface/tokenizers.
    """
    file = Path(path)
    if file.is_dir():
        file = file / "tokenizer.json"
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        why = "there is no such file" if isinstance(error, FileNotFoundError) else f"it cannot be read ({error})"
        raise TokenizerError(f"no vocabulary from {file}: {why}.",
                             "Give the tokenizer.json that lies beside the model's weights, or its folder.") from None
    try:
        return _vocabulary(json.loads(text), size)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        why = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise TokenizerError(f"{file} is not a usable vocabulary: {why}.",
                             "Fetch the file again, or give the one that belongs to the model.") from None


def _vocabulary(data: dict, size: int | None) -> Vocabulary:
    model = data["model"]
    if model.get("type", "BPE") != "BPE" or model.get("byte_fallback") or model.get("dropout"):
        raise ValueError("its model is not a plain byte-level BPE")
    if data.get("normalizer") is not None:
        raise ValueError("it normalises text, which byte-level vocabularies do not")
    controls = {token["content"]: token["id"] for token in data.get("added_tokens") or ()}
    if len(controls) != len(data.get("added_tokens") or ()):
        raise ValueError("a control token appears twice")
    ids = {token: id for token, id in model["vocab"].items() if token not in controls}
    if any(controls[token] != id for token, id in model["vocab"].items() if token in controls):
        raise ValueError("a control token has two ids")
    _check_ids([*ids.values(), *controls.values()])
    _check_merges(model.get("merges") or (), ids)
    ranks = {_to_bytes(token): id for token, id in ids.items()}
    missing = [byte for byte in range(256) if bytes([byte]) not in ranks]
    if missing or "" in controls or b"" in ranks:
        raise ValueError(f"no token for byte {missing[0]}" if missing else "a token is empty")
    for token in controls:
        token.encode()  # a lone surrogate is no text
    size = _reserve(controls, len(ranks), size)
    return Vocabulary(ranks, controls, _pattern(data["pre_tokenizer"]), size)


def _check_ids(ids: list) -> None:
    if not all(type(id) is int for id in ids):
        raise ValueError("an id is not a whole number")
    if sorted(ids) != list(range(len(ids))):
        raise ValueError(f"its {len(ids)} tokens do not have the ids 0 to {len(ids) - 1}, each once")


def _check_merges(merges: list, ids: dict[str, int]) -> None:
    """tiktoken merges by the rank of the result: the file's own order must say the same."""
    if not merges:
        return
    if isinstance(merges[0], str):  # the older spelling, "a b"
        merges = [merge.split(" ") for merge in merges]
    # half a million of them: without a loop of Python's own, which took half of the time that loading a model takes
    if set(map(len, merges)) != {2} or not ids.keys() >= set(chain.from_iterable(merges)):
        raise ValueError("a merge is not of two of its tokens")
    results = list(map(ids.get, map("".join, merges)))
    if None in results or results != sorted(results):
        raise ValueError("the order of its merges contradicts the ids of its tokens")


def _to_bytes(token: str) -> bytes:
    try:
        return token.translate(_BYTE).encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError(f"token {token[:20]!r} is not in the byte alphabet") from None


def _reserve(controls: dict[str, int], ordinary: int, size: int | None) -> int:
    """Name the ids that the model has rows for and the file does not mention; add them to `controls`, return the size."""
    known = ordinary + len(controls)
    if size is None:
        published = ordinary == PUBLISHED_ORDINARY and controls.get("<|endofprompt|>") == 200018
        size = PUBLISHED_SIZE if published else known
    if size < known:
        raise ValueError(f"it has {known} tokens and the model only {size}")
    if (size - known) * ROWS_A_SPARE > size:
        raise ValueError(f"it has {known} tokens and the model {size} rows, so it belongs to another model")
    if ordinary == PUBLISHED_ORDINARY and controls.get("<|endofprompt|>") == 200018:
        controls.setdefault("<|reserved_200018|>", 200018)  # o200k_harmony knows this id by two names
    for id in range(known, size):
        if controls.setdefault(f"<|reserved_{id}|>", id) != id:
            raise ValueError(f"a reserved name stands for id {controls[f'<|reserved_{id}|>']} instead of {id}")
    return size


def _pattern(pre: dict) -> str:
    """The regex of the one Split; ByteLevel follows it and must add nothing of its own."""
    steps = pre["pretokenizers"] if pre["type"] == "Sequence" else [pre]
    if [step["type"] for step in steps] != ["Split", "ByteLevel"]:
        raise ValueError("its pre-tokenizer is not one Split followed by ByteLevel")
    split, level = steps
    if split.get("behavior") != "Isolated" or split.get("invert"):
        raise ValueError("its Split does not isolate what it matches")
    if level.get("use_regex", True) or level.get("add_prefix_space", True):
        raise ValueError("its ByteLevel splits or adds a space")
    pattern = split["pattern"]["Regex"]
    if not isinstance(pattern, str):
        raise ValueError("its regex is not text")
    return pattern


def write(path: str | Path, tokens: list[bytes], controls: list[str], pattern: str) -> None:
    """Write a `tokenizer.json`: ordinary tokens get the ids 0, 1, ... in order, control tokens the ids after them.

    All pairs that make a token are listed as merges, so that tokenizers which follow the list, and tiktoken which
    follows the ranks, agree. Single bytes come first, all 256. `pattern` is a regex that splits text into words.
    """
    ids = {token: rank for rank, token in enumerate(tokens)}
    spell = {token: "".join(_CHAR[byte] for byte in token) for token in tokens}
    merges = [[spell[token[:cut]], spell[token[cut:]]] for token in tokens for cut in range(1, len(token))
              if token[:cut] in ids and token[cut:] in ids]
    added = [{"id": len(tokens) + n, "content": name, "single_word": False, "lstrip": False, "rstrip": False,
              "normalized": False, "special": True} for n, name in enumerate(controls)]
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    split = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
    data = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, level]},
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": True,
                  "vocab": {spell[token]: rank for token, rank in ids.items()}, "merges": merges},
    }
    Path(path).write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
