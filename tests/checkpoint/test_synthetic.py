"""Synthetic checkpoints: planned like the published ones, equal in both layouts, whole or not there, in little memory."""

import io
import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file

import gptoss_nb as gn
from gptoss_nb.checkpoint import layouts, made_up, noise, shards
from gptoss_nb.checkpoint.header import read_header
from gptoss_nb.checkpoint.locate import INDEX
from gptoss_nb.checkpoint.read import read
from gptoss_nb.checkpoint.synthetic import Progress, main, shape_like, synthetic, write_synthetic
from gptoss_nb.checkpoint.write import openai_config_json
from gptoss_nb.config import ModelConfig
from gptoss_nb.errors import OptionError, TokenizerError


@pytest.fixture(scope="module")
def config(golden):
    return ModelConfig.load(golden / "hf")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def tensors(folder):
    return {name: tensor for path in folder.glob("*.safetensors") for name, tensor in load_file(path).items()}


# the plan


@pytest.mark.parametrize("like, gigabytes, n_files", [("20b", 13.76, 3), ("120b", 65.25, 15)])
def test_the_plan_of_hugging_faces_files(like, gigabytes, n_files):
    """Sizes as in FACTS; names and number of files as published."""
    config = shape_like(like)
    files = shards.plan(config, "hf")
    assert round(sum(file.n_bytes for file in files) / 1e9, 2) == gigabytes
    assert [file.name for file in files] == [f"model-{n:05}-of-{n_files - 1:05}.safetensors" for n in range(n_files)]
    assert max(file.n_bytes for file in files) < 4.81e9
    index = shards.index_json(files)
    assert index["metadata"]["total_size"] + sum(len(file.header) for file in files) == sum(file.n_bytes for file in files)
    assert index["weight_map"].keys() == {tensor.name for tensor in layouts.hugging_face(config).stored}


@pytest.mark.parametrize("like, gigabytes, file_names", [
    ("20b", 13.76, ["model.safetensors"]),
    ("120b", 65.25, [f"model--{n:05}-of-00007.safetensors" for n in range(1, 8)]),
])  # fmt: skip
def test_the_plan_of_openais_files(like, gigabytes, file_names):
    config = shape_like(like)
    files = shards.plan(config, "openai")
    assert round(sum(file.n_bytes for file in files) / 1e9, 2) == gigabytes
    assert [file.name for file in files] == file_names
    stored = [part.name for file in files for tensor in file.tensors for part in tensor.parts]
    assert sorted(stored) == sorted(tensor.name for tensor in layouts.openai(config).stored)


def test_the_shapes(refused):
    assert (shape_like("20b").n_layers, shape_like("120b").n_experts) == (24, 128)
    three = shape_like("120b", 3)
    assert three.sliding_windows == (128, None, 128) and three.n_experts == 128
    for n_layers in (0, -1, 37):
        with refused("120b", n_layers, error=OptionError):
            shape_like("120b", n_layers)


def test_openais_config_has_the_published_fields(golden, config):
    published = json.loads((golden / "openai" / "config.json").read_text())
    assert openai_config_json(ModelConfig.load(golden / "openai")) == published == openai_config_json(config)
    assert list(openai_config_json(config)) == list(published)
    assert ModelConfig.from_dict(openai_config_json(shape_like("nano"))) == shape_like("nano")


# the values


def test_both_layouts_give_equal_logits(tmp_path, capsys):
    found = []
    for layout in ("hf", "openai"):
        assert main([str(tmp_path / layout), "--like", "nano", "--layout", layout, "--seed", "3"]) == 0
        model = gn.load(tmp_path / layout)
        found.append(model.logits(model.tokenizer.encode("What is 37 + 45?")))
        assert model.chat("Hi", max_tokens=4, seed=0).token_ids
    gn.unload()
    assert torch.equal(*found) and found[0].std() > 0.3
    assert re.search(r"4\.\d MB of random weights in the shape of nano", capsys.readouterr().out)


