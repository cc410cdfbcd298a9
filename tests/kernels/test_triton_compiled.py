"""Every kernel compiled for chips that are not here, at 20b's shapes, and the budget of each: registers, no stack, shared memory.

In processes of their own, as this one interprets kernels. What was compiled before comes from Triton's cache: the first run is slow.
"""

import json
import os
import subprocess
import sys

import pytest

pytest.importorskip("triton")

from gptoss_nb.bench import __main__ as bench  # noqa: E402
from gptoss_nb.kernels import _aot  # noqa: E402

# what is compiled here; `python -m gptoss_nb.bench compile --like both` does all of it
RUNS = {"decode": _aot.TARGETS, "prefill": ("sm_75", "sm_90", "gfx942")}


@pytest.fixture(scope="module")
def rows(tmp_path_factory) -> list[dict]:
    """Of both runs, which are made side by side."""
    folder = tmp_path_factory.mktemp("compiled")
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"} | {"OMP_NUM_THREADS": "1"}
    started = {
        only: subprocess.Popen(
            [sys.executable, "-m", "gptoss_nb.bench", "compile", "--only", only, "--targets", ",".join(targets), "--json", folder / only],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for only, targets in RUNS.items()
    }  # fmt: skip
    for process in started.values():
        told, _ = process.communicate()
        assert process.returncode == 0, told
    return [row for only in RUNS for row in json.loads((folder / only).read_text())["rows"]]


def test_every_kernel_compiles_for_every_chip(rows):
    cases = _aot.all_cases(_aot.SHAPES["20b"])
    for only, targets in RUNS.items():
        own = [case for case in cases if case.decode == (only == "decode")]
        made = {(row["kernel"], row["target"]) for row in rows if row["decode"] == (only == "decode")}
        assert len(own) > 8 and made == {(case.name, target) for case in own for target in targets if _aot.used(case, target, cases)}
        # both forms of what has two
        assert {"attend full", "attend full float32"} <= {kernel for kernel, _ in made} or only == "prefill"


def test_decode_kernels_keep_everything_in_registers(rows):
    decode = [row for row in rows if row["decode"]]
    assert [row for row in decode if row["stack"]] == []
    assert [row for row in decode if not 0 < row["registers"] <= 255] == []


def test_no_kernel_asks_for_more_shared_memory_than_the_chip_has(rows):
    assert [row for row in rows if row["shared"] > _aot.shared_limit(row["target"])] == []


def test_mistakes_are_two_lines(monkeypatch, capsys):
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    assert bench.main(["compile"]) == 1
    assert bench.main(["compile", "--targets", "sm_90,sm_91"]) == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 4 and "TRITON_INTERPRET" in told[0] and "sm_91" in told[2]
