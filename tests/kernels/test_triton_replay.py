"""Patterns and pooled pictures in Triton, against what inside/recorder makes of plain torch."""

import pytest
import torch

pytest.importorskip("triton")

from gptoss_nb.inside.recorder import PooledRecorder
from gptoss_nb.kernels import reference
from gptoss_nb.kernels._replay import pattern, pooled
from gptoss_nb.kernels.mask import visible


def draw(n_queries, n_keys, heads=(4, 2), head_dim=16):
    """q a slice of a wider tensor, k before poisoned rows, sinks."""
    torch.manual_seed(n_queries + n_keys)
    q, k = 2 * torch.randn(n_queries, heads[0] + 1, head_dim)[:, 1:], torch.full((n_keys + 9, heads[1], head_dim), torch.nan)
    k[:n_keys] = torch.randn(n_keys, heads[1], head_dim)
    return q, k[:n_keys], torch.randn(heads[0])


def off(actual, expected) -> float:
    return float(torch.linalg.vector_norm(actual - expected) / torch.linalg.vector_norm(expected))


@pytest.mark.parametrize("window", [None, 1, 20])
@pytest.mark.parametrize("rows", [[0], [3, 40, 11, 0, 49, 49, 17], list(range(50))])
def test_chosen_rows_and_heads(rows, window):
    q, k, sinks = draw(50, 50)
    expected, expected_sinks = reference.attention_pattern(q, k, sinks, visible(torch.arange(50), torch.arange(50), window))
    at = torch.tensor(rows)
    for heads in (None, [2, 0]):
        chosen = torch.tensor(heads or range(4))
        for keys in (torch.arange(50), 0):
            found, sink_mass = pattern(q[rows], k, sinks, at, keys, window, heads, queries=16, keys=16)
            assert off(found, expected[chosen][:, at]) < 1e-5 and off(sink_mass, expected_sinks[chosen][:, at]) < 1e-5


@pytest.mark.parametrize("splits", [2, 3, 50])
@pytest.mark.parametrize("window", [None, 1, 20])
def test_split_along_the_keys(window, splits):
    """More shares than there are blocks of keys: some are empty, and have no sink either."""
    q, k, sinks = draw(50, 50)
    sinks[1] = -torch.inf
    at = torch.tensor([49, 0, 20])
    expected, expected_sinks = reference.attention_pattern(q[at], k, sinks, visible(at, torch.arange(50), window))
    for keys in (torch.arange(50), 0):
        found, sink_mass = pattern(q[at], k, sinks, at, keys, window, queries=16, keys=16, splits=splits)
        assert off(found, expected) < 1e-5 and off(sink_mass, expected_sinks) < 1e-5 and sink_mass[1].abs().max() == 0


def test_one_row_over_many_keys_is_split_by_itself(monkeypatch):
    q, k, sinks = draw(1, 4096)
    made, empty = [], torch.empty
    monkeypatch.setattr(torch, "empty", lambda *shape, **kind: made.append(shape) or empty(*shape, **kind))
    found, sink_mass = pattern(q, k, sinks, torch.tensor([4095]), 0, None, [1], keys=256)
    monkeypatch.undo()
    assert made[0] == (4, 1, 1)
    expected = reference.attention_pattern(q[:, 1:2], k[:, :1], sinks[1:2])
    assert off(found, expected[0]) < 1e-5 and off(sink_mass, expected[1]) < 1e-5


@pytest.mark.parametrize(("heads", "head_dim"), [((4, 4), 16), ((8, 1), 32)])
def test_a_ring_in_any_order_and_keys_from_the_middle(heads, head_dim):
    q, k, sinks = draw(7, 40, heads, head_dim)
    positions, places = torch.arange(133, 140), 100 + torch.randperm(40)
    expected = reference.attention_pattern(q, k, sinks, visible(positions, places, 32))
    found = pattern(q, k, sinks, positions, places, 32)
    assert off(found[0], expected[0]) < 1e-5 and off(found[1], expected[1]) < 1e-5
    expected = reference.attention_pattern(q, k, sinks, visible(positions, torch.arange(100, 140), 32))
    assert off(pattern(q, k, sinks, positions, 100, 32)[0], expected[0]) < 1e-5


def recorded(q, k, sinks, window, pool, heads, chunks):
    """By PooledRecorder, from the whole text in chunks."""
    recorder = PooledRecorder(reference.attention_pattern, 0, heads, len(q), pool)
    for first, end in chunks:
        start = 0 if window is None else max(0, first - window)
        positions, places = torch.arange(first, end), torch.arange(start, end)
        recorder.attention(0, positions, places, q[first:end], k[start:end], sinks, visible(positions, places, window))
    return torch.from_numpy(recorder.pattern), torch.from_numpy(recorder.sink_mass)


@pytest.mark.parametrize("window", [None, 1, 20])
@pytest.mark.parametrize(("n", "pool"), [(1, 1), (7, 3), (7, 7), (50, 3)])
def test_pooled_as_the_recorder_does(n, pool, window):
    q, k, sinks = draw(n, n)
    expected = recorded(q, k, sinks, window, pool, [0, 1, 2, 3], [(0, n)])
    found = pooled(q, k, sinks, 0, window, pool, queries=16, keys=16)
    assert off(found[0], expected[0]) < 1e-5 and off(found[1], expected[1]) < 1e-5


@pytest.mark.parametrize("window", [None, 20])
def test_pooled_in_chunks(window):
    q, k, sinks = draw(90, 90)
    chunks, heads, out = [(0, 40), (40, 80), (80, 90)], [3, 1], None
    for first, end in chunks:
        start = 0 if window is None else max(0, first - window)
        out = pooled(q[first:end], k[start:end], sinks, first, window, 4, heads, n_tokens=90, key_start=start, out=out)
    expected = recorded(q, k, sinks, window, 4, heads, chunks)
    assert off(out[0], expected[0]) < 1e-5 and off(out[1], expected[1]) < 1e-5
