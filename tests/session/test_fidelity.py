"""Fidelity: what is right is called so, and what is wrong is found, in the layer where it is wrong; the trace says which."""

from types import ModuleType

import pytest
import torch

import gptoss_nb as gn
from gptoss_nb.kernels import reference
from gptoss_nb.model.transformer import Transformer
from gptoss_nb.session import fidelity


@pytest.fixture
def model(golden):
    yield gn.load(golden / "hf", backend="reference", dtype="float32")
    gn.unload()


def operations(**changed) -> ModuleType:
    """The reference's, some of them changed."""
    made = ModuleType("changed")
    vars(made).update({name: value for name, value in vars(reference).items() if not name.startswith("__")} | changed)
    return made


def run_with(model, ops) -> None:
    engine = model.generator
    engine.model = Transformer(model.config, engine.model.weights, ops, engine.context, engine.dtype)
    engine.forget()


def test_a_small_model_is_checked_when_it_is_loaded(model):
    assert model.fidelity.agrees and model.fidelity.badge == "exact"
    assert model.trace([1, 2]).badge["fidelity"] == "exact"
    assert len(model.fidelity.layer_errors) == len(model.fidelity.equal_experts) == model.config.n_layers
    assert max(model.fidelity.layer_errors) < fidelity.EXACT and set(model.fidelity.equal_experts) == {1.0}


def test_bfloat16_is_held_to_plain_torch_in_bfloat16(golden):
    model = gn.load(golden / "hf", backend="reference", dtype="bfloat16")
    found = model.fidelity
    assert found.agrees and 1e-3 < found.logits_error <= found.allowed and "off float32" in found.badge and "WRONG" not in found.badge
    gn.unload()


WRONG = {
    "a sink dropped": dict(attention=lambda q, k, v, sinks, mask=None, gain=None: reference.attention(q, k, v, sinks - 1e4, mask, gain)),
    "a softmax over all experts": dict(route=lambda x, w, b, n, s=None, l=None: _over_all(*reference.route(x, w, b, n, s, l))),
    "no router bias": dict(route=lambda x, w, b, n, s=None, l=None: reference.route(x, w, b * 0, n, s, l)),
    "wrong for single tokens alone": dict(rms_norm=lambda x, scale, eps: reference.rms_norm(x, scale, eps) * (1.01 if x.shape[-2] == 1 else 1)),
    "NaN": dict(swiglu=None, experts=lambda x, *rest: reference.experts(x, *rest) * torch.nan),
}


def _over_all(logits, ids, weights):
    return logits, ids, logits.softmax(-1).gather(-1, ids.long())


@pytest.mark.parametrize("changed", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_operation_is_found(model, changed):
    run_with(model, operations(**changed))
    found = fidelity.measure(model)
    assert not found.agrees and found.badge.startswith("WRONG")


def test_the_layer_where_it_begins_is_told(model):
    def wrong_from_layer_1(x, *rest):
        wrong_from_layer_1.calls += 1
        return reference.experts(x, *rest) * (1.0 if (wrong_from_layer_1.calls - 1) % model.config.n_layers == 0 else 1.5)

    wrong_from_layer_1.calls = 0
    run_with(model, operations(experts=wrong_from_layer_1))
    found = fidelity.measure(model)
    assert found.layer_errors[0] < fidelity.EXACT < 1e-3 < found.layer_errors[1]
    assert "L01" in found.table() and len(found.table().splitlines()) == model.config.n_layers


def test_chance_is_found(model):
    generator = torch.Generator().manual_seed(0)
    run_with(model, operations(rms_norm=lambda x, *rest: reference.rms_norm(x, *rest) * (1 + 1e-7 * torch.rand(1, generator=generator))))
    assert not fidelity.measure(model).repeats


def test_the_conversation_is_left_alone():
    model = gn.load("nano")
    first = model.chat("What is 37 + 45?", temperature=0)
    held = list(model.generator.token_ids)
    fidelity.measure(model)
    assert model.generator.token_ids == held and model.chat("What is 37 + 45?", temperature=0).text == first.text
    gn.unload()
