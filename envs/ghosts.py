"""Ghost twins: invisible things from the same law as a kind of thing, the control for whether an agent seeks it at all.

Who seeks chests enters more chests than ghosts of chests; who only wanders enters as many of one as of the other. A ghost
does nothing and no observation shows it. (The control is that of N. Nabeshima's keys and chests, where ghost chests lie in
the maze.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from .errors import KnobError, UnknownName
from .level import Level
from .world import World

TRIES = 1000
"""Draws of a twin before the law is said not to fit the walls."""


def symbols_of(world: World, kinds: str | Sequence[str]) -> tuple[str, ...]:
    """The symbols of these kinds of things, each named by its symbol or in words: "t" or "treasure chest".

    Raises:
        UnknownName: the world has no such thing.
        KnobError: neither a name nor several.
    """
    named = {what: symbol for symbol, what in world.symbols.items()}
    if not isinstance(kinds, Iterable):
        raise KnobError(f"ghosts {kinds!r} are no kinds of things; name some, such as {next(iter(named))!r}, or give () for none.")
    found = []
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        if kind not in world.symbols and kind not in named:
            raise UnknownName(f"kind of thing in {world.name}", kind, [*named, *world.symbols])
        found.append(kind if kind in world.symbols else named[kind])
    return tuple(dict.fromkeys(found))


def twin_of(level: Level, shift: float, rng: np.random.Generator) -> Level:
    """Another draw of the law on the walls of `level`; what lies there are the ghosts.

    Args:
        level: the level in play.
        shift: position of the native knob that drew it, 0 to 1.
        rng: source of randomness.

    Raises:
        KnobError: the law does not fit these walls, as may be on a level that was drawn by hand.
    """
    for _ in range(TRIES):
        twin = level.world.place(rng, level.walls, shift, level.phase)
        if twin is not None:
            return twin
    raise KnobError(
        f"Level {level.id}: {TRIES:,} draws of {level.world.spec} at shift {shift} put no ghosts on its walls; leave out ghosts=, "
        "or take levels that the law draws."
    )


class Ghosts:
    """Where ghosts wait in each row of a batch, and who met one in the last step.

    Attributes:
        symbols: the kinds that have ghosts.
        left: `[B, K, height * width]` ghosts that nobody met yet in this episode.
        met: `[K, B]` ghosts met in the last step.
    """

    def __init__(self, symbols: tuple[str, ...], count: int, cells: int) -> None:
        """Room for the ghosts of `count` levels with `cells` cells each."""
        self.symbols = symbols
        self.left = np.zeros((count, len(symbols), cells), dtype=np.bool_)
        self.met = np.zeros((len(symbols), count), dtype=np.int64)
        self._rows = np.arange(count)

    def place(self, row: int, cells: Sequence[Sequence[int]]) -> None:
        """Let ghosts wait in `row` at these cells of each kind."""
        self.left[row] = False
        self.met[:, row] = 0
        for kind, where in enumerate(cells):
            self.left[row, kind, list(where)] = True

    def cells(self, row: int) -> tuple[tuple[int, ...], ...]:
        """Where ghosts still wait in `row`, by kind."""
        return tuple(tuple(np.flatnonzero(kind).tolist()) for kind in self.left[row])

    def meet(self, agents: npt.NDArray[np.int32], moved: npt.NDArray[np.bool_]) -> None:
        """Count the ghosts at the agents' cells (`[B]`), in rows where they moved (`[B]`); each is met once."""
        here = self.left[self._rows, :, agents] & moved[:, None]
        self.met[:] = here.T
        self.left[self._rows, :, agents] &= ~here
