"""What is left of a GPU and who holds the rest, for an error that says why nothing fits. Called by placing and doctor."""

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
    found = _managed(device, lambda nvml, handle: nvml.nvmlDeviceGetComputeRunningProcesses(handle))
    return [(process.pid, process.usedGpuMemory or 0) for process in found or ()]


def free_bytes(device: torch.device) -> int:
    """Bytes free on a GPU; 0 where it is too full to be asked. The management library is asked first: torch would take some hundred
    megabytes on each GPU only to look."""
    found = _managed(device, lambda nvml, handle: nvml.nvmlDeviceGetMemoryInfo(handle))
    if found is not None:
        return found.free
    try:
        return torch.cuda.mem_get_info(device)[0]
    except RuntimeError:
        return 0


def driver() -> str | None:
    """The version of NVIDIA's driver."""
    return _managed(None, lambda nvml, handle: nvml.nvmlSystemGetDriverVersion())


def _managed(device: torch.device | None, ask):
    """What `ask(library, handle)` gives of a GPU, None where the library, the driver or its answer is missing."""
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:  # no driver, or one that has gone away
        return None
    try:
        handle = None
        if device is not None:
            handle = pynvml.nvmlDeviceGetHandleByUUID(f"GPU-{torch.cuda.get_device_properties(device).uuid}")
        return ask(pynvml, handle)
    except pynvml.NVMLError:  # a part of a GPU has no such numbers
        return None
    finally:
        pynvml.nvmlShutdown()


def _name(pid: int) -> str:
    try:
        process = psutil.Process(pid)
        return f"{process.name()} of {process.username()}"
    except psutil.Error:  # another container's, or just gone
        return "a process"
