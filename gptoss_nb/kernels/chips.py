"""Where the Triton kernels run: which chips and which versions of Triton. Asked by the session before it chooses operations.

Knows no kernel: whoever only asks must not need Triton.
"""

from importlib import metadata

import torch

TRITON = ((3, 6), (3, 10))  # from, and below
NVIDIA = ((7, 5), (8, 0), (8, 6), (8, 7), (8, 9), (9, 0), (10, 0), (10, 3), (12, 0), (12, 1))
AMD = ("gfx942", "gfx950")


def unsupported(device: torch.device) -> str | None:
    """Why the kernels do not run there, in a few words; None where they do."""
    version = triton_version()
    if version is None:
        return "Triton is not installed"
    if not TRITON[0] <= version < TRITON[1]:
        known = f"{_dotted(TRITON[0])} to below {_dotted(TRITON[1])}"
        return f"Triton {_dotted(version)} is outside {known}, with which the kernels were checked"
    if device.type == "cpu":
        if not interpreted():
            return "Triton needs a GPU (or TRITON_INTERPRET=1, its slow interpreter)"
        old = version == (3, 6) and _version("numpy") >= (2, 4)
        return "the interpreter of Triton 3.6 does not run with NumPy 2.4 or later" if old else None
    if torch.version.hip is not None:
        chip = torch.cuda.get_device_properties(device).gcnArchName.partition(":")[0]
        return None if chip in AMD else f"the kernels were not made for the chip {chip}"
    chip = torch.cuda.get_device_capability(device)
    return None if chip in NVIDIA else f"the kernels were not made for chips of compute capability {_dotted(chip)}"


def triton_version() -> tuple[int, int] | None:
    """Of the package that is installed, whatever it is called: torch's AMD builds bring one of their own."""
    for package in ("triton", "pytorch-triton-rocm", "triton-rocm", "pytorch-triton"):
        try:
            return _version(package)
        except (metadata.PackageNotFoundError, ValueError):
            continue
    return None


def _version(package: str) -> tuple[int, int]:
    major, minor = metadata.version(package).split(".")[:2]
    return int(major), int(minor)


def interpreted() -> bool:
    """Whether Triton, once imported, runs its kernels on tensors in the CPU's memory."""
    import triton

    return triton.knobs.runtime.interpret


def told(device: torch.device) -> str:
    """`Triton 3.6 on sm_90`."""
    version = f"Triton {_dotted(triton_version())}"
    if device.type == "cpu":
        return f"{version}, interpreted"
    if torch.version.hip is not None:
        return f"{version} on {torch.cuda.get_device_properties(device).gcnArchName.partition(':')[0]}"
    return f"{version} on sm_{''.join(map(str, torch.cuda.get_device_capability(device)))}"


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
