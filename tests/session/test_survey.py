"""A survey holds what model.trace says of each text, goes on where it stopped, and mixes with nothing else."""

import json
import sys

import numpy as np
import pytest

import gptoss_nb as gn
from gptoss_nb.errors import ContextLengthError, GptossError, OptionError, TraceError
from gptoss_nb.session import studies
from gptoss_nb.trace import Survey

TEXTS = ["What is 7 + 5?", "Bonjour", [3, 4, 5, 6], "wörds 十二", "What is 7 + 5?"]
LABELS = ["sum", "french", "ids", "odd", "sum"]


def equal(survey, model, close) -> None:
    for text, trace in zip(TEXTS, survey.traces(), strict=True):
        fresh = model.trace(text)
        assert (trace.tokens, trace.roles, trace.badge["weights"]) == (fresh.tokens, fresh.roles, fresh.badge["weights"])
        assert np.array_equal(trace.token_ids, fresh.token_ids) and np.array_equal(trace.expert_ids, fresh.expert_ids)
        assert np.array_equal(trace.expert_weights, fresh.expert_weights)
        assert np.abs(trace.router_logits - fresh.router_logits).max() < 1e-3 * np.abs(fresh.router_logits).max()


def test_it_holds_the_traces(model, close, tmp_path, capsys):
    survey = gn.survey(model, TEXTS, LABELS, tmp_path / "s")
    assert "5 of 5" in capsys.readouterr().err and (len(survey), survey.n_texts, survey.labels) == (5, 5, LABELS)
    equal(survey, model, close)
    again = gn.Survey.load(tmp_path / "s")
    equal(again, model, close)
    table = again.to_pandas()
    assert list(table.columns) == "text label position token token_id role channel turn layer experts weights".split()
    assert len(table) == sum(len(trace) for trace in again.traces()) * 4 and set(table.label) == set(LABELS)
    row = table[(table.text == 3) & (table.layer == 2) & (table.position == 1)].iloc[0]
    assert row.experts.tolist() == model.trace(TEXTS[3]).expert_ids[2, 1].tolist()
    assert gn.metrics.information(again.traces(), again.labels).value.shape == (4,) and "5 of 5 texts" in repr(again)


def test_it_goes_on_where_it_stopped(model, close, tmp_path, monkeypatch):
    monkeypatch.setattr(studies, "TOKENS_A_FILE", 1)
    trace, seen = type(model).trace, []

    def stopping(self, text, edits=None):
        if len(seen) == 3:
            raise KeyboardInterrupt
        seen.append(text)
        return trace(self, text, edits=edits)

    monkeypatch.setattr(type(model), "trace", stopping)
    with pytest.raises(KeyboardInterrupt):
        gn.survey(model, TEXTS, LABELS, tmp_path / "s")
    assert len(gn.Survey.load(tmp_path / "s")) == 3 and gn.Survey.load(tmp_path / "s").labels == LABELS[:3]
    monkeypatch.setattr(type(model), "trace", lambda self, text, edits=None: seen.append(text) or trace(self, text, edits=edits))
    survey = gn.survey(model, TEXTS, LABELS, tmp_path / "s")
    assert seen == TEXTS  # each once
    monkeypatch.setattr(type(model), "trace", trace)
    equal(survey, model, close)
    assert len(gn.survey(model, TEXTS, LABELS, tmp_path / "s")) == 5  # nothing is left to do


def test_it_mixes_with_nothing_else(model, tmp_path):
    gn.survey(model, TEXTS[:2], LABELS[:2], tmp_path / "s")
    for texts, labels, edits in ((TEXTS[1:3], LABELS[:2], None), (TEXTS[:2], LABELS[1:3], None), (TEXTS[:2], None, None),
                                 (TEXTS[:2], LABELS[:2], gn.Edits().ablate_expert(0, 1))):  # fmt: skip
        with pytest.raises(TraceError, match="other"):
            gn.survey(model, texts, labels, tmp_path / "s", edits=edits)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(TraceError, match="not empty"):
        gn.survey(model, TEXTS, out=tmp_path / "mine")
    (tmp_path / "s" / "thesis.txt").write_text("x")
    with pytest.raises(TraceError, match="thesis.txt"):
        gn.survey(model, TEXTS[:2], LABELS[:2], tmp_path / "s")


