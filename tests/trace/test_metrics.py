"""Each measure gives what can be worked out by hand on constructed routings, its chance value on random ones, and two lines otherwise."""

import numpy as np
import pytest

from gptoss_nb.errors import TraceError
from gptoss_nb.trace import Trace, counting, metrics

E, A = 8, 2


def made(experts, n_experts: int = E, logits=None, **changed) -> Trace:
    """A trace with these (L, T, A) choices."""
    experts = np.asarray(experts, np.int16)
    n_layers, n_tokens, n_active = experts.shape
    if logits is None:
        logits = np.zeros((n_layers, n_tokens, n_experts), np.float32)
        np.put_along_axis(logits, experts.astype(int), np.linspace(2, 1, n_active, dtype=np.float32), axis=-1)
    fields = {
        "token_ids": np.arange(n_tokens, dtype=np.int32) % 5, "tokens": ("x",) * n_tokens, "roles": ("assistant",) * n_tokens,
        "channels": ("final",) * n_tokens, "turns": np.zeros(n_tokens, np.int16), "logprobs": np.zeros(n_tokens, np.float32),
        "generated": np.ones(n_tokens, bool), "expert_ids": experts,
        "expert_weights": np.full(experts.shape, 1 / n_active, np.float32), "router_logits": np.asarray(logits, np.float32), "badge": {},
    }  # fmt: skip
    return Trace(**(fields | changed))


def at_random(n_tokens: int, n_layers: int = 2, n_experts: int = E, n_active: int = A, seed: int = 0, **changed) -> Trace:
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n_layers, n_tokens, n_experts)).astype(np.float32)
    experts = np.argsort(-logits, axis=-1)[..., :n_active]
    return made(experts, n_experts, logits, **changed)


ONE_PAIR = made([[[0, 1]] * 40, [[2, 3]] * 40])  # the same two experts, always
IN_TURN = made([[[t % E, (t + 1) % E] for t in range(80)]] * 2)
RANDOM = at_random(2000)

EXACT = {  # of ONE_PAIR, IN_TURN, and RANDOM up to `abs`
    "load": (lambda t: metrics.load(t)[0], [0.5, 0.5, 0, 0, 0, 0, 0, 0], [1 / E] * E, 1 / E, 0.02),
    "max_violation": (lambda t: metrics.max_violation(t)[0], E / A - 1, 0, 0, 0.15),
    "usage_entropy": (lambda t: metrics.usage_entropy(t)[0], 1, 3, 3, 0.02),
    "effective_experts": (lambda t: metrics.effective_experts(t)[0], 2, E, E, 0.1),
    "dead_experts": (lambda t: metrics.dead_experts(t)[0], E - 2, 0, 0, 0),
    "coactivation": (lambda t: metrics.coactivation(t)[0][0, 1], 1, 0.5, (A - 1) / (E - 1), 0.04),
    "transitions": (lambda t: metrics.transitions(t)[0][0, 2], 0.5, 0, 1 / E, 0.03),
    "repetition first": (lambda t: metrics.repetition(t)[0], 1, 0, 1 / E, 0.03),
    "repetition any": (lambda t: metrics.repetition(t, of="any")[0], 1, 1, 1 - 15 / 28, 0.04),
    "repetition overlap": (lambda t: metrics.repetition(t, of="overlap")[0], 1, 0.5, A / E, 0.03),
}


@pytest.mark.parametrize("name", EXACT)
def test_known_answers(name):
    measure, pair, in_turn, by_chance, off = EXACT[name]
    assert np.asarray(measure(ONE_PAIR)) == pytest.approx(pair)
    assert np.asarray(measure(IN_TURN)) == pytest.approx(in_turn)
    assert np.asarray(measure(RANDOM)) == pytest.approx(by_chance, abs=off)


