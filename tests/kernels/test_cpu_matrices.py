"""Matrices in bfloat16 and packed experts of a real size, for one token and many, against the reference: each instruction set, any number
of threads, weights that begin at any byte of a read-only map."""

import mmap
import warnings

import pytest
import torch

from gptoss_nb.kernels import cpu_int8, cpu_ops, reference
from gptoss_nb.kernels.mxfp4 import Mxfp4Tensor

pytestmark = pytest.mark.skipif(not cpu_ops.available(), reason="the C++ code was not built: no compiler when the package was installed")


def off(made, wanted) -> float:
    return float((made - wanted).norm() / wanted.norm())


@pytest.fixture(params=[1, 2, 5], ids=lambda n: f"{n} threads")
def threads(request):
    """One, and more than there are cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def matrix(rows: int, n: int) -> torch.Tensor:
    return torch.randn(rows, n).bfloat16()


def packed(*shape: int) -> Mxfp4Tensor:
    *lead, n = shape
    return Mxfp4Tensor(torch.randint(256, (*lead, n // 32, 16), dtype=torch.uint8), torch.randint(115, 121, (*lead, n // 32), dtype=torch.uint8))


def moe(n_tokens: int, d: int = 2880, f: int = 160, n_experts: int = 5):
    """Arguments of `experts`, real width, few rows; one expert has no token."""
    x, ids = torch.randn(n_tokens, d), torch.stack([torch.randperm(n_experts - 1)[:3] for _ in range(n_tokens)])
    weights = torch.rand(n_tokens, 3).softmax(-1)
    return x, ids, weights, packed(n_experts, 2 * f, d), torch.randn(n_experts, 2 * f), packed(n_experts, d, f), torch.randn(n_experts, d), 7.0


@pytest.mark.parametrize("n_tokens", [1, 3, 7, 70])
@pytest.mark.parametrize("rows, n", [(1, 32), (37, 100), (700, 2880), (5, 31)])
@pytest.mark.usefixtures("level")
def test_linear(n_tokens, rows, n):
    x, weight, bias = torch.randn(n_tokens, n), matrix(rows, n), torch.randn(rows)
    for b in (None, bias):
        assert off(cpu_ops.linear(x, weight, b), reference.linear(x, weight, b)) < 1e-6


@pytest.mark.parametrize("n_tokens", [1, 7])
def test_several_matrices_one_below_the_other(n_tokens):
    x, parts, bias = torch.randn(n_tokens, 64), (matrix(40, 64), matrix(8, 64), matrix(8, 64)), torch.randn(56)
    assert off(cpu_ops.linear(x, parts, bias), reference.linear(x, torch.cat(parts), bias)) < 1e-6


@pytest.mark.parametrize("n_tokens", [1, 2, 7, 300])
@pytest.mark.usefixtures("level")
def test_experts_of_a_real_width(n_tokens):
    arguments = moe(n_tokens)
    assert off(cpu_ops.experts(*arguments), reference.experts(*arguments)) < 1e-6


def test_all_tokens_on_the_same_experts():
    x, ids, *rest = moe(70)
    ids = torch.tensor([[4, 0, 2]]).expand(70, 3)
    assert off(cpu_ops.experts(x, ids, *rest), reference.experts(x, ids, *rest)) < 1e-6


@pytest.mark.usefixtures("threads")
def test_any_number_of_threads_gives_the_same_bits():
    x, weight, arguments = torch.randn(1, 2880), matrix(3000, 2880), moe(1)
    made = cpu_ops.linear(x, weight), cpu_ops.experts(*arguments), cpu_int8.linear(x, weight), cpu_int8.experts(*arguments)
    torch.set_num_threads(1)
    alone = cpu_ops.linear(x, weight), cpu_ops.experts(*arguments), cpu_int8.linear(x, weight), cpu_int8.experts(*arguments)
    assert all(map(torch.equal, made, alone))


def test_two_callers_at_a_time():
    """The interpreter lock is released: both come in together."""
    from concurrent.futures import ThreadPoolExecutor

    x, weight = torch.randn(1, 2880), matrix(6000, 2880)
    wanted = cpu_ops.linear(x, weight)
    with ThreadPoolExecutor(4) as pool:
        assert all(torch.equal(made, wanted) for made in pool.map(lambda _: cpu_ops.linear(x, weight), range(40)))


@pytest.fixture(params=[0, 1, 7], ids=lambda n: f"{n} bytes further")
def mapped(request, tmp_path):
    """A function: the same tensor in a read-only map of a file, beginning so many bytes further."""

    def move(tensor: torch.Tensor) -> torch.Tensor:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}"
        path.write_bytes(b"\xff" * request.param + tensor.contiguous().view(torch.uint8).numpy().tobytes())
        with path.open("rb") as file:
            whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        with warnings.catch_warnings(action="ignore"):  # torch says once that it is read-only
            moved = torch.frombuffer(whole, dtype=tensor.dtype, offset=request.param, count=tensor.numel())
        return moved.view(tensor.shape)

    return move


@pytest.mark.parametrize("n_tokens", [1, 9])
@pytest.mark.usefixtures("level")
def test_weights_at_any_byte_of_a_read_only_map(n_tokens, mapped):
    x, weight = torch.randn(n_tokens, 2880), matrix(50, 2880)
    wanted, moved = reference.linear(x, weight), mapped(weight)
    assert off(cpu_ops.linear(x, moved), wanted) < 1e-6 and off(cpu_int8.linear(x, moved), wanted) < 1e-2
    arguments = moe(n_tokens)
    wanted = reference.experts(*arguments)
    moved = [Mxfp4Tensor(mapped(a.blocks), mapped(a.scales)) if isinstance(a, Mxfp4Tensor) else a for a in arguments]
    assert off(cpu_ops.experts(*moved), wanted) < 1e-6 and off(cpu_int8.experts(*moved), wanted) < 1.5e-2


def test_not_a_number_is_told():
    """In one element of the input, and infinities: what comes out is not finite either."""
    arguments = moe(1)
    for value in (torch.nan, torch.inf, -torch.inf):
        arguments[0][0, 17] = value
        for ops in (cpu_ops, cpu_int8):
            assert not ops.experts(*arguments).isfinite().any()
            assert not ops.linear(arguments[0], matrix(5, 2880)).isfinite().any()


@pytest.mark.parametrize("window", [None, 100])
def test_attention_of_many_queries_goes_in_parts(window, monkeypatch):
    n, n_heads, seen = 300, 8, 420
    q, k, v, sinks, gain = torch.randn(n, n_heads, 32), torch.randn(seen, 2, 32), torch.randn(seen, 2, 32), torch.randn(n_heads), torch.randn(n_heads)
    at, keys = torch.arange(seen - n, seen)[:, None], torch.arange(seen)
    mask = keys <= at if window is None else (keys <= at) & (keys > at - window)
    wanted = reference.attention(q, k, v, sinks, mask, gain)
    asked = []
    monkeypatch.setattr(cpu_ops, "SCORES", 0)
    monkeypatch.setattr(reference, "attention", lambda *a, own=reference.attention: asked.append(len(a[1])) or own(*a))
    assert off(cpu_ops.attention(q, k, v, sinks, mask, gain), wanted) < 1e-6
    assert len(asked) == 5 and max(asked) <= (seen if window is None else window + cpu_ops.QUERIES)


def test_attention_of_a_batch_and_of_queries_that_see_nothing(monkeypatch):
    monkeypatch.setattr(cpu_ops, "SCORES", 0)
    q, k, v, sinks = torch.randn(2, 70, 4, 32), torch.randn(2, 90, 2, 32), torch.randn(2, 90, 2, 32), torch.randn(4)
    mask = torch.ones(70, 90).tril(20).bool()
    assert torch.equal(cpu_ops.attention(q, k, v, sinks, mask), reference.attention(q, k, v, sinks, mask))
    mask[:64] = False
    assert off(cpu_ops.attention(q[0], k[0], v[0], sinks, mask), reference.attention(q[0], k[0], v[0], sinks, mask)) < 1e-6


def test_arguments_of_another_kind_go_to_the_reference():
    x, ids, weights, gate_up, gate_up_bias, *rest = moe(1)
    wanted = reference.experts(x, ids, weights, gate_up, gate_up_bias, *rest)
    apart = gate_up_bias.repeat_interleave(2, -1)[:, ::2]
    for arguments in ((ids.int(), weights, gate_up, gate_up_bias), (ids, weights, gate_up, apart)):
        assert off(cpu_ops.experts(x, *arguments, *rest), wanted) < 1e-5


# ---- in 8 bits


@pytest.mark.parametrize("n_tokens", [1, 3, 70])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
@pytest.mark.usefixtures("level")
def test_one_product_in_8_bits(n_tokens, dtype):
    """On real widths: about half a per cent."""
    x, weight, bias = torch.randn(n_tokens, 2880), torch.randn(700, 2880).to(dtype), torch.randn(700)
    error = off(cpu_int8.linear(x, weight, bias), reference.linear(x, weight, bias))
    assert error < 1e-2 and error > 1e-4, "in 8 bits, and not exactly"
    _, _, _, gate_up, *_ = moe(1)
    identity = (torch.zeros(1, 1, dtype=torch.long), torch.ones(1, 1))
    only = (gate_up[:1], torch.zeros(1, 320), packed(1, 2880, 160), torch.zeros(1, 2880), 7.0)
    assert off(cpu_int8.experts(x[:1], *identity, *only), cpu_ops.experts(x[:1], *identity, *only)) < 1.5e-2  # two products and SwiGLU


@pytest.mark.parametrize("n", [32, 64, 96, 160, 2880])
@pytest.mark.usefixtures("level")
def test_8_bits_are_the_same_sum_on_every_processor(n, monkeypatch):
    """Whole numbers in a block are added without an error, so that only the order of the blocks tells the instruction sets apart."""
    x, weight = torch.randn(1, n), matrix(90, n)
    made = cpu_int8.linear(x, weight)
    monkeypatch.setattr(cpu_ops, "_level", 0)
    assert off(made, cpu_int8.linear(x, weight)) < 1e-6


def test_matrices_in_8_bits_live_as_long_as_the_published_ones():
    weight = matrix(20, 64)
    before = len(cpu_int8._rounded)
    cpu_int8.linear(torch.randn(1, 64), weight)
    values, scales = cpu_int8._rounded[weight]
    assert values.abs().max() == 127 and cpu_int8.nbytes(weight.numel()) == values.nbytes + scales.nbytes
    back = values.unflatten(-1, (-1, 32)) * scales.float().unsqueeze(-1)
    assert (back.flatten(-2) - weight.float()).abs().max() <= scales.float().max() * 0.51
    del weight, values, scales
    assert len(cpu_int8._rounded) == before


def test_zeros_and_the_largest_numbers_in_8_bits():
    weight = torch.zeros(3, 64).bfloat16()
    weight[1], weight[2] = 3e38, -1e-38
    made = cpu_int8.linear(torch.ones(1, 64) * 1e-3, weight)
    assert made[0, 0] == 0 and off(made[0, 1:2], torch.tensor([64 * 3e35])) < 1e-2 and abs(made[0, 2]) < 1e-36


def test_a_weight_that_is_not_a_number_is_told_in_8_bits():
    weight = matrix(4, 64)
    weight[1, 40], weight[2, 3] = torch.nan, torch.inf
    assert cpu_int8.linear(torch.randn(1, 64), weight).isfinite().tolist() == [[True, False, False, True]]


def test_a_width_that_has_no_whole_blocks_stays_exact():
    from types import SimpleNamespace

    odd, even = matrix(40, 48), matrix(40, 64)
    cpu_int8.prepare(SimpleNamespace(unembedding=even, layers=(SimpleNamespace(qkv=(odd, odd), out=odd.half()),)))
    assert even in cpu_int8._rounded and odd not in cpu_int8._rounded
    x = torch.randn(1, 48)
    assert torch.equal(cpu_int8.linear(x, odd), reference.linear(x, odd))


def test_many_tokens_where_a_processor_has_no_products_of_bfloat16(monkeypatch):
    monkeypatch.setattr(cpu_int8, "product_dtype", lambda: torch.float32)
    x, weight, bias, arguments = torch.randn(70, 2880), matrix(600, 2880), torch.randn(600), moe(70)
    assert off(cpu_int8.linear(x, weight, bias), reference.linear(x, weight, bias)) < 1e-6
    assert off(cpu_int8.experts(*arguments), reference.experts(*arguments)) < 1e-6
