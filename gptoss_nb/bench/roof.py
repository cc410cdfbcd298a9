"""What this very machine reaches: bytes a second in a copy or in reading alone, operations a second in a matrix product. The kernels' speeds
are shares of it. Called by kernels and steps.

Also how anything here is timed: by the device's own events on a GPU, by the clock on a CPU; warmed up, and the median taken.
"""

import statistics
import time
from collections.abc import Callable, Sequence

import torch


def timed(calls: Sequence[Callable[[], object]], device: torch.device, rounds: int = 5, *, captured: bool = False, least: int = 1) -> float:
    """Seconds of one call, the median of `rounds` rounds, each of which makes all the calls in turn, again until there were `least`.

    captured: a round is one CUDA graph, so that what a launch costs the host is not measured; a CPU has none and makes the calls."""
    again = [call for _ in range(-(-least // len(calls))) for call in calls]

    def all_of_them():
        for call in again:
            call()

    for call in calls:  # compiles what has to be compiled, too
        call()
    if device.type != "cuda":
        return statistics.median(_by_clock(all_of_them) for _ in range(rounds)) / len(again)
    with torch.cuda.device(device):
        play = _graph(all_of_them) if captured else all_of_them
        play()
        return statistics.median(_by_events(play) for _ in range(rounds)) / len(again)


def roof(device: torch.device, rounds: int = 10) -> dict:
    """`copy_bytes_a_second`, read and written both counted; `operations_a_second` of a matrix product in `product_dtype`; plain values."""
    on_gpu = device.type == "cuda"
    size = min(2**30, torch.cuda.mem_get_info(device)[0] // 8) if on_gpu else 2**26
    copied = _copy(size, device, rounds)
    width, dtype = (8192, half(device)) if on_gpu else (512, torch.float32)
    a, b = (torch.randn(width, width, device=device).to(dtype) for _ in range(2))
    out = torch.empty_like(a)
    product = timed([lambda: torch.mm(a, b, out=out)], device, rounds)
    told = {"copy_bytes_a_second": copied, "operations_a_second": 2 * width**3 / product}
    return {**told, "product_dtype": str(dtype).removeprefix("torch."), "product_width": width, "copied_bytes": size}


def _copy(size: int, device: torch.device, rounds: int) -> float:
    source = torch.ones(size // 4, device=device)
    target = torch.empty_like(source)
    return 2 * source.nbytes / timed([lambda: target.copy_(source)], device, rounds)


def read(device: torch.device, size: int = 2 * 10**9, rounds: int = 5) -> float:
    """Bytes a second of a sum over `size` bytes, by torch's threads on a CPU. A decode step writes next to nothing."""
    numbers = torch.ones(size // 4, device=device)
    return numbers.nbytes / timed([numbers.sum], device, rounds)


def half(device: torch.device) -> torch.dtype:
    """The 16-bit type that the device computes in: bfloat16, or float16 before Ampere."""
    nvidia = device.type == "cuda" and torch.version.hip is None
    return torch.float16 if nvidia and torch.cuda.get_device_capability(device) < (8, 0) else torch.bfloat16


def _by_clock(play) -> float:
    started = time.perf_counter()
    play()
    return time.perf_counter() - started


def _by_events(play) -> float:
    started, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    torch.cuda.synchronize()
    started.record()
    play()
    ended.record()
    ended.synchronize()
    return started.elapsed_time(ended) / 1000


def _graph(play) -> Callable[[], None]:
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        play()
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        play()
    return graph.replay
