"""Attention of one token over the cache, in Triton, against plain torch."""

import pytest
import torch

pytest.importorskip("triton")

from gptoss_nb.kernels import reference
from gptoss_nb.kernels._attention import attend, partial_size


def run(
    position, window=None, n_splits=1, n_rows=None, heads=(8, 2), head_dim=32, dtype=torch.float32, gained=False, sinks=None, **options
):  # fmt: skip
    """(what attend gives, what the reference says), every row that is not to be seen poisoned."""
    torch.manual_seed(position + n_splits)
    (n_heads, n_kv_heads), n_rows = heads, n_rows or (position + 5 if window is None else window)
    first = 0 if window is None else max(0, position - window + 1)
    seen = torch.arange(first, position + 1)
    q, sinks = torch.randn(n_heads * head_dim), torch.randn(n_heads) if sinks is None else sinks
    gain = torch.rand(n_heads) if gained else torch.ones(n_heads)
    cache = torch.full((n_rows, 2, n_kv_heads, head_dim), torch.nan, dtype=dtype)  # keys and values side by side: strided
    cache[seen % n_rows] = torch.randn(len(seen), 2, n_kv_heads, head_dim).to(dtype)
    keys, values = cache.unbind(1)
    out, partial = (torch.full((n,), torch.nan) for n in (n_heads * head_dim, partial_size(n_heads, head_dim, n_splits)))
    attend(q, keys, values, sinks, gain, torch.tensor([position]), window, out, partial, n_splits, **options)
    args = q.view(1, n_heads, head_dim), keys[seen % n_rows].float(), values[seen % n_rows].float(), sinks
    return out, reference.attention(*args, gain=gain)[0]


def off(pair) -> float:
    return float(torch.linalg.vector_norm(pair[0] - pair[1]) / torch.linalg.vector_norm(pair[1]))


@pytest.mark.parametrize("n_splits", [1, 3])
@pytest.mark.parametrize("position", [0, 6, 15, 16, 299])
def test_a_full_layer(position, n_splits):
    assert off(run(position, n_splits=n_splits, block=16)) < 1e-5


@pytest.mark.parametrize("n_rows", [32, 40])  # a ring of the window, and one with tokens ahead
@pytest.mark.parametrize("position", [0, 5, 31, 32, 40, 1000])
def test_a_window_layer_sees_its_window_and_nothing_else(position, n_rows):
    assert off(run(position, window=32, n_rows=n_rows)) < 1e-5


def test_a_window_in_splits():
    assert off(run(77, window=32, n_rows=37, n_splits=2, block=16)) < 1e-5


@pytest.mark.parametrize(("heads", "head_dim"), [((4, 4), 16), ((16, 2), 32), ((6, 2), 64), ((20, 1), 16), ((4, 2), 128)])
def test_groups_of_heads(heads, head_dim):
    assert off(run(37, heads=heads, head_dim=head_dim, n_splits=2, gained=True)) < 1e-5
    assert off(run(37, window=20, heads=heads, head_dim=head_dim, gained=True)) < 1e-5


@pytest.mark.parametrize(("dtype", "narrow"), [(torch.bfloat16, False), (torch.float16, False), (torch.float16, True)])
def test_a_narrow_cache_costs_no_precision(dtype, narrow):
    assert off(run(100, dtype=dtype, n_splits=2, narrow=narrow)) < 1e-5
    assert off(run(100, window=48, dtype=dtype, narrow=narrow)) < 1e-5


def test_sinks_at_their_extremes():
    for sinks in (torch.full((8,), -torch.inf), torch.full((8,), -100.0), torch.full((8,), 5.0)):
        for n_splits in (1, 2):
            assert off(run(20, sinks=sinks, n_splits=n_splits, block=16)) < 1e-5
