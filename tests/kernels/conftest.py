"""What the tests of the C++ code share."""

import pytest

from gptoss_nb.kernels import cpu_ops


@pytest.fixture(params=cpu_ops.LEVELS)
def level(request, monkeypatch):
    """Each instruction set that this processor has, forced in turn."""
    number = cpu_ops.LEVELS.index(request.param)
    if not cpu_ops._library.gn_levels() >> number & 1:
        pytest.skip(f"this processor has no {request.param}")
    monkeypatch.setattr(cpu_ops, "_level", number)
    return request.param
