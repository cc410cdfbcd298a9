"""compile: every kernel of ours, compiled for chips that need not be there, and what each takes of the chip: vector registers and bytes
of stack a thread (AMD's scratch), bytes of shared memory a program. "over" marks shared memory that the chip does not have.

`--targets` names chips (all of kernels/_aot.py where it is left out), `--like` the model whose shapes are compiled, 20b, 120b or both,
`--only` the kernels of decode or prefill. What was compiled before comes from Triton's cache.
"""

import os
import sys
import time

from ..errors import OptionError
from ..kernels import _aot, chips


def run(like: str, targets: str | None, only: str | None) -> dict:
    """One row a kernel and chip; `table` is for reading. Errors: OptionError where nothing can be compiled in this process."""
    chosen = _targets(targets)
    _check_triton()
    rows, found = [], _cases(like)
    for model, case in found:
        if only is None or case.decode == (only == "decode"):
            rows += [_row(model, case, target) for target in chosen if _aot.used(case, target, [other for _, other in found])]
    failed = [row for row in rows if "failed" in row]
    return {"rows": rows, "failed": len(failed), "table": _table(rows)}


def _targets(names: str | None) -> list[str]:
    chosen = list(_aot.TARGETS) if names is None else names.split(",")
    if wrong := [name for name in chosen if name not in _aot.TARGETS]:
        known = ", ".join(_aot.TARGETS)
        raise OptionError(f"{wrong[0]!r} is no chip that kernels are compiled for.", f"--targets takes, separated by commas: {known}.")
    return chosen


def _check_triton() -> None:
    if os.environ.get("TRITON_INTERPRET", "0") not in ("", "0"):
        raise OptionError("TRITON_INTERPRET is set: kernels are interpreted in this process, not compiled.", "Run this without it.")
    version = chips.triton_version()
    if version is None:
        raise OptionError("Triton is not installed.", "Compile on Linux with triton 3.6 to 3.9; it comes with a CUDA build of torch.")
    if not chips.TRITON[0] <= version < chips.TRITON[1]:
        raise OptionError(f"These kernels are not made for triton {version[0]}.{version[1]}.", "Install a triton from 3.6 to 3.9.")


def _cases(like: str):
    """(models, case) for each kernel; one that is the same for both models comes once."""
    found = []
    for model in ("20b", "120b") if like == "both" else (like,):
        for case in _aot.all_cases(_aot.SHAPES[model]):
            same = next((entry for entry in found if entry[1] == case), None)
            if same:
                same[0] = like
            else:
                found.append([model, case])
    return found


def _row(model: str, case, target: str) -> dict:
    row = {"kernel": case.name, "model": model, "decode": case.decode, "target": target}
    started = time.perf_counter()
    try:
        made = _aot.compile_case(case, target)
    except Exception as error:  # whatever the compiler raises; the table goes on and the command fails
        row["failed"] = f"{type(error).__name__}: {error}"
    else:
        row |= {"registers": made.registers, "stack": made.stack, "shared": made.shared, "code_bytes": made.n_bytes}
        row["over"] = made.shared > _aot.shared_limit(target)
    row["seconds"] = round(time.perf_counter() - started, 2)
    if sys.stderr.isatty():
        print(f"\r{case.name} {target}\x1b[K", end="", file=sys.stderr, flush=True)
    return row


def _table(rows: list[dict]) -> str:
    width = max([6, *(len(row["kernel"]) for row in rows)])
    lines = [f"{'kernel':<{width}}  model  target   registers  stack   shared  seconds"]
    for row in rows:
        start = f"{row['kernel']:<{width}}  {row['model']:<5}  {row['target']:<7}"
        if "failed" in row:
            lines.append(f"{start}  {' '.join(row['failed'].split())[:200]}")
        else:
            over = "  over" if row["over"] else ""
            lines.append(f"{start}  {row['registers']:>9}  {row['stack']:>5}  {row['shared']:>7}  {row['seconds']:>7.1f}{over}")
    return "\n".join(lines)
