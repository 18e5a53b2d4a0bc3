"""Lines u = aĝ + b with a ≥ 0 and least largest error, for many groups at once, or with one slope for all.

For a slope a the best b leaves half the width W(a) = max(u − aĝ) − min(u − aĝ), a convex piecewise-linear function of
a; with one slope for all groups the error is half the largest width. The minimum is found by cutting planes: keep one
supporting line on each side of it, evaluate where they cross (every third time in the middle instead), stop where the
value meets the crossing, which bounds the minimum from below. In double precision, on group-wise centred values; the
error is below 1e-12 of the range of u. Source: Kelley (1960), *The cutting-plane method for solving convex programs*.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from .columns import ratio
from .points import Points

__all__ = ["LineFit", "fit_lines"]

ROUNDS = 200


@dataclass(frozen=True)
class LineFit:
    """The best line of the group that is fitted worst, or the best lines of one slope for all groups.

    Attributes:
        residual: the least largest error, as a share of the range of all base values.
        slope: the slope a ≥ 0 that attains it, in base units per mesa unit.
        left: points (highest, lowest) that bound the error from below for smaller slopes.
        right: points (highest, lowest) that bound it for larger slopes; equal to `left` where the best slope is 0.
    """

    residual: float
    slope: Fraction
    left: tuple[int, int]
    right: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Bundle:
    """Centred points, ready to be evaluated at slopes: `x` `[Q]`, `y` `[Q]`, group starts, and original indices."""

    x: np.ndarray
    y: np.ndarray
    starts: np.ndarray
    segment: np.ndarray
    index: np.ndarray

    def only(self, groups: np.ndarray) -> Bundle:
        """The points of the groups under a `[S]` mask."""
        kept = groups[self.segment]
        segment = (np.cumsum(groups) - 1)[self.segment[kept]]
        starts = np.flatnonzero(np.diff(segment, prepend=-1))
        return Bundle(self.x[kept], self.y[kept], starts, segment, self.index[kept])

    def support(self, slopes: np.ndarray, shared: bool) -> Support:
        """Widths at slopes (`[S]`, or `[1]` for all groups) with supporting lines; of the widest group if shared."""
        rest = self.y - (slopes[0] if len(slopes) == 1 else slopes[self.segment]) * self.x
        top, bottom = np.maximum.reduceat(rest, self.starts), np.minimum.reduceat(rest, self.starts)
        high, low = np.empty(len(self.starts), np.int64), np.empty(len(self.starts), np.int64)
        at = np.flatnonzero(rest == top[self.segment])[::-1]
        high[self.segment[at]] = at  # the first of equals, the leftmost
        at = np.flatnonzero(rest == bottom[self.segment])
        low[self.segment[at]] = at  # the last of equals, the rightmost
        pair = np.stack([self.index[high], self.index[low]], axis=1)
        found = Support(np.broadcast_to(slopes, top.shape), top - bottom, self.x[low] - self.x[high], pair)
        if not shared:
            return found
        wide = np.flatnonzero(found.width == found.width.max())
        return found[wide[[int(np.argmax(found.turn[wide]))]]]


@dataclass(frozen=True, eq=False)
class Support:
    """Widths at slopes with their supporting lines: `[S]` slope, width, right derivative, and `[S, 2]` its points."""

    at: np.ndarray
    width: np.ndarray
    turn: np.ndarray
    pair: np.ndarray

    def __getitem__(self, groups: np.ndarray) -> Support:
        return Support(self.at[groups], self.width[groups], self.turn[groups], self.pair[groups])

    def where(self, mask: np.ndarray, other: Support) -> Support:
        """Of the groups under a mask these, of the others those of `other`."""
        return Support(
            np.where(mask, self.at, other.at),
            np.where(mask, self.width, other.width),
            np.where(mask, self.turn, other.turn),
            np.where(mask[:, None], self.pair, other.pair),
        )


def fit_lines(points: Points, shared: bool) -> LineFit:
    """Fits each group's points by a line of slope a ≥ 0 with the least largest error, and reports the worst group.

    Args:
        points: grouped points, at least one.
        shared: one slope for all groups (offsets stay free group by group).

    Returns:
        The fit; indices refer to `points`.
    """
    bundle, units = centred(points, shared)
    left = bundle.support(np.zeros(1), shared)
    falls = (left.turn < 0) & (left.width > 0)
    # Per group: the best slope and width so far, its bound from below, and the pairs of points behind that.
    best_at, best_width, bounds = left.at.copy(), left.width.copy(), np.where(falls, 0, left.width)
    pairs = np.stack([left.pair, left.pair], axis=1)
    active = np.flatnonzero(falls)
    if len(active):
        reach = np.maximum.reduceat(bundle.x, bundle.starts)
        reach = np.array([reach.max()]) if shared else reach
        bundle, left = bundle if shared else bundle.only(falls), left[active]
        right = bundle.support(2 * left.width / reach[active], shared)
        best = right.where(right.width < left.width, left)
        stuck = np.zeros(len(active), bool)
        for turn_number in range(ROUNDS):
            cross, bound = crossing(left, right)
            best_at[active], best_width[active] = best.at, best.width
            bounds[active] = np.where(stuck, best.width, bound)
            pairs[active] = np.stack([left.pair, right.pair], axis=1)
            still = ~stuck & (best.width - bounds.max() > 1e-15)
            if not still.any():
                break
            if 2 * np.count_nonzero(still) <= len(still):  # groups that cannot be the worst are left alone
                active, stuck, cross = active[still], stuck[still], cross[still]
                left, right, best, bundle = left[still], right[still], best[still], bundle.only(still)
            at = (left.at + right.at) / 2 if turn_number % 3 == 2 else cross
            new = bundle.support(at, shared)
            best = new.where(new.width < best.width, best)
            stuck |= (new.turn == 0) | (at <= left.at) | (at >= right.at)
            left, right = new.where(~stuck & (new.turn < 0), left), new.where(~stuck & (new.turn > 0), right)
    worst = int(np.argmax(bounds))
    mesa, base = points.mesa_column, points.base_column
    unit = Fraction(max(base.span, 1) * mesa.denominator, int(units[worst]) * base.denominator)
    (high, low), (other_high, other_low) = pairs[worst].tolist()
    return LineFit(
        float(best_width[worst]) / 2, Fraction(float(best_at[worst])) * unit, (high, low), (other_high, other_low)
    )


def crossing(left: Support, right: Support) -> tuple[np.ndarray, np.ndarray]:
    """(`[S]` slope where the supporting lines meet, `[S]` their height there: no width is below it)."""
    at = (right.width - left.width + left.turn * left.at - right.turn * right.at) / (left.turn - right.turn)
    at = np.clip(at, left.at, right.at)
    return at, left.width + left.turn * (at - left.at)


def centred(points: Points, shared: bool) -> tuple[Bundle, np.ndarray]:
    """(points centred and scaled to [0, 1] group by group, mesa numerators per unit of x `[S]`).

    Only the lowest and highest base value at each mesa value are kept. Groups share one x scale where they share the
    slope; all share one y scale.
    """
    ends = np.zeros(len(points), bool)
    ends[points.runs], ends[points.run_ends] = True, True
    index = np.flatnonzero(ends)
    kept = points.select(index)
    mesa, base = points.mesa_column, points.base_column
    offset = mesa.values[kept.mesa] - mesa.values[kept.mesa[kept.starts]][kept.segment]
    units = np.maximum(np.maximum.reduceat(offset, kept.starts), 1)
    if shared:
        units = np.repeat(units.max(), len(units))
    floor = np.minimum.reduceat(kept.base, kept.starts)
    y = ratio(base.values[kept.base] - base.values[floor][kept.segment], max(base.span, 1))
    return Bundle(ratio(offset, units[kept.segment]), y, kept.starts, kept.segment, index), units
