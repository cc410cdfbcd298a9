"""Screens show a reply as it comes: not too often, once, or as text. The clock and the display are the test's own."""

import io
from types import SimpleNamespace

import IPython.display
import pytest

from gptoss_nb.engine.events import Compiling, Prefilled, Token, ToolCall, ToolResult
from gptoss_nb.widgets import screens


def token(text: str, channel: str = "final") -> Token:
    return Token(0, 0, text, "assistant", channel, None, -1.0)


def reply(text: str = "", thinking: str = "", finish: str = "stop"):
    stats = SimpleNamespace(generated_tokens=7, decode_seconds=0.5, finish=finish)
    return SimpleNamespace(text=text, thinking=thinking, stopped=finish == "interrupted", stats=stats)


@pytest.fixture
def clock(monkeypatch):
    """`clock.now` in seconds."""
    made = SimpleNamespace(now=100.0)
    monkeypatch.setattr(screens.time, "perf_counter", lambda: made.now)
    return made


@pytest.fixture
def shown(monkeypatch, clock) -> list:
    """(time, "display" or "update", bundle) of each output."""
    told = []

    def display(page, raw, display_id=False):
        assert raw
        told.append((clock.now, "display", page))
        return SimpleNamespace(update=lambda page, raw: told.append((clock.now, "update", page))) if display_id else None

    monkeypatch.setattr(IPython.display, "display", display)
    return told


def test_a_notebook_is_updated_twelve_times_a_second_at_most(clock, shown):
    screen = screens.Notebook(["nano"])
    screen.show(Prefilled(3, 0, 0.0))
    for _ in range(300):  # 3 seconds of 100 tokens each
        clock.now += 0.01
        screen.show(token("x"))
    assert [kind for _, kind, _ in shown] == ["display"] + ["update"] * (len(shown) - 1)
    times = [at for at, _, _ in shown]
    assert 25 <= len(times) <= 37 and all(sum(t <= at < t + 1 for at in times) <= 12 for t in times)
    screen.close(reply("x" * 300))
    assert "x" * 300 in shown[-1][2]["text/plain"] and "7 tokens · 14 tok/s" in shown[-1][2]["text/html"]
    sizes = [len(page["text/markdown"]) for _, _, page in shown[:-1]]
    assert sizes == sorted(sizes) and sizes[0] < sizes[-1]


def test_where_nothing_came_nothing_stays(shown):
    for screen in (screens.Notebook(["nano"]), screens.Static(["nano"])):
        screen.close(None)
    assert shown == []


def test_the_static_form_is_displayed_once(shown):
    screen = screens.Static(["nano"])
    for _ in range(50):
        screen.show(token("x"))
    assert shown == []
    screen.close(reply("x" * 50, finish="interrupted"))
    ((_, kind, page),) = shown
    assert kind == "display" and "x" * 50 in page["text/plain"] and "stopped" in page["text/html"]


def test_a_terminal_prints_each_text_once():
    out = io.StringIO()
    screen = screens.Terminal(["nano", "effort medium"], out)
    events = [Prefilled(3, 0, 0.0), token("so 7", "analysis"), token("+5", "analysis"), ToolCall("f", '{"a": 1}'), ToolResult("f", "12")]
    for event in [*events, token("It is "), token("12.")]:
        screen.show(event)
    screen.close(reply("It is 12.", "so 7+5"))
    assert out.getvalue() == 'so 7+5\nf({"a": 1})\n\n→ 12\n\n\nIt is 12.\nnano · effort medium · 7 tokens · 14 tok/s · 0.5 s\n'


class Tty(io.StringIO):
    def isatty(self):
        return True


COMPILING = "compiling kernels for this GPU: 12 so far, 34 s (kept for next time)"


def test_a_terminal_says_what_the_first_token_waits_for():
    out, pipe = Tty(), io.StringIO()
    for where in (out, pipe):
        screen = screens.Terminal(["nano"], where)
        waits = Compiling("_down_kernel", 12, 34.2), Compiling("_embed_kernel", 13, 35.0)
        for event in (*waits, Prefilled(3, 0, 0.0), token("It "), token("is")):
            screen.show(event)
        screen.show(Compiling("_attend_kernel", 14, 99.0))  # in the middle of a line: not over the text
        screen.show(token(" 12."))
    line = "\r\x1b[K\x1b[2m{}\x1b[0m"
    first, second = COMPILING, COMPILING.replace("12", "13").replace("34", "35")
    assert out.getvalue() == line.format(first) + line.format(second) + "\r\x1b[KIt is 12."
    assert pipe.getvalue() == "It is 12."


def test_a_wait_that_is_stopped_leaves_no_line():
    out = Tty()
    screen = screens.Terminal(["nano"], out)
    screen.show(Compiling("_down_kernel", 12, 34.2))
    screen.close(None)
    assert out.getvalue().endswith("\r\x1b[K")


def test_a_notebook_says_what_the_first_token_waits_for(shown):
    screen = screens.Notebook(["nano"])
    screen.show(Compiling("_down_kernel", 12, 34.2))
    assert all(COMPILING in page for page in shown[-1][2].values())
    screen.show(Prefilled(3, 0, 0.0))
    assert not any("compiling" in page for page in shown[-1][2].values())
    screen.show(Compiling("_down_kernel", 12, 34.2))
    screen.close(reply("x", finish="interrupted"))
    assert not any("compiling" in page for page in shown[-1][2].values())


def test_a_terminal_obeys_nothing_that_a_model_writes():
    bad = "\x1b[2J\x07\x9b31m\r\u202e"
    for out, ours in ((io.StringIO(), ()), (Tty(), ("\x1b[2m", "\x1b[0m"))):
        screen = screens.Terminal(["nano"], out)
        for event in (token(bad, "analysis"), token(bad), ToolCall(bad, bad), ToolResult(bad, bad)):
            screen.show(event)
        text = out.getvalue()
        for code in ours:
            assert code in text
            text = text.replace(code, "")
        assert not {c for c in text if not c.isprintable()} - {"\n"} and text.count("\ufffd[2J") == 5
