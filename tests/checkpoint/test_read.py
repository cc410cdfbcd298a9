import json
import shutil
from dataclasses import fields

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from gptoss_nb.checkpoint.identity import identity_hash
from gptoss_nb.checkpoint.read import read
from gptoss_nb.config import ModelConfig
from gptoss_nb.kernels.mxfp4 import Mxfp4Tensor


def flat(weights) -> dict[str, torch.Tensor]:
    """Every tensor of Weights, by a name."""
    named = {"embedding": weights.embedding, "norm": weights.norm, "unembedding": weights.unembedding}
    for n, layer in enumerate(weights.layers):
        for field in fields(layer):
            value = getattr(layer, field.name)
            parts = {".blocks": value.blocks, ".scales": value.scales} if isinstance(value, Mxfp4Tensor) else {"": value}
            named |= {f"{n}.{field.name}{part}": tensor for part, tensor in parts.items()}
    return named


def same(a, b) -> bool:
    a, b = flat(a), flat(b)
    return a.keys() == b.keys() and all(a[k].dtype == b[k].dtype and torch.equal(a[k], b[k]) for k in a)


@pytest.fixture(scope="module")
def config(golden):
    return ModelConfig.load(golden / "hf")


@pytest.fixture(scope="module")
def weights(golden, config):
    return read(golden / "hf", config)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_both_layouts_give_the_same_bits(golden, config, dtype):
    assert same(read(golden / "hf", config, dtype=dtype), read(golden / "openai", config, dtype=dtype))


def test_values_are_those_of_the_file(golden, weights):
    stored = load_file(golden / "openai" / "model.safetensors")
    layer = weights.layers[1]
    assert torch.equal(weights.embedding, stored["embedding.weight"].float())
    assert torch.equal(weights.unembedding, stored["unembedding.weight"].float())
    assert torch.equal(layer.qkv, stored["block.1.attn.qkv.weight"].float())
    assert torch.equal(layer.mlp_norm, stored["block.1.mlp.norm.scale"].float())
    assert torch.equal(layer.router_bias, stored["block.1.mlp.gate.bias"].float())
    assert torch.equal(layer.gate_up.blocks, stored["block.1.mlp.mlp1_weight.blocks"])
    assert torch.equal(layer.down.scales, stored["block.1.mlp.mlp2_weight.scales"])


def test_types(golden, config):
    weights = flat(read(golden / "hf", config, dtype=torch.bfloat16))
    for name, tensor in weights.items():
        packed, float32 = name.endswith((".blocks", ".scales")), name.endswith(("norm", "sinks"))
        assert tensor.dtype == (torch.uint8 if packed else torch.float32 if float32 else torch.bfloat16), name


def test_experts_stay_mapped_from_the_file(golden, config):
    layer = read(golden / "openai", config, dtype=torch.bfloat16).layers[0]
    mapped = layer.gate_up.blocks.untyped_storage()
    assert mapped.nbytes() == (golden / "openai" / "model.safetensors").stat().st_size
    assert layer.qkv.untyped_storage().data_ptr() == mapped.data_ptr()  # bfloat16 needs no cast


def test_progress_counts_every_byte(golden, config):
    seen = []
    read(golden / "hf", config, progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen) and seen[-1][0] == seen[-1][1]
    size = (golden / "hf" / "model.safetensors").stat().st_size
    assert size - 20_000 < seen[-1][1] < size


@pytest.fixture
def sharded(golden, tmp_path):
    """The golden checkpoint in three files with an index."""
    stored = load_file(golden / "hf" / "model.safetensors")
    shutil.copy(golden / "hf" / "config.json", tmp_path)
    weight_map = {}
    for n in range(3):
        file = f"model-{n + 1:05}-of-00003.safetensors"
        names = sorted(stored)[n::3]
        save_file({name: stored[name] for name in names}, tmp_path / file)
        weight_map |= dict.fromkeys(names, file)
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    return tmp_path


