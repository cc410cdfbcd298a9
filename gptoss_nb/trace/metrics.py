"""Measures over the routing of one trace or of several of one model, each by its published definition, with an interval and what chance gives.

    gn.metrics.load(trace)                               # a Measure of (layers, experts)
    gn.metrics.load(trace, where=trace.where(channel="final"))
    gn.metrics.by("channel", gn.metrics.load, trace)     # one for each channel

Called by views, inside and users. Knows no model. L layers, T tokens, A choices a token, E experts.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..errors import TraceError
from . import counting
from .choices import Choices, Labels, as_list, choices, kinds, masks
from .estimate import SHUFFLES, beside, chance, divided, draws, mean_counts, measured, ratio, spread
from .measure import Measure
from .record import Trace

OLMOE = "Muennighoff et al., OLMoE (2024)"
SWITCH = "Fedus et al., Switch Transformers (2022)"
SHANNON = "Shannon, A Mathematical Theory of Communication (1948)"
MIXTRAL = "Jiang et al., Mixtral of Experts (2024)"


def load(traces, where=None, seed: int = 0) -> Measure:
    """(L, E) share of the choices of a layer that each expert got; A choices a token, so that shares sum to 1 and balance is 1 / E."""
    return _of_load("load", ("layer", "expert"), _shares, SWITCH, traces, where, seed)


def max_violation(traces, where=None, seed: int = 0) -> Measure:
    """(L,) how far the busiest expert's load is above the mean, as a part of the mean: 0 is balance."""
    source = "Wang et al., Auxiliary-Loss-Free Load Balancing (2024)"
    return _of_load("max_violation", ("layer",), lambda counts: counts.max() / counts.mean() - 1, source, traces, where, seed)


def usage_entropy(traces, where=None, seed: int = 0) -> Measure:
    """(L,) entropy in bits of the load: log2 E is balance."""
    return _of_load("usage_entropy", ("layer",), lambda counts: counting.entropy(_shares(counts)), SHANNON, traces, where, seed)


def effective_experts(traces, where=None, seed: int = 0) -> Measure:
    """(L,) how many equally busy experts would have the entropy of the load: 2 to its power."""
    source = "Hill, Diversity and Evenness (1973), order 1"
    return _of_load("effective_experts", ("layer",), lambda counts: 2 ** counting.entropy(_shares(counts)), source, traces, where, seed)


def dead_experts(traces, where=None, seed: int = 0) -> Measure:
    """(L,) how many experts got no token at all."""
    return _of_load("dead_experts", ("layer",), lambda counts: (counts == 0).sum(), SWITCH, traces, where, seed)


def router_entropy(traces, where=None, seed: int = 0) -> Measure:
    """(L,) mean entropy in bits of a softmax over all E router logits of a token. Chance: a router that prefers none, log2 E."""

    def count(chosen: Choices, layer: int) -> np.ndarray:
        return mean_counts(chosen, counting.entropy(_softmax(chosen.logits[layer])))

    chosen = choices(traces, where)
    level = replace(chosen, logits=np.zeros_like(chosen.logits))
    return measured("router_entropy", ("layer",), chosen, count, ratio, lambda rng: level, SHANNON, seed)


def coactivation(traces, where=None, layers=None, seed: int = 0) -> Measure:
    """(L, E, E), of all layers or those given: of the tokens that went to the first expert, the share that went to the second as well,
    over all pairs of the A chosen; the diagonal is NaN. Uniform routing gives (A - 1) / (E - 1). Chance: choices exchanged between
    tokens, so that every expert stays as busy as it is."""

    def count(chosen: Choices, layer: int) -> np.ndarray:
        used = chosen.used(layer)
        return chosen.paired(used, used)

    def finish(together: np.ndarray) -> np.ndarray:
        shares = divided(together, np.diagonal(together)[:, None])
        np.fill_diagonal(shares, np.nan)
        return shares

    def shuffle(rng) -> Choices:
        """The next link of a chain: a few rounds away from the one before, many from the routing itself."""
        rounds = 8 if now else 40
        now[:] = [np.stack([counting.exchanged(layer, rng, rounds) for layer in (now[0] if now else chosen.experts)])]
        return replace(chosen, experts=now[0])

    chosen, now = choices(traces, where, layers), []
    return measured("coactivation", ("layer", "expert", "other"), chosen, count, finish, shuffle, OLMOE, seed)


def transitions(traces, where=None, seed: int = 0) -> Measure:
    """(L - 1, E, E) of the choices that the tokens of an expert make in the next layer, the share that goes to each expert there;
    rows sum to 1. Chance: the next layer's choices handed out to other tokens."""

    def count(chosen: Choices, layer: int) -> np.ndarray:
        return chosen.paired(chosen.used(layer), chosen.used(layer + 1))

    def shuffle(rng) -> Choices:
        # every other layer's tokens in another order, so that each pair of neighbours is torn apart
        order = rng.permutation(chosen.n_tokens)
        return replace(chosen, experts=np.stack([layer if k % 2 else layer[order] for k, layer in enumerate(chosen.experts)]))

    chosen = choices(traces, where)
    if chosen.n_layers < 2:
        raise TraceError("A model of one layer has no transitions.", "Take a trace of a model with two layers or more.")
    return measured("transitions", ("layer", "expert", "next"), chosen, count, lambda counts: divided(counts, counts.sum(-1, keepdims=True)),
                    shuffle, "pairs of choices in neighbouring layers, as OLMoE counts pairs in one", seed, chosen.n_layers - 1)  # fmt: skip


