"""The router kernels under Triton's interpreter against reference.route: the choice must not differ at all."""

import numpy as np
import pytest
import torch

pytest.importorskip("triton")

from gptoss_nb.kernels import _router, reference  # noqa: E402

NAN = float("nan")
INF = float("inf")


def routed_one(resid, norm, weight, bias, n_active, selection, logit, position=3, n=5, rows=1):
    """logits, ids, weights of `route_one`, which must be the same in the record and for the experts."""
    n_experts = len(weight)
    logits_out, weights_out = torch.full((n, 2 * n_experts), NAN)[:, :n_experts], torch.full((n, n_active + 1), NAN)[:, :n_active]
    ids_out = torch.full((n, 2 * n_active), -7, dtype=torch.int16)[:, :n_active]
    chosen, chosen_weights = torch.full((n_active,), -7, dtype=torch.int32), torch.full((n_active,), NAN)
    scratch, counter = torch.full((n_experts,), NAN), torch.zeros(1, dtype=torch.int32)
    record, at = (logits_out, ids_out, weights_out), torch.tensor([position])
    _router.route_one(
        resid, norm, 1e-5, weight, bias, selection, logit, at, *record, chosen, chosen_weights, scratch, counter, rows=rows
    )  # fmt: skip
    assert counter.item() == 0
    assert torch.equal(chosen.long(), ids_out[position].long())
    assert torch.allclose(chosen_weights, weights_out[position], rtol=0, atol=0, equal_nan=True)
    others = torch.arange(n) != position
    assert logits_out[others].isnan().all() and (ids_out[others] == -7).all() and weights_out[others].isnan().all()
    return logits_out[position], ids_out[position].long(), weights_out[position]


