"""A Trace is consistent or does not exist, survives its file bit by bit, and takes nothing else for one."""

import copy
import json
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load, save

from gptoss_nb.errors import NotObservable, TraceError
from gptoss_nb.trace import Trace

L, T, A, E = 3, 7, 2, 5
ARRAYS = ["token_ids", "turns", "logprobs", "generated", "expert_ids", "expert_weights", "router_logits", "alternative_ids", "alternative_logprobs"]
META = {"format": "gptoss_nb.trace", "version": "1"}
TOKENS = ("What", " is", "", "🐙é", "\ud83d", '"\n\x00<b>', "</script>" * 100)


def fields(**changed) -> dict:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(L, T, E)).astype(np.float32)
    best = np.argsort(-logits, axis=-1)[..., :A]
    chosen = np.exp(np.take_along_axis(logits, best, -1))
    logprobs = np.array([np.nan, -0.0, -1, -2, -3, -np.inf, -4], np.float32)
    logprobs[4] = np.frombuffer(b"\x01\x00\xc0\xff", np.float32)[0]  # a NaN with a payload
    return {
        "token_ids": np.arange(T, dtype=np.int32) + 200000,
        "tokens": TOKENS,
        "roles": ("user",) * 4 + ("assistant",) * 3,
        "channels": ("",) * 4 + ("analysis", "analysis", "final"),
        "turns": np.array([0, 0, 0, 0, 1, 1, 2], np.int16),
        "logprobs": logprobs,
        "generated": np.arange(T) >= 4,
        "expert_ids": best.astype(np.int16),
        "expert_weights": chosen / chosen.sum(-1, keepdims=True),
        "router_logits": logits,
        "alternative_ids": np.array([[-1, -1], [3, 4], [5, -1], [6, 7], [8, 9], [1, 2], [0, 3]], np.int32),
        "alternative_logprobs": rng.normal(size=(T, 2)).astype(np.float32),
        "alternatives": (("", ""), ("a", "\ud83d"), ("<b>", ""), ("e", "f"), ("g", "h"), ("i", "j"), ("k", "l")),
        "badge": {"model": "nano", "seed": None, "edits": {"L0.E1": "off"}, "versions": ["2.13", 1.5, True], "odd": "\udc00\u0000"},
    } | changed


@pytest.fixture
def trace() -> Trace:
    return Trace(**fields())


@pytest.fixture
def saved(trace, tmp_path):
    trace.save(tmp_path / "t.safetensors")
    return tmp_path / "t.safetensors"


@pytest.fixture
def good(saved) -> bytes:
    return saved.read_bytes()


def refusal(path) -> tuple[str, str]:
    with pytest.raises(TraceError) as caught:
        Trace.load(path)
    what, todo = str(caught.value).split("\n")
    assert str(path) in what and todo
    return what, todo


def test_sizes_and_a_short_repr(trace):
    assert (trace.n_tokens, len(trace), trace.n_layers, trace.experts_per_token, trace.n_experts) == (T, T, L, A, E)
    assert repr(trace) == "<Trace 'nano': 7 tokens, 3 generated; 3 layers, 2 of 5 experts>"
    assert len(repr(Trace(**fields(badge={"model": "x\n" * 9999})))) < 250
    with pytest.raises(AttributeError):
        trace.tokens = ()


@pytest.mark.parametrize("size", [T, 1, 0])
def test_a_file_gives_back_every_bit(tmp_path, size):
    cut = {n: v[:, :size] if getattr(v, "ndim", 0) == 3 else v[:size] if n != "badge" else v for n, v in fields().items()}
    assert size == T or not size or not cut["router_logits"].flags.c_contiguous
    trace = Trace(**cut)
    trace.save(tmp_path / "t")
    back = Trace.load(str(tmp_path / "t"))
    for name in ARRAYS:
        ours, theirs = getattr(trace, name), getattr(back, name)
        assert (ours.dtype, ours.shape, ours.tobytes()) == (theirs.dtype, theirs.shape, theirs.tobytes())
    for name in ("tokens", "roles", "channels", "alternatives", "badge"):
        assert getattr(back, name) == getattr(trace, name)
    back.token_ids[:] = 0  # what was loaded is ordinary memory


def test_the_badge_is_a_copy_of_plain_json():
    badge = {"edits": ("L0.E1=off", 2), 3: None}
    trace = Trace(**fields(badge=badge, tokens=list(TOKENS)))
    assert trace.badge == {"edits": ["L0.E1=off", 2], "3": None} and trace.tokens == TOKENS
    badge["more"] = 1
    assert "more" not in trace.badge


