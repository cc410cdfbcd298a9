"""The terminal's way in: `python -m gptoss_nb "What is 37 + 45?"` does what the cell does, and installs the kernel.

    python -m gptoss_nb [options] "question"        a question may also come from a pipe
    python -m gptoss_nb kernelspec install [...]     see kernelspec
"""

import os
import sys
from contextlib import closing

from . import options as tables
from .errors import GptossError


def main(argv: list[str] | None = None) -> int:
    """Exit status 0; 1 for an error, which is two lines on stderr; 130 where Ctrl-C stopped the reply."""
    argv = sys.argv[1:] if argv is None else argv
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal may not have every character
    try:
        if argv[:1] == ["kernelspec"]:
            from . import kernelspec

            return kernelspec.main(argv[1:]) or 0
        return _ask(tables.parse_terminal(argv))
    except GptossError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read this has enough; what is still buffered has nowhere to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _ask(options) -> int:
    if options.help or (options.question is None and sys.stdin.isatty()):
        print(tables.terminal_help())
        return 0
    from . import session
    from .widgets.progress import TerminalProgress
    from .widgets.screens import Terminal

    tables.refuse_with_raw(options, "effort", "system")
    question = sys.stdin.read().strip("\r\n") if options.question is None else options.question
    with TerminalProgress(options.model or "loading") as bar:
        model = session.load(options.model, options.device, options.dtype, options.backend, options.context, bar)
    for note in model.placement.notes:
        print(note, file=sys.stderr)
    given = {name: value for name in tables.SAMPLING if (value := getattr(options, name)) is not None}
    if options.raw:
        turn, title = model.continuation(question, **given), [model.name, "plain text"]
    else:
        turn, title = model.turn(question, system=options.system, **given), [model.name, f"effort {given.get('effort', 'medium')}"]
    screen = Terminal(title)
    try:
        with closing(iter(turn)) as events:
            for event in events:
                screen.show(event)
    finally:
        screen.close(turn.reply)
    return 0


if __name__ == "__main__":
    sys.exit(main())
