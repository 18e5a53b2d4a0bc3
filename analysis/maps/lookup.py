"""u = φ(ĝ), φ arbitrary: ĝ carries the information, whatever its sign; decided by looking for collisions."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from ..errors import MapDomainError
from ..rows import Number
from .columns import number_text
from .grouped import Groupwise
from .points import Points
from .protocol import Refutation, relative

__all__ = ["Lookup", "LookupMap"]


@dataclass(frozen=True, eq=False)
class LookupMap:
    """A table from mesa value to base value, defined on the values that occur and nowhere else.

    Attributes:
        points: the entries, one base value for each mesa value, in order.
        moved: (point, base value) of one entry that is changed, or None.
    """

    points: Points = field(repr=False)
    moved: tuple[int, Fraction] | None = None

    def entry(self, at: int) -> Fraction:
        """The base value of entry `at`."""
        if self.moved is not None and self.moved[0] == at:
            return self.moved[1]
        return self.points.base_column.fraction(self.points.base[at])

    def __call__(self, value: Number, *, level: Any = None, cue: Any = None) -> Number:
        """The base value looked up at a mesa value.

        Raises:
            MapDomainError: the mesa value does not occur.
        """
        rank = self.points.mesa_column.rank(value)
        at = int(np.searchsorted(self.points.mesa, rank))
        if rank < 0 or at == len(self.points) or self.points.mesa[at] != rank:
            raise MapDomainError(
                f"The lookup table has no entry for {value!r}; it knows the values of its rows: {self}."
            )
        return self.entry(at) if self.points.base_column.exact else float(self.entry(at))

    def __str__(self) -> str:
        mesa = self.points.mesa_column

        count = len(self.points)
        shown = range(count) if count <= 6 else (0, 1, 2, count - 1)
        exact = self.points.base_column.exact
        texts = [
            f"{number_text(mesa.number(self.points.mesa[at]))} ↦ {number_text(self.entry(at) if exact else float(self.entry(at)))}"
            for at in shown
        ]
        if count > 6:
            texts.insert(-1, "…")
        return "u = table(ĝ): " + ", ".join(texts)


@dataclass(frozen=True)
class Lookup(Groupwise):
    """All functions of the mesa value."""

    def decide(self, points: Points) -> bool:
        """Whether each mesa value of a group comes with one base value, O(P)."""
        return len(points.runs) == len(points)

    def seen(self, points: Points) -> np.ndarray:
        """`[P]` bool: the mesa value occurs in the group's train points."""
        if not len(points):
            return np.zeros(0, bool)
        in_train = np.logical_or.reduceat(points.in_train, points.runs)
        return np.repeat(in_train, points.run_ends - points.runs + 1)

    def fit_one(self, points: Points) -> LookupMap:
        """The table itself."""
        return LookupMap(points)

    def rival_one(self, points: Points, target: int) -> LookupMap:
        """The table with the target's entry a stride higher."""
        return LookupMap(points, (target, points.base_column.fraction(points.base[target]) + points.stride))

    def certify(self, points: Points) -> Refutation | None:
        """A collision: one mesa value, two base values, as far apart as any."""
        if not len(points):
            return None
        values = points.base_column.values
        spread = values[points.base[points.run_ends]] - values[points.base[points.runs]]
        worst = int(np.argmax(spread))
        if spread[worst] <= 0:
            return None
        return Refutation("collision", (int(points.runs[worst]), int(points.run_ends[worst])))

    def misfit(self, points: Points) -> float:
        """Half the largest spread of u at one mesa value."""
        if not len(points):
            return 0.0
        values = points.base_column.values
        spread = values[points.base[points.run_ends]] - values[points.base[points.runs]]
        return relative(int(spread.max()), points) / 2

    def slack(self, points: Points) -> float:
        """Inf: points of one mesa value are one point, and a table follows wherever it moves."""
        return math.inf
