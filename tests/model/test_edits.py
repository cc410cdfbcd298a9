"""Edits: each equals the same change made by hand in a second, plain forward pass written here."""

import json
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch

from gptoss_nb.errors import EditError
from gptoss_nb.kernels import reference
from gptoss_nb.model import rope
from gptoss_nb.model.edits import NO_EDITS, Edits
from gptoss_nb.model.sequence import Sequence

N = 30


@dataclass
class Change:
    """What is different in one forward pass, by layer."""

    off: set = field(default_factory=set)  # (layer, expert)
    forced: set = field(default_factory=set)
    boost: dict = field(default_factory=dict)  # (layer, expert): number
    head: dict = field(default_factory=dict)  # (layer, head): gain
    added: dict = field(default_factory=dict)  # layer: vector


def by_hand(model, ids, change):
    """(logits, chosen experts of each layer and token), token by token and expert by expert."""
    c, w = model.config, model.weights
    turn = torch.polar(torch.tensor(rope.concentration(c)), torch.arange(len(ids))[:, None, None] * rope.frequencies(c))
    x, choices = w.embedding[ids], []
    for n, layer in enumerate(w.layers):
        normed = x / (x.square().mean(-1, keepdim=True) + c.norm_eps).sqrt() * layer.attn_norm
        q, k, v = (normed @ layer.qkv.T + layer.qkv_bias).view(len(ids), -1, c.head_dim).split([c.n_heads, c.n_kv_heads, c.n_kv_heads], 1)
        distance = torch.arange(len(ids))[:, None] - torch.arange(len(ids))
        mask = (distance >= 0) & (distance < (c.sliding_windows[n] or len(ids)))
        q, k = (torch.view_as_real(torch.complex(*part.chunk(2, -1)) * turn).mT.flatten(-2) for part in (q, k))
        heads = reference.attention(q, k, v, layer.sinks, mask).view(len(ids), c.n_heads, c.head_dim).clone()
        for (at, head), gain in change.head.items():
            heads[:, head] *= gain if at == n else 1
        x = x + heads.flatten(1) @ layer.out.T + layer.out_bias
        normed = x / (x.square().mean(-1, keepdim=True) + c.norm_eps).sqrt() * layer.mlp_norm
        gate_up, down = layer.gate_up.dequantize(), layer.down.dequantize()
        rows, chosen = [], []
        for token in normed:
            scores = (layer.router @ token + layer.router_bias).tolist()
            scores = [s + change.boost.get((n, e), 0) for e, s in enumerate(scores)]
            ranked = sorted(range(c.n_experts), key=lambda e: ((n, e) in change.off, (n, e) not in change.forced, -scores[e], e))
            picked = sorted(ranked[: c.experts_per_token], key=lambda e: (-scores[e], e))
            share = torch.tensor([scores[e] for e in picked]).softmax(0)
            hidden = [reference.swiglu(gate_up[e] @ token + layer.gate_up_bias[e], c.swiglu_limit) for e in picked]
            rows.append(sum(s * (down[e] @ h + layer.down_bias[e]) for s, e, h in zip(share, picked, hidden, strict=True)))
            chosen.append(picked)
        x = x + torch.stack(rows) + change.added.get(n, 0)
        choices.append(chosen)
    return x / (x.square().mean(-1, keepdim=True) + c.norm_eps).sqrt() * w.norm @ w.unembedding.T, torch.tensor(choices)


@pytest.fixture(scope="module")
def ids(random_ids):
    return random_ids(N)


@pytest.fixture(scope="module")
def run(transformer, ids):
    """`run(edits)`: (logits, [(router logits, ids, weights) of a layer])."""

    def forward(edits):
        sequence = Sequence(transformer.config, N, "cpu")
        return transformer.forward(ids, sequence, edits.tensors(transformer.config)), sequence.routing

    return forward


