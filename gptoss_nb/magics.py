"""%gptoss and %%gptoss: parse the line, call the session, return. Everything that the model does happens below this file."""

import keyword
import os
import re
import unicodedata
from contextlib import closing, nullcontext
from types import FunctionType

from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from IPython.display import display
from traitlets import Bool, Enum, Float, Int, Unicode, observe

from . import commands, doctor, exploring, session
from .errors import OptionError
from .options import CELL, SAMPLING, SUBCOMMANDS, VIEWS, completions, parse, parse_command, refuse_with_raw
from .pictures import picture
from .session import Conversation, Edits
from .widgets.progress import Progress, TerminalProgress
from .widgets.screens import Notebook, Static, Terminal

STOPPED = ["KeyboardInterrupt: stopped; what came until then is kept.", "The cells below in a Run All do not run. Ask again to go on."]
COMPLETER = "gptoss_nb.magics"
_LINE = re.compile(r"\s*%gptoss\s+(.*)|%%gptoss\s+(.*)")
FIELD = re.compile(r"\{([^\W\d]\w*)\}")


@magics_class
class GptOssMagics(Magics):
    """Ask a gpt-oss model from a cell. These are the defaults of the cell's options."""

    effort = Enum(("low", "medium", "high"), "medium", help="how much the model thinks").tag(config=True)
    max_tokens = Int(512, min=1, help="most tokens of a reply").tag(config=True)
    temperature = Float(1.0, min=0, help="0 always takes the most probable token").tag(config=True)
    top_p = Float(1.0, min=0, max=1, help="keep the most probable tokens up to this share").tag(config=True)
    top_k = Int(0, min=0, help="keep so many tokens; 0 keeps all").tag(config=True)
    seed = Int(None, allow_none=True, help="the same seed gives the same reply; None is chance").tag(config=True)
    system = Unicode(None, allow_none=True, help="instructions for each new conversation").tag(config=True)
    on_stop = Enum(
        ("go on", "halt", "never halt"), "go on", help="after a click on Stop the cells below go on, or halt as after an interrupt; never halt: nor after that"
    ).tag(config=True)
    model = Unicode(None, allow_none=True, help="what a bare load takes; None is GPTOSS_NB_MODEL, or nano").tag(config=True)
    idle_minutes = Float(0, min=0, help="unload the model when nothing used it for so long; 0 never does").tag(config=True)
    static = Bool(False, help="display each reply once, at its end, as GPTOSS_NB_STATIC=1 does").tag(config=True)

    def __init__(self, shell):
        super().__init__(shell)
        self.conversation, self.last_reply, self.edits = Conversation(system=self.system), None, Edits()
        self._told: tuple[list[str], str | None, list] = ([], None, [])  # title, system and functions of the last reply

    @no_var_expand
    @line_cell_magic
    def gptoss(self, line: str, cell: str | None = None):
        """%gptoss SUBCOMMAND controls the model, %%gptoss [options] asks it; %gptoss help lists both."""
        try:
            if cell is None:
                self._command(line)
            else:
                self._ask(parse(CELL, line, self._fill), self._fill(cell).strip("\r\n"))
        except KeyboardInterrupt as stop:
            if self.on_stop == "never halt":
                return
            stop._render_traceback_ = lambda: STOPPED  # IPython's hook: two lines in place of a stack of our frames
            raise

    def _command(self, line: str) -> None:
        name, options = parse_command(line, self._fill)
        match name:
            case "load":
                options.name = options.name or self.model
                with self._progress(options.name or "loading") as bar:
                    shown = commands.load(options, bar)
            case "status":
                gone = session.idle.gone
                shown = "\n".join([*([gone[0]] if gone else []), commands.status(self.conversation)])
            case "unload":
                shown = session.unload()
            case "reset":
                self.conversation = Conversation(system=self.system)
                shown = "The conversation is forgotten."
            case "edit":
                self.edits, shown = commands.edit(options.edits, self.edits)
            case "more":
                self._more(options)
                return
            case "view":
                self._display(picture(options.view, self.last_reply, options))
                return
            case "save":
                shown = commands.save(options, self.last_reply)
            case "doctor":
                shown = doctor.report()
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
        refuse_with_raw(options, "effort", "system", "tools")
        settings = {name: getattr(self, name) if (given := getattr(options, name)) is None else given for name in SAMPLING}
        session.check(**settings)
        edits = self.edits + Edits.parse(options.edit or "")
        if options.view is not None and options.view not in VIEWS:  # said before the model has worked for nothing
            raise OptionError(f"There is no view {options.view!r}.", f"Choose one of {', '.join(VIEWS)}.")
        model = self._model()
        conversation = Conversation(system=self.system) if options.new or not self.conversation.messages else self.conversation
        system = conversation.system if options.system is None else options.system
        if options.raw:
            del settings["effort"]
            turn, title = model.continuation(text, edits=edits, **settings), [model.name, "plain text"]
        else:
            turn = model.turn(text, system=system, history=conversation.messages, functions=functions, edits=edits, **settings)
            title = [model.name, f"effort {settings['effort']}"]
        badge = model.badge(edits)
        title += [*([str(edits)] if edits else []), f"{badge['dtype']}, fidelity {badge['fidelity']}"]
        self._show(turn, (title, system, functions), options.output, settings["max_tokens"])
        if turn.reply is not None and options.view is not None:
            self._display(picture(options.view, turn.reply, SUBCOMMANDS["view"][0].parse_args([options.view])))

    def _more(self, options) -> None:
        _check_name(options.output)
        if self.last_reply is None:
            raise OptionError("There is no reply yet to go on with.", "Ask something in a %%gptoss cell first.")
        limit = self.max_tokens if options.max_tokens is None else options.max_tokens
        turn = self._model().more(self.last_reply, limit, self._told[2])
        self._show(turn, self._told, options.output, len(self.last_reply.token_ids) + limit)

    def _show(self, turn, told: tuple[list[str], str | None, list], output: str | None, limit: int) -> None:
        """The turn on the screen, and what stays of it; `told` are its title, system and functions, `limit` its tokens in all."""
        title, system, _ = told
        screen = self._screen(title, turn, self._model().config, limit)
        try:
            with closing(iter(turn)) as events:
                for event in events:
                    screen.show(event)
        finally:
            if turn.reply is not None:  # first of all: showing it may fail, or be interrupted
                self.last_reply, self._told = turn.reply, told
                if output:
                    self.shell.user_ns[output] = turn.reply
            screen.close(turn.reply)
        if turn.reply is None:
            print("Stopped before the first token, so there is no reply.")
            return
        if not turn.raw and not turn.reply.stopped:
            self.conversation = Conversation(list(turn.reply.messages), system)
        if turn.reply.stopped and self.on_stop == "halt":
            raise KeyboardInterrupt
        if (wanted := getattr(screen, "explore", None)) is not None:
            self._display(picture("explorer", turn.reply, SUBCOMMANDS["view"][0].parse_args(["explorer"]), **wanted))

    def _model(self):
        model = session.current()
        if model is None:
            why, request = session.idle.gone or ("No model was loaded, so %gptoss load ran first.", {"name": self.model})
            with self._progress("loading") as bar:
                model = session.load(**request, progress=bar)
            print(f"{why}\n{commands.describe(model)}")
        return model

    @observe("idle_minutes")
    def _limit(self, change) -> None:
        session.idle.limit(change["new"])

    def _functions(self, names: str | None) -> list:
        found = []
        for name in filter(None, map(str.strip, (names or "").split(","))):
            function = self.shell.user_ns.get(name)
            if not callable(function):
                raise OptionError(f"--tools: {name!r} is no function of yours.", "Define it in a cell above, then name it: --tools f,g.")
            found.append(function)
        return found

    def _screen(self, title: list[str], turn, config, limit: int):
        if getattr(self.shell, "kernel", None) is None:
            return Terminal(title)
        if self._is_static():
            return Static(title)
        from .widgets.live import Live, is_live  # ipywidgets takes half a second, which only a page needs

        shape = config.n_layers, config.experts_per_token, config.n_experts
        return Live(title, turn, shape, limit) if is_live(self.shell) else Notebook(title)

    def _progress(self, label: str):
        """A context that gives a bar, or None in a static page."""
        if getattr(self.shell, "kernel", None) is None:
            return TerminalProgress(label)
        return nullcontext() if self._is_static() else Progress(label)

    def _is_static(self) -> bool:
        return self.static or os.environ.get("GPTOSS_NB_STATIC") == "1" or getattr(self.shell, "kernel", None) is None

    def _display(self, view) -> None:
        """A picture; of the explorer, in static mode, what stays of it."""
        if self.static and hasattr(view, "still"):
            display(view.still(), raw=True)
        else:
            display(view)

    def _fill(self, text: str) -> str:
        """`{name}` becomes the value where it is a plain name in the user's namespace; every other brace stays."""
        names = self.shell.user_ns

        def value(found: re.Match) -> str:
            name = unicodedata.normalize("NFKC", found[1])  # as Python reads names
            return str(names[name]) if name in names else found[0]

        return FIELD.sub(value, text)


