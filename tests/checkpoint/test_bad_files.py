"""Every way a checkpoint can be spoiled gives two lines that name the file and, where there is one, the tensor."""

import json
import pickle
import shutil

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

import gptoss_nb as gn
from gptoss_nb import session
from gptoss_nb.checkpoint.identity import identity_hash
from gptoss_nb.checkpoint.locate import INDEX
from gptoss_nb.checkpoint.read import read
from gptoss_nb.config import ModelConfig
from gptoss_nb.errors import CheckpointError

SOME = {"hf": "model.layers.2.mlp.router.bias", "openai": "block.2.mlp.gate.bias"}
BLOCKS = {"hf": "model.layers.1.mlp.experts.down_proj_blocks", "openai": "block.1.mlp.mlp2_weight.blocks"}
FILE = "model.safetensors"


@pytest.fixture(scope="module")
def config(golden):
    return ModelConfig.load(golden / "hf")


@pytest.fixture
def file(copy, taken_apart):
    return taken_apart(copy / FILE)


def cut_out(file, name):
    """Takes a tensor away and closes the gap."""
    start, end = file.header.pop(name)["data_offsets"]
    file.data = file.data[:start] + file.data[end:]
    for field in file.header.values():
        if "data_offsets" in field and field["data_offsets"][0] >= end:
            field["data_offsets"] = [offset - (end - start) for offset in field["data_offsets"]]


def append(file, name, dtype, shape, data):
    file.header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(file.data), len(file.data) + len(data)]}
    file.data += data


@pytest.mark.parametrize("which", [SOME, BLOCKS])
def test_missing_tensor(copy, file, config, refused, which):
    cut_out(file, which[copy.name])
    file.save()
    with refused(copy / FILE, f"`{which[copy.name]}` is missing"):
        read(copy, config)


def test_wrong_shape(copy, file, config, refused):
    name = BLOCKS[copy.name]
    file.header[name]["shape"] = [8, 128, 16, 3]
    file.save()
    with refused(copy / FILE, name, (8, 128, 16, 3), (8, 128, 3, 16)):
        read(copy, config)


@pytest.mark.parametrize("dtype", ["I16", "U16"])
def test_integers_for_numbers(copy, file, config, refused, dtype):
    file.header[SOME[copy.name]]["dtype"] = dtype
    file.save()
    with refused(copy / FILE, SOME[copy.name], dtype):
        read(copy, config)


@pytest.mark.parametrize("dtype", ["I8", "F8_E4M3"])
def test_other_bytes_for_blocks(copy, file, config, refused, dtype):
    file.header[BLOCKS[copy.name]]["dtype"] = dtype
    file.save()
    with refused(copy / FILE, BLOCKS[copy.name], dtype):
        read(copy, config)


def test_unpacked_experts(copy, file, config, refused):
    """A dequantised copy, as some republish: the error names what is missing and what is there instead."""
    old = BLOCKS[copy.name]
    new = old.replace("_blocks", "").replace(".blocks", "")
    cut_out(file, old)
    append(file, new, "BF16", [8, 128, 96], bytes(8 * 128 * 96 * 2))
    file.save()
    with refused(copy / FILE, old, f"it has `{new}`"):
        read(copy, config)


def test_unknown_tensor(copy, file, config, refused):
    append(file, "lora_A.weight", "F32", [1], bytes(4))
    file.save()
    with refused(copy / FILE, "`lora_A.weight`"):
        read(copy, config)


def test_config_of_another_size(copy, config, refused):
    fields = json.loads((copy / "config.json").read_text())
    for layers, named in ((5, "is missing"), (3, "none of this model's")):
        fields |= {"num_hidden_layers": layers, "layer_types": (["sliding_attention", "full_attention"] * 3)[:layers]}
        with refused(copy / FILE, named):
            read(copy, ModelConfig.from_dict(fields))


def test_doubled_in_two_files(copy, file, config, refused):
    shutil.copy(copy / FILE, copy / "more.safetensors")
    with refused("more.safetensors", "is also in model.safetensors"):
        read(copy, config)


