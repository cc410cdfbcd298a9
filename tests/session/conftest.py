"""The embedded model, and sentences put into its mouth: these tests do not depend on what it can do."""

import pytest

import gptoss_nb as gn


@pytest.fixture
def model():
    """nano, nothing in its cache."""
    model = gn.load("nano")
    model.forget()
    return model


@pytest.fixture
def spoken(model, scripted):
    """`spoken(text, more)`: in each run of the engine the model writes that text, control tokens by their names."""
    return lambda *texts: scripted(*(model.tokenizer.encode(text, control=True) for text in texts))