LOOP: list = []
LOOP.append(LOOP)
WRONG = {
    "badge is no dict": {"badge": []},
    "badge has NaN": {"badge": {"a": float("nan")}},
    "badge has an object": {"badge": {"a": object()}},
    "badge is endless": {"badge": {"a": LOOP}},
    "int64 ids": {"token_ids": np.arange(T)},
    "a list for an array": {"turns": [0] * T},
    "float64": {"logprobs": np.zeros(T)},
    "one text too few": {"roles": ("user",) * (T - 1)},
    "one text for all": {"channels": "sevenxx"},
    "a text that is none": {"tokens": (None,) * T},
    "one token too many": {"generated": np.zeros(T + 1, bool)},
    "transposed": {"expert_ids": fields()["expert_ids"].swapaxes(0, 1)},
    "other width": {"expert_weights": np.zeros((L, T, A + 1), np.float32)},
    "flat": {"router_logits": np.zeros((L, T), np.float32)},
    "expert too high": {"expert_ids": np.full((L, T, A), E, np.int16)},
    "expert below 0": {"expert_ids": np.full((L, T, A), -1, np.int16)},
    "one expert twice": {"expert_ids": np.zeros((L, T, A), np.int16)},
    "fewer experts than chosen": {"router_logits": np.zeros((L, T, A - 1), np.float32)},
    "no layer": {n: fields()[n][:0] for n in ("expert_ids", "expert_weights", "router_logits")},
    "negative token": {"token_ids": np.full(T, -1, np.int32)},
    "negative alternative": {"alternative_ids": np.full((T, 2), -2, np.int32)},
    "alternatives of other width": {"alternative_logprobs": np.zeros((T, 3), np.float32)},
    "alternatives without texts": {"alternatives": None},
    "a text too many": {"alternatives": (("a", "b", "c"),) * T},
    "alternatives of one text": {"alternatives": ("ab",) * T},
    "negative turn": {"turns": np.full(T, -2, np.int16)},
}


@pytest.mark.parametrize("name", WRONG)
def test_contradictions_are_refused(name):
    with pytest.raises(TraceError) as caught:
        Trace(**fields(**WRONG[name]))
    assert len(str(caught.value).split("\n")) == 2


def test_a_table_with_a_row_for_each_slot(trace):
    table = trace.to_pandas()
    assert list(table) == "position token token_id role channel turn generated logprob layer slot expert weight".split()
    assert len(table) == L * T * A
    for position, layer, slot in [(0, 0, 0), (T - 1, L - 1, A - 1), (4, 1, 1)]:
        (row,) = table[(table.position == position) & (table.layer == layer) & (table.slot == slot)].itertuples()
        assert row.expert == trace.expert_ids[layer, position, slot] and row.weight == trace.expert_weights[layer, position, slot]
        assert (row.token, row.role, row.channel) == (trace.tokens[position], trace.roles[position], trace.channels[position])
        assert row.generated == (position >= 4) and row.token_id == 200000 + position and row.turn == trace.turns[position]
    assert table.weight.groupby([table.position, table.layer]).sum().round(5).eq(1).all()


def test_a_table_of_alternatives(trace):
    table = trace.to_pandas("alternatives")
    assert list(table) == "position rank alternative alternative_id logprob".split() and len(table) == 11
    (row,) = table[(table.position == 1) & (table["rank"] == 1)].itertuples()
    assert (row.alternative, row.alternative_id, row.logprob) == ("\ud83d", 4, trace.alternative_logprobs[1, 1])
    with pytest.raises(TraceError, match="routing or alternatives"):
        trace.to_pandas("experts")


def test_a_file_from_before_there_were_alternatives_opens(good, tmp_path):
    arrays = load(good)
    texts = json.loads(arrays["texts"].tobytes())
    del texts["alternatives"]
    older = {name: array for name, array in arrays.items() if not name.startswith("alternative")}
    older["texts"] = np.frombuffer(json.dumps(texts).encode(), np.uint8)
    (tmp_path / "older").write_bytes(save(older, META))
    assert Trace.load(tmp_path / "older").alternatives == ((),) * T
    del arrays["alternative_ids"]
    (tmp_path / "half").write_bytes(save(arrays, META))
    assert "alternative_ids" in refusal(tmp_path / "half")[0]


@pytest.mark.parametrize("name", ["attention", "lens", "head_summary", "attribution", "counterfactual", "logits"])
def test_what_needs_the_model_is_told(trace, saved, name):
    with pytest.raises(NotObservable, match=f"model.{name}"):
        getattr(Trace.load(saved), name)
    assert not hasattr(trace, name) and not hasattr(trace, "nonsense") and copy.copy(trace).tokens == trace.tokens


def test_alternatives_may_be_unknown():
    made = fields()
    for name in ("alternative_ids", "alternative_logprobs", "alternatives"):
        del made[name]
    trace = Trace(**made)
    assert trace.alternative_ids.shape == (T, 0) and trace.alternatives == ((),) * T and trace.to_pandas("alternatives").empty


