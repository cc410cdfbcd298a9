"""Loading: the same object again, a failure that changes nothing, unloading, and options that do not exist."""

import gc
import json
import shutil

import pytest
import torch

import gptoss_nb as gn
from gptoss_nb import session
from gptoss_nb.checkpoint.header import read_header
from gptoss_nb.errors import CheckpointError, ModelClosed, ModelNotFound, OptionError, TokenizerError
from gptoss_nb.session import loading


@pytest.fixture(autouse=True)
def nothing_loaded():
    gn.unload()
    yield
    gn.unload()


@pytest.fixture
def other(golden):
    """A folder that is not nano."""
    return golden / "hf"


def test_asked_again_it_is_the_same_object():
    model = gn.load("nano")
    assert gn.load("nano") is model is session.current() is gn.load()
    assert gn.load(model.folder) is model, "its folder is another name for it"
    assert gn.load("nano", device="cpu", backend=model.placement.backend) is model, "what auto chose"
    assert gn.load("nano", context=100) is not model


def test_a_relative_path_is_the_same_folder(golden, monkeypatch):
    monkeypatch.chdir(golden)
    model = gn.load("hf")
    monkeypatch.chdir(golden.parent)
    assert gn.load("golden/hf") is gn.load(golden / "hf") is model


def test_another_takes_its_place_and_the_first_still_works(other):
    first, second = gn.load("nano"), gn.load(other)
    assert session.current() is second is not first
    assert first.logits([1]).shape == (1, first.config.vocab_size)
    assert second.logits([1]).shape == (1, 320)


def test_a_changed_file_is_loaded_again(other, tmp_path):
    folder = shutil.copytree(other, tmp_path / "copy")
    first = gn.load(folder)
    fields = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(fields | {"sliding_window": 8}))
    second = gn.load(folder)
    assert second is not first and second.config.sliding_windows[0] == 8


def bad_folder(golden, tmp_path, spoil):
    folder = shutil.copytree(golden / "hf", tmp_path / "bad")
    spoil(folder)
    return folder


SPOILED = {
    "no weights": (lambda f: (f / "model.safetensors").unlink(), ModelNotFound),
    "cut short": (lambda f: (f / "model.safetensors").write_bytes((f / "model.safetensors").read_bytes()[:5000]), CheckpointError),
    "no config": (lambda f: (f / "config.json").unlink(), CheckpointError),
    "bad tokenizer": (lambda f: (f / "tokenizer.json").write_text("{}"), TokenizerError),
}


@pytest.mark.parametrize("spoil, error", SPOILED.values(), ids=SPOILED.keys())
def test_a_load_that_fails_keeps_the_old_one(golden, tmp_path, spoil, error):
    model = gn.load("nano")
    reply = model.chat("Hi", max_tokens=3, seed=0)
    with pytest.raises(error) as caught:
        gn.load(bad_folder(golden, tmp_path, spoil))
    assert len(str(caught.value).splitlines()) == 2
    assert session.current() is model and model.chat("Hi", max_tokens=3, seed=0).token_ids == reply.token_ids


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("you tried to allocate 1099511627264 bytes")])
def test_what_does_not_fit_in_memory(other, monkeypatch, error):
    def full(*arguments):
        raise error

    monkeypatch.setattr(loading, "read", full)
    with pytest.raises(CheckpointError, match="does not fit in the memory of cpu, with a context of ") as caught:
        gn.load(other)
    assert len(str(caught.value).splitlines()) == 2


def test_a_context_below_the_checkpoints_bounds_what_is_allocated(golden, tmp_path):
    def claim(**sizes):
        def spoil(folder):
            config = json.loads((folder / "config.json").read_text())
            (folder / "config.json").write_text(json.dumps(config | sizes))
        return spoil

    huge = bad_folder(golden, tmp_path, claim(max_position_embeddings=2**31 - 1, sliding_window=2**31 - 1))
    assert gn.load(huge, context=64).logits(range(40)).isfinite().all()


@pytest.mark.parametrize("name", ["", " ", "nanoo", "/no/such/folder", "someone/no-such-model", "\0", "a" * 5000])
def test_no_such_model(name):
    with pytest.raises(ModelNotFound) as caught:
        gn.load(name)
    assert len(str(caught.value).splitlines()) == 2 and session.current() is None


BAD = [dict(device="tpu"), dict(device="cuda:99"), dict(device=None), dict(dtype="float16"), dict(dtype=7), dict(backend="magic"),
       dict(context=0), dict(context=-1), dict(context=10**9), dict(context=1.5), dict(context=True), dict(context="long")]  # fmt: skip


@pytest.mark.parametrize("options", BAD, ids=str)
def test_options_that_do_not_exist(options):
    with pytest.raises(OptionError) as caught:
        gn.load("nano", **options)
    assert len(str(caught.value).splitlines()) == 2 and session.current() is None


