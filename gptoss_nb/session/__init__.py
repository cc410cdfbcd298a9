"""The session: one loaded model a Jupyter kernel, with chat, engine and inside behind one face.

Called by magics, `__main__`, nano and users. It displays nothing.
"""

from ..chat.conversation import Conversation
from ..model.edits import Edits
from . import fidelity
from .again import again
from .asking import check
from .loading import choose, current, has_bfloat16, idle, load, unload
from .model import LoadedModel
from .placing import free_memory
from .reply import Reply, Stats
from .sharing import driver, holders

__all__ = ["Conversation", "Edits", "LoadedModel", "Reply", "Stats", "again", "check", "choose", "current", "driver", "fidelity", "free_memory", "has_bfloat16",
           "holders", "idle", "load", "unload"]  # fmt: skip
