"""%gptoss doctor: versions, hardware, what Triton needs to compile, pairs that are known not to work, and the loaded model held
against plain torch. Called by magics."""

import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from importlib import metadata
from pathlib import Path

import psutil
from packaging.requirements import InvalidRequirement, Requirement

from . import session
from .commands import PACKAGES, bytes_text, describe, meter, version_text

LATER = 4e9  # bytes of weights from which the check on a CPU takes minutes


def report(progress=print) -> str:
    """The page; `progress(text)` is told before what takes long."""
    import torch

    lines = [f"Python {platform.python_version()} on {platform.platform()}", ", ".join(f"{name} {version_text(name)}" for name in PACKAGES)]
    lines += _hardware(torch)
    lines += _compiling()
    lines += pairs() or ["Versions: no pair that is known not to work."]
    model = session.current()
    if model is None:
        return "\n".join([*lines, "No model is loaded; %gptoss load, then this page checks it, too."])
    lines += [describe(model), f"Weights {model.digest}, from {'the package itself' if model.name == 'nano' else model.folder}."]
    if model.nbytes > LATER and model.placement.device.type == "cpu":
        progress("Checking the model against plain torch in float32 takes some minutes on a CPU ...")
    return "\n".join([*lines, *_checked(model)])


def _checked(model) -> list[str]:
    model.fidelity = found = session.fidelity.measure(model)
    verdict = "as right as its dtype allows" if found.logits_error <= found.allowed else "NOT RIGHT: do not trust this model's output"
    same = "finite, and the same twice" if found.repeats else "NOT finite or not the same twice: do not trust this model's output"
    told = f"Fidelity of {model.placement.backend} against plain torch in float32, 16 tokens: logits off by {found.logits_error:.1e} ({verdict})."
    return [f"Logits of a fixed prompt: {same}.", told, found.table(), f"Traces from now on say: {found.badge}."]


def _hardware(torch) -> list[str]:
    memory = psutil.virtual_memory()
    free = session.free_memory()
    here = f"CPU with {torch.get_num_threads()} threads, {bytes_text(free[torch.device('cpu')])} of {bytes_text(memory.total)} memory free."
    lines = [here]
    for device in free:
        if device.type != "cuda":
            continue
        total, capability = torch.cuda.get_device_properties(device).total_memory, torch.cuda.get_device_capability(device)
        narrow = "" if session.has_bfloat16(device) else "; no bfloat16, so the residual stream stays float32"
        told = f"{device}: {torch.cuda.get_device_name(device)}, compute capability {capability[0]}.{capability[1]}{narrow}."
        lines.append(f"{told} {meter('Memory', total - free[device], total)}. {session.holders(device)}".rstrip())
        if not _is_built_for(capability, torch.cuda.get_arch_list()):
            lines.append(f"This torch has no code for {device}: it was built for {', '.join(torch.cuda.get_arch_list())}. Install another build.")
    if len(lines) == 1:
        lines.append(_no_gpu(torch))
    elif torch.version.cuda:
        lines.append(f"NVIDIA's driver {session.driver() or 'of unknown version'}; torch is built for CUDA {torch.version.cuda}.")
    choice = session.choose("auto", "auto", "auto")
    lines.append(f"A bare load computes on {choice.device.type} in {str(choice.dtype).removeprefix('torch.')} with {choice.backend} kernels ({choice.reason}).")
    return lines


def _is_built_for(capability: tuple[int, int], built: list[str]) -> bool:
    """Machine code runs on chips of the same major number, intermediate code on all later ones."""
    major, minor = capability
    for text in built:
        kind, _, digits = text.partition("_")
        digits = re.match(r"\d+", digits)
        if digits is None:
            return True  # of another maker's
        of = divmod(int(digits[0]), 10)
        if (kind == "sm" and of[0] == major and of[1] <= minor) or (kind == "compute" and of <= (major, minor)):
            return True
    return not built


def _no_gpu(torch) -> str:
    if not (os.path.exists("/dev/nvidia0") or shutil.which("nvidia-smi")):
        return "torch sees no GPU."
    if torch.version.cuda is None:
        return "This machine seems to have an NVIDIA GPU, but this torch is built for the CPU alone: install torch for CUDA (pytorch.org says how)."
    return f"This machine seems to have an NVIDIA GPU, but torch, built for CUDA {torch.version.cuda}, cannot use it: its driver may be too old; see nvidia-smi."


def _compiling() -> list[str]:
    """Triton compiles a piece of C when it first launches a kernel on a GPU."""
    if sys.platform != "linux":
        return []
    compiler = shutil.which(os.environ.get("CC") or "cc") or shutil.which("gcc") or shutil.which("clang")
    header = Path(sysconfig.get_path("include")) / "Python.h"
    wanted = [] if compiler else ["a C compiler: apt-get install gcc, or conda install gcc"]
    wanted += [] if header.is_file() else [f"Python's headers ({header}): apt-get install python{sys.version_info[0]}.{sys.version_info[1]}-dev"]
    if wanted:
        return [f"Triton would need, on a GPU, {' and '.join(wanted)}."]
    first = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False).stdout.split("\n")[0]
    return [f"For Triton: {compiler} ({first.strip()}), Python's headers in {header.parent}."]


def pairs(installed=None) -> list[str]:
    """What does not go together: our requirements and torch's (its CUDA build names the one triton that it works with) against what
    is installed, a sentence each. `installed(name)` gives a version, None where there is none."""
    installed = installed or _installed
    found = []
    for package in ("gptoss-nb", "torch"):
        for text in _requirements(package):
            try:
                wanted = Requirement(text)
            except InvalidRequirement:
                continue  # an older packaging may not read a newer package's wish
            if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
                continue
            has = installed(wanted.name)
            if has is None or not wanted.specifier.contains(has, prereleases=True):
                state = "is missing" if has is None else f"{has} is installed"
                found.append(f"Versions: {package} {installed(package)} needs {wanted.name}{wanted.specifier}, and {wanted.name} {state}: pip install '{wanted.name}{wanted.specifier}'.")
    return found


def _requirements(package: str) -> list[str]:
    try:
        return metadata.requires(package) or []
    except metadata.PackageNotFoundError:
        return []


def _installed(name: str) -> str | None:
    try:
        return re.sub(r"\+.*", "", metadata.version(name))  # 2.13.0+cpu is 2.13.0
    except metadata.PackageNotFoundError:
        return None
