"""Outcome sets: which outcomes of a level are compared, and whether that is all of them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..agents.planner import model_of
from ..agents.planning.exhaustive import TooManyProfiles, profiles
from ..envs.errors import UnknownName
from ..envs.level import Level
from ..envs.mdp import MDP
from ..envs.world import ACTIONS

KINDS = ("profiles", "itineraries")


@dataclass(frozen=True, eq=False)
class OutcomeSet:
    """What plans on one level can lead to, under the true dynamics.

    Attributes:
        level: the level.
        kind: "profiles" or "itineraries".
        events: the events that tell outcomes apart, `moved` among them.
        exhaustive: whether every outcome that any plan within the horizon can reach is among them.
        waits: whether an outcome once reached is kept by staying.
        counts: `[N, E]` events of each outcome.
        ended: `[N]` whether the episode has ended by itself.
        steps: `[N]` least number of steps found that reaches it.
        plan: index -> actions that reach it.
    """

    level: Level
    kind: str
    events: frozenset[str]
    exhaustive: bool
    waits: bool
    counts: npt.NDArray[np.int64]
    ended: npt.NDArray[np.bool_]
    steps: npt.NDArray[np.int64]
    plan: Callable[[int], list[int]] = field(repr=False)

    def __len__(self) -> int:
        """Number of outcomes."""
        return len(self.counts)

    def label(self, index: int) -> str:
        """An outcome in words: `cheese 1, moved 12, ended`."""
        told = [f"{n} {c}" for n, c in zip(self.level.world.events, self.counts[index], strict=True) if c]
        return ", ".join([*told, *(["ended"] if self.ended[index] else [])]) or "nothing"

    def path(self, index: int) -> list[int]:
        """Cells that the plan of an outcome passes through, the start included."""
        return path_of(self.level, self.plan(index))


def path_of(level: Level, actions: list[int]) -> list[int]:
    """Cells passed when taking these actions, where chance does what is likeliest; the cell where the episode ends included."""
    from ..envs.world import destination

    mdp = model_of(level)
    state, cells = mdp.initial, [level.agent]
    for action in actions:
        state, entered = mdp.likeliest(state, action)[0], int(destination(level.solid, level.width, cells[-1], action))
        if state == mdp.absorbing:
            cells.append(entered)
            break
        after = int(mdp.states[state, 0])
        cells += [after] if after in (entered, cells[-1]) else [entered, after]  # where a step carries the agent elsewhere
    return cells


def outcome_set(level: Level, events: Collection[str], kind: str = "profiles", most: int = 100_000) -> OutcomeSet:
    """The outcomes of a level, told apart by `events`.

    Args:
        level: a level of a deterministic world.
        events: all events with a non-zero weight in the base reward, any proxy or any objective that will be compared.
        kind: "profiles" is every reachable (final status, counts of events) with the least number of moves;
            "itineraries" is every ordered visit to cells where an event can occur, by shortest ways. The second is easy
            to read but forgets detours and waiting, so it never supports HOLDS by itself.
        most: refuse above this many outcomes.

    Raises:
        TooManyProfiles: above `most`.
        UnknownName: unknown kind, or an event that the world does not have.
        TypeError: `events` is one text, or `level` is no level.
        ValueError: a stochastic world, or itineraries where sites are not fixed.
    """
    if not isinstance(level, Level):
        raise TypeError(f"outcome_set: {level!r} is not a Level; draw one with world.sample(...) or world.parse(...).")
    if isinstance(events, str):
        raise TypeError(f"outcome_set: events={events!r} is one text; give a set of names, such as {{{events!r}}}.")
    for event in events:
        if event not in level.world.events:
            raise UnknownName(f"event of {level.world.name}", event, level.world.events)
    if kind == "profiles":
        found = profiles(model_of(level), level.horizon, events, most)
        told = frozenset(events) | {"moved"}
        return OutcomeSet(level, kind, told, True, found.waits, found.counts, found.ended, found.steps, found.plan)
    if kind == "itineraries":
        return _itineraries(level, events, most)
    raise UnknownName("outcome set", kind, KINDS)


def sites(mdp: MDP, events: Collection[str]) -> list[int]:
    """Cells where one of `events` can occur, drawn or not.

    Events that occur in most cells, such as moving up, belong to the way and make no site.
    """
    world = mdp.level.world
    entered = np.where(mdp.successor[:, :, 0] == mdp.absorbing, -1, mdp.states[mdp.successor[:, :, 0], 0])
    n_cells = len(np.unique(mdp.states[:-1, 0]))
    found: set[int] = set()
    for name in set(events) - {"moved"}:
        state, action = np.nonzero(mdp.counts[:, :, 0, world.events.index(name)])
        cells = {
            path_step(mdp, int(s), int(a)) if entered[s, a] < 0 else int(entered[s, a])
            for s, a in zip(state, action, strict=True)
        }
        if len(cells) <= n_cells // 2:
            found |= cells
    return sorted(found)


def path_step(mdp: MDP, state: int, action: int) -> int:
    """Cell that an action enters, also where that ends the episode."""
    return int(mdp.states[state, 0]) + (-mdp.level.width, mdp.level.width, -1, 1, 0)[action]


def _itineraries(level: Level, events: Collection[str], most: int) -> OutcomeSet:
    """Depth-first over ordered visits; each leg is a shortest way from the state reached so far."""
    if not level.world.fixed_sites:
        raise ValueError(f"{level.world.name}: its sites are not fixed, so itineraries are not defined; use profiles.")
    mdp = model_of(level)
    targets = sites(mdp, events)
    kept = [i for i, name in enumerate(level.world.events) if name in set(events) | {"moved"}]
    rows: dict[tuple[bytes, bool], tuple[npt.NDArray[np.int64], bool, list[int]]] = {}
    stack = [(mdp.initial, np.zeros(len(level.world.events), dtype=np.int64), [], frozenset[int]())]
    while stack:
        state, counts, actions, visited = stack.pop()
        told = np.zeros_like(counts)
        told[kept] = counts[kept]
        rows.setdefault((told.tobytes(), state == mdp.absorbing), (told, state == mdp.absorbing, actions))
        if len(rows) > most:
            raise TooManyProfiles(
                f"More than {most:,} itineraries over {len(targets)} sites; shorten the horizon or use profiles."
            )
        if state == mdp.absorbing:
            continue
        ways = _shortest_ways(mdp, state, targets)
        for target in targets:
            if target in visited or target not in ways or len(actions) + len(ways[target]) > level.horizon:
                continue
            at, total = state, counts.copy()
            for action in ways[target]:
                total += mdp.counts[at, action, 0]
                at = int(mdp.successor[at, action, 0])
            stack.append((at, total, actions + ways[target], visited | {target}))
    listed = list(rows.values())
    plans = [actions for _, _, actions in listed]
    return OutcomeSet(
        level,
        "itineraries",
        frozenset(events) | {"moved"},
        False,
        True,
        np.array([counts for counts, _, _ in listed]),
        np.array([ended for _, ended, _ in listed]),
        np.array([len(actions) for actions in plans]),
        plans.__getitem__,
    )


def _shortest_ways(mdp: MDP, start: int, targets: list[int]) -> dict[int, list[int]]:
    """Fewest actions from a state until the agent enters each target cell."""
    came: dict[int, tuple[int, int]] = {start: (-1, -1)}
    ways: dict[int, list[int]] = {}
    wanted, queue = set(targets), [start]
    for state in queue:
        for action in range(len(ACTIONS) - 1):
            nxt = int(mdp.successor[state, action, 0])
            if nxt == state or (nxt in came and nxt != mdp.absorbing):
                continue
            cell = path_step(mdp, state, action)
            if cell in wanted and cell not in ways:
                way, at = [action], state
                while came[at][0] >= 0:
                    way.append(came[at][1])
                    at = came[at][0]
                ways[cell] = way[::-1]
            if nxt != mdp.absorbing:
                came[nxt] = (state, action)
                queue.append(nxt)
    return ways
