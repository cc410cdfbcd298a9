"""The accessibility checker axe finds nothing serious in a live reply and in its static form, light and dark. GPTOSS_NB_AXE names
axe.min.js, of npm's axe-core; without it these tests skip."""

import os
from pathlib import Path

import pytest

from .test_live import ASK, ENDLESS, SHORT, begun, stop

# an answer with code in it
CODE = """from gptoss_nb.session import turn as module
module.said = lambda own, thinking: "" if thinking else "So:\\n\\n```python\\nfor x in range(3):  # why\\n    print('text', x)\\n```\\n"
get_ipython().run_cell("%%gptoss --max-tokens 5\\nHello")"""
RUN = """async (where) => {
  const found = await axe.run(document.querySelector(where), { resultTypes: ["violations"] });
  return found.violations.map(({ id, impact, nodes }) => [id, impact, nodes.map((node) => node.html.slice(0, 200))]);
}"""


def serious(page, where: str) -> list:
    """Violations below an element that are serious or worse."""
    axe = os.environ.get("GPTOSS_NB_AXE")
    if not axe:
        pytest.skip("GPTOSS_NB_AXE names no axe.min.js: npm pack axe-core")
    page.page.evaluate(Path(axe).read_text("utf-8"))
    return [found for found in page.page.evaluate(RUN, where) if found[1] in ("serious", "critical")]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_live_reply_and_its_static_form(lab, dark, request):
    page = lab.open([ENDLESS, ASK, SHORT, CODE], dark=dark)
    try:
        page.run(0)
        page.run(1, wait=False)
        begun(page, tokens=60)
        page.cell(1).locator(".gn-strip").focus()
        page.page.keyboard.press("ArrowLeft")
        assert serious(page, ".gn-live") == []
        page.page.screenshot(path=os.environ.get("GPTOSS_NB_SHOTS", str(lab.folder)) + f"/live-{request.node.callspec.id}.png")
        stop(page)
        page.page.wait_for_selector(".gn-live", state="detached")
        page.cell(1).locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
        assert serious(page, ".jp-Cell:nth-child(2) .jp-OutputArea-output") == []
        page.page.screenshot(path=os.environ.get("GPTOSS_NB_SHOTS", str(lab.folder)) + f"/static-{request.node.callspec.id}.png")
        page.run(3)
        assert serious(page, ".jp-Cell:nth-child(4) .jp-OutputArea-output") == []
        ground = page.cell(3).locator("pre code").evaluate("code => getComputedStyle(code).backgroundColor")
        assert ground == "rgb(246, 246, 246)"
    finally:
        page.close()
