"""The C++ operations for one token against the reference, and all they are not for, which the reference does."""

import inspect

import pytest
import torch

from gptoss_nb.kernels import cpu_ops, reference
from gptoss_nb.kernels.mxfp4 import Mxfp4Tensor, quantize
from gptoss_nb.model.kv_cache import KVCache
from gptoss_nb.model.transformer import Transformer

pytestmark = pytest.mark.skipif(not cpu_ops.available(), reason="the C++ code was not built: no compiler when the package was installed")


@pytest.fixture
def calls(monkeypatch):
    """The C functions that were called, by name, in order."""
    made = []

    class Library:
        def __getattr__(self, name):
            made.append(name)
            return getattr(library, name)

    library = cpu_ops._library
    monkeypatch.setattr(cpu_ops, "_library", Library())
    return made


def test_same_names_and_signatures():
    def operations(module):
        return {name: f for name, f in vars(module).items() if inspect.isfunction(f) and not name.startswith("_")}

    wanted = operations(reference)
    ours = {name: f for name, f in operations(cpu_ops).items() if name in wanted}
    assert ours.keys() == wanted.keys() == set(cpu_ops.__all__) - {"available"}
    for name in wanted:
        assert list(inspect.signature(ours[name]).parameters.items()) == list(inspect.signature(wanted[name]).parameters.items())


@pytest.mark.parametrize("width", [1, 7, 128, 2880])
@pytest.mark.usefixtures("level")
def test_rms_norm(width, close, calls):
    x, scale = torch.randn(1, width) * 3, torch.randn(width)
    close(cpu_ops.rms_norm(x, scale, 1e-5), reference.rms_norm(x, scale, 1e-5), "one operation")
    assert calls == ["gn_rms_norm"]


def test_rms_norm_of_nothing_is_nothing():
    assert cpu_ops.rms_norm(torch.zeros(1, 8), torch.ones(8), 1e-5).eq(0).all()


def attention_inputs(seen, n_heads=8, n_kv_heads=2, head_dim=32):
    """q, k, v, sinks; keys and values are slices of one larger buffer, as in the cache."""
    buffer = torch.randn(2, seen + 5, n_kv_heads, head_dim)
    return torch.randn(1, n_heads, head_dim), buffer[0, :seen], buffer[1, :seen], torch.randn(n_heads)


@pytest.mark.parametrize("gain", [None, [0.0, 1, -2, 0.5, 1, 1, 3, 1]], ids=["plain", "gain"])
@pytest.mark.parametrize("seen", [1, 7, 31, 32, 33, 300])
@pytest.mark.usefixtures("level")
def test_attention(seen, gain, close, calls):
    inputs, gain = attention_inputs(seen), None if gain is None else torch.tensor(gain)
    close(cpu_ops.attention(*inputs, gain=gain), reference.attention(*inputs, gain=gain), "one operation")
    assert calls == ["gn_attention"]


def test_attention_with_room_between_positions(close, calls):
    q, _, _, sinks = attention_inputs(9)
    every = torch.randn(2, 9, 10, 32)
    k, v = every[0, :, 4:6], every[1, :, 4:6]  # two heads of ten
    close(cpu_ops.attention(q, k, v, sinks), reference.attention(q, k, v, sinks), "one operation")
    assert calls == ["gn_attention"]


@pytest.mark.parametrize("size", [1e3, -1e3], ids=["large scores", "large sinks"])
def test_attention_does_not_overflow(size, close):
    q, k, v, sinks = attention_inputs(20)
    inputs = (q * 1e3, k, v, sinks) if size > 0 else (q, k, v, sinks.abs() * 1e3)
    made = cpu_ops.attention(*inputs)
    close(made + 1, reference.attention(*inputs) + 1, "one operation")  # large sinks leave next to nothing: compared with 1


