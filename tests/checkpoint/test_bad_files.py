"""Every way a checkpoint can be spoiled gives two lines that name the file and, where there is one, the tensor."""

import json
import pickle
import shutil

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gptoss_nb.checkpoint.identity import identity_hash
from gptoss_nb.checkpoint.read import INDEX, read
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
