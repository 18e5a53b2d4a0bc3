"""φ increasing (strictly or weakly): the same ranking; decided by one pass over neighbours in sorted order."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from ..rows import Number
from .columns import number_text
from .grouped import Groupwise
from .points import Points
from .protocol import Refutation, relative

__all__ = ["Monotone", "StepMap", "adjacent_slack", "in_order", "order_violation"]


@dataclass(frozen=True, eq=False)
class StepMap:
    """A total monotone function through knots: straight lines between them, slope 1 outside.

    Attributes:
        points: the knots, one base value for each mesa value, in order.
        moved: (mesa, base) of one more knot that is not among the points, or None.
    """

    points: Points = field(repr=False)
    moved: tuple[Fraction, Fraction] | None = None

    def knot(self, at: int) -> tuple[Fraction, Fraction]:
        """(mesa, base) of knot `at` among the points."""
        points = self.points
        return points.mesa_column.fraction(points.mesa[at]), points.base_column.fraction(points.base[at])

    def __call__(self, value: Number, *, level: Any = None, cue: Any = None) -> Number:
        """The base value at any mesa value; a Fraction if the map came from exact rows and `value` is exact."""
        exact = self.points.exact and not isinstance(value, float)
        target = Fraction(value)
        at = bisect.bisect_left(range(len(self.points)), target, key=lambda knot: self.knot(knot)[0])
        near = [self.knot(knot) for knot in (at - 1, at) if 0 <= knot < len(self.points)]
        if self.moved is not None:
            near = sorted([*near, self.moved])
        below = max((knot for knot in near if knot[0] <= target), default=None)
        above = min((knot for knot in near if knot[0] >= target), default=None)
        if below is None or above is None:
            mesa, base = below or above or (Fraction(0), Fraction(0))
            result = base + target - mesa
        elif below[0] == above[0]:
            result = below[1]
        else:
            share = (target - below[0]) / (above[0] - below[0])
            result = below[1] + share * (above[1] - below[1])
        return result if exact else float(result)

    def __str__(self) -> str:
        count = len(self.points)
        shown = list(range(count)) if count <= 6 else [0, 1, 2, count - 1]
        steps = [(self.knot(at), at) for at in shown]
        if self.moved is not None:
            steps = sorted([*steps, (self.moved, -1)])
        if not self.points.exact:
            steps = [((float(mesa), float(base)), at) for (mesa, base), at in steps]
        texts = [f"{number_text(mesa)} ↦ {number_text(base)}" for (mesa, base), _ in steps]
        if count > 6:
            texts.insert(-1, "…")
        return "u = φ(ĝ): " + ", ".join(texts)


@dataclass(frozen=True)
class Monotone(Groupwise):
    """Increasing maps.

    Attributes:
        strict: strictly increasing; otherwise ties in u are allowed.
    """

    strict: bool = True

    def decide(self, points: Points) -> bool:
        """Whether neighbours in each group rise in mesa and in base, O(P)."""
        return in_order(points, self.strict)

    def seen(self, points: Points) -> np.ndarray:
        """`[P]` bool: the mesa value occurs in train, or (weakly) is squeezed between two of equal base value."""
        if not len(points):
            return np.zeros(0, bool)
        train = points.in_train
        lengths = points.run_ends - points.runs + 1
        seen = np.repeat(np.logical_or.reduceat(train, points.runs), lengths)
        if not self.strict:
            place = np.arange(len(points))
            before = np.maximum.accumulate(np.where(train, place, -1))
            after = np.minimum.accumulate(np.where(train, place, len(points))[::-1])[::-1]
            inside = (before >= 0) & (after < len(points))
            before, after = np.maximum(before, 0), np.minimum(after, len(points) - 1)
            inside &= (points.group[before] == points.group) & (points.group[after] == points.group)
            seen |= inside & (points.base[before] == points.base[after])
        return seen

    def fit_one(self, points: Points) -> StepMap:
        """The map through all points, linear between them."""
        return StepMap(points)

    def rival_one(self, points: Points, target: int) -> StepMap:
        """The map through the train points and, at the target's mesa value, something else that train allows."""
        train = np.flatnonzero(points.in_train)
        mesa, base = StepMap(points).knot(target)
        higher = [StepMap(points).knot(int(at))[1] for at in train[train > target][:1]]
        lower = [StepMap(points).knot(int(at))[1] for at in train[train < target][-1:]]
        if not higher:
            other = base + points.stride
        elif base < higher[0]:
            other = (base + higher[0]) / 2
        else:
            other = (base + lower[0]) / 2 if lower else base - points.stride
        return StepMap(points.select(train), (mesa, other))

    def certify(self, points: Points) -> Refutation | None:
        """An inversion pair, else a split tie, inside one group."""
        return order_violation(points, self.strict)

    def misfit(self, points: Points) -> float:
        """Half the largest fall of u as ĝ rises or stays (L∞ isotonic regression), O(P)."""
        if not len(points):
            return 0.0
        tops = highest_so_far(points)[points.run_ends]
        values = points.base_column.values
        falls = values[tops] - values[points.base[points.runs]]
        return relative(max(int(falls.max()), 0), points) / 2

    def slack(self, points: Points) -> float:
        """Half the least base gap between neighbouring mesa values of one group; inf where there are none."""
        return adjacent_slack(points)


