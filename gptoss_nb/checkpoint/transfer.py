"""From a file to the memory of GPUs: through two pinned buffers, one filled from the file while the other travels.

Called by read. Nothing but the buffers is held on the host: the file is read, not mapped, so that its pages count for nobody.
"""

from pathlib import Path
from typing import BinaryIO

import torch

from ..errors import CheckpointError

BUFFER = 64 << 20  # bytes of each of the two


class Transfer:
    """`to_device` brings bytes of a file to a device. Where the buffers are not pinned, as for a CPU, it does the same by plain copies."""

    def __init__(self, pinned: bool, buffer: int = BUFFER):
        self._buffers = [torch.empty(buffer, dtype=torch.uint8, pin_memory=pinned) for _ in range(2)]
        self._gone: list[torch.cuda.Event | None] = [None, None]  # when a buffer has left, and may be filled again
        self._turn, self._pinned = 0, pinned
        self._files: dict[Path, BinaryIO] = {}

    def to_device(self, path: Path, start: int, end: int, device: torch.device) -> torch.Tensor:
        """(end - start,) uint8 on the device: file[start:end]. Errors: CheckpointError where the file ends early or cannot be read."""
        made, size = torch.empty(end - start, dtype=torch.uint8, device=device), len(self._buffers[0])
        for at in range(start, end, size):
            part = self._buffers[self._turn][: min(size, end - at)]
            self._wait(self._turn)
            self._fill(path, at, part)
            made[at - start : at - start + len(part)].copy_(part, non_blocking=True)
            if self._pinned:
                self._gone[self._turn] = torch.cuda.Event()
                self._gone[self._turn].record(torch.cuda.current_stream(device))
            self._turn = 1 - self._turn
        return made

    def _wait(self, buffer: int) -> None:
        if self._gone[buffer] is not None:
            self._gone[buffer].synchronize()

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
        """Waits until all has arrived, for other threads' streams, too; closes the files and lets go of the buffers."""
        self._wait(0)
        self._wait(1)
        for file in self._files.values():
            file.close()
        self._files, self._buffers = {}, []