def repetition(traces, where=None, of: str = "first", seed: int = 0) -> Measure:
    """(L,) how often a token goes where the token before it went. of="first": the same first choice (1 / E in a balanced layer
    by chance); "any": at least one choice in common; "overlap": the share of choices in common. Chance: tokens in another order."""
    if of not in ("first", "any", "overlap"):
        raise TraceError(f"There is no repetition of {of!r}.", "Choose first, any or overlap.")

    def count(chosen: Choices, layer: int) -> np.ndarray:
        now, before = chosen.experts[layer][1:], chosen.experts[layer][:-1]
        common = (now[:, :, None] == before[:, None, :]).mean((1, 2)) * now.shape[1]
        same = {"first": now[:, 0] == before[:, 0], "any": common > 0, "overlap": common}[of]
        return mean_counts(chosen, np.concatenate([[0], same]), chosen.follows)

    chosen = choices(traces, where)
    if not chosen.follows.any():
        raise TraceError("There are no two tokens in a row here.", "Take a longer trace, or a `where` that leaves neighbours.")
    return measured("repetition", ("layer",), chosen, count, ratio, _reordered(chosen), MIXTRAL, seed)


def specialisation(traces, labels, where=None, layers=None, seed: int = 0) -> Measure:
    """(L, labels, E), of all layers or those given: of the tokens with a label, the share that went to each expert; A / E each where the label says nothing.

    labels: one a trace (a text's domain or language) or one a token, any values, in the order of np.unique along that axis.
    Chance: labels handed out anew."""

    def count(chosen: Choices, layer: int) -> np.ndarray:
        return chosen.paired(label.marked(), _and_ones(chosen.used(layer)))

    chosen = choices(traces, where, layers)
    label = Labels(traces, labels, chosen)
    return measured("specialisation", ("layer", "label", "expert"), chosen, count, _share, _relabelled(chosen, label), OLMOE, seed)


def information(traces, labels, where=None, seed: int = 0) -> Measure:
    """(L,) mutual information in bits between a token's label and an expert that it chose, each choice one observation.
    labels as in `specialisation`. Chance, which is above 0: labels handed out anew."""

    def count(chosen: Choices, layer: int) -> np.ndarray:
        return chosen.paired(label.marked(), chosen.used(layer))

    chosen = choices(traces, where)
    label = Labels(traces, labels, chosen)
    source = "Cover and Thomas, Elements of Information Theory, plug-in estimate"
    return measured("information", ("layer",), chosen, count, counting.information, _relabelled(chosen, label), source, seed)


def vocabulary(traces, by: str = "input", where=None, min_count: int = 10, predicted=None, seed: int = 0) -> Measure:
    """(L,) the share of a kind of token's occurrences whose first choice is the favourite expert of that kind; mean over kinds.

    by: "input", the token itself; "next", the one that follows; "predicted", the one that the model would have said, whose ids (T,)
    are `predicted`. Kinds that occur fewer than `min_count` times are left out: one that occurs once would score 1. Chance, far above
    1 / E for rare kinds: kinds handed out to other tokens."""
    chosen = choices(traces, where)
    kind = kinds(traces, by, predicted, chosen)
    ids, place, counts = np.unique(kind, return_inverse=True, return_counts=True)
    common = (counts >= min_count) & (ids >= 0)
    if not common.any():
        raise TraceError(f"No token occurs {min_count} times here.", "Take more text, or a lower min_count.")
    n_kinds, number = int(common.sum()), np.where(common, common.cumsum() - 1, -1)[place]

    def value(number: np.ndarray, layer: int, weights: np.ndarray) -> float:
        seen = number >= 0
        places = number[seen] * chosen.n_experts + chosen.experts[layer, seen, 0]
        table = np.bincount(places, weights[seen], n_kinds * chosen.n_experts).reshape(n_kinds, -1)
        return np.nanmean(divided(table.max(1), table.sum(1)))

    # not additive over blocks (a maximum lies between), so the bootstrap weighs tokens
    rng, once, layers = np.random.default_rng(seed), np.ones(chosen.n_tokens), range(chosen.n_layers)
    found = np.array([value(number, layer, once) for layer in layers])
    samples = draws(len(chosen.blocks), 2 * SHUFFLES, rng)[:, chosen.block].astype(float)
    resampled = np.array([[value(number, layer, sample) for layer in layers] for sample in samples])
    null = np.array([[value(rng.permutation(number), layer, once) for layer in layers] for _ in range(SHUFFLES)])
    return Measure("vocabulary", ("layer",), found, *spread(resampled, found), *chance(null), chosen.n_tokens, OLMOE)


