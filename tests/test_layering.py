"""Who may import whom: DESIGN's table, row by row, read from the imports themselves (also those inside functions)."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "gptoss_nb"
BELOW_SESSION = {"config", "kernels", "checkpoint", "model", "chat", "engine", "trace", "inside"}
CELL = {"session", "views", "widgets", "options", "commands", "doctor", "exploring", "pictures", "kernelspec", "magics"}

# room: (what of ours, which packages). A row holds for its whole folder unless a longer one names a part of it; every
# room may import itself, errors and the standard library
TABLE: dict[str, tuple[set, set]] = {
    "errors": (set(), set()),
    "config": (set(), set()),
    "kernels": (set(), {"torch"}),
    "kernels.triton_ops": (set(), {"torch", "triton"}),
    "kernels._": (set(), {"torch", "triton"}),
    "kernels.chips": (set(), {"torch", "triton"}),
    "checkpoint": ({"config", "kernels.mxfp4"}, {"torch", "safetensors"}),
    # a synthetic checkpoint has a tokenizer.json beside its weights, and chat alone knows that file's format
    "checkpoint.made_up": ({"chat.vocabulary"}, set()),
    "checkpoint.hub": ({"config", "checkpoint.locate", "checkpoint.hub_errors"}, {"huggingface_hub"}),
    "checkpoint.hub_errors": (set(), {"huggingface_hub"}),
    "model": ({"config", "kernels", "checkpoint.weights"}, {"torch"}),
    "chat": (set(), {"tiktoken"}),
    "engine": ({"config", "model"}, {"torch"}),
    "engine.events": (set(), set()),
    "trace": (set(), {"numpy", "safetensors", "pandas", "pyarrow"}),
    "inside": ({"config", "model", "engine", "trace"}, {"torch", "numpy"}),
    "views": ({"trace"}, {"plotly", "numpy", "PIL", "IPython"}),
    "widgets": ({"views", "trace", "engine.events"}, {"IPython", "markdown_it", "pygments", "numpy", "anywidget", "ipywidgets", "traitlets", "ipykernel"}),
    "session": (BELOW_SESSION, {"torch", "numpy", "psutil", "pynvml"}),
    "options": (set(), set()),
    "commands": (CELL, {"psutil", "torch"}),
    "doctor": (CELL, {"psutil", "torch", "packaging"}),
    "exploring": (CELL | {"trace"}, {"IPython"}),
    "pictures": (CELL, {"numpy"}),
    "magics": (CELL, {"IPython", "traitlets"}),
    "kernelspec": (CELL, {"ipykernel", "jupyter_client"}),
    "__main__": (CELL, set()),
    "__init__": ({"magics"}, set()),
    "nano": (BELOW_SESSION | {"session"}, {"torch", "numpy", "safetensors"}),
    "nano.corpus": ({"chat", "nano.families"}, set()),
    "nano.families": ({"chat"}, set()),
    "bench": (BELOW_SESSION | {"session"}, {"torch", "transformers", "pynvml"}),
    "bench.peers": (BELOW_SESSION | {"bench.made", "bench.gguf_file", "bench.throughput", "bench.machine", "session.placing"}, {"torch", "numpy", "llama_cpp", "transformers"}),
    "bench.gguf_file": (BELOW_SESSION, {"torch", "numpy", "gguf"}),
    "bench.tokens": (BELOW_SESSION, {"tiktoken", "openai_harmony"}),
    "bench.lab": (set(), {"jupyterlab", "playwright"}),
    "bench.stub": ({"engine.events", "trace", "widgets"}, {"numpy"}),
}


def row(module: str) -> str | None:
    """The longest row that this module, such as "engine.events", stands in."""
    return max((r for r in TABLE if module == r or module.startswith(r if r.endswith("_") else f"{r}.")), key=len, default=None)


def imports(module: str, source: str, package: bool = False):
    """(ours or not, dotted name) of every import in the source of a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            named = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            here = ["gptoss_nb", *module.split("."), *(["__init__"] if package else [])]
            base = ".".join([*(here[: -node.level] if node.level else []), *filter(None, [node.module])])
            named = [f"{base}.{alias.name}" for alias in node.names] if node.level or base.startswith("gptoss_nb") else [base]
        else:
            continue
        for name in named:
            top, _, rest = name.partition(".")
            yield (True, rest or "__init__") if top == "gptoss_nb" else (False, top)


