"""A reply once more under edits, and beside it what it was without them. Called by the explorer through exploring."""

from dataclasses import dataclass

from ..errors import OptionError
from ..model.edits import Edits
from ..trace import Trace
from .model import LoadedModel


@dataclass(frozen=True)
class Again:
    """`first` and `second` are the replies without and with the edits, None where the trace has no reply; `before` and `after` the
    tokens of the first, prefilled without and with them: their routing can be compared. `note` says what kind of comparison it is."""

    first: Trace | None
    second: Trace | None
    before: Trace
    after: Trace
    note: str


def again(model: LoadedModel, trace: Trace, words) -> Again:
    """`words` are edits as %gptoss edit reads them, on top of the trace's own. Errors: EditError, OptionError, ContextLengthError."""
    edits, own = Edits.parse(words), Edits.from_dicts(trace.badge.get("edits", []))
    if not edits:
        raise OptionError("There is no edit to run with.", "Switch an expert or a head first.")
    first = second = None
    if not trace.generated.any():
        note = "This trace holds no reply, so only the routing of its tokens is compared."
    else:
        by_chance = trace.badge.get("seed") is None and trace.badge.get("temperature") != 0
        first = model.rerun(trace) if by_chance else trace
        second = model.rerun(trace, edits)
        if by_chance:
            note = "The reply was drawn by chance without a seed, and cannot come again: both sides are drawn with seed 0."
        else:
            note = "Temperature 0 on both sides." if trace.badge.get("temperature") == 0 else f"Seed {trace.badge['seed']} on both sides."
        if "tool" in trace.roles:
            note += " Tools are not called again: a reply ends where it calls one."
    ids = (trace if first is None else first).token_ids
    return Again(first, second, model.trace(ids, edits=own), model.trace(ids, edits=own + edits), note)
