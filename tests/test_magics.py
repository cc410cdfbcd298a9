"""%gptoss and %%gptoss in a real IPython: what a cell prints, stores and keeps, and what a user's mistake gets.

tests/test_notebook.py runs them in a Jupyter kernel.
"""

import re

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from gptoss_nb import options, session
from gptoss_nb.errors import GptossError


class Shell:
    """An IPython shell with the extension; calling it runs a cell."""

    def __init__(self):
        self.ip = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
        self.names = self.ip.user_ns
        self("%load_ext gptoss_nb")

    def try_(self, code: str):
        """(exception or None, what was printed)."""
        with capture_output() as out:
            result = self.ip.run_cell(code)
        return result.error_before_exec or result.error_in_exec, out.stdout

    def __call__(self, code: str) -> str:
        error, printed = self.try_(code)
        assert error is None, printed
        return printed

    @property
    def magics(self):
        return self.ip.magics_manager.registry["GptOssMagics"]


@pytest.fixture
def shell(monkeypatch, tmp_path):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name in ("GPTOSS_NB_MODEL", "GPTOSS_NB_STATIC"):
        monkeypatch.delenv(name, raising=False)
    return Shell()


def asked(reply) -> list[str]:
    return [message["content"] for message in reply.messages if message["role"] == "user"]


def frame(reply) -> str:
    """What the model was given, as text."""
    return session.current().tokenizer.decode(reply.trace.token_ids[: reply.stats.prompt_tokens])


def test_a_cell_before_any_load_loads_and_says_so(shell):
    session.unload()
    printed = shell("%%gptoss --max-tokens 3\nHello")
    assert "No model was loaded" in printed and "nano: 4 layers" in printed and session.current().name == "nano"
    assert "No model was loaded" not in shell("%%gptoss --max-tokens 3\nHello")


def test_the_environment_names_the_model_of_a_bare_load(shell, golden, monkeypatch):
    monkeypatch.setenv("GPTOSS_NB_MODEL", str(golden / "hf"))
    assert str(golden / "hf") in shell("%gptoss load")
    assert "nano" in shell("%gptoss load nano") and session.current().name == "nano"


def test_o_stores_the_reply_and_the_cell_shows_it(shell):
    printed = shell("%%gptoss --max-tokens 40 --temperature 0 -o ans\nHello")
    ans = shell.names["ans"]
    assert isinstance(ans, session.Reply) and ans.text in printed and f"{ans.stats.generated_tokens} tokens" in printed
    assert len(ans.trace) == len(ans.trace.token_ids) >= ans.stats.prompt_tokens + ans.stats.generated_tokens
    assert shell("%%gptoss --max-tokens 2 # -o other\nHello") and "other" not in shell.names


def test_only_plain_names_of_the_user_are_filled(shell):
    shell("a, b, texts, odd = 37, 45, {'x': 1}, 'it is {a} \"and\" # more --seed x'")
    shell("%%gptoss --max-tokens 1 -o r\n{a} {b} {a+b} {} {missing} {a.real} {a:03} { a } {texts['x']} {'a': {b}} {{a}} {odd}")
    assert asked(shell.names["r"]) == [
        "37 45 {a+b} {} {missing} {a.real} {a:03} { a } {texts['x']} {'a': 45} {37} it is {a} \"and\" # more --seed x"
    ]
    # on the line, a value stays in the word where it stands
    shell("%%gptoss --new --max-tokens 1 --system {odd} -o r\nHi")
    assert shell.names["odd"] in frame(shell.names["r"])
    shell("ärger, ﬁx = 7, 8")
    shell("%%gptoss --new --max-tokens 1 -o r\n{ärger} {ﬁx}")
    assert asked(shell.names["r"]) == ["7 8"]
    shell("name, n = 'q', 1\n")
    shell("%%gptoss --max-tokens {n} -o {name}\nHi")
    assert len(shell.names["q"].token_ids) == 1


def test_a_conversation_goes_on_until_a_new_one(shell):
    ask = "%%gptoss --max-tokens 4 --seed 0 -o r "
    shell(f"{ask}\nMy name is Ada.")
    shell(f"{ask}\nWhat is my name?")
    assert asked(shell.names["r"]) == ["My name is Ada.", "What is my name?"] and shell.names["r"].stats.reused_tokens > 0
    shell(f"{ask} --new\nHello")
    assert asked(shell.names["r"]) == ["Hello"]
    shell(f"{ask}\nAgain")
    assert asked(shell.names["r"]) == ["Hello", "Again"]
    shell("%gptoss reset")
    shell(f"{ask}\nThanks")
    assert asked(shell.names["r"]) == ["Thanks"]


