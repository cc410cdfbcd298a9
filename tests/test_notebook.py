"""The cell in a real Jupyter kernel: what it sends while a reply comes, in static mode, and when it is interrupted."""

import time
from datetime import timedelta

import pytest
from jupyter_client.manager import start_new_kernel

# without a stop token a reply goes on to the limit
ENDLESS = "from gptoss_nb.chat import harmony; ends = harmony.stop_ids; harmony.stop_ids = lambda tokenizer: frozenset()"


class Kernel:
    def __init__(self):
        self.manager, self.client = start_new_kernel(kernel_name="python3")

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def __call__(self, code: str, when=lambda message: None) -> tuple[dict, list[dict]]:
        """(the reply's content, the messages sent meanwhile, each shown to `when`)."""
        sent = []

        def hook(message):
            sent.append(message)
            when(message)

        answer = self.client.execute_interactive(code, allow_stdin=False, output_hook=hook, timeout=60)
        return answer["content"], sent

    def value(self, expression: str) -> str:
        answer, sent = self(f"print({expression})")
        assert answer["status"] == "ok", answer
        return "".join(m["content"]["text"] for m in sent if m["msg_type"] == "stream").strip()


def pages(sent: list[dict]) -> list[tuple[str, dict]]:
    return [(m["msg_type"], m["content"]["data"]) for m in sent if m["msg_type"] in ("display_data", "update_display_data")]


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        for name in ("GPTOSS_NB_MODEL", "GPTOSS_NB_STATIC"):
            patch.delenv(name, raising=False)
        kernel = Kernel()
        try:
            assert kernel("%load_ext gptoss_nb\n%gptoss load nano")[0]["status"] == "ok"
            yield kernel
        finally:
            kernel.close()


@pytest.fixture
def endless(kernel):
    kernel(ENDLESS)
    yield
    kernel("harmony.stop_ids = ends")


def test_a_reply_grows_in_one_output(kernel, endless):
    answer, sent = kernel("%%gptoss --raw --max-tokens 1900 --seed 0 -o ans\nOnce upon a time")
    assert answer["status"] == "ok"
    outputs = [m for m in sent if m["msg_type"] in ("display_data", "update_display_data")]
    kinds = [m["msg_type"] for m in outputs]
    assert kinds[0] == "display_data" and set(kinds[1:]) == {"update_display_data"}
    assert len({m["content"]["transient"]["display_id"] for m in outputs}) == 1
    times = [m["header"]["date"] for m in outputs[:-1]]  # the last holds what the notebook keeps, and may follow at once
    # messages are stamped a little later than the clock is read
    assert all(sum(t <= at < t + timedelta(seconds=1) for at in times) <= 13 for t in times)
    sizes = [len(m["content"]["data"]["text/plain"]) for m in outputs]
    assert len(sizes) > 3 and sizes == sorted(sizes)
    assert kernel.value(f"len(ans.token_ids), ans.text in {outputs[-1]['content']['data']['text/plain']!r}") == "1900 True"


@pytest.mark.parametrize("how", ["os.environ['GPTOSS_NB_STATIC'] = '1'", "%config GptOssMagics.static = True"])
def test_the_static_form_is_one_output(kernel, how):
    kernel(f"import os\n{how}")
    answer, sent = kernel("%%gptoss --max-tokens 50 --temperature 0 -o ans\nHello")
    kernel("del os.environ['GPTOSS_NB_STATIC']" if "environ" in how else "%config GptOssMagics.static = False")
    ((kind, page),) = pages(sent)
    assert answer["status"] == "ok" and kind == "display_data"
    assert set(page) == {"text/plain", "text/markdown", "text/html"} and "tokens" in page["text/html"]
    assert kernel.value(f"ans.text in {page['text/plain']!r}") == "True"


def test_a_mistake_fails_the_cell_in_two_lines(kernel):
    for code in ("%%gptoss --efort low\nHello", "%%gptoss", "%gptoss lod"):
        answer, sent = kernel(code)
        assert (answer["status"], answer["ename"]) == ("error", "OptionError") and pages(sent) == []
        assert len(answer["traceback"]) == 2 and not any("\n" in line for line in answer["traceback"])


def interrupted(kernel, code: str, when) -> list[dict]:
    """The messages of a cell that is interrupted once `when(message)` holds."""
    done = []

    def interrupt(message):
        if not done and when(message):
            done.append(True)
            kernel.manager.interrupt_kernel()

    started = time.monotonic()
    answer, sent = kernel(code, interrupt)
    assert done and time.monotonic() - started < 30
    assert (answer["status"], answer["ename"]) == ("error", "KeyboardInterrupt")  # so Run All stops
    return sent


def works(kernel) -> None:
    answer, sent = kernel("%%gptoss --max-tokens 4 -o ans\nHello")
    assert answer["status"] == "ok" and pages(sent) and kernel.value("ans.stopped") == "False"


def test_an_interrupt_keeps_the_partial_reply(kernel, endless):
    turns = "get_ipython().magics_manager.registry['GptOssMagics'].conversation.turns"
    before = kernel.value(turns)
    sent = interrupted(kernel, "%%gptoss --max-tokens 1900 --temperature 0 -o ans\nHello", lambda m: m["msg_type"] == "update_display_data")
    kept = pages(sent)[-1][1]
    assert "stopped" in kept["text/html"]
    assert kernel.value(f"ans.stopped, 0 < len(ans.token_ids) < 1900, ans.text in {kept['text/plain']!r}") == "True True True"
    assert kernel.value(turns) == before
    kernel("harmony.stop_ids = ends")
    works(kernel)


