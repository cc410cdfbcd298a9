"""Does what Binder does: a clean environment, binder/requirements.txt, the notebook, and how much memory that took.

    python3.11 binder/check.py notebooks/01_first_cell.ipynb

Fails when an installation brings CUDA, a cell raises, or kernel and JupyterLab's server would not fit Binder's 2 GB together.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIMIT_MB = 2048
SERVER_MB = 256  # JupyterLab's own server, in the same container; 87 measured
INDEX_HOST = "download.pytorch.org"


def main(notebook: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        started = time.monotonic()
        venv.create(folder, with_pip=True)
        install(python)
        print(f"installed in {time.monotonic() - started:.0f} s", flush=True)
        refuse_cuda(python)
        # a child of the clean environment runs the notebook: this file again, with a word in front
        ours = ("PYTHONPATH", "GPTOSS_NB_MODEL", "GPTOSS_NB_STATIC")
        environment = {name: value for name, value in os.environ.items() if name not in ours}
        environment |= {name: f"{folder}/{name}" for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}
        sys.exit(subprocess.run([python, __file__, "--run", notebook], cwd=folder, env=environment).returncode)


def install(python: Path) -> None:
    """As repo2docker does, from the root of the repository."""
    options = ["-qq"]
    try:
        socket.getaddrinfo(INDEX_HOST, 443)
    except OSError:
        print(f"{INDEX_HOST} cannot be reached: pip goes on without that index")
        options += ["--retries", "0"]
    subprocess.run([python, "-m", "pip", "install", *options, "-r", "binder/requirements.txt"], check=True, cwd=ROOT)


def refuse_cuda(python: Path) -> None:
    listed = subprocess.run([python, "-m", "pip", "list", "--format=freeze"], check=True, capture_output=True, text=True).stdout.split()
    # nvidia-ml-py is NVIDIA's, and 50 KB of Python: it asks a driver where there is one
    cuda = [line for line in listed if line.startswith(("nvidia-", "cuda-")) and not line.startswith("nvidia-ml-py=")]
    print(*(line for line in listed if line.startswith(("torch=", "jupyterlab=", "ipykernel="))))
    if cuda:
        sys.exit(f"The CPU-only installation brought {', '.join(cuda)}")


def run(notebook: Path) -> None:
    """Every cell through nbclient, in the live display that a visitor gets; then the kernel's peak of resident memory."""
    import nbformat
    from nbclient import NotebookClient

    client = NotebookClient(nbformat.read(notebook, 4), timeout=300, kernel_name="python3")
    started = time.monotonic()
    with client.setup_kernel():
        for index, cell in enumerate(client.nb.cells):
            client.execute_cell(cell, index)
        peak = peak_mb(client.km.provisioner.process.pid)
    print(f"{notebook.name}: {time.monotonic() - started:.0f} s, kernel's peak {peak} MB; {SERVER_MB} MB more for JupyterLab's server")
    if peak + SERVER_MB > LIMIT_MB:
        sys.exit(f"That is more than the {LIMIT_MB} MB that Binder gives.")


def peak_mb(pid: int) -> int:
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run(Path(sys.argv[2]))
    else:
        main(Path(sys.argv[1]).resolve(strict=True))
