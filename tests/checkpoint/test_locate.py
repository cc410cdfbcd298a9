from pathlib import Path

import pytest

from gptoss_nb.checkpoint import hub
from gptoss_nb.checkpoint import locate as module
from gptoss_nb.checkpoint.locate import locate
from gptoss_nb.errors import ModelNotFound


@pytest.fixture
def make(tmp_path):
    """Empty files by name."""

    def make(*names):
        for name in names:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()
        return tmp_path

    return make


def test_folder_text_or_path(make):
    folder = make("config.json", "model.safetensors")
    assert locate(folder) == locate(str(folder)) == folder


def test_top_wins_over_original(make):
    folder = make("model.safetensors", "original/model.safetensors")
    assert locate(folder) == folder


def test_original_alone_is_found(make):
    folder = make("config.json", "tokenizer.json", "original/model.safetensors")
    assert locate(folder) == folder / "original"


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_file_stands_for_its_folder(make, name):
    assert locate(make("config.json", "model.safetensors") / name) == make()


def test_nano_is_in_the_package(make, monkeypatch):
    monkeypatch.setattr(module, "_NANO", make("model.safetensors"))
    assert locate("nano") == make()


def test_hidden_leftovers_are_no_weights(make, refused):
    with refused(make(".model.safetensors.tmp", ".x.safetensors"), error=ModelNotFound):
        locate(make())


def test_home(make, monkeypatch):
    monkeypatch.setenv("HOME", str(make("m/model.safetensors")))
    assert locate("~/m") == make() / "m"


def test_a_name_on_the_hub(make, monkeypatch):
    asked = []
    monkeypatch.setattr(hub, "fetch", lambda *given: asked.append(given) or make())
    monkeypatch.chdir(make("a/here/model.safetensors"))
    assert locate("a/here") == Path("a/here")  # a folder wins
    assert not asked
    assert locate("a/b@main", progress=print) == make()
    assert asked == [(hub.Name("a/b", "main"), print)]


NOWHERE = ["no-such-model", "/no/such/folder", "a/b/c", "", "x" * 5000, "nul\0l", "\ud800", "org/mo del", "./a", "../a", "~/no/a", "a/b@"]


@pytest.mark.parametrize("name", NOWHERE)
def test_no_such_model(tmp_path, monkeypatch, refused, name):
    monkeypatch.chdir(tmp_path)
    with refused(error=ModelNotFound):
        locate(name)


def test_empty_folder(tmp_path, refused):
    with refused(tmp_path, error=ModelNotFound):
        locate(tmp_path)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.pth", "last.ckpt", "weights.PKL"])
def test_pickles_are_never_opened(make, refused, name):
    folder = make("config.json", name)
    with refused(name, "never opened"):
        locate(folder)
    with refused(name, "never opened"):
        locate(folder / name)


def test_another_kind_of_file(make, refused):
    with refused("model.gguf"):
        locate(make("model.gguf") / "model.gguf")
