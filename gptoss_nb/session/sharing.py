"""Who else is on a GPU: the processes that hold its memory, for an error that says why nothing is left. Called by placing."""

import psutil
import torch

MOST = 4  # processes that are named


def holders(device: torch.device) -> str:
    """A sentence that names the processes with most of a GPU's memory, the largest first; "" on a CPU, and where they can't be seen."""
    if device.type != "cuda":
        return ""
    found = sorted(processes(device), key=lambda item: -item[1])
    if not found:
        return ""
    named = ", ".join(f"{_name(pid)} (process {pid}) {used / 1e9:.1f} GB" if used else f"{_name(pid)} (process {pid})" for pid, used in found[:MOST])
    more = f" and {len(found) - MOST} more" if len(found) > MOST else ""
    return f"On {device}: {named}{more}."


def processes(device: torch.device) -> list[tuple[int, int]]:
    """(process, bytes it holds) of a GPU, by NVIDIA's management library; bytes 0 where a container hides them. Empty without it."""
    try:
        import pynvml
    except ImportError:
        return []
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:  # no driver, or one that has gone away
        return []
    try:
        handle = pynvml.nvmlDeviceGetHandleByUUID(f"GPU-{torch.cuda.get_device_properties(device).uuid}")
        return [(process.pid, process.usedGpuMemory or 0) for process in pynvml.nvmlDeviceGetComputeRunningProcesses(handle)]
    except pynvml.NVMLError:  # a part of a GPU has no such list
        return []
    finally:
        pynvml.nvmlShutdown()


def _name(pid: int) -> str:
    try:
        process = psutil.Process(pid)
        return f"{process.name()} of {process.username()}"
    except psutil.Error:  # another container's, or just gone
        return "a process"
