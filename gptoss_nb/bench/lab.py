"""A JupyterLab of our own with Chromium in front of it, to measure and to test what a person sees: no file of the user's is read or
written, and no other machine is asked. Called by notebook (the benchmark) and by the tests.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import OptionError

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
TOKEN = "of-gptoss-nb"
PATIENCE = 60_000  # milliseconds


class Lab:
    """`kernels`: by name, the folder with the ipykernel of each, None for the one of this environment."""

    def __init__(self, folder: Path, browser, kernels: dict[str, Path | None]):
        self.folder, self.browser = folder, browser
        self.notebooks = folder / "notebooks"
        self.notebooks.mkdir()
        for name, place in kernels.items():
            self._kernel(name, place)
        environment = os.environ | {
            "JUPYTER_DATA_DIR": str(folder / "data"), "JUPYTER_RUNTIME_DIR": str(folder / "runtime"), "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "IPYTHONDIR": str(folder / "ipython"), "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"), "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        }  # fmt: skip
        for name in ("GPTOSS_NB_STATIC", "GPTOSS_NB_MODEL", "TRITON_INTERPRET"):
            environment.pop(name, None)
        self._log = (folder / "lab.log").open("wb")
        self._server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.port=0", f"--IdentityProvider.token={TOKEN}",
             f"--ServerApp.root_dir={self.notebooks}", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdates", "--LabApp.news_url=None"],
            env=environment, stdout=self._log, stderr=self._log,
        )  # fmt: skip
        self.url = self._found()

    def _kernel(self, name: str, place: Path | None) -> None:
        spec = self.folder / "data" / "kernels" / name
        spec.mkdir(parents=True)
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        about = {"argv": argv, "display_name": name, "language": "python", "metadata": {"debugger": False}}
        about["env"] = {"PYTHONPATH": str(place)} if place else {}
        (spec / "kernel.json").write_text(json.dumps(about | {"interrupt_mode": "signal"}))

    def _found(self) -> str:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            for file in (self.folder / "runtime").glob("jpserver-*.json"):
                url = json.loads(file.read_text())["url"]
                try:
                    urllib.request.urlopen(f"{url}api?token={TOKEN}", timeout=5).close()
                    return url
                except OSError:
                    pass  # not listening yet
            time.sleep(0.2)
        raise RuntimeError(f"JupyterLab did not start:\n{(self.folder / 'lab.log').read_text()}")

    def write(self, cells: list, kernel: str = "installed") -> Path:
        """A notebook with these code cells (texts, or whole cells), of nobody that JupyterLab trusts."""
        made = [cell if isinstance(cell, dict) else {"cell_type": "code", "id": f"c{i}", "source": cell, "metadata": {}, "outputs": [], "execution_count": None}
                for i, cell in enumerate(cells)]  # fmt: skip
        about = {"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}}
        path = self.notebooks / f"{uuid.uuid4().hex}.ipynb"
        path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": about, "cells": made}))
        return path

    def open(self, cells: list, kernel: str = "installed", dark: bool = False) -> "Page":
        return self.show(self.write(cells, kernel), dark)

    def show(self, path: Path, dark: bool = False) -> "Page":
        settings = self.folder / "settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True, exist_ok=True)
        (settings / "themes.jupyterlab-settings").write_text(json.dumps({"theme": "JupyterLab Dark" if dark else "JupyterLab Light"}))
        (settings / "notification.jupyterlab-settings").write_text(json.dumps({"fetchNews": "false", "checkForUpdates": False}))
        return Page(self, path)

    def close(self) -> None:
        self._server.terminate()
        self._server.wait(20)
        self._log.close()


class Page:
    """One notebook in a browser of its own. `outside` holds what it asked of other machines, `dialogs` what popped up."""

    def __init__(self, lab: Lab, path: Path):
        self.path = path
        self.context = lab.browser.new_context(viewport={"width": 1280, "height": 1100})
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.outside, self.dialogs, self.bytes = [], [], 0
        self.page.on("request", lambda request: request.url.startswith((lab.url, "data:", "blob:")) or self.outside.append(request.url))
        self.page.on("dialog", self._popped)
        self.page.on("websocket", lambda socket: socket.on("framereceived", self._received))
        self.page.goto(f"{lab.url}doc/tree/{path.name}?token={TOKEN}")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")

    def _popped(self, dialog) -> None:
        if dialog.type == "beforeunload":  # JupyterLab's own, before a page with changes is left
            dialog.accept()
            return
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _received(self, frame) -> None:
        self.bytes += len(frame if isinstance(frame, (bytes, str)) else "")

    def cell(self, index: int):
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def run(self, index: int, wait: bool = True) -> None:
        """Runs one cell; without `wait` it goes on while the cell does."""
        self.ready()
        self.cell(index).locator(".jp-InputArea-editor").click()
        self.page.keyboard.press("Control+Enter")
        if wait:
            self.done(index)

    def ready(self) -> None:
        """Until the kernel has started: before, a cell is not run at all."""
        self.page.wait_for_function("() => /\\| (Idle|Busy)/.test(document.querySelector('#jp-main-statusbar, .jp-StatusBar-Widget')?.textContent ?? '')")

    def done(self, index: int, timeout: int = PATIENCE) -> None:
        self.page.wait_for_function("i => /\\[\\d+\\]/.test(document.querySelectorAll('.jp-Notebook .jp-Cell')[i].querySelector('.jp-InputPrompt').textContent)", arg=index, timeout=timeout)

    def output(self, index: int) -> str:
        return self.cell(index).locator(".jp-Cell-outputWrapper").inner_text()

    def save(self) -> dict:
        """Saves, and gives the notebook that is in the file."""
        before = self.path.stat().st_mtime_ns
        self.page.keyboard.press("Control+s")
        until = time.monotonic() + 20
        while self.path.stat().st_mtime_ns == before and time.monotonic() < until:
            self.page.wait_for_timeout(100)
        return json.loads(self.path.read_text())

    def close(self) -> None:
        self.context.close()


@contextmanager
def opened(folder: Path, kernels: dict[str, Path | None]) -> Iterator[Lab]:
    """A running Lab, its files in `folder`. Errors: OptionError where Chromium, JupyterLab or Playwright is missing."""
    if CHROMIUM is None:
        raise OptionError("There is no chromium.", "Install it: apt-get install chromium.")
    try:
        import jupyterlab  # noqa: F401
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise OptionError(f"{error.name} is not installed.", 'pip install "gptoss-nb[browser]"') from None
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        lab = Lab(folder, browser, kernels)
        try:
            yield lab
        finally:
            browser.close()
            lab.close()
