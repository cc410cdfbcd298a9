"""decode: whole replies through the Python API, routing recorded, against transformers' generate on the same checkpoint.

Ours is `model.chat(...)`: rendering, prefill, decode, parsing and the finished Trace. The peer gets the same token ids and
makes as many tokens, greedily, with its cache, recording nothing. Both in float32 on this machine's CPU, in turns.
"""

import os
import statistics
import time

from .. import session
from ..chat import harmony
from ..errors import OptionError

QUESTIONS = ("What is 345 + 278?", "Sort these numbers: 51, 7, 301, 44, 18.", "Reverse the word 'notebook'.", "Repeat: x7kq2pd94n")


def run(name: str, rounds: int) -> dict:
    """Times, tokens and the ratio; `table` is for reading. Errors: OptionError where transformers is missing."""
    model = session.load(name, device="cpu", dtype="float32")
    peer = _peer(model)
    ours, theirs = [], []
    for number in range(rounds + 1):  # the first round warms both up
        mine, its = [], []
        for question in QUESTIONS:
            model.forget()
            started = time.perf_counter()
            reply = model.chat(question, effort="high", temperature=0, max_tokens=200)
            mine.append((reply.stats.generated_tokens, time.perf_counter() - started))
            its.append((reply.stats.generated_tokens, peer(reply)))
        if number:
            ours.append(sum(s for _, s in mine) / sum(n for n, _ in mine))
            theirs.append(sum(s for _, s in its) / sum(n for n, _ in its))
    ratios = [b / a for a, b in zip(ours, theirs)]
    result = {"milliseconds_a_token": {"gptoss-nb": _ms(ours), "transformers": _ms(theirs)}, "ratio": statistics.median(ratios)}
    return {"model": name, "rounds": rounds, **result, "table": _table(name, result, min(ratios), max(ratios))}


def _ms(seconds: list[float]) -> float:
    return round(1000 * statistics.median(seconds), 3)


def _table(name: str, result: dict, low: float, high: float) -> str:
    rows = [f"{peer:<14}{ms:>9.2f} ms a token{1000 / ms:>9.0f} tok/s" for peer, ms in result["milliseconds_a_token"].items()]
    return "\n".join(
        [
            f"decode: whole replies of {name}, prompt included, float32 on CPU; ours with every token's routing recorded",
            *rows,
            f"ratio {result['ratio']:.1f} (rounds from {low:.1f} to {high:.1f})",
        ]
    )


def _peer(model):
    """A function: seconds that transformers needs for as many tokens after the same prompt."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        import torch
        import transformers
    except ImportError:
        raise OptionError("The peer, transformers, is not installed.", 'pip install "gptoss-nb[bench]"') from None
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    other = transformers.AutoModelForCausalLM.from_pretrained(model.folder, dtype=torch.float32).eval()
    end = harmony.stop_ids(model.tokenizer)

    def generate(reply) -> float:
        n = reply.stats.generated_tokens
        prompt = torch.tensor([reply.trace.token_ids[: reply.stats.prompt_tokens].tolist()])
        started = time.perf_counter()
        with torch.inference_mode():
            made = other.generate(prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=n, min_new_tokens=n,
                                  do_sample=False, pad_token_id=min(end))  # fmt: skip
        seconds = time.perf_counter() - started
        assert made.shape[1] == prompt.shape[1] + n
        return seconds

    return generate
