"""The session: one loaded model a Jupyter kernel, with chat, engine and inside behind one face.

Called by magics, `__main__`, nano and users. It displays nothing.
"""

from ..chat.conversation import Conversation
from ..model.edits import Edits
from .again import again
from .asking import check
from .loading import current, load, unload
from .model import LoadedModel
from .reply import Reply, Stats

__all__ = ["Conversation", "Edits", "LoadedModel", "Reply", "Stats", "again", "check", "current", "load", "unload"]
