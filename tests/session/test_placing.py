"""Where a model goes, by numbers alone. What then runs on several devices is in test_devices.py."""

import re
from functools import partial

import pytest
import torch

import gptoss_nb as gn
from gptoss_nb.config import ModelConfig
from gptoss_nb.errors import OptionError
from gptoss_nb.session import loading, placing, sharing

CPU, GPU0, GPU1 = torch.device("cpu"), torch.device("cuda:0"), torch.device("cuda:1")
GB = 10**9


def published(n_layers: int, n_experts: int) -> ModelConfig:
    return ModelConfig(
        n_layers=n_layers, hidden_size=2880, vocab_size=201088, n_heads=64, n_kv_heads=8, head_dim=64, n_experts=n_experts, experts_per_token=4,
        expert_width=2880, sliding_windows=tuple(128 if n % 2 == 0 else None for n in range(n_layers)), context=131072, original_context=4096,
        rope_theta=150000.0, rope_factor=32.0, rope_beta_fast=32.0, rope_beta_slow=1.0, swiglu_limit=7.0, norm_eps=1e-5,
    )  # fmt: skip


B20, B120 = published(24, 32), published(36, 128)


@pytest.mark.parametrize("config, gigabytes", [(B20, 13.76), (B120, 65.25)], ids=["20b", "120b"])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_needs_are_those_of_the_published_files(config, gigabytes, dtype):
    need = placing.needs(config, dtype, 4096, kept=True)
    assert (need.ends + sum(need.layers)) / GB == pytest.approx(gigabytes, rel=2e-3)


def test_the_cache_is_that_of_the_tables():
    """24.6 KB a token on the full layers of 20b in bfloat16; window layers stop at 128."""
    short, long = (placing.needs(B20, torch.bfloat16, n) for n in (10_000, 10_001))
    assert sum(long.cache) - sum(short.cache) == 24_576
    assert min(short.cache) == 128 * 2 * 8 * 64 * 2


def test_kernels_that_hold_no_scores_need_no_room_for_them():
    """Of 131,072 tokens, plain torch would hold 51 GB of scores."""
    plain, banded = (placing.needs(B20, torch.bfloat16, 131_072, banded=banded) for banded in (False, True))
    assert plain.workspace > 50 * GB and banded.workspace < 2 * GB and banded.cache == plain.cache


def test_layers_fill_the_devices_in_order():
    need = placing.Needs(ends=10, layers=(100,) * 4, cache=(10,) * 4, workspace=5)
    room = placing.SPARED + 5
    assert placing.spread(need, {GPU0: room + 450}) == (GPU0,) * 4
    assert placing.spread(need, {GPU0: room + 449}) is None
    assert placing.spread(need, {GPU0: room + 230, GPU1: room + 220}) == (GPU0, GPU0, GPU1, GPU1)
    assert placing.spread(need, {GPU0: room + 229, GPU1: room + 220}) is None
    # a CPU's weights are mapped from their files: its memory holds the cache alone
    assert placing.spread(need, {GPU0: room + 230, CPU: room + 20}) == (GPU0, GPU0, CPU, CPU)
    assert placing.spread(need, {CPU: room + 40}) == (CPU,) * 4 and placing.spread(need, {CPU: room + 39}) is None
    assert placing.spread(need, {GPU0: 0}) is None
    # the embedding, which is on the first, must fit there
    assert placing.spread(need, {GPU0: placing.SPARED + 14, GPU1: room + 1000}) is None


def put(free: dict, config=B20, device=GPU0, asked=None, any_device=True, dtype=torch.bfloat16, wholly=64 * GB):
    need_of = partial(placing.needs, config, dtype, kept=True)
    return placing.place("20b", need_of, config, device, asked, any_device, free, wholly)


def test_what_fits_goes_to_the_gpu_with_most_room():
    made = put({GPU0: 80 * GB, GPU1: 90 * GB, CPU: 64 * GB}, asked=8192)
    assert (made.device, made.layers, made.context, made.notes) == (GPU1, (), 8192, ())


def test_what_does_not_fit_one_gpu_is_spread_over_all_and_said():
    made = put({GPU0: 12 * GB, GPU1: 12 * GB, CPU: 64 * GB}, asked=4096)
    assert made.device == GPU0 and set(made.layers) == {GPU0, GPU1} and made.layers == tuple(sorted(made.layers, key=str))
    assert "layers 0 to" in made.notes[0] and "cuda:1" in made.notes[0] and "12.0 GB free" in made.notes[0]


