"""What %gptoss doctor says, of machines that are not this one, too."""

import sys
from types import SimpleNamespace

import pytest
import torch

import gptoss_nb as gn
from gptoss_nb import doctor


@pytest.fixture(autouse=True)
def nothing_loaded():
    gn.unload()
    yield
    gn.unload()


def test_of_nano():
    gn.load("nano")
    page = doctor.report()
    for told in ("Python 3", "torch 2", "memory free", "finite, and the same twice", "logits off by", "L03", "of experts the same", "say: exact", "cpu"):
        assert told in page
    assert "No pair" in page or "no pair" in page


def test_without_a_model():
    assert "No model is loaded" in doctor.report()


def test_a_wrong_model_is_called_so(monkeypatch):
    model = gn.load("nano")
    right = doctor.session.fidelity.measure(model)
    wrong = type(right)(0.5, right.layer_errors, right.equal_experts, right.allowed, repeats=False)
    monkeypatch.setattr(doctor.session.fidelity, "measure", lambda model: wrong)
    page = doctor.report()
    assert "NOT RIGHT" in page and "NOT finite or not the same twice" in page and model.badge(gn.Edits())["fidelity"].startswith("WRONG")


def test_versions_that_do_not_go_together(monkeypatch):
    real = doctor._installed
    assert doctor.pairs() == []
    [told] = [line for line in doctor.pairs(lambda name: "2.3.0" if name == "torch" else real(name)) if "needs torch" in line]
    assert "2.3.0 is installed" in told and "pip install 'torch" in told
    [told] = [line for line in doctor.pairs(lambda name: None if name == "safetensors" else real(name)) if "needs safetensors" in line]
    assert "safetensors is missing" in told
    # a CUDA build of torch names its triton; this one's does not
    monkeypatch.setattr(doctor, "_requirements", lambda package: ["triton==3.6.0; sys_platform == 'linux'", "???"] if package == "torch" else [])
    [told] = doctor.pairs(lambda name: {"torch": "2.11.0", "triton": "3.9.0"}[name])
    assert told.startswith("Versions: torch 2.11.0 needs triton==3.6.0, and triton 3.9.0 is installed")


def test_what_triton_needs(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    monkeypatch.setattr(doctor.sysconfig, "get_path", lambda name: str(tmp_path))
    [told] = doctor._compiling()
    assert "a C compiler" in told and "Python.h" in told and "-dev" in told


@pytest.mark.parametrize("cuda, told", [(None, "built for the CPU alone"), ("12.8", "its driver may be too old")])
def test_a_gpu_that_torch_does_not_see(monkeypatch, cuda, told):
    monkeypatch.setattr(doctor.shutil, "which", lambda name: "/usr/bin/nvidia-smi")
    assert told in doctor._no_gpu(SimpleNamespace(version=SimpleNamespace(cuda=cuda)))
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    monkeypatch.setattr(doctor.os.path, "exists", lambda path: False)
    assert doctor._no_gpu(torch) == "torch sees no GPU."


@pytest.mark.parametrize("capability, built, fits", [((9, 0), ["sm_80", "sm_90"], True), ((8, 6), ["sm_80"], True), ((7, 5), ["sm_80", "sm_90"], False),
                                                     ((12, 0), ["sm_90"], False), ((12, 0), ["sm_90", "compute_90"], True), ((9, 0), ["sm_90a"], True), ((9, 4), ["gfx942"], True)])  # fmt: skip
def test_a_torch_without_code_for_the_gpu(capability, built, fits):
    assert doctor._is_built_for(capability, built) is fits
