"""Studies: what runs a model many times over, gn.sweep. Called by users; the runs themselves are in inside/."""

import sys

import torch

from ..errors import NotObservable, OptionError
from ..inside import ablation
from .model import LoadedModel


def sweep(model: LoadedModel, text_or_token_ids, over: str = "experts", seed: int = 0) -> ablation.Sweep:
    """The change in a text's mean log-probability without each expert, or each head, one at a time, and beside it that of a random
    vector as long as what the ablation moved, at the same tokens: what any change of that size would do. In float32, as the
    changes are often smaller than bfloat16 can hold. Errors: OptionError, ContextLengthError, NotObservable."""
    if not isinstance(model, LoadedModel):
        raise OptionError(f"A sweep runs a model, not {type(model).__name__}.", "Give what gn.load(...) returned.")
    if over not in ("experts", "heads"):
        raise OptionError(f"There is no sweep over {over!r}.", "Choose experts or heads.")
    if model.placement.dtype != torch.float32:
        raise NotObservable("A sweep needs float32: single changes drown in the rounding of this model's numbers.",
                            'Load it with gn.load(..., dtype="float32").')  # fmt: skip
    ids = model.ids(text_or_token_ids)
    if len(ids) < 2:
        raise OptionError("One token has no log-probability.", "Give a longer text.")
    return model.run(lambda generator, cancelled: ablation.sweep(generator, ids, over, _Line(f"sweep over {over}"), seed, cancelled))


class _Line:
    """A line of progress on stderr that writes over itself."""

    def __init__(self, name: str):
        self._name = name

    def __call__(self, done: int, all_of_them: int) -> None:
        print(f"\r{self._name}: {done} of {all_of_them}", end="\n" if done == all_of_them else "", file=sys.stderr, flush=True)