def test_a_seed_gives_the_same_bytes(config, tmp_path):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        write_synthetic(tmp_path / name, config, seed=seed)
    a, b, c = ((tmp_path / name / "model.safetensors").read_bytes() for name in "abc")
    assert a == b != c and len(a) == len(c)
    assert names(tmp_path / "a") == ["config.json", "model.safetensors"], "no vocabulary fits this number of ids"


def test_fewer_layers_are_the_first_of_more(config, tmp_path):
    write_synthetic(tmp_path / "4", config)
    write_synthetic(tmp_path / "2", replace(config, n_layers=2, sliding_windows=config.sliding_windows[:2]), "openai")
    four, two = read(tmp_path / "4", config), read(tmp_path / "2", ModelConfig.load(tmp_path / "2"))
    assert torch.equal(four.layers[1].qkv, two.layers[1].qkv) and not torch.equal(two.layers[1].qkv, two.layers[0].qkv)
    assert torch.equal(four.layers[1].down.blocks, two.layers[1].down.blocks)


@pytest.mark.parametrize(
    "house, shape", [("router", (50, 999)), ("gate_up.blocks", (3, 7, 5, 16)), ("down.scales", (3, 7, 101)), ("norm", (333,))]
)
def test_values_do_not_depend_on_the_pieces(house, shape, monkeypatch):
    whole = torch.cat(list(noise.pieces(0, house, 1, shape)))
    monkeypatch.setattr(noise, "PIECE", 64)
    cut = list(noise.pieces(0, house, 1, shape))
    assert torch.equal(torch.cat(cut), whole) and len(cut) > 1 and max(map(len, cut)) == 64


def test_outputs_have_the_size_of_inputs(tmp_path):
    config = replace(shape_like("nano"), hidden_size=2880, expert_width=352, n_layers=1, sliding_windows=(128,))
    write_synthetic(tmp_path, config)
    weights = read(tmp_path, config)
    layer = weights.layers[0]
    for matrix in (weights.embedding, layer.qkv, layer.out, layer.gate_up.dequantize(), layer.down.dequantize()):
        size = matrix.square().mean().sqrt() * matrix.shape[-1] ** 0.5
        assert 0.98 < size < 1.02 and matrix.abs().max() < 6 * matrix.shape[-1] ** -0.5
    assert layer.gate_up.scales.unique().tolist() == [119, 120] and len(layer.gate_up.blocks.unique()) == 256
    assert torch.equal(weights.norm, torch.ones(2880)) and 0.01 < layer.sinks.std() < 0.04 and layer.gate_up_bias.abs().max() < 0.1


@pytest.mark.parametrize("columns", [32, 96, 2880, 2**20])
def test_scales_are_finite_and_right_on_average(columns):
    low, often = noise._scale(columns)
    mean = ((256 - often) * 4.0 ** (low - 127) + often * 4.0 ** (low - 126)) / 256 * 8.5625
    assert 0 < low < 127 and 0 <= often < 256 and abs(mean * columns - 1) < 0.01


# the files


@pytest.mark.parametrize("layout", ["hf", "openai"])
def test_many_files_hold_what_one_does(config, tmp_path, layout):
    write_synthetic(tmp_path / "one", config, layout)
    files = write_synthetic(tmp_path / "many", config, layout, max_shard=100_000)
    assert len(files) > 3 and {file.name for file in files} < set(names(tmp_path / "many"))
    assert ((tmp_path / "many" / INDEX).exists(), (tmp_path / "one" / INDEX).exists()) == (layout == "hf", False)
    for file in files:
        assert (tmp_path / "many" / file.name).stat().st_size == file.n_bytes
        starts = [entry.start for entry in read_header(tmp_path / "many" / file.name).values() if entry.dtype == "BF16"]
        assert all(start % 2 == 0 for start in starts)
    one, many = tensors(tmp_path / "one"), tensors(tmp_path / "many")
    assert one.keys() == many.keys() and all(torch.equal(one[name], many[name]) for name in one)
    assert torch.equal(read(tmp_path / "many", config).layers[3].qkv, read(tmp_path / "one", config).layers[3].qkv)