def forbidden(module: str, source: str, package: bool = False) -> list[str]:
    mine = row(module)
    ours, packages = TABLE[mine]
    own = {mine.split(".")[0]} if "." not in mine or mine == "kernels._" else {mine}
    allowed = ours | own | {"errors"}
    if mine in ("kernels.triton_ops", "kernels._"):
        allowed.add("kernels")
    bad = []
    for is_ours, name in imports(module, source, package):
        if is_ours and not any(name == a or name.startswith(f"{a}.") for a in allowed):
            bad.append(name)
        if not is_ours and name not in packages and name not in sys.stdlib_module_names:
            bad.append(name)
    return bad


def modules():
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        package = parts[-1] == "__init__" and len(parts) > 1
        yield ".".join(parts[:-1] if package else parts), path, package


MODULES = list(modules())


@pytest.mark.parametrize("module, path, package", MODULES, ids=[m[0] for m in MODULES])
def test_a_module_imports_only_what_its_row_allows(module, path, package):
    assert row(module), f"{module} stands in no row of the table"
    assert forbidden(module, path.read_text(encoding="utf-8"), package) == []


@pytest.mark.parametrize(
    "module, source, named",
    [
        ("trace.record", "def f():\n    import torch", "torch"),
        ("trace.record", "from ..model.edits import Edits", "model.edits.Edits"),
        ("trace", "from ..model import edits", "model.edits"),
        ("kernels.reference", "import triton.language as tl", "triton"),
        ("kernels.mxfp4", "from ..config import ModelConfig", "config.ModelConfig"),
        ("checkpoint.read", "from ..kernels import reference", "kernels.reference"),
        ("checkpoint.read", "import pickle, numpy", "numpy"),
        ("checkpoint.made_up", "from ..chat import harmony", "chat.harmony"),
        ("checkpoint.synthetic", "from ..chat import vocabulary", "chat.vocabulary"),
        ("model.rope", "from ..checkpoint.read import read", "checkpoint.read.read"),
        ("engine.events", "import torch", "torch"),
        ("engine.events", "from .sampler import Sampling", "engine.sampler.Sampling"),
        ("engine.generator", "from ..chat import harmony", "chat.harmony"),
        ("inside.replay", "from ..kernels import reference", "kernels.reference"),
        ("widgets.forms", "from ..engine.generator import CHUNK", "engine.generator.CHUNK"),
        ("widgets.forms", "from gptoss_nb.session import load", "session.load"),
        ("session.turn", "from IPython.display import display", "IPython"),
        ("session.turn", "from ..widgets import forms", "widgets.forms"),
        ("magics", "from .model.edits import Edits", "model.edits.Edits"),
        ("options", "from . import session", "session"),
        ("nano.corpus", "import torch", "torch"),
        ("nano.families.talk", "from ..train import main", "nano.train.main"),
        ("__init__", "import torch", "torch"),
    ],
)
def test_the_check_finds(module, source, named):
    assert forbidden(module, source, package=module == "trace") == [named]


def test_the_check_allows():
    assert forbidden("kernels.triton_ops", "import torch, triton\nfrom . import reference, _experts") == []
    assert forbidden("kernels._experts", "import triton.language as tl\nfrom .mxfp4 import BLOCK") == []
    assert forbidden("widgets.draft", "from ..engine.events import Token\nfrom ..errors import TraceError") == []
    assert forbidden("session", "from .loading import load", package=True) == []


def test_the_package_itself_imports_nothing_at_first():
    top = [node for node in ast.parse((ROOT / "__init__.py").read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [node.module for node in top] == ["importlib"]


BLOCKED = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ImportError(f"{{name}} is not here")
sys.meta_path.insert(0, Block())
import {modules}
"""
JUPYTER = {"IPython", "ipykernel", "traitlets", "jupyter_client", "tiktoken", "safetensors", "pandas", "psutil", "markdown_it", "plotly"}
BARE = ["kernels.reference", "kernels.mxfp4", "model.transformer", "model.kv_cache", "engine.generator", "engine.batch", "engine.worker"]
LIGHT = ["trace", "engine.events", "options", "widgets.draft", "chat.tokenizer", "chat.harmony", "chat.tools", "config", "errors"]


@pytest.mark.parametrize("blocked, rooms", [(JUPYTER, BARE), ({"torch", "IPython"}, LIGHT)], ids=["torch alone", "without torch"])
def test_what_a_room_needs_when_it_runs(blocked, rooms):
    code = BLOCKED.format(blocked=blocked, modules=", ".join(f"gptoss_nb.{room}" for room in rooms))
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
