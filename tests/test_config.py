import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gptoss_nb.config import ModelConfig
from gptoss_nb.errors import CheckpointError


@pytest.fixture(scope="module", params=["hf", "openai"])
def fields(request, golden):
    return json.loads((golden / request.param / "config.json").read_text())


def refused(fields, *named, where="here.json"):
    with pytest.raises(CheckpointError) as caught:
        ModelConfig.from_dict(fields, where)
    what, todo = str(caught.value).split("\n")
    assert todo and all(name in what for name in (where, *named)), what


def test_both_layouts_say_the_same(golden):
    config = ModelConfig.load(golden / "hf")
    assert config == ModelConfig.load(golden / "openai" / "config.json")
    assert (config.n_layers, config.hidden_size, config.n_experts, config.experts_per_token) == (4, 128, 8, 4)
    assert config.sliding_windows == (16, None, 16, None)
    assert (config.context, config.original_context, config.rope_beta_fast, config.rope_beta_slow) == (131072, 4096, 32, 1)
    assert config.qkv_width == 384


def test_experts_per_token_by_either_name(golden):
    fields = json.loads((golden / "hf" / "config.json").read_text())
    del fields["num_experts_per_tok"]
    assert ModelConfig.from_dict(fields).experts_per_token == 4


def named_like(fields, *names):
    return next(name for name in names if name in fields)


NONSENSE = [0, -1, 2**40, 10**400, 1.5, float("nan"), float("inf"), "8", "x" * 10_000, None, True, [], {}, [[[]]]]
SIZES = ["num_hidden_layers", "hidden_size", "vocab_size", "num_attention_heads", "num_key_value_heads", "head_dim",
         "experts_per_token", "intermediate_size", "sliding_window"]  # fmt: skip


@pytest.mark.parametrize("value", NONSENSE, ids=lambda value: f"{value!r:.12}")
@pytest.mark.parametrize("name", SIZES)
def test_a_nonsense_size_is_refused_by_name(fields, name, value):
    if name == "experts_per_token":
        name = named_like(fields, "num_experts_per_tok", name)
    refused(fields | {name: value}, name)


@pytest.mark.parametrize("name", SIZES)
def test_a_missing_field_is_named(fields, name):
    kept = {key: value for key, value in fields.items() if key not in (name, name.replace("experts_per_token", "num_experts_per_tok"))}
    refused(kept, name.removeprefix("num_") if "per_t" not in name else "experts_per_tok")


@pytest.mark.parametrize(
    "change, said",
    [
        ({"num_experts": 0, "num_local_experts": 0}, "experts"),
        ({"experts_per_token": 9, "num_experts_per_tok": 9}, "9 experts per token of only 8"),
        ({"hidden_size": 120}, "not divisible by 32"),
        ({"intermediate_size": 100}, "not divisible by 32"),
        ({"num_key_value_heads": 3}, "do not divide"),
        ({"head_dim": 31}, "odd"),
        ({"rope_theta": 0}, "rope_theta"),
        ({"rope_theta": "150000"}, "rope_theta"),
        ({"swiglu_limit": -7}, "swiglu limit"),
        ({"num_hidden_layers": 2**31 - 1}, "num_hidden_layers"),
        ({"identity": 7}, "identity"),
    ],
)
def test_nonsense_is_refused(fields, change, said):
    # the other layout's names stay out: one of them decides which layout this is
    refused(fields | {name: value for name, value in change.items() if name in fields or name == "identity"}, said)


@pytest.mark.parametrize(
    "change, said",
    [
        ({"rope_scaling_factor": 0.5}, "below 1"),
        ({"rope_scaling_factor": 1e12}, "rope_scaling_factor"),
        ({"rope_scaling_factor": 1e11}, "a context of"),
        ({"rope_ntk_alpha": 32}, "betas"),
        ({"rope_ntk_beta": "32"}, "rope_ntk_beta"),
        ({"initial_context_length": None}, "`initial_context_length` is missing"),
    ],
)
def test_rope_out_of_range_in_original(golden, change, said):
    refused(json.loads((golden / "openai" / "config.json").read_text()) | change, said)


@pytest.mark.parametrize(
    "change, said",
    [
        ({"truncate": True}, "truncate"),
        ({"rope_type": "linear"}, "rope_type"),
        ({"beta_fast": 1.0}, "betas"),
        ({"factor": None}, "factor"),
        ({"original_max_position_embeddings": 0}, "original_max_position_embeddings"),
    ],
)
def test_rope_of_another_kind(golden, change, said):
    fields = json.loads((golden / "hf" / "config.json").read_text())
    refused(fields | {"rope_scaling": fields["rope_scaling"] | change}, said)
    refused(fields | {"rope_scaling": "yarn"}, "rope_scaling")


@pytest.mark.parametrize(
    "types", [[], ["full_attention"], "full_attention", ["full_attention"] * 3 + ["conv"], ["full_attention"] * 3 + [[]], 4]
)
def test_layer_types_of_another_kind(golden, types):
    fields = json.loads((golden / "hf" / "config.json").read_text())
    refused(fields | {"layer_types": types}, "layer_types")


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"7", b"\xff\xfe", b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}"])
def test_a_file_that_is_no_config(tmp_path, text):
    path = tmp_path / "config.json"
    path.write_bytes(text)
    with pytest.raises(CheckpointError) as caught:
        ModelConfig.load(tmp_path)
    what, todo = str(caught.value).split("\n")
    assert todo and str(path) in what


def test_no_config(tmp_path):
    with pytest.raises(CheckpointError, match="config.json is missing"):
        ModelConfig.load(tmp_path)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_fuzzed_fields(fields, data):
    names = data.draw(st.lists(st.sampled_from(sorted(fields)), min_size=1, max_size=3))
    changed = fields | {name: data.draw(json_values) for name in names}
    if isinstance(changed.get("rope_scaling"), dict):
        changed["rope_scaling"] = fields["rope_scaling"] | data.draw(
            st.dictionaries(st.sampled_from(sorted(fields["rope_scaling"])), json_values)
        )
    try:
        ModelConfig.from_dict(changed)
    except CheckpointError as error:
        assert len(str(error).split("\n")) == 2
