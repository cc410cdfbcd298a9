"""Block sizes of the decode step's launches: a table, and for each chip and shape what was fastest when it was tried.

Called by the launch functions. Tried where `tuning()` is on (before a step is captured), on the very arguments of the launch, each
time with the caches of the chip emptied; kept in a file, so that it is done once a machine.
"""

import json
import os
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import torch

BLOCKS = {  # rows of the matrix a program, columns (or blocks of 32 of them) at a time
    "project": {"rows": 4, "block": 1024, "num_warps": 4},
    "add_linear": {"rows": 4, "block": 4096, "num_warps": 4},
    "unembed": {"rows": 8, "block": 1024, "num_warps": 4},
    "gate_up": {"rows": 8, "n_blocks": 32, "num_warps": 4},
    "down": {"rows": 8, "n_blocks": 64, "num_warps": 4},
}
OTHERS = {
    "project": ({"rows": 2}, {"rows": 8}, {"block": 512}, {"rows": 2, "block": 4096}, {"rows": 8, "num_warps": 8}),
    "add_linear": ({"rows": 2}, {"rows": 8, "block": 2048}, {"block": 1024}, {"rows": 1, "num_warps": 2}, {"rows": 8, "num_warps": 8}),
    "unembed": ({"rows": 4}, {"rows": 16}, {"rows": 4, "block": 4096}, {"rows": 16, "num_warps": 8}, {"block": 512}),
    "gate_up": ({"rows": 4}, {"rows": 16}, {"n_blocks": 64}, {"rows": 4, "n_blocks": 64}, {"rows": 16, "num_warps": 8}, {"num_warps": 2}),
    "down": ({"rows": 4}, {"rows": 16}, {"n_blocks": 32}, {"rows": 4, "n_blocks": 128}, {"rows": 16, "num_warps": 8}, {"rows": 4, "num_warps": 2}),
}  # what else is tried
INTERPRETED = {"rows": 256}  # there a program costs milliseconds, whatever it does
EMPTYING = 256 * 2**20  # bytes written to empty the caches

_known: dict[str, dict] | None = None
_tuning = False


def launch(name: str, x: torch.Tensor, shape: tuple[int, ...], run: Callable, given: dict) -> None:
    """run(**blocks), with those that are `given` over those of the table."""
    if given or not x.is_cuda:
        run(**BLOCKS[name] | ({} if x.is_cuda else INTERPRETED) | given)
        return
    key = f"{name} {' '.join(map(str, shape))} {_chip(x.device)}"
    if _tuning and key not in _kept():
        best, least = {}, _seconds(run, BLOCKS[name], x.device)
        for other in OTHERS[name]:
            try:
                seconds = _seconds(run, BLOCKS[name] | other, x.device)
            except Exception:  # too large for this chip, or its compiler: the table's own was well
                continue
            if seconds < least:
                best, least = other, seconds
        _keep(key, best)
    run(**BLOCKS[name] | (kept if (kept := _kept().get(key, {})) in OTHERS[name] else {}))


def faster(name: str, x: torch.Tensor, shape: tuple[int, ...], run: Callable[[bool], None]) -> bool:
    """Whether run(True) is faster than run(False) here: tried as the blocks are; False where it was not, or is no choice."""
    if not x.is_cuda:
        return False
    key = f"{name} {' '.join(map(str, shape))} {_chip(x.device)}"
    if _tuning and key not in _kept():
        plain = _seconds(lambda: run(False), {}, x.device)
        try:
            other = _seconds(lambda: run(True), {}, x.device)
        except Exception:  # this chip or its compiler has no such product: the plain one was well
            other = plain
        _keep(key, {"chosen": other < plain})
    return _kept().get(key, {}).get("chosen", False)


@contextmanager
def tuning():
    """Within, each launch whose shape is new on this machine tries its block sizes."""
    global _tuning
    before, _tuning = _tuning, True
    try:
        yield
    finally:
        _tuning = before


@contextmanager
def compiling(tell: Callable[[str], None]):
    """Within, `tell` is given the name of each kernel that Triton is about to compile, or to take from its cache on the disk."""
    from triton import knobs

    before = knobs.runtime.jit_cache_hook

    def hook(**about):
        tell(about["fn"].name)
        return before(**about) if before else None  # what is true would mean: do not compile

    knobs.runtime.jit_cache_hook = hook
    try:
        yield
    finally:
        knobs.runtime.jit_cache_hook = before


def _seconds(run: Callable, blocks: dict, device: torch.device, rounds: int = 7) -> float:
    """The median of some launches; the first one, which compiles, not counted."""
    run(**blocks)
    emptying, times = torch.empty(EMPTYING // 4, device=device), []
    for _ in range(rounds):
        started, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        emptying.zero_()
        started.record()
        run(**blocks)
        ended.record()
        ended.synchronize()
        times.append(started.elapsed_time(ended))
    return sorted(times)[rounds // 2]


def _chip(device: torch.device) -> str:
    import triton

    return f"{torch.cuda.get_device_name(device)} triton {triton.__version__}"


def file() -> Path:
    """Where the choices are kept: beside Triton's own cache of kernels."""
    return Path(os.environ.get("TRITON_CACHE_DIR") or os.path.expanduser("~/.triton")) / "gptoss-nb-blocks.json"


def _kept() -> dict[str, dict]:
    global _known
    if _known is None:
        try:
            read = json.loads(file().read_text("utf-8"))
            _known = {key: _sound(key, blocks) for key, blocks in read.items()}
        except (OSError, ValueError, AttributeError, TypeError):  # none yet, or no file of ours: it is written anew
            _known = {}
    return _known


def _sound(key: str, blocks: dict) -> dict:
    """Only what is in our own tables, whatever the file says."""
    return blocks if blocks in (*OTHERS.get(key.partition(" ")[0], ()), {"chosen": True}, {"chosen": False}) else {}


def _keep(key: str, blocks: dict) -> None:
    _kept()[key] = blocks
    try:
        file().parent.mkdir(parents=True, exist_ok=True)
        aside = file().with_suffix(f".{os.getpid()}")
        aside.write_text(json.dumps(_kept(), indent=1), "utf-8")
        aside.replace(file())
    except OSError:
        return  # a home that cannot be written to: tried again in the next process