MEASURE = """
import resource, sys
from dataclasses import replace
from pathlib import Path
from gptoss_nb.checkpoint.synthetic import shape_like, write_synthetic
config = replace(shape_like("nano"), vocab_size=200_000, hidden_size=384, expert_width=1536)
write_synthetic(Path(sys.argv[1]) / "small", shape_like("nano"))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
files = write_synthetic(Path(sys.argv[1]) / "large", config)
print(sum(file.n_bytes for file in files), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere ru_maxrss is in other units")
def test_memory_does_not_grow_with_the_model(tmp_path):
    ran = subprocess.run([sys.executable, "-c", MEASURE, str(tmp_path)], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    n_bytes, kilobytes = map(int, ran.stdout.split())
    shutil.rmtree(tmp_path)
    assert n_bytes > 350e6 and kilobytes < 60_000


# the vocabulary


@pytest.fixture(scope="module")
def published_size(tmp_path_factory):
    """A small model with the published number of ids."""
    folder = tmp_path_factory.mktemp("synthetic") / "model"
    config = replace(shape_like("nano", 2), vocab_size=201_088, hidden_size=32, identity=None)
    write_synthetic(folder, config)
    return folder


def test_the_made_up_vocabulary_has_the_published_ids(published_size):
    tokenizer = gn.Tokenizer.load(published_size)
    published = {"startoftext": 199998, "endoftext": 199999, "return": 200002, "constrain": 200003, "channel": 200005, "start": 200006,
                 "end": 200007, "message": 200008, "call": 200012, "endofprompt": 200018}  # fmt: skip
    assert {name: tokenizer.control_id(f"<|{name}|>") for name in published} == published
    assert tokenizer.vocab_size == 201_088 and tokenizer.control_id("<|reserved_201087|>") == 201_087
    assert not tokenizer.is_control(199_997) and all(map(tokenizer.is_control, (199_998, 200_018, 201_087)))
    text = "The elephant walked to the strawberry fields: 37 + 45.\n\nÜber 象 🙂"
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text and len(ids) < len(text)
    fields = json.loads((published_size / "config.json").read_text())
    assert (fields["eos_token_id"], fields["pad_token_id"]) == (200_002, 199_999)
    assert (published_size / "tokenizer.json").stat().st_size < made_up.ENOUGH


def test_other_tokenizers_read_the_made_up_vocabulary_alike(published_size):
    tokenizers = pytest.importorskip("tokenizers")
    theirs, ours = tokenizers.Tokenizer.from_file(str(published_size / "tokenizer.json")), gn.Tokenizer.load(published_size)
    for text in ("Strawberry fields forever, it seems", "  a b\tantidisestablishmentarianism\n", "Größe 100 %"):
        assert theirs.encode(text, add_special_tokens=False).ids == ours.encode(text)


def test_a_model_with_the_made_up_vocabulary_answers(published_size):
    model = gn.load(published_size)
    assert model.logits(model.tokenizer.encode("What is 37 + 45?")).isfinite().all()
    assert model.chat("Hi", max_tokens=3, seed=0).trace.tokens
    gn.unload()


def test_a_tokenizer_is_copied_and_must_fit(golden, config, tmp_path, refused, capsys):
    assert main([str(tmp_path / "nano"), "--like", "nano", "--layers", "1"]) == 0
    mine = tmp_path / "nano" / "tokenizer.json"
    assert json.loads((tmp_path / "nano" / "config.json").read_text())["eos_token_id"] == gn.Tokenizer.load(mine).control_id("<|return|>")
    assert main([str(tmp_path / "again"), "--like", "nano", "--layers", "1", "--tokenizer", str(tmp_path / "nano")]) == 0
    assert (tmp_path / "again" / "tokenizer.json").read_bytes() == mine.read_bytes()
    with refused("vocabulary", error=TokenizerError):  # more tokens than the model has ids
        write_synthetic(tmp_path / "small", config, tokenizer=mine)
    assert main([str(tmp_path / "none"), "--like", "nano", "--tokenizer", str(tmp_path)]) == 1
    assert not (tmp_path / "small").exists() and not (tmp_path / "none").exists()


# what goes wrong


def test_a_full_disk_is_told_before_writing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1_234_567_890))
    assert main([str(tmp_path / "deep" / "new"), "--like", "20b"]) == 1
    what, todo = capsys.readouterr().err.strip().split("\n")
    assert "1,234,567,890 are free" in what and "13,7" in what and "--layers" in todo
    assert names(tmp_path) == []


def test_a_folder_that_is_taken_is_refused(config, tmp_path, refused):
    write_synthetic(tmp_path / "a", config, max_shard=100_000)
    before = names(tmp_path / "a")
    with refused(tmp_path / "a", "not empty", error=OptionError):
        write_synthetic(tmp_path / "a", config)
    (tmp_path / "file").write_text("")
    with refused("is a file", error=OptionError):
        write_synthetic(tmp_path / "file", config, force=True)
    with refused("cannot be written", error=OptionError):
        write_synthetic(tmp_path / "file" / "x", config)
    assert names(tmp_path / "a") == before
    (tmp_path / "killed" / ".unfinished").mkdir(parents=True)
    with refused(".unfinished", error=OptionError):
        write_synthetic(tmp_path / "killed", config, force=True)
    assert names(tmp_path / "killed") == [".unfinished"], "it may be another run's"
    (tmp_path / "empty").mkdir()
    assert write_synthetic(tmp_path / "empty", config)


def test_force_replaces_the_old_checkpoint_alone(config, tmp_path):
    write_synthetic(tmp_path, config, max_shard=100_000)
    (tmp_path / "notes.txt").write_text("mine")
    write_synthetic(tmp_path, config, "openai", seed=1, force=True)
    assert names(tmp_path) == ["config.json", "model.safetensors", "notes.txt"]
    assert read(tmp_path, config).embedding.isfinite().all()


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "stopped"])
def test_a_write_that_fails_leaves_what_was_there(config, tmp_path, monkeypatch, error):
    write_synthetic(tmp_path / "old", config)
    before = {path.name: path.read_bytes() for path in (tmp_path / "old").iterdir()}
    real, calls = noise.pieces, iter(range(1000))

    def pieces(*tensor):
        if next(calls) % 20 == 19:
            raise error
        return real(*tensor)

    monkeypatch.setattr(noise, "pieces", pieces)
    for folder in ("old", "new"):
        with pytest.raises(OptionError if isinstance(error, OSError) else KeyboardInterrupt):
            write_synthetic(tmp_path / folder, config, seed=1, force=True, max_shard=100_000)
    assert names(tmp_path) == ["old"], "and the new folder is gone"
    assert {path.name: path.read_bytes() for path in (tmp_path / "old").iterdir()} == before


@pytest.mark.parametrize("line", ["", "x", "x --like 30b", "x --like nano --layers x", "x --like nano --lay 1", "x --like nano --layers 0"])
def test_a_mistake_on_the_command_line_is_told_in_two_lines(line, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(line.split()) == 1
    assert len(capsys.readouterr().err.strip().split("\n")) == 2 and names(tmp_path) == []


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_one_line_or_a_few(terminal):
    stream = io.StringIO()
    stream.isatty = lambda: terminal
    show = Progress(stream)
    for done in range(0, 4_000_000_001, 1_000_000):
        show(done, 4_000_000_000)
    show.end()
    text = stream.getvalue()
    assert "4.00 GB of 4.00 GB" in text and text.endswith("\n") and text.count("\n") == (1 if terminal else 4)


def test_in_memory_as_before(config):
    weights = synthetic(config)
    assert torch.equal(weights.layers[1].down, synthetic(config).layers[1].down) and weights.layers[0].gate_up.dtype == torch.float32
