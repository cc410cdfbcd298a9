"""Shares add up to the logit, and each is what the part really wrote."""

import numpy as np
import pytest
import torch

import gptoss_nb as gn
from gptoss_nb.errors import OptionError
from gptoss_nb.kernels import reference

EDITS = gn.Edits().ablate_expert(1, 3).boost_expert(0, 2, 1.5).scale_head(2, 4, -2.0).add_residual(2, torch.linspace(-1, 1, 128))


@pytest.fixture(scope="module", params=["reference", "cpu"])
def model(golden, request):
    return gn.load(golden / "hf", device="cpu", dtype="float32", backend=request.param)


@pytest.mark.parametrize("edits", [None, EDITS], ids=["plain", "edited"])
@pytest.mark.parametrize("position", [0, 1, 17, 71])
def test_the_shares_add_up(model, expected, close, edits, position):
    trace = model.trace(expected["token_ids"], edits=edits)
    found = model.attribution(trace, position)
    logits = model.logits(trace.token_ids, edits=edits)[position]
    assert found.token_id == (trace.token_ids[position + 1] if position < 71 else int(logits.argmax()))
    close([found.logit], [logits[found.token_id]], "inside")
    assert abs(found.error) < 1e-4 * max(1, abs(found.logit))
    assert found.heads.shape == (4, 8) and found.experts.shape == found.expert_ids.shape == (4, model.config.experts_per_token)
    assert np.array_equal(found.expert_ids, trace.expert_ids[:, position])
    assert (found.added != 0).tolist() == [False, False, edits is not None, False]
    assert "add up to" in repr(found)


def test_a_head_and_an_expert_by_hand(model, expected, close):
    """A head's share is what its edit takes away, read through the same norm; an expert's is its weighted output."""
    trace, position, token = model.trace(expected["token_ids"]), 40, 11
    found, c, w = model.attribution(trace, position, token=token), model.config, model.generator.model.weights
    final = torch.tensor(model.residuals(trace)[-1, position])
    direction = w.norm * w.unembedding[token] * (final.square().mean() + c.norm_eps).rsqrt()
    last = w.layers[-1]
    # in the last layer nothing but the experts stands between a head and the logit
    without = model.trace(trace.token_ids, edits=gn.Edits().scale_head(3, 5, 0.0))
    moved = torch.tensor(model.residuals(trace, "resid_mid")[3, position] - model.residuals(without, "resid_mid")[3, position])
    close([found.heads[3, 5]], [direction @ moved], "inside")
    normed = reference.rms_norm(torch.tensor(model.residuals(trace, "resid_mid")[3, position]), last.mlp_norm, c.norm_eps)[None]
    _, ids, weights = reference.route(normed, last.router, last.router_bias, c.experts_per_token)
    parts = [reference.experts(normed, ids[:, k : k + 1], weights[:, k : k + 1], last.gate_up, last.gate_up_bias, last.down, last.down_bias, c.swiglu_limit)[0]
             for k in range(c.experts_per_token)]  # fmt: skip
    close(found.experts[3], [direction @ part for part in parts], "inside")
    close([found.embedding], [direction @ w.embedding[trace.token_ids[position]]], "inside")


def test_longer_than_one_pass(model, expected, close, monkeypatch):
    trace = model.trace(expected["token_ids"])
    whole = model.attribution(trace, 50)
    monkeypatch.setattr("gptoss_nb.engine.generator.CHUNK", 16)
    cut = model.attribution(trace, 50)
    close(cut.heads, whole.heads, "inside")
    close(cut.experts, whole.experts, "inside")


@pytest.mark.parametrize("asked", [dict(position=72), dict(position=-1), dict(position="1"), dict(position=3, token=320), dict(position=3, token=-1)])
def test_what_is_not_there(model, expected, asked):
    trace = model.trace(expected["token_ids"])
    for ask in (model.attribution, model.counterfactual):
        with pytest.raises(OptionError) as caught:
            ask(trace, **asked)
        assert len(str(caught.value).split("\n")) == 2
