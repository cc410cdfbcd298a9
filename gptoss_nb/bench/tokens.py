"""tokens: text to ids, messages to ids and ids to messages, in microseconds a token, against tiktoken and openai-harmony.

All get the same made-up conversation of about 1,000, 10,000 and 100,000 tokens, in turns: `encode` its text in one piece; `render` its
messages, which the peer has as ready objects; `parse` one reply of that length token by token, asking after each what it added and in
which channel. openai-harmony takes the published vocabulary alone, so this needs the published tokenizer.json: `--model` names its
folder, or GPTOSS_NB_TOKENIZER the file.
"""

import base64
import contextlib
import os
import random
import statistics
import tempfile
import time
from pathlib import Path

from ..chat import harmony, vocabulary
from ..chat.tokenizer import Tokenizer
from ..errors import OptionError

LENGTHS = (1000, 10_000, 100_000)
PEERS = {"encode": "tiktoken", "render": "openai-harmony", "parse": "openai-harmony"}
_O200K = "fb374d419588a4632f3f557e76b4b70aebbca790"  # the name under which tiktoken keeps o200k_base: SHA-1 of its address
_SENTENCES = (
    "The quick brown fox jumps over the lazy dog, doesn't it? ", "37 + 45 = 82, and 1,024 * 3.14 is 3215.36.\n\n",
    "Die Straße führt über den Fluß. ", "机器学习模型预测下一个词。", "Модель предсказывает следующее слово. ", "🙂 OK! ",
    "def f(x):\n    return [y**2 for y in range(x) if y % 3]\n\n", "| layer | expert |\n|---|---|\n| 3 | 7 |\n",
    '{"name": "add", "arguments": {"a": 1, "b": [2.5, null]}}\n',
)  # fmt: skip


def run(name: str, rounds: int) -> dict:
    """Microseconds a token and ratios by length; `table` is for reading. Errors: OptionError, TokenizerError."""
    file = _file(name)
    tokenizer, rng, rows = Tokenizer.load(file), random.Random(0), []
    with _peers(file) as (tiktoken, openai):
        for length in LENGTHS:
            rows += _measure(tokenizer, tiktoken, openai, _conversation(tokenizer, rng, length), rounds)
    return {"rounds": rounds, "lengths": rows, "table": _table(rows)}


def _measure(tokenizer, tiktoken, openai, messages: list[dict], rounds: int) -> list[dict]:
    text = "".join(message["content"] for message in messages)
    reply = tokenizer.encode("<|channel|>final<|message|>", control=True) + tokenizer.encode(text)
    talk = openai.conversation(messages)
    works = {
        "encode": (lambda: tokenizer.encode(text), lambda: tiktoken.encode_ordinary(text)),
        "render": (lambda: harmony.encode(tokenizer, messages), lambda: openai.render(talk)),
        "parse": (lambda: _parse(tokenizer, reply), lambda: openai.parse(reply)),
    }
    found = []
    for work, (ours, theirs) in works.items():
        answer, wanted = ours(), theirs()  # and both are warm
        assert answer == wanted, work
        n = len(answer) if work != "parse" else len(reply)
        times = [(_seconds(ours) / n * 1e6, _seconds(theirs) / n * 1e6) for _ in range(rounds)]
        mine, its = (round(statistics.median(column), 3) for column in zip(*times, strict=True))
        ratios = sorted(b / a for a, b in times)
        found.append({"work": work, "tokens": n, "microseconds_a_token": {"gptoss-nb": mine, PEERS[work]: its},
                      "ratio": statistics.median(ratios), "ratios": [ratios[0], ratios[-1]]})  # fmt: skip
    return found


def _parse(tokenizer: Tokenizer, ids: list[int]) -> str:
    parser, said = harmony.Parser(tokenizer), []
    for id in ids:
        delta = parser.feed(id)
        if delta.channel == "final":
            said.append(delta.text)
    return "".join(said)


