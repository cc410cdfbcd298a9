"""A stub of a model that yields tokens by the clock, for what a display costs. Runs in the kernel that notebook (the benchmark) opens:

from gptoss_nb.bench import stub; stub.play(4000, 300, shown=True)
"""

import random
import time
from types import SimpleNamespace

import numpy as np

from ..engine.events import Prefilled, Token
from ..trace import Trace
from ..widgets.live import Live

LAYERS, SLOTS, EXPERTS = 24, 4, 32  # gpt-oss-20b's
WORDS = [" the", " model", " looks", " at", " each", " expert", ",", " and", " then", ".", " **bold**", "\n\n", " `code`", " 37", " +"]

CODE = [" for", " x", " in", " range", "(", ")", ":\n    ", " =", " 37", " +", "\n", " 'text'", " return", " # why\n"]


def play(tokens: int, rate: float, shown: bool) -> None:
    """Prints the seconds that the cell took, and of these the processor's."""
    made, reply = _events(tokens), _reply(tokens)
    turn = SimpleNamespace(stop=lambda: None, more=lambda n: n)
    started, worked = time.perf_counter(), time.thread_time()
    screen = Live(["stub", "effort medium"], turn, (LAYERS, SLOTS, EXPERTS), tokens) if shown else None
    for number, event in enumerate(made):
        wait = started + number / rate - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        if screen:
            screen.show(event)
    streamed = time.perf_counter() - started
    if screen:
        screen.close(reply)
    print(f"seconds {time.perf_counter() - started:.4f} streaming {streamed:.4f} processor {time.thread_time() - worked:.4f}")


def _events(tokens: int) -> list:
    rng = random.Random(0)
    events: list = [Prefilled(100, 0, 0.1)]
    for position in range(100, 100 + tokens):
        text, channel = _text(rng, position - 100, tokens), "analysis" if position < 100 + tokens // 3 else "final"
        others = tuple((k, rng.choice(WORDS), -1.0 - k) for k in range(5))
        experts = tuple((tuple(rng.sample(range(EXPERTS), SLOTS)), (0.4, 0.3, 0.2, 0.1)) for _ in range(LAYERS))
        events.append(Token(position, 0, text, "assistant", channel, None, -0.1, others, experts))
    return events


def _text(rng: random.Random, n: int, tokens: int) -> str:
    """Prose, and a block of code in the middle of the answer: it cannot be cut, and is coloured."""
    begin, end = tokens // 2, tokens // 2 + tokens // 8
    if n in (begin, end):
        return "\n\n```python\n" if n == begin else "\n```\n\nAnd"
    return rng.choice(CODE if begin < n < end else WORDS)


def _reply(tokens: int):
    rng = np.random.default_rng(0)
    texts = rng.choice(WORDS, tokens).tolist()
    logits = rng.normal(size=(LAYERS, tokens, EXPERTS)).astype(np.float32)
    ids = np.argsort(-logits, axis=-1)[..., :SLOTS].astype(np.int16)
    trace = Trace(token_ids=np.zeros(tokens, np.int32), tokens=tuple(texts), roles=("assistant",) * tokens, channels=("final",) * tokens,
                  turns=np.zeros(tokens, np.int16), logprobs=np.full(tokens, -0.1, np.float32), generated=np.ones(tokens, bool),
                  expert_ids=ids, expert_weights=np.full((LAYERS, tokens, SLOTS), 0.25, np.float32), router_logits=logits, badge={})  # fmt: skip
    stats = SimpleNamespace(generated_tokens=tokens, decode_seconds=tokens / 300, finish="stop")
    third = tokens // 3
    return SimpleNamespace(text="".join(texts[third:]), thinking="".join(texts[:third]), stopped=False, stats=stats, trace=trace)
