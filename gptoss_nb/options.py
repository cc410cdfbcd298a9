"""The options of %%gptoss and of %gptoss's subcommands: one table a command, from which parsing, help and completion come.

Called by magics, commands and `__main__`. A mistake is an OptionError that names the nearest thing that exists.
"""

import argparse
import difflib
import re
import shlex
from collections.abc import Callable, Iterable

from .errors import OptionError

VIEWS = ("routing", "slots", "experts", "load", "together", "transitions", "text", "logprobs", "heads", "mosaic", "attention", "row", "lens",
         "norms", "attribution", "explorer")  # fmt: skip


class Parser(argparse.ArgumentParser):
    def error(self, message: str):
        raise OptionError(f"{self.prog}: {message}.", self._todo(message))

    def _todo(self, message: str) -> str:
        listed = "%gptoss help" if self.prog.startswith("%") else "python -m gptoss_nb --help"
        known = list(self._option_string_actions)
        for word in re.split(r"[\s=:,]+", message):
            near = difflib.get_close_matches(word, known, 1, cutoff=0.75) if word.startswith("-") and word not in known else []
            if near := near or [option for option in known if word.startswith("--") and option.startswith(word) and option != word]:
                return f"Did you mean {near[0]}? {listed} lists the options."
        if self.prog == "%%gptoss" and "unrecognized" in message:
            return "The question goes on the lines below, and a value with spaces into quotes; %gptoss help lists the options."
        return f"{listed} lists commands and options."


def _parser(name: str) -> Parser:
    return Parser(prog=name, add_help=False, allow_abbrev=False, exit_on_error=True)


def _cell() -> Parser:
    p = _parser("%%gptoss")
    add_sampling(p)
    p.add_argument("--system", metavar="TEXT", help="instructions for the conversation (harmony's developer message)")
    p.add_argument("--tools", metavar="F,G", help="functions of yours that the model may call")
    p.add_argument("--edit", metavar="EDITS", help="for this reply, as in --edit L3.E07=off; several in quotes")
    p.add_argument("--view", metavar="|".join(VIEWS), help="a picture below the reply")
    p.add_argument("--new", action="store_true", help="start a conversation; otherwise the cell continues it")
    p.add_argument("--raw", action="store_true", help="continue plain text, without the chat format")
    p.add_argument("-o", "--output", metavar="NAME", help="store the reply in this variable, too")
    return p


def add_sampling(p: argparse.ArgumentParser) -> None:
    """The options that the cell and the terminal share; None means the default."""
    p.add_argument("--effort", metavar="low|medium|high", help="how much the model thinks")
    p.add_argument("--max-tokens", type=int, metavar="N", help="most tokens of the reply")
    p.add_argument("--temperature", type=float, metavar="T", help="0 always takes the most probable token")
    p.add_argument("--top-p", type=float, metavar="P", help="keep the most probable tokens up to this share")
    p.add_argument("--top-k", type=int, metavar="K", help="keep the K most probable tokens")
    p.add_argument("--seed", type=int, metavar="N", help="the same seed gives the same reply")


def add_placing(p: argparse.ArgumentParser) -> None:
    """How a model is loaded."""
    p.add_argument("--device", default="auto", metavar="auto|cpu|cuda", help="where it runs")
    p.add_argument("--dtype", default="auto", metavar="auto|float32|bfloat16", help="what it computes in")
    p.add_argument("--backend", default="auto", metavar="auto|triton|cpu|cpu-int8|reference", help="which kernels")
    p.add_argument("--context", type=int, metavar="N", help="longest sequence in tokens")


def _load() -> Parser:
    p = _parser("%gptoss load")
    p.add_argument("name", nargs="?", help="nano, a folder, or a name on the Hugging Face hub; bare: GPTOSS_NB_MODEL, or nano")
    add_placing(p)
    return p


def _save() -> Parser:
    p = _parser("%gptoss save")
    p.add_argument("file", help="where the trace of the last reply goes: tokens, experts, weights")
    p.add_argument("--force", action="store_true", help="replace a file that is there")
    return p


def _more() -> Parser:
    p = _parser("%gptoss more")
    p.add_argument("--max-tokens", type=int, metavar="N", help="most tokens that come on top")
    p.add_argument("-o", "--output", metavar="NAME", help="store the reply in this variable, too")
    return p


def _view() -> Parser:
    p = _parser("%gptoss view")
    p.add_argument("view", metavar="|".join(VIEWS), help="which picture of the last reply")
    for name, what in (("layer", "layer; default the last"), ("head", "attention head; default 0"), ("expert", "expert; default the busiest"),
                       ("token", "position, from the end where negative; default the last"), ("start", "first token shown"), ("stop", "end of the tokens shown")):  # fmt: skip
        p.add_argument(f"--{name}", type=int, metavar="N", help=what)
    p.add_argument("--colour", metavar="weight|margin|entropy|overlap", help="of routing: what its colour tells")
    p.add_argument("--number", metavar="induction|previous|distance|entropy|sink_mass", help="of heads: what its colour tells")
    return p


def _edit() -> Parser:
    p = _parser("%gptoss edit")
    p.add_argument("edits", nargs="*", help="for all replies from now on: L3.E07=off, =on, L2.E02=+2, L1.H05=0; clear; bare shows them")
    return p