def test_system_effort_and_their_lifetime(shell):
    shell("%%gptoss --max-tokens 2 --system 'Be \"brief\".' --effort low -o r\nHello")
    assert 'Be "brief".' in frame(shell.names["r"]) and "Reasoning: low" in frame(shell.names["r"])
    shell("%%gptoss --max-tokens 2 -o r\nHello")
    assert 'Be "brief".' in frame(shell.names["r"]) and "Reasoning: medium" in frame(shell.names["r"])
    shell("%%gptoss --max-tokens 2 --new -o r\nHello")
    assert "brief" not in frame(shell.names["r"])


def test_a_seed_gives_the_same_tokens_again(shell):
    tokens = []
    for seed in (1, 1, 2):
        shell(f"%%gptoss --new --raw --max-tokens 30 --temperature 3 --seed {seed} -o r\nOnce upon")
        tokens.append(shell.names["r"].token_ids)
    assert tokens[0] == tokens[1] != tokens[2]


def test_raw_continues_the_text_alone(shell):
    shell("%%gptoss --max-tokens 2\nHello")
    before = shell.magics.conversation
    shell("%%gptoss --raw --max-tokens 5 -o r\n37 + 45 =")
    reply = shell.names["r"]
    assert reply.trace.token_ids[: reply.stats.prompt_tokens].tolist() == session.current().tokenizer.encode("37 + 45 =")
    assert shell.magics.conversation is before


def test_defaults_are_traitlets(shell):
    shell('%config GptOssMagics.effort = "low"\n%config GptOssMagics.max_tokens = 2\n%config GptOssMagics.system = "Be kind."')
    shell("%%gptoss -o r\nHello")
    assert len(shell.names["r"].token_ids) <= 2
    assert "Reasoning: low" in frame(shell.names["r"]) and "Be kind." in frame(shell.names["r"])
    shell("%%gptoss --new --effort high --system 'Be brief.' -o r\nHello")
    assert "Reasoning: high" in frame(shell.names["r"]) and "Be brief." in frame(shell.names["r"])


def test_functions_of_the_user_are_offered(shell):
    shell('def weather(city: str) -> str:\n    "The weather in a city."\n    return "rain"\ndef now(): "The time."')
    shell("%%gptoss --max-tokens 2 --tools weather,now -o r\nHello")
    assert "type weather = " in frame(shell.names["r"]) and "type now = " in frame(shell.names["r"])


BAD = {
    "option": "%%gptoss --efort low\nHello",
    "option without a value": "%%gptoss --effort\nHello",
    "effort": "%%gptoss --effort huge\nHello",
    "number": "%%gptoss --max-tokens many\nHello",
    "raw and system": "%%gptoss --raw --system Brief\nHello",
    "raw and tools": "%%gptoss --raw --tools f\nHello",
    "raw and effort": "%%gptoss --raw --effort low\nHello",
    "max tokens": "%%gptoss --max-tokens 0\nHello",
    "temperature": "%%gptoss --temperature -1\nHello",
    "temperature nan": "%%gptoss --temperature nan\nHello",
    "top p": "%%gptoss --top-p 0\nHello",
    "quote": "%%gptoss --system 'open\nHello",
    "variable": "%%gptoss -o 1x\nHello",
    "keyword": "%%gptoss -o class\nHello",
    "positional": "%%gptoss What is this?\nHello",
    "tool": "%%gptoss --tools nothing\nHello",
    "tool no function": "%%gptoss --tools kept\nHello",
    "tool no plain function": "%%gptoss --tools print\nHello",
    "no body": "%%gptoss",
    "no body with options": "%%gptoss --effort low -o kept\n",
    "empty cell": "%%gptoss\n\n",
    "blank cell": "%%gptoss -o kept\n  \n\t\n",
    "too long": "%%gptoss -o kept\n" + "a b c " * 4000,
    "too long raw": "%%gptoss --raw -o kept\n" + "a b c " * 4000,
    "subcommand": "%gptoss lod",
    "subcommand's option": "%gptoss status --now",
    "model": "%gptoss load nana",
    "folder": "%gptoss load ./nowhere",
    "folder of nothing": "%gptoss load .",
    "file": "%gptoss load some.pickle",
    "device": "%gptoss load nano --device abacus",
    "dtype": "%gptoss load nano --dtype int3",
    "backend": "%gptoss load nano --backend magic",
    "context": "%gptoss load nano --context 0",
    "save nowhere": "%gptoss save no/such/folder/t",
    "save without a name": "%gptoss save",
    "save over a file": "%gptoss save some.pickle",
    "save to an impossible name": "%gptoss save " + "x" * 300,
}


