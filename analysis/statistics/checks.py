"""What the statistics ask of a sample, and the error that says what is missing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..errors import AnalysisError

__all__ = ["REGRET", "TAU", "Bounds", "SampleError", "check_generator", "check_share", "defined"]

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


def check_share(name: str, value: float) -> float:
    """`value` itself, if it lies strictly between 0 and 1.

    Raises:
        SampleError: it does not.
    """
    if not 0 < value < 1:
        raise SampleError(f"{name}={value!r}: allowed is a number strictly between 0 and 1, such as 0.95 or 0.05.")
    return float(value)


def check_count(name: str, value: int, least: int) -> int:
    """`value` itself, if it is an integer of at least `least`.

    Raises:
        SampleError: it is not.
    """
    if isinstance(value, bool) or int(value) != value or value < least:
        raise SampleError(f"{name}={value!r}: allowed is an integer of at least {least}.")
    return int(value)


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
    read = np.asarray(values, dtype=float)
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
    if bounds is not None:
        low, high = bounds
        if not low < high:
            raise SampleError(f"bounds={bounds!r}: allowed is (low, high) with low < high, such as {REGRET} or {TAU}.")
        slip = 1e-9 * (high - low)
        outside = kept[(kept < low - slip) | (kept > high + slip)]
        if len(outside):
            raise SampleError(
                f"{name}: {float(outside[0])!r} is outside bounds={bounds!r}. Regret has {REGRET}, τ_b {TAU}; give the "
                "range your values can take, known beforehand and not read off them."
            )
        kept = np.clip(kept, low, high)
    return kept, len(read) - len(kept)
