"""u = aĝ + b_ω with one a > 0: the cardinal claim that a base objective on systems supports by itself.

The level constants b_ω are a nuisance: train pins b_ω where the level occurs in train, and a level that occurs only in
deployment brings its own. So `every` quantifies over a alone: A_train ⊆ A_deploy, both non-empty, where A_split is one
number as soon as a level of the split has two mesa values, and all a > 0 before that.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from ..rows import Number
from .affine import alternating, line_refutation, nearest, on_lines, train_reach
from .chebyshev import fit_lines
from .columns import number_text, ratio
from .grouped import group_number
from .monotone import adjacent_slack, in_order
from .points import Grouping, Points, Sample, unequal_products
from .protocol import Refutation

__all__ = ["OffsetMap", "Offsets"]


@dataclass(frozen=True, eq=False)
class OffsetMap:
    """u = slope · ĝ + b_ω; call it with `level=`.

    Attributes:
        slope: the one slope; a Fraction where the rows were exact, else a float.
        points: the points by level, from which each offset is read.
        centred: take the offset half-way between a level's extremes (floats), not through one of its points.
        anchors: the point each level's line goes through, by group number; the first train point by default.
    """

    slope: Number
    points: Points = field(repr=False)
    centred: bool = False
    anchors: dict[int, int] = field(default_factory=dict)

    @cached_property
    def numbers(self) -> dict[Hashable, int]:
        """Group number by level id, for the levels that have an offset."""
        return {self.points.group_names[int(group)]: int(group) for group in self.points.group[self.points.starts]}

    def offset(self, level: Hashable) -> Number:
        """b_ω of one level (reward per episode).

        Raises:
            MapDomainError: the level has no rows, so its offset is unknown.
        """
        group = group_number(self.numbers, level, "level")
        low, high = (int(at) for at in np.searchsorted(self.points.group, [group, group + 1]))
        if self.centred:
            rest = [self.rest(at) for at in range(low, high)]
            return nearest((max(rest) + min(rest)) / 2)
        train = np.flatnonzero(self.points.in_train[low:high])
        anchor = self.anchors.get(group, low + int(train[0]) if len(train) else low)
        return self.rest(anchor) if self.points.exact else nearest(self.rest(anchor))

    def rest(self, at: int) -> Fraction:
        """The base value less slope · mesa value, at one point."""
        points = self.points
        mesa = points.mesa_column.fraction(points.mesa[at])
        return points.base_column.fraction(points.base[at]) - Fraction(self.slope) * mesa

    def __call__(self, value: Number, *, level: Any = None, cue: Any = None) -> Number:
        """The base value of a mesa value in a level."""
        return self.slope * value + self.offset(level)

    def __str__(self) -> str:
        names = list(self.numbers)
        offsets = ", ".join(f"b[{name}] = {number_text(self.offset(name))}" for name in names[:3])
        more = f", … ({len(names)} levels)" if len(names) > 3 else ""
        scaled = "ĝ" if self.slope == 1 else f"{number_text(self.slope)}·ĝ"
        return f"u = {scaled} + b_level, {offsets}{more}"


@dataclass(frozen=True)
class Offsets:
    """Lines of one positive slope, with an offset per level. Attributes as in `MapClass`."""

    name: str
    description: str
    preference: bool
    vacuous: bool
    by: Grouping = "level"

    def points(self, sample: Sample, within_level: bool = False) -> Points | None:
        """The distinct points by level; there is nothing narrower."""
        return None if within_level else sample.points(self.by)

    def decide(self, points: Points) -> bool:
        """Whether each level's points lie on a line of one common positive slope, O(P)."""
        if not len(points):
            return True
        if not in_order(points, strict=True):
            return False
        if not points.exact:
            return on_lines(points, fit_lines(points, shared=True))
        mesa_values, base_values = points.cross_values()
        mesa, base = mesa_values[points.mesa], base_values[points.base]
        longest = int(np.argmax(mesa[points.ends] - mesa[points.starts]))
        first, last = points.starts[[longest]], points.ends[[longest]]
        begin = points.starts[points.segment]
        rise, run = base[last] - base[first], mesa[last] - mesa[first]
        return not np.any(unequal_products(base - base[begin], run, rise, mesa - mesa[begin]))

    def seen(self, points: Points) -> np.ndarray:
        """`[P]` bool: train pins a; or whatever a is, train or the level's own offset pins the point.

        Without a pinned a, those are the points of levels with one mesa value, and points at a level's train value.
        """
        low, high = train_reach(points)
        if np.any(low < high):
            return np.ones(len(points), bool)
        single = points.mesa[points.starts] == points.mesa[points.ends]
        return single[points.segment] | (points.mesa == low[points.segment])

    def fit(self, points: Points) -> OffsetMap:
        """The map through all points; slope 1 where no level has two mesa values."""
        return OffsetMap(self.slope(points), points, centred=not points.exact)

    def rival(self, points: Points, target: int) -> OffsetMap:
        """A map twice as steep, through each level's train point, off the target's level whatever its offset."""
        group = int(points.group[target])
        low, high = (int(at) for at in np.searchsorted(points.group, [group, group + 1]))
        anchors = {}
        if not points.in_train[low:high].any():
            anchors = {group: low if points.mesa[low] != points.mesa[target] else high - 1}
        return OffsetMap(self.slope(points) * 2, points, anchors=anchors)

    def slope(self, points: Points) -> Number:
        """The common slope of points that are on such lines: exact, or the best one for floats."""
        mesa, base = points.mesa_column, points.base_column
        reach = mesa.values[points.mesa[points.ends]] - mesa.values[points.mesa[points.starts]]
        longest = int(np.argmax(reach))
        if reach[longest] == 0:
            return Fraction(1) if points.exact else 1.0
        first, last = int(points.starts[longest]), int(points.ends[longest])
        rise = base.fraction(points.base[last]) - base.fraction(points.base[first])
        chord = rise / (mesa.fraction(points.mesa[last]) - mesa.fraction(points.mesa[first]))
        if points.exact:
            return chord
        return nearest(fit_lines(points, shared=True).slope or chord)

    def certify(self, points: Points) -> Refutation | None:
        """A refutation inside one level, else two pairs from two levels with different slopes."""
        inside = line_refutation(points)
        if inside is not None or not len(points):
            return inside
        if not points.exact:
            fit = fit_lines(points, shared=True)
            if on_lines(points, fit):
                return None
            if points.group[fit.left[0]] == points.group[fit.right[0]]:
                return Refutation("not on a line", alternating(fit.left, fit.right))
            return Refutation("slopes differ", tuple(sorted((*fit.left, *fit.right))))
        mesa_values, base_values = points.cross_values()
        run = mesa_values[points.mesa[points.ends]] - mesa_values[points.mesa[points.starts]]
        rise = base_values[points.base[points.ends]] - base_values[points.base[points.starts]]
        steep = ratio(rise, np.maximum(run, 1))
        wide = np.flatnonzero(run > 0)
        if len(wide) < 2:
            return None
        one, two = (int(wide[at]) for at in (np.argmin(steep[wide]), np.argmax(steep[wide])))
        if int(rise[one]) * int(run[two]) == int(rise[two]) * int(run[one]):
            different = np.flatnonzero(unequal_products(rise, run[[one]], rise[[one]], run) & (run > 0))
            if not len(different):
                return None
            two = int(different[0])
        ends = (int(edge[group]) for group in sorted((one, two)) for edge in (points.starts, points.ends))
        return Refutation("slopes differ", tuple(ends))

    def misfit(self, points: Points) -> float:
        """Least largest error over one slope a ≥ 0 and any offsets, / range(u); double precision."""
        return fit_lines(points, shared=True).residual if len(points) else 0.0

    def slack(self, points: Points) -> float:
        """Inf where no level has two points, half their base gap where one has two and no other, else 0."""
        spare = len(points) - len(points.starts)
        return math.inf if spare == 0 else adjacent_slack(points) if spare == 1 else 0.0
