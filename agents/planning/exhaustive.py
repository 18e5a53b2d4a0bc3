"""Exhaustive search: every outcome that some plan can bring about, with a shortest plan for each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from math import prod

import numpy as np
import numpy.typing as npt

from ...envs.mdp import MDP
from ...envs.world import STAY


@dataclass(frozen=True, eq=False)
class Profiles:
    """All (final status, counts of events) that plans within a horizon can reach.

    Counts of events outside `events` are 0; `moved` is the least number of moves that reaches the profile.

    Attributes:
        mdp: the process they were found in.
        horizon: steps a plan may take.
        events: the events that tell profiles apart.
        waits: whether staying never changes anything, so that a profile once reached can be kept.
        counts: `[N, E]` event counts.
        ended: `[N]` whether the episode has ended by itself.
        steps: `[N]` least number of steps that reaches the profile (staying to the end changes nothing).
        nodes: `[N]` index into the search tree, for `plan`.
        parents, actions: `[M]` the search tree: where each node was reached from, and by which action; -1 at the root.
    """

    mdp: MDP
    horizon: int
    events: tuple[str, ...]
    waits: bool
    counts: npt.NDArray[np.int64]
    ended: npt.NDArray[np.bool_]
    steps: npt.NDArray[np.int64]
    nodes: npt.NDArray[np.int64]
    parents: npt.NDArray[np.int64]
    actions: npt.NDArray[np.int8]

    def __len__(self) -> int:
        """Number of profiles."""
        return len(self.counts)

    def plan(self, profile: int) -> list[int]:
        """A plan of fewest moves that reaches the profile; the agent stays when it is done."""
        node, actions = int(self.nodes[profile]), []
        while self.parents[node] >= 0:
            actions.append(int(self.actions[node]))
            node = int(self.parents[node])
        return actions[::-1]


class TooManyProfiles(ValueError):
    """More profiles than the caller allows; the message names the count and the event that multiplies them."""


def profiles(
    mdp: MDP,
    horizon: int,
    events: Collection[str],
    most: int = 100_000,
    names: tuple[str, ...] | None = None,
    every_move_count: bool = False,
) -> Profiles:
    """Forward search over (state, counts), equal ones merged; no plan is forgotten.

    Args:
        mdp: a deterministic process.
        horizon: steps a plan may take.
        events: names of the events that tell profiles apart; `moved` is minimised instead.
        most: refuse above this many profiles.
        names: names of the event columns of `mdp`; None takes the world's.
        every_move_count: tell profiles apart by `moved` as well, for objectives that may like moving.

    Raises:
        TooManyProfiles: above `most`.
        ValueError: the process is stochastic; rows are policies there, not plans.
    """
    world = mdp.level.world
    if not mdp.deterministic:
        raise ValueError(f"{world.name} is stochastic: single plans have no sure outcome; compare policies instead.")
    names = names or world.events
    moved = names.index("moved")
    apart = set(events) - {"moved"} | ({"moved"} if every_move_count else set())
    kept = [i for i, name in enumerate(names) if name in apart]
    successor = mdp.successor[:, :, 0].astype(np.int64)
    table = mdp.counts[:, :, 0, :]
    kinds, kind = _distinct_rows(table[:, :, kept].reshape(successor.size, len(kept)))
    kind = kind.reshape(successor.shape)
    moves = table[:, :, moved].astype(np.int64)
    here = np.arange(mdp.n_states)
    idle = (successor == here[:, None]) & (table == 0).all(axis=2)
    waits = bool(idle[:, STAY].all() and (moves[~idle] == 1).all())
    registry = _Registry(kinds)
    n = mdp.n_states
    # One row a node: state, counts id, moves, parent, action; `seen` holds the codes of nodes that need no second visit.
    state, key, cost = (np.array([v], dtype=np.int64) for v in (mdp.initial, registry.id_of(kinds[0] * 0), 0))
    parents, actions = [np.array([-1])], [np.array([-1])]
    states, keys, costs, depths = [state], [key], [cost], [np.array([0])]
    seen = key * n + state
    frontier = np.array([0])
    total = 1
    for step in range(1, horizon + 1):
        alive = state != mdp.absorbing
        state, key, cost, frontier = state[alive], key[alive], cost[alive], frontier[alive]
        allowed = ~idle[state] if waits else np.ones((len(state), successor.shape[1]), dtype=bool)
        node, action = np.nonzero(allowed)
        if not len(node):
            break
        nxt_state = successor[state[node], action]
        nxt_key = registry.add(key[node], kind[state[node], action])
        nxt_cost = cost[node] + moves[state[node], action]
        code = nxt_key * n + nxt_state
        order = np.lexsort((nxt_cost, code))
        first = order[np.r_[True, np.diff(code[order]) != 0]]
        if waits:
            first = first[~np.isin(code[first], seen, assume_unique=True)]
            seen = np.concatenate([seen, code[first]])
        if not len(first):
            break
        parents.append(frontier[node[first]])
        actions.append(action[first])
        state, key, cost = nxt_state[first], nxt_key[first], nxt_cost[first]
        frontier = np.arange(total, total + len(first))
        total += len(first)
        for listed, new in zip(
            (states, keys, costs, depths), (state, key, cost, np.full(len(first), step)), strict=True
        ):
            listed.append(new)
        if max(len(registry), total if waits else len(first)) > 20 * most or len(registry) > most:
            raise TooManyProfiles(_too_many(names, kept, registry, total, most))
    state, key, cost, depth = (np.concatenate(part) for part in (states, keys, costs, depths))
    ended = state == mdp.absorbing
    final = np.flatnonzero(ended | waits | (depth == depth.max()))
    order = final[np.lexsort((depth[final], cost[final], key[final], ended[final]))]
    new = (np.diff(key[order]) != 0) | (np.diff(ended[order]) != 0)
    best = order[np.r_[True, new]]
    if len(best) > most:
        raise TooManyProfiles(_too_many(names, kept, registry, len(best), most))
    counts = np.zeros((len(best), len(names)), dtype=np.int64)
    counts[:, kept] = registry.counts(key[best])
    counts[:, moved] = cost[best]
    told = tuple(names[i] for i in kept)
    tree = np.concatenate(parents), np.concatenate(actions).astype(np.int8)
    return Profiles(mdp, horizon, told, waits, counts, ended[best], depth[best], best, *tree)


class _Registry:
    """Distinct count vectors and their ids, added up step by step."""

    def __init__(self, kinds: npt.NDArray[np.int64]) -> None:
        """`kinds`: `[V, E]` the distinct vectors that one step can add."""
        self._kinds = kinds
        self._ids: dict[bytes, int] = {}
        self._vectors: list[npt.NDArray[np.int64]] = []

    def __len__(self) -> int:
        return len(self._vectors)

    def id_of(self, vector: npt.NDArray[np.int64]) -> int:
        """Id of a count vector, new if need be."""
        code = vector.tobytes()
        if code not in self._ids:
            self._ids[code] = len(self._vectors)
            self._vectors.append(vector)
        return self._ids[code]

    def add(self, keys: npt.NDArray[np.int64], kinds: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """`[N]` ids of the vectors `keys` (`[N]` ids) with the steps `kinds` (`[N]`) added."""
        pairs, place = np.unique(keys * len(self._kinds) + kinds, return_inverse=True)
        sums = [
            self.id_of(self._vectors[p // len(self._kinds)] + self._kinds[p % len(self._kinds)]) for p in pairs.tolist()
        ]
        return np.array(sums, dtype=np.int64)[place.ravel()]

    def counts(self, keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """`[N, E]` the vectors with these ids."""
        return np.array(self._vectors)[keys]


def _distinct_rows(rows: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """`[V, E]` distinct rows of counts, and for each row which one it is."""
    whole = rows.astype(np.int64)
    sizes = [int(size) + 1 for size in whole.max(axis=0)]
    if prod(sizes) < 2**62:
        radix = np.array([prod(sizes[:i]) for i in range(len(sizes))], dtype=np.int64)
        _, first, place = np.unique(whole @ radix, return_index=True, return_inverse=True)
        return whole[first], place.ravel()
    distinct, place = np.unique(whole, axis=0, return_inverse=True)
    return distinct, place.ravel()


def _too_many(names: tuple[str, ...], kept: list[int], registry: _Registry, found: int, most: int) -> str:
    vectors = registry.counts(np.arange(len(registry)))
    spread = {names[i]: len(np.unique(vectors[:, j])) for j, i in enumerate(kept)}
    worst = max(spread, key=lambda name: spread[name])
    return (
        f"More than {most:,} profiles (found {found:,} so far). Event {worst!r} alone takes {spread[worst]} different counts; "
        "drop the objectives that read it, shorten the horizon, or raise the cap."
    )