VECTOR = tuple(torch.linspace(-1, 1, 128).tolist())
CASES = {
    "none": (Edits(), Change()),
    "ablate": (Edits().ablate_expert(1, 3).ablate_expert(1, 0), Change(off={(1, 3), (1, 0)})),
    "ablate until A are left": (
        Edits().ablate_expert(2, 0).ablate_expert(2, 1).ablate_expert(2, 2).ablate_expert(2, 3),
        Change(off={(2, 0), (2, 1), (2, 2), (2, 3)}),
    ),
    "boost": (Edits().boost_expert(0, 5, by=1.5).boost_expert(0, 5, by=-0.5), Change(boost={(0, 5): 1.0})),
    "boost below": (Edits().boost_expert(3, 2, by=-40.0), Change(boost={(3, 2): -40.0})),
    "force": (Edits().force_expert(2, 6), Change(forced={(2, 6)})),
    "force more than A": (
        Edits().force_expert(1, 7).force_expert(1, 6).force_expert(1, 5).force_expert(1, 4).force_expert(1, 3),
        Change(forced={(1, e) for e in range(3, 8)}),
    ),
    "head off": (Edits().scale_head(1, 5, 0.0), Change(head={(1, 5): 0.0})),
    "head scaled twice": (Edits().scale_head(0, 2, -2.0).scale_head(0, 2, 1.5), Change(head={(0, 2): -3.0})),
    "residual": (Edits().add_residual(1, VECTOR).add_residual(1, VECTOR), Change(added={1: 2 * torch.tensor(VECTOR)})),
    "all at once": (
        Edits().ablate_expert(0, 1).force_expert(0, 2).boost_expert(0, 3, 0.7).scale_head(2, 0, 2.0).add_residual(0, VECTOR),
        Change(off={(0, 1)}, forced={(0, 2)}, boost={(0, 3): 0.7}, head={(2, 0): 2.0}, added={0: torch.tensor(VECTOR)}),
    ),
}


@pytest.mark.parametrize("edits, change", CASES.values(), ids=CASES.keys())
def test_equals_the_change_made_by_hand(transformer, ids, run, close, edits, change):
    logits, routing = run(edits)
    wanted, chosen = by_hand(transformer, ids, change)
    assert torch.equal(torch.stack([r[1] for r in routing]), chosen)
    close(logits, wanted, "whole model")
    if edits:
        assert not torch.equal(logits, run(Edits())[0]), "the edit does something"


@pytest.mark.parametrize("layer", range(4))
def test_each_expert_and_head_in_turn(transformer, ids, run, close, layer):
    for expert in range(transformer.config.n_experts):
        logits, routing = run(Edits().ablate_expert(layer, expert))
        wanted, chosen = by_hand(transformer, ids, Change(off={(layer, expert)}))
        assert torch.equal(torch.stack([r[1] for r in routing]), chosen) and not (chosen[layer] == expert).any()
        close(logits, wanted, "whole model")
    for head in range(transformer.config.n_heads):
        wanted, _ = by_hand(transformer, ids, Change(head={(layer, head): 0.0}))
        close(run(Edits().scale_head(layer, head, 0.0))[0], wanted, "whole model")


def test_identity_edits_change_no_bit(transformer, run):
    config = transformer.config
    plain, _ = run(Edits())
    neutral = Edits().boost_expert(1, 2, by=0.0).scale_head(0, 3, 1.0).add_residual(2, [0.0] * config.hidden_size)
    assert torch.equal(run(neutral)[0], plain)
    assert Edits().tensors(config) is NO_EDITS
    assert torch.equal(run(Edits().force_expert(0, 1).scale_head(0, 1, 1.0))[0], run(Edits().force_expert(0, 1))[0])


def test_recorded_router_logits_are_those_before_edits(transformer, run):
    plain, edited = run(Edits())[1], run(Edits().boost_expert(0, 5, 3.0).ablate_expert(0, 2).force_expert(0, 1))[1]
    assert torch.equal(plain[0][0], edited[0][0])
    assert (edited[0][1] == 1).any(-1).all() and not (edited[0][1] == 2).any()


@pytest.mark.parametrize(
    "edits, said",
    [
        (Edits().ablate_expert(4, 0), "layer 4"),
        (Edits().ablate_expert(-1, 0), "layer -1"),
        (Edits().ablate_expert(0, 8), "expert 8"),
        (Edits().force_expert(0, -1), "expert -1"),
        (Edits().boost_expert(0, True, 1.0), "expert True"),
        (Edits().boost_expert("0", 1, 1.0), "layer '0'"),
        (Edits().ablate_expert(1.0, 1), "layer 1.0"),
        (Edits().scale_head(0, 8, 1.0), "head 8"),
        (Edits().add_residual(0, [1.0] * 127), "127"),
        (Edits().add_residual(9, [1.0] * 128), "layer 9"),
        (Edits().boost_expert(0, 1, 1e300), "float32"),
        (Edits().scale_head(0, 1, 1e30).scale_head(0, 1, 1e30), "float32"),
        (Edits().ablate_expert(0, 0).ablate_expert(0, 1).ablate_expert(0, 2).ablate_expert(0, 3).ablate_expert(0, 4), "3 experts"),
    ],
)
def test_what_the_model_cannot_do(transformer, edits, said):
    with pytest.raises(EditError, match=said) as caught:
        edits.tensors(transformer.config)
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, "x", [1.0], 10**400])
def test_numbers_that_are_none(value):
    uses = [(Edits().boost_expert, (0, 0, value)), (Edits().scale_head, (0, 0, value)), (Edits().add_residual, (0, [value]))]
    for make, arguments in uses:
        with pytest.raises(EditError):
            make(*arguments)


