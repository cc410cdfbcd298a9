"""The table and the file of a benchmark, from a peer that is made up: what was measured is no test's business."""

import json

import pytest

from gptoss_nb.bench import __main__ as bench
from gptoss_nb.bench import attention, decode, loading
from gptoss_nb.errors import OptionError


@pytest.fixture
def peer(monkeypatch) -> list:
    """transformers' place: says that it took a second a token; the replies that it was given."""
    given = []

    def make(model):
        return lambda reply: given.append(reply) or 1.0 * reply.stats.generated_tokens

    monkeypatch.setattr(decode, "_peer", make)
    monkeypatch.setattr(decode, "QUESTIONS", ("What is 3 + 4?", "Hello"))
    return given


def test_decode_tells_both_and_their_ratio(peer, tmp_path, capsys):
    assert bench.main(["decode", "--rounds", "1", "--json", str(tmp_path / "r.json")]) == 0
    told, result = capsys.readouterr().out, json.loads((tmp_path / "r.json").read_text())
    assert "1000.00 ms a token" in told and "ratio" in told and "nano" in told
    ms = result["milliseconds_a_token"]
    assert ms["transformers"] == 1000 and result["ratio"] == pytest.approx(1000 / ms["gptoss-nb"], rel=0.05)  # one round: a median of ratios is then the ratio of medians, but for rounding
    assert (result["model"], result["rounds"]) == ("nano", 1) and "table" not in result
    assert {"processor", "cores", "threads", "python", "torch", "transformers"} <= result["machine"].keys()
    assert len(peer) == 2 * (1 + 1)  # one round to warm up
    assert all(reply.stats.reused_tokens == 0 and len(reply.trace) for reply in peer)  # all of it was measured, and recorded


def test_attention_tells_time_and_memory(monkeypatch, capsys):
    monkeypatch.setattr(attention, "LENGTHS", (600, 1200))
    assert bench.main(["attention", "--rounds", "1"]) == 0
    told = capsys.readouterr().out
    assert "600 tokens" in told and "1,200 tokens" in told and "MB at most" in told


def test_a_mistake_is_two_lines(peer, capsys):
    assert bench.main(["--model", "nana"]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_loading_tells_time_memory_and_a_second_kernel(monkeypatch, tmp_path, capsys):
    """Ours for real, in processes of their own; transformers takes half a minute to import and has another place here."""
    alone = loading._alone
    monkeypatch.setattr(loading, "_alone", lambda who, folder: alone(who, folder) if who == "ours" else {"ready_s": 60.0, "first_s": 61.0, "peak_gb": 9.0, "own_gb": 8.0})
    assert bench.main(["loading", "--rounds", "1", "--json", str(tmp_path / "r.json")]) == 0
    told, result = capsys.readouterr().out, json.loads((tmp_path / "r.json").read_text())
    assert "s until ready" in told and "A second kernel adds" in told and result["ratios"]["ready_s"] > 5
    assert result["gptoss-nb"]["peak_gb"] > result["gptoss-nb"]["own_gb"] > 0


def test_a_peer_that_fails_is_said_and_ours_must_not(tmp_path):
    assert "did not come to its end" in loading._alone("peer", tmp_path)["failed"]
    with pytest.raises(OptionError, match="could not be loaded"):
        loading._alone("ours", tmp_path)
