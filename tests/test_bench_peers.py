"""What decode and prefill are held against, on a CPU: that llama.cpp and transformers compute our model from the files that are written for
them, and that the tables tell everyone. Times are not tested."""

import json
import math
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from gptoss_nb.bench import __main__ as bench
from gptoss_nb.bench import made, peers, roof, steps, throughput
from gptoss_nb.checkpoint.synthetic import shape_like
from gptoss_nb.config import ModelConfig
from gptoss_nb.kernels import cpu_ops, reference
from gptoss_nb.model.transformer import Transformer

CPU = torch.device("cpu")
N, SINGLE = 40, 8  # tokens in one pass, and then one at a time: all beyond the window


@pytest.fixture(scope="module")
def config() -> ModelConfig:
    def rotations(index: float) -> float:
        """At which YaRN's bound is this index of frequency: whole ones, which llama.cpp's floor and ceil leave alone."""
        return 256 / (2 * math.pi * 1000 ** (index / 32))

    return ModelConfig(
        n_layers=2, hidden_size=128, vocab_size=320, n_heads=4, n_kv_heads=2, head_dim=64, n_experts=8, experts_per_token=2, expert_width=96,
        sliding_windows=(16, None), context=1024, original_context=256, rope_theta=1000.0, rope_factor=4.0, rope_beta_fast=rotations(6.0001),
        rope_beta_slow=rotations(19.9999), swiglu_limit=7.0, norm_eps=1e-5,
    )  # fmt: skip


@pytest.fixture(scope="module")
def weights(config):
    made_up = made.random_weights(config, CPU, torch.float32)
    for layer in made_up.layers:  # ones say nothing of which norm is where
        layer.attn_norm.uniform_(0.5, 1.5, generator=torch.Generator().manual_seed(1))
        layer.mlp_norm.uniform_(0.5, 1.5, generator=torch.Generator().manual_seed(2))
    return made_up


@pytest.fixture(scope="module")
def ids(random_ids) -> list[int]:
    return random_ids(N + SINGLE).tolist()


@pytest.fixture(scope="module")
def wanted(config, weights, ids) -> torch.Tensor:
    """Logits of the reference after N tokens and after each that follows, (1 + SINGLE, V)."""
    with torch.inference_mode():
        return Transformer(config, weights, reference, dtype=torch.float32).forward(torch.tensor(ids))[N - 1 :]


def said(peer, ids) -> torch.Tensor:
    peer.forget()
    return torch.stack([peer.run(part).float().clone() for part in (ids[:N], *([token] for token in ids[N:]))])


def off(actual: torch.Tensor, wanted: torch.Tensor) -> float:
    """Relative norm, the median of the positions: at a near tie of two experts one position may be far off, and nothing is wrong."""
    return float(((actual - wanted).norm(dim=-1) / wanted.norm(dim=-1)).median())


@pytest.fixture
def opened(config, weights, tmp_path):
    """`opened(class)`: that peer, with these weights; closed at the end."""
    models = []

    def make(peer):
        folder = tmp_path / str(len(models))
        folder.mkdir()
        peer.write(folder, config, weights)
        models.append(peer(folder, config, N + SINGLE, CPU))
        return models[-1]

    yield make
    for model in models:
        model.close()


def test_llama_cpp_computes_our_model(opened, ids, wanted):
    pytest.importorskip("llama_cpp")
    model = opened(peers.LlamaCpp)
    found = said(model, ids)
    assert off(found, wanted) < 0.04  # 8 bits in matrices and in what is multiplied by them, keys in float16: 0.025 was seen
    assert (found.argmax(-1) == wanted.argmax(-1)).sum() >= SINGLE
    assert torch.equal(said(model, ids), found)  # nothing of the first time is left


def test_a_wrong_file_shows(opened, config, ids, wanted, monkeypatch):
    pytest.importorskip("llama_cpp")
    from gptoss_nb.bench import gguf_file

    whole, fields = gguf_file.packed, gguf_file._fields
    with monkeypatch.context() as patch:
        patch.setattr(gguf_file, "packed", lambda tensor: whole(replace(tensor, blocks=tensor.blocks.flip(-1))))
        assert off(said(opened(peers.LlamaCpp), ids), wanted) > 0.1
    for wrong in ({"sliding_windows": (32, None)}, {"rope_factor": 1.0}):
        with monkeypatch.context() as patch:
            patch.setattr(gguf_file, "_fields", lambda writer, _, wrong=wrong: fields(writer, replace(config, **wrong)))
            assert off(said(opened(peers.LlamaCpp), ids), wanted) > 0.1, wrong


def test_packed_codes_are_read_as_ours(weights):
    gguf, gguf_file = pytest.importorskip("gguf"), pytest.importorskip("gptoss_nb.bench.gguf_file")
    for tensor in (weights.layers[0].gate_up[:, 1::2], weights.layers[1].down):
        read = gguf.dequantize(gguf_file.packed(tensor), gguf.GGMLQuantizationType.MXFP4)
        assert torch.equal(torch.from_numpy(read), tensor.dequantize())


def test_what_llama_cpp_cannot_have_is_said(config, weights, tmp_path):
    gguf_file = pytest.importorskip("gptoss_nb.bench.gguf_file")
    for wrong, told in (({"swiglu_limit": 6.0}, "SwiGLU limit of 6"), ({"sliding_windows": (None, None)}, "no layer with a window")):
        with pytest.raises(gguf_file.OptionError, match=told):
            gguf_file.write(tmp_path / "x.gguf", replace(config, **wrong), weights)


