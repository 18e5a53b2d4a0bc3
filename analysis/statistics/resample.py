"""Draws of a mean over levels, or of a difference of two: the common core of intervals and equivalence tests.

For a sample x of n levels each method gives B draws whose quantiles are confidence limits:

* jeffreys: Dirichlet-weighted means of x with half a level added at each bound of the values, the Bayesian bootstrap of
  Rubin (1981) with the prior of Jeffreys. On 0/1 values it is the Jeffreys interval, whose coverage is near nominal
  (Brown, Cai and DasGupta 2001). The added halves speak for values that n levels happened not to show, so that a sample of
  zeros still has an upper limit.
* bounded: the same with one whole level added, at the upper bound for upper limits and at the lower for lower ones. On 0/1
  values it is the exact interval of Clopper and Pearson; for all values between the bounds it is that of Gaffke (2005)
  and Learned-Miller and Thomas (2019, arXiv:1905.06208), who conjecture, and find no exception, that it always covers.
* studentised: x̄ − t* s/√n, with t* = (x̄* − x̄)/(s*/√n) of n levels drawn with replacement (Efron and Tibshirani 1993, 12.5).

Of two samples, each is drawn by itself, and the difference of the means is taken. That is a plausible extension, and
calibrated by simulation only: it covers too much rather than too little in small samples that are mostly at a bound.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from .checks import Bounds, SampleError

__all__ = ["DRAWN", "confidence_draws", "tail"]

DRAWN = ("jeffreys", "bounded", "studentised")
BATCH = 4_000_000  # numbers drawn at once, 32 MB
Side = Literal["low", "high"]


def confidence_draws(
    groups: Sequence[np.ndarray], rng: np.random.Generator, draws: int, method: str, bounds: Bounds | None, side: Side
) -> np.ndarray:
    """Draws whose quantiles are confidence limits of the first group's mean, minus the second group's if there is one.

    Args:
        groups: one or two `[L]` samples, each of at least two levels.
        rng: randomness.
        draws: number of draws B.
        method: one of `DRAWN`.
        bounds: lowest and highest value there can be; needed by all but studentised.
        side: which limit the draws are for; makes a difference for bounded only.

    Returns:
        `[B]` draws in the values' units, unsorted; infinite where a studentised draw is undefined.

    Raises:
        SampleError: a method without bounds where it needs them, or studentised on samples of one single value.
    """
    if method == "studentised":
        return studentised(groups, rng, draws)
    low, high = needed(bounds, method)
    total = np.zeros(draws)
    for sign, values in zip((1, -1), groups, strict=False):
        if method == "jeffreys":
            below = above = 0.5
        else:
            below, above = (0.0, 1.0) if (side == "high") == (sign > 0) else (1.0, 0.0)
        total += sign * weighted_means(values, below, above, low, high, rng, draws)
    return total


def needed(bounds: Bounds | None, method: str) -> Bounds:
    """The bounds, if there are any."""
    if bounds is None:
        raise SampleError(
            f"method={method!r} needs bounds, the lowest and highest value there can be: REGRET is (0, 1), TAU is (-1, 1). "
            "For values without bounds use method='studentised'."
        )
    return bounds


def chunks(draws: int, width: int) -> Iterator[slice]:
    """Slices of the draws that keep what is drawn at once small."""
    step = max(BATCH // max(width, 1), 1)
    for start in range(0, draws, step):
        yield slice(start, min(start + step, draws))


def weighted_means(
    values: np.ndarray, below: float, above: float, low: float, high: float, rng: np.random.Generator, draws: int
) -> np.ndarray:
    """`[B]` Dirichlet(1, …, 1, below, above)-weighted means of the values, `low` and `high`."""
    means = np.empty(draws)
    for part in chunks(draws, len(values)):
        count = part.stop - part.start
        weights = rng.standard_exponential((count, len(values)))
        bottom, top = rng.standard_gamma(below, count), rng.standard_gamma(above, count)
        means[part] = (weights @ values + bottom * low + top * high) / (weights.sum(1) + bottom + top)
    return means


def studentised(groups: Sequence[np.ndarray], rng: np.random.Generator, draws: int) -> np.ndarray:
    """`[B]` estimate − t* · standard error, for the mean of one group or the difference of two."""
    estimate, variance = 0.0, 0.0
    drawn, spread = np.zeros(draws), np.zeros(draws)
    for sign, values in zip((1, -1), groups, strict=False):
        count = len(values)
        estimate += sign * float(values.mean())
        variance += float(values.var(ddof=1)) / count
        for part in chunks(draws, count):
            again = values[rng.integers(count, size=(part.stop - part.start, count))]
            drawn[part] += sign * again.mean(1)
            spread[part] += again.var(1, ddof=1) / count
    refuse_constant(groups, "studentised")
    away = drawn - estimate
    nothing = spread <= 1e-24 * variance  # levels of one value: their own error is 0
    scaled = away / np.sqrt(np.where(nothing, 1.0, spread))
    beyond = np.where(away > 0, np.inf, np.where(away < 0, -np.inf, 0.0))
    return estimate - np.sqrt(variance) * np.where(nothing, beyond, scaled)


def refuse_constant(groups: Sequence[np.ndarray], method: str) -> None:
    """Refuses samples in which nothing varies, of which resampling would make an interval of no width."""
    if all(np.ptp(values) == 0 for values in groups):
        raise SampleError(
            f"All levels have the value {float(groups[0][0])!r}: method={method!r} resamples levels and cannot see how much "
            "others might differ. Use method='jeffreys' or 'bounded', which know the bounds, or violations_bound."
        )


def tail(draws: np.ndarray, share: float, side: Side) -> float:
    """The limit that leaves at most `share` of the draws beyond it, counting the sample itself as one of them.

    Raises:
        SampleError: too few draws to leave any share of them.
    """
    beyond = int(np.floor(share * (len(draws) + 1) + 1e-9))
    if beyond < 1:
        raise SampleError(f"draws={len(draws)}: a tail of {share:g} needs at least {int(np.ceil(1 / share)) - 1}.")
    at = beyond - 1 if side == "low" else len(draws) - beyond
    return float(np.partition(draws, at)[at])
