"""Fixtures that more than one room needs."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def golden() -> Path:
    """One small random checkpoint in both layouts, `openai/` and `hf/`, and what the reference says of it."""
    return Path(__file__).parent / "data" / "golden"