def moe(d=128, f=96, n_experts=8, scale=1.0):
    """Arguments of `experts` for one token, ids best first, as the router gives them."""
    gate_up, down = quantize(torch.randn(n_experts, 2 * f, d) * scale), quantize(torch.randn(n_experts, d, f))
    x, gate_up_bias, down_bias = torch.randn(1, d), torch.randn(n_experts, 2 * f), torch.randn(n_experts, d)
    _, ids, weights = reference.route(x, torch.randn(n_experts, d), torch.randn(n_experts), 4)
    return x, ids, weights, gate_up, gate_up_bias, down, down_bias, 7.0


@pytest.mark.parametrize("d, f", [(128, 96), (32, 128), (64, 32), (288, 160)])  # blocks in fours, and one, two or three left over
@pytest.mark.usefixtures("level")
def test_experts(d, f, close, calls):
    arguments = moe(d, f)
    assert arguments[2][0].tolist() == sorted(arguments[2][0].tolist(), reverse=True)
    close(cpu_ops.experts(*arguments), reference.experts(*arguments), "one operation")
    assert calls == ["gn_experts"]


@pytest.mark.usefixtures("level")
def test_experts_of_the_golden_checkpoint(transformer, close):
    c = transformer.config
    for layer in transformer.weights.layers:
        x = torch.randn(1, c.hidden_size)
        _, ids, weights = reference.route(x, layer.router, layer.router_bias, c.experts_per_token)
        arguments = (x, ids, weights, layer.gate_up, layer.gate_up_bias, layer.down, layer.down_bias, c.swiglu_limit)
        close(cpu_ops.experts(*arguments), reference.experts(*arguments), "one operation")


@pytest.mark.usefixtures("level")
def test_experts_weigh_each_its_own(close):
    x, ids, _, *rest = moe()
    for slot, expert in enumerate(ids[0].tolist()):
        alone = torch.zeros(1, 4).index_fill(1, torch.tensor([slot]), 1.0)
        one = reference.experts(x, torch.tensor([[expert]]), torch.ones(1, 1), *rest)
        close(cpu_ops.experts(x, ids, alone, *rest), one, "one operation")


# sizes for which the products are alike, around 5: larger ones run into the limit, which magnifies every rounding, plain torch's too
@pytest.mark.parametrize("scale, size", [(0, 1e33), (254, 3.5e-38)], ids=["2**-127", "2**127"])
@pytest.mark.usefixtures("level")
def test_experts_at_the_ends_of_the_scales(scale, size, close):
    x, ids, weights, gate_up, gate_up_bias, down, *rest = moe()
    codes = torch.randint(4, gate_up.blocks.shape, dtype=torch.uint8)  # up to 1.5: with 2, the largest scale overflows
    codes = codes | (torch.randint(4, codes.shape, dtype=torch.uint8) | 8) << 4
    extreme = Mxfp4Tensor(codes, torch.full_like(gate_up.scales, scale))
    arguments = (x * size, ids, weights, extreme, torch.zeros_like(gate_up_bias), down, torch.zeros_like(rest[0]), 7.0)
    wanted = reference.experts(*arguments)
    assert wanted.isfinite().all() and wanted.any()
    close(cpu_ops.experts(*arguments), wanted, "one operation")


@pytest.mark.parametrize("gate, up", [(100.0, 2.0), (-100.0, 2.0), (1.0, 100.0), (1.0, -100.0), (-3.0, 100.0)])
@pytest.mark.usefixtures("level")
def test_experts_clamp(gate, up, close):
    """Gate above 7 and up outside -7 .. 7 are cut; gate is not cut below. The biases alone decide: the matrix is zero."""
    x, ids, weights, gate_up, _, *rest = moe()
    bias = torch.tensor([gate, up]).repeat(8, 96)
    zero = Mxfp4Tensor(torch.zeros_like(gate_up.blocks), gate_up.scales)
    arguments = (x, ids, weights, zero, bias, *rest)
    close(cpu_ops.experts(*arguments), reference.experts(*arguments), "one operation")
    if gate > -50:
        unlimited = cpu_ops.experts(*arguments[:-1], 1e9)
        assert not torch.allclose(cpu_ops.experts(*arguments), unlimited), "the limit matters here"


