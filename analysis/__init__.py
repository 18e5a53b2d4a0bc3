"""The judges: typed agreement between what an agent plans for and what the environment pays."""

from .agree import Decision, decide
from .choice import Choice, choice
from .rows import ValueRow, ValueTable

__all__ = ["Choice", "Decision", "ValueRow", "ValueTable", "choice", "decide"]
