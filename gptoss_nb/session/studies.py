"""Studies: what runs a model many times over, gn.sweep and gn.survey. Called by users; the runs themselves are in inside/ and
LoadedModel, what they leave behind in trace/.
"""

import sys
import time
from collections.abc import Sequence

import torch

from ..errors import GptossError, NotObservable, OptionError
from ..inside import ablation
from ..model.edits import Edits
from ..trace import Survey
from .model import LoadedModel, as_edits

MOST_SWEPT = 2048  # tokens
TOKENS_A_FILE = 20_000  # of a survey: what is lost at most where its process is killed


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
    if not 2 <= len(ids) <= MOST_SWEPT:
        raise OptionError(f"A sweep of {len(ids)} tokens runs the model on all of them hundreds of times.", f"Give a text of 2 to {MOST_SWEPT} tokens.")
    return model.run(lambda generator, cancelled: ablation.sweep(generator, ids, over, _Line(f"sweep over {over}"), seed, cancelled))


def survey(model: LoadedModel, texts: Sequence, labels: Sequence | None = None, out="survey", edits: Edits | None = None) -> Survey:
    """The routing of many texts (or lists of token ids), as Parquet files in the folder `out`, with a label each. Interrupted, it keeps
    what is done, and the same call goes on there. Errors: OptionError and ContextLengthError before it begins, TraceError."""
    if not isinstance(model, LoadedModel):
        raise OptionError(f"A survey runs a model, not {type(model).__name__}.", "Give what gn.load(...) returned.")
    texts, edits = _listed(texts, "texts"), as_edits(edits)
    for number, text in enumerate(texts):  # all of them first: a survey whose texts must change cannot go on
        try:
            ids = model.ids(text)
        except GptossError as error:
            raise type(error)(f"Text {number}: {error.what}", error.todo) from None
        if not isinstance(text, str):
            texts[number] = ids
    labels = labels if labels is None else _listed(labels, "labels")
    if labels is not None and len(labels) != len(texts):
        raise OptionError(f"There are {len(labels)} labels for {len(texts)} texts.", "Give one for each.")
    found = Survey.begin(out, texts, labels, model.badge(edits))
    line, waiting, tokens = _Line("survey"), [], 0
    try:
        for number, trace in enumerate(model.traces(texts[found.done :], edits), start=found.done):
            waiting.append(trace)
            tokens += len(trace)
            if tokens >= TOKENS_A_FILE:
                done, waiting, tokens = waiting, [], 0
                found.add(done)
            line(number + 1, len(texts))
    finally:
        if waiting:  # at the end, and where it was interrupted
            found.add(waiting)
    return found


def _listed(values, name: str) -> list:
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        raise OptionError(f"{name} is {type(values).__name__}.", f"Give a list of {name}.")
    return list(values)


class _Line:
    """A line of progress on stderr that writes over itself, twice a second: a saved notebook keeps every update."""

    def __init__(self, name: str):
        self._name, self._told = name, time.perf_counter()

    def __call__(self, done: int, all_of_them: int) -> None:
        if done < all_of_them and time.perf_counter() - self._told < 0.5:
            return
        self._told = time.perf_counter()
        print(f"\r{self._name}: {done} of {all_of_them}", end="\n" if done == all_of_them else "", file=sys.stderr, flush=True)