def test_a_vector_that_is_none():
    with pytest.raises(EditError):
        Edits().add_residual(0, 5)


def test_arrays_and_their_numbers_are_taken(transformer):
    vector = torch.linspace(-1, 1, 128, requires_grad=True)
    assert Edits().add_residual(1, vector) == Edits().add_residual(1, VECTOR) == Edits().add_residual(1, vector.detach().numpy())
    edits = Edits().ablate_expert(np.int64(1), torch.tensor(3)).scale_head(np.argmax([0, 1]), 0, np.float32(0.5))
    assert edits == Edits().ablate_expert(1, 3).scale_head(1, 0, 0.5)
    edits.tensors(transformer.config)


def test_edits_are_values():
    first = Edits().ablate_expert(3, 7)
    first.scale_head(0, 0, 0.0)
    assert first == Edits().ablate_expert(3, 7) and hash(first) == hash(Edits().ablate_expert(3, 7))
    assert str(first.scale_head(2, 5, 0.0)) == "L03.E07=off L02.H05=0"
    assert not Edits() and first


@pytest.mark.parametrize("edits", [case[0] for case in CASES.values()], ids=CASES.keys())
def test_there_and_back_through_json(edits):
    assert Edits.from_dicts(json.loads(json.dumps(edits.as_dicts()))) == edits


ABLATE = {"kind": "ablate", "layer": 0, "index": 0, "value": None}


@pytest.mark.parametrize(
    "values",
    [None, 1, "x", {}, [None], [[]], [1], [{}], [{"kind": "ablate"}], [ABLATE | {"kind": "eval"}], [ABLATE | {"kind": []}],
     [ABLATE | {"kind": "boost"}], [ABLATE | {"kind": "boost", "value": {}}], [ABLATE | {"kind": "boost", "value": 10**400}],
     [ABLATE | {"kind": "residual", "value": 3}], [ABLATE | {"kind": "residual", "value": {"a": 1}}],
     [ABLATE | {"kind": "residual", "value": "many"}], [ABLATE | {"layer": 10**400}], [ABLATE | {"layer": "0"}],
     [ABLATE | {"layer": []}], [ABLATE | {"index": {}}], [ABLATE | {"index": None}], [ABLATE | {"layer": float("nan")}],
     [ABLATE | {"kind": "residual", "value": []}], [ABLATE | {"kind": "residual", "value": [[1.0]]}]],
)  # fmt: skip
def test_what_as_dicts_did_not_write_is_an_edit_error(transformer, values):
    with pytest.raises(EditError) as caught:
        Edits.from_dicts(values).tensors(transformer.config)
    assert len(str(caught.value).splitlines()) == 2


def test_edits_are_read_as_they_are_written():
    edits = Edits().ablate_expert(3, 7).boost_expert(5, 2, by=2.0).boost_expert(5, 3, by=-0.25).force_expert(5, 3).scale_head(2, 5, 0.0)
    assert Edits.parse(str(edits)) == edits == Edits.parse(str(edits).split())
    assert Edits.parse("l3.e7=OFF L12.H05=-1.5 L0.e1=+1e-3") == Edits().ablate_expert(3, 7).scale_head(12, 5, -1.5).boost_expert(0, 1, 0.001)
    exact = Edits().boost_expert(0, 1, by=0.123456789).scale_head(0, 1, 1 / 3)
    assert Edits.parse(str(exact)) == exact
    assert not Edits.parse("  ") and Edits.parse("L0.E1=off") + Edits.parse("L0.E2=off") == Edits().ablate_expert(0, 1).ablate_expert(0, 2)


@pytest.mark.parametrize("word", ["", "L0", "L0.E1", "L0.E1=", "L0.E1=2", "L0.E1=of", "L0.H1=off", "L0.H1=x", "L-1.E1=off", "L0.E1=+nan", "L٣.E1=off", "L0.E1=+1=1", "L0.E1=+", 5, None])
def test_words_that_are_no_edits(word):
    with pytest.raises(EditError) as caught:
        Edits.parse([word])
    assert len(str(caught.value).split("\n")) == 2
