"""Pearson distance √((1 − corr) / 2) of two canonical rewards, to full accuracy even where it is nearly 0.

With X and Y centred and scaled to norm 1 it equals ‖X − Y‖ / 2; the correlation itself would lose half of the digits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

import numpy as np
from scipy import sparse

from .process import Floats, Matrix, entries_of, rounding_floor

__all__ = ["Covered", "Everywhere", "pearson_distance"]

Shape = TypeVar("Shape", "Covered", "Everywhere")

LONGEST = 1_000.0  # steps; EPIC and DARD admit γ = 1, and sum no rewards over time


@dataclass(frozen=True, eq=False)
class Covered:
    """A function of transitions on the support of a coverage distribution.

    Attributes:
        values: `[N]` its values.
        weight: `[N]` probability of each transition, positive, summing to 1.
    """

    values: Floats
    weight: Floats

    def centred(self) -> Covered:
        """The same with mean 0."""
        return Covered(self.values - self.weight @ self.values, self.weight)

    def minus(self, other: Covered, mine: float, others: float) -> Covered:
        """Self / mine − other / others."""
        return Covered(self.values / mine - other.values / others, self.weight)

    def norm(self) -> float:
        """Root mean square."""
        largest = float(np.abs(self.values).max())
        return float(largest * np.sqrt(self.weight @ (self.values / largest) ** 2)) if largest else 0.0


@dataclass(frozen=True, eq=False)
class Everywhere:
    """leaving(s, a) + arriving(s') + entries(s, a, s'), uniform over all S · A · S transitions; never made dense.

    Attributes:
        leaving: `[S * A]`.
        arriving: `[S]`.
        entries: `[S * A, S]` sparse.
    """

    leaving: Floats
    arriving: Floats
    entries: Matrix

    def centred(self) -> Everywhere:
        """The same with mean 0, and `arriving` about 0."""
        arriving = self.arriving - self.arriving.mean()
        cells = len(self.leaving) * len(arriving)
        shift = self.leaving.mean() + arriving.mean() + self.entries.data.sum() / cells
        return Everywhere(self.leaving - shift, arriving, self.entries)

    def minus(self, other: Everywhere, mine: float, others: float) -> Everywhere:
        """Self / mine − other / others."""
        entries = sparse.csr_array(self.entries / mine - other.entries / others)
        leaving = self.leaving / mine - other.leaving / others
        return Everywhere(leaving, self.arriving / mine - other.arriving / others, entries)

    def norm(self) -> float:
        """Root mean square, from sums of squares and products in twice the precision.

        Σ (l + a + e)² = S Σ l² + SA Σ a² + 2 Σ l Σ a + Σ e (e + 2l + 2a) cancels where large parts do; in plain doubles
        that would leave half of the digits.
        """
        row, column = entries_of(self.entries)
        parts = self.leaving, self.arriving, self.entries.data
        exponent = max(int(np.frexp(np.abs(part).max(initial=0.0))[1]) for part in parts)
        leaving, arriving, data = (np.ldexp(part, -exponent) for part in parts)
        total = (
            len(arriving) * exact_dot(leaving, leaving)
            + len(leaving) * exact_dot(arriving, arriving)
            + 2 * exact_dot(leaving, np.ones_like(leaving)) * exact_dot(arriving, np.ones_like(arriving))
            + exact_dot(data, data)
            + 2 * exact_dot(data, leaving[row])
            + 2 * exact_dot(data, arriving[column])
        )
        return math.ldexp(math.sqrt(max(total / (len(leaving) * len(arriving)), 0)), exponent)


def pearson_distance(first: Shape, second: Shape, scales: tuple[float, float], discount: float) -> float:
    """√((1 − corr) / 2) of two functions of one kind, in [0, 1].

    Args:
        first: a canonical reward.
        second: another, on the same coverage.
        scales: size of the terms that each was summed from, which says what of it is rounding.
        discount: γ, for the same.

    Returns:
        The distance; nan if one of them is constant up to rounding (its standard deviation is below 64 roundings of its
        scale, over the horizon 1 / (1 − γ) or 1000 steps if that is less), 0 if both are.
    """
    functions = [first.centred(), second.centred()]
    norms = [function.norm() for function in functions]
    constant = [norm <= rounding_floor(scale, discount, LONGEST) for norm, scale in zip(norms, scales, strict=True)]
    if any(constant):
        return 0.0 if all(constant) else math.nan
    difference = functions[0].minus(functions[1], *norms)  # pyright: ignore[reportArgumentType]  both are of one kind
    return min(difference.norm() / 2, 1.0)


def exact_dot(x: Floats, y: Floats) -> Fraction:
    """Σ x y in twice double precision: exact products (Dekker 1971), summed pairwise with their rounding errors."""
    high = x * y
    low = product_error(x, y, high)
    while len(high) > 1:
        if len(high) % 2:
            high, low = np.append(high, 0.0), np.append(low, 0.0)
        left, right = high[::2], high[1::2]
        total = left + right
        shadow = total - left
        error = (left - (total - shadow)) + (right - shadow) + low[::2] + low[1::2]
        high = total + error
        low = error - (high - total)
    return Fraction(float(high[0])) + Fraction(float(low[0])) if len(high) else Fraction(0)


def product_error(x: Floats, y: Floats, product: Floats) -> Floats:
    """`[N]` x · y − fl(x · y), exactly, for values far from the ends of the range."""
    x_high, y_high = (v * 134217729.0 - (v * 134217729.0 - v) for v in (x, y))
    x_low, y_low = x - x_high, y - y_high
    return x_low * y_low - (((product - x_high * y_high) - x_low * y_high) - x_high * y_low)
