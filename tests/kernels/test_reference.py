"""The reference operations: against the golden data, both layouts, and by their own definitions."""

from dataclasses import replace

import pytest
import torch

from gptoss_nb.checkpoint.read import read
from gptoss_nb.config import ModelConfig
from gptoss_nb.kernels import reference
from gptoss_nb.kernels.mxfp4 import quantize
from gptoss_nb.model import rope
from gptoss_nb.model.sequence import Sequence, visible
from gptoss_nb.model.transformer import Transformer

ARCHITECTURE_20B = dict(head_dim=64, original_context=4096, rope_theta=150000.0, rope_factor=32.0)


class Everything:
    """A recorder that keeps all it is shown."""

    def __init__(self):
        self.resid_post, self.patterns = {}, {}

    def residual(self, name, layer, positions, resid):
        if name == "resid_post":
            self.resid_post[layer] = resid

    def attention(self, layer, positions, key_positions, q, keys, sinks, mask):
        self.patterns[layer] = reference.attention_pattern(q, keys, sinks, mask)


@pytest.fixture(scope="module", params=["hf", "openai"])
def run(request, golden, expected):
    """(logits, routing of each layer, what the recorder saw, config) of the golden tokens."""
    config = ModelConfig.load(golden / request.param)
    model = Transformer(config, read(golden / request.param, config), reference)
    ids, seen = expected["token_ids"], Everything()
    sequence = Sequence(config, len(ids), ids.device)
    return model.forward(ids, sequence, record=seen), sequence.routing, seen, config


def test_golden_logits(run, expected, close):
    close(run[0], expected["logits"], "whole model")


def test_golden_routing(run, expected, close):
    for n, (logits, ids, weights) in enumerate(run[1]):
        assert torch.equal(ids, expected[f"expert_ids.{n}"])
        close(logits, expected[f"router_logits.{n}"], "inside")
        close(weights, expected[f"expert_weights.{n}"], "inside")


def test_golden_residuals_and_attention(run, expected, close):
    seen, config = run[2:]
    for n in range(config.n_layers):
        pattern, sink_mass = seen.patterns[n]
        close(seen.resid_post[n], expected[f"resid_post.{n}"], "inside")
        close(pattern, expected[f"attn_pattern.{n}"], "inside")
        close(sink_mass, expected[f"sink_mass.{n}"], "inside")
        close(pattern.sum(-1), 1 - sink_mass, "one operation")


def test_yarn_numbers_of_20b(transformer):
    config = replace(transformer.config, **ARCHITECTURE_20B)
    assert rope.parts(config) == pytest.approx((8.0928, 17.3980), abs=5e-5)
    assert rope.concentration(config) == pytest.approx(1.3465736, abs=5e-8)
    plain = 150000.0 ** -(torch.arange(32) / 32)
    found = rope.frequencies(config)
    assert torch.equal(found[:9], plain[:9]), "below the lower bound a frequency is kept"
    torch.testing.assert_close(found[18:], plain[18:] / 32, rtol=1e-6, atol=0)
    kept = 1 - (17 - 8.0928) / (17.3980 - 8.0928)  # bounds that were floored and ceiled would give 0.1
    torch.testing.assert_close(found[17], plain[17] * (kept + (1 - kept) / 32), rtol=1e-4, atol=0)


def test_rope_turns_halves_not_pairs(close):
    x, angle = torch.randn(5, 2, 8), torch.rand(5, 4)
    turned = reference.rotate(x, *rope.angles((angle.cos(), angle.sin()), torch.arange(5)))
    wanted = torch.view_as_complex(torch.stack([x[..., :4], x[..., 4:]], -1)) * torch.polar(torch.ones(5, 1, 4), angle[:, None])
    close(turned, torch.cat([wanted.real, wanted.imag], -1), "one operation")


def test_route_takes_the_lower_id_of_two_equal_ones():
    logits = torch.tensor([[1.0, 3, 2, 3, 2, 2, 0, 3], [0.0] * 8])
    _, ids, weights = reference.route(logits, torch.eye(8), torch.zeros(8), 4)
    assert ids.tolist() == [[1, 3, 7, 2], [0, 1, 2, 3]]
    assert weights[1].tolist() == [0.25] * 4
    assert weights[0].sum() == pytest.approx(1)


def test_route_ranks_what_was_forced_by_its_own_logits():
    logits, forced = torch.tensor([[4.0, 3, 2, 1, 0.5, 0.25]]), torch.tensor([0.0, 0, 0, 0, 1e9, 1e9])
    _, ids, weights = reference.route(logits, torch.eye(6), torch.zeros(6), 3, selection_bias=forced)
    assert ids.tolist() == [[0, 4, 5]], "best first, and the better two of the forced come before the rest"
    torch.testing.assert_close(weights[0], torch.tensor([4.0, 0.5, 0.25]).softmax(-1))
    assert reference.route(logits, torch.eye(6), torch.zeros(6), 1, selection_bias=forced)[1].tolist() == [[4]]


def test_swiglu_clamps_gate_above_and_up_on_both_sides():
    def at(gate, up):
        return float(reference.swiglu(torch.tensor([float(gate), float(up)]), limit=7.0))

    def exact(gate, up):
        return gate / (1 + 2.718281828459045 ** (-1.702 * gate)) * (up + 1)

    assert at(100, 2) == pytest.approx(exact(7, 2))
    assert at(-9, 2) == pytest.approx(exact(-9, 2)) != pytest.approx(exact(-7, 2)), "gate is not clamped below"
    assert at(1, 100) == pytest.approx(exact(1, 7))
    assert at(1, -100) == pytest.approx(exact(1, -7))


