"""What nano is taught, one module a family: questions in many wordings, how to work them out, and the answer.

Every module has `draw(rng) -> Draft`. To add a family, write a module and name it in FAMILIES. Called by nano/corpus alone.
"""

from . import numbers, strings, sums, talk, words
from .draft import Draft, Turn

FAMILIES = {"sums": sums, "numbers": numbers, "words": words, "strings": strings, "talk": talk}

__all__ = ["FAMILIES", "Draft", "Turn"]
