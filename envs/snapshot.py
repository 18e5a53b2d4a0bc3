"""A snapshot of an environment, and the checks that keep a wrong one from reaching the compiled rules."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import LevelError
from .level import Level, where

NEXT_STEP = "give back what get_state() returned"


@dataclass(frozen=True)
class Snapshot:
    """All that decides how an environment goes on, from `get_state` for `set_state`.

    Attributes:
        level: the level in play.
        fields: values of the state's fields.
        clock: steps since the start.
        noise: state of the level's own chance.
        ended: whether the episode is over.
        random: state of the generator that draws the next levels.
        ghosts: cells where ghost twins still wait, by kind.
    """

    level: Level
    fields: tuple[int, ...]
    clock: int
    noise: int
    ended: bool
    random: Mapping[str, Any]
    ghosts: tuple[tuple[int, ...], ...] = ()


def checked(snapshot: Snapshot, level: Level, haunted: int = 0) -> None:
    """Refuse what is no state of `level` with ghosts of `haunted` kinds: compiled rules trust their numbers.

    Raises:
        LevelError: values that no state of the level has; names the value and what is allowed.
    """
    known, values = level.world.fields(level), snapshot.fields
    if not isinstance(values, tuple) or len(values) != len(known):
        names = ", ".join(field.name for field in known)
        raise LevelError(f"Snapshot of {level.id}: fields {values!r} are not the {len(known)} numbers {names}; {NEXT_STEP}.")
    for field, value in zip(known, values, strict=True):
        _within(level, field.name, value, field.size - 1)
    if level.solid[values[0]]:
        raise LevelError(
            f"Snapshot of {level.id}: {known[0].name} {values[0]} is {where(level, values[0])}, where nobody can "
            f"stand; {NEXT_STEP}."
        )
    if not isinstance(snapshot.ghosts, tuple) or len(snapshot.ghosts) != haunted:
        raise LevelError(
            f"Snapshot of {level.id}: ghosts {snapshot.ghosts!r} are not the cells of {haunted} kinds of ghosts; {NEXT_STEP}."
        )
    for cell in (cell for kind in snapshot.ghosts for cell in kind):
        _within(level, "a ghost's cell", cell, level.walls.size - 1)
    _within(level, "clock", snapshot.clock, level.horizon)
    _within(level, "noise", snapshot.noise, 2**64 - 1)
    if not isinstance(snapshot.ended, (bool, np.bool_)) or (snapshot.clock == level.horizon and not snapshot.ended):
        raise LevelError(
            f"Snapshot of {level.id}: ended {snapshot.ended!r} at clock {snapshot.clock}; it must be True or False, and True "
            f"once the {level.horizon} steps are over; {NEXT_STEP}."
        )


def _within(level: Level, what: str, value: object, most: int) -> None:
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or not 0 <= int(value) <= most:  # type: ignore[call-overload]
        raise LevelError(f"Snapshot of {level.id}: {what} {value!r} is not a whole number from 0 to {most:,}; {NEXT_STEP}.")


def restored(state: Mapping[str, Any], like: np.random.Generator) -> dict[str, Any]:
    """A copy of a generator's state, tried on a generator of the same kind.

    Raises:
        LevelError: it is no state of such a generator.
    """
    copy = deepcopy(dict(state)) if isinstance(state, Mapping) else state
    try:
        type(like.bit_generator)(0).state = copy
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise LevelError(
            f"Snapshot: random {str(state)[:60]!r} is no state of {type(like.bit_generator).__name__} ({error}); {NEXT_STEP}."
        ) from None
    return copy
