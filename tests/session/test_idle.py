"""The idle limit: only after the limit, never while it works, told once, and loaded again as it was."""

import threading
import time

import pytest

import gptoss_nb as gn
from gptoss_nb import session
from gptoss_nb.session.idle import Idle


class Model:
    name, in_use, last_used = "nano", False, 0.0
    request = {"name": "nano", "device": "cpu"}


@pytest.fixture
def idle(monkeypatch):
    held = [Model()]
    made = Idle(lambda: held[0], lambda: held.__setitem__(0, None), threading.RLock())
    made.held = held
    monkeypatch.setattr(time, "monotonic", lambda: made.now)
    made.now = 0.0
    yield made
    made.limit(0)


def look(idle, now: float) -> None:
    """The timer's own step, at a time of ours."""
    idle.now = now
    idle._look()


def test_after_the_limit_it_goes_and_is_told(idle):
    idle.limit(10)
    look(idle, 599)
    assert idle.held[0] is not None and idle.gone is None
    look(idle, 600)
    assert idle.held[0] is None
    told, request = idle.gone
    assert "nano was unloaded: nothing had used it for 10 minutes" in told and request == Model.request
    idle.forget()
    assert idle.gone is None


def test_work_puts_it_off(idle):
    idle.limit(10)
    idle.held[0].last_used = 500.0
    look(idle, 700)
    idle.held[0].in_use = True
    look(idle, 5000)
    assert idle.held[0] is not None


def test_without_a_limit_nothing_happens(idle):
    idle.limit(10)
    idle.limit(0)
    look(idle, 10**6)
    assert idle.held[0] is not None and idle.minutes == 0


def test_a_real_model_really_goes():
    model = gn.load("nano", context=700)
    model.chat("Hi", max_tokens=2)
    session.idle.limit(0.02 / 60 * 60)  # 1.2 seconds
    for _ in range(100):
        if session.current() is None:
            break
        time.sleep(0.1)
    session.idle.limit(0)
    told, request = session.idle.gone
    assert session.current() is None and "unloaded" in repr(model) and "nano" in told
    assert gn.load(**request).placement.context == 700 and session.idle.gone is None
    gn.unload()


def test_a_reply_whose_tool_takes_its_time_is_work():
    model, seen = gn.load("nano"), []

    def add(a: int, b: int) -> int:
        """Add two numbers."""
        seen.append(model.in_use)
        return a + b

    model.chat("What is 12 + 30?", tools=[add], temperature=0)
    assert seen and all(seen) and not model.in_use
    gn.unload()


def test_what_was_unloaded_is_not_told_after_something_else_was_loaded():
    gn.load("nano", context=600)
    session.idle._gone = "old", {"name": "nano"}
    gn.load("nano", context=500)
    assert session.idle.gone is None
    gn.unload()
