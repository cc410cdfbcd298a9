"""What nano is taught, one module a family: questions in many wordings, how to work them out, and the answer.

Every module has `draw(rng, say) -> Draft`. To add a family, write a module and name it in FAMILIES. Called by nano/corpus alone.
"""

from . import (
    brackets,
    calendar,
    comparing,
    facts,
    functions,
    instructions,
    large_sums,
    letters,
    memory,
    products,
    python,
    sorting,
    stories,
    strings,
    sums,
    talk,
    translation,
    unknown,
    words,
)
from .draft import SLIPS, SLIPS_TRAINED, Call, Draft, Say, Turn, Wordings

FAMILIES = {
    "sums": sums,
    "large_sums": large_sums,
    "products": products,
    "comparing": comparing,
    "sorting": sorting,
    "words": words,
    "letters": letters,
    "strings": strings,
    "brackets": brackets,
    "python": python,
    "facts": facts,
    "calendar": calendar,
    "translation": translation,
    "stories": stories,
    "talk": talk,
    "memory": memory,
    "instructions": instructions,
    "functions": functions,
    "unknown": unknown,
}

__all__ = ["FAMILIES", "SLIPS", "SLIPS_TRAINED", "Call", "Draft", "Say", "Turn", "Wordings"]
