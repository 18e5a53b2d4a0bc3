"""How much worse one map for both splits fits than a map for each, for any way to call levels train and deploy.

`T = misfit of the joint map − (misfit of the train map + misfit of the deploy map)`, as in the test of Chow (1960). The joint
misfit does not depend on the labels. For affine classes and `any` the misfit is the sum of squared residuals of the best map of
the closure of the class (slope a ≥ 0), with u in units of its range; for classes of increasing maps it is the number of pairs
of outcomes that no map of the class fits both of, so T counts the pairs of one train and one deploy outcome.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.sparse as sparse

from ..maps.columns import ratio
from ..maps.points import Sample
from .checks import SampleError

__all__ = ["SHIFT_CLASSES", "Extra", "extra_misfit"]

Extra = Callable[[np.ndarray], np.ndarray]
PAIR_WORK = 10**10  # of outcome pairs that are compared: about half a minute
NUMBERS = 4_000_000  # numbers held at once, 32 MB

SHIFT_CLASSES = ("positive_affine", "positive_affine_offsets", "cue_affine", "increasing", "non_decreasing", "any")
"""Classes of maps for which the joint misfit may exceed the separate ones."""


def extra_misfit(name: str, sample: Sample, unit: np.ndarray, units: int) -> tuple[Extra, float]:
    """The statistic T of a class of maps.

    Args:
        name: one of `SHIFT_CLASSES`.
        sample: the representable rows, with ranked columns.
        unit: `[M]` unit (level in a split) of each of them.
        units: number of units U.

    Returns:
        (T as a function from `[B, U]` bool labels to `[B]`, its rounding error).

    Raises:
        SampleError: too many outcomes for a class that compares pairs.
    """
    if name in ("increasing", "non_decreasing"):
        return crossing_pairs(sample, unit, units, strict=name == "increasing"), 0.0
    mesa, base = scaled(sample)
    slip = 1e-9 * max(float(((base - base.mean()) ** 2).sum()), 1e-300)
    if name == "any":
        return tables(sample.mesa.code, base, unit, units), slip
    codes, level = sample.table.cue[sample.row].astype(np.int64), sample.table.level[sample.row].astype(np.int64)
    if name == "positive_affine_offsets":
        return sloped(mesa, base, unit, units, level), slip
    return lines(mesa, base, unit, units, codes if name == "cue_affine" else np.zeros_like(codes)), slip


def scaled(sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    """(`[M]` mesa, `[M]` base) in units of their ranges, centred at their means."""
    columns = []
    for column in (sample.mesa, sample.base):
        share = ratio(column.values - column.values[0], max(column.span, 1))[column.code]
        columns.append(share - share.mean())
    return columns[0], columns[1]


def sums_by(unit: np.ndarray, units: int, group: np.ndarray, weights: list[np.ndarray]) -> np.ndarray:
    """`[U, G, K]` sums of K weights over the rows of each unit and group."""
    groups = int(group.max()) + 1
    cell = unit * groups + group
    found = [np.bincount(cell, weight, units * groups) for weight in weights]
    return np.stack(found, axis=-1).reshape(units, groups, len(weights))


def both_sides(labels: np.ndarray, loss: Callable[[np.ndarray], np.ndarray], sums: np.ndarray) -> np.ndarray:
    """`[B]` loss of the deploy side plus loss of the train side; `sums` is `[U, G, K]`, `loss` maps `[B, G, K]` to `[B]`."""
    flat, total, found = sums.reshape(len(sums), -1), sums.sum(axis=0), []
    for some in parts(labels, flat.shape[1]):
        deploy = (some.astype(float) @ flat).reshape(len(some), *total.shape)
        found.append(loss(deploy) + loss(total - deploy))
    return np.concatenate(found)


def parts(labels: np.ndarray, width: int) -> list[np.ndarray]:
    """The `[B, U]` labels some at a time, where each needs `width` numbers."""
    return np.array_split(labels, max(len(labels) * width // NUMBERS, 1))


def lines(mesa: np.ndarray, base: np.ndarray, unit: np.ndarray, units: int, cue: np.ndarray) -> Extra:
    """T of u = aĝ + b with a ≥ 0, one line for each cue."""
    ones = np.ones_like(mesa)
    sums = sums_by(
        unit, units, np.unique(cue, return_inverse=True)[1], [ones, mesa, base, mesa**2, mesa * base, base**2]
    )

    def loss(total: np.ndarray) -> np.ndarray:
        count, x, y, xx, xy, yy = np.moveaxis(total, -1, 0)
        count = np.maximum(count, 1)
        return residual(xx - x * x / count, xy - x * y / count, yy - y * y / count).sum(axis=-1)

    joint = loss(sums.sum(axis=0)[None])
    return lambda labels: joint - both_sides(labels, loss, sums)


def sloped(mesa: np.ndarray, base: np.ndarray, unit: np.ndarray, units: int, level: np.ndarray) -> Extra:
    """T of u = aĝ + b_ω with one a ≥ 0: slopes only, everything centred level by level."""

    def within(group: np.ndarray) -> list[np.ndarray]:
        count = np.maximum(np.bincount(group), 1)
        x, y = (value - (np.bincount(group, value) / count)[group] for value in (mesa, base))
        return [x * x, x * y, y * y]

    def loss(total: np.ndarray) -> np.ndarray:
        return residual(*np.moveaxis(total, -1, 0)).sum(axis=-1)

    one = np.zeros_like(unit)
    joint = loss(sums_by(one, 1, one, within(level)))
    sums = sums_by(unit, units, one, within(unit))
    return lambda labels: joint - both_sides(labels, loss, sums)


def residual(xx: np.ndarray, xy: np.ndarray, yy: np.ndarray) -> np.ndarray:
    """Sum of squares left by the best slope a ≥ 0, from centred sums of squares and products."""
    flat = xx <= 1e-12 * max(float(np.max(xx, initial=0.0)), 1e-300)
    return np.maximum(yy - np.where(flat, 0.0, np.maximum(xy, 0) ** 2 / np.where(flat, 1.0, xx)), 0.0)


def tables(code: np.ndarray, base: np.ndarray, unit: np.ndarray, units: int) -> Extra:
    """T of u = φ(ĝ): a mean for each mesa value. A value that only one unit has adds nothing, whatever the labels."""
    cell = np.unique(code * units + unit)
    shared = np.flatnonzero(np.bincount(cell // units) > 1)
    place = np.full(int(code.max()) + 1, -1)
    place[shared] = np.arange(len(shared))
    kept = place[code] >= 0
    at, shape = (unit[kept], place[code[kept]]), (units, len(shared))
    total = sparse.csr_array((base[kept], at), shape=shape)
    count = sparse.csr_array((np.ones(int(kept.sum())), at), shape=shape)
    all_total, all_count = np.asarray(total.sum(axis=0)), np.asarray(count.sum(axis=0))

    def explained(totals: np.ndarray, counts: np.ndarray) -> np.ndarray:
        return (totals**2 / np.maximum(counts, 1)).sum(axis=-1)

    def extra(labels: np.ndarray) -> np.ndarray:
        found = []
        for some in parts(labels, len(shared)):
            totals, counts = some.astype(float) @ total, some.astype(float) @ count
            apart = explained(totals, counts) + explained(all_total - totals, all_count - counts)
            found.append(apart - explained(all_total, all_count))
        return np.concatenate(found)

    return extra


def crossing_pairs(sample: Sample, unit: np.ndarray, units: int, *, strict: bool) -> Extra:
    """T of increasing φ: pairs of a train and a deploy outcome that no map of the class fits both of."""
    wide = len(sample.base.values)
    key, point = np.unique(sample.mesa.code * wide + sample.base.code, return_inverse=True)
    count = sparse.csr_array((np.ones(len(unit)), (unit, point)), shape=(units, len(key)))
    count.sum_duplicates()
    if len(key) * count.nnz > PAIR_WORK:
        raise SampleError(
            f"{len(key)} distinct outcomes in {units} levels: pairs of outcomes are compared, {len(key) * count.nnz:.2g} in all, "
            f"and at most {PAIR_WORK:.0e} are allowed. Sample fewer outcomes a level, or test the means of 'tau_b'."
        )
    mesa, base = key // wide, key % wide
    violated = np.zeros((units, units))
    for part in np.array_split(np.arange(len(key)), max(len(key) ** 2 // NUMBERS, 1)):
        by_mesa, by_base = (np.sign(rank[part][:, None] - rank[None]) for rank in (mesa, base))
        wrong = by_mesa * by_base < 0 if not strict else by_mesa != by_base
        wrong |= (by_mesa == 0) & (by_base != 0)
        violated += count[:, part] @ (count @ wrong.T.astype(float)).T
    return lambda labels: ((labels.astype(float) @ violated) * ~labels).sum(axis=1)
