"""All the ways to say which levels are train and which deploy: what a permutation test of the shift compares.

A unit is a level in a split. Levels that occur in one split are exchanged among each other, the number of deploy levels
kept. A level that occurs in both splits (a shift of budget or horizon) is one level: its two sides are exchanged with each
other and with nothing else.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from .checks import SampleError

__all__ = ["Labels", "labels_of", "permutation_p", "within"]

BATCH = 4_000_000  # labels at once


@dataclass(frozen=True, eq=False)
class Labels:
    """Units with their split labels.

    Attributes:
        deploy: `[U]` bool: the label that was observed.
        single: `[F]` units of levels that occur in one split.
        pairs: `[Q, 2]` (train side, deploy side) of levels that occur in both.
    """

    deploy: np.ndarray
    single: np.ndarray
    pairs: np.ndarray

    @property
    def assignments(self) -> int:
        """Number of different label assignments, the observed one included."""
        return math.comb(len(self.single), int(self.deploy[self.single].sum())) * 2 ** len(self.pairs)

    def every(self) -> Iterator[np.ndarray]:
        """All assignments, as `[B, U]` bool, some at a time."""
        singles = itertools.combinations(self.single, int(self.deploy[self.single].sum()))
        swaps = itertools.product((False, True), repeat=len(self.pairs))
        both = itertools.product(list(singles), list(swaps))
        step = max(BATCH // len(self.deploy), 1)
        while chunk := list(itertools.islice(both, step)):
            labels = np.zeros((len(chunk), len(self.deploy)), bool)
            for row, (chosen, swap) in zip(labels, chunk, strict=True):
                row[list(chosen)] = True
                self.put_pairs(row[None], np.array(swap, bool)[None])
            yield labels

    def drawn(self, rng: np.random.Generator, count: int) -> Iterator[np.ndarray]:
        """`count` random assignments, as `[B, U]` bool, some at a time."""
        step = max(BATCH // len(self.deploy), 1)
        for start in range(0, count, step):
            size = min(step, count - start)
            labels = np.zeros((size, len(self.deploy)), bool)
            labels[:, self.single] = rng.permuted(np.tile(self.deploy[self.single], (size, 1)), axis=1)
            self.put_pairs(labels, rng.random((size, len(self.pairs))) < 0.5)
            yield labels

    def put_pairs(self, labels: np.ndarray, swap: np.ndarray) -> None:
        """Writes the labels of both sides into `[B, U]`, exchanged where `[B, Q]` says so."""
        labels[:, self.pairs[:, 0]] = swap
        labels[:, self.pairs[:, 1]] = ~swap


def labels_of(level: np.ndarray, deploy: np.ndarray) -> Labels:
    """Labels of units.

    Args:
        level: `[U]` level of each unit; at most one unit per level and split.
        deploy: `[U]` bool, true where the unit is the level's deployment side.

    Returns:
        The units, paired where a level has two.

    Raises:
        SampleError: a level twice in one split, or a split without levels.
    """
    if deploy.all() or not deploy.any():
        side = "train" if deploy.all() else "deploy"
        raise SampleError(f"No {side} level to compare with: give rows or values of both splits.")
    order = np.lexsort((deploy, level))
    if np.any((level[order][1:] == level[order][:-1]) & (deploy[order][1:] == deploy[order][:-1])):
        raise SampleError("A level occurs twice in one split: give one number per level and split, such as its mean.")
    first = np.flatnonzero(level[order][1:] == level[order][:-1])
    pairs = np.stack([order[first], order[first + 1]], axis=1)
    single = np.setdiff1d(np.arange(len(level)), pairs.ravel())
    return Labels(deploy, single, pairs)


def within(inside: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """`[B]` sums of the `[U]` or `[B, U]` numbers where `[B, U]` is true, to the same bits in any batch (BLAS would differ)."""
    return np.ascontiguousarray(np.where(inside, numbers, 0.0)).sum(axis=1)


def permutation_p(
    statistic: Callable[[np.ndarray], np.ndarray],
    labels: Labels,
    rng: np.random.Generator,
    permutations: int,
    slip: float,
) -> tuple[float, float, int]:
    """Share of label assignments whose statistic is at least the observed one.

    All assignments where there are at most `permutations` + 1, else (1 + #{T* ≥ T}) / (1 + B) over B random ones: at most α
    with probability at most α either way, if the labels are exchangeable (Phipson and Smyth 2010).

    Args:
        statistic: maps `[B, U]` bool labels to `[B]` numbers, large against the null; each depends on its own labels alone.
        labels: the units.
        rng: randomness.
        permutations: number of random assignments B.
        slip: rounding error of the statistic; differences below it are ties, which count against significance.

    Returns:
        (observed statistic, p-value, number of assignments compared).
    """
    observed = float(statistic(labels.deploy[None])[0])
    exact = labels.assignments <= permutations + 1
    drawn = labels.every() if exact else labels.drawn(rng, permutations)
    reached, count = (0, 0) if exact else (1, 1)
    for some in drawn:
        reached += int(np.count_nonzero(statistic(some) >= observed - slip))
        count += len(some)
    return observed, max(reached, 1) / count, count  # the observed assignment is one of those compared