def _check_name(name: str | None) -> None:
    if name is not None and (not name.isidentifier() or keyword.iskeyword(name)):
        raise OptionError(f"-o: {name!r} cannot name a variable.", "Give a name, as in -o ans.")


def register(shell) -> None:
    """Adds the magics and their completion to an IPython shell."""
    shell.register_magics(GptOssMagics)
    shell.Completer.custom_matchers.append(_completer(shell.user_ns))
    if _with_body not in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.append(_with_body)


def unregister(shell) -> None:
    """Takes the magics away and frees the model."""
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("gptoss", None)
    magics = shell.magics_manager.registry.pop("GptOssMagics", None)
    if magics in shell.configurables:  # %config would go on to show it
        shell.configurables.remove(magics)
    exploring.forget()
    session.idle.limit(0)
    if _with_body in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.remove(_with_body)
    completer = shell.Completer
    completer.custom_matchers = [m for m in completer.custom_matchers if getattr(m, "matcher_identifier", None) != COMPLETER]
    session.unload()


def _with_body(lines: list[str]) -> list[str]:
    """IPython itself refuses a cell magic without a body, by a UsageError, which nbval takes for success: an empty line
    brings it here."""
    return [*lines, "\n"] if len(lines) == 1 and re.match(r"%%gptoss(\s|$)", lines[0]) else lines


_with_body.has_side_effects = True  # so that a terminal, asking whether the cell is complete, lets people type on


def _completer(names: dict):
    """What completes our lines, in place of the Python names that IPython would offer there."""

    @context_matcher(identifier=COMPLETER)
    def complete(context: CompletionContext):
        line = _LINE.fullmatch(context.text_until_cursor)
        if line is None:
            return {"completions": []}
        functions = [name for name, value in names.items() if isinstance(value, FunctionType) and not name.startswith("_")]
        word, found = completions(line[1] or line[2] or "", line[1] is None, functions)
        made = [SimpleCompletion(text, type="option") for text in found]
        return {"completions": made, "matched_fragment": word, "suppress": True, "ordered": True}

    return complete