@pytest.fixture(scope="module")
def talked():
    """A shell in the middle of a conversation."""
    shell = Shell()
    shell("%gptoss load nano")
    shell("%%gptoss --max-tokens 3 -o kept\nHello")
    return shell


@pytest.mark.parametrize("name", BAD)
def test_mistakes_are_two_lines_and_change_nothing(name, talked, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "some.pickle").write_bytes(b"\x80\x04N.")
    model, conversation, kept = session.current(), talked.magics.conversation, talked.names["kept"]
    messages, cached = list(conversation.messages), list(model.generator.token_ids)
    error, printed = talked.try_(BAD[name])
    assert isinstance(error, GptossError) and not isinstance(error, UsageError)
    assert len(printed.strip().split("\n")) == 2 and printed.startswith(type(error).__name__)
    assert session.current() is model and model.generator.token_ids == cached
    assert talked.magics.conversation is conversation and conversation.messages == messages
    assert talked.names["kept"] is kept and talked.magics.last_reply is kept
    assert [p.name for p in tmp_path.iterdir()] == ["some.pickle"] and (tmp_path / "some.pickle").stat().st_size == 4


def test_a_mistake_names_what_was_meant(talked):
    assert "--effort" in talked.try_(BAD["option"])[1]
    assert "Did you mean load" in talked.try_(BAD["subcommand"])[1]
    assert "two percent signs" in talked.try_("%gptoss What is 37 + 45?")[1]
    assert "Did you mean --temperature" in talked.try_("%%gptoss --temp 1\nHello")[1]
    for right in (BAD["number"], BAD["option without a value"], "%%gptoss --nonsense\nHello"):
        assert "Did you mean" not in talked.try_(right)[1]


@pytest.mark.parametrize(
    ("line", "words"),
    [("a#b # c", ["a#b"]), ("#", []), ("# 'open", []), ("a '# b' \"c # d\" #e", ["a", "# b", "c # d"]), ("a\\ b\t#c", ["a b"]), ("", [])],
)
def test_a_comment_begins_a_word(line, words):
    assert options._words("%gptoss", line) == words


def test_a_mistake_loads_no_model(shell):
    session.unload()
    for name in ("option", "variable", "tool", "empty cell", "no body", "effort", "temperature", "max tokens", "top p"):
        assert isinstance(shell.try_(BAD[name])[0], GptossError) and session.current() is None


def test_an_interrupt_keeps_what_came(shell, monkeypatch):
    from gptoss_nb.engine.events import Token
    from gptoss_nb.widgets.screens import Terminal

    show, seen = Terminal.show, []

    def stopped(self, event):
        show(self, event)
        seen.append(event)
        if isinstance(event, Token) and sum(isinstance(e, Token) for e in seen) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(Terminal, "show", stopped)
    error, printed = shell.try_("%%gptoss -o r\nWhat is 37 + 45?")
    assert isinstance(error, KeyboardInterrupt) and "stopped" in printed
    told = printed[printed.index("KeyboardInterrupt: ") :]
    assert len(told.strip().split("\n")) == 2  # and no stack of our frames
    assert shell.names["r"].stopped and len(shell.names["r"].token_ids) == 2 and shell.magics.last_reply is shell.names["r"]
    assert shell.magics.conversation.messages == []
    monkeypatch.undo()
    shell("%%gptoss --max-tokens 3 -o r\nHello")
    assert not shell.names["r"].stopped and asked(shell.names["r"]) == ["Hello"]


def test_save_and_its_file(shell, tmp_path):
    error, printed = shell.try_("%gptoss save t")
    assert isinstance(error, GptossError) and "no reply" in printed
    shell("%%gptoss --max-tokens 3 -o r\nHello")
    assert "gptoss_nb.Trace.load" in shell("%gptoss save 'my trace' # the last reply")
    shell("import gptoss_nb as gn; back = gn.Trace.load('my trace')")
    assert shell.names["back"].token_ids.tolist() == shell.names["r"].trace.token_ids.tolist()
    assert shell.try_("%gptoss save 'my trace'")[0] is not None
    shell("%gptoss save 'my trace' --force")


@pytest.mark.parametrize("name", options.VIEWS)
def test_a_view_of_the_last_reply(shell, name):
    """In a terminal a picture is its twin: a sentence and a table."""
    shell("%%gptoss --max-tokens 12 --seed 0\nWhat is 7 + 5? 7 + 5?")
    told = shell(f"%gptoss view {name}")
    assert told.count("\n") >= 3 and told.split("\n")[0].endswith(".")
    assert told == shell(f"%gptoss view {name}  # again")