def test_options_that_do():
    model = gn.load("nano", device="cpu", dtype=torch.bfloat16, backend="reference", context=70)
    p = model.placement
    assert (p.device, p.dtype, p.backend, p.context) == (torch.device("cpu"), torch.bfloat16, "reference", 70)
    assert model.chat("Hi", max_tokens=500, seed=0).trace.n_tokens <= 70
    assert gn.load("nano", device="cpu").placement.dtype is torch.float32


def test_who_holds_the_gpu_is_told_before_torchs_own_long_text(other, monkeypatch):
    def full(*arguments):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 23.7 GiB" + " and so on" * 60)

    monkeypatch.setattr(loading, "read", full)
    monkeypatch.setattr(loading, "holders", lambda device: "On cuda:0: python of ada (process 4711) 70.0 GB.")
    with pytest.raises(CheckpointError, match=r"process 4711\) 70.0 GB. CUDA out of memory\n"):
        gn.load(other)


def test_another_failure_is_not_called_a_lack_of_memory(other, monkeypatch):
    def broken(*arguments):
        raise RuntimeError("CUDA error: no kernel image is available\nCompile with ...")

    monkeypatch.setattr(loading, "read", broken)
    with pytest.raises(CheckpointError, match="could not be brought to cpu: CUDA error: no kernel image is available"):
        gn.load(other)


def held() -> int:
    """Tensors that are alive, but for small ones."""
    gc.collect()
    return sum(type(thing) is torch.Tensor and thing.numel() > 5000 for thing in gc.get_objects())


def test_unloading_frees_the_weights_though_the_model_is_held(other):
    before = held()
    model = gn.load(other)
    model.logits([1, 2, 3])
    assert held() > before
    assert "is unloaded: this kernel holds" in gn.unload()
    assert held() == before and "unloaded" in repr(model)


def test_a_load_that_fails_half_way_leaves_no_tensor(golden, tmp_path):
    """Not even while somebody, as IPython does, keeps the error."""
    folder = shutil.copytree(golden / "hf", tmp_path / "bad")
    header = read_header(folder / "model.safetensors")
    entry = header["model.layers.1.mlp.experts.down_proj_scales"]
    raw = bytearray((folder / "model.safetensors").read_bytes())
    raw[entry.start] = 255
    (folder / "model.safetensors").write_bytes(raw)

    before = held()
    with pytest.raises(CheckpointError) as kept:
        gn.load(folder)
    assert kept.value.__traceback__ is not None and held() == before


def test_progress(other):
    steps = []
    gn.load(other, progress=lambda done, total: steps.append((done, total)))
    assert steps == sorted(steps) and steps[-1][0] == steps[-1][1] > 0


def test_unload():
    model = gn.load("nano")
    trace = model.trace([1, 2, 3])
    gn.unload()
    gn.unload()
    assert session.current() is None and "unloaded" in repr(model)
    uses = [lambda: model.logits([1]), lambda: model.trace([1]), lambda: model.chat("Hi"), lambda: model.stream("Hi"),
            lambda: model.attention(trace, 0), lambda: model.forget(), lambda: model.nbytes]  # fmt: skip
    for use in uses:
        with pytest.raises(ModelClosed) as caught:
            use()
        assert len(str(caught.value).splitlines()) == 2
    assert gn.load("nano") is not model


def test_unload_in_the_middle_of_a_stream():
    events = gn.load("nano").stream("Hi", max_tokens=5, seed=0)
    next(events)
    gn.unload()
    assert list(events)[-1].reply.trace.n_tokens > 5
    assert gn.load("nano").logits([1]).isfinite().all()


def test_the_variable_names_the_default(monkeypatch, other):
    monkeypatch.setenv("GPTOSS_NB_MODEL", str(other))
    assert gn.load().folder == other and gn.load("nano").name == "nano"
    monkeypatch.setenv("GPTOSS_NB_MODEL", "")
    assert gn.load().name == "nano"
    monkeypatch.setenv("GPTOSS_NB_MODEL", "/no/such/folder")
    with pytest.raises(ModelNotFound):
        gn.load()


@pytest.mark.parametrize("layout", ["hf", "openai"])
def test_without_a_tokenizer_it_works_on_token_ids(golden, expected, close, layout):
    model, ids = gn.load(golden / layout), expected["token_ids"].tolist()
    close(model.logits(ids), expected["logits"], "whole model")
    trace = model.trace(ids)
    assert trace.token_ids.tolist() == ids and set(trace.roles) == {""} and len(trace.tokens) == len(ids)
    for n in range(trace.n_layers):
        assert (trace.expert_ids[n] == expected[f"expert_ids.{n}"].numpy()).all()
        close(trace.expert_weights[n], expected[f"expert_weights.{n}"], "inside")
        close(trace.router_logits[n], expected[f"router_logits.{n}"], "inside")
    close(trace.logprobs[1:], expected["logits"].log_softmax(-1)[range(71), ids[1:]], "inside")
    for ask in (lambda: model.tokenizer, lambda: model.trace("text"), lambda: model.chat("text"), lambda: model.stream("text")):
        with pytest.raises(TokenizerError, match="tokenizer.json") as caught:
            ask()
        assert len(str(caught.value).splitlines()) == 2
