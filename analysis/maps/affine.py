"""u = aĝ + b with a > 0: the same cardinal preference; three points off a line refute it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..rows import Number
from .chebyshev import LineFit, fit_lines
from .columns import number_text, ratio
from .grouped import Groupwise
from .monotone import adjacent_slack, in_order, order_violation
from .points import Points, unequal_products
from .protocol import Refutation

__all__ = ["Affine", "AffineMap", "alternating", "line_refutation", "on_lines", "train_reach"]


@dataclass(frozen=True)
class AffineMap:
    """u = slope · ĝ + intercept; Fractions where the rows were exact, else floats."""

    slope: Number
    intercept: Number

    def __call__(self, value: Number, *, level: Any = None, cue: Any = None) -> Number:
        """The base value of a mesa value."""
        return self.slope * value + self.intercept

    def __str__(self) -> str:
        scaled = "ĝ" if self.slope == 1 else f"{number_text(self.slope)}·ĝ"
        if self.intercept == 0:
            return f"u = {scaled}"
        return f"u = {scaled} {'+' if self.intercept > 0 else '-'} {number_text(abs(self.intercept))}"


@dataclass(frozen=True)
class Affine(Groupwise):
    """Lines of positive slope.

    Exact rows are decided exactly: ranked alike, and on the line through the group's ends. Float rows are ranked
    exactly on their clusters, which settles that the slope is positive (no a → 0⁺ fits a constant u), and are on a
    line where the least largest error over lines is at most the allowance, max(tol · range(u), rounding floor).
    """

    def decide(self, points: Points) -> bool:
        """Whether each group's points lie on a line of positive slope, O(P)."""
        if not len(points):
            return True
        if not in_order(points, strict=True):
            return False
        if points.exact:
            return not np.any(off_line(points)[0])
        return on_lines(points, fit_lines(points, shared=False))

    def seen(self, points: Points) -> np.ndarray:
        """`[P]` bool: the group's train points have two mesa values, or one and it is this."""
        low, high = train_reach(points)
        return (low < high)[points.segment] | (points.mesa == low[points.segment])

    def fit_one(self, points: Points) -> AffineMap:
        """The line through the points; of slope 1 where they are one."""
        if len(points) < 2:
            return through(points, 0, Fraction(1))
        return line(points)

    def rival_one(self, points: Points, target: int) -> AffineMap:
        """A line through the train point, if any, twice as steep; else the fitted line lifted off the target."""
        fitted = self.fit_one(points)
        train = np.flatnonzero(points.in_train)
        if len(train):
            return through(points, int(train[0]), fitted.slope * 2)
        stride = points.stride if points.exact else float(points.stride)
        return AffineMap(fitted.slope, fitted.intercept + stride)

    def certify(self, points: Points) -> Refutation | None:
        """A pair out of order, else three points off every line, inside one group."""
        return line_refutation(points)

    def misfit(self, points: Points) -> float:
        """Least largest error over lines of slope a ≥ 0, over the groups, / range(u); double precision."""
        return fit_lines(points, shared=False).residual if len(points) else 0.0

    def slack(self, points: Points) -> float:
        """Inf where every group is one point, half the base gap where the fullest have two, 0 where one has three."""
        if len(points) and int((points.ends - points.starts).max()) > 1:
            return 0.0
        return adjacent_slack(points)


def on_lines(points: Points, fit: LineFit) -> bool:
    """Whether the least largest error over lines is one that rounding explains (floats)."""
    spread = points.base_column.span / points.base_column.denominator
    return fit.residual * spread <= points.line_allowance(fit.slope)


def line_refutation(points: Points) -> Refutation | None:
    """A pair out of order, else three points off every line, inside one group; None where every group is on a line."""
    pair = order_violation(points, strict=True)
    if pair is not None or not len(points):
        return pair
    if points.exact:
        broken, off = off_line(points)
        if not broken.any():
            return None
        worst = int(np.argmax(np.where(broken, np.maximum(off, np.finfo(float).tiny), 0)))
        group = points.segment[worst]
        three = int(points.starts[group]), worst, int(points.ends[group])
        return Refutation("not on a line", three)
    fit = fit_lines(points, shared=False)
    if on_lines(points, fit):
        return None
    return Refutation("not on a line", alternating(fit.left, fit.right))


def off_line(points: Points) -> tuple[np.ndarray, np.ndarray]:
    """(`[P]` bool: off the chord of its group, exactly; `[P]` by how much, as a share of the range of base)."""
    mesa_values, base_values = points.cross_values()
    mesa, base = mesa_values[points.mesa], base_values[points.base]
    first, last = points.starts[points.segment], points.ends[points.segment]
    run, rise = mesa[last] - mesa[first], base[last] - base[first]
    along, up = mesa - mesa[first], base - base[first]
    broken = unequal_products(up, run, rise, along)
    span = max(points.base_column.span, 1)
    return broken, np.abs(ratio(up, span) - ratio(rise, span) * ratio(along, np.maximum(run, 1)))


def through(points: Points, at: int, slope: Number) -> AffineMap:
    """The line of a slope through one point."""
    mesa, base = points.mesa_column.fraction(points.mesa[at]), points.base_column.fraction(points.base[at])
    if points.exact:
        return AffineMap(slope, base - Fraction(slope) * mesa)
    return AffineMap(nearest(slope), nearest(base - Fraction(slope) * mesa))


def line(points: Points) -> AffineMap:
    """The line through two or more points of one group that lie on one; the best one for floats."""
    mesa, base = points.mesa_column, points.base_column
    rise = base.fraction(points.base[-1]) - base.fraction(points.base[0])
    chord = rise / (mesa.fraction(points.mesa[-1]) - mesa.fraction(points.mesa[0]))
    if points.exact:
        return through(points, 0, chord)
    fit = fit_lines(points, shared=False)
    slope = fit.slope if fit.slope > 0 else chord
    extremes = {*fit.left, *fit.right}
    rest = [base.fraction(points.base[at]) - slope * mesa.fraction(points.mesa[at]) for at in extremes]
    return AffineMap(nearest(slope), nearest((max(rest) + min(rest)) / 2))


def nearest(value: Number) -> Number:
    """The nearest float, or the fraction itself where no float is near."""
    try:
        return float(value)
    except OverflowError:
        return value


def alternating(left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int, int]:
    """Three of a best line's four extreme points that lie above, below, above it (or the reverse) in mesa order.

    Args:
        left: (highest, lowest) with the highest at the larger mesa value: the error falls with the slope.
        right: (highest, lowest) with the highest at the smaller mesa value: the error rises with the slope.
    """
    (high, low), (other_high, other_low) = left, right
    return (other_high, low, high) if other_high < low else (low, other_high, other_low)


def train_reach(points: Points) -> tuple[np.ndarray, np.ndarray]:
    """(`[S]` lowest, `[S]` highest mesa rank among each group's train points; lowest above highest where none)."""
    if not len(points):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    beyond = len(points.mesa_column.values)
    low = np.minimum.reduceat(np.where(points.in_train, points.mesa, beyond), points.starts)
    high = np.maximum.reduceat(np.where(points.in_train, points.mesa, -1), points.starts)
    return low, high
