"""Which implementation of the operations runs on a device: decided here once, with the reason that a user is shown; never a silent fallback.

Called by the session and by benchmarks.
"""

import torch

from ..errors import OptionError
from . import chips, cpu_int8, cpu_ops, reference

BACKENDS = ("auto", "reference", "triton", "cpu", "cpu-int8")
_ON_CPU = {"cpu": cpu_ops, "cpu-int8": cpu_int8}


def choose_operations(backend: str, device: torch.device):
    """(operations module, its name, why). Errors: OptionError."""
    if backend == "reference":
        return reference, "reference", "asked for"
    if backend in _ON_CPU:
        return _on_cpu(backend, device)
    if backend == "triton":
        if why := chips.unsupported(device):
            raise OptionError(f"The triton backend does not run here: {why}.", 'Use backend="reference" (plain torch) or "auto".')
        return _triton(), "triton", "asked for"
    if backend != "auto":
        raise OptionError(f"There is no backend {backend!r}.", f"Choose {', '.join(BACKENDS[:-1])} or {BACKENDS[-1]}.")
    if device.type == "cpu":
        if cpu_ops.available():
            return cpu_ops, "cpu", f"C++ with {cpu_ops.instructions()}, and plain torch"
        return reference, "reference", "plain torch: the C++ code was not built when the package was installed, or cannot be loaded"
    why = chips.unsupported(device)
    return (reference, "reference", f"plain torch: {why}") if why else (_triton(), "triton", chips.told(device))


def _on_cpu(backend: str, device: torch.device):
    if device.type != "cpu":
        raise OptionError(f"The {backend} backend does not run on {device.type}.", 'Choose device="cpu", or backend="auto".')
    if not cpu_ops.available():
        raise OptionError(f"The C++ code of the {backend} backend was not built, or cannot be loaded.", 'Install a C++ compiler, then the package again; or backend="auto".')
    return _ON_CPU[backend], backend, f"asked for, C++ with {cpu_ops.instructions()}"


def _triton():
    from . import triton_ops  # Triton is not there on every platform

    return triton_ops
