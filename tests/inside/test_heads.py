"""The numbers of every head are those that its whole pattern gives, also in a stream."""

import numpy as np
import pytest

import gptoss_nb as gn
from gptoss_nb.inside.heads import NAMES


@pytest.fixture(scope="module")
def trace(model, random_ids):
    return model.trace(random_ids(60, vocab_size=9).tolist())  # few kinds of token, so that many repeat


def by_hand(pattern, sink, ids, n_heads):
    """One layer's numbers, (H,) each, from its pattern (H, T, T) and sink mass (H, T)."""
    t = len(ids)
    rows = np.arange(t)
    shares = np.concatenate([pattern, sink[..., None]], axis=-1).astype(float)
    distance = (pattern * (rows[:, None] - rows)).sum(-1) / (1 - sink)
    repeats = np.array([[0 < c < r and ids[c - 1] == ids[r] for c in rows] for r in rows])
    had = np.array([ids[r] in ids[: max(0, r - 1)] for r in rows])
    return {
        "sink_mass": sink.mean(1),
        "entropy": -np.sum(shares * np.log2(shares, where=shares > 0, out=np.zeros_like(shares)), -1).mean(1),
        "distance": distance.mean(1),
        "previous": pattern[:, rows[1:], rows[:-1]].mean(1),
        "induction": (pattern * repeats).sum(-1)[:, had].mean(1),
    }


@pytest.mark.parametrize("chunk, cells", [(512, 2**24), (17, 2**24), (59, 100), (1, 50)])
def test_they_are_those_of_the_whole_patterns(model, trace, close, monkeypatch, chunk, cells):
    wanted = []
    for layer in range(4):
        whole = model.attention(trace, layer)
        wanted.append(by_hand(whole.pattern, whole.sink_mass, trace.token_ids.tolist(), 8))
    monkeypatch.setattr("gptoss_nb.engine.generator.CHUNK", chunk)
    monkeypatch.setattr("gptoss_nb.inside.recorder.CELLS", cells)
    found = model.head_summary(trace)
    for name in NAMES:
        assert getattr(found, name).shape == (4, 8)
        close(getattr(found, name), np.stack([layer[name] for layer in wanted]), "inside")
    assert found.windows == (16, None, 16, None)


def test_the_even_look(model, trace, close):
    """What a head would have that looks alike at all it sees."""
    even, ids, rows = model.head_summary(trace).even, trace.token_ids.tolist(), np.arange(60)
    for layer, window in enumerate((16, None, 16, None)):
        seen = (rows[:, None] >= rows) & ((rows[:, None] - rows < window) if window else True)
        share = 1 / (seen.sum(1) + 1)
        wanted = by_hand((seen * share[:, None])[None], share[None], ids, 1)
        for name in NAMES:
            close(getattr(even, name)[layer], wanted[name], "inside")


def test_nothing_repeats(model):
    found = model.head_summary(model.trace(list(range(20))))
    assert np.isnan(found.induction).all() and np.isfinite(found.previous).all() and "4 layers × 8 heads" in repr(found)


def test_one_token(model):
    found = model.head_summary(model.trace([5]))
    assert np.isfinite(found.sink_mass).all() and np.isnan(found.previous).all()


def test_under_edits(model, trace):
    edited = model.trace(trace.token_ids, edits=gn.Edits().ablate_expert(0, 1).ablate_expert(0, 2))
    plain, changed = model.head_summary(trace), model.head_summary(edited)
    assert np.array_equal(plain.entropy[0], changed.entropy[0]) and not np.array_equal(plain.entropy[1], changed.entropy[1])
