"""The session: one loaded model a Jupyter kernel, with chat, engine and inside behind one face.

Called by magics, `__main__`, nano and users. It displays nothing.
"""

from ..chat.conversation import Conversation
from ..model.edits import Edits
from . import fidelity
from .again import again
from .asking import check
from .idle import Idle
from .loading import current, load, unload
from .model import LoadedModel
from .placing import free_memory
from .reply import Reply, Stats
from .sharing import holders

idle = Idle(current, unload)

__all__ = ["Conversation", "Edits", "LoadedModel", "Reply", "Stats", "again", "check", "current", "fidelity", "free_memory", "holders", "idle", "load", "unload"]
