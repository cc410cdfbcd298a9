"""What `python -m gptoss_nb.bench gpu` runs, on nano's shape under Triton's interpreter: that it would say so if a kernel were wrong."""

import json
import re

import pytest
import torch

from gptoss_nb.bench import __main__ as bench
from gptoss_nb.bench import checks, made, throughput
from gptoss_nb.checkpoint.synthetic import shape_like

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def ops():
    from gptoss_nb.kernels import triton_ops

    return triton_ops


@pytest.fixture(autouse=True)
def little_poison(monkeypatch):
    whole = checks.poison
    monkeypatch.setattr(checks, "poison", lambda device: whole(device, 2**20))


def test_each_operation_is_held_to_the_reference(ops):
    rows = checks.operations(ops, shape_like("nano", 2), CPU, (1, 7))
    assert len(rows) == 2 * 7 and max(row["error"] for row in rows) < checks.ALLOWED
    assert {row["operation"].partition(",")[0] for row in rows} == {"rms_norm", "route", "experts", "attention", "attention pattern"}


def test_each_launch_of_a_step_is_held_to_the_reference(ops):
    rows = checks.step_operations(ops, shape_like("nano", 2), CPU)
    assert len(rows) == 10 and max(row["error"] for row in rows) < checks.ALLOWED, rows


def test_a_wrong_launch_shows(ops, monkeypatch):
    whole = ops.down
    monkeypatch.setattr(ops, "down", lambda hidden, *rest: whole(hidden * 1.05, *rest))
    wrong = [row["operation"] for row in checks.step_operations(ops, shape_like("nano", 2), CPU) if row["error"] > checks.ALLOWED]
    assert wrong == ["gate_up and down"]


def test_a_wrong_operation_shows(ops, monkeypatch):
    monkeypatch.setattr(ops, "experts", lambda *args: ops._grouped.experts(*args) * 1.02)
    rows = checks.operations(ops, shape_like("nano", 1), CPU, (7,))
    assert [row["operation"] for row in rows if row["error"] > checks.ALLOWED] == ["experts"]


def test_the_whole_model_is_measured_against_float32(ops):
    found = checks.whole_model(ops, shape_like("nano", 2), CPU, n_prompt=12, n_single=3)
    # no ratio here: of so few tokens it is chance, one expert that flips at a near tie is most of the error
    assert all(0 < found[part][name] < 0.5 for part in ("logits_error", "step_error") for name in ("ours", "plain bfloat16"))
    assert found["ratio"] > 0 < found["step_ratio"] and found["experts"]["at_no_near_tie"] == 0
    assert found["experts"]["of"] == 2 * 12 and re.fullmatch(r"\d of 3", found["same_tokens_as_float32"])


def test_throughput_counts_tokens(monkeypatch):
    monkeypatch.setattr(throughput, "WARM", 2)
    generator = made.made("nano", 1, CPU, 128, "triton")
    found = throughput.decode(generator, 0, 3)
    assert found["tokens"] == 3 and found["tokens_a_second"] > 0 and found["without_reading_results"] > 0
    assert throughput.prefill(generator, 20, 1)["tokens"] == 20


def test_the_bytes_of_a_token_are_those_of_facts():
    """3.71 GB in 20b, 5.00 in 120b: FACTS, what a decoded token costs."""
    for like, gigabytes in (("20b", 3.71), ("120b", 5.0)):
        c = shape_like(like)
        d, e, f = c.hidden_size, c.n_experts, c.expert_width
        experts = c.experts_per_token * 3 * f * d * 17 / 32
        dense = 2 * (2 * c.n_heads * c.head_dim * d + 2 * c.n_kv_heads * c.head_dim * d + e * d)
        assert c.n_layers * (experts + dense) + 2 * c.vocab_size * d == pytest.approx(gigabytes * 1e9, rel=0.01)
    nano = made.made("nano", 2, CPU, 64, "reference")
    c, layer = nano.config, nano.model.weights.layers[0]
    chosen = c.experts_per_token / c.n_experts * (layer.gate_up.nbytes + layer.down.nbytes)
    assert made.bytes_a_token(nano, 8) > 2 * chosen + nano.model.weights.unembedding.nbytes


def test_the_command_line(capsys, tmp_path):
    out = tmp_path / "result.json"
    assert bench.main(["decode", "--like", "nano", "--layers", "1", "--device", "cpu", "--tokens", "4", "--no-peers", "--json", str(out)]) == 0
    assert "tok/s" in capsys.readouterr().out and json.loads(out.read_text())["decode"][0]["tokens"] == 4
    assert bench.main(["prefill", "--like", "nano", "--layers", "1", "--device", "cpu", "--tokens", "50", "--rounds", "1", "--no-peers"]) == 0
    assert "50 tokens" in capsys.readouterr().out


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize("words", (["gpu"], ["decode", "--like", "20b"], ["prefill"], ["decode", "--like", "nano", "--device", "cpu", "--contexts", "x"]))
def test_mistakes_are_two_lines(words, capsys):
    assert bench.main(words) == 1
    assert len(capsys.readouterr().err.splitlines()) == 2
