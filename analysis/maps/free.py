"""∃ t_ω: ĝ_ω ∘ t_ω = φ ∘ u_ω, φ increasing: outcomes may be renamed level by level; a control that says nothing.

A relabelling t_ω of a level's outcomes, chosen freely, only has to find, for every base value v that occurs, some outcome
whose mesa value is φ(v), its image. So a map exists just where the levels have enough distinct mesa values in the right
order, and any misaligned objective with that many passes (design 1.3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from ..errors import MapDomainError
from ..rows import Number
from .columns import number_text
from .points import Grouping, Points, Sample
from .protocol import Refutation, relative

__all__ = ["Free", "FreeMap"]


@dataclass(frozen=True, eq=False)
class FreeMap:
    """φ of ``ĝ ∘ t = φ ∘ u``, as its inverse: from a mesa value to the base value that is renamed onto it.

    Attributes:
        points: where mesa and base values are read from.
        base: `[V]` base ranks, ascending.
        image: `[V]` the mesa rank that φ gives to each.
    """

    points: Points = field(repr=False)
    base: np.ndarray
    image: np.ndarray

    def __call__(self, value: Number, *, level: Any = None, cue: Any = None) -> Number:
        """The base value that is renamed onto a mesa value.

        Raises:
            MapDomainError: no base value is.
        """
        at = np.flatnonzero(self.image == self.points.mesa_column.rank(value))
        if not len(at):
            raise MapDomainError(f"No base value is renamed onto {value!r}; known: {self}.")
        return self.points.base_column.number(int(self.base[at[0]]))

    def __str__(self) -> str:
        count, mesa, base = len(self.base), self.points.mesa_column, self.points.base_column
        shown = range(count) if count <= 6 else (0, 1, 2, count - 1)
        texts = [
            f"{number_text(mesa.number(int(self.image[at])))} ↦ {number_text(base.number(int(self.base[at])))}"
            for at in shown
        ]
        if count > 6:
            texts.insert(-1, "…")
        return "u = φ⁻¹(ĝ ∘ t_level): " + ", ".join(texts)


@dataclass(frozen=True)
class Free:
    """Increasing maps after a free relabelling of outcomes, level by level. Attributes as in `MapClass`.

    A level that occurs in both splits has two menus of mesa values, one a split, since budgets may differ.
    """

    name: str
    description: str
    preference: bool = False
    vacuous: bool = True
    by: Grouping = "menu"

    def points(self, sample: Sample, within_level: bool = False) -> Points:
        """The distinct points of each split of each level."""
        return sample.points(self.by)

    def decide(self, points: Points) -> bool:
        """Whether increasing images exist: the lowest possible ones are taken, from the lowest base value up."""
        return not len(points) or Menus(points).lowest[-1] >= 0

    def seen(self, points: Points) -> np.ndarray:
        """`[P]` bool: every image that train allows for the point's base value is on the point's own menu."""
        seen = points.in_train.copy()
        if not seen.any() or not self.decide(points.select(seen)):
            return seen
        train, every = Menus(points.select(points.in_train)), Menus(points)
        for at in np.flatnonzero(~seen):
            seen[at] = self.foreign(train, every, int(points.base[at]), int(points.segment[at])) is None
        return seen

    def fit(self, points: Points) -> FreeMap:
        """The lowest images."""
        menus = Menus(points)
        return FreeMap(points, menus.bases, menus.lowest)

    def rival(self, points: Points, target: int) -> FreeMap:
        """Images that train allows, with one for the target's base value, where it has any, that its menu lacks."""
        train = Menus(points.select(points.in_train))
        base = int(points.base[target])
        other = self.foreign(train, Menus(points), base, int(points.segment[target]))
        image = np.where(train.bases < base, train.lowest, train.highest)
        if other is not None and other >= 0:
            image[train.bases == base] = other
        return FreeMap(points, train.bases, image)

    def foreign(self, train: Menus, every: Menus, base: int, menu: int) -> int | None:
        """An image that train allows for a base rank and a menu lacks; −1 where train does not know it; None if none."""
        at = int(np.searchsorted(train.bases, base))
        if at == len(train.bases) or train.bases[at] != base:
            return -1
        own = every.menu[every.starts[menu] : every.starts[menu + 1]]
        found = int(_foreign(*train.tables, at, train.lowest[at], train.highest[at], own))
        return None if found < 0 else found

    def certify(self, points: Points) -> Refutation | None:
        """The rows of as few menus as are refuted by themselves: too few mesa values for their base values."""
        if self.decide(points):
            return None
        groups = [int(group) for group in points.group[points.starts]]
        several = len(groups) <= 2000
        alone = next((g for g in groups if several and not self.decide(points.of_group(g))), None)
        kept = groups if alone is None else [alone]
        for group in list(kept) if len(kept) <= 200 else ():
            rest = [g for g in kept if g != group]
            if rest and not self.decide(points.select(np.isin(points.group, rest))):
                kept = rest
        return Refutation("too few values", tuple(np.flatnonzero(np.isin(points.group, kept)).tolist()))

    def misfit(self, points: Points) -> float:
        """Least largest error over weakly increasing maps from mesa to base after any relabelling, / range(u).

        An error e is reached just where images can be chosen so that base values more than 2e apart have rising ones;
        taking the lowest possible image in order of base values is best.
        """
        if not len(points):
            return 0.0
        menus, values = Menus(points), points.base_column.values
        ranks = points.base[menus.order]
        low, high = -1, int(points.base_column.span)
        while high - low > 1:
            middle = (low + high) // 2
            # For each point, how many points in order lie more than `middle` below it.
            settled = np.searchsorted(ranks, np.searchsorted(values, values - middle, side="left")[ranks])
            enough = _within(menus.menu, menus.starts, points.segment[menus.order], settled)
            low, high = (low, middle) if enough else (middle, high)
        return relative(high, points) / 2

    def slack(self, points: Points) -> float:
        """nan: the class is a control, and how firmly nothing is said has no meaning."""
        return math.nan


