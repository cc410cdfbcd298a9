import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from gptoss_nb.checkpoint import write as module
from gptoss_nb.checkpoint.read import read
from gptoss_nb.checkpoint.write import write
from gptoss_nb.config import ModelConfig

FILES = ("config.json", "model.safetensors")


@pytest.fixture(scope="module")
def config(golden):
    return ModelConfig.load(golden / "hf")


@pytest.fixture(scope="module", params=["hf", "openai"])
def weights(request, golden, config):
    return read(golden / request.param, config)


def test_golden_is_written_again_tensor_by_tensor(golden, config, weights, tmp_path):
    write(tmp_path, config, weights)
    ours, theirs = load_file(tmp_path / "model.safetensors"), load_file(golden / "hf" / "model.safetensors")
    assert ours.keys() == theirs.keys()
    for name in ours:
        assert ours[name].dtype == theirs[name].dtype and torch.equal(ours[name], theirs[name]), name


def test_config_has_the_published_fields(golden, config, weights, tmp_path):
    write(tmp_path, config, weights, {"eos_token_id": 319, "pad_token_id": 318})
    assert json.loads((tmp_path / "config.json").read_text()) == json.loads((golden / "hf" / "config.json").read_text())


def test_config_comes_back(config, weights, tmp_path):
    config = replace(config, identity="nano", rope_factor=4.0, context=1024, original_context=256, norm_eps=1e-6)
    write(tmp_path, config, weights, {"eos_token_id": 2})
    assert ModelConfig.load(tmp_path) == config


def test_equal_input_gives_equal_bytes(config, weights, tmp_path):
    for name in ("a", "b"):
        write(tmp_path / name, config, weights)
    for file in FILES:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_plain_experts_are_quantised(config, weights, tmp_path):
    """What training holds: full matrices that lie on the MXFP4 grid come back as the same values."""
    plain = [replace(layer, gate_up=layer.gate_up.dequantize().requires_grad_(), down=layer.down.dequantize()) for layer in weights.layers]
    write(tmp_path, config, replace(weights, layers=tuple(plain)))
    for before, after in zip(weights.layers, read(tmp_path, config).layers, strict=True):
        assert torch.equal(after.gate_up.dequantize(), before.gate_up.dequantize())
        assert torch.equal(after.down.dequantize(), before.down.dequantize())


def test_a_write_over_a_mapped_file_leaves_both_whole(config, weights, tmp_path):
    write(tmp_path, config, weights)
    mapped = read(tmp_path, config, dtype=torch.bfloat16)
    before = mapped.embedding.clone()
    write(tmp_path, config, replace(weights, embedding=weights.embedding + 1))
    assert torch.equal(mapped.embedding, before)
    assert not torch.equal(read(tmp_path, config, dtype=torch.bfloat16).embedding, before)


def test_a_write_that_fails_leaves_the_old_files(config, weights, tmp_path, monkeypatch):
    write(tmp_path, config, weights)
    before = [(tmp_path / file).read_bytes() for file in FILES]

    def full_disk(tensors, path, metadata):
        path.write_bytes(b"half")
        raise OSError("no space left")

    monkeypatch.setattr(module, "save_file", full_disk)
    with pytest.raises(OSError):
        write(tmp_path, config, weights)
    assert [(tmp_path / file).read_bytes() for file in FILES] == before
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)
