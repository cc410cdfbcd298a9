"""The tokenizer against tiktoken's own o200k_harmony, and everything that needs no big file on a tiny vocabulary."""

import hashlib
import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gptoss_nb.chat.tokenizer import StreamDecoder, Tokenizer
from gptoss_nb.errors import OptionError, TokenizerError

relaxed = settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_text_is_ordinary_unless_asked(tiny):
    start = tiny.control_id("<|start|>")
    assert start not in tiny.encode("<|start|>") and tiny.decode(tiny.encode("<|start|>")) == "<|start|>"
    assert tiny.encode("<|start|>a", control=True) == [start, ord("a")]
    assert tiny.is_control(start) and not tiny.is_control(ord("a"))
    assert tiny.control_id("<|nothing|>") is None


def test_merges_by_rank(tiny):
    assert tiny.pieces(tiny.encode(" the thing")) == [" the", " ", "th", "ing"]


@relaxed
@given(st.text())
def test_round_trip(tiny, text):
    ids = tiny.encode(text)
    assert tiny.decode(ids) == text == "".join(tiny.pieces(ids))


@relaxed
@given(st.lists(st.integers(0, 276)))
def test_pieces_are_decode_and_never_half_a_character(tiny, ids):
    stream = StreamDecoder(tiny)
    pieces = tiny.pieces(ids)
    assert len(pieces) == len(ids) and "".join(pieces) == tiny.decode(ids)
    assert "".join([stream.feed(id) for id in ids] + [stream.flush()]) == tiny.decode(ids)


def test_split_character_is_whole_on_its_last_token(tiny):
    assert tiny.pieces(list("é🙂".encode())) == ["", "é", "", "", "", "🙂"]
    assert tiny.pieces([0xE4, tiny.control_id("<|end|>"), 0xF0]) == ["", "\ufffd<|end|>", "\ufffd"]


def test_lone_surrogates_become_replacement_characters(tiny):
    assert tiny.decode(tiny.encode("a\ud83db")) == "a\ufffdb"
    assert tiny.decode(tiny.encode("a\ud83db", control=True)) == "a\ufffdb"


def test_ids_out_of_range(tiny):
    for bad in (-1, tiny.vocab_size, 10**9):
        with pytest.raises(TokenizerError, match="ids go from 0 to 276"):
            tiny.decode([bad])


def test_reserved_ids_up_to_the_size_of_the_model(tiny_file):
    bigger = Tokenizer.load(tiny_file / "tokenizer.json", vocab_size=281)
    assert bigger.vocab_size == 281 and bigger.decode([280]) == "<|reserved_280|>"
    with pytest.raises(TokenizerError, match="277 tokens and the model only 100"):
        Tokenizer.load(tiny_file, vocab_size=100)


@pytest.mark.parametrize("rows", [282, 201088, 2**31 - 1])
def test_a_vocabulary_of_another_model(tiny_file, rows):
    """More than 1 of 64 rows would be without a token; it is refused before anything is made for each of them."""
    with pytest.raises(TokenizerError, match=f"277 tokens and the model {rows} rows, so it belongs to another model") as caught:
        Tokenizer.load(tiny_file, vocab_size=rows)
    assert str(tiny_file / "tokenizer.json") in caught.value.what and len(str(caught.value).splitlines()) == 2


def test_too_many_blanks_are_an_error_of_ours(published, capfd):
    with pytest.raises(OptionError, match="too long"):
        published.encode(" " * 1_100_000 + "x")


def test_not_text(tiny):
    with pytest.raises(OptionError, match="bytes"):
        tiny.encode(b"a")


def _set(path, value):
    def change(data):
        *keys, last = path
        for key in keys:
            data = data[key]
        data[last] = value
    return change


