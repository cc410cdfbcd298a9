"""Reply: what came of one question. Plain fields, made at the end of a turn (or where it was stopped)."""

from dataclasses import dataclass

from ..trace import Trace


@dataclass(frozen=True)
class Stats:
    """Counts are tokens, times seconds. `finish` is "stop", "length" (max_tokens or the context), "interrupted", "call"
    (a call of a function that was not offered) or "tool limit"."""

    prompt_tokens: int
    reused_tokens: int
    generated_tokens: int
    prefill_seconds: float
    decode_seconds: float
    finish: str

    @property
    def tokens_per_second(self) -> float:
        return self.generated_tokens / self.decode_seconds if self.decode_seconds else 0.0


@dataclass(frozen=True)
class Reply:
    """`text` is the final answer, `thinking` what the other channels said; `messages` the whole conversation so far, good
    as the next `history`; `token_ids` what was sampled, without the stop token; `trace` covers every position from 0.
    `stopped` is True where the reply was interrupted."""

    text: str
    thinking: str
    messages: tuple[dict, ...]
    token_ids: tuple[int, ...]
    trace: Trace
    stats: Stats
    stopped: bool

    def __repr__(self) -> str:
        state = ", stopped" if self.stopped else ""
        return f"Reply({self.text!r}, {self.stats.generated_tokens} tokens{state})"


def said(messages: list[dict], thinking: bool) -> str:
    """The assistant's final messages, or all its others that are not calls, one after the other."""
    own = [m for m in messages if m["role"] == "assistant" and not m.get("recipient")]
    chosen = [m["content"] for m in own if (m.get("channel") in ("analysis", "commentary")) == thinking]
    return "\n\n".join(filter(None, chosen))
