"""One column of numbers as ranks into its sorted distinct values: exact for integers, snapped first for floats.

Integers and rationals are compared as they are. Floats are first snapped to clusters (docs/objectives.md, section 7). With
``range = max − min`` and ``floor = 2⁻⁴⁴ · max|x|`` (the rounding of some hundred operations), two neighbours in order are

* one value,          where their gap ≤ noise = max(tol / 1000 · their own size, floor);
* two values,         where their gap > bar   = max(tol · range, 4 · floor);
* an error (SnapError) in between, and where a chain of noise is wider than the bar.

So an outlier widens the bar, never the noise: 0 and 1 beside −10¹² are an error, not one value.

A cluster is represented by its member with the shortest decimal form, taken as the exact rational it is. From there on
decisions are exact; only "on a line" and "equal to" need an allowance on floats, `Column.allowance`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from ..errors import SnapError
from ..rows import Number, narrowed

__all__ = ["Column", "check_tolerance", "number_text", "ratio", "read_column"]

ROUNDING = 2.0**-44


@dataclass(frozen=True, eq=False)
class Column:
    """A value column, `[N]` ranks into `[K]` sorted distinct numbers.

    Attributes:
        code: `[N]` int64 rank of each row's value.
        values: `[K]` numerators of the distinct values, ascending; int64, or Python ints where those are too small.
        denominator: the one denominator of `values`.
        exact: false where the column was floats, so that equalities between columns need an allowance.
        tol: the snapping tolerance, relative to the column's range.
    """

    code: np.ndarray
    values: np.ndarray
    denominator: int
    exact: bool
    tol: float

    @property
    def allowance(self) -> float:
        """``max(tol · range, floor)`` in the column's units: how far a float may be from where a map puts it."""
        if not len(self.values):
            return 0.0
        size = max(abs(int(self.values[0])), abs(int(self.values[-1])))
        return float(max(Fraction(self.tol) * self.span, Fraction(ROUNDING) * size) / self.denominator)

    @property
    def rounding(self) -> float:
        """``2⁻⁴⁴ · max|x|``: what rounding alone may have changed; 0 where exact."""
        if self.exact or not len(self.values):
            return 0.0
        return ROUNDING * (max(abs(int(self.values[0])), abs(int(self.values[-1]))) / self.denominator)

    @property
    def span(self) -> int:
        """Largest minus smallest value, as a numerator over `denominator`."""
        return int(self.values[-1]) - int(self.values[0]) if len(self.values) else 0

    def fraction(self, code: int) -> Fraction:
        """The value of rank `code`, exactly."""
        return Fraction(int(self.values[code]), self.denominator)

    def number(self, code: int) -> Number:
        """The value of rank `code`: a Fraction, or a float where the column was floats."""
        exact = self.fraction(code)
        return exact if self.exact else float(exact)

    def rank(self, value: Number) -> int:
        """The rank of the value nearest to `value`, or −1 where none is within `allowance`."""
        target = Fraction(value) * self.denominator
        at = int(np.searchsorted(self.values, math.ceil(target))) if self.fits(target) else 0
        reach = 0 if self.exact else Fraction(self.allowance) * self.denominator
        near = [code for code in (at - 1, at) if 0 <= code < len(self.values)]
        best = min(near, key=lambda code: abs(int(self.values[code]) - target), default=-1)
        return best if best >= 0 and abs(int(self.values[best]) - target) <= reach else -1

    def fits(self, target: Fraction) -> bool:
        """Whether a numerator can be compared with `values` in their own dtype."""
        return self.values.dtype == object or abs(target) < 2**62


