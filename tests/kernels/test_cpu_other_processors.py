"""The C++ code for processors that are not here: ARM with and without its dot-product instruction, on an emulator; and on this one with
the compiler's checks of memory and undefined behaviour. Each skips where its tools are not installed.

On Debian: apt-get install g++-aarch64-linux-gnu qemu-user
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import gptoss_nb

SOURCES = Path(gptoss_nb.__file__).with_name("kernels")
PROGRAM = Path(__file__).with_name("cpu_levels.cpp")


def build(folder: Path, compiler: str, *options: str) -> Path:
    """The program that holds each instruction set to the plain one."""
    program = folder / "cpu_levels"
    command = [compiler, "-std=c++14", "-w", "-I", SOURCES, *options, PROGRAM, "-pthread", "-o", program]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return program


def run(*command: str | Path) -> str:
    """Its first line, which names the instruction sets; what else it prints is shown where it fails."""
    environment = os.environ | {"ASAN_OPTIONS": "detect_leaks=0"}  # which needs rights that a container may lack
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith(" checks, 0 wrong\n")
    return done.stdout.splitlines()[0]


@pytest.fixture(scope="module")
def on_arm(tmp_path_factory) -> Path:
    """The program for 64-bit ARM."""
    if not (shutil.which("aarch64-linux-gnu-g++") and shutil.which("qemu-aarch64")):
        pytest.skip("needs aarch64-linux-gnu-g++ and qemu-aarch64, a cross compiler and an emulator")
    return build(tmp_path_factory.mktemp("arm"), "aarch64-linux-gnu-g++", "-O2", "-static")


@pytest.mark.parametrize("processor, levels", [("cortex-a53", "plain neon"), ("cortex-a76", "plain neon neon_dot")])
def test_arm(on_arm, processor, levels):
    assert run("qemu-aarch64", "-cpu", processor, on_arm) == f"levels: {levels}"


def test_memory_and_undefined_behaviour(tmp_path):
    options = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
    compiler, empty = shutil.which("c++"), tmp_path / "empty.cpp"
    empty.write_text("int main() {}\n")
    if not compiler or subprocess.run([compiler, *options, empty, "-o", tmp_path / "empty"], capture_output=True).returncode:
        pytest.skip("needs c++ with its sanitizers")
    assert run(build(tmp_path, compiler, *options)).startswith("levels: plain")
