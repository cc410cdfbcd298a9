"""`kernelspec install` writes a kernel that starts with the extension there, and nothing else is ever overwritten."""

import json
import sys
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import start_new_kernel

from gptoss_nb import kernelspec
from gptoss_nb.errors import OptionError

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def jupyter(tmp_path, monkeypatch) -> Path:
    """Jupyter's folders of this test alone; the first is where `--user` goes."""
    for name in ("DATA", "RUNTIME", "CONFIG"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / name))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "prefix" / "share" / "jupyter"))
    monkeypatch.delenv("GPTOSS_NB_MODEL", raising=False)
    return tmp_path / "DATA"


def installed(place: Path) -> dict:
    return json.loads((place / "kernel.json").read_text())


def test_the_kernel_starts_with_the_magics_and_the_model(tmp_path):
    assert kernelspec.main(["install", "--prefix", str(tmp_path / "prefix"), "--model", "nano", "--name", "gptoss-course"]) == 0
    assert "gptoss-course" in KernelSpecManager().find_kernel_specs()
    manager, client = start_new_kernel(kernel_name="gptoss-course", cwd=str(ROOT))
    try:
        told = []
        code = (
            "import os, sys; shell = get_ipython()\n"
            "print(shell.find_line_magic('gptoss') and shell.find_cell_magic('gptoss') and 'magics',"
            " os.environ['GPTOSS_NB_MODEL'], sys.executable)"
        )
        reply = client.execute_interactive(
            code, timeout=60, allow_stdin=False, output_hook=lambda m: told.append(m["content"].get("text", ""))
        )
        assert reply["content"]["status"] == "ok", reply["content"]
        assert "".join(told).split() == ["magics", "nano", sys.executable]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_it_is_for_this_user_unless_told_otherwise(jupyter, capsys):
    assert kernelspec.main(["install"]) == 0
    place = jupyter / "kernels" / "gptoss"
    spec = installed(place)
    assert spec["display_name"] == "Python + gpt-oss" and "env" not in spec
    assert spec["argv"][0] == sys.executable and spec["argv"][-1] == "--ext=gptoss_nb"
    assert str(place) in capsys.readouterr().out


def test_names_in_the_launcher():
    assert kernelspec.display_name("gptoss", "openai/gpt-oss-20b") == "Python + gpt-oss (gpt-oss-20b)"
    assert kernelspec.display_name("week-2", None) == "Python + gpt-oss (week-2)"
    assert kernelspec.display_name("week-2", "nano") == "Python + gpt-oss (nano, week-2)"


def test_a_folder_is_written_as_an_absolute_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights").mkdir()
    assert installed(kernelspec.install(model="weights"))["env"] == {"GPTOSS_NB_MODEL": str(tmp_path / "weights")}
    assert installed(kernelspec.install(model="openai/gpt-oss-20b"))["env"] == {"GPTOSS_NB_MODEL": "openai/gpt-oss-20b"}


def refused(**options) -> str:
    with pytest.raises(OptionError) as caught:
        kernelspec.install(**options)
    what, todo = str(caught.value).split("\n")
    assert todo
    return what


@pytest.mark.parametrize("name", ["", ".", "..", "../up", "a/b", "Große", "A", "gpt oss", ".hidden", "x\n", "--user"])
def test_bad_names(name, jupyter):
    assert "cannot name a kernel" in refused(name=name)
    assert not jupyter.exists()


@pytest.mark.parametrize("model", ["", " ", "./nowhere", "~/nowhere", "/nowhere"])
def test_folders_that_do_not_exist(model):
    assert "no folder" in refused(model=model)


def test_another_kernel_is_never_removed(jupyter):
    other = jupyter / "kernels" / "python3"
    other.mkdir(parents=True)
    for content in ('{"argv": ["python"]}', "[]", ""):
        (other / "kernel.json").write_text(content)
        assert "another kernel" in refused(name="python3")
        assert (other / "kernel.json").read_text() == content
    assert kernelspec.install(name="ours") == kernelspec.install(name="ours", model="nano")


def test_a_place_that_cannot_be_written(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert "cannot be written" in refused(prefix=str(tmp_path / "file"))
    assert kernelspec.main(["install", "--prefix", str(tmp_path / "file")]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 2
