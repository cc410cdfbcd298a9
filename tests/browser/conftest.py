"""A JupyterLab of the tests' own with Chromium in front of it: `lab.open(cells)` gives a page. Without Chromium, JupyterLab or
Playwright these tests skip and say so.

GPTOSS_NB_IPYKERNELS names a folder with further versions of ipykernel, each installed into a subfolder of its name
(`pip install --no-deps --target`).
"""

import os
from pathlib import Path

import pytest

from gptoss_nb.bench import lab as ours
from gptoss_nb.errors import OptionError


def versions() -> dict[str, Path | None]:
    """ipykernel's versions to test with, and where each lies; the one of this environment needs no folder."""
    folder = os.environ.get("GPTOSS_NB_IPYKERNELS")
    others = {place.name: place for place in sorted(Path(folder).iterdir())} if folder else {}
    return {"installed": None} | others


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    try:
        with ours.opened(tmp_path_factory.mktemp("lab"), versions()) as opened:
            yield opened
    except OptionError as error:
        pytest.skip(str(error).replace("\n", " "))