def test_without_pandas_it_says_what_to_install(trace, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(TraceError, match="pip install"):
        trace.to_pandas()


def test_what_was_there_stays_when_saving_fails(trace, saved, tmp_path, monkeypatch):
    before = saved.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(TraceError, match="No space left"):
        trace.save(saved)
    assert saved.read_bytes() == before and os.listdir(tmp_path) == [saved.name]


@pytest.mark.parametrize("place", ["no/such/folder/t", "folder", "n\0ul", "x" * 300, ""])
def test_a_place_that_cannot_be_written(trace, tmp_path, place):
    (tmp_path / "folder").mkdir()
    with pytest.raises(TraceError) as caught:
        trace.save(tmp_path / place)
    assert len(str(caught.value).split("\n")) == 2 and os.listdir(tmp_path) == ["folder"]
    with pytest.raises(TraceError):
        Trace.load(tmp_path / place)
    with pytest.raises(TraceError, match="not a path"):
        trace.save(None)


class Boom:
    def __reduce__(self):
        return os.mkdir, ("opened",)


NOT_TRACES = {
    "empty": b"",
    "text": b"hello",
    "pickle": pickle.dumps(Boom()),
    "html": b"<!DOCTYPE html>" * 99,
    "huge header": b"\xff" * 64,
    "not a trace": save({"a": np.zeros(3)}),
    "no tensors": save({"texts": np.zeros(0, np.uint8)}, META),
}


@pytest.mark.parametrize("name", NOT_TRACES)
def test_other_files_are_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "f").write_bytes(NOT_TRACES[name])
    refusal(tmp_path / "f")
    assert os.listdir() == ["f"]


def test_another_version_says_so(saved):
    saved.write_bytes(save(load(saved.read_bytes()), META | {"version": "2"}))
    assert "version 2" in refusal(saved)[0]


def spoiled(tensors: dict, texts: dict | bytes | None = None) -> bytes:
    if texts is not None:
        tensors["texts"] = np.frombuffer(texts if isinstance(texts, bytes) else json.dumps(texts).encode(), np.uint8)
    return save(tensors, META)


@pytest.mark.parametrize("change", ["lost", "extra", "dtype", "dimensions", "out of range", "one token more"])
def test_tensors_that_do_not_fit(saved, change):
    tensors = {name: array.copy() for name, array in load(saved.read_bytes()).items()}
    match change:
        case "lost":
            del tensors["turns"]
        case "extra":
            tensors["more"] = np.zeros(1)
        case "dtype":
            tensors["expert_ids"] = tensors["expert_ids"].astype(np.float64)
        case "dimensions":
            tensors["texts"] = tensors["texts"][None]
        case "out of range":
            tensors["expert_ids"][1, 2, 1] = E
        case "one token more":
            tensors["token_ids"] = np.zeros(T + 1, np.int32)
    saved.write_bytes(spoiled(tensors))
    what, _ = refusal(saved)
    assert {"lost": "turns", "extra": "more", "dtype": "expert_ids", "out of range": "expert id"}.get(change, "") in what


@pytest.mark.parametrize("change", ["cut", "binary", "list", "nested", "key", "kind", "string", "length", "badge", "number", "NaN"])
def test_texts_that_do_not_fit(saved, change):
    tensors = load(saved.read_bytes())
    raw = tensors["texts"].tobytes()
    good = json.loads(raw)
    bad = {
        "cut": raw[:-1],
        "binary": b"\xff" * 9,
        "list": [],
        "nested": b"[" * 100_000,
        "key": {"tokens": good["tokens"]},
        "kind": good | {"roles": 5},
        "string": good | {"roles": "x" * T},
        "length": good | {"tokens": good["tokens"][1:]},
        "badge": good | {"badge": None},
        "number": raw.replace(b'"nano"', b"9" * 9999),
        "NaN": raw.replace(b'"nano"', b"NaN"),
    }[change]
    saved.write_bytes(spoiled(tensors, bad))
    refusal(saved)


PATCHES = [b"[", b"{", b'"', b"9" * 20, b"-1", b"null", b"BF16", b"\xff" * 8]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_bytes_are_refused_or_read(saved, good, data):
    """Any cut, any bytes put over it: a TraceError, or a trace where only numbers were hit."""
    spoilt = bytearray(good[: data.draw(st.one_of(st.just(len(good)), st.integers(0, len(good))))])
    header = 8 + int.from_bytes(good[:8], "little")
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.one_of(st.integers(0, header), st.integers(0, len(good))))
        patch = data.draw(st.one_of(st.binary(max_size=12), st.sampled_from(PATCHES)))
        spoilt[at : at + len(patch)] = patch
    saved.write_bytes(bytes(spoilt))
    try:
        trace = Trace.load(saved)
    except TraceError as error:
        assert len(str(error).split("\n")) == 2
    else:
        assert len(spoilt) == len(good)
        trace.to_pandas()


def test_opens_without_torch(saved):
    code = (
        "import sys; import gptoss_nb.trace as t; "
        f"print(repr(t.Trace.load({str(saved)!r}))); "
        "assert not {'torch', 'pandas', 'IPython'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stdout.startswith("<Trace"), done.stderr
