"""Small changes to a level: move a thing, toggle a wall, take something away, cut the board; each gives a new valid level."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import LevelError
from .level import Level, where


def move_agent(level: Level, cell: int) -> Level:
    """The level with the agent at another cell (`row * width + column`).

    Raises:
        LevelError: a wall, or no level of the world.
    """
    _on_board(level, cell)
    return _checked(level, agent=cell)


def move_thing(level: Level, cell: int, to: int) -> Level:
    """The level with what lies at `cell` at the free cell `to`.

    Raises:
        LevelError: nothing lies at `cell`, something stands at `to`, or it is no level of the world.
    """
    _on_board(level, cell)
    _on_board(level, to)
    if all(at != cell for _, at in level.things):
        raise LevelError(f"{level.id}: nothing lies at {where(level, cell)}; things lie at {_places(level)}.")
    if level.walls.ravel()[to] != level.walls.ravel()[cell] or any(at == to for _, at in level.things):
        raise LevelError(f"{level.id}: {where(level, to)} is not free; move the thing to an empty cell.")
    return _checked(level, things=tuple((s, to if at == cell else at) for s, at in level.things))


def remove_thing(level: Level, cell: int) -> Level:
    """The level without what lies at `cell`, nor the header line that bears its symbol.

    Raises:
        LevelError: nothing lies there, or it is no level of the world.
    """
    _on_board(level, cell)
    gone = [symbol for symbol, at in level.things if at == cell]
    if not gone:
        raise LevelError(f"{level.id}: nothing lies at {where(level, cell)}; things lie at {_places(level)}.")
    header = {key: value for key, value in level.header.items() if key not in gone}
    return _checked(level, things=tuple(thing for thing in level.things if thing[1] != cell), header=header)


def toggle_wall(level: Level, cell: int) -> Level:
    """The level with a wall where there was floor at `cell`, or floor where there was a wall.

    Raises:
        LevelError: the border, an occupied cell, or no level of the world.
    """
    _on_board(level, cell)
    row, column = divmod(cell, level.width)
    if row in (0, level.height - 1) or column in (0, level.width - 1):
        raise LevelError(f"{level.id}: {where(level, cell)} is on the border, which must stay closed.")
    if cell == level.agent or any(at == cell for _, at in level.things):
        raise LevelError(f"{level.id}: {where(level, cell)} is not empty; move what is there first.")
    walls = level.walls.copy()
    walls[row, column] ^= True
    return _checked(level, walls=walls)


def cut(level: Level, row: int | None = None, column: int | None = None) -> Level:
    """The level without an inner row or column (from 0) and without what lies there, the agent excepted.

    Raises:
        LevelError: the border, the agent's own row or column, or no level of the world.
    """
    axis, line = (0, row) if row is not None else (1, column)
    size, own = level.walls.shape[axis], divmod(level.agent, level.width)[axis]
    one = (row is None) != (column is None)
    if not one or not isinstance(line, (int, np.integer)) or not 0 < line < size - 1 or line == own:
        raise LevelError(f"{level.id}: row {row!r}, column {column!r}: give one inner row or column without the agent to cut.")
    walls = np.delete(level.walls, line, axis)

    def moved(cell: int) -> int:
        place = list(divmod(cell, level.width))
        place[axis] -= place[axis] > line
        return place[0] * walls.shape[1] + place[1]

    kept = [(s, at) for s, at in level.things if divmod(at, level.width)[axis] != line]
    gone = {s for s, _ in level.things} - {s for s, _ in kept}
    header = {key: value for key, value in level.header.items() if key not in gone}
    things = tuple(sorted(((s, moved(at)) for s, at in kept), key=lambda thing: thing[1]))
    return _checked(level, walls=walls, agent=moved(level.agent), things=things, header=header)


def neighbours(level: Level) -> Iterator[Level]:
    """Every valid level that one move of the agent or a thing to a free cell, or one toggled wall, makes of `level`."""
    inner = [r * level.width + c for r in range(1, level.height - 1) for c in range(1, level.width - 1)]
    things = [at for _, at in level.things]
    changes: list[tuple[Callable[..., Level], tuple[int, ...]]] = [(move_agent, (cell,)) for cell in inner if cell != level.agent]
    changes += [(move_thing, (cell, to)) for cell in things for to in inner if to not in things]
    changes += [(toggle_wall, (cell,)) for cell in inner]
    yield from _valid(level, changes)


def smaller(level: Level) -> Iterator[Level]:
    """Every valid level that is `level` less one row or column, less one thing, or with one inner wall opened."""
    changes: list[tuple[Callable[..., Level], tuple[Any, ...]]] = [(cut, (row,)) for row in range(1, level.height - 1)]
    changes += [(cut, (None, column)) for column in range(1, level.width - 1)]
    changes += [(remove_thing, (cell,)) for _, cell in level.things]
    changes += [(toggle_wall, (int(cell),)) for cell in np.flatnonzero(level.walls)]
    yield from _valid(level, changes)


def _valid(level: Level, changes: list[tuple[Callable[..., Level], tuple[Any, ...]]]) -> Iterator[Level]:
    """What those changes make of the level that make a level."""
    for change, arguments in changes:
        try:
            yield change(level, *arguments)
        except LevelError:
            continue


def _checked(
    level: Level,
    walls: npt.NDArray[np.bool_] | None = None,
    agent: int | None = None,
    things: tuple[tuple[str, int], ...] | None = None,
    header: Mapping[str, str] | None = None,
) -> Level:
    """The level with these parts replaced, read anew from its drawing, which checks it."""
    things = level.things if things is None else tuple(sorted(things, key=lambda thing: thing[1]))
    changed = Level(
        level.world,
        level.walls if walls is None else walls,
        level.agent if agent is None else agent,
        things,
        level.header if header is None else header,
        level.horizon,
        level.phase,
    )
    if changed.walls.ravel()[changed.agent]:
        raise LevelError(f"{level.id}: {where(changed, changed.agent)} is a wall; the agent needs a floor to stand on.")
    return level.world.parse(changed.draw(), level.phase)


def _on_board(level: Level, cell: int) -> None:
    if not isinstance(cell, (int, np.integer)) or isinstance(cell, bool) or not 0 <= cell < level.walls.size:
        raise LevelError(f"{level.id}: cell {cell!r} is not on the board; cells are 0 to {level.walls.size - 1}.")


def _places(level: Level) -> str:
    return "; ".join(f"{where(level, cell)} ({symbol!r})" for symbol, cell in level.things) or "no cell"