ALL = {
    "load": metrics.load, "max_violation": metrics.max_violation, "usage_entropy": metrics.usage_entropy, "effective_experts": metrics.effective_experts,
    "dead_experts": metrics.dead_experts, "coactivation": metrics.coactivation, "transitions": metrics.transitions,
    "repetition": metrics.repetition, "any": lambda t: metrics.repetition(t, of="any"), "overlap": lambda t: metrics.repetition(t, of="overlap"),
    "specialisation": lambda t: metrics.specialisation(t, np.arange(len(t)) // 20 % 3), "vocabulary": metrics.vocabulary,
    "information": lambda t: metrics.information(t, np.arange(len(t)) // 20 % 3),
    "agreement": lambda t: metrics.agreement(t, at_random(len(t), seed=9)),
    "risk_difference": lambda t: metrics.risk_difference(t, at_random(len(t), seed=9)),
}  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_random_routing_is_within_its_chance(name):
    """The range of chance holds 95 % of shuffles: of all places, and of several random traces, few lie outside."""
    outside, places = 0, 0
    for seed in range(8):
        measure = ALL[name](at_random(600, seed=seed))
        known = ~np.isnan(measure.value)
        assert measure.value.shape == measure.low.shape == measure.chance.shape and measure.value.ndim == len(measure.axes)
        interval = ~np.isnan(measure.low)
        assert (measure.low <= measure.value + 1e-9)[interval].all() and (measure.value <= measure.high + 1e-9)[interval].all()
        assert (measure.chance_low <= measure.chance + 1e-9)[known].all() and (measure.chance <= measure.chance_high + 1e-9)[known].all()
        outside, places = outside + measure.beyond_chance[known].sum(), places + known.sum()
    assert outside <= max(3, 0.2 * places), f"{outside} of {places} places are beyond chance"
    assert measure.source and name.split()[0] in repr(measure) or name in ("any", "overlap", "agreement")


@pytest.mark.parametrize("name", ["load", "coactivation", "transitions", "repetition", "overlap", "max_violation", "vocabulary"])
def test_what_is_not_chance_is_beyond_it(name):
    runs = [[2 * (t // 10 % 2), 2 * (t // 10 % 2) + 1] for t in range(120)]  # ten tokens with one pair, then another
    measure = ALL[name](made([runs] * 2, token_ids=np.arange(120, dtype=np.int32) // 10 % 2))
    assert measure.beyond_chance[~np.isnan(measure.value)].any()


def test_the_interval_holds_the_truth_and_narrows_with_more_tokens():
    inside, widths = 0, {}
    for n_tokens in (200, 3200):
        for seed in range(5):
            measure = metrics.load(at_random(n_tokens, seed=seed))
            inside += ((measure.low <= 1 / E) & (1 / E <= measure.high)).sum()
        widths[n_tokens] = (measure.high - measure.low).mean()
    assert inside > 0.8 * 2 * 5 * 2 * E and widths[3200] < widths[200] / 2


def test_router_entropy():
    level = made([[[0, 1]] * 6], logits=np.zeros((1, 6, E)))
    assert float(metrics.router_entropy(level)) == pytest.approx(3)
    sure = np.zeros((1, 6, E))
    sure[..., 0] = 50
    measure = metrics.router_entropy(made([[[0, 1]] * 6], logits=sure))
    assert float(measure) == pytest.approx(0, abs=1e-6) and measure.chance[0] == pytest.approx(3)


def test_specialisation_by_text_and_by_token():
    french, german = made([[[0, 1]] * 30]), made([[[0, 2]] * 10])
    measure = metrics.specialisation([french, german, french, german], ["fr", "de", "fr", "de"])
    assert measure.axes == ("layer", "label", "expert") and measure.value.shape == (1, 2, E)
    assert measure[0][0].tolist() == [1, 0, 1] + [0] * 5 and measure[0][1].tolist() == [1, 1] + [0] * 6  # de, fr
    mixed = made([[[0, 1], [0, 2]] * 20])
    assert metrics.specialisation(mixed, ["a", "b"] * 20)[0][:, 1].tolist() == [1, 0]
    assert metrics.specialisation(RANDOM, np.arange(2000) % 2).value == pytest.approx(A / E, abs=0.05)


def test_information_between_labels_and_experts():
    told = made([[[0, 1]] * 50 + [[2, 3]] * 50, [[4, 5]] * 100])
    measure = metrics.information(told, np.repeat([0, 1], 50))
    assert measure.value == pytest.approx([1, 0]) and measure.chance[1] == pytest.approx(0)
    texts = [made([[[k % 2, 2 + k % 2]] * 9]) for k in range(12)]
    by_text = metrics.information(texts, [k % 2 for k in range(12)])
    assert by_text[0] == pytest.approx(1) and by_text.chance[0] < 0.5 and by_text.beyond_chance.all()


def test_vocabulary_leaves_out_what_is_rare():
    ids = np.array([7] * 12 + [9] * 12 + list(range(100, 140)), np.int32)  # forty tokens that occur once
    first = [0] * 12 + [1, 2] * 6 + [3] * 40
    trace = made([[[expert, 5] for expert in first]], token_ids=ids)
    assert float(metrics.vocabulary(trace)) == pytest.approx((1 + 0.5) / 2)
    assert float(metrics.vocabulary(trace, min_count=1)) == pytest.approx((1 + 0.5 + 40) / 42)
    rare = at_random(300, token_ids=np.arange(300, dtype=np.int32))
    assert metrics.vocabulary(rare, min_count=1).value == pytest.approx(1)  # the trap: and chance says the same
    assert metrics.vocabulary(rare, min_count=1).chance == pytest.approx(1)
    following = metrics.vocabulary(made([[[t % 3, 5] for t in range(90)]], token_ids=np.arange(90, dtype=np.int32) % 3), by="next")
    assert following.value == pytest.approx(1) and following.chance[0] < 0.6
    told = metrics.vocabulary(made([[[t % 2, 5] for t in range(60)]]), by="predicted", predicted=np.arange(60) % 2)
    assert told.value == pytest.approx(1)


def test_agreement_of_two_traces():
    other = made([[[1, 0]] * 40, [[2, 4]] * 40])
    assert metrics.agreement(ONE_PAIR, other).value == pytest.approx([1, 0.5])
    assert metrics.agreement(RANDOM, RANDOM, of="jsd").value == pytest.approx(0, abs=1e-9)
    sure = [np.full((1, 4, E), -40.0), np.full((1, 4, E), -40.0)]
    sure[0][..., 0] = sure[1][..., 1] = 40
    apart = metrics.agreement(made([[[0, 2]] * 4], logits=sure[0]), made([[[1, 2]] * 4], logits=sure[1]), of="jsd")
    assert float(apart) == pytest.approx(1, abs=1e-6)
    assert metrics.agreement(at_random(2000), at_random(2000, seed=1)).value == pytest.approx(A / E, abs=0.03)


def test_risk_difference_between_two_sets():
    measure = metrics.risk_difference([ONE_PAIR] * 8, [made([[[0, 2]] * 40, [[2, 3]] * 40])] * 8)
    assert measure[0].tolist() == [0, 1, -1, 0, 0, 0, 0, 0] and not measure[1].any()
    assert measure.beyond_chance[0, 1] and not measure.beyond_chance[1].any()
    parts = ONE_PAIR.where(turn=0) & (np.arange(40) < 20)
    assert not metrics.risk_difference(ONE_PAIR, ONE_PAIR, where_first=parts, where_second=~parts).value.any()


def test_channels_roles_and_turns_apart():
    channels = ("",) * 2 + ("analysis",) * 4 + ("final",) * 4
    trace = made([[[0, 1]] * 6 + [[2, 3]] * 4], channels=channels, turns=np.repeat([-1, 0, 1], [2, 4, 4]).astype(np.int16))
    found = metrics.by("channel", metrics.load, trace)
    assert list(found) == ["analysis", "final"] and found["analysis"][0][0] == 0.5 and found["final"][0][2] == 0.5
    assert found["final"].n_tokens == 4 and list(metrics.by("turn", metrics.load, trace)) == ["0", "1"]
    assert list(metrics.by("role", metrics.repetition, trace, of="any")) == ["assistant"]
    assert metrics.by("channel", metrics.load, [trace, trace])["final"].n_tokens == 8
    assert metrics.load(trace, where=[True] * 6 + [False] * 4).n_tokens == 6
    assert trace.where(channel="final", generated=True).sum() == 4 and trace.where().all()


def test_tokens_left_out_are_no_neighbours():
    trace = made([[[0, 1], [2, 3]] * 10])
    assert metrics.repetition(trace, where=np.arange(20) < 10).value == [0]
    with pytest.raises(TraceError, match="two tokens in a row"):
        metrics.repetition(trace, where=np.arange(20) % 2 == 0)  # equal, and never in a row
    two = made([[[0, 1]] * 3])
    assert metrics.repetition([two, two]).n_tokens == 6 and metrics.repetition([two, two]).value == [1]


def test_the_same_seed_gives_the_same_numbers():
    a, b, c = (metrics.load(RANDOM, seed=seed) for seed in (0, 0, 1))
    assert (a.low == b.low).all() and (a.chance == b.chance).all() and (a.chance != c.chance).any()


def test_a_measure_is_an_array_and_a_table():
    pandas = pytest.importorskip("pandas")
    measure = metrics.load(RANDOM)
    assert np.asarray(measure).shape == (2, E) == (len(measure), E) and "2 layers × 8 experts" in repr(measure)
    table = measure.to_pandas()
    assert isinstance(table, pandas.DataFrame) and list(table.columns[:3]) == ["layer", "expert", "value"] and len(table) == 2 * E
    with pytest.raises(TraceError, match="not one"):
        float(measure)


def test_the_layout_of_serving_engines():
    ids = IN_TURN.routed_experts
    assert ids.shape == (80, 2, A) and ids.dtype == np.int32 and (ids[3, 1] == IN_TURN.expert_ids[1, 3]).all()


@pytest.mark.parametrize(
    "call, named",
    [
        (lambda: metrics.load("text"), "neither a trace"),
        (lambda: metrics.load([]), "neither a trace"),
        (lambda: metrics.load([RANDOM, at_random(9, n_experts=9)]), "other layers or experts"),
        (lambda: metrics.load(at_random(5), where=np.zeros(5, bool)), "no token"),
        (lambda: metrics.load(at_random(5), where=np.ones(4, bool)), "one bool for each"),
        (lambda: metrics.load([RANDOM, RANDOM], where=[None]), "1 masks for 2"),
        (lambda: metrics.load(made(np.zeros((2, 0, A)))), "no token"),
        (lambda: metrics.repetition(at_random(1)), "one token"),
        (lambda: metrics.load(at_random(1)), "too little"),
        (lambda: metrics.load(RANDOM, where=5), "where"),
        (lambda: metrics.coactivation(RANDOM, layers=1), "Layers"),
        (lambda: metrics.coactivation(RANDOM, layers=[]), "Layers"),
        (lambda: metrics.coactivation(RANDOM, layers=[2]), "no layer 2"),
        (lambda: metrics.specialisation(RANDOM, [None, "a"] * 1000), "ordered"),
        (lambda: metrics.specialisation([RANDOM, RANDOM], [["a"], ["b", "c"]]), "told apart"),
        (lambda: metrics.repetition(RANDOM, of="second"), "first, any or overlap"),
        (lambda: metrics.transitions(at_random(9, n_layers=1)), "one layer"),
        (lambda: metrics.specialisation(RANDOM, ["a", "b"]), "2 labels for 1 traces"),
        (lambda: metrics.vocabulary(at_random(9)), "occurs 10 times"),
        (lambda: metrics.vocabulary(RANDOM, by="last"), "input, next or predicted"),
        (lambda: metrics.vocabulary(RANDOM, by="predicted"), "would have said"),
        (lambda: metrics.agreement(RANDOM, at_random(9)), "same tokens"),
        (lambda: metrics.agreement(RANDOM, RANDOM, of="cosine"), "overlap or jsd"),
        (lambda: metrics.risk_difference(RANDOM, RANDOM, where_second=np.zeros(2000, bool)), "no token"),
        (lambda: metrics.by("token", metrics.load, RANDOM), "channel, role or turn"),
        (lambda: metrics.by("channel", metrics.load, at_random(4, channels=("",) * 4)), "has a channel"),
    ],
)
def test_mistakes_are_told_in_two_lines(call, named):
    with pytest.raises(TraceError, match=named) as caught:
        call()
    assert len(str(caught.value).split("\n")) == 2


def test_random_counts_are_uniform():
    counts = counting.random_counts(9000, A, E, np.random.default_rng(0))
    assert counts.sum() == 9000 * A and counts / counts.sum() == pytest.approx(1 / E, abs=0.01) and counts.max() <= 9000


def test_exchanging_keeps_every_experts_load():
    busy = np.stack([np.zeros(300, int), 1 + np.arange(300) % 5], axis=1)  # one expert has every token
    mixed = np.concatenate([busy, RANDOM.expert_ids[0, :300]])
    done = counting.exchanged(mixed, np.random.default_rng(0), 40)
    assert (np.bincount(done.ravel(), minlength=E) == np.bincount(mixed.ravel(), minlength=E)).all()
    assert (done[:, 0] != done[:, 1]).all() and (np.sort(done, 1) != np.sort(mixed, 1)).any(1).mean() > 0.5


def test_a_busy_expert_alone_is_no_coactivation():
    rng = np.random.default_rng(1)
    weights = np.array([6, 1, 1, 1, 1, 1, 1, 1]) * rng.random((1500, E))
    experts = np.argsort(-weights, axis=1)[None, :, :A]  # expert 0 is chosen by far most, the rest by chance
    measure = metrics.coactivation(made(experts))
    known = ~np.isnan(measure.value)
    assert measure.beyond_chance[known].mean() < 0.15


def test_a_pair_that_is_always_together_has_an_interval_about_it():
    rare = [[t % 3, 3 + t % 2] for t in range(58)] + [[6, 7]] * 2  # two tokens alone have these two experts
    measure = metrics.coactivation(made([rare]))
    assert measure.value[0, 6, 7] == 1 and (np.isnan(measure.low[0, 6, 7]) or measure.low[0, 6, 7] == 1)
