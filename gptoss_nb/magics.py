"""%gptoss and %%gptoss: parse the line, call the session, return. Everything that the model does happens below this file."""

import keyword
import os
import re

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from traitlets import Bool, Float, Int, Unicode

from . import commands, session
from .errors import OptionError
from .options import CELL, SAMPLING, completions, parse, parse_command
from .session import Conversation
from .widgets.screens import Notebook, Static, Terminal

FIELD = re.compile(r"\{([A-Za-z_]\w*)\}")


@magics_class
class GptOssMagics(Magics):
    """Ask a gpt-oss model from a cell. These are the defaults of the cell's options."""

    effort = Unicode("medium", help="low, medium or high").tag(config=True)
    max_tokens = Int(512, help="most tokens of a reply").tag(config=True)
    temperature = Float(1.0, help="0 always takes the most probable token").tag(config=True)
    top_p = Float(1.0, help="keep the most probable tokens up to this share").tag(config=True)
    top_k = Int(0, help="keep so many tokens; 0 keeps all").tag(config=True)
    seed = Int(None, allow_none=True, help="the same seed gives the same reply; None is chance").tag(config=True)
    system = Unicode(None, allow_none=True, help="instructions for each new conversation").tag(config=True)
    static = Bool(False, help="display each reply once, at its end, as GPTOSS_NB_STATIC=1 does").tag(config=True)

    def __init__(self, shell):
        super().__init__(shell)
        self.conversation, self.last_reply = Conversation(system=self.system), None

    @no_var_expand
    @line_cell_magic
    def gptoss(self, line: str, cell: str | None = None):
        """%gptoss SUBCOMMAND controls the model, %%gptoss [options] asks it; %gptoss help lists both."""
        if cell is None:
            self._command(line)
        else:
            self._ask(parse(CELL, line, self._fill), self._fill(cell).strip("\r\n"))

    def _command(self, line: str) -> None:
        name, options = parse_command(line, self._fill)
        match name:
            case "load":
                shown = commands.load(options)
            case "status":
                shown = commands.status(self.conversation)
            case "unload":
                session.unload()
                shown = "The model is unloaded."
            case "reset":
                self.conversation = Conversation(system=self.system)
                shown = "The conversation is forgotten."
            case "save":
                shown = commands.save(options, self.last_reply)
            case "doctor":
                shown = commands.doctor()
            case "help":
                shown = commands.help_text()
        print(shown)

    def _ask(self, options, text: str) -> None:
        """Shows the reply as it comes. Whatever ends it, what came is kept; only a whole reply becomes part of the
        conversation."""
        _check_name(options.output)
        functions = self._functions(options.tools)
        if not text.strip():  # said before a model is loaded for nothing
            raise OptionError("The cell is empty.", "Write a question below the line with %%gptoss.")
        model = self._model()
        conversation = Conversation(system=self.system) if options.new or not self.conversation.messages else self.conversation
        system = conversation.system if options.system is None else options.system
        settings = {name: getattr(self, name) if (given := getattr(options, name)) is None else given for name in SAMPLING}
        if options.raw:
            del settings["effort"]
            turn, title = model.continuation(text, **settings), [model.name, "plain text"]
        else:
            turn = model.turn(text, system=system, history=conversation.messages, functions=functions, **settings)
            title = [model.name, f"effort {settings['effort']}"]
        screen = self._screen(title)
        try:
            for event in turn:
                screen.show(event)
        finally:
            screen.close(turn.reply)
            if turn.reply is not None:
                self.last_reply = turn.reply
                if options.output:
                    self.shell.user_ns[options.output] = turn.reply
        if not options.raw:
            self.conversation = Conversation(list(turn.reply.messages), system)

    def _model(self):
        model = session.current()
        if model is None:
            model = session.load()
            print(f"No model was loaded, so %gptoss load ran first.\n{commands.describe(model)}")
        return model

    def _functions(self, names: str | None) -> list:
        found = []
        for name in filter(None, map(str.strip, (names or "").split(","))):
            function = self.shell.user_ns.get(name)
            if not callable(function):
                raise OptionError(f"--tools: {name!r} is no function of yours.", "Define it in a cell above, then name it: --tools f,g.")
            found.append(function)
        return found

    def _screen(self, title: list[str]):
        if getattr(self.shell, "kernel", None) is None:
            return Terminal(title)
        return Static(title) if self.static or os.environ.get("GPTOSS_NB_STATIC") == "1" else Notebook(title)

    def _fill(self, text: str) -> str:
        """`{name}` becomes the value where it is a plain name in the user's namespace; every other brace stays."""
        names = self.shell.user_ns
        return FIELD.sub(lambda found: str(names[found[1]]) if found[1] in names else found[0], text)


def _check_name(name: str | None) -> None:
    if name is not None and (not name.isidentifier() or keyword.iskeyword(name)):
        raise OptionError(f"-o: {name!r} cannot name a variable.", "Give a name, as in -o ans.")


def register(shell) -> None:
    """Adds the magics and their completion to an IPython shell."""
    shell.register_magics(GptOssMagics)
    shell.set_hook("complete_command", _complete, re_key=r"%{1,2}gptoss")
    if _with_body not in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.append(_with_body)


def unregister(shell) -> None:
    """Takes the magics away and frees the model."""
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("gptoss", None)
    magics = shell.magics_manager.registry.pop("GptOssMagics", None)
    if magics in shell.configurables:  # %config would go on to show it
        shell.configurables.remove(magics)
    if _with_body in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.remove(_with_body)
    session.unload()


def _with_body(lines: list[str]) -> list[str]:
    """IPython itself refuses a cell magic without a body, by a UsageError, which nbval takes for success: an empty line
    brings it here."""
    return [*lines, "\n"] if len(lines) == 1 and re.match(r"%%gptoss(\s|$)", lines[0]) else lines


_with_body.has_side_effects = True  # so that a terminal, asking whether the cell is complete, lets people type on


def _complete(shell, event) -> list[str]:
    line = event.text_until_cursor
    name, _, rest = line.lstrip().partition(" ")
    return completions(rest, cell=name == "%%gptoss")
