"""Fewer moves first: of the actions that score equally well, those after which fewest moves are expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ...envs.compiling import kept
from ...envs.level import Level
from ...envs.mdp import MDP
from .solution import Solution
from .value_iteration import TOLERANCE, Lookahead, ValueIteration


def searched(
    level: Level, mdp: MDP, whole: Sequence[int], search: ValueIteration | Lookahead, part: slice = slice(None)
) -> Solution:
    """All optimal actions for whole-number weights on events, fewer moves where those tie.

    Without chance and discount the least difference of two sums is 1, and one whole number holds both: the weights times
    (horizon + 1), less the moves. Elsewhere values may differ by any little, so moves are compared after them, both in
    double precision.

    Args:
        level: whose horizon and events are meant.
        mdp: the process to search.
        whole: `[E]` weights.
        search: the search procedure.
        part: columns of the process that are counts of the level's events.
    """
    if mdp.deterministic and search.discount is None:
        weights = moves_break_ties(level, whole, mdp.counts)
        return search.solve(mdp, np.ascontiguousarray(mdp.counts[:, :, 0, part] @ weights), level.horizon)
    events = mdp.expected_events[:, :, part]
    found = search.solve(mdp, np.ascontiguousarray(events @ np.array(whole)), level.horizon)
    return thrifty(found, events[:, :, level.world.events.index("moved")])


def moves_break_ties(level: Level, whole: Sequence[int], counts: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """`[E]` the weights times (horizon + 1), less one on `moved`: fewer moves decide where the weights alone tie.

    Args:
        level: whose horizon and events are meant.
        whole: `[E]` weights.
        counts: `[S, A, K, E...]` counts that they will be summed over, which bound the sums.

    Raises:
        ValueError: sums over an episode could go beyond 62 bits.
    """
    scaled = [int(w) * (level.horizon + 1) for w in whole]
    scaled[level.world.events.index("moved")] -= 1
    if sum(map(abs, scaled)) * int(counts.max(initial=1)) * level.horizon >= 2**62:
        raise ValueError(
            f"{level.world.name}: weights up to {max(map(abs, whole))} over one denominator are too fine for exact planning "
            f"over {level.horizon} steps; use simpler fractions, such as '-0.02' in place of Fraction(-0.02)."
        )
    return np.array(scaled, dtype=np.int64)


def thrifty(solution: Solution, moves: npt.NDArray[np.float64]) -> Solution:
    """The solution with those of its optimal actions that spare moves; what they score is as before.

    Args:
        solution: what a search found.
        moves: `[S, A]` moves expected of each action.
    """
    optimal = solution.optimal.copy()
    tables = solution.mdp.successor, solution.mdp.chance, np.ascontiguousarray(moves, dtype=np.float64)
    _spare(*tables, optimal, TOLERANCE * (1 + solution.horizon))
    return replace(solution, optimal=optimal)


@kept
def _spare(successor, chance, moves, optimal, tolerance):
    n_states, n_actions = moves.shape
    after, now = np.zeros(n_states), np.zeros(n_states)
    q = np.zeros(n_actions)
    for t in range(1, optimal.shape[0]):
        for s in range(n_states):
            least = np.inf
            for a in range(n_actions):
                if optimal[t, s] >> a & 1:
                    q[a] = moves[s, a]
                    for k in range(successor.shape[2]):
                        q[a] += chance[s, a, k] * after[successor[s, a, k]]
                    least = min(least, q[a])
            for a in range(n_actions):
                if optimal[t, s] >> a & 1 and q[a] > least + tolerance:
                    optimal[t, s] ^= 1 << a
            now[s] = least
        after, now = now, after
