"""u = ĝ: the same units."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..rows import Number
from .grouped import Groupwise
from .monotone import in_order, order_violation
from .points import Points
from .protocol import Refutation, rounded

__all__ = ["Identity", "IdentityMap"]


@dataclass(frozen=True)
class IdentityMap:
    """The map that changes nothing."""

    def __call__(self, value: Number, *, level: Any = None, cue: Any = None) -> Number:
        """The same number."""
        return value

    def __str__(self) -> str:
        return "u = ĝ"


@dataclass(frozen=True)
class Identity(Groupwise):
    """The one map φ(ĝ) = ĝ. On floats "equal" means within the allowance, and ranked alike."""

    def decide(self, points: Points) -> bool:
        """Whether base equals mesa on every point, O(P)."""
        return not len(points) or self.certify(points) is None

    def seen(self, points: Points) -> np.ndarray:
        """`[P]` all true: there is nothing to learn from train."""
        return np.ones(len(points), bool)

    def fit_one(self, points: Points) -> IdentityMap:
        """The identity."""
        return IdentityMap()

    def rival_one(self, points: Points, target: int) -> IdentityMap:
        """Never called: every point is seen."""
        return IdentityMap()

    def certify(self, points: Points) -> Refutation | None:
        """The one point where base and mesa differ most (on floats perhaps two, equal to them but ranked otherwise)."""
        mesa, base = points.mesa_column, points.base_column
        off, _ = differences(points)
        worst = int(np.argmax(off))
        if int(off[worst]) > Fraction(points.line_allowance(Fraction(1))) * mesa.denominator * base.denominator:
            return Refutation("unequal", (worst,))
        return None if points.exact or in_order(points, strict=True) else order_violation(points, strict=True)

    def misfit(self, points: Points) -> float:
        """Largest |ĝ − u| / range(u)."""
        off, per_base = differences(points)
        span = points.base_column.span * per_base
        largest = int(off.max(initial=0))
        if span == 0:
            return 0.0 if largest == 0 or self.decide(points) else math.inf
        return rounded(Fraction(largest, span))

    def slack(self, points: Points) -> float:
        """0: any change of one base value breaks an equality."""
        return 0.0


def differences(points: Points) -> tuple[np.ndarray, int]:
    """(`[P]` |ĝ − u| as numerators over the product of both denominators, the factor from base numerators to these)."""
    mesa, base = points.mesa_column, points.base_column
    columns = (mesa.values, base.denominator), (base.values, mesa.denominator)
    largest = max(max(abs(int(values[at])), 1) * scale for values, scale in columns for at in (0, -1))
    if largest < 2**61 and mesa.values.dtype != object and base.values.dtype != object:
        left, right = (values * scale for values, scale in columns)
    else:
        left, right = (values.astype(object) * scale for values, scale in columns)
    return np.abs(left[points.mesa] - right[points.base]), mesa.denominator
