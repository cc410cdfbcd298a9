"""The benchmarks of the kernels, at a tiny shape under Triton's interpreter: that they run, and what they count. Times are not tested."""

import pytest
import torch

pytest.importorskip("triton")

from gptoss_nb.bench import __main__ as bench  # noqa: E402
from gptoss_nb.bench import kernels  # noqa: E402
from gptoss_nb.bench.roof import roof, timed  # noqa: E402
from gptoss_nb.kernels._aot import Shape  # noqa: E402

CPU = torch.device("cpu")
TINY = Shape(
    hidden_size=64, n_heads=4, n_kv_heads=2, head_dim=16, n_experts=8, experts_per_token=2, expert_width=32, vocab_size=300, window=16
)


@pytest.fixture(scope="module")
def reached() -> dict:
    return roof(CPU, rounds=2)


def test_the_roof_is_plausible(reached):
    assert 1e8 < reached["copy_bytes_a_second"] < 1e13 and 1e8 < reached["operations_a_second"] < 1e14


def test_calls_take_turns():
    made = []
    assert timed([lambda: made.append(1), lambda: made.append(2)], CPU, rounds=3, least=3) > 0
    assert made == [1, 2] + [1, 2, 1, 2] * 3


@pytest.mark.parametrize("make", [kernels.decode_launches, kernels.prefill_launches])
def test_every_launch_runs_and_is_counted(make, reached):
    launches = make(TINY, CPU, 32)
    rows = kernels.measure(launches, CPU, reached, rounds=1)
    assert len({row["kernel"] for row in rows}) == len(rows) > 7
    assert all(row["bytes"] > 0 and row["seconds"] > 0 for row in rows)
    table = kernels._table(reached, [{"model": "tiny", **row} for row in rows])
    assert len(table.splitlines()) == 2 + len(rows) and "nan" not in table


def test_what_is_counted_is_the_fewest_bytes_possible():
    counted = {launch.name: launch.n_bytes for launch in kernels.decode_launches(TINY, CPU, 32)}
    norm_and_resid = 64 * (4 + 2)
    assert counted["gate_up"] == 2 * (64 * 2 * 17 + 64 * 2) + norm_and_resid + 2 * 32 * 4  # 17 bytes for 32 values, a bf16 bias a row
    assert counted["down"] == 2 * (64 * 1 * 17 + 64 * 2) + 2 * 32 * 4 + 3 * 64 * 4
    assert counted["unembed"] == 300 * 64 * 2 + norm_and_resid + 300 * 4
    assert counted["attend, all of 32 keys"] == 2 * 32 * 2 * 16 * 2 + 2 * 4 * 16 * 4 + 4 * (4 + 2)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_says_so_in_two_lines(capsys):
    assert bench.main(["kernels"]) == 1
    told = capsys.readouterr()
    assert len(told.err.splitlines()) == 2 and "GPU" in told.err and told.out == ""