def test_doubled_in_one_header(copy, file, config, refused):
    name = SOME[copy.name]
    text = json.dumps(file.header)
    text = (text[:-1] + f', "{name}": {json.dumps(file.header[name])}}}').encode()
    (copy / FILE).write_bytes(len(text).to_bytes(8, "little") + text + file.data)
    with refused(copy / FILE, name, "twice"):
        read(copy, config)


@pytest.mark.parametrize("keep", [0, 5, 8, 9, 1000, 100_000, -1])
def test_cut_short(copy, config, refused, keep):
    path = copy / FILE
    path.write_bytes(path.read_bytes()[:keep])
    with refused(path, "cut short"):
        read(copy, config)
    with refused(path, "cut short"):
        identity_hash(copy)


def test_cut_short_names_the_tensor(copy, file, config, refused):
    last = max((n for n in file.header if n != "__metadata__"), key=lambda n: file.header[n]["data_offsets"])
    file.data = file.data[:-1]
    file.save()
    with refused(copy / FILE, last):
        read(copy, config)


def test_bytes_too_many(copy, file, config, refused):
    file.data += b"\0"
    file.save()
    with refused(copy / FILE, "1 bytes"):
        read(copy, config)


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("a pickle was opened",)


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_pickle_renamed(copy, config, refused, protocol):
    (copy / FILE).write_bytes(pickle.dumps(Bomb(), protocol))
    with refused(copy / FILE):
        read(copy, config)


def test_torch_file_renamed(copy, config, refused):
    torch.save({"embedding.weight": torch.zeros(3)}, copy / FILE)
    with refused(copy / FILE, "pickle"):
        read(copy, config)


HEADERS = {
    "no JSON": b"{nonsense",
    "no object": b"[1, 2]",
    "not UTF-8": b'{"\xff": 1}',
    "deep": b'{"a":' + b"[" * 100_000,
    "no entry": b'{"a": 1}',
    "empty entry": b'{"a": {}}',
    "unknown type": b'{"a": {"dtype": "F3", "shape": [1], "data_offsets": [0, 4]}}',
    "type is a list": b'{"a": {"dtype": [], "shape": [1], "data_offsets": [0, 4]}}',
    "negative shape": b'{"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}',
    "huge shape": b'{"a": {"dtype": "F32", "shape": [1e999], "data_offsets": [0, 4]}}',
    "true shape": b'{"a": {"dtype": "F32", "shape": [true], "data_offsets": [0, 4]}}',
    "text shape": b'{"a": {"dtype": "F32", "shape": "1", "data_offsets": [0, 4]}}',
    "offsets reversed": b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}}',
    "offsets negative": b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [-4, 0]}}',
    "three offsets": b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4, 8]}}',
    "size and shape differ": b'{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}',
    "overlap": b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}, "b": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}',
    "nothing": b"{}",
}


@pytest.mark.parametrize("text", HEADERS.values(), ids=HEADERS.keys())
def test_garbage_header(copy, config, refused, text):
    (copy / FILE).write_bytes(len(text).to_bytes(8, "little") + text + bytes(4))
    with refused(copy / FILE):
        read(copy, config)


def test_huge_header(copy, config, refused):
    (copy / FILE).write_bytes((2**60).to_bytes(8, "little") + b"{" + bytes(100))
    with refused(copy / FILE, 2**60):
        read(copy, config)


def test_folder_in_place_of_the_file(copy, config, refused):
    (copy / FILE).unlink()
    (copy / FILE).mkdir()
    with refused(copy / FILE):
        read(copy, config)


def test_empty_folder(tmp_path, config, refused):
    with refused(tmp_path):
        read(tmp_path, config)


@pytest.mark.parametrize(
    "name",
    [
        "../model.safetensors",
        "/etc/model.safetensors",
        "sub/model.safetensors",
        "..\\model.safetensors",
        "..",
        "",
        "model.bin",
        7,
        None,
        ["x"],
    ],
)
def test_index_that_points_outside(copy, config, refused, name):
    (copy / INDEX).write_text(json.dumps({"weight_map": {SOME[copy.name]: name}}))
    with refused(copy / INDEX, SOME[copy.name]):
        read(copy, config)


