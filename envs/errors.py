"""What can go wrong with worlds and levels, each with the value, what is allowed and the next step.

ValueError
├── LevelError        a drawing that is no level of its world
├── KnobError         a world's option, shift or mixture out of range
├── UnknownName       a world, agent or setting nobody registered
└── StateSpaceError   a level with more states than the caller allows
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class LevelError(ValueError):
    """A drawing that is no level of its world; the message names row, column and character."""


class KnobError(ValueError):
    """A world's option, shift or mixture that is out of range."""


class StateSpaceError(ValueError):
    """A level with more reachable states than the caller allows."""


class UnknownName(ValueError):
    """A name that is not registered; the message lists what is and suggests the nearest."""

    def __init__(self, what: str, name: object, allowed: Iterable[str]) -> None:
        """Say which kind of thing (`what`) was looked up under `name` among the `allowed` names."""
        names = sorted(allowed)
        close = difflib.get_close_matches(str(name), names, n=1, cutoff=0.5) or difflib.get_close_matches(
            str(name).lower(), [n.lower() for n in names], n=1, cutoff=0.5
        )
        close = [n for n in names if close and n.lower() == close[0].lower()]
        hint = f" Did you mean {close[0]!r}?" if close else ""
        super().__init__(f"Unknown {what} {name!r}.{hint} Allowed: {', '.join(names)}.")

    def __reduce__(self) -> tuple[Any, ...]:
        """Made anew from its message, so that it can come back from another process."""
        return _remade, (type(self), str(self))


def _remade(kind: type[UnknownName], message: str) -> UnknownName:
    return kind.__new__(kind, message)
