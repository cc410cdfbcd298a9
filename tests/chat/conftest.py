"""What the chat tests share: a tiny vocabulary, the published one where its file is at hand, the oracle, random text."""

import base64
import hashlib
import os
import random

import pytest

from gptoss_nb.chat import vocabulary
from gptoss_nb.chat.tokenizer import Tokenizer

CONTROLS = ["<|startoftext|>", "<|endoftext|>", "<|return|>", "<|constrain|>", "<|channel|>", "<|start|>", "<|end|>",
            "<|message|>", "<|call|>", "<|reserved_9|>"]
PATTERN = r"\d|\s+(?!\S)| ?[^\s\d]+|\s+"
MERGES = [b"th", b"the", b" t", b" the", b"in", b"ing", b"an", b"al", b"final", b"\xe4\xb8", b"\xe4\xb8\xad"]


@pytest.fixture(scope="session")
def tiny_file(tmp_path_factory):
    """A folder with a tokenizer.json of 277 tokens."""
    folder = tmp_path_factory.mktemp("tiny")
    vocabulary.write(folder / "tokenizer.json", [bytes([b]) for b in range(256)] + MERGES, CONTROLS, PATTERN)
    return folder


@pytest.fixture(scope="session")
def tiny(tiny_file):
    return Tokenizer.load(tiny_file)


@pytest.fixture(scope="session")
def published_file():
    path = os.environ.get("GPTOSS_NB_TOKENIZER")
    if not path:
        pytest.skip("GPTOSS_NB_TOKENIZER does not name the published tokenizer.json (28 MB, not in the repository)")
    return path


@pytest.fixture(scope="session")
def published(published_file):
    return Tokenizer.load(published_file)


@pytest.fixture(scope="session")
def vocabulary_folder(published_file, tmp_path_factory):
    """The published vocabulary as tiktoken and openai-harmony look for it when TIKTOKEN_ENCODINGS_BASE names a folder."""
    folder = tmp_path_factory.mktemp("encodings")
    ranks = sorted(vocabulary.read(published_file).ranks.items(), key=lambda item: item[1])
    lines = b"".join(base64.b64encode(token) + b" %d\n" % rank for token, rank in ranks)
    (folder / "o200k_base.tiktoken").write_bytes(lines)
    return folder


@pytest.fixture(scope="session")
def oracle(vocabulary_folder):
    """openai-harmony's encoding."""
    harmony = pytest.importorskip("openai_harmony", reason="openai-harmony, the oracle, is not installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIKTOKEN_ENCODINGS_BASE", str(vocabulary_folder))
        return harmony.load_harmony_encoding("HarmonyGptOss")


@pytest.fixture(scope="session")
def o200k_harmony(vocabulary_folder):
    """tiktoken's own encoding, of the same vocabulary."""
    tiktoken = pytest.importorskip("tiktoken")
    url = "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken"
    (vocabulary_folder / hashlib.sha1(url.encode()).hexdigest()).write_bytes((vocabulary_folder / "o200k_base.tiktoken").read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIKTOKEN_CACHE_DIR", str(vocabulary_folder))
        return tiktoken.get_encoding("o200k_harmony")


WORDS = ["the ", "Straße", " it's", "12345", "\n\n", "  \t", "<|start|>", "<|end|>", "<|message|>", "<|reserved_200013|>",
         "<|channel|>final", "<|", "|>", "中文", "日本語テスト", "العربية", "עברית", "हिन्दी", "ไทย", "한국어", "👩‍👩‍👧", "🙂", "é", "e\u0301",
         "\u200d", "\ufeff", "\u202e", "\x00", "\x7f", "def f(x):\n    return x**2\n", '{"a": [1, 2.5e-3]}', "ﬁ", "Ⅷ", "\ud83d",
         "\udc00", "\r\n", "\u2028", "a" * 40, " " * 30, "𝔘𝔫𝔦", "<|endofprompt|>", "Ω≈ç√", "\U0010ffff", "DON'T", "'LL",
         "don't", "ǅa", "ʰa", " \n \n", "   x", "0x1F", "1_000", "https://a.b/c?d=e&f=%20", "👨🏿‍🚀", "🇩🇪🇫🇷", "\u3000", "<|START|>",
         "<|endoftext|>", "<|fim_prefix|>", "<|reserved_201087|>", "<|reserved_201088|>", "<|start|>assistant",
         "for (int i=0; i<n; i++) {\n\t\t"]
CODE = "abcXYZ'sSL019 _-/\\\n\r\t.,;:()[]{}<>|#\""


def text_of(rng: random.Random) -> str:
    """Some words of every script, emoji, code, look-alikes of control tokens, lone surrogates, and any character at all."""
    def word():
        kind = rng.random()
        if kind < 0.5:
            return rng.choice(WORDS)
        if kind < 0.7:  # neighbours, so mostly of one script
            first = 64 * rng.randrange(0x20000 // 64)
            return "".join(chr(first + rng.randrange(64)) for _ in range(rng.randrange(1, 12)))
        if kind < 0.8:
            return "".join(rng.choices(CODE, k=rng.randrange(1, 40)))
        top = rng.choice([0x80, 0x800, 0x3000, 0x10000, 0x110000])
        return "".join(chr(rng.randrange(top)) for _ in range(rng.randrange(1, 8)))
    return "".join(word() for _ in range(rng.randrange(0, 12)))


def whole(text: str) -> str:
    """Without lone surrogates, which openai-harmony refuses."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@pytest.fixture(scope="session")
def random_text():
    return text_of


@pytest.fixture(scope="session")
def random_whole_text():
    return lambda rng: whole(text_of(rng))
