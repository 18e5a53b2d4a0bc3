"""How often a violation may still occur when few levels, or none, showed one: exact binomial upper bounds."""

from __future__ import annotations

from scipy.stats import binomtest

from .checks import SampleError, check_count, check_share

__all__ = ["violations_bound", "zero_violations_bound"]


def violations_bound(violations: int, levels: int, confidence: float = 0.95) -> float:
    """Exact one-sided upper bound on the share of levels that are violated.

    Clopper and Pearson (1934), *The use of confidence or fiducial limits illustrated in the case of the binomial*:
    the largest share under which so few violations have probability at least 1 − confidence.

    Args:
        violations: number of sampled levels with a violation, 0 to `levels`.
        levels: number of levels drawn independently from the distribution that the bound is about.
        confidence: how often, at least, the bound is above the true share.

    Returns:
        The bound, a share in (0, 1]; 1.0 where every level is violated.

    Raises:
        SampleError: counts or confidence out of range.
    """
    check_count("levels", levels, 1)
    check_count("violations", violations, 0)
    check_share("confidence", confidence)
    if violations > levels:
        raise SampleError(f"violations={violations}: allowed is 0 to the number of levels, {levels}.")
    test = binomtest(int(violations), int(levels), alternative="less")
    return float(test.proportion_ci(confidence, method="exact").high)


def zero_violations_bound(levels: int, confidence: float = 0.95) -> float:
    """The bound after no violation in `levels` levels: 1 − (1 − confidence)^(1/levels), about 3 / levels at 95 %.

    Args:
        levels: number of independently drawn levels, none of them violated.
        confidence: how often, at least, the bound is above the true share.

    Returns:
        The bound, a share in (0, 1).

    Raises:
        SampleError: no level, or confidence out of range.
    """
    check_count("levels", levels, 1)
    return 1 - (1 - check_share("confidence", confidence)) ** (1 / levels)
