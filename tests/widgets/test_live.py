"""What a live cell sends to its page, without a browser: how often, how much, and text alone. tests/browser looks at the page."""

from types import SimpleNamespace

import pytest

from gptoss_nb.engine.events import Compiling, Prefilled, Token, ToolCall, ToolResult
from gptoss_nb.widgets import live
from gptoss_nb.widgets.prose import Growing, render

LAYERS, SLOTS, EXPERTS = 24, 4, 32


class Page:
    """In place of the widget: what was sent, and when."""

    def __init__(self, **state):
        self.sent, self.comm, self.closed = [], SimpleNamespace(_reply_subshell_for="ipykernel's own"), False
        self.layout = SimpleNamespace(close=lambda: None)
        self.__dict__ |= state

    def send(self, content, buffers=None):
        self.sent.append((content, buffers))

    def on_msg(self, heard):
        self.say = lambda message: heard(self, message, [])

    def close(self):
        self.closed = True


@pytest.fixture
def screen(monkeypatch):
    """A Live with a clock of its own, its page, the turn that it controls, and the display."""
    clock, shown = SimpleNamespace(now=100.0), []
    turn = SimpleNamespace(stopped=0, given=0)
    turn.stop = lambda: setattr(turn, "stopped", turn.stopped + 1)
    turn.more = lambda n: setattr(turn, "given", turn.given + n) or n
    handle = SimpleNamespace(update=lambda page, raw: shown.append(page))
    monkeypatch.setattr(live, "Page", Page)
    monkeypatch.setattr(live, "_kernel_id", lambda: "the-kernel")
    monkeypatch.setattr(live, "display", lambda page, display_id: handle)
    monkeypatch.setattr(live.time, "perf_counter", lambda: clock.now)
    made = live.Live(["nano"], turn, (LAYERS, SLOTS, EXPERTS), 512)
    made._page.say({"kind": "hello", "next": 0})
    return SimpleNamespace(live=made, page=made._page, turn=turn, clock=clock, shown=shown)


def token(position: int, text: str, channel: str = "final", recipient=None, experts=EXPERTS) -> Token:
    slots = tuple((tuple((position + layer + k) % experts for k in range(SLOTS)), (0.4, 0.3, 0.2, 0.1)) for layer in range(LAYERS))
    return Token(position, 7, text, "assistant", channel, recipient, -0.5, ((7, text or "<|end|>", -0.5), (8, " other", -1.5)), slots)


def kinds(page) -> list[str]:
    return [content["kind"] for content, _ in page.sent]


def test_tokens_go_in_bundles_of_bytes(screen):
    screen.live.show(Prefilled(9, 4, 0.25))
    for n in range(300):  # a second
        screen.clock.now += 1 / 300
        screen.live.show(token(9 + n, " word"))
    bundles = [(content, buffers) for content, buffers in screen.page.sent if content["kind"] == "tokens"]
    assert 15 <= len(bundles) <= live.UPDATES + 1 and 4 <= kinds(screen.page).count("answer") <= live.PROSE_UPDATES + 1
    content, (ids, weights) = bundles[0]
    n = len(content["texts"])
    assert content["first"] == 9 and len(ids) == len(weights) == n * LAYERS * SLOTS
    assert list(ids[:8]) == [9, 10, 11, 12, 10, 11, 12, 13] and list(weights[:4]) == [102, 76, 51, 26]
    assert content["names"][0] == " word" and content["others"][0] == [" other", 0.223] and content["shares"][0] == 0.607
    size = sum(len(str(content)) + sum(map(len, buffers or [])) for content, buffers in screen.page.sent)
    assert size < 1000 * 300


def test_it_says_what_the_first_token_waits_for(screen):
    screen.live.show(Compiling("_down_kernel", 12, 34.2))
    told, _ = screen.page.sent[-1]
    assert told["kind"] == "compiling" and told["text"].startswith("compiling kernels for this GPU: 12 so far, 34 s")


def test_a_page_that_opens_late_gets_all_of_it(screen):
    for n in range(30):
        screen.clock.now += 0.1
        screen.live.show(token(9 + n, "x"))
    told = list(screen.page.sent)
    assert [content["n"] for content, _ in told] == list(range(len(told)))
    screen.page.say({"kind": "hello", "next": 0})
    assert screen.page.sent[len(told) :] == told
    screen.page.say({"kind": "hello", "next": len(told) - 2})
    assert screen.page.sent[2 * len(told) :] == told[-2:]


def test_a_kernel_that_hears_nothing_tells_it_again_a_few_times(screen):
    screen.live._heard = False
    for n in range(600):  # a minute
        screen.clock.now += 0.1
        screen.live.show(token(9 + n, "x"))
    firsts = [k for k, (content, _) in enumerate(screen.page.sent) if content.get("n") == 0]
    assert len(firsts) == 5  # once, and after 1/2, 1, 2 and 4 seconds
    assert {content["n"] for content, _ in screen.page.sent} == set(range(len(screen.live._log)))


def test_many_experts_take_two_bytes(monkeypatch, screen):
    screen.page.shape = [LAYERS, SLOTS, 300]
    screen.live.show(token(299, "x", experts=300))
    content, (ids, _) = next(one for one in screen.page.sent if one[0]["kind"] == "tokens")
    assert len(ids) == 2 * LAYERS * SLOTS and int.from_bytes(ids[:2], "little") == 299 and int.from_bytes(ids[2:4], "little") == 0


