"""The explorer in JupyterLab: one selection that everything follows, by mouse and by keys; what stays when the kernel is gone."""

import json

import pytest

from .test_access import serious

REPLY = """import gptoss_nb as gn
model = gn.load("nano")
reply = model.chat("What is 37 + 45?", temperature=0)"""
HOSTILE = ["<img src=x onerror=alert(1)>", "<script>alert(2)</script>", "<style>*{display:none}</style>", "[x](javascript:alert(3))",
           "</div><b>", "\u202egpj", "a\u0300\u0301\u0302\u0303", "W" * 500]  # fmt: skip
FOREIGN = f"""import numpy as np
def made(n, layers, tokens):
    logits = np.random.default_rng(0).normal(size=(layers, n, 32)).astype(np.float32)
    experts = np.argsort(-logits, axis=-1)[..., :4].astype(np.int16)
    texts = tokens, tokens, ("",) * n
    weights = np.full(experts.shape, 0.25, np.float32)
    numbers = np.zeros(n, np.int16), np.full(n, np.nan, np.float32), np.zeros(n, bool), experts, weights, logits
    return gn.Trace(np.arange(n, dtype=np.int32), *texts, *numbers, {{"model": tokens[0], "weights": "others"}})
hostile = {HOSTILE!a}
gn.explore(made(len(hostile), 3, tuple(hostile)))"""
LONG = "gn.explore(made(8000, 24, tuple(f' word{i % 900}' for i in range(8000))))"


@pytest.fixture
def explored(lab):
    """`explored(cells, ...)` runs all of them and gives the Page; at the end it asked nobody else and nothing popped up."""
    pages = []

    def show(cells, **options):
        page = lab.open(cells, **options)
        pages.append(page)
        for index in range(len(cells)):
            page.run(index)
        page.cell(len(cells) - 1).locator(".gptoss-explorer .token").first.wait_for()
        return page

    yield show
    for page in pages:
        assert (page.outside, page.dialogs) == ([], [])
        page.close()


def of(page, selector: str):
    return page.page.locator(f".gptoss-explorer {selector}")


def name_of(page) -> str:
    page.page.wait_for_timeout(100)  # the selection is told once a frame
    return of(page, ".inspector .name").inner_text()


def test_one_selection_by_mouse(explored):
    page = explored([REPLY, "gn.explore(reply)"])
    page.page.locator(".gptoss-figure .js-plotly-plot").wait_for()
    last = int(name_of(page).rpartition(" ")[2])
    room = of(page, ".room").bounding_box()
    page.page.mouse.click(room["x"] + room["width"] * 0.9, room["y"] + 4)  # the first layer
    chosen = int(name_of(page).rpartition(" ")[2])
    assert 0 < chosen < last and of(page, "select[aria-label=Layer]").input_value() == "0"
    assert of(page, f'[data-i="{chosen}"]').get_attribute("aria-selected") == "true"
    page.page.get_by_text("Layer 0: ").wait_for()  # the picture below follows
    of(page, ".experts button").first.click()
    of(page, ".token.works.here").wait_for()
    a, b = (of(page, f'[data-i="{i}"]').bounding_box() for i in (chosen - 3, chosen))
    page.page.mouse.move(a["x"] + 4, a["y"] + 8)
    page.page.mouse.down()
    page.page.mouse.move(b["x"] + 4, b["y"] + 8, steps=6)
    page.page.mouse.up()
    page.page.get_by_text("4 tokens over").wait_for()
    of(page, "button").filter(has_text=f"Tokens {chosen - 3} to {chosen}").click()
    page.page.get_by_text(f"{last + 1} tokens over").wait_for()


def test_keys_alone_are_enough(explored):
    page = explored([REPLY, "gn.explore(reply, token=5, layer=1)"])
    keys = page.page.keyboard
    of(page, "[role=listbox]").focus()
    keys.press("ArrowRight")
    assert name_of(page).endswith("token 6")
    keys.press("Shift+ArrowRight")
    keys.press("Shift+ArrowRight")
    of(page, ".token.brushed").nth(2).wait_for()
    keys.press("Escape")
    keys.press("d")
    keys.press("d")  # would delete the cell, were it JupyterLab's
    page.page.wait_for_timeout(100)
    assert of(page, ".token.brushed").count() == 0
    keys.press("Tab")
    of(page, "[role=application]").focus()
    keys.press("ArrowDown")
    keys.press("ArrowLeft")
    assert name_of(page).endswith("token 7") and of(page, "select[aria-label=Layer]").input_value() == "2"
    assert "token 7" in of(page, ".unseen").inner_text() and "L02" in of(page, ".unseen").inner_text()
    of(page, ".experts button").first.focus()
    keys.press("ArrowDown")
    keys.press("Enter")
    page.page.wait_for_timeout(100)
    assert page.page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true" and of(page, ".token.works").count()
    page.page.get_by_role("tab", name="Routing").focus()
    keys.press("ArrowRight")
    of(page, ".mosaic button").first.wait_for()
    keys.press("Tab")
    keys.press("ArrowRight")
    keys.press("Enter")
    page.page.get_by_text("Head 1: ").first.wait_for()
    assert of(page, '.mosaic [aria-pressed="true"]').get_attribute("aria-label").startswith("Head 1,")


