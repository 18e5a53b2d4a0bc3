"""Did the shift change anything? Split labels are permuted over levels, never over outcomes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..errors import unknown_name
from ..maps import MAP_CLASSES
from ..maps.columns import check_tolerance
from ..maps.points import read_sample
from ..rows import ValueRow, ValueTable, as_table
from .checks import SampleError, as_floats, check_count, check_generator
from .joint import SHIFT_CLASSES, extra_misfit
from .labels import Labels, labels_of, permutation_p, within
from .levels import per_level

__all__ = ["SHIFT_CLASSES", "ShiftEffect", "mean_shift", "shift_effect"]

Alternative = Literal["two-sided", "greater", "less"]
ALTERNATIVES = ("two-sided", "greater", "less")
GRADES = ("regret", "tau_b")
UNDEFINED = {"tau_b": "A level has no τ_b where its mesa or its base values are all the same, as with one outcome."}
EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True)
class ShiftEffect:
    """What a permutation test of the split labels found.

    A small p-value says that train and deploy levels do not come from one law, as far as the statistic sees. A large one
    says nothing; survival is claimed by `equivalence_test` alone.

    Attributes:
        statistic: what was compared.
        value: its observed value: T of `shift_effect`, or deploy mean minus train mean.
        p_value: share of label assignments with a value at least as extreme.
        compared: number of assignments compared, the observed one among them.
        exact: whether those were all there are.
        assignments: number of different assignments there are; no p-value can be below 1 / assignments.
        train_levels: number of train levels.
        deploy_levels: number of deploy levels.
        paired_levels: number of levels among both, whose two sides were exchanged with each other only.
        left_out: number of levels without a value.
    """

    statistic: str
    value: float
    p_value: float
    compared: int
    exact: bool
    assignments: int
    train_levels: int
    deploy_levels: int
    paired_levels: int
    left_out: int = 0


def shift_effect(
    rows: Iterable[ValueRow] | ValueTable,
    statistic: str,
    *,
    rng: np.random.Generator,
    permutations: int = 9999,
    tol: float = 1e-9,
) -> ShiftEffect:
    """Tests whether train and deploy levels follow one law, by how they map mesa values to base values.

    For a class of maps the statistic is `T = misfit of one map for all levels − (misfit of the train map + misfit of the
    deploy map)`, `analysis.statistics.joint`. It sees that each split has a map of its own, not that deployment
    has none (noise, a reversed objective under `increasing`): for that compare `"tau_b"` or `"regret"`. The test is exact: if
    levels are exchangeable between the splits, p ≤ α has probability at most α, whatever the dependence of the outcomes inside
    a level. A level with rows in both splits is one level: its two sides are exchanged with each other, and all other levels
    among themselves.

    Args:
        rows: ValueRows in any order, or a ValueTable; those with mesa=None are left out of T.
        statistic: a class of maps of `SHIFT_CLASSES`, or `"regret"` or `"tau_b"` for `mean_shift` on `per_level`.
        rng: randomness.
        permutations: number of random label assignments; all are compared where there are no more than one above that.
        tol: float tolerance as in `decide`.

    Returns:
        The observed statistic and its p-value.

    Raises:
        EmptyError: no rows.
        RowError: a row or column is malformed.
        SampleError: a split without levels, a class that has no joint map to test, or too many outcomes.
        SnapError: two floats are neither equal nor different at `tol`.
        UnknownNameError: no such statistic.

    Sources: Chow (1960), *Tests of equality between sets of coefficients in two linear regressions* (the statistic);
    Phipson and Smyth (2010), *Permutation p-values should never be zero*.
    """
    check_generator(rng)
    permutations, tol = check_count("permutations", permutations, 1), check_tolerance(tol)
    check_statistic(statistic)
    table = as_table(rows)
    if statistic in GRADES:
        grades = per_level(table, tol=tol)
        values = grades.regret if statistic == "regret" else grades.tau_b
        return mean_shift(values, grades.deploy, level=grades.level, rng=rng, permutations=permutations, name=statistic)
    key, unit = np.unique(table.level.astype(np.int64) * 2 + table.deploy, return_inverse=True)
    labels = labels_of(key // 2, key % 2 == 1)
    sample = read_sample(table, tol)
    if not len(sample.row):
        raise SampleError("No row has a mesa value (mesa is None throughout): raise the agent's budget.")
    extra, slip = extra_misfit(statistic, sample, unit[sample.row], len(key))
    value, p_value, compared = permutation_p(extra, labels, rng, permutations, slip)
    return effect(statistic, value, p_value, compared, labels)


def mean_shift(
    values: npt.ArrayLike,
    deploy: npt.ArrayLike,
    *,
    rng: np.random.Generator,
    level: npt.ArrayLike | None = None,
    permutations: int = 9999,
    alternative: Alternative = "two-sided",
    name: str = "mean",
) -> ShiftEffect:
    """Tests whether a number per level follows one law in both splits, by the difference of the means.

    Args:
        values: `[U]` one number per level and split, NaN where undefined; a level undefined in one split is left out of both.
        deploy: `[U]` bool, true where the number is of a deployment level.
        rng: randomness.
        level: `[U]` id of each number's level; None means that all are different levels. The two sides of a level that occurs
            in both splits are exchanged with each other only.
        permutations: as in `shift_effect`.
        alternative: `"two-sided"`, or that the deploy mean is `"greater"` or `"less"`.
        name: what the numbers are, for the result.

    Returns:
        Deploy mean minus train mean, with its p-value.

    Raises:
        SampleError: arrays of different length, a split without (defined) levels, a level twice in one split.
        UnknownNameError: no such alternative.

    Source: Fisher (1935), *The design of experiments*, section 21; p-values as in `shift_effect`.
    """
    check_generator(rng)
    permutations = check_count("permutations", permutations, 1)
    if alternative not in ALTERNATIVES:
        raise unknown_name("alternative", alternative, ALTERNATIVES)
    read, side = as_floats("values", values), np.asarray(deploy)
    ids = np.arange(read.size) if level is None else np.unique(np.asarray(level), return_inverse=True)[1]
    if not read.shape == side.shape == ids.shape == (read.size,) or side.dtype != bool:
        raise SampleError(
            f"values {read.shape}, deploy {side.shape} ({side.dtype}) and level {ids.shape} must be of one length, and deploy bool."
        )
    if np.isinf(read).any():
        raise SampleError("values hold an infinite value; allowed are finite numbers, and NaN for undefined.")
    gone = np.isin(ids, ids[np.isnan(read)])
    refuse_empty(name, gone, side)
    read, side, ids = read[~gone], side[~gone], ids[~gone]
    labels = labels_of(ids, side)
    sign = -1 if alternative == "less" else 1

    away = read - read.min()  # a common part of the values cancels in the difference, and should not round it

    def difference(some: np.ndarray) -> np.ndarray:
        return within(some, away) / some.sum(axis=1) - within(~some, away) / (~some).sum(axis=1)

    def statistic(some: np.ndarray) -> np.ndarray:
        return np.abs(difference(some)) if alternative == "two-sided" else sign * difference(some)

    slip = 1e-12 * float(np.ptp(read)) + 4 * EPSILON * float(np.abs(read).max())  # what the values themselves are rounded by
    _, p_value, compared = permutation_p(statistic, labels, rng, permutations, slip)
    return effect(name, float(difference(side[None])[0]), p_value, compared, labels, int(gone.sum()))


def check_statistic(statistic: str) -> None:
    """Refuses what is no statistic of a shift, and says why."""
    allowed = (*SHIFT_CLASSES, *GRADES)
    if statistic in allowed:
        return
    if not isinstance(statistic, str) or statistic not in MAP_CLASSES:
        raise unknown_name("statistic", statistic, allowed)
    if statistic == "identity":
        why = "identity has nothing to fit, so a joint map and separate ones are the same"
    elif MAP_CLASSES[statistic].by == "level":
        why = "a map per level is never shared, so a joint map and separate ones are the same"
    else:
        why = "the test compares maps of one mesa value, and this class maps something else"
    raise SampleError(f"Class {statistic!r}: {why}. Allowed: {', '.join(allowed)}.")


def refuse_empty(name: str, gone: np.ndarray, side: np.ndarray) -> None:
    """Refuses values of which one split has levels, and all of them are left out."""
    for split, here in (("train", ~side), ("deploy", side)):
        if here.any() and gone[here].all():
            why = f" {UNDEFINED[name]}" if name in UNDEFINED else ""
            raise SampleError(
                f"{name}: all {int(here.sum())} {split} levels were left out, for their values, or those of their other sides, are "
                f"undefined (NaN).{why} Give levels with a value in both splits."
            )


def effect(
    statistic: str, value: float, p_value: float, compared: int, labels: Labels, left_out: int = 0
) -> ShiftEffect:
    """The result of a permutation test."""
    return ShiftEffect(
        statistic=statistic,
        value=value,
        p_value=p_value,
        compared=compared,
        exact=compared == labels.assignments,
        assignments=labels.assignments,
        train_levels=int((~labels.deploy).sum()),
        deploy_levels=int(labels.deploy.sum()),
        paired_levels=len(labels.pairs),
        left_out=left_out,
    )