def test_an_interrupt_reaches_a_function_of_the_user(kernel):
    """The call is put into the model's mouth, at its first token: nano knows no functions."""
    kernel(
        f"{ENDLESS}\n"
        "harmony.stop_ids = lambda tokenizer: frozenset(range(tokenizer.vocab_size))\n"
        "import time\n"
        "def slow() -> str:\n"
        "    'Takes long.'\n"
        "    print('begun', flush=True); time.sleep(50)\n"
        "from gptoss_nb.session.turn import Turn\n"
        "real, Turn._called = Turn._called, lambda self, stop: {'recipient': 'functions.slow', 'content': '{}'}"
    )
    sent = interrupted(kernel, "%%gptoss --tools slow --max-tokens 20 -o ans\nHello", lambda m: "begun" in str(m["content"].get("text")))
    assert "called slow" in pages(sent)[-1][1]["text/html"]
    assert kernel.value("ans.stopped") == "True"
    kernel("Turn._called = real; harmony.stop_ids = ends")
    works(kernel)


def test_the_explorer_of_a_notebook_that_nobody_looks_at_is_a_still_picture(kernel):
    """No front end names the cell: nbconvert and papermill would save a widget that is dead."""
    kernel("%%gptoss --new --max-tokens 20 -o ans\nHello")
    for code in ("%gptoss view explorer", "import gptoss_nb as gn; gn.explore(ans)"):
        answer, sent = kernel(code)
        ((_, page),) = pages(sent)
        assert answer["status"] == "ok" and set(page) == {"text/plain", "text/html"} and "data:image/png" in page["text/html"]


@pytest.mark.parametrize("on_stop, soft, hard", [("go on", "ok", "error"), ("halt", "error", "error"), ("never halt", "ok", "ok")])
def test_what_follows_a_stop(kernel, endless, on_stop, soft, hard):
    """`soft` and `hard`: how the cell ends after the page's Stop and after an interrupt."""
    kernel(f"%config GptOssMagics.on_stop = {on_stop!r}")
    kernel("from gptoss_nb.session.turn import Turn\nimport threading")
    kernel("plain = Turn._token\nTurn._token = lambda self, *given: (self.stop() if len(self.token_ids) == 9 else None, plain(self, *given))[1]")
    answer, _ = kernel("%%gptoss --new --max-tokens 1900 -o ans\nHello")
    kernel("Turn._token = plain")
    assert answer["status"] == soft and kernel.value("ans.stopped, len(ans.token_ids) < 20") == "True True"
    done = []

    def interrupt(message):
        if not done and message["msg_type"] == "update_display_data":
            done.append(True)
            kernel.manager.interrupt_kernel()

    answer, sent = kernel("%%gptoss --new --max-tokens 1900 -o ans\nHello", interrupt)
    kernel("%config GptOssMagics.on_stop = 'go on'")
    assert done and answer["status"] == hard and "stopped" in pages(sent)[-1][1]["text/html"] and kernel.value("ans.stopped") == "True"


def test_a_hundred_live_cells_leave_nothing_behind(kernel, endless):
    """Each is stopped at a random time by its page, or comes to its limit."""
    kernel(
        "import gc, random, threading, psutil, ipywidgets\n"
        "from gptoss_nb.widgets import live\n"
        "live.is_live, was_live = lambda shell: True, live.is_live\n"
        "pages, Page = [], live.Page\n"
        "live.Page = lambda **state: pages.append(Page(**state)) or pages[-1]\n"
        "rng = random.Random(0)\n"
        "def cells(n):\n"
        "    for _ in range(n):\n"
        "        stop = threading.Timer(rng.uniform(0.02, 0.2), lambda: pages[-1]._handle_custom_msg({'kind': 'stop'}, []))\n"
        "        stop.start() if rng.random() < 0.7 else None\n"
        "        get_ipython().run_cell('%%gptoss --new --max-tokens 100 -o ans\\nHello').raise_error()\n"
        "        stop.cancel()\n"
        "        stop.join() if stop.ident else None\n"
        "        pages.clear()\n"
        "def state():\n"
        "    gc.collect()\n"
        "    import comm\n"
        "    return len(threading.enumerate()), len(comm.get_comm_manager().comms), len(ipywidgets.widgets.widget._instances)\n"
        "memory = lambda: psutil.Process().memory_info().rss\n"
        "cells(10)"
    )
    before, held = kernel.value("state()"), int(kernel.value("memory()"))
    answer, sent = kernel("cells(100)")
    assert answer["status"] == "ok", answer
    assert kernel.value("state()") == before and int(kernel.value("memory()")) - held < 30e6
    kernel("live.is_live, live.Page = was_live, Page")
    stopped = [page for kind, page in pages(sent) if kind == "update_display_data" and "stopped" in page["text/plain"]]
    assert 20 < len(stopped) < 100 and not [m for m in sent if m["msg_type"] == "error"]