def test_transformers_computes_our_model(opened, ids, wanted):
    pytest.importorskip("transformers")
    found = said(opened(peers.Transformers), ids)
    assert off(found, wanted) < 0.04  # two layers in bfloat16: 0.02 was seen
    assert (found.argmax(-1) == wanted.argmax(-1)).sum() >= SINGLE


class MadeUp:
    """A peer of one matrix."""

    name, weights, packages, devices = "made up", "float32", ("torch",), ("cpu",)
    expert_bytes, matrix_bytes, key_bytes = 4, 4, 4
    fails = False

    @staticmethod
    def gigabytes(config):
        return None

    @staticmethod
    def write(folder, config, weights):
        save_file({"matrix": weights.unembedding}, folder / "made.safetensors")

    def __init__(self, folder, config, context, device):
        self.config, self.context, self.seen, self.matrix = config, context, [], load_file(folder / "made.safetensors")["matrix"]

    def forget(self):
        self.seen = []

    def run(self, ids):
        if self.fails:
            raise RuntimeError("no more")
        self.seen += ids
        assert len(self.seen) <= self.context
        return self.matrix.float().sum(1) + self.seen[-1]

    def close(self):
        self.matrix = None


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(throughput, "WARM", 2)
    whole = roof.read
    monkeypatch.setattr(roof, "read", lambda device: whole(device, 2**20, 1))
    monkeypatch.setattr(peers, "PEERS", (MadeUp, type("Absent", (MadeUp,), {"name": "absent", "packages": ("no_such_package",)})))


def decoded(tmp_path, capsys, *words: str) -> tuple[str, dict]:
    path = tmp_path / "r.json"
    assert bench.main(["decode", "--like", "nano", "--layers", "1", "--device", "cpu", "--tokens", "3", "--json", str(path), *words]) == 0
    return capsys.readouterr().out, json.loads(path.read_text())


def test_decode_tells_everyone(quick, tmp_path, capsys):
    told, result = decoded(tmp_path, capsys, "--contexts", "0,20")
    assert [row["who"] for row in result["decode"]][-2:] == ["made up"] * 2 and len(result["decode"]) == 2 * (len(steps.ours(CPU, "auto")[0]) + 1)
    assert {row["context"] for row in result["decode"]} == {2, 20} and result["read_gigabytes_a_second"] > 0
    lines = told.splitlines()
    assert lines[-1].startswith("absent is left out: no_such_package not installed") and "gptoss-nb[peers]" in lines[-1]
    assert sum(line.endswith("%") for line in lines) == len(result["decode"])


def test_decode_without_peers(quick, tmp_path, capsys):
    told, result = decoded(tmp_path, capsys, "--no-peers")
    assert "made up" not in told and "absent" not in told and len(result["decode"]) == len(steps.ours(CPU, "auto")[0])


def test_a_peer_that_breaks_off_is_said(quick, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(MadeUp, "fails", True)
    told, result = decoded(tmp_path, capsys)
    assert "made up did not come to its end: RuntimeError: no more" in told and len(result["decode"]) == len(steps.ours(CPU, "auto")[0])


def test_prefill_tells_ratios(quick, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(MadeUp, "name", peers.LlamaCpp.name)
    path = tmp_path / "r.json"
    assert bench.main(["prefill", "--like", "nano", "--layers", "1", "--device", "cpu", "--tokens", "20", "--rounds", "1", "--json", str(path)]) == 0
    rows = json.loads(path.read_text())["prefill"]
    assert rows[-1]["ratio"] == 1 and rows[0]["ratio"] == pytest.approx(rows[0]["tokens_a_second"] / rows[-1]["tokens_a_second"])
    assert len(capsys.readouterr().out.splitlines()) == 2 + len(rows) + 1


def test_what_does_not_fit_is_left_out(monkeypatch):
    pytest.importorskip("transformers"), pytest.importorskip("accelerate")
    monkeypatch.setattr(peers, "_free_gigabytes", lambda device: 20.0)
    assert peers.why_not(peers.Transformers, shape_like("20b", 4), CPU) is None
    assert "41.8 GB do not fit" in peers.why_not(peers.Transformers, shape_like("20b"), CPU)


def test_what_a_token_reads_of_each():
    """4 layers of 20b: 0.94 GB in llama.cpp (FACTS); in bfloat16 the experts are 32 / 8.5 times as large."""
    config = shape_like("20b", 4)
    for peer, gigabytes in ((peers.LlamaCpp, 0.94), (peers.Transformers, 2.17)):
        loaded = peer.__new__(peer)
        loaded.config = config
        assert peers.bytes_a_token(loaded, 1) == pytest.approx(gigabytes * 1e9, rel=0.01)


def test_eight_bits_read_less():
    if not cpu_ops.available():
        pytest.skip("the C++ code was not built")
    published, rounded = (throughput._read(made.made("nano", 2, CPU, 64, backend), 8) for backend in ("cpu", "cpu-int8"))
    c = shape_like("nano", 2)
    matrices = c.vocab_size * c.hidden_size + 2 * (c.qkv_width + c.n_heads * c.head_dim) * c.hidden_size
    assert published - rounded == 2 * matrices - 34 / 32 * matrices


def test_without_a_compiler_eight_bits_are_left_out(monkeypatch):
    monkeypatch.setattr(cpu_ops, "available", lambda: False)
    backends, told = steps.ours(CPU, "auto")
    assert [name for name, _ in backends] == ["auto"] and "8 bits is left out" in told[0]
    assert steps.ours(CPU, "reference") == ([("reference", "MXFP4 + bfloat16")], [])


def test_reading_is_plausible():
    assert 1e8 < roof.read(CPU, 2**24) < 1e13
