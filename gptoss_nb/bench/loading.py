"""loading: from a folder to a model that is ready, and to its first logits: seconds and memory, against transformers on the same
checkpoint, and what a second kernel adds that has the same checkpoint loaded. On a CPU, each in a process of its own.

transformers has no packed experts on a CPU: it widens them to bfloat16, which is what it is measured with. Where the memory of
this machine is too small for that, its process ends, and the table says so.
"""

import json
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

from ..checkpoint.locate import locate
from ..errors import OptionError

TOKENS = [(7919 * k + 13) % 1000 for k in range(8)]


def run(name: str, rounds: int) -> dict:
    """Seconds, gigabytes and ratios; `table` is for reading. Errors: OptionError where transformers is missing, or not on Linux."""
    if not Path("/proc/self/smaps_rollup").exists():
        raise OptionError("This benchmark reads memory from Linux's /proc.", "Run it on Linux.")
    if find_spec("transformers") is None:
        raise OptionError("The peer, transformers, is not installed.", 'pip install "gptoss-nb[bench]"')
    folder = locate(name)
    size = sum(path.stat().st_size for path in folder.glob("*.safetensors")) / 1e9
    ours = [_alone("ours", folder) for _ in range(max(1, rounds))]
    best = {key: min(one[key] for one in ours) for key in ours[0]}  # the page cache is warm from the second on
    theirs = _alone("peer", folder)
    result = {"model": name, "file_gb": round(size, 2), "first": ours[0], "gptoss-nb": best, "transformers": theirs, "second": _second(folder, size)}
    if "failed" not in theirs:
        result["ratios"] = {key: round(theirs[key] / best[key], 2) for key in ("ready_s", "first_s", "peak_gb")}
    return {**result, "table": _table(result)}


def _table(result: dict) -> str:
    rows = [f"loading: {result['model']}, {result['file_gb']:.2f} GB of weights, on a CPU; 8 tokens for the first logits"]
    for name in ("gptoss-nb", "transformers"):
        one = result[name]
        rows.append(f"{name:<14}" + (one["failed"] if "failed" in one else
                    f"{one['ready_s']:>8.2f} s until ready{one['first_s']:>8.2f} s until the first logits{one['peak_gb']:>7.2f} GB at most, "
                    f"{one['own_gb']:.2f} GB of it its own"))  # fmt: skip
    if "ratios" in result:
        rows.append("ratio         " + ", ".join(f"{value:.1f} ({key})" for key, value in result["ratios"].items()))
    second = result["second"]
    share = f", {second['share']:.1%} of the weights' size" if result["file_gb"] > 1 else ""
    rows.append(f"A second kernel adds {second['adds_gb']:.2f} GB to the memory in use{share}.")
    return "\n".join(rows)


def _start(who: str, folder: Path) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-m", __name__, who, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                            stderr=subprocess.PIPE, env=os.environ | {"HF_HUB_OFFLINE": "1"})  # fmt: skip


def _alone(who: str, folder: Path) -> dict:
    """What it measured. Of a peer that did not come to its end, why; ours has to."""
    with _start(who, folder) as process:
        told, error = process.communicate()
    if process.returncode == 0:
        return json.loads(told)
    killed = process.returncode == -signal.SIGKILL or "MemoryError" in error
    why = "too little memory" if killed else error.strip().rpartition("\n")[2]
    if who == "ours":
        raise OptionError(f"{folder} could not be loaded: {why}.", "Load it by gn.load, which says more.")
    return {"failed": f"did not come to its end: {why}"}


def _second(folder: Path, size: float) -> dict:
    """Two processes with the model loaded, side by side: memory that is shared counts once (Pss)."""
    with _start("ours", folder) as first:
        first.stdout.readline()
        alone = _gb(first.pid, "Pss")
        with _start("ours", folder) as second:
            second.stdout.readline()
            both = _gb(first.pid, "Pss") + _gb(second.pid, "Pss")
            second.communicate()
        first.communicate()
    return {"adds_gb": round(both - alone, 3), "share": round((both - alone) / size, 4)}


def measure(who: str, folder: Path) -> dict:
    """In a process of its own: seconds from before the load, after all imports; gigabytes of this process at most, and its own."""
    load = _ours if who == "ours" else _theirs
    ready = load()
    started = time.perf_counter()
    first = ready(folder)
    ready_s = time.perf_counter() - started
    first()
    return {"ready_s": round(ready_s, 3), "first_s": round(time.perf_counter() - started, 3), "peak_gb": _peak_gb(), "own_gb": _gb("self", "Anonymous")}


def _ours():
    import torch  # noqa: F401 - imports are not what is measured

    from ..session import loading

    def ready(folder: Path):
        model = loading.load(folder, device="cpu", context=256)
        return lambda: model.logits(TOKENS)

    return ready


def _theirs():
    import torch
    import transformers
    from transformers.models.gpt_oss import modeling_gpt_oss  # noqa: F401 - as above

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()

    def ready(folder: Path):
        model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).eval()

        @torch.no_grad()
        def first():
            model(torch.tensor([TOKENS]))

        return first

    return ready


def _gb(process: int | str, field: str) -> float:
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return round(int(line.split()[1]) * 1024 / 1e9, 3)
    raise AssertionError(f"no {field} in smaps_rollup")


def _peak_gb() -> float:
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return round(int(line.split()[1]) * 1024 / 1e9, 3)


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], Path(sys.argv[2]))), flush=True)
    sys.stdin.read()  # holds what it loaded until its caller has looked
