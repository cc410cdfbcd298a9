"""Attention of many tokens in Triton, against plain torch."""

import numpy as np
import pytest
import torch

pytest.importorskip("triton")

from gptoss_nb.kernels import reference
from gptoss_nb.kernels._flash import flash
from gptoss_nb.kernels.mask import visible


def draw(n_queries, n_keys, heads=(4, 2), head_dim=16, dtype=torch.float32):
    """q (a slice of a wider tensor), k and v (side by side, between poisoned rows), sinks, gain."""
    torch.manual_seed(n_queries + n_keys)
    n_heads, n_kv_heads = heads
    q = torch.randn(n_queries, n_heads + 3, head_dim).to(dtype)[:, 1:-2]
    cache = torch.full((n_keys + 20, n_kv_heads, 2, head_dim), torch.nan, dtype=dtype)
    cache[10:-10] = torch.randn(n_keys, n_kv_heads, 2, head_dim).to(dtype)
    return q, *cache[10:-10].unbind(2), torch.randn(n_heads), torch.rand(n_heads)


def wanted(q, k, v, sinks, first, window, gain=None, starts=None):
    keys = torch.arange(len(k))
    mask = visible(first + torch.arange(len(q)), keys, window)
    if starts is not None:
        mask &= keys >= starts[:, None]
    return reference.attention(q.float(), k.float(), v.float(), sinks, mask, gain)


def off(actual, expected) -> float:
    return float(torch.linalg.vector_norm(actual - expected) / torch.linalg.vector_norm(expected))


@pytest.mark.parametrize("window", [None, 1, 16, 17, 1000])
@pytest.mark.parametrize(("n_queries", "first"), [(1, 0), (1, 40), (7, 0), (7, 5), (33, 31), (16, 16)])
def test_against_the_reference(n_queries, first, window):
    q, k, v, sinks, _ = draw(n_queries, first + n_queries)
    assert off(flash(q, k, v, sinks, first, window, queries=16, keys=16), wanted(q, k, v, sinks, first, window)) < 1e-5


@pytest.mark.parametrize("window", [None, 32])
def test_a_long_text_in_the_blocks_of_the_device(window):
    q, k, v, sinks, gain = draw(300, 300, heads=(2, 1))
    out, lse = flash(q, k, v, sinks, 0, window, gain, return_lse=True)
    assert off(out, wanted(q, k, v, sinks, 0, window, gain)) < 1e-5
    _, sink_mass = reference.attention_pattern(q, k, sinks, visible(torch.arange(300), torch.arange(300), window))
    assert off(lse, sinks[:, None] - sink_mass.log()) < 1e-5


@pytest.mark.parametrize(("heads", "head_dim"), [((4, 4), 16), ((8, 1), 32), ((16, 2), 16), ((3, 1), 128)])
def test_groups_of_heads(heads, head_dim):
    q, k, v, sinks, gain = draw(20, 29, heads, head_dim)
    assert off(flash(q, k, v, sinks, 9, 12, gain), wanted(q, k, v, sinks, 9, 12, gain)) < 1e-5


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_narrow_numbers(dtype):
    q, k, v, sinks, _ = draw(40, 60, dtype=dtype)
    out = flash(q, k, v, sinks, 20, None)
    assert out.dtype is dtype and off(out.float(), wanted(q, k, v, sinks, 20, None)) < 1e-2
    assert off(flash(q.float(), k, v, sinks, 20, None), wanted(q, k, v, sinks, 20, None)) < 1e-5


@pytest.mark.parametrize("window", [None, 12])
def test_packed_documents_are_as_if_alone(window):
    lengths = [1, 7, 40, 16, 3]
    q, k, v, sinks, _ = draw(sum(lengths), sum(lengths))
    starts = torch.repeat_interleave(torch.tensor([0, 1, 8, 48, 64]), torch.tensor(lengths)).int()
    together = flash(q, k, v, sinks, 0, window, starts=starts, queries=16, keys=16)
    alone = [flash(*parts, sinks, 0, window) for parts in zip(*(x.split(lengths) for x in (q, k, v)), strict=True)]
    assert off(together, torch.cat(alone)) < 1e-5
    assert off(together, wanted(q, k, v, sinks, 0, window, starts=starts)) < 1e-5


def test_a_sink_of_minus_infinity():
    q, k, v, sinks, _ = draw(5, 5)
    with np.errstate(invalid="ignore"):  # rows of padding, which nothing is seen of: 0 / 0, not stored
        found = flash(q, k, v, sinks - torch.inf, 0, 2)
    assert off(found, wanted(q, k, v, sinks - torch.inf, 0, 2)) < 1e-5
