import pytest

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


@pytest.mark.parametrize("variable, below", [("HF_HUB_CACHE", "."), ("HF_HOME", "hub"), ("XDG_CACHE_HOME", "huggingface/hub")])
def test_downloaded(make, monkeypatch, variable, below):
    for name in ("HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, str(make()))
    repository = make() / below / "models--openai--gpt-oss-20b"
    make(f"{below}/models--openai--gpt-oss-20b/refs/main", f"{below}/models--openai--gpt-oss-20b/snapshots/abc/model.safetensors")
    (repository / "refs" / "main").write_text("abc\n")
    assert locate("openai/gpt-oss-20b") == repository / "snapshots" / "abc"


def test_not_downloaded(make, monkeypatch, refused):
    monkeypatch.setenv("HF_HUB_CACHE", str(make()))
    with refused("openai/gpt-oss-20b", error=ModelNotFound):
        locate("openai/gpt-oss-20b")


def test_downloaded_in_part(make, monkeypatch, refused):
    monkeypatch.setenv("HF_HUB_CACHE", str(make("models--a--b/refs/main", "models--a--b/snapshots/abc/config.json")))
    (make() / "models--a--b/refs/main").write_text("abc")
    with refused("abc", error=ModelNotFound):
        locate("a/b")


@pytest.mark.parametrize("name", ["no-such-model", "/no/such/folder", "a/b/c", "", "x" * 5000, "nul\0l", "\ud800", "org/mo del"])
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
