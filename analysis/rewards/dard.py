"""DARD: the Pearson distance of rewards that were shaped alike along the dynamics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .pearson import Covered, pearson_distance
from .process import Floats, Indices, Matrix, Process, RewardTable, entries_of
from .reading import Table, read_coverage, read_discount, read_distribution, read_rewards, read_transition

__all__ = ["dard_distance"]

GATHERED = 2_000_000  # entries held at a time


def dard_distance(
    transition: Table,
    reward_a: Table,
    reward_b: Table,
    discount: float,
    action_distribution: npt.ArrayLike | None = None,
    coverage: Table | None = None,
) -> float:
    """Pearson distance √((1 − corr) / 2) of rewards shaped along the dynamics (Wulfe et al. 2022, arXiv 2201.10081).

        C(R)(s, a, s') = R(s, a, s') + E[γR(s', A, S'') − R(s, A, S') − γR(S', A, S'')],

    A ~ `action_distribution` (one draw), S' ~ T(s, A), S'' ~ T(s', A); the correlation is that of C(R_a) and C(R_b)
    over `coverage`. In [0, 1]: 0 for rewards that differ by potential shaping, a positive factor and a constant, 1 for
    a reward and its negative. The last term pairs a successor of s with a successor of s': it **reads rewards on
    impossible transitions** (S', A, S''), and S'-redistribution moves it. `starc_distance` does neither.

    Args:
        transition: `[S, A, S]` probability of landing in s', dense or sparse (`[S * A, S]`, row s * A + a).
        reward_a: `[S, A, S]` reward per step, dense or sparse (absent is 0), or dense `[S, A]`.
        reward_b: the other reward, likewise.
        discount: γ in [0, 1].
        action_distribution: `[A]` probability of A; None is uniform.
        coverage: `[S, A, S]` probability of the transitions compared, dense or sparse; None draws (s, a) uniformly and
            s' from the dynamics.

    Returns:
        The distance; nan if one canonical reward is constant up to rounding, 0 if both are.

    Raises:
        RewardError: a malformed table or distribution, or a discount outside [0, 1].
    """
    process, discount = read_transition(transition), read_discount(discount, finite_horizon=True)
    tables = read_rewards(reward_a, reward_b, process)
    actions = read_distribution(action_distribution, process.n_actions, "action_distribution", "actions")
    if coverage is None:
        weight = process.transition / (process.n_states * process.n_actions)
    else:
        weight = read_coverage(coverage, process)
    spots = Spots.of(weight, process)
    forms = [Covered(shaped(process, table, actions, discount, spots), weight.data) for table in tables]
    sizes = [shaped(process, table.absolute(), actions, discount, spots, sign=1).max() for table in tables]
    return pearson_distance(forms[0], forms[1], (float(sizes[0]), float(sizes[1])), discount)


@dataclass(frozen=True, eq=False)
class Spots:
    """`N` transitions, and the `M` distinct pairs (s, s') among them.

    Attributes:
        row: `[N]` s * A + a.
        state: `[N]` s.
        arrival: `[N]` s'.
        pair: `[M]` s * S + s', ascending.
        pair_of: `[N]` place of each transition's pair.
    """

    row: Indices
    state: Indices
    arrival: Indices
    pair: Indices
    pair_of: Indices

    @classmethod
    def of(cls, weight: Matrix, process: Process) -> Spots:
        """The support of a coverage distribution."""
        row, arrival = entries_of(weight)
        state = row // process.n_actions
        pair, pair_of = np.unique(state * process.n_states + arrival, return_inverse=True)
        return cls(row, state, arrival, pair, pair_of)


def shaped(
    process: Process, reward: RewardTable, actions: Floats, discount: float, spots: Spots, sign: int = -1
) -> Floats:
    """`[N]` C(R) at some transitions; `sign` 1 adds up all its terms instead."""
    mean = reward.expected(process.transition).reshape(process.n_states, process.n_actions) @ actions
    beyond = beyond_successor(process, reward, actions, *np.divmod(spots.pair, process.n_states))[spots.pair_of]
    here = reward.at(spots.row, spots.arrival) + discount * mean[spots.arrival]
    return here + sign * (mean[spots.state] + discount * beyond)


def beyond_successor(process: Process, reward: RewardTable, actions: Floats, state: Indices, other: Indices) -> Floats:
    """`[N]` E[R(S', A, S'')], S' ~ T(s, A), S'' ~ T(s', A), at pairs (`[N]` s, `[N]` s')."""
    total = np.zeros(len(state))
    for action in np.flatnonzero(actions):
        own = slice(int(action), None, process.n_actions)
        step = sparse.csr_array(process.transition[own])
        total += actions[action] * (step @ reward.rows[own])[state]
        reached = sparse.csr_array(step @ reward.entries[own])  # [S, S]: E[R(S', a, y)] for each s and y
        if reached.nnz:
            total += actions[action] * matching(reached, step, state, other)
    return total


def matching(left: Matrix, right: Matrix, row: Indices, other: Indices) -> Floats:
    """`[N]` Σ_y left(row, y) · right(other, y): the wanted entries of left · rightᵀ, the cheaper of two ways.

    The whole product is cheap unless some y is met from nearly everywhere, as the end of an episode is.
    """
    sizes = np.diff(left.indptr)[row] + np.diff(right.indptr)[other]
    columns = [np.bincount(part.indices, minlength=part.shape[1]).astype(float) for part in (left, right)]
    if columns[0] @ columns[1] <= sizes.sum():
        return np.asarray(sparse.csr_array(left @ right.T)[row, other]).ravel()
    cuts = np.flatnonzero(np.diff(np.cumsum(sizes) // GATHERED)) + 1
    chunks = zip(np.split(row, cuts), np.split(other, cuts), strict=True)
    return np.concatenate([np.asarray(left[i].multiply(right[j]).sum(axis=1)).ravel() for i, j in chunks])