def read_column(numbers: np.ndarray, denominator: int, name: str, tol: float) -> Column:
    """Ranks a column's values, snapping floats to clusters.

    Args:
        numbers: `[N]` int64 or object numerators, or finite float64.
        denominator: of the numerators.
        name: the column's name, for messages.
        tol: snapping tolerance, relative to the column's range; 0 takes floats as the exact numbers they are.

    Returns:
        The ranked column.

    Raises:
        SnapError: two floats are neither clearly equal nor clearly different.
    """
    if numbers.dtype.kind != "f":
        code, values = ranked(numbers)
        return Column(code, values, denominator, True, tol)
    distinct, code = np.unique(numbers, return_inverse=True)
    code = code.astype(np.int64)
    if not len(distinct):
        return Column(code, np.zeros(0, np.int64), 1, True, tol)
    if tol > 0:
        cluster = clusters(distinct, name, tol)
        code, distinct = cluster[code], representatives(distinct, cluster)
    pairs = [value.as_integer_ratio() for value in distinct.tolist()]
    common = max(below for _, below in pairs)
    values = narrowed([above * (common // below) for above, below in pairs])
    return Column(code, values, common, tol == 0, tol)


def ranked(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(`[N]` ranks, `[K]` sorted distinct values); counts instead of sorting where the integers are dense."""
    if numbers.dtype != object and len(numbers):
        low = int(numbers.min())
        width = int(numbers.max()) - low + 1
        if width <= 4 * len(numbers) + 1024:
            present = np.zeros(width, bool)
            present[numbers - low] = True
            place = np.cumsum(present) - 1
            return place[numbers - low], np.flatnonzero(present) + low
    values, code = np.unique(numbers, return_inverse=True)
    return code.astype(np.int64), values


def clusters(distinct: np.ndarray, name: str, tol: float) -> np.ndarray:
    """`[K]` cluster number of each of the sorted distinct floats."""
    with np.errstate(over="ignore"):
        gaps = np.diff(distinct)
        span = float(distinct[-1] - distinct[0])
    if not math.isfinite(span):
        raise SnapError(f"Column {name!r} spans more than a float can hold. Rescale it, or give Fractions.")
    floor = ROUNDING * float(np.abs(distinct).max())
    sizes = np.maximum(np.abs(distinct[1:]), np.abs(distinct[:-1]))
    noise, bar = np.maximum(tol / 1000 * sizes, floor), max(tol * span, 4 * floor)
    unclear = (gaps > noise) & (gaps <= bar)
    if unclear.any():
        at = int(np.argmax(unclear))
        low, high = float(distinct[at]), float(distinct[at + 1])
        raise SnapError(
            f"Column {name!r}: {low!r} and {high!r} are {high - low:.3g} apart, neither equal (≤ {noise[at]:.3g}) nor "
            f"different (> {bar:.3g}) at tol={tol:g}. Give exact numbers (int, Fraction), or another tol."
        )
    cluster = np.concatenate(([0], np.cumsum(gaps > bar)))
    starts = np.flatnonzero(np.diff(cluster, prepend=-1))
    ends = np.append(starts[1:], len(distinct)) - 1
    wide = distinct[ends] - distinct[starts] > bar
    if wide.any():
        at = int(np.argmax(wide))
        raise SnapError(
            f"Column {name!r}: a chain of nearly equal values runs from {float(distinct[starts[at]])!r} to "
            f"{float(distinct[ends[at]])!r}, wider than {bar:.3g} (tol={tol:g}). Give exact numbers, or another tol."
        )
    return cluster


def representatives(distinct: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    """`[C]` one member of each cluster: the one with the shortest decimal form, the smallest of equals."""
    starts = np.flatnonzero(np.diff(cluster, prepend=-1))
    chosen = distinct[starts].copy()
    for at in np.flatnonzero(np.diff(np.append(starts, len(distinct))) > 1):
        end = starts[at + 1] if at + 1 < len(starts) else len(distinct)
        chosen[at] = min(distinct[starts[at] : end].tolist(), key=lambda value: (len(repr(value)), value))
    return chosen


def ratio(numerators: np.ndarray, denominators: np.ndarray | int) -> np.ndarray:
    """`[P]` quotients as floats, correctly rounded even where neither side fits a float."""
    below = np.asarray(denominators) if not isinstance(denominators, int) or abs(denominators) < 2**62 else None
    if below is not None and numerators.dtype != object and below.dtype != object:
        return numerators / below
    bottoms = np.broadcast_to(np.asarray(denominators, object), numerators.shape)
    return np.array([int(above) / int(bottom) for above, bottom in zip(numerators, bottoms, strict=True)], float)


def number_text(value: Number) -> str:
    """A number as a formula shows it: exact where that is short, else ten or six digits."""
    if isinstance(value, float):
        return f"{value:.10g}"
    exact = Fraction(value)
    if max(exact.numerator.bit_length(), exact.denominator.bit_length()) <= 64:
        return str(exact)
    return f"≈{Decimal(exact.numerator) / Decimal(exact.denominator):.6g}"


def check_tolerance(tol: float) -> float:
    """`tol` itself, if it is one a snap can work with.

    Raises:
        SnapError: `tol` is not in [0, 0.01].
    """
    if not 0 <= tol <= 0.01:
        raise SnapError(
            f"tol={tol!r}: allowed is 0 (floats as they are) to 0.01, a share of a column's range; default 1e-9."
        )
    return float(tol)
