"""One token's matrix-vector kernels and the row kernels of prefill, under Triton's interpreter, against kernels/reference."""

import pytest
import torch

pytest.importorskip("triton")

from gptoss_nb.kernels import _matvec, _rows, reference  # noqa: E402

NAN = float("nan")
BOUNDS = {torch.float32: 1e-5, torch.bfloat16: 1e-2, torch.float16: 2e-3}
both = pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=["f32", "bf16"])


def near(actual, wanted, bound=1e-5):
    actual, wanted = actual.double(), wanted.double()
    assert actual.shape == wanted.shape and actual.isfinite().all()
    error = float((actual - wanted).norm() / wanted.norm())
    assert error < bound, f"off by {error:.2g}"


def angle_tables(n, half):
    turn = torch.rand(n, half) * 6
    return turn.cos() * 1.35, turn.sin() * 1.35


def projected(resid, norm, weights, bias, cos, sin, position, n_heads, n_kv_heads, head_dim):
    """q, k, v (heads, d) as the transformer has them."""
    normed = reference.rms_norm(resid[None], norm.float(), 1e-5)
    qkv = reference.linear(normed, torch.cat(weights).float(), bias.float()).view(1, -1, head_dim)
    cos, sin = (table[position].view(1, 1, -1) for table in (cos, sin))
    turned = reference.rotate(qkv, torch.cat([cos, cos], -1), torch.cat([-sin, sin], -1))[0]
    return turned[:n_heads], turned[n_heads : n_heads + n_kv_heads], qkv[0, n_heads + n_kv_heads :]


