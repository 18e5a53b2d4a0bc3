"""How much worse one map for both splits fits than a map for each, for any way to call levels train and deploy.

`T = misfit of the joint map − (misfit of the train map + misfit of the deploy map)`, as in the test of Chow (1960). The joint
misfit does not depend on the labels. For affine classes and `any` the misfit is the sum of squared residuals of the best map of
the closure of the class (slope a ≥ 0), with u in units of its range; for classes of increasing maps it is the number of pairs
of outcomes that no map of the class fits both of, so T counts the pairs of one train and one deploy outcome.

T of a labelling depends on nothing else, to the last bit: a permutation test is exact only if the observed labelling gets the
same T alone as among all others. So no threshold is taken from a batch, and no product of matrices decides the order of adding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse

from ..maps.columns import ratio
from ..maps.points import Sample
from .checks import SampleError
from .labels import within

__all__ = ["SHIFT_CLASSES", "Extra", "extra_misfit"]

Extra = Callable[[np.ndarray], np.ndarray]
PAIR_WORK = 10**10  # of outcome pairs that are compared: about half a minute
NUMBERS = 4_000_000  # numbers held at once, 32 MB
AT_HAND = 65_536  # numbers that stay in a processor's cache, 512 kB
TINY = 1e-290  # squares below this are no longer numbers to divide by

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
    rank = sample.mesa.code
    if name == "positive_affine_offsets":
        return sloped(mesa, base, rank, unit, units, level), slip
    return lines(mesa, base, rank, unit, units, codes if name == "cue_affine" else np.zeros_like(codes)), slip


def scaled(sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    """(`[M]` mesa from its least value, `[M]` base from its mean), in units of their ranges."""
    mesa, base = (
        ratio(column.values - column.values[0], max(column.span, 1))[column.code]
        for column in (sample.mesa, sample.base)
    )
    return mesa, base - base.mean()


def parts(labels: np.ndarray, width: int, most: int = NUMBERS) -> list[np.ndarray]:
    """The `[B, U]` labels some at a time, where each needs `width` numbers and `most` are held."""
    return np.array_split(labels, min(max(len(labels) * width // most, 1), len(labels)))


@dataclass(frozen=True, eq=False)
class Moments:
    """What a line asks of the C units that have rows of one group.

    Attributes:
        at: `[C]` which units.
        count: `[C]` number of rows of each; `mesa`, `base`: `[C]` their means.
        squares: `[3, C]` sums of mesa², mesa·base and base², centred at those means.
        least, most: `[C]` smallest and largest rank of a mesa value.
    """

    at: np.ndarray
    count: np.ndarray
    mesa: np.ndarray
    base: np.ndarray
    squares: np.ndarray
    least: np.ndarray
    most: np.ndarray


def moments(mesa: np.ndarray, base: np.ndarray, rank: np.ndarray, unit: np.ndarray) -> Moments:
    """The moments of `[n]` rows, unit by unit."""
    at, first, cell, count = np.unique(unit, return_index=True, return_inverse=True, return_counts=True)
    mean_mesa, mean_base = (value[first] + np.bincount(cell, value - value[first][cell]) / count for value in (mesa, base))
    x, y = mesa - mean_mesa[cell], base - mean_base[cell]
    squares = np.stack([np.bincount(cell, product) for product in (x * x, x * y, y * y)])
    least, most = np.full(len(at), rank.max()), np.full(len(at), rank.min())
    np.minimum.at(least, cell, rank)
    np.maximum.at(most, cell, rank)
    return Moments(at, count.astype(float), mean_mesa, mean_base, squares, least, most)


def lines(mesa: np.ndarray, base: np.ndarray, rank: np.ndarray, unit: np.ndarray, units: int, cue: np.ndarray) -> Extra:
    """T of u = aĝ + b with a ≥ 0, one line for each cue."""
    groups = [moments(mesa[here], base[here], rank[here], unit[here]) for here in (cue == code for code in np.unique(cue))]

    def loss(labels: np.ndarray) -> np.ndarray:
        return sum((around_line(labels[:, group.at], group) for group in groups), np.zeros(len(labels)))

    joint = loss(np.ones((1, units), bool))

    def extra(labels: np.ndarray) -> np.ndarray:
        some = parts(labels, units, AT_HAND)
        return np.concatenate([joint - (loss(inside) + loss(~inside)) for inside in some])

    return extra


def around_line(inside: np.ndarray, group: Moments) -> np.ndarray:
    """`[B]` sum of squares about the best line of slope a ≥ 0 through the rows of the units inside, `[B, C]` bool.

    The means come first and the squares about them second, so that mesa values far apart cancel nothing. Whether the mesa
    values inside are all one is asked of their ranks, which do not round.
    """
    rows = np.ascontiguousarray(np.where(inside, group.count, 0.0))
    count = np.maximum(rows.sum(axis=1), 1.0)
    x, y = (mean - ((rows * mean).sum(axis=1) / count)[:, None] for mean in (group.mesa, group.base))
    across = rows * x
    about = ((across * x).sum(axis=1), (across * y).sum(axis=1), (rows * y * y).sum(axis=1))
    xx, xy, yy = (within(inside, own) + found for own, found in zip(group.squares, about, strict=True))
    least = np.where(inside, group.least, np.iinfo(np.int64).max).min(axis=1)
    most = np.where(inside, group.most, -1).max(axis=1)
    return residual(xx, xy, yy, least >= most)


def sloped(mesa: np.ndarray, base: np.ndarray, rank: np.ndarray, unit: np.ndarray, units: int, level: np.ndarray) -> Extra:
    """T of u = aĝ + b_ω with one a ≥ 0: slopes only, everything centred level by level."""

    def loss(inside: np.ndarray, own: Moments) -> np.ndarray:
        flat = np.logical_not((inside & (own.least < own.most)).any(axis=1))
        xx, xy, yy = (within(inside, squares) for squares in own.squares)
        return residual(xx, xy, yy, flat)

    whole, own = moments(mesa, base, rank, level), moments(mesa, base, rank, unit)
    joint = loss(np.ones((1, len(whole.at)), bool), whole)

    def extra(labels: np.ndarray) -> np.ndarray:
        some = (inside[:, own.at] for inside in parts(labels, units, AT_HAND))
        return np.concatenate([joint - (loss(inside, own) + loss(~inside, own)) for inside in some])

    return extra


def residual(xx: np.ndarray, xy: np.ndarray, yy: np.ndarray, flat: np.ndarray) -> np.ndarray:
    """Sum of squares left by the best slope a ≥ 0, from centred sums of squares and products; 0 is the slope where `flat`."""
    flat = flat | (xx < TINY)
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
            totals, counts = np.ascontiguousarray(totals), np.ascontiguousarray(counts)  # one order of adding in any batch
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
