"""gpu: everything that a machine with a GPU is to say of the kernels, in one command of a few minutes: first whether they are right, then how fast.

    python -m gptoss_nb.bench gpu --out FOLDER

Each part writes its own JSON as soon as it is done, and one that fails says so and lets the others run. Needs torch and triton alone.
"""

import json
import time
import traceback
from pathlib import Path

import torch

from ..checkpoint.synthetic import shape_like
from ..errors import OptionError
from ..kernels import chips, triton_ops
from . import checks, throughput
from .machine import machine
from .made import made

TOKENS = 400  # in each measurement of decode
PROMPT = 8192
ENOUGH = 70e9  # bytes of free memory that 120b's shape takes


def run(out: str | None) -> dict:
    """Results by part; `failed` names those that broke off. Errors: OptionError where the kernels do not run."""
    if not torch.cuda.is_available():
        raise OptionError("torch sees no GPU here.", "Run this on a machine with one; `python -m gptoss_nb.bench compile` needs none.")
    device = torch.device("cuda", torch.cuda.current_device())
    if why := chips.unsupported(device):
        raise OptionError(f"The Triton kernels do not run here: {why}.", "Install a version of Triton within that range, on such a chip.")
    folder = Path(out or "gpu-results")
    folder.mkdir(parents=True, exist_ok=True)
    results, failed, lines = {"chip": chips.told(device)}, [], []
    for name, part in _parts(device).items():
        started = time.perf_counter()
        try:
            results[name] = part()
            if results[name].get("wrong"):
                failed.append(name)
        except Exception as error:  # the other parts are worth having
            failed.append(name)
            results[name] = {"error": "".join(traceback.format_exception(error))}
        torch.cuda.empty_cache()
        seconds = time.perf_counter() - started
        lines.append(f"{name:<12}{seconds:>6.0f} s  {_short(results[name])}")
        print(lines[-1], flush=True)
        (folder / f"{name.replace(' ', '-')}.json").write_text(json.dumps({"machine": machine(), **results}, indent=1, default=str))
    return {**results, "failed": failed, "table": "\n".join(lines)}


def _parts(device: torch.device) -> dict:
    two, four = shape_like("20b", 2), shape_like("20b", 4)
    parts = {
        "operations": lambda: _operations(two, device),
        "model": lambda: _model(four, device),
        "decode 20b": lambda: _decode("20b", device, (0, PROMPT, 65536)),
        "prefill 20b": lambda: _prefill("20b", device),
    }
    if torch.cuda.mem_get_info(device)[0] > ENOUGH:
        parts["decode 120b"] = lambda: _decode("120b", device, (0,))
    return parts | {"kernels": lambda: _kernels(), "profile": lambda: _profile(device)}


def _operations(config, device) -> dict:
    found = checks.operations(triton_ops, config, device) + checks.step_operations(triton_ops, config, device)
    wrong = [row for row in found if not row["error"] <= checks.ALLOWED]
    return {"worst": max(row["error"] for row in found), "allowed": checks.ALLOWED, "wrong": wrong, "all": found}


def _model(config, device) -> dict:
    found = checks.whole_model(triton_ops, config, device)
    rules = {"the prompt's error": found["ratio"] <= checks.WORSE, "the step's error": found["step_ratio"] <= checks.WORSE,
             "experts at no near tie": found["experts"]["at_no_near_tie"] <= found["experts_of_plain_bfloat16"]["at_no_near_tie"]}  # fmt: skip
    return found | {"wrong": [rule for rule, kept in rules.items() if not kept]}


def _decode(like: str, device, contexts: tuple[int, ...]) -> dict:
    generator = made(like, None, device, max(contexts) + 4 * TOKENS, "triton")
    return {f"context {context:,}": throughput.decode(_forgotten(generator), context, TOKENS) for context in contexts}


def _forgotten(generator):
    generator.forget()
    return generator


def _prefill(like: str, device) -> dict:
    return throughput.prefill(made(like, None, device, PROMPT + 64, "triton"), PROMPT)


def _kernels() -> dict:
    from . import kernels

    found = kernels.run("20b", "cuda", 5)
    print(found.pop("table"))
    return found


def _profile(device) -> dict:
    """Microseconds of each kernel in a decode step, and the share of the step in which the GPU did nothing."""
    generator = made("20b", None, device, 1024, "triton")
    step_seconds = 1 / throughput.decode(generator, 0, 100)["without_reading_results"]  # the profiler would make them longer
    step, n = generator.step, 20
    throughput.wait(device)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profiler:
        for _ in range(n):
            step()
        throughput.wait(device)
    rows = sorted(profiler.key_averages(), key=lambda row: -row.self_device_time_total)
    kernels = {row.key: {"microseconds": row.self_device_time_total / n, "launches": row.count / n} for row in rows if row.self_device_time_total}
    busy = sum(row["microseconds"] for row in kernels.values())
    return {"step_microseconds": 1e6 * step_seconds, "kernels_microseconds": busy, "kernels": kernels}


def _short(result: dict) -> str:
    """The plain numbers of a part, or its error's last line."""
    if "error" in result:
        return f"FAILED: {result['error'].strip().splitlines()[-1]}"
    flat = {}
    for key, value in result.items():
        flat |= {f"{key} {k}": v for k, v in value.items()} if isinstance(value, dict) else {key: value}
    return ", ".join(f"{key} {value:,.4g}" for key, value in flat.items() if isinstance(value, float))[:600]