def test_shards_with_index(sharded, config, weights):
    (sharded / "unrelated.safetensors").write_bytes(b"not named by the index, so never opened")
    assert same(read(sharded, config), weights)


def test_shards_without_index(sharded, config, weights):
    (sharded / "model.safetensors.index.json").unlink()
    assert same(read(sharded, config), weights)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_other_floats_are_read(golden, config, tmp_path, dtype):
    stored = load_file(golden / "hf" / "model.safetensors")
    save_file({k: t.to(dtype) if t.is_floating_point() else t for k, t in stored.items()}, tmp_path / "model.safetensors")
    norm = read(tmp_path, config).norm
    assert torch.equal(norm, stored["model.norm.weight"].to(dtype).float())


def test_tensors_at_odd_bytes(copy, taken_apart, config, weights):
    """A header of any length is valid; torch needs numbers aligned."""
    file = taken_apart(copy / "model.safetensors")
    while len(json.dumps(file.header)) % 4 != 1:
        file.header["__metadata__"] = {"pad": file.header.get("__metadata__", {}).get("pad", "") + "."}
    file.save()
    assert same(read(copy, config), weights)


def test_identity(golden, sharded, copy, taken_apart):
    identity = identity_hash(golden / "hf")
    assert len(identity) == 16 and identity == identity_hash(golden / "hf")
    assert len({identity, identity_hash(golden / "openai"), identity_hash(sharded)}) == 3
    before, file = identity_hash(copy), taken_apart(copy / "model.safetensors")
    file.data = bytes([file.data[0] ^ 1]) + file.data[1:]
    file.save()
    after = identity_hash(copy)
    (copy / "config.json").write_text((copy / "config.json").read_text() + " ")
    assert len({before, after, identity_hash(copy)}) == 3


def test_safetensors_library_agrees_on_what_is_there(golden):
    from gptoss_nb.checkpoint.header import read_header

    path = golden / "hf" / "model.safetensors"
    with safe_open(path, framework="pt") as library:
        theirs = {name: (library.get_slice(name).get_dtype(), tuple(library.get_slice(name).get_shape())) for name in library.keys()}  # noqa: SIM118
    assert {name: (entry.dtype, entry.shape) for name, entry in read_header(path).items()} == theirs


def test_a_large_checkpoint_keeps_its_matrices_as_they_are_stored(golden, config):
    """bfloat16, mapped from the file, q, k and v apart; small tensors are float32 at once, and the model says the same numbers."""
    from gptoss_nb.kernels import reference
    from gptoss_nb.model.transformer import Transformer

    logits = {}
    for layout in ("hf", "openai"):
        kept = read(golden / layout, config, large=0)
        assert kept.embedding.dtype is kept.unembedding.dtype is kept.layers[0].out.dtype is torch.bfloat16
        assert [part.dtype for part in kept.layers[0].qkv] == [torch.bfloat16] * 3
        assert kept.layers[0].gate_up_bias.dtype is kept.layers[0].router.dtype is torch.float32
        model = Transformer(config, kept, reference, 64, torch.float32)
        logits[layout] = model.forward(torch.arange(20) % config.vocab_size)
    assert torch.equal(logits["hf"], logits["openai"])
    whole = Transformer(config, read(golden / "hf", config), reference, 64)
    wanted = whole.forward(torch.arange(20) % config.vocab_size)
    assert float((logits["hf"] - wanted).norm() / wanted.norm()) < 1e-5
    assert kept.nbytes < read(golden / "hf", config).nbytes


def test_what_is_mapped_takes_no_memory_of_its_own(golden, config):
    weights = read(golden / "openai", config, large=0)
    storage = weights.embedding.untyped_storage().data_ptr()
    views = [weights.unembedding, *weights.layers[1].qkv, weights.layers[1].out, weights.layers[1].gate_up.blocks]
    assert all(view.untyped_storage().data_ptr() == storage for view in views)
