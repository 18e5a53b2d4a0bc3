"""The distinct (group, mesa, base) triples of a table: all that a map class ever needs to look at.

A group is the part of the rows on which a class uses one map: everything, a cue, or a level. Points are sorted by
(group, mesa, base), so every decision is one pass over neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Literal

import numpy as np

from ..rows import ValueTable
from .columns import Column, read_column

__all__ = ["Grouping", "Points", "Sample", "Sided", "read_sample", "unequal_products"]

PRODUCT_ROOM = 2**55  # see unequal_products
Grouping = Literal["pool", "cue", "level", "menu"]


class Sided:
    """Which side points are on, and which rows they stand for."""

    train_row: np.ndarray
    deploy_row: np.ndarray

    @property
    def in_train(self) -> np.ndarray:
        """`[P]` bool: some train row is at the point."""
        return self.train_row >= 0

    @property
    def in_deploy(self) -> np.ndarray:
        """`[P]` bool: some deploy row is at the point."""
        return self.deploy_row >= 0

    def row_of(self, point: int) -> int:
        """Index of a row at the point, a train row where there is one."""
        return int(self.train_row[point] if self.train_row[point] >= 0 else self.deploy_row[point])


@dataclass(frozen=True, eq=False)
class Points(Sided):
    """`P` distinct points, sorted by group, then mesa, then base.

    Attributes:
        group: `[P]` int64 group of each point.
        mesa: `[P]` int64 rank of its mesa value in `mesa_column`.
        base: `[P]` int64 rank of its base value in `base_column`.
        train_row: `[P]` index of the first train row at the point, −1 if none.
        deploy_row: `[P]` index of the first deploy row at the point, −1 if none.
        deploy_count: `[P]` number of deploy rows at the point.
        mesa_column: the ranked mesa values of all representable rows.
        base_column: the ranked base values of all representable rows.
        by: what a group is.
        group_names: name of each group, by its number; empty for `"pool"`.
    """

    group: np.ndarray
    mesa: np.ndarray
    base: np.ndarray
    train_row: np.ndarray
    deploy_row: np.ndarray
    deploy_count: np.ndarray
    mesa_column: Column
    base_column: Column
    by: Grouping
    group_names: Sequence[Hashable]

    def __len__(self) -> int:
        return len(self.group)

    def select(self, mask: np.ndarray | slice) -> Points:
        """The points under a `[P]` mask or slice, order kept."""
        names = ("group", "mesa", "base", "train_row", "deploy_row", "deploy_count")
        return replace(self, **{name: getattr(self, name)[mask] for name in names})

    def of_group(self, group: int) -> Points:
        """The points of one group."""
        low, high = np.searchsorted(self.group, [group, group + 1])
        return self.select(slice(int(low), int(high)))

    @cached_property
    def starts(self) -> np.ndarray:
        """`[S]` index of the first point of each group present."""
        return np.flatnonzero(np.concatenate(([True], self.group[1:] != self.group[:-1]))[: len(self)])

    @cached_property
    def ends(self) -> np.ndarray:
        """`[S]` index of the last point of each group present."""
        return np.append(self.starts[1:], len(self))[: len(self.starts)] - 1

    @cached_property
    def segment(self) -> np.ndarray:
        """`[P]` position of the point's group among the groups present."""
        return np.repeat(np.arange(len(self.starts)), self.ends - self.starts + 1)

    @cached_property
    def runs(self) -> np.ndarray:
        """`[R]` index of the first point of each run of one group and one mesa value."""
        new = (self.group[1:] != self.group[:-1]) | (self.mesa[1:] != self.mesa[:-1])
        return np.flatnonzero(np.concatenate(([True], new))[: len(self)])

    @cached_property
    def run_ends(self) -> np.ndarray:
        """`[R]` index of the last point of each run."""
        return np.append(self.runs[1:], len(self))[: len(self.runs)] - 1

    @property
    def exact(self) -> bool:
        """Whether both columns are exact numbers."""
        return self.mesa_column.exact and self.base_column.exact

    @property
    def allowance(self) -> float:
        """How far a base value may be from where a map puts it: 0 for exact numbers, reward per episode."""
        return 0.0 if self.exact else self.base_column.allowance

    def line_allowance(self, slope: Fraction) -> float:
        """`allowance`, and what the rounding of mesa values adds to it along a line of this slope."""
        try:
            return self.allowance + float(abs(slope)) * self.mesa_column.rounding
        except OverflowError:
            return math.inf

    @property
    def stride(self) -> Fraction:
        """A base difference that no rounding hides: 1, or the size of the largest base value if that is more."""
        ends = (abs(self.base_column.fraction(code)) for code in (0, -1))
        return max(Fraction(1), *ends)

    def cross_values(self) -> tuple[np.ndarray, np.ndarray]:
        """(`[K]` mesa, `[L]` base numerators) in a dtype whose differences `unequal_products` can multiply."""
        mesa, base = self.mesa_column, self.base_column
        if max(mesa.span, base.span) < PRODUCT_ROOM and mesa.values.dtype != object != base.values.dtype:
            return mesa.values, base.values
        return mesa.values.astype(object), base.values.astype(object)


