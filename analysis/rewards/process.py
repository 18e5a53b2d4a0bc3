"""The finite decision process that rewards are compared on, and a reward as rows plus sparse entries.

ValueError
└── AnalysisError          anything the analysis refuses (`analysis/errors.py`)
    └── RewardError        what the reward measures refuse: a shape, a probability, a number, a discount
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ..errors import AnalysisError

__all__ = ["Floats", "Indices", "Matrix", "Process", "RewardError", "RewardTable", "entries_of", "rounding_floor"]

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Matrix: TypeAlias = Any
"""A `scipy.sparse.csr_array`; SciPy ships no types that a checker can follow."""

ROUNDINGS = 64 * float(np.finfo(float).eps)


class RewardError(AnalysisError):
    """A transition, reward, distribution or discount that the reward measures cannot read."""


@dataclass(frozen=True, eq=False)
class Process:
    """The dynamics of a Markov decision process.

    Attributes:
        transition: `[S * A, S]` probability of landing in s' (row s * A + a), sorted, no stored zeros, rows sum to 1.
        n_states: S.
        n_actions: A.
    """

    transition: Matrix
    n_states: int
    n_actions: int

    def mean_over_actions(self, weight: Floats) -> Matrix:
        """`[S, S]` chain of the policy that takes action a in state s with probability `weight` (`[S, A]`)."""
        cells = np.arange(weight.size)
        starts = np.append(cells[:: self.n_actions], weight.size)
        picks = sparse.csr_array((weight.ravel(), cells, starts), shape=(self.n_states, weight.size))
        return sparse.csr_array(picks @ self.transition)

    def rows_of(self, policy: Indices) -> Indices:
        """`[S]` row s * A + policy[s] of each state."""
        return np.arange(self.n_states) * self.n_actions + policy


@dataclass(frozen=True, eq=False)
class RewardTable:
    """A reward R(s, a, s') = rows(s, a) + entries(s, a, s').

    Attributes:
        rows: `[S * A]` reward per step that does not depend on s'.
        entries: `[S * A, S]` what is paid on top of that, 0 where nothing is stored; sorted.
        n_states: S.
        n_actions: A.
    """

    rows: Floats
    entries: Matrix
    n_states: int
    n_actions: int

    def expected(self, transition: Matrix) -> Floats:
        """`[S * A]` r(s, a) = E[R(s, a, S')], blind to impossible transitions."""
        return self.rows + np.asarray(self.entries.multiply(transition).sum(axis=1)).ravel()

    def at(self, row: Indices, column: Indices) -> Floats:
        """`[N]` reward at transitions (`[N]` rows s * A + a, `[N]` s')."""
        if not self.entries.nnz:
            return self.rows[row]
        return self.rows[row] + np.asarray(self.entries[row, column]).ravel()

    def absolute(self) -> RewardTable:
        """An upper bound of |R| in the same form: |rows| + |entries|."""
        return RewardTable(np.abs(self.rows), sparse.csr_array(abs(self.entries)), self.n_states, self.n_actions)


def rounding_floor(scale: float, discount: float, longest: float = np.inf) -> float:
    """What 64 roundings of rewards of size `scale` amount to over the effective horizon 1 / (1 − γ), in reward.

    A reward whose canonical form is nowhere above its floor is trivial: it cannot be told from shaping by a potential
    as large as scale / (1 − γ), of which only rounded values were stored.

    Args:
        scale: size of the rewards that were summed, reward per step.
        discount: γ.
        longest: cap on the horizon, in steps, for measures that admit γ = 1.
    """
    return ROUNDINGS * scale * min(1 / (1 - discount) if discount < 1 else np.inf, longest)


def entries_of(matrix: Matrix) -> tuple[Indices, Indices]:
    """(`[N]` row, `[N]` column) of the stored entries, in order."""
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return rows, matrix.indices.astype(np.int64)
