"""From a file to the memory of a GPU: through two pinned buffers, one filled from the file while the other travels.

Called by read. Nothing but the buffers is held on the host: the file is read, not mapped, so that its pages count for nobody.
"""

from pathlib import Path
from typing import BinaryIO

import torch

from ..errors import CheckpointError

BUFFER = 64 << 20  # bytes of each of the two


class Transfer:
    """`to_device` brings bytes of a file to `device`. On a CPU, where nothing is to be pinned, it does the same by plain copies."""

    def __init__(self, device: torch.device, buffer: int = BUFFER):
        self._device, self._turn = device, 0
        on_gpu = device.type == "cuda"
        self._buffers = [torch.empty(buffer, dtype=torch.uint8, pin_memory=on_gpu) for _ in range(2)]
        self._gone = [torch.cuda.Event() if on_gpu else None for _ in range(2)]  # when a buffer has left, and may be filled again
        self._files: dict[Path, BinaryIO] = {}

    def to_device(self, path: Path, start: int, end: int) -> torch.Tensor:
        """(end - start,) uint8 on the device: file[start:end]. Errors: CheckpointError where the file ends early or cannot be read."""
        made, size = torch.empty(end - start, dtype=torch.uint8, device=self._device), len(self._buffers[0])
        for at in range(start, end, size):
            n = min(size, end - at)
            buffer, gone = self._buffers[self._turn], self._gone[self._turn]
            if gone is not None:
                gone.synchronize()
            self._fill(path, at, buffer[:n])
            made[at - start : at - start + n].copy_(buffer[:n], non_blocking=True)
            if gone is not None:
                gone.record(torch.cuda.current_stream(self._device))
            self._turn = 1 - self._turn
        return made

    def _fill(self, path: Path, at: int, buffer: torch.Tensor) -> None:
        into, done = memoryview(buffer.numpy()), 0
        try:
            if path not in self._files:
                self._files[path] = path.open("rb", buffering=0)
            self._files[path].seek(at)
            while done < len(into):
                n = self._files[path].readinto(into[done:])
                if not n:
                    raise CheckpointError(f"{path} is cut short: it ends at byte {at + done}.", "Download the file again.")
                done += n
        except OSError as error:
            raise CheckpointError(f"{path} cannot be read: {error.strerror}.", "Check that the file is there and may be read.") from None

    def close(self) -> None:
        """Closes the files and frees the buffers, once all has arrived."""
        for gone in filter(None, self._gone):
            gone.synchronize()
        for file in self._files.values():
            file.close()
        self._files, self._buffers = {}, []