def _conversation(tokenizer: Tokenizer, rng: random.Random, length: int) -> list[dict]:
    """Questions and answers of some hundred tokens each, together about `length` tokens."""
    messages, left = [], length
    while left > 0:
        role = {"role": "assistant", "channel": "final"} if len(messages) % 2 else {"role": "user"}
        content = "".join(rng.choices(_SENTENCES, k=rng.randrange(2, 40)))
        messages.append(role | {"content": content})
        left -= len(tokenizer.encode(content)) + 5
    return messages


def _seconds(work) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _table(rows: list[dict]) -> str:
    lines = []
    for row in rows:
        (_, ours), (peer, theirs) = row["microseconds_a_token"].items()
        low, high = row["ratios"]
        ratio = f"ratio {row['ratio']:.2f} (rounds from {low:.2f} to {high:.2f})"
        lines.append(f"{row['work']:<8}{row['tokens']:>9,} tokens{ours:>8.2f} µs a token, {peer:<14}{theirs:>7.2f}   {ratio}")
    return "\n".join(["tokens: text and messages to ids, and ids to messages one at a time, of the published vocabulary", *lines])


def _file(name: str) -> Path:
    """The published tokenizer.json; nano, the default, has another vocabulary."""
    named = os.environ.get("GPTOSS_NB_TOKENIZER") if name == "nano" else name
    if not named:
        raise OptionError("openai-harmony takes the published vocabulary alone, and nano has its own.",
                          "Name a folder with the published tokenizer.json (--model), or the file in GPTOSS_NB_TOKENIZER.")  # fmt: skip
    return Path(named)


@contextlib.contextmanager
def _peers(file: Path):
    """tiktoken's encoding and openai-harmony, both from a folder that holds this vocabulary as they look for it."""
    ranks = sorted(vocabulary.read(file).ranks.items(), key=lambda item: item[1])
    lines = b"".join(base64.b64encode(token) + b" %d\n" % rank for token, rank in ranks)
    before = {key: os.environ.get(key) for key in ("TIKTOKEN_ENCODINGS_BASE", "TIKTOKEN_CACHE_DIR")}
    with tempfile.TemporaryDirectory() as folder:
        for file_name in ("o200k_base.tiktoken", _O200K):
            (Path(folder) / file_name).write_bytes(lines)
        try:
            os.environ.update(dict.fromkeys(before, folder))
            yield _load()
        finally:
            for key, value in before.items():
                os.environ.pop(key) if value is None else os.environ.update({key: value})


def _load():
    try:
        import openai_harmony
        import tiktoken
    except ImportError:
        raise OptionError("The peer, openai-harmony, is not installed.", 'pip install "gptoss-nb[test]"') from None
    try:
        return tiktoken.get_encoding("o200k_harmony"), _OpenAI(openai_harmony)
    except Exception as error:  # of any kind: it wants the published vocabulary, or the internet
        told = f"The peers do not take this vocabulary: {error}"
        raise OptionError(told, "Name the folder of the published tokenizer.json (--model).") from None


class _OpenAI:
    """openai-harmony at the same work."""

    def __init__(self, module):
        self.module, self.encoding = module, module.load_harmony_encoding("HarmonyGptOss")

    def conversation(self, messages: list[dict]):
        system = self.module.SystemContent.new().with_reasoning_effort(self.module.ReasoningEffort.MEDIUM)
        first = self.module.Message.from_role_and_content(self.module.Role.SYSTEM, system)
        return self.module.Conversation.from_messages([first, *map(self.module.Message.from_dict, messages)])

    def render(self, conversation) -> list[int]:
        return self.encoding.render_conversation_for_completion(conversation, self.module.Role.ASSISTANT)

    def parse(self, ids: list[int]) -> str:
        parser, said = self.module.StreamableParser(self.encoding, self.module.Role.ASSISTANT), []
        for id in ids:
            parser.process(id)
            if parser.current_channel == "final":
                said.append(parser.last_content_delta or "")
        return "".join(said)
