"""Fixtures that more than one room needs, and the tolerances."""

import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

os.environ["TRITON_INTERPRET"] = "1"  # before anything imports Triton: its kernels then run on tensors in the CPU's memory

# every tolerance of these tests, each with its reason; `exactly` is for what must not differ by a bit
TOLERANCES = {
    "one operation": 1e-6,  # float32, the same numbers in another order of adding: some units in the last place
    "whole model": 1e-5,  # float32 through all layers, relative norm; the two reference implementations differ by 1e-6
    "inside": 1e-4,  # router logits, weights, residuals, patterns: one number may cancel more than a whole row does
}


@pytest.fixture(scope="session")
def close():
    """`close(actual, wanted, kind)` fails where they differ by more than the table allows: for a whole model the norm of
    the difference by the norm of what is wanted, else the largest difference by the largest value."""

    def check(actual, wanted, kind: str) -> None:
        actual, wanted = torch.as_tensor(actual).double(), torch.as_tensor(wanted).double()
        assert actual.shape == wanted.shape
        size = torch.linalg.vector_norm if kind == "whole model" else lambda t: t.abs().amax()
        error = float(size(actual - wanted) / size(wanted))
        assert error <= TOLERANCES[kind], f"{kind}: off by {error:.2g}"

    return check


@pytest.fixture(scope="session")
def golden() -> Path:
    """One small random checkpoint in both layouts, `openai/` and `hf/`, and what the reference says of it."""
    return Path(__file__).parent / "data" / "golden"


@pytest.fixture(scope="session")
def expected(golden) -> dict[str, torch.Tensor]:
    """What the reference implementation says of the golden checkpoint: see DESIGN, `golden/`."""
    return load_file(golden / "expected.safetensors")


@pytest.fixture(scope="session")
def transformer(golden):
    """The golden checkpoint (4 layers, window 16 on 0 and 2) on plain torch."""
    from gptoss_nb.checkpoint.read import read
    from gptoss_nb.config import ModelConfig
    from gptoss_nb.kernels import reference
    from gptoss_nb.model.transformer import Transformer

    config = ModelConfig.load(golden / "hf")
    return Transformer(config, read(golden / "hf", config), reference)


@pytest.fixture(scope="session")
def random_ids():
    """`random_ids(n, vocab_size=320)`: the same token ids each time."""
    return lambda n, vocab_size=320, seed=0: torch.randint(vocab_size, (n,), generator=torch.Generator().manual_seed(seed))


@pytest.fixture(autouse=True)
def same_chance():
    """torch.randn in a test gives the same numbers each time."""
    torch.manual_seed(0)


@pytest.fixture
def scripted(monkeypatch):
    """`scripted(ids, more ids)`: whatever the logits, the engine "samples" these, one list in each of its runs."""
    from gptoss_nb.engine import generator

    def write(*runs: list[int]) -> None:
        waiting = iter(runs)

        class Script:
            def __init__(self, sampling):
                self.ids = iter(next(waiting))

            def skip(self, draws, vocab_size):
                """Each run has a script of its own."""

            def draw(self, logits):
                token = next(self.ids)
                return token, float(logits.log_softmax(-1)[token])

        monkeypatch.setattr(generator, "Sampler", Script)

    return write
