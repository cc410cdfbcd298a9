"""Where the Triton kernels are chosen, and what is said where they are not."""

import pytest
import torch

from gptoss_nb.errors import OptionError
from gptoss_nb.kernels import chips, reference
from gptoss_nb.session.loading import choose_operations

CPU, GPU = torch.device("cpu"), torch.device("cuda", 0)


@pytest.fixture
def on(monkeypatch):
    """`on((9, 0), (3, 9))`: a GPU of that capability, that version of Triton."""

    def pretend(capability, version=(3, 9)):
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device=None: capability)
        monkeypatch.setattr(torch.version, "hip", None)
        monkeypatch.setattr(chips, "triton_version", lambda: version)

    return pretend


@pytest.mark.parametrize("capability", chips.NVIDIA)
@pytest.mark.parametrize("version", ((3, 6), (3, 9)))
def test_known_chips_get_the_kernels(on, capability, version):
    on(capability, version)
    for backend in ("auto", "triton"):
        ops, name, reason = choose_operations(backend, GPU)
        assert name == "triton" and ops.FUSED and ops.BANDED
    assert choose_operations("auto", GPU)[2] == f"Triton {version[0]}.{version[1]} on sm_{capability[0]}{capability[1]}"


@pytest.mark.parametrize(
    "capability, version, why",
    (((7, 0), (3, 9), "compute capability 7.0"), ((11, 0), (3, 9), "compute capability 11.0"), ((9, 0), (3, 5), "Triton 3.5 is outside 3.6"),
     ((9, 0), (3, 10), "Triton 3.10 is outside"), ((9, 0), None, "Triton is not installed")),
)  # fmt: skip
def test_others_get_plain_torch_and_one_line(on, capability, version, why):
    on(capability, version)
    ops, name, reason = choose_operations("auto", GPU)
    assert (ops, name) == (reference, "reference") and why in reason and "\n" not in reason
    with pytest.raises(OptionError, match=why):
        choose_operations("triton", GPU)


@pytest.mark.parametrize("chip, known", (("gfx942:sramecc+:xnack-", True), ("gfx950", True), ("gfx90a:sramecc+", False)))
def test_amd(monkeypatch, on, chip, known):
    on((9, 4))
    monkeypatch.setattr(torch.version, "hip", "7.0")
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: type("Properties", (), {"gcnArchName": chip}))
    assert (chips.unsupported(GPU) is None) == known
    assert choose_operations("auto", GPU)[1] == ("triton" if known else "reference")


def test_a_cpu_has_them_under_the_interpreter_alone(monkeypatch):
    assert choose_operations("triton", CPU)[1] == "triton" and choose_operations("auto", CPU)[1] != "triton"
    monkeypatch.setattr(chips, "interpreted", lambda: False)
    with pytest.raises(OptionError, match="needs a GPU"):
        choose_operations("triton", CPU)


@pytest.mark.parametrize("triton, numpy, runs", (("3.6.0", "2.3.5", True), ("3.6.0", "2.4.0", False), ("3.9.0", "2.4.6", True)))
def test_an_interpreter_that_does_not_know_the_arrays_of_today(monkeypatch, triton, numpy, runs):
    found = {"triton": triton, "numpy": numpy}
    monkeypatch.setattr(chips.metadata, "version", found.__getitem__)
    assert (chips.unsupported(CPU) is None) == runs


def test_the_same_names_and_signatures_as_the_reference():
    import inspect

    from gptoss_nb.kernels import triton_ops

    names = ("rms_norm", "linear", "rotate", "attention", "attention_pattern", "route", "swiglu", "experts")
    for name in names:
        ours, theirs = (list(inspect.signature(getattr(module, name)).parameters) for module in (triton_ops, reference))
        assert ours == theirs and name in triton_ops.__all__, name


def test_blocks_are_tried_once_and_kept(monkeypatch, tmp_path):
    """On a pretended GPU: the fastest of the table's, read again by the next process; what else a file says is not taken."""
    from gptoss_nb.kernels import _blocks

    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(_blocks, "_known", None)
    monkeypatch.setattr(_blocks, "_chip", lambda device: "chip")
    tried, ran = [], []
    monkeypatch.setattr(_blocks, "_seconds", lambda run, blocks, device: tried.append(blocks) or (1 if blocks["rows"] == 2 else 2))
    x = type("OnGpu", (), {"is_cuda": True, "device": GPU})()

    def run(**blocks):
        ran.append(blocks)

    _blocks.launch("add_linear", x, (5, 6), run, {})
    assert not tried and ran.pop() == _blocks.BLOCKS["add_linear"]
    with _blocks.tuning():
        _blocks.launch("add_linear", x, (5, 6), run, {})
        _blocks.launch("add_linear", x, (5, 6), run, {})
    assert len(tried) == 1 + len(_blocks.OTHERS["add_linear"]) and ran[-1]["rows"] == 2 == ran[-2]["rows"]
    monkeypatch.setattr(_blocks, "_known", None)
    _blocks.launch("add_linear", x, (5, 6), run, {})
    assert ran[-1]["rows"] == 2 and len(tried) == 1 + len(_blocks.OTHERS["add_linear"])
    for nonsense in ('{"add_linear 5 6 chip": {"rows": 10000000}}', "[]", "{", '{"x": 1}'):
        _blocks.file().write_text(nonsense)
        monkeypatch.setattr(_blocks, "_known", None)
        _blocks.launch("add_linear", x, (5, 6), run, {})
        assert ran[-1] == _blocks.BLOCKS["add_linear"]


def test_what_is_no_number_of_rows_is_tried_as_well(monkeypatch, tmp_path):
    """Whether tl.dot_scaled is used: the faster one, the plain one where it fails, and no choice under the interpreter."""
    from gptoss_nb.kernels import _blocks

    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(_blocks, "_known", None)
    monkeypatch.setattr(_blocks, "_chip", lambda device: "chip")
    seconds = {"fast": lambda scaled: 1 if scaled else 2, "slow": lambda scaled: 2 if scaled else 1, "none": lambda scaled: 1 / (not scaled)}
    monkeypatch.setattr(_blocks, "_seconds", lambda run, blocks, device: run())
    x = type("OnGpu", (), {"is_cuda": True, "device": GPU})()
    for name, wanted in (("fast", True), ("slow", False), ("none", False)):
        assert not _blocks.faster(name, x, (1,), seconds[name])
        with _blocks.tuning():
            assert _blocks.faster(name, x, (1,), seconds[name]) == wanted
        monkeypatch.setattr(_blocks, "_known", None)
        assert _blocks.faster(name, x, (1,), seconds[name]) == wanted
    assert not _blocks.faster("fast", torch.ones(1), (1,), seconds["fast"])
