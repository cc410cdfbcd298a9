"""Whatever a model writes, the page holds no tag, attribute or address of the model's, and the whole answer."""

import re
import time
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gptoss_nb.engine.events import Finished, Prefilled, Token, ToolCall, ToolResult
from gptoss_nb.widgets.draft import Draft
from gptoss_nb.widgets.forms import bundle, printable

# everything that a page may hold; Markdown makes all but the first line
ALLOWED = {
    "div": {"style"}, "details": {"open"}, "summary": {"style"}, "pre": {"style"}, "span": {"style", "title"}, "img": {"src", "style", "alt"},
    "p": set(), "em": set(), "strong": set(), "code": {"class", "style"}, "a": {"href", "title"}, "br": set(), "hr": set(), "blockquote": set(),
    "ul": set(), "ol": {"start"}, "li": set(), **{f"h{n}": set() for n in range(1, 7)},
    "table": set(), "thead": set(), "tbody": set(), "tr": set(), "th": {"style"}, "td": {"style"},
}  # fmt: skip
# no address can stand in these
STYLE = re.compile(
    r"(\s*(overflow-wrap|padding|text-align|opacity|font-size|font-weight|font-style|white-space|color|background-color|line-height|margin-top|display|"
    r"max-width|border-bottom|border|text-decoration): ?[#\w.%! -]+;?)*"
)
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "img": "<img src=x onerror=alert(1)>",
    "iframe": "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "style": "<style>*{display:none}</style><div style='position:fixed'>",
    "svg": "<svg/onload=alert(1)><animate onbegin=alert(1)>",
    "javascript link": "[x](javascript:alert(1)) [y](JaVaScRiPt:alert(1)) [z](\tjava\nscript:alert(1)) <javascript:alert(1)>",
    "entity link": "[x](&#106;avascript:alert(1)) [y](java&Tab;script:alert(1)) [z]\n\n[z]: javascript:alert(1)",
    "data link": "[x](data:text/html,<script>1</script>) [y](data:image/svg+xml,<svg onload=alert(1)>)",
    "other schemes": "[x](file:///etc/passwd) [y](command:run) [z](//evil.example) [w](/api/shutdown) [v](vbscript:x)",
    "empty link": "[]() [x]() [**y**](<>) [z]\n\n[z]: <>",
    "image": "![x](http://evil.example/pixel.png) ![y][r] ![](x)\n\n[r]: http://evil.example/p.png",
    "autolink": '<http://evil.example/"onmouseover="alert(1)>',
    "attribute": '[x](http://a.example/"onclick="alert(1)) [y](http://a.example "t\\" onclick=\\"alert(1)")',
    "entities": "&lt;script&gt;alert(1)&lt;/script&gt; &#60;img src=x onerror=alert(1)&#62; &amp;lt;b&amp;gt;",
    "fence": "```html\"onclick=alert(1)\n<script>alert(1)</script>",
    "backticks": "``` ` `` <b> ````` `<i>`",
    "close": "</details></pre></div></summary><b>out",
    "comment": "<!-- --><![CDATA[x]]><?php x ?><!DOCTYPE x>",
    "ansi": "\x1b[31mred\x1b]8;;http://evil.example\x07link\x1b[2J",
    "controls": "\x00\x08\x7f\x9b31m\u202egpj\u2066\u2028",
    "surrogates": "\ud800 \udfff <b>",
    "table": "| a | b |\n|:--|--:|\n| <script>1</script> | [x](javascript:1) |",
    "math": r"\(x<y\) $<img src=x>$ \[<b>\]",
}