@pytest.mark.parametrize("name", ["gone.safetensors", "nul\0.safetensors", "\ud800.safetensors", "x" * 300 + ".safetensors"])
def test_index_that_names_a_missing_file(copy, config, refused, name):
    (copy / INDEX).write_text(json.dumps({"weight_map": {SOME[copy.name]: name}}))
    with refused(".safetensors is missing"):
        read(copy, config)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"weight_map": []}', '{"weight_map": {}}', "[" * 100_000])
def test_index_that_is_none(copy, config, refused, text):
    (copy / INDEX).write_text(text)
    with refused(copy / INDEX):
        read(copy, config)


def test_missing_tensor_is_blamed_on_the_file_of_the_index(copy, file, config, refused):
    name = SOME[copy.name]
    (copy / INDEX).write_text(json.dumps({"weight_map": dict.fromkeys(file.header, FILE)}))
    cut_out(file, name)
    file.save()
    with refused(copy / FILE, name):
        read(copy, config)


@pytest.mark.parametrize("scale", [253, 254, 255])
@pytest.mark.parametrize("part", ["gate_up_proj_scales", "down_proj_scales"])
def test_scales_that_make_infinities(copy, file, config, refused, scale, part):
    """Code 6 times 2**(253 - 127) is past the end of float32 and of bfloat16."""
    name = f"model.layers.2.mlp.experts.{part}"
    if copy.name == "openai":
        name = f"block.2.mlp.mlp{1 if 'gate' in part else 2}_weight.scales"
    start, end = file.header[name]["data_offsets"]

    def put(value):
        file.data = file.data[: end - 7] + bytes([value]) + file.data[end - 6 :]
        file.save()

    put(scale)
    with refused(copy / FILE, f"`{name}`"):
        read(copy, config)
    with refused(copy / FILE, f"`{name}`"):
        gn.load(copy, context=64)
    put(252)
    weights = read(copy, config).layers[2]
    assert (weights.gate_up if "gate" in part else weights.down).dequantize().isfinite().all()


# a checkpoint in three files, spoiled: what the error names, and that nothing else comes of it

SHARD, LAST = "model-{}-of-00003.safetensors", "model.norm.weight"


