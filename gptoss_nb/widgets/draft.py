"""Draft: a reply as far as it has come, gathered from events. Read by the forms beside it; knows no display."""

from ..engine.events import Compiling, Finished, Prefilled, Token, ToolCall, ToolResult


class Draft:
    """`thinking` and `answer` are the texts so far; `calls` (name, arguments, result or None); `tokens` how many."""

    def __init__(self):
        self.thinking = self.answer = self.finish = ""
        self.calls: list[tuple[str, str, str | None]] = []
        self.tokens, self.seconds, self.begun, self.stopped = 0, 0.0, False, False
        self.compiling: Compiling | None = None  # what keeps the first token waiting
        self.trace = None  # of the whole reply, at the end

    def add(self, event) -> None:
        self.compiling = event if isinstance(event, Compiling) else None
        match event:
            case Prefilled():
                self.begun = True
            case Token():
                self.tokens += 1
                self._add_text(event)
            case ToolCall():
                self.calls.append((event.name, event.arguments, None))
            case ToolResult():
                name, arguments, _ = self.calls[-1]
                self.calls[-1] = (name, arguments, event.text)
            case Finished():
                self.complete(event.reply)

    def _add_text(self, token: Token) -> None:
        if token.recipient or token.role not in ("assistant", "") or not token.text:
            return  # a call is shown as a call
        if token.channel in ("analysis", "commentary"):
            self.thinking += token.text
        else:
            self.answer += token.text

    def complete(self, reply) -> None:
        """The texts and numbers of the finished (or stopped) reply."""
        self.compiling = None
        self.thinking, self.answer, self.stopped = reply.thinking, reply.text, reply.stopped
        self.tokens, self.seconds, self.finish = reply.stats.generated_tokens, reply.stats.decode_seconds, reply.stats.finish
        self.trace = getattr(reply, "trace", None)

    @property
    def numbers(self) -> list[str]:
        """Tokens, speed and time, and how it ended where that was not by itself; before the first token, what it waits for."""
        if self.compiling:
            return [waiting(self.compiling)]
        shown = [f"{self.tokens} tokens"]
        if self.seconds:
            shown += [f"{self.tokens / self.seconds:,.0f} tok/s", f"{self.seconds:.1f} s"]
        ends = {"": "", "stop": "" if self.answer.strip() else "no answer", "interrupted": "stopped", "length": "cut at --max-tokens or the context"}
        ended = ends.get(self.finish, self.finish)
        return [*shown, ended] if ended else shown


def waiting(event: Compiling) -> str:
    """For the status line."""
    return f"compiling kernels for this GPU: {event.number} so far, {event.seconds:.0f} s (kept for next time)"