class Page(HTMLParser):
    """Fails at what is not allowed; gathers the text."""

    def __init__(self, page: str):
        super().__init__(convert_charrefs=True)
        self.text, self.open = "", []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        assert tag in ALLOWED and {name for name, _ in attributes} <= ALLOWED[tag], (tag, attributes)
        for name, value in attributes:
            assert name != "href" or value.lower().startswith(("http://", "https://", "mailto:")), value
            assert name != "style" or STYLE.fullmatch(value), value
            assert name != "src" or re.fullmatch(r"data:image/png;base64,[A-Za-z0-9+/=]+", value)
        if tag not in ("br", "hr", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        assert tag in ("br", "hr") and not attributes

    def handle_endtag(self, tag):
        assert self.open.pop() == tag  # nothing of ours is closed by the model

    def handle_data(self, data):
        self.text += data

    def unexpected(self, data):
        raise AssertionError(data)

    handle_comment = handle_decl = handle_pi = unknown_decl = unexpected


def forms(text: str, thinking: str | None = None, name: str = "f") -> dict[str, str]:
    """Of a reply with that text as answer, thinking, call and result."""
    draft = Draft()
    draft.thinking, draft.answer, draft.calls = text if thinking is None else thinking, text, [(name, text, text), (name, text, None)]
    return bundle(draft, ["nano", "effort medium"])


def check(made: dict[str, str]) -> Page:
    assert "<" not in made["text/markdown"] and "![" not in made["text/markdown"]
    for form in made.values():
        form.encode()  # a front end gets UTF-8
        assert not {c for c in form if ord(c) < 32 or 0x7F <= ord(c) < 0xA0} - {"\n", "\t"}
    return Page(made["text/html"])


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_makes_no_tag(name):
    for text in (HOSTILE[name], f"a {HOSTILE[name]} b", f"- {HOSTILE[name]}\n\n> {HOSTILE[name]}", f"# {HOSTILE[name]}"):
        check(forms(text))
        draft = Draft()
        draft.thinking = text  # still thinking: its last line stands in the summary
        check(bundle(draft, ["nano"]))
    check(forms("x", name=HOSTILE[name]))


PIECES = [*'<>&"\'`![]()\\/=:;|*_#-~ \n\t', "script", "onerror=", "javascript:", "data:", "a", "http://b.c", "\x1b"]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_any_mixture_makes_no_tag(parts):
    check(forms("".join(parts)))


def test_markdown_of_the_answer_is_rendered_and_whole():
    text = "# Title\n\n**37 + 45** = `82` & x < y\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[site](https://a.example)\n\n\\(x\\) and \\[y\\]"
    made = forms(text, thinking="7+5=12")
    page = made["text/html"]
    for wanted in ("<h1>Title</h1>", "<strong>37 + 45</strong>", "<code>82</code>", "<td>2</td>", 'href="https://a.example"'):
        assert wanted in page
    assert "\\(x\\)" in page and "\\[y\\]" in page  # for the notebook's LaTeX
    assert "37 + 45" in Page(page).text and "x < y" in Page(page).text
    assert text in made["text/plain"]
    assert "37 + 45" in made["text/markdown"] and "x &lt; y" in made["text/markdown"]


def test_thinking_and_calls_are_folded():
    page = forms("the answer", thinking="first\nlast <b>")["text/html"]
    folded, _, rest = page.rpartition("</details>")
    assert page.count("<details>") == 3 and "first\nlast &lt;b&gt;" in folded and "called f" in folded and "the answer</p>" in rest
    made = Page(page)
    assert "the answer" in made.text
    assert "> first" in forms("x", thinking="first")["text/markdown"]


def test_the_last_line_of_thinking_shows_while_it_lasts():
    draft = Draft()
    draft.thinking = "one\ntwo"
    assert "thinking … two</summary>" in bundle(draft, [])["text/html"]
    draft.answer = "x"
    assert "thinking</summary>" in bundle(draft, [])["text/html"]


def test_a_huge_answer_is_kept_whole_and_soon_there():
    words = " ".join(map(str, range(20_000)))
    started = time.process_time()
    for text in (words, "[" * 20_000, "> " * 5_000, "*a_" * 5_000, "`" * 20_000, "<" * 20_000):
        made = forms(text, thinking="")
        assert text in made["text/plain"]
        check(made)
    assert time.process_time() - started < 20
    assert words in Page(forms(words)["text/html"]).text


def test_the_text_form_stays_text_in_markdown():
    """No form of Markdown finds a tag in text/markdown, also where HTML is on."""
    for text in HOSTILE.values():
        tokens = MarkdownIt("commonmark", {"html": True}).parse(forms(text)["text/markdown"])
        inner = [child for token in tokens for child in (token, *(token.children or []))]
        assert not {"html_block", "html_inline", "image"} & {token.type for token in inner}


def test_printable():
    assert printable("a\nb\tc é 中 🙂 👩‍💻 20\u202f000\xa0km می‌خواهم") == "a\nb\tc é 中 🙂 👩‍💻 20\u202f000\xa0km می‌خواهم"
    assert printable("\x1b[2J\r\x00\x9b\u202e\u2066\ud800\u2028\ufeff") == "\ufffd[2J" + "\ufffd" * 8


def token(text: str, channel: str = "final", role: str = "assistant", recipient: str | None = None) -> Token:
    return Token(0, 0, text, role, channel, recipient, -1.0)


def test_a_draft_gathers_the_events():
    draft = Draft()
    events = [Prefilled(3, 0, 0.1), token("think", "analysis"), token("ing", "commentary")]
    events.append(token("{}", "commentary", recipient="functions.f"))
    for event in [*events, ToolCall("f", "{}"), ToolResult("f", "9"), token("9", "final"), token("", "final")]:
        draft.add(event)
    assert (draft.thinking, draft.answer, draft.calls, draft.tokens) == ("thinking", "9", [("f", "{}", "9")], 5)
    stats = SimpleNamespace(generated_tokens=6, decode_seconds=2.0, finish="interrupted")
    draft.add(Finished(SimpleNamespace(text="99", thinking="t", stopped=True, stats=stats)))
    assert (draft.answer, draft.thinking, draft.numbers) == ("99", "t", ["6 tokens", "3 tok/s", "2.0 s", "stopped"])