@pytest.fixture
def sharded(golden, tmp_path):
    stored, folder, weight_map = load_file(golden / "hf" / FILE), tmp_path / "sharded", {}
    folder.mkdir()
    shutil.copy(golden / "hf" / "config.json", folder)
    for n, names in enumerate((sorted(stored)[::3], sorted(stored)[1::3], sorted(stored)[2::3]), 1):
        save_file({name: stored[name] for name in names}, folder / SHARD.format(n))
        weight_map |= dict.fromkeys(names, SHARD.format(n))
    (folder / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    return folder


def cut(folder):
    path = folder / SHARD.format(2)
    path.write_bytes(path.read_bytes()[:-100])


def map_to(name):
    def spoil(folder):
        index = json.loads((folder / INDEX).read_text())
        index["weight_map"][LAST] = name
        (folder / INDEX).write_text(json.dumps(index))

    return spoil


def rewrite(change):
    """Changes the tensors of the file that has the last norm."""

    def spoil(folder):
        path = folder / json.loads((folder / INDEX).read_text())["weight_map"][LAST]
        tensors = load_file(path)
        change(tensors)
        save_file(tensors, path)

    return spoil


def twice(folder):
    norm = load_file(folder / json.loads((folder / INDEX).read_text())["weight_map"][LAST])[LAST]
    for n in (1, 2, 3):
        tensors = load_file(folder / SHARD.format(n))
        save_file(tensors | {LAST: norm}, folder / SHARD.format(n))


def claim(**fields):
    def spoil(folder):
        (folder / "config.json").write_text(json.dumps(json.loads((folder / "config.json").read_text()) | fields))

    return spoil


def only_pickles(folder):
    for path in folder.glob("*.safetensors"):
        path.unlink()
    torch.save({LAST: torch.zeros(3)}, folder / "pytorch_model.bin")


NORM = f"`{LAST}`"
SPOILED = {
    "a shard cut short": (cut, (SHARD.format(2), "cut short", "tensor `model.layers.")),
    "a shard missing": (lambda folder: (folder / SHARD.format(3)).unlink(), (SHARD.format(3), "missing", INDEX)),
    "an index that names no such file": (map_to("model-4-of-00003.safetensors"), ("model-4-of-00003.safetensors", "missing", INDEX)),
    "an index that points outside": (map_to("../../secret.safetensors"), (INDEX, NORM, "../../secret.safetensors")),
    "a tensor missing": (rewrite(lambda tensors: tensors.pop(LAST)), (SHARD.format(1), NORM, "missing")),
    "a tensor in two files": (twice, (SHARD.format(2), NORM, "also in", SHARD.format(1))),
    "a tensor too many": (rewrite(lambda tensors: tensors.update(extra=torch.zeros(2))), (SHARD.format(1), "`extra`")),
    "a shape": (rewrite(lambda tensors: tensors.update({LAST: torch.zeros(127)})), (SHARD.format(1), NORM, "(127,)", "(128,)")),
    "a type": (rewrite(lambda tensors: tensors.update({LAST: torch.zeros(128, dtype=torch.int32)})), (SHARD.format(1), NORM, "I32")),
    "no experts": (claim(num_local_experts=0), ("config.json", "num_local_experts")),
    "more experts per token than experts": (claim(num_experts_per_tok=9), ("config.json", "9 experts per token of only 8")),
    "a hidden size of no blocks": (claim(hidden_size=100), ("config.json", "hidden size 100", "divisible by 32")),
    "an expert width of no blocks": (claim(intermediate_size=90), ("config.json", "intermediate size 90", "divisible by 32")),
    "another model's config": (claim(intermediate_size=64), ("gate_up_proj_blocks", "(8, 192, 4, 16)", "(8, 128, 4, 16)")),
    "pickles only": (only_pickles, ("pytorch_model.bin", "pickle")),
}  # fmt: skip


@pytest.mark.parametrize("spoil, named", SPOILED.values(), ids=SPOILED)
def test_nothing_is_half_loaded_and_the_model_before_stays(sharded, refused, spoil, named):
    model = gn.load("nano")
    logits, steps = model.logits([1, 2, 3]), []
    spoil(sharded)
    with refused(*named):
        gn.load(sharded, progress=lambda done, total: steps.append(done))
    assert not steps, "the headers tell, before any tensor is read"
    assert session.current() is model and gn.load("nano") is model and torch.equal(model.logits([1, 2, 3]), logits)


def test_the_three_files_load_when_they_are_whole(sharded, golden):
    assert torch.equal(gn.load(sharded, context=64).logits([1, 2, 3]), gn.load(golden / "hf", context=64).logits([1, 2, 3]))
    gn.unload()


fuzz = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@fuzz
@given(at=st.integers(0, 6000), junk=st.binary(min_size=1, max_size=20))
def test_fuzzed_bytes(tmp_path, golden, config, at, junk):
    """Bytes of the header are overwritten: it loads or is refused, nothing else."""
    raw = bytearray((golden / "openai" / FILE).read_bytes())
    raw[at : at + len(junk)] = junk
    (tmp_path / FILE).write_bytes(raw)
    try:
        read(tmp_path, config)
    except CheckpointError as error:
        assert len(str(error).split("\n")) == 2


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
entries = st.fixed_dictionaries({"dtype": st.sampled_from(["F32", "U8"]) | json_values, "shape": json_values, "data_offsets": json_values})


@fuzz
@given(header=st.dictionaries(st.text(max_size=8), entries | json_values, max_size=4), data=st.binary(max_size=16))
def test_fuzzed_headers(tmp_path, config, header, data):
    text = json.dumps(header).encode()
    (tmp_path / FILE).write_bytes(len(text).to_bytes(8, "little") + text + data)
    with pytest.raises(CheckpointError) as caught:
        read(tmp_path, config)
    assert len(str(caught.value).split("\n")) == 2
