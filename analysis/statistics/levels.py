"""Regret and Kendall τ_b of each level: the grades of the CHOICE and the ORDER relation, and the data of all else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.stats import kendalltau

from ..choice import choice
from ..maps.columns import check_tolerance, read_column
from ..rows import SPLITS, ValueRow, ValueTable, as_table

__all__ = ["PerLevel", "per_level"]


@dataclass(frozen=True, eq=False)
class PerLevel:
    """One entry for each level and split in which it occurs, sorted by level, train before deploy.

    Attributes:
        level: `[M]` codes into `level_names`; a level that occurs in both splits has two entries.
        deploy: `[M]` bool, true where the entry is the level's deployment side.
        regret: `[M]` tie-worst normalised regret in [0, 1], as `choice` defines it: the grade of CHOICE. 0 means that
            whatever the agent likes best is best.
        tau_b: `[M]` Kendall's τ_b in [−1, 1] between mesa and base over the level's representable outcomes: the grade
            of ORDER. 1 means the same preorder, ties included. NaN where it is undefined because mesa or base is
            constant there (or one outcome is left): such a level says nothing of order, and is left out and counted.
        outcomes: `[M]` number of outcomes compared.
        level_names: names by code.
    """

    level: np.ndarray
    deploy: np.ndarray
    regret: np.ndarray
    tau_b: np.ndarray
    outcomes: np.ndarray
    level_names: Sequence[str] = field(repr=False)

    def __len__(self) -> int:
        return len(self.level)

    @property
    def split(self) -> np.ndarray:
        """`[M]` `"train"` or `"deploy"`."""
        return np.array(SPLITS)[self.deploy.astype(int)]

    @property
    def undefined(self) -> int:
        """Number of entries without a τ_b."""
        return int(np.isnan(self.tau_b).sum())


def per_level(
    rows: Iterable[ValueRow] | ValueTable, *, representable_only: bool = False, tol: float = 1e-9
) -> PerLevel:
    """Grades each level by tie-worst regret (CHOICE) and Kendall's τ_b (ORDER), docs/objectives.md, section 3.

    Whether ORDER holds exactly is `decide(rows, "per_level_increasing")`; τ_b says how nearly. Mesa and base are
    snapped once over all rows, so that ties here are the ties of `decide` and `choice`. Takes about 0.3 ms a level.

    Args:
        rows: ValueRows in any order, or a ValueTable.
        representable_only: leave out rows with mesa=None from the regret too, and levels that have no others. τ_b never
            looks at them: cannot represent is not dislikes.
        tol: float tolerance as in `decide`.

    Returns:
        The grades, one entry per level and split.

    Raises:
        EmptyError: no rows.
        RowError: a row or column is malformed.
        SnapError: two floats are neither equal nor different at `tol`.

    Sources: Kendall (1945), *The treatment of ties in ranking problems* (τ_b), by `scipy.stats.kendalltau`.
    """
    tol = check_tolerance(tol)
    table = as_table(rows)
    base = read_column(table.base, table.base_denominator, "base", tol)
    mesa = np.full(len(table), -1, np.int64)
    liked = np.flatnonzero(table.representable)
    mesa[liked] = read_column(table.mesa[liked], table.mesa_denominator, "mesa", tol).code
    kept = liked if representable_only else np.arange(len(table))
    unit = table.level[kept].astype(np.int64) * 2 + table.deploy[kept]
    order = kept[np.argsort(unit, kind="stable")]
    units, starts = np.unique(np.sort(unit), return_index=True)
    regret, tau = np.zeros(len(units)), np.full(len(units), np.nan)
    for at, inside in enumerate(np.split(order, starts[1:]) if len(units) else []):
        deploy = bool(units[at] % 2)
        alone = ValueTable(
            level=np.zeros(len(inside), np.int64),
            deploy=np.full(len(inside), deploy),
            mesa=mesa[inside],
            base=base.values[base.code[inside]],
            base_denominator=base.denominator,
            representable=table.representable[inside],
        )
        regret[at] = choice(alone, SPLITS[deploy], tol=tol).worst_regret
        ranked = inside[table.representable[inside]]
        tau[at] = order_grade(mesa[ranked], base.code[ranked])
    counts = np.diff(np.append(starts, len(order)))
    return PerLevel(units // 2, units % 2 == 1, regret, tau, counts, table.level_names)


def order_grade(mesa: np.ndarray, base: np.ndarray) -> float:
    """Kendall's τ_b of two rankings, NaN where one of them is constant."""
    if len(mesa) < 2 or np.ptp(mesa) == 0 or np.ptp(base) == 0:
        return float("nan")
    result: Any = kendalltau(mesa, base)  # its asymptotic p-value alone fails on two outcomes
    found = float(result.statistic)
    return float(np.sign(found)) if abs(abs(found) - 1) < 1e-12 else found
