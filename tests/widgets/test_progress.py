"""The bar of a loading model: not for what is quick, not too often, gone at the end, also after an error."""

from types import SimpleNamespace

import IPython.display
import pytest

from gptoss_nb import commands
from gptoss_nb.widgets import progress


@pytest.fixture
def shown(monkeypatch):
    clock, told = SimpleNamespace(now=10.0), []
    monkeypatch.setattr(progress.time, "perf_counter", lambda: clock.now)

    def display(page, raw, display_id):
        told.append((clock.now, page))
        return SimpleNamespace(update=lambda page, raw: told.append((clock.now, page)))

    monkeypatch.setattr(IPython.display, "display", display)
    return clock, told


def test_quick_loads_show_none(shown):
    clock, told = shown
    with progress.Progress("nano") as bar:
        bar(10, 100)
        clock.now += 0.4
        bar(100, 100)
    assert told == []


def test_it_grows_and_goes(shown):
    clock, told = shown
    with pytest.raises(MemoryError), progress.Progress("<b>20b</b>") as bar:
        for k in range(101):
            bar(k * 137_000_000, 13_700_000_000)
            clock.now += 0.05
        raise MemoryError
    times = [at for at, _ in told]
    assert times[0] >= 10.5 and all(sum(t <= at < t + 1 for at in times[:-2]) <= 6 for t in times)
    pages = [page for _, page in told]
    assert "<progress" in pages[0]["text/html"] and "<b>" not in pages[0]["text/html"] and "GB/s" in pages[0]["text/plain"]
    assert "13.7 of 13.7 GB" in pages[-2]["text/plain"] and pages[-1] == {"text/plain": "", "text/html": ""}


def test_a_meter_of_memory():
    assert commands.meter("GPU memory", 60 * 10**9, 80 * 10**9) == "GPU memory ███████████████░░░░░ 60.0 GB of 80.0 GB in use"
    assert commands.meter("GPU memory", 0, 0).count("░") == 20


def test_what_was_there_already_is_no_speed(shown):
    """A download that goes on, and the reading after it: each with the speed of its own."""
    clock, told = shown
    with progress.Progress("20b") as bar:
        bar(8 * 10**9, 10 * 10**9)
        clock.now += 2
        bar(10 * 10**9, 10 * 10**9)
        bar(0, 9 * 10**9)
        clock.now += 1
        bar(9 * 10**9, 9 * 10**9)
    assert [page["text/plain"].rpartition(", ")[2] for _, page in told[:2]] == ["1.0 GB/s", "9.0 GB/s"]


@pytest.mark.parametrize("terminal", [True, False])
def test_a_terminal_gets_a_line(shown, capsys, monkeypatch, terminal):
    clock, _ = shown
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: terminal, raising=False)
    with progress.TerminalProgress("20b") as bar:
        bar(0, 10**10)
        clock.now += 1
        bar(5 * 10**9, 10**10)
    told = capsys.readouterr().err
    assert ("20b: 5.0 of 10.0 GB, 5.0 GB/s" in told and told.endswith("\r\x1b[K")) if terminal else told == ""
