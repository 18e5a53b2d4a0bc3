"""Many episodes of a random or table policy on given levels, each level in one compiled call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .compiling import specialised
from .engine import STRIDE, branch, rules, share
from .errors import KnobError
from .exploring import Index, row_of
from .level import Level
from .mdp import N_ACTIONS
from .world import Weights


class Episodes(NamedTuple):
    """What happened in N episodes on each of L levels of one world.

    Attributes:
        levels: the levels.
        events: `[L, N, E]` how often each event happened in each episode.
        steps: `[L, N]` steps that each episode lasted.
        terminated: `[L, N]` whether it ended before the horizon cut it off.
    """

    levels: tuple[Level, ...]
    events: npt.NDArray[np.int64]
    steps: npt.NDArray[np.int64]
    terminated: npt.NDArray[np.bool_]

    def scores(self, weights: Weights) -> npt.NDArray[np.float64]:
        """`[L, N]` what these weights on events pay for each episode; `level.world.base` are those of the reward."""
        return self.events @ self.levels[0].world.vector(weights)


def rollout(
    levels: Sequence[Level],
    episodes: int = 1,
    policies: Sequence[npt.NDArray[np.float64]] | None = None,
    seed: int = 0,
) -> Episodes:
    """Play episodes to their ends, one after the other, on each level.

    Nothing is observed, so this is the fastest way to learn what a policy does where `agents` and `analysis` compute no
    exact answer, or to check one that they compute.

    Args:
        levels: levels of one world.
        episodes: how many on each level.
        policies: for each level `[S, A]` the probability of each action in each state of `level.to_mdp()`, or `[T, S, A]`
            with one such table a step, the last of which serves from then on; None takes actions at random.
        seed: of all chance.

    Raises:
        KnobError: no levels, levels of several worlds, or policies that are no such tables.
    """
    levels = tuple(levels)
    if not levels or any(level.world != levels[0].world for level in levels):
        raise KnobError(f"rollout: {len(levels)} levels of {len({lv.world for lv in levels})} worlds; give levels of one world.")
    if not isinstance(episodes, (int, np.integer)) or episodes < 1:
        raise KnobError(f"rollout: episodes {episodes!r} is not a whole number of at least 1.")
    if policies is not None and len(policies) != len(levels):
        raise KnobError(f"rollout: {len(policies)} policies for {len(levels)} levels; give one a level, or None.")
    world = levels[0].world
    play = specialised(play_kernel, type(world))
    shape = len(levels), int(episodes)
    played = Episodes(
        levels,
        np.zeros((*shape, len(world.events)), dtype=np.int64),
        np.zeros(shape, dtype=np.int64),
        np.zeros(shape, dtype=np.bool_),
    )
    noises = np.random.SeedSequence(seed).generate_state(len(levels), np.uint64)
    for i, level in enumerate(levels):
        index, table = _tables(level, None if policies is None else policies[i])
        play(
            level.solid, level.width, level.params, level.start, level.horizon, world.branches, noises[i], *index, table,
            played.events[i], played.steps[i], played.terminated[i],
        )  # fmt: skip
    return played


def _tables(level: Level, policy: npt.NDArray[np.float64] | None) -> tuple[Index, npt.NDArray[np.float64]]:
    """An index of the level's states, and `[T, S, A]` the probabilities in each; both empty for a random policy."""
    if policy is None:
        return Index.of(level, np.zeros((0, level.start.size), dtype=np.int32)), np.zeros((0, 0, N_ACTIONS))
    mdp = level.to_mdp()
    table = np.array(policy, dtype=np.float64, ndmin=3, order="C")
    wanted = mdp.n_states, N_ACTIONS
    if table.ndim != 3 or table.shape[1:] != wanted or (table < 0).any() or not np.allclose(table.sum(axis=2), 1):
        raise KnobError(
            f"rollout: the policy on {level.id}, of shape {np.shape(policy)}, is no table of probabilities [S, A] or [T, S, A] "
            f"with (S, A) = {wanted}, the states of level.to_mdp() and the actions."
        )
    return Index.of(level, mdp.states[:-1]), table


def play_kernel(
    solid, width, params, start, horizon, n_branches, noise, sizes, keys, slots, pages, policy, counts, steps, terminated
):  # fmt: skip
    """Play one episode for each row of `counts` (`[N, E]`); the arrays are those of `Episodes` for one level."""
    n_fields, n_tables, n_actions, n_events = start.size, policy.shape[0], policy.shape[2], counts.shape[1]
    fields = np.zeros(n_fields, dtype=np.int32)
    nxt = np.zeros((n_branches, n_fields), dtype=np.int32)
    events = np.zeros((n_branches, n_events), dtype=np.int32)
    chance = np.ones(n_branches)
    ended = np.zeros(n_branches, dtype=np.bool_)
    for episode in range(counts.shape[0]):
        for f in range(n_fields):
            fields[f] = start[f]
        for step in range(horizon):
            noise += STRIDE
            if n_tables == 0:
                action = int(share(noise) * n_actions)
            else:
                state = row_of(fields, sizes, keys, slots, pages)
                action = branch(share(noise), n_actions, policy[min(step, n_tables - 1), state])
            for k in range(n_branches):
                for e in range(n_events):
                    events[k, e] = 0
            n = rules(solid, width, params, fields, action, nxt, events, chance, ended)
            k = 0
            if n > 1:
                noise += STRIDE
                k = branch(share(noise), n, chance)
            for f in range(n_fields):
                fields[f] = nxt[k, f]
            for e in range(n_events):
                counts[episode, e] += events[k, e]
            steps[episode] += 1
            if ended[k]:
                terminated[episode] = True
                break
