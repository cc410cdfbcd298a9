"""The golden checkpoint, and its tokens as a trace."""

import pytest

import gptoss_nb as gn


@pytest.fixture(scope="module")
def model(golden):
    return gn.load(golden / "hf")


@pytest.fixture(scope="module")
def trace(model, expected):
    return model.trace(expected["token_ids"])
