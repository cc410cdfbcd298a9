"""The two backends of a CPU as a user meets them: exact, and in 8 bits, which is said aloud; and a package without its C++ code."""

import pytest
import torch

import gptoss_nb as gn
from gptoss_nb import commands
from gptoss_nb.errors import OptionError
from gptoss_nb.kernels import choice, cpu_ops, reference
from gptoss_nb.model.edits import Edits

CPU = torch.device("cpu")
built = pytest.mark.skipif(not cpu_ops.available(), reason="the C++ code was not built: no compiler when the package was installed")


@pytest.fixture
def load(golden):
    yield lambda **how: gn.load(golden / "hf", **how)
    gn.unload()


@built
def test_a_cpu_is_exact_unless_asked(load):
    model = load()
    assert model.placement.backend == "cpu" and cpu_ops.instructions() in model.placement.reason and model.placement.notes == ()
    badge = model.trace([1, 2, 3]).badge
    assert badge["backend"] == "cpu" and badge["dtype"] == "float32" and badge["fidelity"] == "exact"
    assert model.fidelity.logits_error < 1e-5


@built
def test_8_bits_are_said_aloud_and_within_their_bound(load):
    model = load(backend="cpu-int8")
    assert len(model.placement.notes) == 1 and "8 bits" in model.placement.notes[0] and 'backend="cpu"' in model.placement.notes[0]
    badge = model.trace([1, 2, 3]).badge
    assert badge["backend"] == "cpu-int8" and badge["dtype"] == "float32, 8 bits" and "off float32" in badge["fidelity"] and "same experts" in badge["fidelity"]
    found = model.fidelity
    assert found.agrees and 1e-4 < found.logits_error <= found.allowed < 0.1, "1.5 times the error of plain torch in bfloat16"


@built
def test_worse_than_that_is_called_wrong(load, monkeypatch):
    from gptoss_nb.kernels import cpu_int8

    monkeypatch.setattr(cpu_int8, "rms_norm", lambda x, scale, eps: reference.rms_norm(x, scale, eps) * (1 + 0.2 * torch.randn_like(x).sign()))
    model = load(backend="cpu-int8")
    assert not model.fidelity.agrees and model.fidelity.badge.startswith("WRONG")


@built
def test_inside_and_edits_in_8_bits(load, random_ids):
    exact, ids = load(), random_ids(60).tolist()
    wanted = exact.trace(ids), exact.trace(ids, edits=Edits.parse("L1.E03=off"))
    model = load(backend="cpu-int8")
    for right, made in zip(wanted, (model.trace(ids), model.trace(ids, edits=Edits.parse("L1.E03=off")))):
        assert (made.expert_ids == right.expert_ids).mean() > 0.9 and abs(made.expert_weights.sum(-1) - 1).max() < 1e-2
    assert not (made.expert_ids[1] == 3).any()


@built
def test_a_reply_in_8_bits():
    model = gn.load("nano", backend="cpu-int8")
    reply = model.chat("What is 3 + 4?", temperature=0)
    assert reply.text and reply.trace.badge["dtype"] == "float32, 8 bits"
    gn.unload()


@built
def test_the_same_model_is_given_again_and_another_backend_is_another(load):
    first = load(backend="cpu-int8")
    assert load(backend="cpu-int8") is first and load(backend="cpu") is not first


@built
def test_8_bits_with_bfloat16_is_refused(load):
    kept = load()
    with pytest.raises(OptionError) as error:
        load(backend="cpu-int8", dtype="bfloat16")
    assert len(str(error.value).splitlines()) == 2 and "float32" in str(error.value)
    assert load() is kept


def test_without_the_compiled_code(load, monkeypatch):
    monkeypatch.setattr(cpu_ops, "_library", None)
    model = load()
    assert model.placement.backend == "reference" and "not built" in model.placement.reason
    assert model.trace([1, 2]).badge["fidelity"] == "exact"
    for backend in ("cpu", "cpu-int8"):
        with pytest.raises(OptionError, match="compiler"):
            choice.choose_operations(backend, CPU)


def test_compiled_code_that_cannot_be_loaded(tmp_path, monkeypatch):
    """Of another system, or cut off: as good as not there, and not an import that fails."""
    (tmp_path / f"_cpu{cpu_ops.EXTENSION_SUFFIXES[0]}").write_bytes(b"\x7fELF and no more")
    monkeypatch.setattr(cpu_ops, "__file__", str(tmp_path / "cpu_ops.py"))
    assert cpu_ops._load() is None


@built
def test_bfloat16_on_a_cpu_is_plain_torch_and_says_so(load):
    model = load(dtype="bfloat16")
    assert model.placement.backend == "reference" and "float32" in model.placement.reason
    with pytest.raises(OptionError, match="computes in float32"):
        load(backend="cpu", dtype="bfloat16")


def test_a_backend_that_is_not_there_names_those_that_are():
    with pytest.raises(OptionError, match="cpu-int8"):
        choice.choose_operations("cpu8", CPU)
    for backend in ("cpu", "cpu-int8"):
        with pytest.raises(OptionError, match="does not run on cuda"):
            choice.choose_operations(backend, torch.device("cuda", 0))


def test_the_memory_for_matrices_in_8_bits_is_counted(golden):
    from gptoss_nb.config import ModelConfig
    from gptoss_nb.session.placing import needs

    config = ModelConfig.load(golden / "hf")
    plain, rounded = (needs(config, torch.float32, 64, rounded=which).of_context for which in (False, True))
    width = config.qkv_width + config.n_heads * config.head_dim
    numbers = (config.vocab_size + config.n_layers * width) * config.hidden_size
    assert rounded - plain == numbers + numbers // 16


@built
def test_what_a_load_says(load):
    told = commands.describe(load(backend="cpu-int8"))
    assert "in float32, 8 bits with cpu-int8 kernels" in told and "not what was published" in told
