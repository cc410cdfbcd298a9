"""What is told about a model without a part is what the model says under that edit, or by hand."""

import numpy as np
import pytest
import torch

import gptoss_nb as gn
from gptoss_nb.errors import NotObservable, OptionError
from gptoss_nb.kernels import reference
from gptoss_nb.model.transformer import Transformer


@pytest.fixture(scope="module")
def model(golden):
    return gn.load(golden / "hf", device="cpu", dtype="float32")


@pytest.fixture(scope="module")
def trace(model, expected):
    return model.trace(expected["token_ids"])


def without(transformer, ids, layer: int, position: int, expert: int) -> torch.Tensor:
    """Logits (T, V) when one token cannot choose one expert in one layer: the router's operation itself is replaced."""

    class Ops:
        def __getattr__(self, name):
            return getattr(reference, name)

        layer = -1

        def route(self, x, weight, bias, n_active, *edits):
            self.layer += 1
            logits = x @ weight.T + bias
            if self.layer == layer:
                logits[position, expert] = -torch.inf
            best = logits.topk(n_active)
            return logits, best.indices, best.values.softmax(-1)

    return Transformer(transformer.config, transformer.weights, Ops()).forward(torch.tensor(ids))


@pytest.mark.parametrize("position", [0, 5, 40, 71])
def test_one_token_without_its_expert(model, trace, transformer, close, position, monkeypatch):
    monkeypatch.setattr("gptoss_nb.inside.ablation.CHUNK", 16)
    found, ids = model.counterfactual(trace, position), trace.token_ids.tolist()
    base = model.logits(ids)[position].log_softmax(-1)
    close([found.logprob], [base[found.token_id]], "inside")
    assert np.array_equal(found.expert_ids, trace.expert_ids[:, position])
    for layer, slot in np.ndindex(found.expert_ids.shape):
        expert = int(found.expert_ids[layer, slot])
        logprobs = without(transformer, ids[: position + 1], layer, position, expert)[-1].log_softmax(-1)
        close([found.logprobs[layer, slot]], [logprobs[found.token_id]], "inside")
        assert found.top_ids[layer, slot] == logprobs.argmax()
        divergence = (base.exp() * (base - logprobs)).sum() / np.log(2)
        assert found.divergences[layer, slot] == pytest.approx(float(divergence), abs=1e-4)
        order = np.argsort(-trace.router_logits[layer, position])
        assert found.instead[layer, slot] == order[model.config.experts_per_token]
    assert np.array_equal(found.change, found.logprobs - found.logprob) and "without each of" in repr(found)


def test_where_too_few_experts_are_left(model, trace):
    edits = gn.Edits()
    for expert in range(model.config.n_experts - model.config.experts_per_token):
        edits = edits.ablate_expert(2, expert)
    found = model.counterfactual(model.trace(trace.token_ids, edits=edits), 10)
    assert np.isnan(found.logprobs[2]).all() and (found.instead[2] == -1).all() and np.isfinite(found.logprobs[[0, 1, 3]]).all()


def test_margins(model, trace):
    found, a = model.margins(trace), model.config.experts_per_token
    ordered = np.sort(trace.router_logits, axis=-1)[..., ::-1]
    assert found == pytest.approx(ordered[..., a - 1] - ordered[..., a]) and found.shape == (4, 72) and (found >= 0).all()
    off = int(trace.expert_ids[1, 7, 0])
    edited = model.trace(trace.token_ids, edits=gn.Edits().ablate_expert(1, off).boost_expert(3, 2, by=1.0))
    scores = edited.router_logits.astype(float)
    scores[1, :, off] = -np.inf
    scores[3, :, 2] += 1
    ordered = np.sort(scores, axis=-1)[..., ::-1]
    assert model.margins(edited) == pytest.approx(ordered[..., a - 1] - ordered[..., a])
    forced = model.margins(model.trace(trace.token_ids, edits=gn.Edits().force_expert(0, 1)))
    assert (forced >= 0).all() and (forced < 1e6).all()


@pytest.mark.parametrize("over", ["experts", "heads"])
def test_a_sweep_is_each_edit_in_turn(model, trace, close, over, capsys):
    ids = trace.token_ids[:24].tolist()
    found = gn.sweep(model, ids, over=over)
    n = model.config.n_experts if over == "experts" else model.config.n_heads
    assert found.change.shape == found.control.shape == found.used.shape == (4, n)

    def logprob(edits=None) -> float:
        return np.nanmean(model.trace(ids, edits=edits).logprobs.astype(float))

    base = logprob()
    assert found.logprob == pytest.approx(base, abs=1e-5)
    for layer, index in np.ndindex(4, n):
        edits = gn.Edits().ablate_expert(layer, index) if over == "experts" else gn.Edits().scale_head(layer, index, 0)
        assert found.change[layer, index] == pytest.approx(logprob(edits) - base, abs=1e-5)
    if over == "experts":
        assert found.used.sum(1).tolist() == [24 * model.config.experts_per_token] * 4
        assert not found.change[found.used == 0].any() and not found.control[found.used == 0].any()
    assert np.abs(found.control[found.used > 0]).max() > 0 and not np.allclose(found.control, found.change)
    again = gn.sweep(model, ids, over=over)
    assert np.array_equal(again.control, found.control) and np.array_equal(again.change, found.change)
    assert f"{4 * n} of {4 * n}" in capsys.readouterr().err


def test_a_control_moves_the_stream_as_far(model, trace, monkeypatch):
    """The vectors added instead are as long, token by token, as what the ablation moved."""
    from gptoss_nb.inside import ablation

    seen, whole = [], ablation._Pass.__init__

    def watching(self, generator, ids, tensors):
        whole(self, generator, ids, tensors)
        seen.append((tensors, self.residuals))

    monkeypatch.setattr(ablation._Pass, "__init__", watching)
    gn.sweep(model, trace.token_ids[:12].tolist(), over="heads")
    (_, base), pairs = seen[0], seen[1:]
    for (_, ablated), (tensors, _) in zip(pairs[::2], pairs[1::2], strict=True):
        layer = int(tensors.added.flatten(1).abs().sum(1).argmax())
        assert torch.allclose(tensors.added[layer].norm(dim=-1), (ablated[layer] - base[layer]).norm(dim=-1), rtol=1e-4, atol=1e-6)


def test_what_a_sweep_needs(model, golden, trace):
    for asked, error in ((dict(over="layers"), OptionError), (dict(text_or_token_ids=[3]), OptionError), (dict(text_or_token_ids=[]), OptionError)):
        with pytest.raises(error) as caught:
            gn.sweep(model, **({"text_or_token_ids": trace.token_ids} | asked))
        assert len(str(caught.value).split("\n")) == 2
    with pytest.raises(OptionError, match="gn.load"):
        gn.sweep("nano", "text")
    half = gn.load(golden / "hf", device="cpu", dtype="bfloat16")
    with pytest.raises(NotObservable, match="float32"):
        gn.sweep(half, trace.token_ids)
    gn.load(golden / "hf", device="cpu", dtype="float32")