class Tables(NamedTuple):
    """What the compiled searches read.

    Attributes:
        menu: `[M]` mesa ranks on offer, menu after menu, ascending in each.
        starts: `[G + 1]` where each menu begins.
        sellers: menus that have a base rank among their points, base rank after base rank.
        shops: `[V + 1]` where the sellers of each base rank begin.
    """

    menu: np.ndarray
    starts: np.ndarray
    sellers: np.ndarray
    shops: np.ndarray


class Menus:
    """The mesa values that each split of each level offers, and the base values that need an image there."""

    def __init__(self, points: Points) -> None:
        """Read them off points grouped by menu."""
        self.points = points
        self.order = np.argsort(points.base, kind="stable")
        base, segment = points.base[self.order], points.segment[self.order]
        new = np.ones(len(points), bool)
        new[1:] = (base[1:] != base[:-1]) | (segment[1:] != segment[:-1])
        base, self._sellers = base[new], segment[new]
        first = np.flatnonzero(np.diff(base, prepend=-1))
        self.bases = base[first]
        self._shops = np.append(first, len(base))
        self.menu = points.mesa[points.runs]
        self.starts = np.append(np.searchsorted(points.runs, points.starts), len(self.menu))

    @property
    def tables(self) -> Tables:
        """All arrays."""
        return Tables(self.menu, self.starts, self._sellers, self._shops)

    @cached_property
    def lowest(self) -> np.ndarray:
        """`[V]` the lowest increasing images of the base ranks; −1 from the first one on that has none."""
        return _lowest(*self.tables)

    @cached_property
    def highest(self) -> np.ndarray:
        """`[V]` the highest increasing images; call it only where images exist."""
        most = len(self.points.mesa_column.values) - 1
        starts, shops = len(self.menu) - self.starts[::-1], len(self._sellers) - self._shops[::-1]
        sellers = len(self.starts) - 2 - self._sellers[::-1]
        mirrored = _lowest(most - self.menu[::-1], starts, sellers, shops)
        return (most - mirrored)[::-1]


@njit(cache=True)
def _next(menu, starts, sellers, low, high, image):
    """The least mesa rank from `image` on that all these sellers offer, or −1."""
    while True:
        wanted = image
        for seller in sellers[low:high]:
            at = starts[seller] + np.searchsorted(menu[starts[seller] : starts[seller + 1]], wanted)
            if at == starts[seller + 1]:
                return -1
            wanted = menu[at]
        if wanted == image:
            return image
        image = wanted


@njit(cache=True)
def _lowest(menu, starts, sellers, shops):
    images = np.full(shops.size - 1, -1, np.int64)
    last = -1
    for v in range(images.size):
        last = _next(menu, starts, sellers, shops[v], shops[v + 1], last + 1)
        if last < 0:
            return images
        images[v] = last
    return images


@njit(cache=True)
def _foreign(menu, starts, sellers, shops, v, low, high, own):
    image = _next(menu, starts, sellers, shops[v], shops[v + 1], low)
    while 0 <= image <= high:
        at = np.searchsorted(own, image)
        if at == own.size or own[at] != image:
            return image
        image = _next(menu, starts, sellers, shops[v], shops[v + 1], image + 1)
    return -1


@njit(cache=True)
def _within(menu, starts, segments, settled):
    """Whether every point in order can have an image above those of the first `settled` ones."""
    highest = np.full(segments.size + 1, -1, np.int64)  # of the first so many points
    for i in range(segments.size):
        s = segments[i]
        at = starts[s] + np.searchsorted(menu[starts[s] : starts[s + 1]], highest[settled[i]] + 1)
        if at == starts[s + 1]:
            return False
        highest[i + 1] = max(highest[i], menu[at])
    return True


FREE_CLASSES = (
    Free("free", "vacuity control: outcomes may be renamed level by level before an increasing map"),
)