@both
@pytest.mark.parametrize("separate", [True, False], ids=["three weights", "one weight"])
@pytest.mark.parametrize(
    "dim, n_heads, n_kv_heads, head_dim, ring, position",
    [(64, 4, 1, 16, 8, 0), (64, 2, 1, 128, 8, 7), (192, 4, 2, 32, 32, 32), (192, 2, 2, 64, 5, 3), (2880, 2, 1, 64, 128, 300)],
)
def test_project(dtype, separate, dim, n_heads, n_kv_heads, head_dim, ring, position):
    heads = (n_heads, n_kv_heads, n_kv_heads)
    weights = tuple((torch.randn(n * head_dim, dim) / dim**0.5).to(dtype) for n in heads)
    bias = torch.randn(sum(heads) * head_dim).to(dtype)
    resid, norm = torch.randn(dim) * 30, torch.rand(dim).to(dtype) + 0.5
    cos, sin = angle_tables(position + 2, head_dim // 2)
    q_out = torch.full((n_heads * head_dim,), NAN)
    # keys and values of a layer lie in one buffer, and the kernel may write one slot of each
    cache = torch.full((ring, 2, n_kv_heads, head_dim), NAN, dtype=dtype)
    keys, values = cache.unbind(1)
    given = weights if separate else (torch.cat(weights),)
    kept = resid.clone()
    _matvec.project(resid, norm, 1e-5, given, bias, cos, sin, torch.tensor([position]), q_out, keys, values)
    q, k, v = projected(resid, norm, weights, bias, cos, sin, position, n_heads, n_kv_heads, head_dim)
    near(q_out.view(n_heads, head_dim), q)
    near(keys[position % ring], k, BOUNDS[dtype])
    near(values[position % ring], v, BOUNDS[dtype])
    others = torch.arange(ring) != position % ring
    assert cache[others].isnan().all() and torch.equal(resid, kept)


@both
@pytest.mark.parametrize("n_in, n_out", [(64, 64), (256, 192), (4096, 72), (96, 608)])
def test_add_linear(dtype, n_in, n_out):
    x, weight, bias = torch.randn(n_in), torch.randn(n_out, n_in).to(dtype), torch.randn(n_out).to(dtype)
    resid = torch.randn(n_out) * 10
    wanted = resid + weight.float() @ x + bias.float()
    _matvec.add_linear(x, weight, bias, resid)
    near(resid, wanted)


@both
@pytest.mark.parametrize("dim, vocab", [(64, 1), (192, 301), (2880, 45)])
@pytest.mark.parametrize("size", [1e-4, 1.0, 1e5])
def test_unembed(dtype, dim, vocab, size):
    resid, norm, weight = torch.randn(dim) * size, torch.randn(dim).to(dtype), torch.randn(vocab, dim).to(dtype)
    padded = torch.full((vocab + 16,), NAN)
    _matvec.unembed(resid, norm, 1e-5, weight, padded[:vocab])
    near(padded[:vocab], reference.linear(reference.rms_norm(resid, norm.float(), 1e-5), weight.float()))
    assert padded[vocab:].isnan().all()


def test_a_residual_of_zeros_has_logits_of_zero():
    logits = torch.full((9,), NAN)
    _matvec.unembed(torch.zeros(64), torch.ones(64), 1e-5, torch.randn(9, 64), logits)
    assert torch.equal(logits, torch.zeros(9))


@both
@pytest.mark.parametrize("dim", [64, 192, 2880])
def test_embed(dtype, dim):
    embedding, resid = torch.randn(11, dim).to(dtype), torch.full((dim,), NAN)
    for token in (0, 10):
        _matvec.embed(torch.tensor([token]), embedding, resid)
        assert torch.equal(resid, embedding[token].float())


@both
@pytest.mark.parametrize("n_tokens, dim", [(1, 64), (7, 192), (2, 2880), (60, 64), (0, 64)])
def test_norms_of_rows(dtype, n_tokens, dim):
    x, delta = (torch.randn(n_tokens, dim) * 30).to(dtype), torch.randn(n_tokens, dim).to(dtype)
    scale = torch.rand(dim).to(dtype) + 0.5
    strided = torch.cat([x, x], dim=1)[:, :dim]
    for given in (x, strided):
        assert (normed := _rows.rms_norm(given, scale, 1e-5)).dtype is dtype
        if n_tokens:
            near(normed, reference.rms_norm(x, scale, 1e-5), BOUNDS[dtype])
        summed, normed = _rows.add_rms_norm(given, delta, scale, 1e-5)
        assert summed.dtype is normed.dtype is dtype and torch.equal(given, x)
        if n_tokens:
            near(summed, x + delta, BOUNDS[dtype])
            near(normed, reference.rms_norm(x + delta, scale, 1e-5), BOUNDS[dtype])


@both
@pytest.mark.parametrize("n_tokens, n_heads, head_dim", [(1, 5, 64), (7, 10, 32), (30, 9, 16), (3, 2, 128), (0, 2, 16)])
def test_rotate_reads_a_slice(dtype, n_tokens, n_heads, head_dim):
    qkv = torch.randn(n_tokens, n_heads + 2, head_dim).to(dtype)
    cos, sin = angle_tables(n_tokens, head_dim // 2)
    cos, sin = torch.cat([cos, cos], -1)[:, None], torch.cat([-sin, sin], -1)[:, None]
    turned = _rows.rotate(qkv[:, :n_heads], cos, sin)
    assert turned.dtype is dtype and turned.is_contiguous() and turned.shape == (n_tokens, n_heads, head_dim)
    if n_tokens:
        near(turned, reference.rotate(qkv[:, :n_heads], cos, sin), BOUNDS[dtype])


@both
@pytest.mark.parametrize("n_tokens, width", [(1, 96), (3, 2880), (60, 64), (0, 32)])
def test_swiglu(dtype, n_tokens, width):
    x = (torch.randn(n_tokens, 2 * width) * 8).to(dtype)  # half of it is clamped
    out = _rows.swiglu(x, 7.0)
    assert out.dtype is dtype and out.shape == (n_tokens, width)
    if n_tokens:
        near(out, reference.swiglu(x.float(), 7.0), BOUNDS[dtype])


def test_a_nan_is_not_clamped_away():
    x = torch.zeros(1, 64)
    x[0, 4], x[0, 9] = NAN, NAN
    assert _rows.swiglu(x, 7.0).isnan().nonzero()[:, 1].tolist() == [2, 4]
