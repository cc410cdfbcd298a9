"""The triton backend from load to reply, under Triton's interpreter: a researcher's way through it on a GPU, but for the speed."""

import numpy as np
import pytest

import gptoss_nb as gn


@pytest.fixture(scope="module")
def models():
    made = {}
    for backend in ("triton", "reference"):
        model = gn.load("nano", device="cpu", backend=backend)
        assert model.placement.backend == backend
        made[backend] = _seen(model)
        gn.unload()
    return made


def _seen(model) -> dict:
    reply = model.chat("What is 3 + 4?", effort="low", temperature=0, max_tokens=6)
    ids = model.tokenizer.encode("7 + 8 is 15, I think.")
    found = {"text": reply.text, "ids": reply.token_ids, "trace": reply.trace, "logits": model.logits(ids), "fidelity": model.fidelity}
    found["attention"] = model.attention(model.trace(ids), layer=1, rows=[len(ids) - 1])
    found["pooled"] = model.attention(model.trace(ids), layer=0, pool=4)
    found["heads"] = model.head_summary(model.trace(ids[:6]))
    found["packed"] = list(model.traces(["One.", "Two, three.", "4 + 5"]))
    return found


def test_a_reply_with_its_routing(models):
    ours, theirs = models["triton"], models["reference"]
    assert ours["ids"] == theirs["ids"] and ours["text"] == theirs["text"]
    assert np.array_equal(ours["trace"].expert_ids, theirs["trace"].expert_ids)
    np.testing.assert_allclose(ours["trace"].expert_weights, theirs["trace"].expert_weights, atol=1e-5)
    np.testing.assert_allclose(ours["trace"].logprobs, theirs["trace"].logprobs, atol=1e-4)


def test_logits_attention_and_packed_traces(models, close):
    ours, theirs = models["triton"], models["reference"]
    close(ours["logits"], theirs["logits"], "whole model")
    for name in ("attention", "pooled"):
        np.testing.assert_allclose(ours[name].pattern, theirs[name].pattern, atol=1e-5)
        np.testing.assert_allclose(ours[name].sink_mass, theirs[name].sink_mass, atol=1e-5)
    for name in ("sink_mass", "entropy", "distance", "previous"):
        np.testing.assert_allclose(getattr(ours["heads"], name), getattr(theirs["heads"], name), atol=1e-5)
    for mine, its in zip(ours["packed"], theirs["packed"], strict=True):
        assert mine.token_ids.tolist() == its.token_ids.tolist() and np.array_equal(mine.expert_ids, its.expert_ids)
        np.testing.assert_allclose(mine.logprobs, its.logprobs, atol=1e-4)


def test_its_fidelity_is_measured_at_loading(models):
    assert models["triton"]["fidelity"].logits_error < 1e-5
