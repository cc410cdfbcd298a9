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
    one, four = shape_like("20b", 1), shape_like("20b", 4)
    parts = {
        "operations": lambda: _operations(one, device),
        "model": lambda: checks.whole_model(triton_ops, four, device),
        "decode 20b": lambda: _decode("20b", device, (0, PROMPT, 65536)),
        "prefill 20b": lambda: _prefill("20b", device),
        "kernels": lambda: _kernels(),
        "profile": lambda: _profile(device),
    }
    if torch.cuda.mem_get_info(device)[0] > ENOUGH:
        parts["decode 120b"] = lambda: _decode("120b", device, (0,))
    return parts


def _operations(config, device) -> dict:
    found = checks.operations(triton_ops, config, device)
    return {"worst": max(row["error"] for row in found), "allowed": checks.ALLOWED, "all": found}


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
    throughput.decode(generator, 0, 32)
    step, n = generator._step, 20
    throughput.wait(device)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profiler:
        started = time.perf_counter()
        for _ in range(n):
            step()
        throughput.wait(device)
        seconds = (time.perf_counter() - started) / n
    rows = sorted(profiler.key_averages(), key=lambda row: -row.self_device_time_total)
    kernels = {row.key: {"microseconds": row.self_device_time_total / n, "launches": row.count / n} for row in rows if row.self_device_time_total}
    busy = sum(row["microseconds"] for row in kernels.values())
    return {"step_microseconds": 1e6 * seconds, "kernels_microseconds": busy, "kernels": kernels}


def _short(result: dict) -> str:
    """The plain numbers of a part, or its error's last line."""
    if "error" in result:
        return f"FAILED: {result['error'].strip().splitlines()[-1]}"
    flat = {}
    for key, value in result.items():
        flat |= {f"{key} {k}": v for k, v in value.items()} if isinstance(value, dict) else {key: value}
    return ", ".join(f"{key} {value:,.4g}" for key, value in flat.items() if isinstance(value, float))[:600]
