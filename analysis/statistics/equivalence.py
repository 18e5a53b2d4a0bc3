"""The one test that may say "survives": an upper confidence bound of a loss below a margin stated beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv
from scipy.stats import beta, binom

from ..errors import unknown_name
from .checks import (
    REGRET,
    Bounds,
    SampleError,
    check_bounds,
    check_count,
    check_generator,
    check_share,
    defined,
    is_number,
)
from .resample import DRAWN, confidence_draws, tail

__all__ = ["Equivalence", "equivalence_test"]

Outcome = Literal["survives", "exceeds", "undecided"]
RISK = 2e-4  # that chance alone puts a simulated limit on the wrong side, at one look
MORE = 16  # times the draws asked for, at most, in five looks; together the risk is below 1 in 1000


@dataclass(frozen=True)
class Equivalence:
    """What an equivalence test found.

    Attributes:
        estimate: mean loss over levels (minus the reference's mean, if any).
        bound: one-sided upper confidence bound.
        lower: one-sided lower confidence bound.
        margin: the largest loss that would still count as survival, stated beforehand.
        confidence: of each one-sided bound.
        p_value: of the null "the mean loss is at least the margin"; at most 1 − confidence just where it survives.
        outcome: `"survives"` (bound < margin), `"exceeds"` (lower > margin) or `"undecided"`.
        levels: number of levels used.
        left_out: number of levels without a value.
        method: how the bounds were made.
    """

    estimate: float
    bound: float
    lower: float
    margin: float
    confidence: float
    p_value: float
    outcome: Outcome
    levels: int
    left_out: int
    method: str

    @property
    def survives(self) -> bool:
        """Whether survival is shown."""
        return self.outcome == "survives"

    @property
    def verdict(self) -> str:
        """The outcome in words."""
        sure = f"with {self.confidence:.0%} confidence"
        seen = f"(mean {self.estimate:.3g} over {self.levels} levels)"
        if self.outcome == "survives":
            return f"Survives: the loss is at most {self.bound:.3g} {sure}, below the margin {self.margin:g} {seen}."
        if self.outcome == "exceeds":
            return f"Does not survive: the loss is at least {self.lower:.3g} {sure}, above the margin {self.margin:g} {seen}."
        return (
            f"Undecided: the loss may be up to {self.bound:.3g} {sure}, which is not below the margin {self.margin:g} {seen}. "
            "This shows neither survival nor failure; more levels would narrow it."
        )

    def __str__(self) -> str:
        return self.verdict


def equivalence_test(
    values: npt.ArrayLike,
    margin: float,
    rng: np.random.Generator,
    *,
    reference: npt.ArrayLike | None = None,
    confidence: float = 0.95,
    bounds: Bounds | None = REGRET,
    method: str = "bounded",
    draws: int = 9999,
) -> Equivalence:
    """Tests whether the mean of a loss over levels is below a margin.

    A difference that is not significant never shows survival: few levels would do. Each bound errs with probability at
    most 1 − confidence; with `bounded` also in small samples in which most levels have loss 0. At a loss equal to the margin,
    `benchmarks/calibration.py` saw it claim survival in at most 3.4 % of samples, `jeffreys` in up to 12 % (20 levels, of which
    90 % lose 0 and the others 1), `studentised` in up to 8 %.

    `bounded` leaves nothing to the luck of the draws. Where every loss is at one of the bounds, both limits and the p-value are
    those of Clopper and Pearson, by formula (all at the lower bound: `zero_violations_bound`). Otherwise they are simulated, and
    each is moved to the safe side by what simulation may have missed; where that decides, up to 16 times the draws are made.

    Args:
        values: `[L]` loss per level, larger is worse; NaN where undefined. For τ_b give 1 − τ_b with bounds (0, 2).
        margin: the smallest mean loss (or difference) that would not be survival, in the loss's units, stated before the
            values are seen.
        rng: randomness.
        reference: `[R]` loss on other, independent levels (held-out train levels); the loss tested is then the difference
            of the means, so that overfitting is not charged to the shift.
        confidence: of each one-sided bound.
        bounds: lowest and highest loss that a level can have, known beforehand; None only for studentised.
        method: `"bounded"` (safe in small samples), `"jeffreys"` or `"studentised"`; see `cluster_bootstrap`.
        draws: number of resamples.

    Returns:
        The bounds and the outcome.

    Raises:
        SampleError: a margin that no sample could miss or meet, or as in `cluster_bootstrap`.
        UnknownNameError: no such method.

    Source: Schuirmann (1987), *A comparison of the two one-sided tests procedure*; one side suffices for a loss.
    """
    check_generator(rng)
    share, draws = 1 - check_share("confidence", confidence), check_count("draws", draws, 1)
    if method not in DRAWN:
        raise unknown_name("method", method, DRAWN)
    samples = [defined("values", values, bounds=bounds)]
    if reference is not None:
        samples.append(defined("reference", reference, bounds=bounds))
    bounds = None if bounds is None else check_bounds(bounds)
    margin = check_margin(margin, bounds, reference is not None)
    groups = [kept for kept, _ in samples]
    if method != "bounded" or bounds is None:
        drawn = confidence_draws(groups, rng, draws, method, bounds, "high")
        bound, lower = tail(drawn, share, "high"), tail(drawn, share, "low")
        p_value = float((1 + np.count_nonzero(drawn >= margin)) / (1 + draws))
    elif len(groups) == 1 and np.isin(groups[0], bounds).all():
        bound, lower, p_value = by_formula(groups[0], margin, share, bounds)
    else:
        bound, lower, p_value = by_draws(groups, rng, draws, margin, share, bounds)
    means = [float(np.mean(group)) for group in groups]
    return Equivalence(
        estimate=means[0] - sum(means[1:]),
        bound=bound,
        lower=lower,
        margin=margin,
        confidence=float(confidence),
        p_value=p_value,
        outcome="survives" if bound < margin else "exceeds" if lower > margin else "undecided",
        levels=sum(map(len, groups)),
        left_out=sum(gone for _, gone in samples),
        method=method,
    )


def check_margin(margin: float, bounds: Bounds | None, difference: bool) -> float:
    """`margin` itself, if some samples could miss it and others meet it.

    Args:
        margin: as in `equivalence_test`.
        bounds: of a level's loss, or None.
        difference: whether the margin is for a difference of two means, which no longer knows the zero of the losses.

    Raises:
        SampleError: no such number.
    """
    if bounds is not None and not difference:
        low, high = bounds
        if not is_number(margin) or not low < margin < high:
            raise SampleError(f"margin={margin!r}: allowed is a number between {low:g} and {high:g}, both excluded.")
    else:
        top = np.inf if bounds is None else bounds[1] - bounds[0]
        if not is_number(margin) or not isfinite(margin) or not 0 <= margin < top:
            below = "" if bounds is None else f" and below {top:g}"
            raise SampleError(f"margin={margin!r}: allowed is a finite number of at least 0{below}, in the loss's units.")
    return float(margin)


def by_formula(values: np.ndarray, margin: float, share: float, bounds: Bounds) -> tuple[float, float, float]:
    """(upper limit, lower limit, p-value) of Clopper and Pearson, where all values are at one bound or the other."""
    low, high = bounds
    count, hits = len(values), int(np.count_nonzero(values == high))
    if hits == 0:
        above = -np.expm1(np.log(share) / count)
    else:
        above = 1.0 if hits == count else betaincinv(hits + 1, count - hits, 1 - share)
    below = 0.0 if not hits else betaincinv(hits, count - hits + 1, share)
    p_value = float(binom.cdf(hits, count, (margin - low) / (high - low)))
    return low + (high - low) * float(above), low + (high - low) * float(below), p_value


def by_draws(
    groups: list[np.ndarray], rng: np.random.Generator, draws: int, margin: float, share: float, bounds: Bounds
) -> tuple[float, float, float]:
    """(upper limit, lower limit, p-value), each on the safe side of what was simulated.

    Of B draws, X at the margin or above, the p-value is the upper limit of Clopper and Pearson for the share that infinitely
    many draws would have there, and the limits are the draws that go with it. While X alone would show survival, and this
    does not, the draws are doubled.
    """
    above = confidence_draws(groups, rng, draws, "bounded", bounds, "high")
    below = confidence_draws(groups, rng, draws, "bounded", bounds, "low")
    tail(above, share, "high")  # refuses too few draws
    while True:
        over, count = int(np.count_nonzero(above >= margin)), len(above)
        p_value = 1.0 if over == count else float(beta.ppf(1 - RISK, over + 1, count - over))
        if count >= MORE * draws or p_value <= share or over + 1 > share * (count + 1):
            break
        more = confidence_draws(groups, rng, min(count, MORE * draws - count), "bounded", bounds, "high")
        above = np.concatenate([above, more])
    ends = bounds if len(groups) == 1 else (bounds[0] - bounds[1], bounds[1] - bounds[0])
    return sure(above, share, ends[1]), -sure(-below, share, -ends[0]), p_value


def sure(draws: np.ndarray, share: float, end: float) -> float:
    """A draw that, but for a risk of `RISK`, is at least the limit with `share` of infinitely many draws beyond it; or the end."""
    beyond = int(binom.ppf(RISK, len(draws), share))  # fewer than this are beyond the limit with probability at most RISK
    return float(np.partition(draws, len(draws) - beyond)[len(draws) - beyond]) if beyond else end