def test_and_then_over_gpu_and_cpu():
    made = put({GPU0: 12 * GB, CPU: 64 * GB}, asked=4096)
    assert set(made.layers) == {GPU0, CPU} and "on cpu" in made.notes[0]


def test_a_named_device_is_kept_to():
    with pytest.raises(OptionError, match="20b with a context of 4,096 tokens needs .* and cuda:0 has 12.0 GB free"):
        put({GPU0: 12 * GB, GPU1: 80 * GB, CPU: 64 * GB}, asked=4096, any_device=False)


@pytest.mark.parametrize("free, config, devices, least", [
    ({GPU0: 24 * GB, CPU: 64 * GB}, B20, {GPU0}, 8192), ({GPU0: 48 * GB, CPU: 256 * GB}, B20, {GPU0}, 65536), ({GPU0: 16 * GB, CPU: 30 * GB}, B20, {GPU0, CPU}, 8192),
    ({GPU0: 24 * GB, GPU1: 24 * GB, CPU: 256 * GB}, B20, {GPU0}, 8192), ({GPU0: 80 * GB, CPU: 256 * GB}, B120, {GPU0}, 8192),
    ({GPU0: 24 * GB, CPU: 30 * GB}, B120, {GPU0, CPU}, 8192), ({GPU0: GB // 4, GPU1: 20 * GB, CPU: 64 * GB}, B20, {GPU1}, 8192),
])  # fmt: skip
def test_without_a_context_a_gpu_comes_before_a_longer_one(free, config, devices, least):
    """What plain attention takes for the longest context is more than a GPU has: that is no reason to leave it."""
    made = put(free, config=config)
    assert set(made.layers or (made.device,)) == devices and made.context >= least
    if CPU in devices:
        assert made.layers.count(GPU0) > 3 and any("it for a context of 8,192 tokens (--context chooses)" in note for note in made.notes)


def test_where_no_layer_would_be_on_the_gpu_none_of_it_is():
    made = put({GPU0: 5 * GB, CPU: 64 * GB}, asked=8192)
    assert (made.device, made.layers) == (CPU, ())


def test_without_a_context_it_is_the_longest_that_fits():
    made = put({CPU: 18 * GB}, device=CPU, dtype=torch.float32)
    assert 1024 < made.context < 131072 and made.context % 1024 == 0
    assert f"{made.context:,} tokens, of 131,072" in made.notes[0]
    need_of = partial(placing.needs, B20, torch.float32, kept=True)
    assert placing.spread(need_of(made.context), {CPU: 18 * GB}) and not placing.spread(need_of(made.context + 1024), {CPU: 18 * GB})
    assert put({GPU0: 200 * GB, CPU: 64 * GB}).context == 131072


def test_a_context_that_does_not_fit_is_told_what_would():
    with pytest.raises(OptionError) as caught:
        put({CPU: 18 * GB}, device=CPU, asked=131072, dtype=torch.float32)
    what, todo = str(caught.value).splitlines()
    assert "18.0 GB free" in what and "needs 5" in what  # of memory; the weights are in their files
    longest = int(todo.split("--context ")[1].split(",")[0])
    assert put({CPU: 18 * GB}, device=CPU, asked=longest, dtype=torch.float32).context == longest


def test_more_weights_than_memory_are_said():
    made = put({CPU: 18 * GB}, config=B120, device=CPU, dtype=torch.float32, wholly=24 * GB)
    assert any(re.search("65.. GB of weights are more than this machine's 24.0 GB", note) for note in made.notes)


def test_a_full_gpu_names_who_holds_it(monkeypatch):
    monkeypatch.setattr(placing, "holders", lambda device: f"On {device}: python of ada (process 4711) 70.0 GB." if device.type == "cuda" else "")
    with pytest.raises(OptionError, match=r"On cuda:0: python of ada \(process 4711\) 70.0 GB"):
        put({GPU0: GB, CPU: 0}, asked=4096)


def test_processes_are_named_largest_first(monkeypatch):
    monkeypatch.setattr(sharing, "processes", lambda device: [(1, GB), (2, 0), (99999999, 3 * GB), (1, GB), (1, GB), (1, GB)])
    told = sharing.holders(GPU0)
    assert told.startswith("On cuda:0: a process (process 99999999) 3.0 GB, ") and told.endswith(" and 2 more.")
    assert sharing.holders(CPU) == "" and "process 1) 1.0 GB" in told


def test_the_limit_of_a_container_counts(tmp_path):
    root, own = tmp_path / "cgroup", tmp_path / "own"
    (root / "hub" / "ada").mkdir(parents=True)
    own.write_text("0::/hub/ada\n")
    assert placing._left_in_container(root, own) == placing._left_in_container(root, tmp_path / "none") == float("inf")
    for name, text in {"memory.max": "2000000000\n", "memory.current": "1500000000\n", "memory.stat": "anon 5\ninactive_file 300000000\nactive_file 1\n"}.items():
        (root / "hub" / name).write_text(text)
    assert placing._left_in_container(root, own) == 800_000_001
    (root / "hub" / "memory.max").write_text("max\n")
    assert placing._left_in_container(root, own) == float("inf")


def test_a_gpu_too_full_to_be_asked_has_nothing_free(monkeypatch):
    def full(device):
        raise RuntimeError("CUDA error: out of memory")

    monkeypatch.setattr(torch.cuda, "mem_get_info", full)
    monkeypatch.setattr(sharing, "_managed", lambda device, ask: None)
    assert sharing.free_bytes(GPU0) == 0


def test_a_model_asked_to_go_to_several_places_says_the_same(golden, monkeypatch):
    """All on the CPU, but by the way that several devices take."""
    model = gn.load(golden / "hf")
    wanted = model.logits(range(40))
    places = (CPU,) * model.config.n_layers
    monkeypatch.setattr(loading, "place", lambda *a, **k: placing.Place(CPU, places, 64))
    spread = gn.load(golden / "hf", context=64)
    assert spread.placement.layers == places and torch.equal(spread.logits(range(40)), wanted)
    gn.unload()


def test_what_does_not_fit_beside_the_loaded_model_takes_its_place(golden, monkeypatch):
    """The earlier one is unloaded when, and only when, that makes room."""
    model = gn.load("nano")
    monkeypatch.setattr(type(model), "bytes_by_device", lambda self: {CPU: 10 * GB})
    monkeypatch.setattr(loading, "free_memory", lambda *which: {CPU: 0 if loading.current() is not None else 10 * GB})
    other = gn.load(golden / "hf")
    assert "nano was unloaded first" in other.placement.notes[-1] and "unloaded" in repr(model)
    monkeypatch.setattr(type(model), "bytes_by_device", lambda self: {CPU: 0})
    with pytest.raises(OptionError):
        gn.load("nano")
    assert loading.current() is other and other.logits([1]).isfinite().all()
    gn.unload()


def test_a_better_place_is_worth_unloading_for():
    one, two, mixed = placing.Place(GPU0, (), 8192), placing.Place(GPU0, (GPU0, GPU1), 8192), placing.Place(GPU0, (GPU0, CPU), 131072)
    assert mixed.worse_than(one) and mixed.worse_than(two) and two.worse_than(one) and placing.Place(GPU0, (), 4096).worse_than(one)
    assert not one.worse_than(one) and not one.worse_than(two)


def test_another_device_is_another_model(golden):
    model = gn.load(golden / "hf")
    auto, named = loading.choose("auto", "auto", "auto"), loading.choose("cpu", "auto", "auto")
    assert gn.load(golden / "hf", device="cpu") is gn.load(golden / "hf", device="cpu:0") is model
    there = loading.replace(named, device=GPU0)
    assert model.matches(model.folder, model.digest, auto, None, False) and not model.matches(model.folder, model.digest, there, None, False)
    model.placement = loading.replace(model.placement, device=GPU1, layers=(GPU0, GPU1))  # where auto may have put it
    assert model.matches(model.folder, model.digest, auto, None, False) and not model.matches(model.folder, model.digest, there, None, False)
    gn.unload()


def test_what_had_no_room_on_the_gpu_is_not_loaded_again_and_again(golden):
    model = gn.load(golden / "hf")
    auto, named = loading.choose("auto", "auto", "auto"), loading.choose("cpu", "auto", "auto")
    model._choice = asked = loading.replace(auto, device=GPU0, dtype=torch.bfloat16, backend="reference")
    assert model.matches(model.folder, model.digest, asked, None, False) and model.matches(model.folder, model.digest, named, None, False)
    assert not model.matches(model.folder, model.digest, loading.replace(asked, any_device=False), None, False)
    gn.unload()
