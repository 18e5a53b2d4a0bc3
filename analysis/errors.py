"""What the judges refuse, as one small tree of ValueErrors.

ValueError
└── AnalysisError          anything the analysis refuses
    ├── RowError           a row or a column is malformed (a number, a split, a length)
    │   └── EmptyError     there is nothing to decide on: no rows, or none in train
    ├── NotApplicable      the class of maps asks for something that these rows do not have
    ├── SnapError          floats too close to be told apart and too far to be equal
    ├── UnknownNameError   a name that is not in a list; says what was probably meant
    └── MapDomainError     a map asked for a value, level or cue it says nothing about
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "AnalysisError", "EmptyError", "MapDomainError", "NotApplicable", "RowError", "SnapError", "UnknownNameError", "unknown_name",
]  # fmt: skip


class AnalysisError(ValueError):
    """Base of everything the analysis refuses."""


class RowError(AnalysisError):
    """A row or a column cannot be read as (level, split, mesa, base)."""


class EmptyError(RowError):
    """Nothing to decide on: no rows at all, or no train row that carries a mesa value."""


class NotApplicable(AnalysisError):
    """A class of maps that asks for something that the rows do not have, such as a vector objective."""


class SnapError(AnalysisError):
    """Two floats are neither clearly equal nor clearly different at the given tolerance."""


class UnknownNameError(AnalysisError):
    """A name outside the allowed ones."""


class MapDomainError(AnalysisError):
    """A map was asked about a value, level or cue on which it is not defined."""


def unknown_name(kind: str, value: object, allowed: Iterable[str]) -> UnknownNameError:
    """The error for a name that is not allowed, with the closest allowed one.

    Args:
        kind: what the name is a name of, in words, such as `"map class"`.
        value: what was given.
        allowed: the names that exist.

    Returns:
        An error to raise; its message names the value, the allowed names and the next step.
    """
    names = list(allowed)
    near = difflib.get_close_matches(str(value).lower().replace("-", "_"), names, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return UnknownNameError(f"Unknown {kind} {value!r}.{hint} Allowed: {', '.join(names)}.")
