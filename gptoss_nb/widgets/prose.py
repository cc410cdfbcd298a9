"""The model's Markdown as HTML that holds nothing of its own: no tag, no image, no address but those that a page may open.

Called by forms (what is saved) and live (what comes). Code is coloured by pygments, in colours that are written into it, as a
notebook that JupyterLab does not trust keeps no style sheet.
"""

import html
import re

from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

# new line, tab, Unicode's spaces (gpt-oss writes 20\u202f000), the joiners inside emoji and Persian words
_ALSO_TEXT = frozenset("\n\t\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\u200c\u200d")
# dark on light in every theme: no colour of text reads on white and on black
_CODE = "background-color:#f6f6f6;color:#1a1a1a;padding:8px;white-space:pre-wrap"
_COLOURS = HtmlFormatter(nowrap=True, noclasses=True, style="xcode")
_COMMANDS = re.compile(r"\\(href|style|class|cssId|require|html\w*|data|unicode|url|includegraphics)\b")
_FENCE = re.compile(r"^ {0,3}(?:`{3,}|~{3,})", re.MULTILINE)
MOST_COLOURED = 10_000  # characters of a block: a lexer may take long over more


def printable(text: str) -> str:
    """Control characters made visible: a terminal would obey them."""
    return "".join(c if c.isprintable() or c in _ALSO_TEXT else "\N{REPLACEMENT CHARACTER}" for c in text)


def render(text: str, coloured: bool = True) -> str:
    """HTML of a model's Markdown, its code coloured or not."""
    return _MARKDOWN.render(printable(text), {"coloured": coloured})


def _text(renderer, tokens, index, options, env) -> str:
    # what MathJax would do to the page, apart from setting mathematics; a space of no width keeps the name readable
    return html.escape(_COMMANDS.sub("\\\\\u200b\\1", tokens[index].content))


def _fence(renderer, tokens, index, options, env) -> str:
    token = tokens[index]
    return _block(token.content, token.info.split()[0] if env.get("coloured") and token.info.strip() else "")


def _block(code: str, language: str) -> str:
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False) if language and len(code) <= MOST_COLOURED else None
    except ClassNotFound:
        lexer = None
    coloured = html.escape(code) if lexer is None else highlight(code, lexer, _COLOURS)
    # on both: JupyterLab gives the inner one a ground of its theme
    return f'<pre style="{_CODE}"><code style="background-color:#f6f6f6;color:#1a1a1a">{coloured}</code></pre>\n'


def _without_empty_links(state) -> None:
    """`[x]()` would lead to the notebook itself, and is no address that validateLink is asked about: its text alone."""
    for token in state.tokens:
        kept, empty = [], []
        for child in token.children or ():
            if child.type == "link_open":
                empty.append(not child.attrs.get("href"))
            is_empty = child.type in ("link_open", "link_close") and empty[-1]
            if child.type == "link_close":
                empty.pop()
            if not is_empty:
                kept.append(child)
        if token.children:
            token.children = kept


def _parser() -> MarkdownIt:
    # escapes off: \( and \[ stay as they are, for the notebook's LaTeX; images off: they would be fetched from outside
    made = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "escape"])
    # only what a page may open; a notebook server's own addresses and programs' schemes stay text
    made.validateLink = lambda url: url.lower().startswith(("http://", "https://", "mailto:"))
    made.core.ruler.push("empty links", _without_empty_links)
    made.add_render_rule("text", _text)
    made.add_render_rule("fence", _fence)
    made.add_render_rule("code_block", lambda renderer, tokens, index, options, env: _block(tokens[index].content, ""))
    return made


_MARKDOWN = _parser()


class Growing:
    """The HTML of an answer that grows: what is whole is rendered once, the rest again each time."""

    def __init__(self):
        self._whole = 0  # characters of the answer that are rendered for good

    def html(self, answer: str) -> tuple[str, str]:
        """(what has become whole since the last call, what may still change)."""
        cut = answer.rfind("\n\n", self._whole)
        whole = ""
        # inside a fence, or where a list or an indented block may go on, nothing is whole
        if cut >= 0 and len(_FENCE.findall(answer[self._whole : cut])) % 2 == 0 and answer[cut + 2 : cut + 3].isalpha():
            whole, self._whole = render(answer[self._whole : cut]), cut + 2
        return whole, render(answer[self._whole :], coloured=False)
