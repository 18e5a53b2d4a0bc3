"""Tables and distributions as they come, dense or sparse, checked and brought to one form.

A table over (s, a, s') is a dense `[S, A, S]` array, a sparse matrix `[S * A, S]` with row s * A + a (or a sparse
`[S, A, S]`), or a list or tuple of A sparse `[S, S]` matrices, one for each action. A reward may also be a dense
`[S, A]` array. Nothing sparse is ever made dense.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .process import Floats, Indices, Matrix, Process, RewardError, RewardTable, entries_of

__all__ = [
    "Table",
    "read_coverage",
    "read_discount",
    "read_distribution",
    "read_reward",
    "read_rewards",
    "read_states",
    "read_table",
    "read_transition",
]

Table = Any
"""A dense array-like `[S, A, S]`, a SciPy sparse `[S * A, S]`, or a sequence of A sparse `[S, S]`; see the module."""

SUM_ROOM = 1e-6  # how far from 1 probabilities may sum, in single precision; they are then divided by their sum


def read_discount(discount: float, finite_horizon: bool = False) -> float:
    """The discount, in [0, 1), or in [0, 1] where no infinite sum is taken."""
    allowed = "[0, 1]" if finite_horizon else "[0, 1)"
    try:
        value = float(discount)
    except (TypeError, ValueError):
        raise RewardError(f"discount={discount!r} is not a number; give one in {allowed}.") from None
    if value == 1 and not finite_horizon:
        raise RewardError(
            "discount=1.0 is outside [0, 1): infinite undiscounted returns need not exist. Use a discount below 1, or "
            "put the time into the state and let the last step lead to an absorbing state of reward 0."
        )
    if not 0 <= value <= 1:
        raise RewardError(f"discount={value!r} is outside {allowed}; it is a factor per step, such as 0.95.")
    return value


def read_transition(transition: Table) -> Process:
    """The dynamics, checked: probabilities, rows that sum to 1 (to 1e-6; then divided by their sum)."""
    matrix, n_states, n_actions = read_table(transition, "transition")
    row, column = entries_of(matrix)
    negative = np.flatnonzero(matrix.data < 0)
    if len(negative):
        i = negative[0]
        s, a = divmod(int(row[i]), n_actions)
        raise RewardError(
            f"transition[{s}, {a}, {column[i]}] = {matrix.data[i]:.6g} is negative; probabilities lie in [0, 1]."
        )
    total = np.asarray(matrix.sum(axis=1)).ravel()
    off = np.flatnonzero(np.abs(total - 1) > SUM_ROOM)
    if len(off):
        s, a = divmod(int(off[0]), n_actions)
        raise RewardError(
            f"transition[{s}, {a}] sums to {total[off[0]]:.10g}, not 1 ({len(off)} such rows). Every action leads "
            "somewhere: let a terminal state lead to itself with reward 0."
        )
    matrix.data /= total[row]
    return Process(matrix, n_states, n_actions)


def read_reward(reward: Table, name: str, like: Process | RewardTable | None = None) -> RewardTable:
    """A reward, checked; its sizes must be those of `like`, where given."""
    dense = not is_sparse(reward)
    if dense and (array := np.asarray(reward)).ndim == 2:
        n_states, n_actions = array.shape
        check_sizes(name, array.shape, (n_states, n_actions), like)
        rows = as_floats(array, name).ravel()
        check_finite(rows, lambda i: f"{name}[{i // n_actions}, {i % n_actions}]")
        return RewardTable(rows, sparse.csr_array((n_states * n_actions, n_states)), n_states, n_actions)
    matrix, n_states, n_actions = read_table(reward, name, like)
    return RewardTable(np.zeros(n_states * n_actions), matrix, n_states, n_actions)


def read_rewards(reward_a: Table, reward_b: Table, like: Process | None = None) -> tuple[RewardTable, RewardTable]:
    """Two rewards of the same sizes."""
    first = read_reward(reward_a, "reward_a", like)
    return first, read_reward(reward_b, "reward_b", like or first)


def read_coverage(coverage: Table, like: Process | RewardTable) -> Matrix:
    """`[S * A, S]` probability of each transition in a coverage distribution, without stored zeros."""
    matrix, *_ = read_table(coverage, "coverage", like)
    row, column = entries_of(matrix)
    if len(matrix.data) and matrix.data.min() < 0:
        i = int(matrix.data.argmin())
        s, a = divmod(int(row[i]), like.n_actions)
        raise RewardError(f"coverage[{s}, {a}, {column[i]}] = {matrix.data[i]:.6g} is negative; give probabilities.")
    total = float(matrix.data.sum())
    if abs(total - 1) > SUM_ROOM:
        cause = "is all zero" if total == 0 else f"sums to {total:.10g}, not 1"
        raise RewardError(f"coverage {cause}; give a distribution over transitions, or divide counts by their sum.")
    matrix.data /= total
    return matrix


def read_distribution(weight: npt.ArrayLike | None, size: int, name: str, over: str) -> Floats:
    """`[size]` probabilities; None is uniform."""
    if weight is None:
        return np.full(size, 1 / size)
    array = as_floats(np.asarray(weight), name)
    if array.shape != (size,):
        raise RewardError(f"{name} has shape {array.shape}; it needs one probability for each of {size} {over}.")
    check_finite(array, lambda i: f"{name}[{i}]")
    if array.min() < 0 or abs(array.sum() - 1) > SUM_ROOM:
        found = f"has a negative entry {array.min():.6g}" if array.min() < 0 else f"sums to {array.sum():.10g}"
        raise RewardError(f"{name} {found}; give probabilities of {size} {over} that sum to 1.")
    return array / array.sum()


def read_states(states: npt.ArrayLike | None, n_states: int, name: str) -> Indices:
    """Sorted indices of states, from indices or a `[S]` boolean mask; None is no state."""
    array = np.asarray([] if states is None else states)
    if array.dtype == bool and array.shape == (n_states,):
        return np.flatnonzero(array)
    found = np.unique(array)
    if array.size and (array.dtype.kind not in "iu" or array.ndim > 1 or found[0] < 0 or found[-1] >= n_states):
        raise RewardError(
            f"{name} must be indices in 0..{n_states - 1} or a mask of shape ({n_states},); got {states!r}."
        )
    return found.astype(np.int64)


def is_sparse(table: Table) -> bool:
    """Whether a table is sparse, or a sequence of sparse matrices."""
    return sparse.issparse(table) or (
        isinstance(table, Sequence) and len(table) > 0 and all(sparse.issparse(part) for part in table)
    )


def read_table(table: Table, name: str, like: Process | RewardTable | None = None) -> tuple[Matrix, int, int]:
    """(`[S * A, S]` copy without duplicates or stored zeros, S, A) of a table over (s, a, s')."""
    if isinstance(table, Sequence) and is_sparse(table):
        n_states, n_actions, shape = table[0].shape[0], len(table), f"{len(table)} matrices {table[0].shape}"
        if any(part.shape != (n_states, n_states) for part in table):
            shapes = ", ".join(str(part.shape) for part in table)
            raise RewardError(f"{name} is a list of shapes {shapes}; give one square sparse `[S, S]` for each action.")
        picks: Matrix = sparse.csr_array(sparse.vstack([sparse.csr_array(as_floats(part, name)) for part in table]))
        matrix = picks[np.arange(n_states * n_actions).reshape(n_actions, n_states).T.ravel()]
    else:
        table = as_floats(table if sparse.issparse(table) else np.asarray(table), name)
        shape = table.shape
        if len(shape) == 2 and sparse.issparse(table) and shape[1] and shape[0] and shape[0] % shape[1] == 0:
            n_states, n_actions = shape[1], shape[0] // shape[1]
        elif len(shape) == 3 and shape[0] == shape[2]:
            n_states, n_actions, _ = shape
        else:
            raise RewardError(f"{name} has shape {shape}{_meant(name, shape, sparse.issparse(table))}")
        matrix: Matrix = sparse.csr_array(table if table.ndim == 2 else table.reshape(n_states * n_actions, n_states))
    if not n_states or not n_actions:
        raise RewardError(f"{name} has shape {shape}: there must be at least one state and one action.")
    check_sizes(name, shape, (n_states, n_actions), like)
    matrix.sum_duplicates()
    row, column = entries_of(matrix)
    check_finite(matrix.data, lambda i: f"{name}[{row[i] // n_actions}, {row[i] % n_actions}, {column[i]}]")
    matrix.eliminate_zeros()
    return matrix, n_states, n_actions


def _meant(name: str, shape: tuple[int, ...], is_sparse: bool) -> str:
    if len(shape) == 3 and shape[1] == shape[2]:
        return ", which looks like `[A, S, S]`; swap the first two axes (np.swapaxes(x, 0, 1)) to get `[S, A, S]`."
    if len(shape) == 1:
        return (
            ": it is not said whether a state pays on being left or entered. Write x[:, None] broadcast to `[S, A]` for "
            "the first, x[None, None, :] broadcast to `[S, A, S]` for the second."
        )
    if is_sparse:
        return "; a sparse table is `[S * A, S]` with row s * A + a."
    return (
        f"; give a dense `[S, A, S]` array{'' if name == 'transition' else ' (or `[S, A]`)'}, or a sparse `[S * A, S]`."
    )


def check_sizes(name: str, shape: object, sizes: tuple[int, int], like: Process | RewardTable | None) -> None:
    """Refuses sizes other than those of `like`."""
    if like is not None and sizes != (like.n_states, like.n_actions):
        raise RewardError(
            f"{name} has shape {shape}: {sizes[0]} states and {sizes[1]} actions, but the rest has {like.n_states} states "
            f"and {like.n_actions} actions. Give all tables for the same process."
        )


def as_floats(array: Any, name: str) -> Any:
    """A copy of an array, dense or sparse, as doubles."""
    try:
        if array.dtype.kind not in "biufO":
            raise TypeError
        return array.astype(np.float64)
    except (TypeError, ValueError):
        raise RewardError(f"{name} holds {array.dtype} values; give real numbers.") from None


def check_finite(values: Floats, where: Callable[[int], str]) -> None:
    """Refuses NaN and infinity; `where` names the place of a flat index."""
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise RewardError(f"{where(int(bad[0]))} = {values[bad[0]]} is not finite ({len(bad)} such values).")
