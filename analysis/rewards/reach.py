"""What the start can reach, and a process cut down to it, so that a reward distance speaks of a level."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order

from .process import Indices, Process, RewardError, entries_of
from .reading import Table, is_sparse, read_distribution, read_reward, read_states, read_table, read_transition

__all__ = ["reachable", "restrict"]


def reachable(transition: Table, start: npt.ArrayLike) -> Indices:
    """The states that the start distribution can lead to, itself included, under some policy.

    Args:
        transition: `[S, A, S]` probability of landing in s', dense or sparse (`[S * A, S]`, row s * A + a).
        start: `[S]` probability of starting in each state.

    Returns:
        `[K]` sorted indices of states; pass them to `restrict`.

    Raises:
        RewardError: a malformed transition, or a start that is not a distribution.
    """
    process = read_transition(transition)
    return closure(process, np.flatnonzero(read_distribution(start, process.n_states, "start", "states")))


def closure(process: Process, first: Indices) -> Indices:
    """`[K]` sorted indices of what the states `first` lead to."""
    n_states, n_actions = process.n_states, process.n_actions
    row, column = entries_of(process.transition)
    source = np.concatenate([row // n_actions, np.full(len(first), n_states)])
    target = np.concatenate([column, first])
    graph = sparse.coo_matrix((np.ones(len(source)), (source, target)), shape=(n_states + 1, n_states + 1)).tocsr()
    found = breadth_first_order(graph, n_states, return_predecessors=False)
    return np.sort(found[found < n_states]).astype(np.int64)


def restrict(transition: Table, states: npt.ArrayLike, *rewards: Table) -> tuple[Any, ...]:
    """The process and rewards on a part of the states that is never left.

    Args:
        transition: `[S, A, S]` probability of landing in s', dense or sparse (`[S * A, S]`, row s * A + a).
        states: `[K]` indices, or a `[S]` mask, such as `reachable` gives; kept in ascending order.
        *rewards: any number of rewards, `[S, A, S]` dense or sparse, or dense `[S, A]`.

    Returns:
        The transition and the rewards over `[K, A, K]`; what came dense stays dense (`[S, A]` becomes `[K, A]`), the
        others are sparse `[K * A, K]`. A start restricts as `start[states]`.

    Raises:
        RewardError: no state, a malformed table, or a state that can be left for one not kept.
    """
    process = read_transition(transition)
    kept = read_states(states, process.n_states, "states")
    if not len(kept):
        raise RewardError("states is empty; keep at least one state, such as what reachable(transition, start) gives.")
    rows = (kept[:, None] * process.n_actions + np.arange(process.n_actions)).ravel()
    leaving = process.transition[rows]
    row, column = entries_of(leaving)
    out = np.flatnonzero(~np.isin(column, kept))
    if len(out):
        s, a = divmod(int(rows[row[out[0]]]), process.n_actions)
        raise RewardError(
            f"states is not closed: action {a} leads from state {s} to {column[out[0]]}, which is not kept. Keep all that "
            "reachable(transition, start) gives."
        )
    parts = [transition, *rewards]
    return tuple(cut(part, kept, rows, process, f"reward {i}" if i else "transition") for i, part in enumerate(parts))


def cut(table: Table, kept: Indices, rows: Indices, process: Process, name: str) -> Any:
    """One table over the states kept."""
    if is_sparse(table):
        matrix, *_ = read_table(table, name, process)
        return sparse.csr_array(matrix[rows][:, kept])
    array = np.asarray(table)
    if array.ndim == 2:
        read_reward(array, name, process)
        return array[kept]
    read_table(array, name, process)
    return array[np.ix_(kept, np.arange(process.n_actions), kept)]