def test_the_options_of_views(shell):
    shell("%%gptoss --max-tokens 12 --seed 0\nWhat is 7 + 5?")
    assert "L01.E03 takes part" in shell("%gptoss view text --layer 1 --expert 3") and "Layer 0:" in shell("%gptoss view experts --layer 0")
    assert "entropy" in shell("%gptoss view routing --colour entropy --start 3 --stop 9") and "6 tokens" in shell("%gptoss view routing --stop 6")
    assert "what the sink takes" in shell("%gptoss view heads --number sink_mass") and "Head 5" in shell("%gptoss view attention --layer 0 --head 5")
    last = len(shell.magics.last_reply.trace) - 1
    assert f"Token {last}," in shell("%gptoss view slots") and f"Token {last - 1}," in shell("%gptoss view row --token -2")


def test_a_cell_shows_a_picture_below_the_reply(shell):
    printed = shell("%%gptoss --max-tokens 5 --view load\nHello")
    assert printed.index("5 tokens") < printed.index("Load of 64 experts")
    before = shell.magics.last_reply
    error, _ = shell.try_("%%gptoss --view pretty\nHello")
    assert isinstance(error, GptossError) and shell.magics.last_reply is before  # said before the model worked for nothing


def test_what_views_need(shell):
    for line in ("%gptoss view routing", "%gptoss view", "%gptoss view pretty"):
        assert isinstance(shell.try_(line)[0], GptossError)
    shell("%%gptoss --max-tokens 5\nHello")
    for line in ("view slots --token 9999", "view text --expert 16", "view experts --layer 4", "view attention --head 8", "view lens --start 9999",
                 "view heads --number loud", "view routing --colour red", "view row --token -9999", "view attribution --layer x"):  # fmt: skip
        error, _ = shell.try_(f"%gptoss {line}")
        assert isinstance(error, GptossError) and len(str(error).split("\n")) == 2, line
    shell("%gptoss unload")
    assert "Routing" not in shell("%gptoss view routing") and "tokens in 4 layers" in shell("%gptoss view routing")  # the trace is enough
    assert "none is loaded" in str(shell.try_("%gptoss view heads")[0])


def test_edits_hold_from_now_on(shell):
    shell("%gptoss load nano")
    ask = "%%gptoss --new --temperature 0 --max-tokens 30 -o r{}\nWhat is 37 + 45?"
    shell(ask.format(0))
    told = shell("%gptoss edit L1.E03=off L0.E02=+2 l2.h05=0")
    assert "L01.E03=off L00.E02=+2 L02.H05=0" in told and told == shell("%gptoss edit")
    shown = shell(ask.format(1))
    assert "L01.E03=off" in shown and not (shell.names["r1"].trace.expert_ids[1] == 3).any()
    assert [edit["kind"] for edit in shell.names["r1"].trace.badge["edits"]] == ["ablate", "boost", "head"]
    assert "as it was trained" in shell("%gptoss edit clear") and "no edits" in shell("%gptoss edit")
    shell(ask.format(2))
    assert (shell.names["r2"].trace.router_logits == shell.names["r0"].trace.router_logits).all()


def test_edits_of_one_cell(shell):
    shell("%gptoss edit L0.E01=off")
    shown = shell("%%gptoss --max-tokens 8 --edit 'L1.E03=off L1.E04=on' -o r\nHello")
    assert "L00.E01=off L01.E03=off L01.E04=on" in shown
    ids = shell.names["r"].trace.expert_ids
    assert not (ids[0] == 1).any() and not (ids[1] == 3).any() and (ids[1] == 4).any(-1).all()
    assert "L01" not in shell("%gptoss edit")


def test_edits_that_are_none(shell):
    shell("%gptoss load nano")
    shell("%gptoss edit L0.E01=off")
    for words in ("L9.E01=off", "L0.E99=off", "L0.H9=0", "L0.E01=2", "L0.H01=off", "E01=off", "L0.E01", "clear L0.E01=off", "L0.E01=+1e999"):
        error, _ = shell.try_(f"%gptoss edit {words}")
        assert isinstance(error, GptossError) and len(str(error).split("\n")) == 2, words
    assert "L00.E01=off" in shell("%gptoss edit")  # what was before stays
    for cell in ("%%gptoss --edit L9.E01=off\nHello", "%%gptoss --edit nonsense\nHello"):
        assert isinstance(shell.try_(cell)[0], GptossError)


