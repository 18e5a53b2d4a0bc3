"""The two sparse linear systems behind everything here: discounted values of a policy, and the nearest shaping.

Elimination is tried where it looks cheap: on maps it is, whatever the discount. Where states are so well mixed that
elimination fills up, Krylov iterations converge in a few dozen steps instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import linalg, sparse
from scipy.sparse.csgraph import reverse_cuthill_mckee
from scipy.sparse.linalg import aslinearoperator, bicgstab, lsmr, splu

from .process import Floats, Indices, Matrix, Process, RewardError

__all__ = ["Chain", "ShapingFit"]

NARROW = 1_500  # bandwidth up to which elimination is tried first: a 2-D map of 10⁵ cells stays below
SMALL = 500  # states up to which it is always tried first
KRYLOV_STEPS = 1_000
DENSE_CELLS = 2e7  # size up to which a well-filled least-squares matrix is made dense
EPS = float(np.finfo(float).eps)

Solver = Callable[[Floats], Floats]


class Chain:
    """I − γP for the chain `[S, S]` of one policy, factorised once.

    Answers are polished by sweeps until no state's equation is off by more than some roundings of its own terms, so
    that states far from every reward keep all their digits.
    """

    def __init__(self, chain: Matrix, discount: float) -> None:
        self.chain, self.discount = chain, discount
        system: Matrix = sparse.csc_array(sparse.eye_array(chain.shape[0]) - discount * chain)
        self._system = system
        self._factor = factorised(system) if looks_cheap(system) else None

    def values(self, pay: Floats) -> Floats:
        """V = pay + γPV, for `[S]` or `[S, N]` pay per step."""
        if pay.ndim == 2:
            return np.stack([self.values(column) for column in pay.T], axis=1)
        first = self._factor.solve(pay) if self._factor else krylov(self._system, pay)
        return self._polished(first, pay, self.chain)

    def visits(self, start: Floats) -> Floats:
        """`[S]` expected discounted number of visits Σ γ^t P(S_t = s) from the distribution `start` (`[S]`)."""
        turned = sparse.csr_array(self.chain.T)
        first = self._factor.solve(start, trans="T") if self._factor else krylov(self._system.T, start)
        return np.maximum(self._polished(first, start, turned), 0)

    def _polished(self, values: Floats, pay: Floats, chain: Matrix) -> Floats:
        room = (8 + int(np.diff(chain.indptr).max())) * EPS
        for _ in range(math.ceil(50 / (1 - self.discount))):
            again = pay + self.discount * (chain @ values)
            size = np.abs(pay) + self.discount * (chain @ np.abs(values))
            if np.all(np.abs(again - values) <= room * size):
                break
            values = again
        return values


class ShapingFit:
    """Potentials φ that minimise ‖w · (r + γTφ − φ)‖₂ over (s, a), for any number of rewards r.

    Args:
        process: the dynamics.
        discount: γ, below 1, so that the minimiser is unique.
        weight: `[S * A]` positive w.
        pinned: states of potential 0.
    """

    def __init__(self, process: Process, discount: float, weight: Floats, pinned: Indices) -> None:
        n_states, n_actions = process.n_states, process.n_actions
        rows = np.arange(n_states * n_actions)
        stay = sparse.csr_array((np.ones(len(rows)), (rows, rows // n_actions)), shape=process.transition.shape)
        self.free = np.setdiff1d(np.arange(n_states), pinned)
        self.n_states, self.weight = n_states, weight
        change = sparse.csr_array(discount * process.transition - stay)[:, self.free]
        self.matrix: Matrix = sparse.csr_array(sparse.diags_array(weight) @ change)
        self.turned: Matrix = sparse.csr_array(self.matrix.T)
        self._normal = normal_solver(self.matrix, self.turned, always=False)

    def potential(self, reward: Floats) -> Floats:
        """`[S]` minimising potential for a reward r(s, a) (`[S * A]`)."""
        target = -self.weight * reward
        potential = np.zeros(self.n_states)
        if not len(self.free) or not target.any():
            return potential
        if self._normal is None:
            found = self._iterated(target)
            if found is None:
                self._normal = normal_solver(self.matrix, self.turned, always=True)
            else:
                potential[self.free] = found
        if self._normal is not None:
            potential[self.free] = self._refined(self._normal, target)
        return potential

    def _refined(self, solver: Solver, target: Floats) -> Floats:
        """Normal equations on what is left, a few times: their condition then costs no digits."""
        found, best = np.zeros(len(self.free)), math.inf
        for _ in range(8):
            step = solver(self.turned @ (target - self.matrix @ found))
            change = float(np.abs(self.matrix @ step).max())
            if not change < best / 2:
                break
            found, best = found + step, change
        return found

    def _iterated(self, target: Floats) -> Floats | None:
        scale = 1 / np.sqrt(np.asarray(self.matrix.multiply(self.matrix).sum(axis=0)).ravel())
        operator = aslinearoperator(sparse.csr_array(self.matrix @ sparse.diags_array(scale)))
        found, why, *_ = lsmr(operator, target, atol=1e-15, btol=1e-15, conlim=0, maxiter=KRYLOV_STEPS)
        return scale * found if why != 7 else None


def normal_solver(matrix: Matrix, turned: Matrix, always: bool) -> Solver | None:
    """Solver of MᵀM x = b; None where elimination does not look cheap, unless it must be tried."""
    cells, row_sizes = math.prod(matrix.shape), np.diff(matrix.indptr).astype(float)
    if cells <= DENSE_CELLS and matrix.nnz > 0.05 * cells:
        dense = matrix.toarray()
        try:
            factor = linalg.cho_factor(dense.T @ dense)
        except linalg.LinAlgError:
            return None
        return lambda b: linalg.cho_solve(factor, b)
    if not always and (row_sizes**2).sum() > 64 * matrix.nnz:
        return None
    if always and (row_sizes**2).sum() > 1e9:
        raise RewardError(
            f"The potential nearest to a reward on {matrix.shape[1]} states was not found in {KRYLOV_STEPS} iterations. "
            "Use canonicalisation='val', or a smaller discount."
        )
    normal = sparse.csc_array(turned @ matrix)
    return factorised(normal).solve if always or looks_cheap(normal) else None


def factorised(matrix: Matrix) -> Any:
    """LU of a matrix with a dominant diagonal; pivots stay on it, and its pattern is ordered as if symmetric."""
    options = {"SymmetricMode": True}
    return splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=options)


def looks_cheap(matrix: Matrix) -> bool:
    """Whether elimination will hardly fill up: few states, or a narrow band apart from a few hubs."""
    size = matrix.shape[0]
    if size <= SMALL:
        return True
    pattern: Matrix = sparse.csr_array(abs(matrix) + abs(matrix.T))
    kept = np.flatnonzero(np.diff(pattern.indptr) <= 10 * math.sqrt(size))
    pattern = sparse.csr_matrix(pattern[kept][:, kept])
    place = np.empty(len(kept), np.int64)
    place[reverse_cuthill_mckee(pattern, symmetric_mode=True)] = np.arange(len(kept))
    links = pattern.tocoo()
    return not links.nnz or int(np.abs(place[links.row] - place[links.col]).max()) <= NARROW


def krylov(matrix: Matrix, target: Floats) -> Floats:
    """An approximate solution, good enough to be polished by sweeps."""
    found = np.zeros(len(target))
    for _ in range(4):
        left = target - matrix @ found
        size = float(np.linalg.norm(left))
        if size <= 4 * EPS * float(np.linalg.norm(target)):
            break
        with np.errstate(all="ignore"):
            step, _ = bicgstab(matrix, left / size, rtol=1e-8, maxiter=KRYLOV_STEPS)
        if not np.isfinite(step).all():
            break
        found = found + size * step
    return found
