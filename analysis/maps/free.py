"""∃ t_ω: ĝ_ω ∘ t_ω = φ_ω ∘ u_ω, φ_ω increasing: outcomes renamed at will, level by level; a control that says nothing.

A relabelling t_ω only has to find, for every base value of a level, some outcome whose mesa value is its image. So a map
exists just where each level has at least as many distinct mesa values as base values: every misaligned objective with
enough values passes, and fails only for lack of them (docs/objectives.md, section 3). Since t_ω and φ_ω are chosen level
by level, nothing carries over to a level that training does not hold.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..errors import MapDomainError
from ..rows import Number
from .columns import number_text
from .grouped import group_number
from .points import Grouping, Points, Sample
from .protocol import Refutation, relative

__all__ = ["Free", "FreeMap"]


@dataclass(frozen=True, eq=False)
class FreeMap:
    """φ_ω⁻¹ of ``ĝ ∘ t = φ ∘ u``: from a mesa value to the base value renamed onto it; call it with `level=`.

    In each level the distinct base values are renamed onto its lowest mesa values, in order.

    Attributes:
        points: the points by split of level. Where a level is in both splits, each side is renamed by itself, and the
            training side tells a mesa value that both have.
    """

    points: Points = field(repr=False)

    @cached_property
    def numbers(self) -> dict[Hashable, int]:
        """Number by level id, for the levels that have rows."""
        return {self.points.group_names[group // 2]: group // 2 for group in self.points.group[self.points.starts].tolist()}

    def pairs(self, level: Hashable) -> list[tuple[int, int]]:
        """(mesa rank, base rank) of the renamed values of one level, in order.

        Raises:
            MapDomainError: the level has no rows.
        """
        number, found = group_number(self.numbers, level, "level"), {}
        for group in (2 * number + 1, 2 * number):  # deployment, then training over it
            of = self.points.of_group(group)
            found |= dict(zip(np.unique(of.mesa).tolist(), np.unique(of.base).tolist(), strict=False))
        return sorted(found.items())

    def __call__(self, value: Number, *, level: Any = None, cue: Any = None) -> Number:
        """The base value that is renamed onto a mesa value of a level.

        Raises:
            MapDomainError: no base value is, or the level has no rows.
        """
        rank = self.points.mesa_column.rank(value)
        found = dict(self.pairs(level))
        if rank not in found:
            raise MapDomainError(f"No base value of level {level!r} is renamed onto {value!r}.")
        return self.points.base_column.number(found[rank])

    def __str__(self) -> str:
        names, mesa, base = list(self.numbers), self.points.mesa_column, self.points.base_column
        shown = []
        for name in names[:2]:
            pairs = [f"{number_text(mesa.number(m))} ↦ {number_text(base.number(b))}" for m, b in self.pairs(name)[:3]]
            shown.append(f"level {name}: {', '.join(pairs)}" + (", …" if len(self.pairs(name)) > 3 else ""))
        return "u = φ⁻¹(ĝ ∘ t_level): " + "; ".join(shown) + (f"; … ({len(names)} levels)" if len(names) > 2 else "")


@dataclass(frozen=True)
class Free:
    """Increasing maps after a free relabelling of outcomes, both chosen level by level. Attributes as in `MapClass`.

    A level that occurs in both splits has two menus of mesa values, one a split, since budgets may differ.
    """

    name: str
    description: str
    preference: bool = False
    vacuous: bool = True
    by: Grouping = "menu"

    def points(self, sample: Sample, within_level: bool = False) -> Points | None:
        """The distinct points of each split of each level; there is nothing narrower."""
        return None if within_level else sample.points(self.by)

    def decide(self, points: Points) -> bool:
        """Whether each menu has as many mesa values as base values, O(P log P)."""
        return not np.any(lacking(points))

    def seen(self, points: Points) -> np.ndarray:
        """`[P]` bool: the outcome occurs in training; every other may be renamed as one likes."""
        wide, tall = len(points.base_column.values), len(points.mesa_column.values)
        key = ((points.group // 2) * tall + points.mesa) * wide + points.base
        return np.isin(key, key[points.in_train])

    def fit(self, points: Points) -> FreeMap:
        """The base values of each level on its lowest mesa values."""
        return FreeMap(points)

    def rival(self, points: Points, target: int) -> FreeMap:
        """The maps of training alone: on the target's level, which they do not know, another may be chosen freely."""
        return FreeMap(points.select(points.in_train))

    def certify(self, points: Points) -> Refutation | None:
        """All rows of one menu: it has fewer mesa values than base values."""
        short = lacking(points)
        if not short.any():
            return None
        at = int(np.argmax(short))
        return Refutation("too few values", tuple(range(int(points.starts[at]), int(points.ends[at]) + 1)))

    def misfit(self, points: Points) -> float:
        """Least largest error when base values share images, / range(u): intervals of them, as many as mesa values."""
        worst = 0
        for at in np.flatnonzero(lacking(points)):
            of = points.select(slice(int(points.starts[at]), int(points.ends[at]) + 1))
            values = [int(v) for v in points.base_column.values[np.unique(of.base)]]
            worst = max(worst, narrowest(values, len(of.runs)))
        return relative(worst, points) / 2

    def slack(self, points: Points) -> float:
        """0 where a menu has more points than mesa values, so that ties of u could split beyond them; else inf."""
        if not len(points):
            return math.inf
        runs = np.bincount(points.segment[points.runs], minlength=len(points.starts))
        return 0.0 if np.any(points.ends - points.starts + 1 > runs) else math.inf


def lacking(points: Points) -> np.ndarray:
    """`[S]` by how many base values each menu has more than mesa values; 0 where it has enough."""
    if not len(points):
        return np.zeros(0, np.int64)
    mesa = np.bincount(points.segment[points.runs], minlength=len(points.starts))
    pairs = np.sort(points.segment * np.int64(len(points.base_column.values)) + points.base)
    pairs = pairs[np.concatenate(([True], pairs[1:] != pairs[:-1]))]
    base = np.bincount(pairs // len(points.base_column.values), minlength=len(points.starts))
    return np.maximum(base - mesa, 0)


def narrowest(values: list[int], count: int) -> int:
    """The least width that lets so many intervals cover these ascending values."""
    low, high = -1, values[-1] - values[0]
    while high - low > 1:
        width, used, reach = (low + high) // 2, 0, None
        for value in values:
            if reach is None or value > reach:
                used, reach = used + 1, value + width
        low, high = (low, width) if used <= count else (width, high)
    return high


FREE_CLASSES = (Free("free", "vacuity control: outcomes renamed at will, level by level, before an increasing map"),)