def test_attention_reads_its_group_and_gives_the_sink_its_share(close):
    q, k, v, sinks = torch.randn(3, 4, 8), torch.randn(5, 2, 8), torch.randn(5, 2, 8), torch.randn(4)
    mask = visible(torch.arange(2, 5), torch.arange(5), window=3)
    pattern, sink_mass = reference.attention_pattern(q, k, sinks, mask)
    out = reference.attention(q, k, v, sinks, mask).unflatten(-1, (4, 8))
    for head in range(4):
        for query in range(3):
            seen = [key for key in range(5) if 0 <= query + 2 - key < 3]
            scores = torch.stack([q[query, head] @ k[key, head // 2] / 8**0.5 for key in seen] + [sinks[head]]).softmax(0)
            close(pattern[head, query, seen], scores[:-1], "one operation")
            close(sink_mass[head, query], scores[-1], "one operation")
            close(out[query, head], sum(p * v[key, head // 2] for p, key in zip(scores, seen, strict=False)), "one operation")
    assert pattern[:, 0, 3:].eq(0).all() and pattern[:, 2, :2].eq(0).all()


def moe(n_tokens, packed, n_experts=8, skip=()):
    """Arguments of `experts`, no token with an expert in `skip`."""
    make = torch.Generator().manual_seed(n_tokens)
    d, f = 64, 32
    x, gate_up, down = (torch.randn(s, generator=make) for s in ((n_tokens, d), (n_experts, 2 * f, d), (n_experts, d, f)))
    gate_up_bias, down_bias = torch.randn(n_experts, 2 * f, generator=make), torch.randn(n_experts, d, generator=make)
    scores = torch.randn(n_tokens, n_experts, generator=make)
    scores[:, list(skip)] = -torch.inf
    weights, ids = scores.topk(4)
    matrices = [quantize(gate_up), quantize(down)] if packed else [gate_up, down]
    return x, ids, weights.softmax(-1), matrices[0], gate_up_bias, matrices[1], down_bias, 7.0


def one_by_one(x, ids, weights, gate_up, gate_up_bias, down, down_bias, limit):
    gate_up, down = (m if isinstance(m, torch.Tensor) else m.dequantize() for m in (gate_up, down))
    rows = []
    for token, chosen, share in zip(x, ids, weights, strict=True):
        hidden = [reference.swiglu(gate_up[e] @ token + gate_up_bias[e], limit) for e in chosen]
        rows.append(sum(w * (down[e] @ h + down_bias[e]) for w, e, h in zip(share, chosen, hidden, strict=True)))
    return torch.stack(rows)


@pytest.mark.parametrize("packed", [True, False], ids=["packed", "plain"])
@pytest.mark.parametrize("n_tokens", [1, 7, 300])
def test_experts(n_tokens, packed, close):
    arguments = moe(n_tokens, packed, skip=[2])
    close(reference.experts(*arguments), one_by_one(*arguments), "one operation")


def test_experts_of_one_token_as_of_many(close):
    x, ids, weights, *rest = moe(7, packed=True)
    together = reference.experts(x, ids, weights, *rest)
    for n in range(7):
        close(reference.experts(x[n : n + 1], ids[n : n + 1], weights[n : n + 1], *rest), together[n : n + 1], "one operation")


def test_experts_in_batches(close):
    x, ids, weights, *rest = moe(6, packed=True)
    batched = reference.experts(x.view(2, 3, -1), ids.view(2, 3, -1), weights.view(2, 3, -1), *rest)
    close(batched.flatten(0, 1), reference.experts(x, ids, weights, *rest), "one operation")


@pytest.mark.parametrize("n_tokens", [1, 7, 299])
def test_a_prefix_does_not_see_what_follows(transformer, random_ids, close, n_tokens):
    ids = random_ids(300)
    close(transformer.forward(ids[:n_tokens]), transformer.forward(ids)[:n_tokens], "whole model")


def test_a_batch_is_its_rows(transformer, random_ids, close):
    ids = random_ids(40).view(2, 20)
    close(transformer.forward(ids)[1], transformer.forward(ids[1]), "whole model")


def test_gradients_reach_every_input():
    x, ids, weights, *rest = moe(5, packed=False)
    q, k, v, sinks = torch.randn(5, 4, 16), torch.randn(5, 1, 16), torch.randn(5, 1, 16), torch.randn(4)
    router, scale = torch.randn(8, 64), torch.randn(64)
    inputs = [x, rest[0], rest[1], rest[2], rest[3], q, k, v, sinks, router, scale]
    for tensor in inputs:
        tensor.requires_grad_()
    normed = reference.rms_norm(x, scale, 1e-5)
    _, ids, weights = reference.route(normed, router, torch.zeros(8), 4)
    mixed = reference.attention(reference.rotate(q, torch.rand(5, 1, 16), torch.rand(5, 1, 16)), k, v, sinks)
    (reference.experts(normed, ids, weights, *rest) + mixed).square().sum().backward()
    assert all(tensor.grad is not None and tensor.grad.isfinite().all() and tensor.grad.any() for tensor in inputs)
