"""The forms of a Draft: HTML with the thinking folded, Markdown and plain text, together one output of a notebook.

Pages made here need no script and nothing from outside. Model text never becomes HTML: Markdown is rendered with HTML and
images off, everything else is escaped. Called by screens.
"""

import html

from markdown_it import MarkdownIt

from .draft import Draft

# escapes off: \( and \[ stay as they are, for the notebook's LaTeX; images off: they would be fetched from outside
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "escape"])
# only what a page may open; a notebook server's own addresses and programs' schemes stay text
_MARKDOWN.validateLink = lambda url: url.lower().startswith(("http://", "https://", "mailto:"))
# new line, tab, Unicode's spaces (gpt-oss writes 20\u202f000), the joiners inside emoji and Persian words
_ALSO_TEXT = frozenset("\n\t\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\u200c\u200d")
_MUTED = "color:#767676;font-size:90%"  # as readable on white as on black


def bundle(draft: Draft, title: list[str]) -> dict[str, str]:
    """MIME type to text, for `display(..., raw=True)`; `title` are the parts of the status line before the numbers."""
    status = " · ".join([*title, *draft.numbers])
    return {"text/plain": plain(draft, status), "text/markdown": markdown(draft, status), "text/html": page(draft, status)}


def page(draft: Draft, status: str) -> str:
    """HTML that also shows in a notebook that JupyterLab does not trust."""
    parts = [f'<div style="{_MUTED}">{html.escape(status)}</div>', _folded("thinking", draft.thinking, draft)]
    for name, arguments, result in draft.calls:
        parts.append(_folded(f"called {name}", f"{arguments}\n→ {'…' if result is None else result}", None))
    parts.append(_MARKDOWN.render(printable(draft.answer)))
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


def printable(text: str) -> str:
    """Control characters made visible: a terminal would obey them."""
    return "".join(c if c.isprintable() or c in _ALSO_TEXT else "\N{REPLACEMENT CHARACTER}" for c in text)
