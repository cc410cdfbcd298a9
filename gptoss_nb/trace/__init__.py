"""The record of what a model did with a text: numpy arrays and plain fields, and one file for them.

Filled by session, read by views, widgets and the user. Needs neither torch nor the model.
"""

from .record import Trace
from .survey import Survey

__all__ = ["Survey", "Trace"]
