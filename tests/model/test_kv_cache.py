"""The cache: however a sequence is cut into passes, rolled back or broken off, the logits are those of one full forward.

The golden checkpoint has a window of 16 on layers 0 and 2.
"""

import itertools

import pytest
import torch

from gptoss_nb.model.kv_cache import MAX_SNAPSHOTS, KVCache
from gptoss_nb.model.sequence import Sequence

N = 70


@pytest.fixture
def new_cache(transformer):
    return lambda capacity=N: KVCache(transformer.config, capacity, torch.float32, "cpu")


@pytest.fixture(scope="module")
def ids(random_ids):
    return random_ids(N)


@pytest.fixture(scope="module")
def full(transformer, ids):
    """(logits, routing) of one full forward."""
    sequence = Sequence(transformer.config, N, "cpu")
    return transformer.forward(ids, sequence), sequence.routing


def run(transformer, ids, cache, sizes):
    return torch.cat([transformer.forward(part, cache) for part in ids.split(sizes)])


SPLITS = {
    "at once": [N],
    "one by one": [1] * N,
    "prefill, then decode": [33] + [1] * 37,
    "shorter than the window": [7] * 10,
    "exactly the window": [16, 16, 16, 16, 6],
    "one more than the window": [17] * 4 + [2],
    "one less than the window": [15] * 4 + [10],
    "over several windows": [3, 60, 7],
    "a single token between": [20, 1, 20, 1, 1, 27],
    "a single token last": [N - 1, 1],
    "a single token first": [1, N - 1],
}


@pytest.mark.parametrize("sizes", SPLITS.values(), ids=SPLITS.keys())
def test_any_split_equals_one_forward(transformer, ids, full, new_cache, close, sizes):
    cache = new_cache()
    close(run(transformer, ids, cache, sizes), full[0], "whole model")
    assert cache.length == N
    for layer, (logits, chosen, weights) in enumerate(full[1]):
        assert torch.equal(cache.routing.ids[layer, :N].long(), chosen)
        close(cache.routing.logits[layer, :N], logits, "inside")
        close(cache.routing.weights[layer, :N], weights, "inside")


def test_random_splits(transformer, ids, full, new_cache, close):
    for seed in range(10):
        make = torch.Generator().manual_seed(seed)
        cuts = sorted(torch.randint(1, N, (6,), generator=make).unique().tolist())
        sizes = [b - a for a, b in itertools.pairwise([0, *cuts, N])]
        close(run(transformer, ids, new_cache(), sizes), full[0], "whole model")


def test_longer_than_its_first_buffer(transformer, random_ids, new_cache, close):
    long = random_ids(600)
    close(run(transformer, long, new_cache(600), [250, 1, 1, 1, 1, 1, 1, 1, 300, 43]), transformer.forward(long), "whole model")


@pytest.mark.parametrize("kept", [1, 15, 16, 17, 40])
@pytest.mark.parametrize("run_on", [1, 30])
def test_rollback_then_other_tokens_equals_fresh(transformer, ids, random_ids, new_cache, close, kept, run_on):
    other = random_ids(25, seed=1)
    cache = new_cache()
    transformer.forward(ids[:kept], cache)
    cache.snapshot()
    run(transformer, ids[kept : kept + run_on], cache, 1)
    assert cache.rollback(kept) == kept
    fresh = torch.cat([ids[:kept], other])
    close(run(transformer, other, cache, [20, 1, 4]), transformer.forward(fresh)[kept:], "whole model")
    assert cache.length == kept + 25


def test_rollback_goes_to_the_last_snapshot_inside(transformer, ids, new_cache):
    cache = new_cache()
    for part in ids[:60].split(20):
        transformer.forward(part, cache)
        cache.snapshot()
    assert cache.rollback(60) == 60
    assert cache.rollback(59) == 40
    assert cache.rollback(60) == 40, "what lay behind is gone"
    assert cache.rollback(19) == 0
    assert cache.rollback(0) == 0


def test_rollback_to_the_present_keeps_everything(transformer, ids, full, new_cache, close):
    cache = new_cache()
    run(transformer, ids[:50], cache, [30, 20])
    assert cache.rollback(50) == 50 and cache.rollback(60) == 50
    close(transformer.forward(ids[50:], cache), full[0][50:], "whole model")


def test_a_snapshot_is_not_changed_by_what_follows(transformer, ids, full, new_cache, close):
    cache = new_cache()
    transformer.forward(ids[:20], cache)
    cache.snapshot()
    for _ in range(3):
        close(transformer.forward(ids[20:], cache), full[0][20:], "whole model")
        cache.rollback(20)


def test_old_snapshots_are_dropped(transformer, random_ids, new_cache):
    ids, cache = random_ids(MAX_SNAPSHOTS + 6), new_cache()
    for token in ids[:, None]:
        transformer.forward(token, cache)
        cache.snapshot()
    assert len(cache._snapshots) == MAX_SNAPSHOTS
    assert cache.rollback(7) == 7
    assert cache.rollback(6) == 0, "the first six are no longer kept"


def test_a_second_snapshot_of_one_point_replaces_the_first(transformer, ids, new_cache):
    cache = new_cache()
    transformer.forward(ids[:5], cache)
    cache.snapshot()
    cache.snapshot()
    assert len(cache._snapshots) == 1


@pytest.mark.parametrize("layer", [0, 2, 3])
@pytest.mark.parametrize("snapshot", [True, False])
def test_recovers_from_a_pass_that_breaks_off(transformer, ids, full, new_cache, close, layer, snapshot, monkeypatch):
    cache = new_cache()
    transformer.forward(ids[:40], cache)
    if snapshot:
        cache.snapshot()
    whole = cache.routed

    def fails(at, *routing):
        if at == layer:
            raise MemoryError
        whole(at, *routing)

    for broken in (ids[40:45], ids[40:41]):
        with monkeypatch.context() as patch, pytest.raises(MemoryError):
            patch.setattr(cache, "routed", fails)
            transformer.forward(broken, cache)
        cache.recover()
        start = cache.length
        assert start == (40 if snapshot else 0)
    close(transformer.forward(ids[start:], cache), full[0][start:], "whole model")
    for number, (_, chosen, _) in enumerate(full[1]):
        assert torch.equal(cache.routing.ids[number, :N].long(), chosen)
