"""What a decode step asks of the GPU, counted under the interpreter: how often it launches a kernel, and how many bytes each kernel
reads of the weights against the fewest possible, which is each byte once."""

import numpy as np
import pytest
import torch

from gptoss_nb.kernels.mxfp4 import quantize
from gptoss_nb.model.decode_step import DecodeStep
from gptoss_nb.model.kv_cache import KVCache
from gptoss_nb.model.transformer import Transformer

D, F, E, A, H, K, HEAD = 2880, 64, 8, 2, 8, 2, 32  # the real input width: one that no power of two divides


@pytest.fixture
def launches(monkeypatch):
    """The names of the kernels launched, in order."""
    from triton.runtime import interpreter

    names, call = [], interpreter.GridExecutor.__call__

    def counted(self, *args, **kwargs):
        names.append(self.fn.__name__)
        return call(self, *args, **kwargs)

    monkeypatch.setattr(interpreter.GridExecutor, "__call__", counted)
    return names


@pytest.fixture
def loads(monkeypatch):
    """`loads(tensor)`: how often each byte of it was read since, (nbytes,)."""
    from triton.runtime import interpreter

    seen, load = [], interpreter.InterpreterBuilder.create_masked_load

    def noted(self, ptrs, mask, *args):
        size = ptrs.get_element_ty().primitive_bitwidth // 8
        seen.append((ptrs.data[np.broadcast_to(mask.data, ptrs.data.shape)].astype(np.int64).ravel(), size))
        return load(self, ptrs, mask, *args)

    monkeypatch.setattr(interpreter.InterpreterBuilder, "create_masked_load", noted)

    def of(tensor: torch.Tensor) -> np.ndarray:
        times = np.zeros(tensor.nbytes, dtype=np.int64)
        for addresses, size in seen:
            inside = addresses[(addresses >= tensor.data_ptr()) & (addresses < tensor.data_ptr() + tensor.nbytes)] - tensor.data_ptr()
            for byte in range(size):
                np.add.at(times, inside + byte, 1)
        return times

    return of


def ops():
    from gptoss_nb.kernels import triton_ops

    return triton_ops


def test_launches_of_a_step(transformer, launches):
    """Six a layer, one more where full attention is split; two for the sampled token, one to embed it, one for the logits."""
    model = Transformer(transformer.config, transformer.weights, ops())
    cache = KVCache(model.config, 512, torch.float32, torch.device("cpu"), ahead=8)
    with torch.inference_mode():
        model.forward(torch.arange(5), cache)
        cache.reserve(512)
        step = DecodeStep(model, cache, 4)
        step.start(torch.zeros(model.config.vocab_size), 0.0, 0, 1.0, 0, 0)
        launches.clear()
        step()
    full = model.config.sliding_windows.count(None)
    assert len(launches) == 6 * model.config.n_layers + full + 4, launches
    # of all shapes that are published: 20b 24 layers, 120b 36
    assert len(set(launches)) <= 12


def resid() -> torch.Tensor:
    return torch.randn(D)


def blocks(name: str) -> dict:
    """As on a GPU; the rows of all published matrices are a multiple of them (rows past the end would repeat the last, from a cache)."""
    from gptoss_nb.kernels import _blocks

    return _blocks.BLOCKS[name]


def test_the_dense_matrices_are_read_once(loads):
    one = torch.zeros(1, dtype=torch.int64)
    qkv, bias = torch.randn((H + 2 * K) * HEAD, D, dtype=torch.bfloat16), torch.randn((H + 2 * K) * HEAD)
    cache = torch.zeros(4, K, HEAD), torch.zeros(4, K, HEAD)
    tables = torch.randn(4, HEAD // 2), torch.randn(4, HEAD // 2)
    ops().project(resid(), torch.ones(D), 1e-5, (qkv,), bias, *tables, one, torch.empty(H * HEAD), *cache, **blocks("project"))
    out = torch.randn(D, 64, dtype=torch.bfloat16)
    ops().add_linear(torch.randn(64), out, torch.randn(D), resid(), **blocks("add_linear"))
    top = torch.randn(40, D, dtype=torch.bfloat16)
    ops().unembed(resid(), torch.ones(D), 1e-5, top, torch.empty(40), **blocks("unembed"))
    assert all((loads(matrix) == 1).all() for matrix in (qkv, out, top))


def test_the_router_is_read_once(loads):
    router, one = torch.randn(E, D, dtype=torch.bfloat16), torch.zeros(1, dtype=torch.int64)
    ops().route_one(resid(), torch.ones(D), 1e-5, router, torch.randn(E), torch.zeros(E), torch.zeros(E), one, torch.empty(2, E),
                    torch.empty(2, A, dtype=torch.int16), torch.empty(2, A), torch.empty(A, dtype=torch.int32), torch.empty(A),
                    torch.empty(E), torch.zeros(1, dtype=torch.int32))  # fmt: skip
    assert (loads(router) == 1).all()


def test_the_chosen_experts_are_read_once_and_the_others_never(loads):
    from gptoss_nb.kernels import _experts

    gate_up, down = quantize(torch.randn(E, 2 * F, D) / 50), quantize(torch.randn(E, 96, F))
    chosen = torch.tensor([5, 2], dtype=torch.int32)
    hidden = torch.empty(A, F)
    first, second = (gate_up.blocks, gate_up.scales), (down.blocks, down.scales)
    _experts.gate_up(resid(), torch.ones(D), 1e-5, chosen, *first, torch.randn(E, 2 * F), 7.0, hidden, **blocks("gate_up"))
    _experts.down(hidden, chosen, torch.tensor([0.7, 0.3]), *second, torch.randn(E, 96), torch.zeros(96), torch.randn(96), **blocks("down"))
    for tensor in (gate_up.blocks, gate_up.scales, down.blocks, down.scales):
        times = loads(tensor).reshape(E, -1)
        assert (times[[5, 2]] == 1).all() and not times[[0, 1, 3, 4, 6, 7]].any()


def test_keys_and_values_are_read_once(loads):
    """As many as are seen: of a window layer's ring no older ones."""
    n, window = 100, 40
    for ring, seen in ((None, n), (window, window)):
        keys, values = torch.randn(2, ring + 8 if ring else 128, K, HEAD, dtype=torch.bfloat16)
        ops().attend(torch.randn(H * HEAD), keys, values, torch.randn(H), torch.ones(H), torch.tensor([n - 1]), ring,
                     torch.empty(H * HEAD), torch.empty(ops().partial_size(H, HEAD, 4)), 1 if ring else 4)  # fmt: skip
        for tensor in (keys, values):
            times = loads(tensor)
            assert times.max() == 1 and times.sum() == seen * K * HEAD * 2