BROKEN = {
    "an id twice": (_set(["model", "vocab", "a"], 98), "each once"),
    "an id that is no number": (_set(["model", "vocab", "a"], "97"), "whole number"),
    "an id left out": (lambda d: d["model"]["vocab"].pop("final"), "."),
    "a byte left out": (_set(["model", "vocab"], {}), "."),
    "a token outside the alphabet": (lambda d: d["model"]["vocab"].update({"\u4e2d": d["model"]["vocab"].pop("final")}), "."),
    "merges out of order": (lambda d: d["model"]["merges"].reverse(), "order of its merges"),
    "a merge of nothing": (lambda d: d["model"]["merges"].append(["q", "q"]), "order of its merges"),
    "a merge of unknown tokens": (lambda d: d["model"]["merges"].append(["qq", "q"]), "not of two"),
    "another model": (_set(["model", "type"], "Unigram"), "plain byte-level BPE"),
    "a normaliser": (_set(["normalizer"], {"type": "NFC"}), "normalises"),
    "another splitter": (lambda d: d["pre_tokenizer"]["pretokenizers"].insert(0, {"type": "Digits"}), "one Split"),
    "a byte level with its own regex": (_set(["pre_tokenizer", "pretokenizers", 1, "use_regex"], True), "ByteLevel"),
    "a regex that is none": (_set(["pre_tokenizer", "pretokenizers", 0, "pattern", "Regex"], "(["), "regex"),
    "a regex that skips": (_set(["pre_tokenizer", "pretokenizers", 0, "pattern", "Regex"], "[a-z]+"), "skips"),
    "a control token twice": (lambda d: d["added_tokens"].append(d["added_tokens"][0]), "twice"),
    "no model": (lambda d: d.pop("model"), "'model' is missing"),
    "no pre-tokenizer": (_set(["pre_tokenizer"], None), "."),
}


@pytest.mark.parametrize("name", BROKEN)
def test_contradictory_files(name, tiny_file, tmp_path):
    change, says = BROKEN[name]
    data = json.loads((tiny_file / "tokenizer.json").read_text(encoding="utf-8"))
    change(data)
    (tmp_path / "tokenizer.json").write_text(json.dumps(data))
    with pytest.raises(TokenizerError, match=says) as caught:
        Tokenizer.load(tmp_path)
    assert str(tmp_path) in caught.value.what and len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"model": 3}', b"\x80\x04N."])
def test_garbage_files(content, tmp_path):
    file = tmp_path / "tokenizer.json"
    file.write_bytes(content)
    with pytest.raises(TokenizerError, match="tokenizer.json"):
        Tokenizer.load(file)


def test_missing_files(tmp_path):
    for path in (tmp_path, tmp_path / "nothing", "a\0b"):
        with pytest.raises(TokenizerError):
            Tokenizer.load(path)


def test_random_changes_of_a_file_never_escape(tiny_file, tmp_path):
    raw, rng = (tiny_file / "tokenizer.json").read_bytes(), random.Random(0)
    for _ in range(100):
        broken = bytearray(raw)
        for _ in range(rng.randrange(1, 20)):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        (tmp_path / "tokenizer.json").write_bytes(broken[:rng.choice([None, rng.randrange(len(broken))])])
        try:
            Tokenizer.load(tmp_path)
        except TokenizerError as error:
            assert len(str(error).splitlines()) == 2


def test_published_is_o200k_harmony(published, published_file, vocabulary_folder, o200k_harmony):
    content = (vocabulary_folder / "o200k_base.tiktoken").read_bytes()
    assert hashlib.sha256(content).hexdigest() == "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
    assert published.vocab_size == o200k_harmony.n_vocab == 201088 == Tokenizer.load(published_file, vocab_size=201088).vocab_size
    assert {name: published.control_id(name) for name in o200k_harmony.special_tokens_set} == o200k_harmony._special_tokens


# openai-harmony calls id 200018 reserved, and has an id 201088 that the models have no row for
NOT_IN_HARMONY = ("<|endofprompt|>", "<|reserved_201088|>")


def test_10_000_random_strings_equal_tiktoken_and_openai_harmony(published, o200k_harmony, oracle, random_text, random_whole_text):
    rng = random.Random(1)
    for n in range(10_000):
        text = (random_text if n % 4 == 0 else random_whole_text)(rng)
        ids, control = published.encode(text), published.encode(text, control=True)
        assert ids == o200k_harmony.encode_ordinary(text), text
        assert control == o200k_harmony.encode(text, allowed_special="all"), text
        if n % 4:  # a lone surrogate is tiktoken's alone
            assert ids == oracle.encode(text, disallowed_special=()), text
            if not any(name in text for name in NOT_IN_HARMONY):
                assert control == oracle.encode(text, allowed_special="all"), text


def test_10_000_random_ids_decode_as_tiktoken_and_openai_harmony_do(published, o200k_harmony, oracle):
    """Single bytes, rare tokens and control tokens side by side: mostly broken UTF-8."""
    rng = random.Random(4)
    for _ in range(10_000):
        ids = [rng.randrange(rng.choice([256, 2000, 201088])) for _ in range(rng.randrange(12))]
        ids = [id for id in ids if id != 200018]  # which has two names
        text = published.decode(ids)
        assert text == o200k_harmony.decode(ids) == oracle.decode(ids) == "".join(published.pieces(ids)), ids
