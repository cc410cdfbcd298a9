"""From a file to a device: here onto the CPU, where the same code copies without pinned memory (no GPU at hand)."""

import os

import pytest
import torch

from gptoss_nb.checkpoint.read import read
from gptoss_nb.checkpoint.transfer import Transfer
from gptoss_nb.config import ModelConfig
from gptoss_nb.errors import CheckpointError

CPU = torch.device("cpu")


@pytest.mark.parametrize("start, end", [(0, 0), (3, 4), (0, 1000), (17, 64), (5, 69), (5, 70), (5, 133), (999, 1000)])
def test_any_range_arrives_whole(tmp_path, start, end):
    data = os.urandom(1000)
    (tmp_path / "file").write_bytes(data)
    transfer = Transfer(False, buffer=64)
    assert bytes(transfer.to_device(tmp_path / "file", start, end, CPU).tolist()) == data[start:end]
    transfer.close()


def test_files_are_closed(tmp_path):
    (tmp_path / "file").write_bytes(b"x" * 10)
    before = set(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else None
    transfer = Transfer(False, buffer=4)
    transfer.to_device(tmp_path / "file", 0, 10, CPU)
    transfer.close()
    assert before is None or set(os.listdir("/proc/self/fd")) == before


def test_a_file_that_ends_early_is_refused(tmp_path, refused):
    (tmp_path / "file").write_bytes(b"x" * 10)
    transfer = Transfer(False, buffer=4)
    with refused(tmp_path / "file", "byte 10"):
        transfer.to_device(tmp_path / "file", 0, 11, CPU)
    with refused(tmp_path / "gone"):
        transfer.to_device(tmp_path / "gone", 0, 1, CPU)
    transfer.close()


@pytest.mark.parametrize("layout", ["hf", "openai"])
@pytest.mark.parametrize("large", [0, 2**30])
def test_a_checkpoint_read_by_it_is_the_mapped_one(golden, layout, large, monkeypatch):
    """The way to a GPU with a GPU's one difference taken out: that its tensors are elsewhere."""
    from gptoss_nb.checkpoint import read as module

    config, told = ModelConfig.load(golden / layout), []
    mapped = read(golden / layout, config, large=large)
    monkeypatch.setattr(module._Fetch, "_is_mapped", staticmethod(lambda place: False))
    brought = read(golden / layout, config, large=large, progress=lambda done, total: told.append((done, total)))
    for a, b in zip(mapped.layers, brought.layers, strict=True):
        for name, value in vars(b).items():
            other = getattr(a, name)
            if isinstance(other, tuple):  # only what is mapped is kept apart
                other = torch.cat(other)
            pairs = [(other, value)] if isinstance(value, torch.Tensor) else [(other.blocks, value.blocks), (other.scales, value.scales)]
            assert all(x.dtype == y.dtype and torch.equal(x, y) for x, y in pairs), name
    assert torch.equal(mapped.embedding, brought.embedding) and mapped.embedding.dtype == brought.embedding.dtype
    assert told == sorted(told) and told[-1][0] == told[-1][1]


def test_nothing_stays_open_after_a_failure(golden, monkeypatch):
    from gptoss_nb.checkpoint import read as module

    closed = []
    monkeypatch.setattr(module._Fetch, "_is_mapped", staticmethod(lambda place: False))
    monkeypatch.setattr(module.Transfer, "to_device", lambda self, path, start, end, device: (_ for _ in ()).throw(CheckpointError("a", "b")))
    monkeypatch.setattr(module.Transfer, "close", lambda self: closed.append(self))
    with pytest.raises(CheckpointError):
        read(golden / "hf", ModelConfig.load(golden / "hf"))
    assert len(closed) == 1


def test_a_buffer_is_not_filled_before_it_has_left(tmp_path, monkeypatch):
    """A GPU's copies take their time: here they happen when their event is waited for, and what was filled too early would show."""
    waiting = []

    class Event:
        def record(self, stream):
            self.copies, waiting[:] = list(waiting), []

        def synchronize(self):
            for copy in self.copies:
                copy()
            self.copies = []

    data = os.urandom(300)
    (tmp_path / "file").write_bytes(data)
    monkeypatch.setattr(torch.cuda, "Event", Event)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: None)
    transfer = Transfer(False, buffer=64)
    transfer._pinned = True
    monkeypatch.setattr(torch.Tensor, "copy_", lambda self, other, non_blocking: waiting.append(lambda: _copy(self, other)))
    made = [transfer.to_device(tmp_path / "file", start, start + 100, CPU) for start in (0, 100, 200)]
    transfer.close()
    monkeypatch.undo()
    assert b"".join(bytes(part.tolist()) for part in made) == data


def _copy(into: torch.Tensor, other: torch.Tensor) -> None:
    into.numpy()[:] = other.numpy()
