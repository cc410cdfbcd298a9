"""nano's vocabulary: the shipped one is what the code makes, and other software reads it the same way."""

import random

import pytest
from tokenizers import Tokenizer as Other

from gptoss_nb.chat.tokenizer import Tokenizer
from gptoss_nb.nano import corpus, vocabulary
from gptoss_nb.nano.train import HERE

SHIPPED = HERE / "checkpoint" / "tokenizer.json"


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.load(SHIPPED)


def test_the_shipped_file_is_made_again(tmp_path):
    vocabulary.write(tmp_path)
    assert (tmp_path / "tokenizer.json").read_bytes() == SHIPPED.read_bytes()


def test_digits_are_single_tokens(tokenizer):
    for number in ("0", "7", "345", "1234567890"):
        assert [tokenizer.token_bytes(id).decode() for id in tokenizer.encode(number)] == list(number)
    assert not [token for token in vocabulary.tokens() if len(token) > 1 and any(byte in b"0123456789" for byte in token)]


def test_every_byte_is_a_token_and_none_is_there_twice():
    tokens = vocabulary.tokens()
    assert tokens[:256] == [bytes([byte]) for byte in range(256)] and len(set(tokens)) == len(tokens)


def test_the_frame_of_harmony_is_short(tokenizer):
    for word in ("assistant", "analysis", "final", "user"):
        assert len(tokenizer.encode(word)) == 1
    for name in ("start", "end", "message", "channel", "return", "call"):
        assert tokenizer.is_control(tokenizer.control_id(f"<|{name}|>"))


def test_hugging_faces_tokenizers_gives_the_same_ids(tokenizer):
    other, rng = Other.from_file(str(SHIPPED)), random.Random(0)
    signs = "abcxyzABC 0123456789 .,;!?'\"-+=<>|\n\t éß中🙂\u0301\u202f"
    texts = ["".join(rng.choices(signs, k=rng.randrange(40))) for _ in range(300)]
    texts += [text for _ in range(100) for example in [corpus.example(rng)] for text in (example.messages[-1]["content"], example.answer)]
    for text in texts:
        assert tokenizer.encode(text) == other.encode(text, add_special_tokens=False).ids, text
        assert tokenizer.decode(tokenizer.encode(text)) == text


def test_what_everybody_asks_the_letters_of_has_no_token(tokenizer):
    for text in ("strawberry", " strawberry"):
        assert max(len(tokenizer.token_bytes(id)) for id in tokenizer.encode(text)) <= 2  # a letter, and the space before it
