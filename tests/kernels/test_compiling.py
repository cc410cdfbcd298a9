"""What is told while kernels are compiled. Triton is asked for every kernel as a launch asks, on a GPU that is only pretended, and in a
process of its own, as this one interprets them; nothing is compiled but one, for real."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("triton")

PROGRAM = """
import torch, triton
from triton import knobs
from triton.backends.compiler import GPUTarget
from triton.runtime.jit import MockTensor
from gptoss_nb.kernels import _aot, triton_ops

class Driver:
    get_current_target = staticmethod(lambda: GPUTarget("cuda", 90, 32))
    get_current_device = staticmethod(lambda: 0)
    get_current_stream = staticmethod(lambda device: 0)

triton.runtime.driver.set_active(Driver())
DTYPES = {"bf16": torch.bfloat16, "fp32": torch.float32, "i64": torch.int64, "i32": torch.int32, "i16": torch.int16, "u8": torch.uint8}

def ask(case):
    number = {"fp32": 1.5, "i32": 7}
    given = {name: MockTensor(DTYPES[kind[1:]]) if kind[0] == "*" else number[kind] for name, kind in case.signature.items()}
    wanted = {name: value for name, value in (given | case.constants).items() if name in case.kernel.arg_names}
    return case.kernel.warmup(grid=(1,), num_warps=case.num_warps, enable_fp_fusion=True, **wanted)

cases, told = _aot.all_cases(_aot.SHAPES["20b"]), []
knobs.runtime.jit_cache_hook = own = lambda **about: True  # someone else's, which says: do not compile
with triton_ops.compiling(told.append):
    for case in cases:
        assert ask(case) is None
assert told == [case.kernel.__name__ for case in cases], told
assert knobs.runtime.jit_cache_hook is own
knobs.runtime.jit_cache_hook = None
with triton_ops.compiling(told.append):
    small = next(case for case in cases if case.name == "embed")
    assert ask(small) is not None and told[len(cases):] == ["_embed_kernel"]
    ask(small)  # there already
assert len(told) == len(cases) + 1 and knobs.runtime.jit_cache_hook is None
print(len(cases), "kernels")
"""


def test_each_kernel_is_told_when_it_is_compiled(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"} | {"TRITON_CACHE_DIR": str(tmp_path)}
    ran = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.endswith("kernels\n")
