"""The last layer's lens is the model's own distribution, and each layer's is its residual stream read by hand."""

import numpy as np
import pytest
import torch

import gptoss_nb as gn
from gptoss_nb.errors import OptionError


def test_the_last_layer_is_the_model_itself(model, trace, expected, close):
    found, probs = model.lens(trace, top=4), expected["logits"].softmax(-1)
    best = probs.topk(4)
    assert np.array_equal(found.top_ids[-1], best.indices) and np.array_equal(found.final_ids, best.indices[:, 0])
    close(found.top_probs[-1], best.values, "inside")
    close(found.final_probs[-1], best.values[:, 0], "inside")
    wanted = probs[:-1].gather(-1, expected["token_ids"][1:, None].long())[:, 0]
    close(found.next_probs[-1, :-1], wanted, "inside")
    assert np.isnan(found.next_probs[:, -1]).all() and found.next_ids[-1] == -1
    close(np.exp(trace.logprobs[1:]), found.next_probs[-1, :-1], "inside")


def test_each_layer_is_its_residual_stream_read_by_hand(model, trace, close):
    found, residuals, w = model.lens(trace), torch.tensor(model.residuals(trace)), model.generator.model.weights
    for layer in range(4):
        x = residuals[layer]
        probs = ((x * (x.square().mean(-1, keepdim=True) + model.config.norm_eps).rsqrt() * w.norm) @ w.unembedding.T).softmax(-1)
        close(found.top_probs[layer], probs.topk(5).values, "inside")
        close(found.final_probs[layer], probs.gather(-1, torch.tensor(found.final_ids)[:, None].long())[:, 0], "inside")
        close(found.norms[layer], x.norm(dim=-1), "inside")


@pytest.mark.parametrize("chunk, cells", [(512, 320), (17, 2**24), (1, 700)])
def test_rows_in_any_order_and_in_a_stream(model, trace, close, monkeypatch, chunk, cells):
    whole = model.lens(trace, top=3)
    monkeypatch.setattr("gptoss_nb.engine.generator.CHUNK", chunk)
    monkeypatch.setattr("gptoss_nb.inside.lens.CELLS", cells)
    rows = [71, 3, 40, 3]
    found = model.lens(trace, top=3, rows=rows)
    assert found.rows == (71, 3, 40, 3) and found.top_ids.shape == (4, 4, 3) and np.array_equal(found.next_ids, whole.next_ids[rows])
    for name in ("top_probs", "final_probs", "norms"):
        close(getattr(found, name), getattr(whole, name)[:, rows], "inside")
    assert model.lens(trace, rows=5).rows == (5,)


def test_under_edits(model, trace):
    edited = model.trace(trace.token_ids, edits=gn.Edits().add_residual(1, torch.linspace(-1, 1, 128)))
    plain, changed = model.lens(trace), model.lens(edited)
    assert np.array_equal(plain.top_probs[0], changed.top_probs[0]) and not np.array_equal(plain.top_probs[1], changed.top_probs[1])


@pytest.mark.parametrize("asked", [dict(top=0), dict(top=321), dict(top="5"), dict(rows=[72]), dict(rows="all"), dict(rows=-1), dict(rows=[])])
def test_what_is_not_there(model, trace, asked):
    with pytest.raises(OptionError) as caught:
        model.lens(trace, **asked)
    assert len(str(caught.value).split("\n")) == 2