def test_edits_and_no_labels(model, tmp_path):
    survey = gn.survey(model, ["Hello there"], out=tmp_path / "s", edits=gn.Edits().ablate_expert(1, 3))
    assert survey.labels is None and not (survey.traces()[0].expert_ids[1] == 3).any() and survey.to_pandas().label.isna().all()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": "gptoss_nb.survey", "version": 2}', b'{"format": "gptoss_nb.survey", "version": 1}',
                                     b'{"format": "gptoss_nb.survey", "version": 1, "texts": 2, "badge": {}, "labels": ["a"]}', b'{"format": "gptoss_nb.survey", "version": 1, "texts": 2, "badge": {}}'])
def test_what_is_no_survey(tmp_path, content):
    (tmp_path / "survey.json").write_bytes(content)
    with pytest.raises(TraceError) as caught:
        Survey.load(tmp_path)
    assert len(str(caught.value).split("\n")) == 2


def test_a_damaged_file_is_told(model, tmp_path):
    survey = gn.survey(model, ["Hello"], out=tmp_path / "s")
    (part,) = (tmp_path / "s").glob("part-*")
    part.write_bytes(part.read_bytes()[:100])
    with pytest.raises(TraceError, match=part.name):
        survey.traces()
    assert json.loads((tmp_path / "s" / "survey.json").read_text())["texts"] == 1


@pytest.mark.parametrize("asked", [dict(texts="one text"), dict(texts=None), dict(labels=["a"]), dict(labels="ab"), dict(texts=[""]), dict(texts=[[]])])
def test_what_it_needs(model, tmp_path, asked):
    with pytest.raises(OptionError) as caught:
        gn.survey(model, **({"texts": ["Hello", "you"], "out": tmp_path / "s"} | asked))
    assert len(str(caught.value).split("\n")) == 2
    with pytest.raises(OptionError, match="gn.load"):
        gn.survey("nano", ["Hello"])
    for wrong in (dict(out=5), dict(out="a\0b"), dict(edits="L0.E1=off")):
        with pytest.raises(GptossError):
            gn.survey(model, **({"texts": ["Hello"], "out": tmp_path / "s"} | wrong))


def test_a_text_that_cannot_run_is_told_before_anything_runs(model, tmp_path):
    for bad in ("wörds 十二 " * 500, [1] * 5000):
        with pytest.raises(ContextLengthError, match="Text 1"):
            gn.survey(model, ["Hello", bad], out=tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_what_is_done_stays_when_it_is_interrupted(model, tmp_path, monkeypatch):
    """Also what was not yet enough for a file of its own."""
    trace = type(model).trace

    def stopping(self, text, edits=None):
        if text == TEXTS[3]:
            raise KeyboardInterrupt
        return trace(self, text, edits=edits)

    monkeypatch.setattr(type(model), "trace", stopping)
    with pytest.raises(KeyboardInterrupt):
        gn.survey(model, TEXTS, LABELS, tmp_path / "s")
    assert len(gn.Survey.load(tmp_path / "s")) == 3


def test_a_missing_file_is_told(model, tmp_path, monkeypatch):
    monkeypatch.setattr(studies, "TOKENS_A_FILE", 1)
    survey = gn.survey(model, TEXTS, LABELS, tmp_path / "s")
    sorted((tmp_path / "s").glob("part-*"))[1].unlink()
    for use in (lambda: survey.labels, survey.traces, lambda: gn.survey(model, TEXTS, LABELS, tmp_path / "s")):
        with pytest.raises(TraceError, match="does not follow"):
            use()


def test_without_pyarrow_it_says_what_to_install(model, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(TraceError, match="pip install"):
        gn.survey(model, ["Hello"], out=tmp_path / "s")
