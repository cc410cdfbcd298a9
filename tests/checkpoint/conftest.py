import contextlib
import json
import shutil
from pathlib import Path

import pytest

from gptoss_nb.errors import CheckpointError


@pytest.fixture
def refused():
    """`with refused("file", "tensor"):` — the error has two lines, and the first names all of these."""

    @contextlib.contextmanager
    def check(*named, error=CheckpointError):
        with pytest.raises(error) as caught:
            yield
        assert type(caught.value) is error
        what, todo = str(caught.value).split("\n")
        assert todo and all(str(name) in what for name in named), what

    return check


@pytest.fixture(params=["hf", "openai"])
def copy(request, golden, tmp_path) -> Path:
    """A checkpoint to spoil, in either layout."""
    return shutil.copytree(golden / request.param, tmp_path / request.param)


class File:
    """A safetensors file taken apart: change `header` or `data` and save."""

    def __init__(self, path: Path):
        raw = path.read_bytes()
        length = int.from_bytes(raw[:8], "little")
        self.path, self.header, self.data = path, json.loads(raw[8 : 8 + length]), raw[8 + length :]

    def save(self, path: Path | None = None) -> None:
        text = json.dumps(self.header).encode()
        (path or self.path).write_bytes(len(text).to_bytes(8, "little") + text + self.data)


@pytest.fixture
def taken_apart():
    return File
