"""pytest runs the notebooks through nbval: on nano, and in the static display, which shows each answer once."""

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    # nbval starts a notebook's kernel while its first cell is set up; the kernel inherits this, tests elsewhere do not
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("GPTOSS_NB_STATIC", "1")
        environment.delenv("GPTOSS_NB_MODEL", raising=False)
        return (yield)
