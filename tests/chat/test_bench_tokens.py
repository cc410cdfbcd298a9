"""The benchmark of tokens: its table, from short conversations. Here, where the published vocabulary is at hand."""

import json
import os

from gptoss_nb.bench import __main__ as bench
from gptoss_nb.bench import tokens


def test_tells_each_work_beside_its_peer(published_file, oracle, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(tokens, "LENGTHS", (100, 300))
    before = dict(os.environ)
    assert bench.main(["tokens", "--rounds", "2", "--json", str(tmp_path / "r.json")]) == 0
    assert dict(os.environ) == before
    told, rows = capsys.readouterr().out, json.loads((tmp_path / "r.json").read_text())["lengths"]
    assert [row["work"] for row in rows] == ["encode", "render", "parse"] * 2 and rows[0]["tokens"] < rows[3]["tokens"]
    for row in rows:
        assert row["microseconds_a_token"].keys() == {"gptoss-nb", tokens.PEERS[row["work"]]}
        assert row["ratios"][0] <= row["ratio"] <= row["ratios"][1]
        assert f"{row['ratio']:.2f}" in told


def test_another_vocabulary_is_two_lines(tiny_file, monkeypatch, capsys):
    monkeypatch.delenv("GPTOSS_NB_TOKENIZER", raising=False)
    for model in ("nano", str(tiny_file), "no such folder"):
        assert bench.main(["tokens", "--model", model]) == 1
        assert len(capsys.readouterr().err.splitlines()) == 2