def test_what_the_page_asks_for(screen):
    screen.page.say({"kind": "stop"})
    assert screen.turn.stopped == 1 and kinds(screen.page)[-1] == "stopping"
    screen.page.say({"kind": "more"})
    assert screen.turn.given == 512 and screen.page.sent[-1][0] == {"kind": "limit", "tokens": 1024}
    screen.page.say({"kind": "explore", "token": 5, "layer": 2})
    assert screen.live.explore == {"token": 5, "layer": 2}
    for nonsense in (None, [], "stop", {"kind": "rm"}, {}):
        screen.page.say(nonsense)
    assert screen.turn.stopped == 1


def test_a_function_of_the_user_is_not_stopped_by_a_message(screen):
    """It would not hear it: unanswered, the page goes on to interrupt."""
    screen.live.show(ToolCall("f", "{}"))
    screen.page.say({"kind": "stop"})
    assert screen.turn.stopped == 0 and "stopping" not in kinds(screen.page)
    screen.live.show(ToolResult("f", "9"))
    screen.page.say({"kind": "stop"})
    assert screen.turn.stopped == 1


def test_the_page_is_heard_on_the_thread_that_the_front_end_chose(screen):
    assert screen.page.comm._reply_subshell_for({"content": {}}, "a subshell") == "a subshell"


def test_at_the_end_the_static_form_stands_alone(screen):
    screen.live.show(token(9, "82"))
    stats = SimpleNamespace(generated_tokens=1, decode_seconds=0.1, finish="stop")
    screen.live.close(SimpleNamespace(text="82", thinking="7+5", stopped=False, stats=stats, trace=None))
    assert screen.page.closed and set(screen.shown[-1]) == {"text/plain", "text/markdown", "text/html"} and "82" in screen.shown[-1]["text/html"]


def test_a_page_where_nothing_came_leaves_nothing(screen):
    screen.live.close(None)
    assert screen.page.closed and screen.shown == [{"text/plain": ""}]


def test_control_characters_are_shown_not_sent(screen):
    screen.live.show(token(9, "\x1b]8;;http://evil.example\x07\u202e"))
    screen.live.show(ToolCall("\x1bf", "\x07"))
    screen.live.show(ToolResult("f", "\x9b"))
    told = str([content for content, _ in screen.page.sent])
    assert "\\x1b" not in told and "\\x07" not in told and "\\u202e" not in told and "\\x9b" not in told


TEXT = "# Title\n\nFirst *one*.\n\n- a\n- b\n\n    still b\n\nThen:\n\n```python\nx = 1\n\ny = 2\n```\n\nLast | one\n\nand `more`"


def test_an_answer_that_grows_ends_as_the_whole_one():
    growing, whole = Growing(), ""
    for end in range(1, len(TEXT) + 1):
        done, rest = growing.html(TEXT[:end])
        whole += done
    assert whole + rest == render(TEXT) and whole.count("<h1>") == 1


def test_no_block_is_cut_in_two():
    growing = Growing()
    done, rest = growing.html("```\na\n\nb")
    assert done == "" and rest.count("<pre") == 1
    assert growing.html("```\na\n\nb\n```\n\nand then")[0].count("<pre") == 1


def test_what_mathjax_would_do_to_the_page_is_disarmed():
    text = r"\(\href{javascript:alert(1)}{x}\) $\style{position:fixed}{y}$ \(\frac{a}{b}\) `\style`"
    page = render(text)
    assert r"\href" not in page and r"\style{" not in page and r"\frac{a}{b}" in page and r"<code>\style</code>" in page
    assert page.replace("\u200b", "").count("position:fixed") == 1


@pytest.mark.parametrize("fence", ["```", "~~~", "````"])
def test_no_fence_is_cut_in_two(fence):
    growing = Growing()
    assert growing.html(f"{fence}\na\n\nb")[0] == ""
    assert growing.html(f"{fence}\na\n\nb\n{fence}\n\nand then")[0].count("<pre") == 1


def test_a_long_block_is_sent_seldom(screen):
    screen.live.show(Prefilled(9, 0, 0.1))
    screen.live.show(token(9, "```python\n"))
    for n in range(600):  # ten seconds of code without an end
        screen.clock.now += 1 / 60
        screen.live.show(token(10 + n, "x = [1, 2]; # why\n"))
    told = sum(len(str(content)) for content, _ in screen.page.sent if content["kind"] == "answer")
    assert 3 < kinds(screen.page).count("answer") and told < 1000 * 600


def test_a_static_form_that_fails_leaves_no_page(screen, monkeypatch):
    monkeypatch.setattr(live, "bundle", lambda draft, title: 1 / 0)
    stats = SimpleNamespace(generated_tokens=1, decode_seconds=0.1, finish="stop")
    with pytest.raises(ZeroDivisionError):
        screen.live.close(SimpleNamespace(text="82", thinking="7+5", stopped=False, stats=stats, trace=None))
    assert screen.page.closed


def test_a_reply_that_is_taken_up_comes_before_its_prompt_is_read(screen):
    screen.live.show(token(9, "old"))
    screen.live.show(token(10, " one"))
    screen.live.show(Prefilled(11, 0, 0.1))
    screen.live.show(token(11, " new"))
    before = kinds(screen.page)[: kinds(screen.page).index("begun")]
    assert sum(len(content["texts"]) for content, _ in screen.page.sent[: len(before)] if content["kind"] == "tokens") == 2


def test_code_is_coloured_and_stays_text():
    page = render("```python\nprint('<b>')  # <script>\n```\n\n```no such language\n<i>\n```\n\n    <u> indented")
    assert "color: #" in page and "&lt;script&gt;" in page and "<b>" not in page and "<i>" not in page and "<u>" not in page
