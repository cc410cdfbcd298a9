"""Pictures: each a function of data that returns a plotly Figure, and needs no model. `twin(figure)` tells it in words.

Called by magics, widgets and users. Model text is hostile: it is escaped before plotly, which reads a little HTML, sees it.
"""

from .compare import compare
from .experts import coactivation, expert_load, specialisation, transitions
from .heads import attention, attention_row, head_map, head_mosaic
from .layers import attribution, lens, norms
from .routing import routing_experts, routing_map, routing_slots
from .text import expert_text, logprobs
from .theme import twin

__all__ = [
    "attention", "attention_row", "attribution", "coactivation", "compare", "expert_load", "expert_text", "head_map", "head_mosaic", "lens",
    "logprobs", "norms", "routing_experts", "routing_map", "routing_slots", "specialisation", "transitions", "twin",
]  # fmt: skip
