"""Whatever lies in a folder, gn.load loads it or refuses it in two lines, at once and with little memory, and keeps what it had."""

import json
import re
import resource
import shutil
import sys
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gptoss_nb as gn
from gptoss_nb import session
from gptoss_nb.checkpoint.locate import INDEX, locate
from gptoss_nb.errors import CheckpointError, GptossError, TokenizerError

FILE = "model.safetensors"
LAYOUTS = ["hf", "openai"]


def fuzz(examples: int):
    return settings(derandomize=True, deadline=None, max_examples=examples, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module", autouse=True)
def loaded():
    yield gn.load("nano")
    gn.unload()


@pytest.fixture(params=LAYOUTS)
def folder(request, golden, tmp_path):
    """A golden checkpoint to spoil. One example of a test follows another in it: each writes what it reads."""
    return shutil.copytree(golden / request.param, tmp_path / request.param)


@pytest.fixture
def config(golden, folder):
    """Its config.json, with a short context: then what loads is quick to load."""
    text = (golden / folder.name / "config.json").read_text()
    return text.replace("131072", "4096").replace('"initial_context_length": 4096', '"initial_context_length": 128')


def attempt(folder, **options) -> GptossError | None:
    """The error of loading, None where it loads; fails where it is of another kind, dear, or the model before does not stay."""
    before, started, taken = session.current(), time.thread_time(), _peak_mb()
    error = None
    try:
        model = gn.load(folder, **options)
    except GptossError as caught:
        error = caught
        assert time.thread_time() - started < 1, error
        assert session.current() is before
        what, todo = str(error).split("\n")
        assert len(what) > 10 and len(todo) > 10
    else:
        ids = [1, 2, 3][: model.placement.context]
        logits = model.logits(ids)
        assert logits.shape == (len(ids), model.config.vocab_size) and logits.isfinite().all()
    assert _peak_mb() - taken < 1000, error
    return error


def _peak_mb() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (1e6 if sys.platform == "darwin" else 1e3)


# what JSON can say, and what only Python's reader takes for JSON
NASTY = ["0", "1", "2", "3", "-1", "7", "32", "64", "65", "1024", "131072", "1.5", "8.0", "-0.0", "1e308", "-1e308", "5e-324",
         "1e999", "NaN", "Infinity", "-Infinity", "true", "false", "null", str(2**31 - 1), str(2**31),
         str(2**47), str(2**64), "9" * 5000, '""', '"8"',
         '"\\ud800"', '"\\u0000\\n"', '"x/../../y"', f'"{FILE}"', '"gone.safetensors"', '"BF16"', '"F32"', '"U8"', '"F64"', '"yarn"',
         '"num_experts"', '"num_local_experts"', '"full_attention"', '"model.norm.weight"', '"norm.scale"', "[]", "{}", "[[[[[]]]]]",
         "[" * 3000, '{"a": 1, "a": 2}', "[0, 0]", "[1, -1]", "[2.0, 3]", "}"]  # fmt: skip
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[-+.\w]+|[][{},:]')
HOW = ["number", "number", "number", "text", "copy", "copy", "swap", "swap", "delete", "double"]
changes = st.lists(st.tuples(st.sampled_from(HOW), st.integers(0, 2**16), st.sampled_from(NASTY), st.integers(0, 2**16)),
                   min_size=1, max_size=3)  # fmt: skip


def changed(text: str, made) -> bytes:
    """JSON in which some numbers and texts stand for others, or any token is deleted or doubled."""
    tokens = TOKEN.findall(text)
    numbers = [n for n, token in enumerate(tokens) if token[0] not in '"[]{},:']
    texts = [n for n, token in enumerate(tokens) if token[0] == '"']
    for how, at, new, other in made:
        places = numbers or texts if how == "number" else range(len(tokens)) if how in ("delete", "double") else texts
        at, other = places[at % len(places)], places[other % len(places)]
        if how == "swap":
            tokens[at], tokens[other] = tokens[other], tokens[at]
        else:
            tokens[at] = {"copy": tokens[other], "delete": "", "double": f"{tokens[at]}, {tokens[at]}"}.get(how, new)
    return " ".join(tokens).encode()


@fuzz(60)
@given(made=changes)
def test_configs(folder, config, made):
    (folder / "config.json").write_bytes(changed(config, made))
    attempt(folder)


@fuzz(60)
@given(fields=st.dictionaries(st.integers(0, 99), st.sampled_from(NASTY), min_size=1, max_size=3))
def test_numbers_of_configs(folder, config, fields):
    """Only numbers are replaced, so that more of them come through the reading of the JSON."""
    parts = re.split(r"(?<=: )([-+.\w]+)(?=[,\s}])", config)  # every second one is a number
    for number, value in fields.items():
        parts[1 + 2 * (number % (len(parts) // 2))] = value
    (folder / "config.json").write_text("".join(parts))
    attempt(folder)


@fuzz(50)
@given(made=changes)
def test_headers(folder, golden, made):
    raw = (golden / folder.name / FILE).read_bytes()
    length = int.from_bytes(raw[:8], "little")
    text = changed(raw[8 : 8 + length].decode(), made)
    (folder / FILE).write_bytes(len(text).to_bytes(8, "little") + text + raw[8 + length :])
    attempt(folder, context=64)


@fuzz(30)
@given(made=changes)
def test_indexes(folder, made):
    raw = (folder / FILE).read_bytes()
    names = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")]).keys() - {"__metadata__"}
    index = {"metadata": {"total_size": 1}, "weight_map": dict.fromkeys(sorted(names), FILE)}
    (folder / INDEX).write_bytes(changed(json.dumps(index), made))
    attempt(folder, context=64)


@fuzz(50)
@given(name=st.sampled_from([FILE, INDEX, "config.json", "tokenizer.json"]), start=st.binary(max_size=40), keep=st.integers(0, 3000))
def test_any_bytes(folder, golden, name, start, keep):
    """Bytes of no kind, with the rest of the file behind them or without."""
    for path in folder.iterdir():
        path.unlink()
    shutil.copytree(golden / folder.name, folder, dirs_exist_ok=True)
    path = folder / name
    rest = path.read_bytes() if path.exists() else b'{"weight_map": {}}'
    path.write_bytes(start + (rest[len(start) :] if keep > 2000 else rest[keep : 2 * keep]))
    attempt(folder, context=64)


@fuzz(30)
@given(at=st.integers(0, 2**16), junk=st.binary(min_size=1, max_size=8))
def test_bytes_of_a_header(folder, golden, at, junk):
    raw = bytearray((golden / folder.name / FILE).read_bytes())
    at %= int.from_bytes(raw[:8], "little")  # behind it come values, any of which may be
    raw[at : at + len(junk)] = junk
    (folder / FILE).write_bytes(raw)
    attempt(folder, context=64)


# found so: what had escaped as another exception, taken gigabytes or half a minute, or loaded and computed NaN

CONFIGS = {
    "a context of trillions": ("openai", {"rope_scaling_factor": 2.0**30}, "a context of"),
    "betas at the end of floating point": ("openai", {"rope_ntk_beta": 1e-310, "rope_ntk_alpha": 5e-324}, "betas"),
    "an epsilon that is 0 in float32": ("hf", {"rms_norm_eps": 5e-324}, "norm epsilon"),
    "an infinite epsilon": ("hf", {"rms_norm_eps": float("inf")}, "rms_norm_eps"),
    "thousands of layers": ("openai", {"num_hidden_layers": 4096}, "num_hidden_layers"),
    "more experts than ids": ("openai", {"num_experts": 2**15}, "num_experts"),
    "heads as wide as memory": ("openai", {"head_dim": 2**20, "rope_scaling_factor": 1, "initial_context_length": 1}, "shape (384, 128)"),
    "terabytes of vocabulary": ("openai", {"vocab_size": 2**31 - 1}, "has shape (320, 128)"),
    "terabytes of experts": ("openai", {"num_experts": 2**15 - 1, "intermediate_size": 2**31 - 32}, "has shape"),
    "an identity that is no text": ("hf", {"identity": "I am \ud800"}, "identity"),
    "true for one": ("openai", {"num_key_value_heads": True}, "num_key_value_heads"),
}


@pytest.mark.parametrize("layout, change, said", CONFIGS.values(), ids=CONFIGS)
def test_configs_that_were_found(golden, tmp_path, layout, change, said):
    folder = shutil.copytree(golden / layout, tmp_path / layout)
    fields = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(fields | change))
    error = attempt(folder)
    assert type(error) is CheckpointError and said in error.what


ODD = [{"num_hidden_layers": 4.0}, {"sliding_window": 2**31 - 1}, {"rope_scaling_factor": 1}, {"rope_scaling_factor": 64},
       {"rope_scaling_factor": 2.0**18 - 1}, {"rope_theta": 1.0000001}, {"swiglu_limit": 1e-300}, {"experts_per_token": 1}, {"anything": float("nan")}]  # fmt: skip


@pytest.mark.parametrize("change", ODD, ids=str)
def test_odd_configs_that_load(golden, tmp_path, change):
    folder = shutil.copytree(golden / "openai", tmp_path / "openai")
    (folder / "config.json").write_text(json.dumps(json.loads((folder / "config.json").read_text()) | change))
    assert attempt(folder) is None


def test_a_config_of_megabytes(folder):
    (folder / "config.json").write_text(" " * 2**20 + (folder / "config.json").read_text())
    assert "config.json" in attempt(folder).what


@pytest.mark.parametrize("name", ["config.json", INDEX])
def test_a_folder_where_a_file_should_be(folder, name):
    (folder / name).unlink(missing_ok=True)
    (folder / name).mkdir()
    assert name in attempt(folder).what


def test_a_header_of_many_thousand_tensors(folder):
    fields = {f"t{n}": {"dtype": "U8", "shape": [1], "data_offsets": [n, n + 1]} for n in range(20_000)}
    text = json.dumps(fields).encode()
    (folder / FILE).write_bytes(len(text).to_bytes(8, "little") + text + bytes(20_000))
    assert f"a header of {len(text)} bytes" in attempt(folder).what


@pytest.mark.parametrize("rows", [201_088, 2**31 - 1])
def test_the_tokenizer_of_a_smaller_model(tmp_path, rows):
    """It was given a name for each row that it has no token for: at 2**31 rows, all memory."""
    folder = shutil.copytree(locate("nano"), tmp_path / "nano")
    fields = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(fields | {"vocab_size": rows}))
    error = attempt(folder)
    assert type(error) is TokenizerError and str(folder / "tokenizer.json") in error.what and str(rows) in error.what


def test_the_model_before_is_still_the_same(loaded, golden, tmp_path):
    ids = [1, 2, 3]
    before = gn.load("nano").logits(ids)
    model = session.current()
    folder = shutil.copytree(golden / "hf", tmp_path / "hf")
    for content in (b"", b"{", (folder / FILE).read_bytes()[:-1]):
        (folder / FILE).write_bytes(content)
        assert attempt(folder)
    assert gn.load("nano") is model and (model.logits(ids) == before).all()