@pytest.mark.usefixtures("level")
def test_a_whole_model_token_by_token(transformer, random_ids, close, calls):
    """Over the end of the window (16) of the golden checkpoint."""
    fast, ids = Transformer(transformer.config, transformer.weights, cpu_ops), random_ids(40)
    cache = KVCache(fast.config, 40, torch.float32, "cpu")
    with torch.inference_mode():
        made = torch.cat([fast.forward(token[None], cache) for token in ids])
    close(made, transformer.forward(ids), "whole model")
    layers = fast.config.n_layers
    assert (calls.count("gn_attention"), calls.count("gn_experts"), calls.count("gn_rms_norm")) == (
        40 * layers, 40 * layers, 40 * (2 * layers + 1))  # fmt: skip


# ---- what the C++ code is not for: the reference's own numbers, bit by bit, and no function of it called


def several_tokens():
    x, ids, weights, *rest = moe()
    q, k, v, sinks = attention_inputs(9)
    return (torch.cat([x, x]), ids.repeat(2, 1), weights.repeat(2, 1), *rest), (q.repeat(2, 1, 1), k, v, sinks), torch.randn(3, 128)


def bfloat16():
    x, ids, weights, gate_up, gate_up_bias, down, down_bias, limit = moe()
    x, gate_up_bias, down_bias = x.bfloat16(), gate_up_bias.bfloat16(), down_bias.bfloat16()
    return (x, ids, weights, gate_up, gate_up_bias, down, down_bias, limit), tuple(t.bfloat16() for t in attention_inputs(9)), x


def wants_gradients():
    x, *rest = moe()
    q, *others = attention_inputs(9)
    return (x.requires_grad_(), *rest), (q.requires_grad_(), *others), x


def not_contiguous():
    x, *rest = moe()
    q, *others = attention_inputs(9)
    apart = x.repeat_interleave(2, -1)[:, ::2]
    return (apart, *rest), (q.repeat_interleave(2, -1)[..., ::2], *others), apart


@pytest.mark.parametrize("make", [several_tokens, bfloat16, wants_gradients, not_contiguous])
def test_everything_else_is_the_reference(make, calls):
    experts, attention, x = make()
    scale = torch.randn(x.shape[-1])
    assert torch.equal(cpu_ops.experts(*experts), reference.experts(*experts))
    assert torch.equal(cpu_ops.attention(*attention), reference.attention(*attention))
    assert torch.equal(cpu_ops.rms_norm(x, scale, 1e-5), reference.rms_norm(x, scale, 1e-5))
    assert calls == []


def test_plain_matrices_and_a_mask_go_to_the_reference(calls):
    x, ids, weights, gate_up, gate_up_bias, down, *rest = moe()
    arguments = (x, ids, weights, gate_up.dequantize(), gate_up_bias, down.dequantize(), *rest)
    assert torch.equal(cpu_ops.experts(*arguments), reference.experts(*arguments))
    inputs, mask = attention_inputs(9), torch.arange(9)[None] > 4
    assert torch.equal(cpu_ops.attention(*inputs, mask), reference.attention(*inputs, mask))
    assert calls == []


@pytest.mark.parametrize("wanted", ["k", "v", "sinks", "weights", "gate_up_bias", "scale"])
def test_gradients_of_any_input_are_kept(wanted):
    x, ids, weights, gate_up, gate_up_bias, down, down_bias, limit = moe()
    q, k, v, sinks = attention_inputs(9)
    scale = torch.randn(128)
    tensor = {"k": k, "v": v, "sinks": sinks, "weights": weights, "gate_up_bias": gate_up_bias, "scale": scale}[wanted].requires_grad_()
    made = [
        cpu_ops.attention(q, k, v, sinks),
        cpu_ops.experts(x, ids, weights, gate_up, gate_up_bias, down, down_bias, limit),
        cpu_ops.rms_norm(x, scale, 1e-5),
    ]
    sum(out.sum() for out in made).backward()
    assert tensor.grad is not None and tensor.grad.any()
