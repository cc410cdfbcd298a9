"""The forms of a Draft: HTML with the thinking folded, Markdown and plain text, together one output of a notebook.

Pages made here need no script and nothing from outside. Model text never becomes HTML: what is no Markdown is escaped.
Called by screens and live.
"""

import html

from .draft import Draft
from .prose import printable, render
from .strip import strip

_MUTED = "opacity:.75;font-size:90%"  # of whatever colour the page's text has


def bundle(draft: Draft, title: list[str]) -> dict[str, str]:
    """MIME type to text, for `display(..., raw=True)`; `title` are the parts of the status line before the numbers."""
    status = " · ".join([*title, *draft.numbers])
    return {"text/plain": plain(draft, status), "text/markdown": markdown(draft, status), "text/html": page(draft, status)}


def page(draft: Draft, status: str) -> str:
    """HTML that also shows in a notebook that JupyterLab does not trust."""
    parts = [f'<div style="{_MUTED}">{html.escape(status)}</div>', _folded("thinking", draft.thinking, draft)]
    for name, arguments, result in draft.calls:
        parts.append(_folded(f"called {name}", f"{arguments}\n→ {'…' if result is None else result}", None))
    parts.append(render(draft.answer))
    if draft.trace is not None:
        parts.append(strip(draft.trace))
    return '<div style="overflow-wrap:anywhere;padding:0 8px">' + "".join(parts) + "</div>"


def _folded(label: str, text: str, live: Draft | None) -> str:
    if not text:
        return ""
    # while the model still thinks, the last line of it stands in the summary
    last = text.rstrip().rpartition("\n")[2][-120:]
    summary = f"{label} … {last}" if live is not None and not live.answer and not live.finish else label
    body = f'<pre style="white-space:pre-wrap;{_MUTED}">{html.escape(printable(text))}</pre>'
    return f'<details><summary style="{_MUTED}">{html.escape(printable(summary))}</summary>{body}</details>'


def markdown(draft: Draft, status: str) -> str:
    """For front ends that show no HTML. Every bracket of the model's is an entity, so none can open a tag."""
    quoted = ["> " + line for text in [draft.thinking, *map(_call, draft.calls)] if text for line in _inert(text).splitlines()]
    return "\n".join([f"*{_inert(status)}*", "", *quoted, "", _inert(draft.answer)])


def plain(draft: Draft, status: str) -> str:
    thought = [f"[{draft.thinking}]"] if draft.thinking else []
    return printable("\n".join([*thought, *map(_call, draft.calls), draft.answer, f"({status})"]))


def _call(call: tuple[str, str, str | None]) -> str:
    name, arguments, result = call
    return f"{name}({arguments}) → {'…' if result is None else result}"


def _inert(text: str) -> str:
    return html.escape(printable(text), quote=False).replace("![", "!\\[")