def _terminal() -> Parser:
    p = _parser("python -m gptoss_nb")
    p.add_argument("question", nargs="?", help="what to ask; without it, what comes from a pipe")
    p.add_argument("--model", metavar="NAME", help="nano, a folder, or a name on the hub; default: GPTOSS_NB_MODEL, or nano")
    add_sampling(p)
    p.add_argument("--system", metavar="TEXT", help="instructions (harmony's developer message)")
    p.add_argument("--raw", action="store_true", help="continue plain text, without the chat format")
    add_placing(p)
    p.add_argument("-h", "--help", action="store_true", help="this page")
    return p


def refuse_with_raw(options: argparse.Namespace, *names: str) -> None:
    """Plain text has no chat format, so what goes into it would be lost without a word. Errors: OptionError."""
    for name in (name for name in names if options.raw and getattr(options, name)):
        raise OptionError(f"--raw has no chat format, and --{name} belongs to it.", f"Leave out --{name} or --raw.")


SAMPLING = ("effort", "max_tokens", "temperature", "top_p", "top_k", "seed")
CELL, TERMINAL = _cell(), _terminal()
SUBCOMMANDS = {
    "load": (_load(), "load a model"),
    "status": (_parser("%gptoss status"), "what is loaded and where, and how long the conversation is"),
    "unload": (_parser("%gptoss unload"), "free the model"),
    "reset": (_parser("%gptoss reset"), "forget the conversation"),
    "more": (_more(), "go on with a reply that was cut or stopped"),
    "view": (_view(), "a picture of the last reply"),
    "edit": (_edit(), "switch experts or heads off and on, for all replies from now on"),
    "save": (_save(), "save the last reply's trace to a file"),
    "doctor": (_parser("%gptoss doctor"), "versions, device and a check of the model"),
    "help": (_parser("%gptoss help"), "this page"),
}


def parse(parser: Parser, line: str, fill: Callable[[str], str] = str) -> argparse.Namespace:
    """The options in `line`, split as a shell does; a # comment is allowed. `fill` is applied to each word, so that a
    variable's value stays in the word where it stands. Errors: OptionError."""
    return parser.parse_args(list(map(fill, _words(parser.prog, line))))


def parse_terminal(argv: list[str]) -> argparse.Namespace:
    """The options of `python -m gptoss_nb`. Errors: OptionError."""
    return TERMINAL.parse_args(argv)


def parse_command(line: str, fill: Callable[[str], str] = str) -> tuple[str, argparse.Namespace]:
    """(subcommand, options) of a %gptoss line; a bare line is help."""
    words = list(map(fill, _words("%gptoss", line))) or ["help"]
    if words[0] not in SUBCOMMANDS:
        near = difflib.get_close_matches(words[0], SUBCOMMANDS, 1)
        hint = f"Did you mean {near[0]}?" if near else f"Choose one of {', '.join(SUBCOMMANDS)}."
        raise OptionError(f"%gptoss has no command {words[0]!r}.", f"{hint} To ask the model, write %%gptoss with two percent signs.")
    return words[0], SUBCOMMANDS[words[0]][0].parse_args(words[1:])


_COMMENT = re.compile(r"""((?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\]|\s(?!\#))*)((\s\#)?.*)""", re.DOTALL)


def _words(name: str, line: str) -> list[str]:
    # shlex would take any # for a comment, also one inside a word
    before, _, comment = _COMMENT.fullmatch(f" {line}").groups()
    try:
        return shlex.split(before if comment else line)
    except ValueError as error:
        raise OptionError(f"{name}: {error}.", "Close every quote.") from None


def help_text() -> str:
    lines = ["%%gptoss [options]      asks the model what the cell says; {name} is replaced by your variable of that name (names alone, no expressions)"]
    lines += _describe(CELL)
    for name, (parser, what) in SUBCOMMANDS.items():
        lines.append(f"%gptoss {name:<16} {what}")
        lines += _describe(parser)
    return "\n".join(lines)


def terminal_help() -> str:
    lines = ['python -m gptoss_nb [options] "question"      asks the model in the terminal', *_describe(TERMINAL)]
    return "\n".join([*lines, "python -m gptoss_nb kernelspec install      adds a Python + gpt-oss kernel to Jupyter"])


def _describe(parser: Parser) -> list[str]:
    rows = []
    for action in parser._actions:
        left = ", ".join(action.option_strings) or action.dest
        value = f" {action.metavar}" if action.metavar and action.option_strings else ""
        rows.append(f"    {left + value:<36} {action.help}")
    return rows


def completions(line: str, cell: bool, functions: Iterable[str]) -> tuple[str, list[str]]:
    """(the word at the cursor, what it may become) for the text of a magic line up to the cursor; `functions` are the
    user's own, for --tools."""
    *before, word = re.split(r"\s+", line)
    if not cell and not before:
        return word, [name for name in SUBCOMMANDS if name.startswith(word)]
    parser = CELL if cell else SUBCOMMANDS[before[0]][0] if before[0] in SUBCOMMANDS else None
    known = {} if parser is None else parser._option_string_actions
    action = known.get(before[-1]) if before else None
    if action is None or action.nargs == 0:
        # the first word after a subcommand may be one of a few names
        named = next((a.metavar for a in parser._actions if not a.option_strings and "|" in (a.metavar or "")), "") if parser else ""
        found = [*(named.split("|") if named and len(before) == 1 else ()), *known]
    elif action.dest == "tools":
        word, found = word.rpartition(",")[2], functions
    else:
        found = action.metavar.split("|") if "|" in action.metavar else ()
    return word, [text for text in found if text.startswith(word)]