def agreement(first: Trace, second: Trace, of: str = "overlap", where=None, seed: int = 0) -> Measure:
    """(L,) how alike two traces of the same tokens were routed: with and without an edit, or at two stages of training.

    of="overlap": the share of a token's A choices that both have (router saturation); "jsd": the mean Jensen-Shannon divergence
    in bits of softmaxes over all router logits, 0 where they are equal. Chance: the second trace's tokens in another order."""
    if of not in ("overlap", "jsd"):
        raise TraceError(f"There is no agreement of {of!r}.", "Choose overlap or jsd.")
    as_list([first, second])
    if first.n_tokens != second.n_tokens or (first.token_ids != second.token_ids).any():
        raise TraceError("These traces are not of the same tokens.", "Record both with the same ids: model.trace(first.token_ids).")
    ours, theirs = choices(first, where), choices(second, where)

    def count(other: Choices, layer: int) -> np.ndarray:
        if of == "overlap":
            alike = (ours.experts[layer][:, :, None] == other.experts[layer][:, None, :]).any(-1).mean(-1)
        else:
            p, q = (_softmax(side.logits[layer]) for side in (ours, other))
            alike = counting.entropy((p + q) / 2) - (counting.entropy(p) + counting.entropy(q)) / 2
        return mean_counts(ours, alike)

    source = OLMOE if of == "overlap" else "Lin, Divergence Measures Based on the Shannon Entropy (1991)"
    return measured(of, ("layer",), theirs, count, ratio, _reordered(theirs), source, seed)


def risk_difference(first, second, where_first=None, where_second=None, seed: int = 0) -> Measure:
    """(L, E) share of the first set's tokens that went to an expert, less the share of the second's: which experts one kind of text
    uses more. A set is a trace or a list. Chance: whole traces, or blocks of tokens where a set is one trace, handed out anew."""
    first, second = as_list(first), as_list(second)
    chosen = choices([*first, *second], [*masks(first, where_first), *masks(second, where_second)])
    in_first = chosen.text < len(first)
    if in_first.all() or not in_first.any():
        raise TraceError("One of the two sets has no token.", "Take other traces, or another `where`.")
    group = chosen.block if min(len(first), len(second)) == 1 else chosen.text
    now = [in_first]

    def count(chosen: Choices, layer: int) -> np.ndarray:
        return chosen.paired(np.stack([now[0], ~now[0]], 1).astype(np.float32), _and_ones(chosen.used(layer)))

    def shuffle(rng) -> Choices:
        now[0] = counting.shuffled(in_first, group, rng)
        return chosen

    source = "Fayyaz et al., SteerMoE (2025)"
    return measured("risk_difference", ("layer", "expert"), chosen, count, lambda counts: np.subtract(*_share(counts)), shuffle, source, seed)


def by(field: str, measure: Callable[..., Measure], traces, **options) -> dict[str, Measure]:
    """A measure for the tokens of each "channel", "role" or "turn" apart; those outside any message are left out."""
    if field not in ("channel", "role", "turn"):
        raise TraceError(f"A trace has no {field!r} to measure by.", "Choose channel, role or turn.")
    listed = as_list(traces)
    values = [value for trace in listed for value in (trace.turns.tolist() if field == "turn" else getattr(trace, f"{field}s"))]
    found = [value for value in dict.fromkeys(values) if value not in ("", -1)]
    if not found:
        raise TraceError(f"No token here has a {field}.", "Take reply.trace of a chat.")
    return {str(value): measure(listed, where=[trace.where(**{field: value}) for trace in listed], **options) for value in found}


def _of_load(name, axes, finish, source, traces, where, seed) -> Measure:
    """A measure of how many tokens went to each expert. Chance: random choices."""
    chosen = choices(traces, where)
    shape = chosen.experts.shape[1:]

    def null(rng):
        return lambda layer: counting.random_counts(*shape, chosen.n_experts, rng)

    return beside(name, axes, chosen, lambda chosen, layer: chosen.summed(chosen.used(layer)), finish, null, source, seed)


def _reordered(chosen: Choices):
    def shuffle(rng) -> Choices:
        order = rng.permutation(chosen.n_tokens)
        return replace(chosen, experts=chosen.experts[:, order], logits=chosen.logits[:, order])

    return shuffle


def _relabelled(chosen: Choices, label: Labels):
    def shuffle(rng) -> Choices:
        label.shuffle(rng)
        return chosen

    return shuffle


def _and_ones(used: np.ndarray) -> np.ndarray:
    return np.concatenate([used, np.ones((len(used), 1), np.float32)], axis=1)


def _share(counts: np.ndarray) -> np.ndarray:
    """(n, E) of counts (n, E + 1) whose last column is the number of tokens."""
    return divided(counts[:, :-1], counts[:, -1:])


def _shares(counts: np.ndarray) -> np.ndarray:
    return divided(counts, counts.sum())


def _softmax(logits: np.ndarray) -> np.ndarray:
    shares = np.exp(logits - logits.max(-1, keepdims=True), dtype=np.float64)
    return shares / shares.sum(-1, keepdims=True)