def test_status_doctor_unload_help(shell):
    shell("%gptoss load nano")
    shell("%%gptoss --max-tokens 3\nHello")
    status = shell("%gptoss status")
    assert "nano" in status and "1 turn." in status and "The cache holds" in status and "context of 2,048 tokens" in status
    doctor = shell("%gptoss doctor")
    assert "torch 2" in doctor and "finite, and the same twice" in doctor
    model = session.current()
    assert "unloaded" in shell("%gptoss unload") and session.current() is None and "unloaded" in repr(model)
    assert "No model is loaded" in shell("%gptoss status") and "No model is loaded" in shell("%gptoss doctor")
    shell("%gptoss unload")
    told = shell("%gptoss help")
    assert told == shell("%gptoss")
    for word in ("load", "status", "unload", "reset", "more", "view", "edit", "save", "doctor", "--effort", "--view", "--edit", "L3.E07=off", "--tools", "--raw", "--new", "-o", "--force", "{name}"):
        assert word in told


@pytest.mark.parametrize(
    "line, wanted",
    [
        ("%gptoss ", ["load", "status", "unload", "reset", "more", "view", "edit", "save", "doctor", "help"]),
        ("%gptoss st", ["status"]),
        ("%gptoss load --dev", ["--device"]),
        ("%gptoss load --dtype f", ["float32"]),
        ("%%gptoss --e", ["--effort", "--edit"]),
        ("%gptoss view lo", ["load", "logprobs"]),
        ("%gptoss view load --l", ["--layer"]),
        ("%%gptoss --view rou", ["routing"]),
        ("%%gptoss --effort low --ma", ["--max-tokens"]),
        ("%%gptoss --effort ", ["low", "medium", "high"]),
        ("%%gptoss --effort h", ["high"]),
        ("%%gptoss --tools tw", ["twice"]),
        ("%%gptoss --tools twice,ma", ["math_of"]),
        ("%%gptoss --new --to", ["--tools", "--top-p", "--top-k"]),
    ],
)
def test_completion(shell, line, wanted):
    shell("def twice(x: int): pass\ndef math_of(x: int): pass\nmap_ = tword = 3")
    with provisionalcompleter():
        found = list(shell.ip.Completer.completions(line, len(line)))
    assert sorted(line[: c.start] + c.text for c in found) == sorted(line[: len(line) - len(fragment(line))] + text for text in wanted)
    assert {c.end for c in found} == {len(line)}


def fragment(line: str) -> str:
    return re.split(r"[\s,]", line)[-1]


def test_completion_elsewhere_is_ipythons(shell):
    for line in ("%gptoss nonsense --", "%%gptoss --system ", "pri", "%%gptoss\n--"):
        with provisionalcompleter():
            assert not [c for c in shell.ip.Completer.completions(line, len(line)) if c.type == "option"]


def test_unloading_the_extension_takes_everything_away(shell):
    shell("%gptoss load nano")
    shell("%unload_ext gptoss_nb")
    assert session.current() is None
    assert shell.ip.find_line_magic("gptoss") is None and shell.ip.find_cell_magic("gptoss") is None
    assert isinstance(shell.try_("%%gptoss\nHello")[0], UsageError)
    shell("%load_ext gptoss_nb\n%reload_ext gptoss_nb")
    shell('%config GptOssMagics.effort = "low"')
    assert "'low'" in shell.ip.run_cell("%config GptOssMagics.effort").result.__repr__()
    assert shell.magics.effort == "low"


def test_the_default_model_is_configured(shell, golden):
    shell.magics.model = str(golden / "hf")
    try:
        assert "320" not in shell("%gptoss load") and str(golden / "hf") in shell("%gptoss status")
        shell("%gptoss unload")
        shell("%gptoss load nano")
        assert session.current().name == "nano"
    finally:
        shell.magics.model = None


def test_what_the_idle_limit_unloaded_is_told_and_loaded_again(shell):
    shell("%gptoss load nano --context 900")
    shell.magics.idle_minutes = 10
    try:
        assert session.idle.minutes == 10
        session.current()._loaded = session.current().worker.last_used = -1e9
        session.idle._look()
        assert session.current() is None
        told = shell("%%gptoss --max-tokens 3\nHello")
        assert "nothing had used it for 10 minutes" in told and session.current().placement.context == 900
    finally:
        shell.magics.idle_minutes = 0
    assert session.idle.minutes == 0


def test_unload_says_what_came_back(shell):
    shell("%gptoss load nano")
    told = shell("%gptoss unload")
    assert "nano is unloaded: this kernel holds" in told and "GB before" in told
