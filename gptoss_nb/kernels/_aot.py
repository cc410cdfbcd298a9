"""Kernels compiled ahead of time, for chips that need not be there. The kernel modules describe their kernels as `CompileCase`s at the
real shapes; `python -m gptoss_nb.bench compile` and a test compile them and read what each needs of the chip. No device is touched.

Triton's compiler is imported by `compile_case` alone: the kernel modules import `CompileCase` from here, and nothing heavy with it.
"""

import re
import subprocess
import tempfile
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

KERNELS = ("_matvec", "_router", "_rows", "_experts", "_grouped", "_attention", "_flash", "_replay", "_sample")

# name: backend, architecture as Triton spells it, threads in a warp, bytes of shared memory that one program may have
_CHIPS = {
    "sm_75": ("cuda", 75, 32, 64 * 1024),
    "sm_80": ("cuda", 80, 32, 163 * 1024),
    "sm_86": ("cuda", 86, 32, 99 * 1024),
    "sm_89": ("cuda", 89, 32, 99 * 1024),
    "sm_90": ("cuda", 90, 32, 227 * 1024),
    "sm_100": ("cuda", 100, 32, 227 * 1024),
    "sm_120": ("cuda", 120, 32, 99 * 1024),
    "gfx942": ("hip", "gfx942", 64, 64 * 1024),
    "gfx950": ("hip", "gfx950", 64, 160 * 1024),
}
TARGETS = tuple(_CHIPS)


@dataclass(frozen=True)
class CompileCase:
    """One kernel as one model has it. `signature`: Triton's types ("*bf16", "i32", "fp32") of the arguments that are no constants."""

    name: str
    kernel: Any
    signature: dict[str, str]
    constants: dict
    num_warps: int
    num_stages: int
    decode: bool  # it belongs to the decode step


@dataclass(frozen=True)
class Resources:
    """What one compiled kernel takes: vector registers and bytes of stack a thread, bytes of shared memory a program, bytes of code."""

    registers: int
    stack: int
    shared: int
    n_bytes: int


@dataclass(frozen=True)
class Shape:
    """The sizes that `cases` of the kernel modules read."""

    hidden_size: int = 2880
    n_heads: int = 64
    n_kv_heads: int = 8
    head_dim: int = 64
    n_experts: int = 32
    experts_per_token: int = 4
    expert_width: int = 2880
    vocab_size: int = 201_088
    window: int = 128


SHAPES = {"20b": Shape(), "120b": Shape(n_experts=128)}


def all_cases(shape) -> list[CompileCase]:
    """Every kernel of ours. `shape`: a `Shape`, or what has the same attributes."""
    return [case for name in KERNELS for case in import_module(f".{name}", __package__).cases(shape)]


def used(case: CompileCase, target: str, cases: list[CompileCase]) -> bool:
    """Whether the launch functions choose this form there. Kernels that multiply matrices have one in float32 (so named) for the chip
    without products of bfloat16, and others for the rest."""
    in_float32 = case.name.endswith(" float32")
    has_both = any(other.kernel is case.kernel and other.name.endswith(" float32") for other in cases)
    return not has_both or in_float32 == (target == "sm_75")


def shared_limit(target: str) -> int:
    return _CHIPS[target][3]


def compile_case(case: CompileCase, target: str) -> Resources:
    """Compiles for the chip named, or takes the result from Triton's cache. Errors: RuntimeError in a process that interprets kernels, and
    whatever Triton raises."""
    import triton
    from triton.backends.compiler import GPUTarget

    if not isinstance(case.kernel, triton.JITFunction):
        raise RuntimeError("TRITON_INTERPRET is set: kernels are interpreted in this process and cannot be compiled")
    backend, architecture, warp, _ = _CHIPS[target]
    names = case.kernel.arg_names
    signature = {name: "constexpr" if name in case.constants else case.signature[name] for name in names}
    constants = {(names.index(name),): value for name, value in case.constants.items()}
    # torch's memory begins at multiples of 16 bytes, and a launch tells Triton so: without this, loads would be narrower than they will be
    aligned = {(k,): [["tt.divisibility", 16]] for k, name in enumerate(names) if signature[name].startswith("*")}
    source = triton.compiler.ASTSource(case.kernel, signature, constants, aligned)
    options = {"num_warps": case.num_warps, "num_stages": case.num_stages, "enable_fp_fusion": True}  # said, or 3.9 warns and 3.10 does not
    compiled = triton.compile(source, target=GPUTarget(backend, architecture, warp), options=options)
    read = _nvidia if backend == "cuda" else _amd
    return read(compiled)


def _nvidia(compiled) -> Resources:
    """From the machine code itself, by the tool that lies in Triton's wheel."""
    from triton import backends

    tool = Path(backends.__file__).parent / "nvidia" / "bin" / "cuobjdump"
    code = compiled.asm["cubin"]
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(code)
        file.flush()
        told = subprocess.run([tool, "-res-usage", file.name], check=True, capture_output=True, text=True).stdout
    registers, stack = (int(re.search(rf"{what}:(\d+)", told)[1]) for what in ("REG", "STACK"))
    return Resources(registers, stack, compiled.metadata.shared, len(code))


def _amd(compiled) -> Resources:
    """From the assembly's own notes. Scratch is AMD's name for the stack."""
    told = compiled.asm["amdgcn"]
    registers, stack = (int(re.search(rf"\.{what}:\s+(\d+)", told)[1]) for what in ("vgpr_count", "private_segment_fixed_size"))
    return Resources(registers, stack, compiled.metadata.shared, len(compiled.asm["hsaco"]))