def edits(kind, n_experts):
    selection, logit = torch.zeros(n_experts), torch.zeros(n_experts)
    if kind == "ablated":
        selection[: n_experts // 3] = -INF
    elif kind == "forced two":
        selection[1] = selection[n_experts - 1] = 1e9
    elif kind == "forced and ablated":
        selection[[0, 2]], selection[3] = 1e9, -INF
    elif kind == "boosted":
        logit += torch.randn(n_experts) * 2
        selection += torch.randn(n_experts)
    return selection, logit


KINDS = ["none", "ablated", "forced two", "forced and ablated", "boosted"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_experts, n_active, dim", [(4, 2, 64), (5, 1, 64), (16, 4, 192), (32, 4, 2880), (128, 8, 192), (24, 8, 96)])
def test_route_one(kind, n_experts, n_active, dim):
    if kind == "forced and ablated" and n_experts - 1 < n_active:
        pytest.skip("too few experts left")
    for dtype, rows in ((torch.float32, 1 if n_experts < 64 else 16), (torch.bfloat16, 4)):
        resid, norm = torch.randn(dim) * 50, torch.rand(dim).to(dtype) + 0.5
        weight, bias = (torch.randn(n_experts, dim) * 2 / dim**0.5).to(dtype), torch.randn(n_experts).to(dtype)
        selection, logit = edits(kind, n_experts)
        normed = reference.rms_norm(resid[None], norm.float(), 1e-5)
        logits, ids, weights = reference.route(normed, weight.float(), bias.float(), n_active, selection, logit)
        got_logits, got_ids, got_weights = routed_one(resid, norm, weight, bias, n_active, selection, logit, rows=rows)
        assert float((got_logits - logits[0]).norm() / logits.norm()) < 1e-5
        assert torch.equal(got_ids, ids[0])
        assert torch.allclose(got_weights, weights[0], rtol=0, atol=1e-5)


def tied_logits(n_tokens, n_experts):
    """Of few values, so that every row has ties at the border of the choice and inside it."""
    return torch.randint(-2, 3, (n_tokens, n_experts)).float()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_experts, n_active", [(4, 2), (16, 4), (32, 4), (128, 4), (24, 8)])
def test_route_is_exact_with_ties_and_edits(kind, n_experts, n_active):
    selection, logit = edits(kind, n_experts)
    if kind == "boosted":  # whole numbers keep the ties
        selection, logit = selection.round(), logit.round()
    extreme = torch.randn(7, n_experts) * torch.tensor([1e-30, 1e-3, 1.0, 1e3, 1e8, 1e30, 1e38])[:, None]
    logits = torch.cat([tied_logits(20, n_experts), torch.zeros(1, n_experts), extreme.clamp(-1.5e38, 1.5e38)])
    strided = torch.cat([logits, logits], dim=1)[:, :n_experts]
    ids, weights = _router.route(strided, selection, logit, n_active)
    _, wanted, wanted_weights = reference.route(logits, torch.eye(n_experts), torch.zeros(n_experts), n_active, selection, logit)
    assert ids.dtype is torch.int64 and torch.equal(ids, wanted)
    assert torch.allclose(weights, wanted_weights, rtol=1e-6, atol=1e-7)


def test_route_without_edits_is_route_with_zeros():
    logits, zeros = tied_logits(7, 16), torch.zeros(16)
    for given in ((None, None), (zeros, None), (None, zeros)):
        for got, wanted in zip(_router.route(logits, *given, 4), _router.route(logits, zeros, zeros, 4), strict=True):
            assert torch.equal(got, wanted)
    ids, weights = _router.route(torch.empty(0, 16), None, None, 4)
    assert ids.shape == weights.shape == (0, 4)


@pytest.mark.parametrize("n_experts", [4, 32])
def test_ties_of_one_token_go_to_the_lower_id(n_experts):
    dim, zeros = 64, torch.zeros(n_experts)
    bias = torch.randint(-1, 2, (n_experts,)).float()
    selection = torch.zeros(n_experts)
    selection[n_experts - 2 :] = 1e9  # forced first, ordered by their own logits
    for select in (zeros, selection):
        wanted = reference.route(torch.zeros(1, dim), torch.zeros(n_experts, dim), bias, 3, select, zeros)
        got = routed_one(torch.randn(dim), torch.ones(dim), torch.zeros(n_experts, dim), bias, 3, select, zeros)
        assert torch.equal(got[0], bias) and torch.equal(got[1], wanted[1][0])


@pytest.mark.parametrize("broken", [NAN, INF, -INF])
def test_ids_stay_in_range_whatever_the_logits(broken):
    zeros, one = torch.zeros(16), torch.where(torch.arange(16) % 5 == 1, broken, 0.0)
    with np.errstate(all="ignore"):
        several = [_router.route(logits[None], zeros, zeros, 4)[0][0] for logits in (torch.full((16,), broken), one)]
        several.append(routed_one(torch.full((64,), broken), torch.ones(64), torch.randn(16, 64), zeros, 4, zeros, zeros)[1])
    for ids in several:
        assert len(set(ids.tolist())) == 4 and ids.min() >= 0 and ids.max() < 16


def test_steps_follow_one_another_on_the_same_buffers():
    n_experts, n_active, dim = 16, 4, 64
    weight, bias, norm, zeros = torch.randn(n_experts, dim), torch.randn(n_experts), torch.ones(dim), torch.zeros(n_experts)
    logits_out, ids_out = torch.full((3, n_experts), NAN), torch.full((3, n_active), -7, dtype=torch.int16)
    weights_out, scratch, counter = torch.full((3, n_active), NAN), torch.full((n_experts,), NAN), torch.zeros(1, dtype=torch.int32)
    chosen, chosen_weights = torch.empty(n_active, dtype=torch.int32), torch.empty(n_active)
    resid = torch.randn(3, dim)
    for position in range(3):
        record = torch.tensor([position]), logits_out, ids_out, weights_out
        _router.route_one(resid[position], norm, 1e-5, weight, bias, zeros, zeros, *record, chosen, chosen_weights, scratch, counter)
    wanted = reference.route(reference.rms_norm(resid, norm, 1e-5), weight, bias, n_active)
    assert torch.equal(ids_out.long(), wanted[1]) and torch.allclose(logits_out, wanted[0], atol=1e-4)
    assert torch.allclose(weights_out, wanted[2], atol=1e-5) and counter.item() == 0
