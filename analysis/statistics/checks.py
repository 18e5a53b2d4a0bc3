"""What the statistics ask of a sample, and the error that says what is missing."""

from __future__ import annotations

import math
from numbers import Real
from typing import TypeGuard

import numpy as np
import numpy.typing as npt

from ..errors import AnalysisError

__all__ = [
    "REGRET", "TAU", "Bounds", "SampleError", "as_floats", "check_bounds", "check_count", "check_generator", "check_share",
    "defined", "is_number",
]  # fmt: skip

Bounds = tuple[float, float]
REGRET: Bounds = (0.0, 1.0)
"""Lowest and highest value that a normalised regret can take."""
TAU: Bounds = (-1.0, 1.0)
"""Lowest and highest value that a Kendall τ_b can take."""


class SampleError(AnalysisError):
    """A sample of levels, or a setting, from which the statistic asked for cannot be computed."""


def check_generator(rng: object) -> np.random.Generator:
    """`rng` itself, if it is a generator.

    Raises:
        SampleError: it is anything else, such as a seed.
    """
    if not isinstance(rng, np.random.Generator):
        raise SampleError(f"rng={rng!r}: allowed is a numpy Generator; write rng=np.random.default_rng(seed).")
    return rng


def is_number(value: object) -> TypeGuard[float]:
    """Whether `value` is a real number, NaN and the infinite ones included; a bool is none."""
    return isinstance(value, Real) and not isinstance(value, bool)


def check_share(name: str, value: float) -> float:
    """`value` itself, if it lies strictly between 0 and 1.

    Raises:
        SampleError: it does not.
    """
    if not is_number(value) or not 0 < value < 1:
        raise SampleError(f"{name}={value!r}: allowed is a number strictly between 0 and 1, such as 0.95 or 0.05.")
    return float(value)


def check_count(name: str, value: int, least: int) -> int:
    """`value` itself, if it is an integer of at least `least`.

    Raises:
        SampleError: it is not.
    """
    if not is_number(value) or not math.isfinite(value) or int(value) != value or value < least:
        raise SampleError(f"{name}={value!r}: allowed is an integer of at least {least}.")
    return int(value)


def check_bounds(bounds: Bounds) -> Bounds:
    """`bounds` as a pair of floats, if they are one with low < high.

    Raises:
        SampleError: they are not.
    """
    wanted = f"bounds={bounds!r}: allowed is (low, high) with low < high, such as {REGRET} or {TAU}."
    try:
        low, high = bounds
    except (TypeError, ValueError):
        raise SampleError(wanted) from None
    if not (is_number(low) and is_number(high) and math.isfinite(low) and math.isfinite(high) and low < high):
        raise SampleError(wanted)
    return float(low), float(high)


def as_floats(name: str, values: npt.ArrayLike) -> np.ndarray:
    """The values as an array of floats.

    Raises:
        SampleError: some are no numbers.
    """
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise SampleError(f"{name}: {error}; allowed are numbers, one per level, and NaN for undefined.") from None


def defined(
    name: str, values: npt.ArrayLike, *, bounds: Bounds | None = None, least: int = 2
) -> tuple[np.ndarray, int]:
    """The values that are not NaN, and how many were.

    Args:
        name: what the values are, for messages.
        values: `[L]` one number per level; NaN where undefined (τ_b of a level in which one side is constant).
        bounds: lowest and highest value allowed, or None.
        least: fewest defined values that will do.

    Returns:
        (`[M]` float64 defined values in order, number left out).

    Raises:
        SampleError: wrong shape, infinite or out-of-bounds values, or fewer than `least` defined ones.
    """
    limits = None if bounds is None else check_bounds(bounds)
    read = as_floats(name, values)
    if read.ndim != 1:
        raise SampleError(f"{name} has shape {read.shape}; allowed is one number per level, `[L]`.")
    kept = read[~np.isnan(read)]
    if len(kept) < least:
        gone = len(read) - len(kept)
        raise SampleError(
            f"{name}: {len(kept)} levels with a value ({gone} undefined); at least {least} are needed. Sample more levels."
        )
    if np.isinf(kept).any():
        raise SampleError(f"{name} holds an infinite value; allowed are finite numbers, and NaN for undefined.")
    if limits is not None:
        low, high = limits
        slip = 1e-9 * (high - low)
        outside = kept[(kept < low - slip) | (kept > high + slip)]
        if len(outside):
            raise SampleError(
                f"{name}: {float(outside[0])!r} is outside bounds={bounds!r}. Regret has {REGRET}, τ_b {TAU}; give the "
                "range your values can take, known beforehand and not read off them."
            )
        kept = np.clip(kept, low, high)
    return kept, len(read) - len(kept)
