"""Replay: attention and residuals of a trace, computed again from its token ids, are those of the reference."""

import numpy as np
import pytest
import torch

import gptoss_nb as gn
from gptoss_nb.errors import ContextLengthError, EditError, NotObservable, OptionError
from gptoss_nb.inside import replay
from gptoss_nb.kernels import reference

EDITS = gn.Edits().ablate_expert(1, 3).scale_head(0, 2, -1.5).add_residual(2, torch.linspace(-1, 1, 128))


@pytest.mark.parametrize("layer", range(4))
def test_golden_attention(model, trace, expected, close, layer):
    found = model.attention(trace, layer)
    close(found.pattern, expected[f"attn_pattern.{layer}"], "inside")
    close(found.sink_mass, expected[f"sink_mass.{layer}"], "inside")
    assert found.heads == tuple(range(8)) and found.rows == tuple(range(72))
    assert found.pattern.dtype == found.sink_mass.dtype == np.float32


def test_golden_residuals(model, trace, expected, close):
    found = model.residuals(trace)
    assert found.shape == (4, 72, 128)
    for layer in range(4):
        close(found[layer], expected[f"resid_post.{layer}"], "inside")


def test_residuals_follow_each_other(model, trace, close):
    pre, mid, post = (model.residuals(trace, name) for name in replay.RESIDUALS)
    assert np.array_equal(pre[1:], post[:-1])
    assert np.array_equal(pre[0], model.generator.model.weights.embedding[trace.token_ids.tolist()])
    assert not np.array_equal(mid, pre) and not np.array_equal(mid, post)


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize(
    "heads, rows",
    [([5], [71]), ([7, 0, 3], [0, 16, 15, 71]), (2, 40), (np.int64(2), np.array([3, 3])), (range(2), ()), (None, [9])],
)
def test_some_heads_and_rows(model, trace, close, layer, heads, rows):
    whole, found = model.attention(trace, layer), model.attention(trace, layer, heads=heads, rows=rows)
    heads = list(range(8)) if heads is None else np.atleast_1d(heads).tolist()
    rows = np.atleast_1d(np.array(rows, dtype=int)).tolist()
    assert (found.heads, found.rows) == (tuple(heads), tuple(rows))
    wanted = whole.pattern[heads][:, rows]
    assert found.pattern.shape == wanted.shape and found.sink_mass.shape == wanted.shape[:2]
    if wanted.size:
        close(found.pattern, wanted, "one operation")
        close(found.sink_mass, whole.sink_mass[heads][:, rows], "one operation")


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("pool, chunk, cells", [(8, 512, 2**24), (7, 24, 300), (64, 7, 2**24), (72, 1, 100), (500, 71, 2**24), (1, 512, 80)])
def test_thumbnails(model, trace, close, monkeypatch, layer, pool, chunk, cells):
    monkeypatch.setattr(replay, "CHUNK", chunk)
    monkeypatch.setattr("gptoss_nb.inside.recorder.CELLS", cells)
    whole, found = model.attention(trace, layer, heads=[5, 1, 5]), model.attention(trace, layer, heads=[5, 1, 5], pool=pool)
    n = min(pool, 72)
    band = np.arange(72) * n // 72
    wanted = np.zeros((3, n, n), np.float32)
    for a in range(n):
        for b in range(n):
            wanted[:, a, b] = whole.pattern[:, band == a][:, :, band == b].max((1, 2))
    close(found.pattern, wanted, "inside")
    close(found.sink_mass, np.stack([whole.sink_mass[:, band == a].mean(1) for a in range(n)], 1), "inside")
    assert found.pooled and found.rows == tuple(int(np.flatnonzero(band == a)[0]) for a in range(n)) and found.heads == (5, 1, 5)


@pytest.mark.parametrize("layer", [0, 1, 2, 3])
@pytest.mark.parametrize("chunk", [71, 24, 16, 7, 1])
def test_longer_than_one_pass(model, trace, close, monkeypatch, layer, chunk):
    """71: the last pass is a single token, for which a window layer gives its keys in another order."""
    whole = model.attention(trace, layer), model.residuals(trace)
    monkeypatch.setattr("gptoss_nb.engine.generator.CHUNK", chunk)
    monkeypatch.setattr(replay, "CHUNK", chunk)
    cut = model.attention(trace, layer), model.residuals(trace)
    close(cut[0].pattern, whole[0].pattern, "inside")
    close(cut[0].sink_mass, whole[0].sink_mass, "inside")
    close(cut[1], whole[1], "inside")
    some = model.attention(trace, layer, heads=[6, 1], rows=[70, 2, 71])
    close(some.pattern, whole[0].pattern[[6, 1]][:, [70, 2, 71]], "inside")


