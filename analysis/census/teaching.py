"""Teaching sets: the fewest levels that only robust objectives pass.

Given which objectives are optimal on which levels of a pool, a *teaching set* is a subset of the pool such that every
objective that is optimal on all of the subset is optimal on all of the pool. Each objective that fails somewhere must fail
on a level of the subset, so the smallest subset is a smallest set cover (the teaching dimension of Goldman and Kearns
1995, here for one concept: "robust on this pool").
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt

NODES = 20_000
"""Nodes of branch and bound after which the search for a smallest set gives up and reports a bound."""


@dataclass(frozen=True)
class TeachingSet:
    """A small set of levels that tells robust objectives from all others.

    Attributes:
        levels: indices into the pool, ascending: the smallest set found.
        greedy: what greedy choice finds: always the level on which most of the remaining objectives fail.
        least: no teaching set has fewer levels than this.
        robust: objectives that are optimal on the whole pool.
        told_apart: objectives that are not, each of which fails on a level of the set.
    """

    levels: tuple[int, ...]
    greedy: tuple[int, ...]
    least: int
    robust: int
    told_apart: int

    @property
    def smallest(self) -> bool:
        """Whether it is proved that no smaller set will do."""
        return len(self.levels) == self.least


def teaching_set(optimal: npt.ArrayLike, nodes: int = NODES) -> TeachingSet:
    """A smallest set of levels that leaves only objectives which are optimal on all levels.

    Args:
        optimal: `[K, L]` whether each objective is optimal on each level of the pool; bools, or 0 and 1.
        nodes: nodes of branch and bound to spend; 0 leaves it at the greedy set.

    Returns:
        The set, with a lower bound on the size of any. The bound comes from an integer program, `least cost x with
        A x ≥ 1` over levels x in {0, 1}, solved by HiGHS in floating point and rounded up; the set itself is checked in
        whole numbers.

    Raises:
        ValueError: anything else than a table of bools, or of 0 and 1.
    """
    optimal = as_table(optimal)
    failing = ~optimal[~optimal.all(axis=1)]
    told_apart, robust = len(failing), len(optimal) - len(failing)
    if not told_apart:
        return TeachingSet((), (), 0, robust, 0)
    hard = _hardest(failing)
    greedy = _greedy(hard)
    levels, least = _smallest(hard, greedy, nodes) if nodes and len(greedy) > 1 else (greedy, 1)
    if not failing[:, list(levels)].any(axis=1).all():
        raise RuntimeError(
            f"Levels {levels} do not tell all objectives apart; please report this with the settings used."
        )
    return TeachingSet(levels, greedy, least, robust, told_apart)


def as_table(optimal: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """`[K, L]` the table as bools.

    Raises:
        ValueError: it is no such table.
    """
    wanted = "allowed is a table of bools (or of 0 and 1), one row for each objective and one column for each level"
    try:
        table = np.asarray(optimal)
    except ValueError:
        raise ValueError(f"optimal has rows of different lengths; {wanted}.") from None
    if table.ndim != 2:
        raise ValueError(f"optimal has shape {table.shape}; {wanted}.")
    if table.dtype != bool and not (table.dtype.kind in "iuf" and np.isin(table, (0, 1)).all()):
        raise ValueError(f"optimal holds other values than bools ({table.dtype}); {wanted}.")
    return table.astype(bool)


def _hardest(failing: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """`[U, L]` the rows that no other row is part of: who is caught by them catches all."""
    rows = np.unique(failing, axis=0)
    rows = rows[np.argsort(rows.sum(axis=1), kind="stable")]
    kept = np.zeros((0, rows.shape[1]), dtype=bool)
    for row in rows:
        if not (~kept | row).all(axis=1).any():
            kept = np.vstack([kept, row])
    return kept


def _greedy(rows: npt.NDArray[np.bool_]) -> tuple[int, ...]:
    """Levels in ascending order; among equally good ones the first is taken."""
    taken: list[int] = []
    while len(rows):
        taken.append(int(rows.sum(axis=0).argmax()))
        rows = rows[~rows[:, taken[-1]]]
    return tuple(sorted(taken))


def _smallest(rows: npt.NDArray[np.bool_], greedy: tuple[int, ...], nodes: int) -> tuple[tuple[int, ...], int]:
    """The smallest cover found, at worst the greedy one, and a lower bound."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    found = milp(
        np.ones(rows.shape[1]),
        constraints=LinearConstraint(csr_array(rows.astype(float)), lb=1),
        integrality=1,
        bounds=Bounds(0, 1),
        options={"node_limit": nodes},
    )
    bound = found.mip_dual_bound
    least = ceil(bound - 1e-6) if bound is not None and np.isfinite(bound) else 1
    levels = greedy if found.x is None else tuple(np.flatnonzero(found.x > 0.5).tolist())
    if len(levels) >= len(greedy) or not rows[:, list(levels)].any(axis=1).all():
        levels = greedy
    return levels, max(1, min(least, len(levels)))