@dataclass(frozen=True, eq=False)
class Sample:
    """A table's representable rows with ranked columns, ready to be grouped in any way.

    Attributes:
        table: the rows.
        row: `[M]` indices of the representable rows.
        mesa: their ranked mesa values, in row order.
        base: their ranked base values, in row order.
    """

    table: ValueTable
    row: np.ndarray
    mesa: Column
    base: Column

    def points(self, by: Grouping, within_level: bool = False) -> Points:
        """The distinct points under a grouping.

        Args:
            by: what a group is: all rows, those of a cue, of a level, or of one split of a level (a menu).
            within_level: split the groups further by level, to look for a refutation inside one level.
        """
        table, row = self.table, self.row
        level = table.level[row].astype(np.int64)
        if by == "menu":
            group = 2 * level + table.deploy[row]
        else:
            group = {"pool": np.zeros(len(row), np.int64), "cue": table.cue[row], "level": level}[by].astype(np.int64)
        if within_level and by in ("pool", "cue"):
            group = group * (int(table.level.max()) + 1) + level
        names = {"pool": (), "cue": table.cue_names, "level": table.level_names, "menu": table.level_names}[by]
        order, new = sorted_keys(group, self.mesa, self.base)
        starts = np.flatnonzero(new)
        train_row, deploy_row, deploy_count = tallied(row[order], table.deploy[row[order]], starts)
        at = order[starts]
        return Points(
            group=group[at],
            mesa=self.mesa.code[at],
            base=self.base.code[at],
            train_row=train_row,
            deploy_row=deploy_row,
            deploy_count=deploy_count,
            mesa_column=self.mesa,
            base_column=self.base,
            by=by,
            group_names=names,
        )


def tallied(
    index: np.ndarray, deploy: np.ndarray, starts: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(`[P]` first train row, `[P]` first deploy row, −1 if none, `[P]` number of deploy rows) of runs of sorted rows.

    Args:
        index: `[M]` index of each sorted row into the table.
        deploy: `[M]` bool, true for deploy rows.
        starts: `[P]` where each run begins.
    """
    if not len(starts):
        return index, index, index
    beyond = int(index.max()) + 1
    firsts = [np.minimum.reduceat(np.where(wanted, index, beyond), starts) for wanted in (~deploy, deploy)]
    train_row, deploy_row = (np.where(first == beyond, -1, first) for first in firsts)
    return train_row, deploy_row, np.add.reduceat(deploy.astype(np.int64), starts)


def unequal_products(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    """`[P]` bool: whether a · b ≠ c · d, exactly.

    On int64 below 2⁵⁵ in size the difference is taken twice, modulo 2⁶⁴ and in doubles (wrong by less than 2⁶²): it is
    zero just where the first is 0 and the second is small. Python ints (object arrays) are multiplied as they are.
    """
    if object in (a.dtype, b.dtype, c.dtype, d.dtype):
        return np.asarray(a * b != c * d, bool)
    return (a * b != c * d) | (np.abs(a.astype(float) * b - c.astype(float) * d) > 2.0**63)


def read_sample(table: ValueTable, tol: float) -> Sample:
    """Ranks the mesa and base columns of a table's representable rows; floats are snapped, each column separately."""
    row = np.flatnonzero(table.representable)
    mesa = read_column(table.mesa[row], table.mesa_denominator, "mesa", tol)
    base = read_column(table.base[row], table.base_denominator, "base", tol)
    return Sample(table, row, mesa, base)


def sorted_keys(group: np.ndarray, mesa: Column, base: Column) -> tuple[np.ndarray, np.ndarray]:
    """(`[M]` order by (group, mesa, base), `[M]` bool true where a new triple begins in that order)."""
    groups = int(group.max()) + 1 if len(group) else 1
    sizes = [groups, max(len(mesa.values), 1), max(len(base.values), 1)]
    return sorted_rows([group, mesa.code, base.code], sizes)


def sorted_rows(codes: list[np.ndarray], sizes: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """(`[M]` order by these columns of ranks (`[M]` each), `[M]` bool true where a new row begins in that order)."""
    if prod(map(int, sizes)) < 2**62:
        key = np.zeros(len(codes[0]), np.int64)
        for code, size in zip(codes, sizes, strict=True):
            key = key * size + code
        order = np.argsort(key)
        key = key[order]
        return order, np.concatenate(([True], key[1:] != key[:-1]))[: len(key)]
    order = np.lexsort(codes[::-1])
    new = np.zeros(len(order), bool)
    new[:1] = True
    for code in codes:
        new[1:] |= code[order][1:] != code[order][:-1]
    return order, new