def test_every_tab_and_the_reply_once_more(explored):
    page = explored([REPLY, "gn.explore(reply)"])
    page.page.get_by_role("tab", name="Lens").click()
    page.page.get_by_text("what the model says in the end").wait_for()
    page.page.get_by_role("tab", name="Edit").click()
    of(page, "select[aria-label=Layer]").select_option("3")  # whose heads copy: without them the answer is another
    heads = of(page, ".switches").nth(1).locator("button")
    heads.first.wait_for()
    page.page.wait_for_timeout(200)
    for k in range(heads.count()):
        heads.nth(k).click()
    page.page.get_by_role("button", name="Run again").click()
    page.page.get_by_text("Temperature 0 on both sides").wait_for()
    assert of(page, ".sides .text").count() == 2 and of(page, ".sides ins, .sides del").count() > 0
    page.page.get_by_text("Where the two traces were routed apart").first.wait_for()
    page.page.get_by_role("tab", name="Routing").click()
    page.page.get_by_text("Experts of layer 3").first.wait_for()
    page.page.get_by_role("tab", name="Edit").click()  # what was found is still there
    page.page.get_by_text("Where the two traces were routed apart").first.wait_for()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_serious(explored, dark):
    page = explored([REPLY, "gn.explore(reply)"], dark=dark)
    of(page, ".experts button").first.click()
    of(page, "summary").first.click()
    for tab in ("Routing", "Attention", "Lens", "Edit"):
        page.page.get_by_role("tab", name=tab).click()
        page.page.wait_for_timeout(1000)
        assert serious(page, ".gptoss-explorer") == []


def test_hostile_texts_and_no_model(explored):
    page = explored(["import gptoss_nb as gn\ngn.load('nano')", FOREIGN])
    assert of(page, ":is(img, script, style, a, b, iframe, svg)").count() == 0
    for k in range(of(page, ".token").count()):
        box, strip = of(page, ".token").nth(k).bounding_box(), of(page, ".strip").bounding_box()
        assert box["x"] >= strip["x"] and box["x"] + box["width"] <= strip["x"] + strip["width"] and box["height"] < 30
        of(page, ".token").nth(k).click()
    for tab in ("Attention", "Lens", "Edit"):
        page.page.get_by_role("tab", name=tab).click()
        panel = page.page.get_by_role("tabpanel", name=tab)
        panel.get_by_text("This needs the model that made the trace, and the loaded one has other weights.").wait_for()
        assert "%gptoss load <img src=x" in panel.inner_text() and panel.get_by_role("button", name="Try again").is_visible()


def test_a_long_trace_keeps_a_small_page(explored):
    page = explored(["import gptoss_nb as gn", FOREIGN.rpartition("\n")[0], LONG])
    page.page.wait_for_timeout(500)
    assert page.page.evaluate("document.querySelectorAll('.gptoss-explorer *').length") < 1500
    of(page, "[role=listbox]").focus()
    page.page.keyboard.press("Home")
    assert name_of(page).endswith("token 0")
    of(page, ".experts button").first.wait_for()  # the page of the matrices came
    assert of(page, ".token").first.inner_text() == "␣word0"


@pytest.mark.parametrize("signed", [True, False])
def test_what_is_saved_shows_without_a_kernel(lab, explored, signed):
    page = explored([REPLY, "gn.explore(reply)"])
    page.page.locator(".gptoss-figure .js-plotly-plot").wait_for()
    assert page.page.locator(".gptoss-still").is_hidden()
    saved = page.save()
    assert "widgets" not in saved["metadata"] and len(json.dumps(saved["cells"][1])) < 100_000
    if not signed:
        saved["cells"][1]["source"] += "  # by another hand"
        page.path.write_text(json.dumps(saved))
    # under another name, which has no part in the kernel that runs: there the page of a trusted notebook would come back to life
    copy = page.path.with_name(f"copy-{page.path.name}")
    copy.write_bytes(page.path.read_bytes())
    again = lab.show(copy)
    again.page.get_by_text("run the cell again to explore").first.wait_for()
    assert again.page.locator("img[src^='data:image/png']").first.is_visible() and again.outside == []
    again.close()