def in_order(points: Points, strict: bool) -> bool:
    """Whether base rises (strictly, or weakly) with mesa in each group and is single-valued there."""
    inner = points.group[1:] == points.group[:-1]
    rises = points.base[1:] > points.base[:-1] if strict else points.base[1:] >= points.base[:-1]
    return bool(np.all(~inner | ((points.mesa[1:] > points.mesa[:-1]) & rises)))


def highest_so_far(points: Points) -> np.ndarray:
    """`[P]` highest base rank among the points of the group up to here."""
    lift = points.segment * len(points.base_column.values)
    return np.maximum.accumulate(points.base + lift) - lift


def order_violation(points: Points, strict: bool) -> Refutation | None:
    """The plainest pair in one group that no increasing map fits.

    An inversion (ĝ ranks two outcomes one way, u the other) goes before a tie of ĝ split by u, and that before a tie
    of u split by ĝ (strict only); within a kind the largest gap wins.

    Args:
        points: grouped points.
        strict: whether ties of u are refused.

    Returns:
        The pair by ascending mesa value, or None where every group is in order.
    """
    if not len(points):
        return None
    values = points.base_column.values
    heads, tails = points.runs, points.run_ends
    # Inversion: highest base before a run of one mesa value, against the lowest base in that run.
    follows = np.concatenate(([False], points.group[heads[1:]] == points.group[heads[:-1]]))
    before = highest_so_far(points)[np.maximum(heads - 1, 0)]
    falls = np.where(follows, values[before] - values[points.base[heads]], 0)
    worst = int(np.argmax(falls))
    if falls[worst] > 0:
        low = int(heads[worst])
        first = int(points.starts[points.segment[low]])
        high = first + int(np.argmax(points.base[first:low] == before[worst]))
        return Refutation("inversion", (high, low))
    # One mesa value, two base values.
    splits = values[points.base[tails]] - values[points.base[heads]]
    worst = int(np.argmax(splits))
    if splits[worst] > 0:
        return Refutation("split tie", (int(heads[worst]), int(tails[worst])))
    if not strict:
        return None
    # One base value, two mesa values: base is weakly rising here, so equal base values are neighbours.
    new = (points.group[1:] != points.group[:-1]) | (points.base[1:] != points.base[:-1])
    heads = np.flatnonzero(np.concatenate(([True], new)))
    tails = np.append(heads[1:], len(points)) - 1
    scores = points.mesa_column.values
    widths = scores[points.mesa[tails]] - scores[points.mesa[heads]]
    worst = int(np.argmax(widths))
    if widths[worst] > 0:
        return Refutation("split tie", (int(heads[worst]), int(tails[worst])))
    return None


def adjacent_slack(points: Points) -> float:
    """Half the least base gap between neighbours of one group, / range(u); inf where there are no neighbours."""
    inner = points.group[1:] == points.group[:-1]
    if not inner.any():
        return math.inf
    values = points.base_column.values[points.base]
    return relative(int((values[1:] - values[:-1])[inner].min()), points) / 2
