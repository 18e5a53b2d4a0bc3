"""Is what the agent likes best also best for the base objective? Tie-worst choice regret, level by level."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from .agree import share
from .errors import EmptyError, unknown_name
from .maps.columns import check_tolerance, ratio, read_column
from .maps.protocol import rounded
from .rows import SPLITS, ValueRow, ValueTable, as_table

__all__ = ["Choice", "choice"]


@dataclass(frozen=True)
class Choice:
    """What `choice` found in one split.

    Attributes:
        split: `"train"` or `"deploy"`.
        optimal: every mesa-optimal row is base-optimal in every level; the same as `raw_regret == 0`.
        worst_regret: largest over levels of (best base − worst base among mesa-optimal rows) / (best − worst base of
            the level's rows), in [0, 1]; 0 in a level of constant base.
        raw_regret: largest over levels of the same undivided, in reward per episode.
        worst_level: id of a level of the largest `worst_regret` (the first in the input), or None where there is none.
        chosen: that level's mesa-optimal row of worst base, or None where the level has no representable row.
        chosen_index: its index into the input.
        better: that level's row of best base.
        better_index: its index into the input.
        levels: number of levels compared.
        optimal_levels: number of them in which every mesa-optimal row is base-optimal.
        coverage: share of the split's rows that are representable; 1.0 where it has no rows.
    """

    split: str
    optimal: bool
    worst_regret: float
    raw_regret: float
    worst_level: str | None
    chosen: ValueRow | None
    chosen_index: int | None
    better: ValueRow | None
    better_index: int | None
    levels: int
    optimal_levels: int
    coverage: float


def choice(
    rows: Iterable[ValueRow] | ValueTable, split: str, *, representable_only: bool = False, tol: float = 1e-9
) -> Choice:
    """The CHOICE relation of docs/objectives.md, section 3: argmax mesa ⊆ argmax base within each level, graded by regret.

    Strict by default: an outcome that no visited plan reaches (mesa=None) is never chosen but counts among the level's
    best and worst. In a level without any representable row the agent can choose nothing and is charged the level's
    worst outcome. An empty deploy split is vacuously optimal, with `levels == 0`.

    Args:
        rows: ValueRows in any order, or a ValueTable; only those of `split` are compared.
        split: `"train"` or `"deploy"`.
        representable_only: leave out rows with mesa=None, and levels that have no others (the lenient verdict).
        tol: float tolerance as in `decide`: ties of mesa and of base are ties of clusters.

    Returns:
        The regret and the pair of rows that shows it.

    Raises:
        EmptyError: no rows, or no train rows where `split` is `"train"`.
        RowError: a row or column is malformed.
        SnapError: two floats are neither equal nor different at `tol`.
        UnknownNameError: no such split.
    """
    if split not in SPLITS:
        raise unknown_name("split", split, SPLITS)
    tol = check_tolerance(tol)
    table = as_table(rows)
    side = table.deploy if split == "deploy" else ~table.deploy
    if split == "train" and not side.any():
        raise EmptyError("No train rows to choose from: all rows have split 'deploy'. Ask for choice(rows, 'deploy').")
    coverage = share(table.representable, side)
    row = np.flatnonzero(side & table.representable if representable_only else side)
    if not len(row):
        return Choice(split, True, 0.0, 0.0, None, None, None, None, None, 0, 0, coverage)
    base = read_column(table.base, table.base_denominator, "base", tol)
    liked = np.flatnonzero(table.representable)
    mesa_code = np.full(len(table), -1, np.int64)
    mesa_code[liked] = read_column(table.mesa[liked], table.mesa_denominator, "mesa", tol).code
    # By level, then most liked first, then worst base first: each level opens with what it is charged for, which is
    # its worst outcome where nothing is representable (all its mesa codes are −1).
    order = row[np.lexsort((base.code[row], -mesa_code[row], table.level[row]))]
    level, worth = table.level[order], base.code[order]
    starts = np.flatnonzero(np.concatenate(([True], level[1:] != level[:-1])))
    best, worst = np.maximum.reduceat(worth, starts), np.minimum.reduceat(worth, starts)
    nothing = mesa_code[order[starts]] < 0
    lost, span = base.values[best] - base.values[worth[starts]], base.values[best] - base.values[worst]
    regret = np.where(span > 0, ratio(lost, np.maximum(span, 1)), 0.0)
    first_row = np.minimum.reduceat(order, starts)
    at = int(np.lexsort((first_row, -regret))[0])
    end = starts[at + 1] if at + 1 < len(starts) else len(order)
    inside = order[starts[at] : end]
    chosen = None if nothing[at] else int(inside[0])
    better = int(inside[np.argmax(worth[starts[at] : end] == best[at])])
    return Choice(
        split=split,
        optimal=not np.any(lost),
        worst_regret=float(regret[at]),
        raw_regret=rounded(Fraction(int(lost.max()), base.denominator)),
        worst_level=table.level_names[int(level[starts[at]])],
        chosen=None if chosen is None else table.row(chosen),
        chosen_index=chosen,
        better=table.row(better),
        better_index=better,
        levels=len(starts),
        optimal_levels=int(np.count_nonzero(lost == 0)),
        coverage=coverage,
    )