def test_under_the_edits_of_the_trace(model, trace, expected, close):
    edited = model.trace(expected["token_ids"], edits=EDITS)
    assert not (edited.expert_ids[1] == 3).any()
    first = model.attention(edited, 0)
    close(first.pattern, expected["attn_pattern.0"], "inside")  # nothing is edited before it
    last, plain = model.attention(edited, 3), model.attention(trace, 3)
    assert np.abs(last.pattern - plain.pattern).max() > 1e-3
    close(last.pattern.sum(-1), 1 - last.sink_mass, "inside")
    after_norm = model.residuals(edited)[2] - model.residuals(edited, "resid_mid")[2]
    w, c = model.generator.model.weights.layers[2], model.config
    normed = reference.rms_norm(torch.tensor(model.residuals(edited, "resid_mid")[2]), w.mlp_norm, c.norm_eps)
    _, ids, weights = reference.route(normed, w.router, w.router_bias, c.experts_per_token)
    mixed = reference.experts(normed, ids, weights, w.gate_up, w.gate_up_bias, w.down, w.down_bias, c.swiglu_limit)
    close(after_norm, mixed + torch.linspace(-1, 1, 128), "inside")


def test_it_leaves_the_conversation_alone(model, trace):
    generator = model.generator
    before = list(generator.token_ids), generator.cache.length
    model.attention(trace, 1)
    assert (generator.token_ids, generator.cache.length) == before


BAD = [dict(layer=4), dict(layer=-1), dict(layer="1"), dict(layer=None), dict(layer=True), dict(layer=1.0), dict(layer=0, heads=8),
       dict(layer=0, heads=[0, -1]), dict(layer=0, heads="all"), dict(layer=0, rows=[72]), dict(layer=0, rows=[-1]),
       dict(layer=0, rows=1.5), dict(layer=0, rows=[True, False]), dict(layer=0, rows=np.ones(72, dtype=bool)),
       dict(layer=0, rows=[None]), dict(layer=0, pool=0), dict(layer=0, pool=9.5), dict(layer=0, pool=8, rows=[1])]  # fmt: skip


@pytest.mark.parametrize("asked", BAD, ids=lambda asked: str(asked)[:40])
def test_what_is_not_there(model, trace, asked):
    with pytest.raises(OptionError) as caught:
        model.attention(trace, **asked)
    assert len(str(caught.value).splitlines()) == 2


def test_what_is_no_trace_or_residual(model, trace):
    for wrong in (None, [1, 2, 3], "text", trace.token_ids):
        with pytest.raises(OptionError):
            model.attention(wrong, 0)
    with pytest.raises(OptionError, match="resid_pre"):
        model.residuals(trace, "resid")


def test_a_long_pattern_asks_for_rows(model, monkeypatch, trace):
    monkeypatch.setattr(replay, "MOST_ROWS", 71)
    with pytest.raises(NotObservable, match=r"rows=\[71\].*pool"):
        model.attention(trace, 0)
    assert model.attention(trace, 0, rows=[71]).pattern.shape == (8, 1, 72)


def test_patterns_that_would_not_fit(model, monkeypatch, trace):
    monkeypatch.setattr(replay, "MOST_CELLS", 8 * 72 * 72 - 1)
    with pytest.raises(NotObservable, match="pool=64"):
        model.attention(trace, 0)
    assert model.attention(trace, 0, heads=range(7)).pattern.shape == (7, 72, 72) and model.attention(trace, 0, pool=8).pattern.shape == (8, 8, 8)


def test_a_trace_that_does_not_fit_the_model(golden, trace, tmp_path):
    small = gn.load(golden / "hf", context=50)
    with pytest.raises(ContextLengthError):
        small.attention(trace, 0)
    gn.load(golden / "hf")


def test_a_traces_edits_may_be_anything(model, trace):
    badge = trace.badge | {"edits": [{"kind": "__import__"}]}
    forged = gn.Trace(**{name: getattr(trace, name) for name in trace.__dataclass_fields__} | {"badge": badge})
    with pytest.raises(EditError):
        model.attention(forged, 0)
