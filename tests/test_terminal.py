"""`python -m gptoss_nb`: what it prints, where, and its exit status."""

import io
import os
import subprocess
import sys

import pytest

from gptoss_nb import kernelspec, session
from gptoss_nb.__main__ import main
from gptoss_nb.engine.events import Token
from gptoss_nb.widgets.screens import Terminal


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    monkeypatch.delenv("GPTOSS_NB_MODEL", raising=False)


class Pipe(io.StringIO):
    def isatty(self):
        return False


class Keyboard(Pipe):
    def isatty(self):
        return True


def test_a_question_is_answered(capsys):
    assert main(["What is 37 + 45?", "--temperature", "0", "--effort", "low"]) == 0
    told = capsys.readouterr()
    reply = session.current().chat("What is 37 + 45?", temperature=0, effort="low")
    assert told.out.startswith(reply.text) and "nano · effort low" in told.out and told.err == ""


def test_a_question_comes_from_a_pipe(capsys, monkeypatch):
    asked = []
    turn = session.LoadedModel.turn
    monkeypatch.setattr(session.LoadedModel, "turn", lambda self, prompt, **more: asked.append(prompt) or turn(self, prompt, **more))
    monkeypatch.setattr(sys, "stdin", Pipe("Two\nlines\n"))
    assert main(["--max-tokens", "3", "--seed", "1"]) == 0
    assert asked == ["Two\nlines"] and "tokens" in capsys.readouterr().out


def test_raw_continues_plain_text(capsys):
    assert main(["37 + 45 =", "--raw", "--max-tokens", "3"]) == 0
    assert "plain text" in capsys.readouterr().out


@pytest.mark.parametrize("argv", [["--help"], ["-h"], []])
def test_help(argv, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Keyboard())
    assert main(argv) == 0
    told = capsys.readouterr().out
    for word in ("--effort", "--model", "--system", "kernelspec install"):
        assert word in told


@pytest.mark.parametrize(
    "argv",
    [
        ["Hi", "--efort", "low"],
        ["Hi", "--model", "nana"],
        ["Hi", "--effort", "huge"],
        ["Hi", "--temperature", "-1"],
        ["two", "questions"],
        [""],
        ["Hi", "--raw", "--system", "Be brief."],
        ["kernelspec"],
        ["kernelspec", "instal"],
        ["kernelspec", "install", "--bogus"],
    ],
)
def test_a_mistake_is_two_lines_on_stderr(argv, capsys):
    assert main(argv) == 1
    told = capsys.readouterr()
    assert told.out == "" and len(told.err.splitlines()) == 2


def test_a_terminal_without_the_characters_and_a_reader_that_leaves():
    ask = [sys.executable, "-m", "gptoss_nb", "Spell hello.", "--temperature", "0"]
    told = subprocess.run(ask, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert told.returncode == 0 and b"nano ? effort medium" in told.stdout and told.stderr == b""
    reader, writer = os.pipe()
    os.close(reader)
    told = subprocess.run(ask, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert told.returncode == 1 and told.stderr == b""


def test_ctrl_c_keeps_what_was_printed(capsys, monkeypatch):
    show = Terminal.show

    def stopped(self, event):
        show(self, event)
        if isinstance(event, Token):
            raise KeyboardInterrupt

    monkeypatch.setattr(Terminal, "show", stopped)
    assert main(["Hello"]) == 130
    assert "stopped" in capsys.readouterr().out


def test_kernelspec_gets_its_arguments(monkeypatch):
    given = []
    monkeypatch.setattr(kernelspec, "main", lambda argv: given.append(argv) or 1)
    assert main(["kernelspec", "install", "--user"]) == 1 and given == [["install", "--user"]]
