"""A level as a finite Markov decision process, enumerated from the same rules that step it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .errors import KnobError, StateSpaceError
from .exploring import N_ACTIONS, explored
from .level import Level
from .world import World


@dataclass(frozen=True, eq=False)
class MDP:
    """All states reachable from a set of starts, and all transitions between them.

    The last state, `absorbing`, stands for the end of the episode: it leads to itself with no events. Time is not in
    the state; a horizon is handled by backward induction.

    Attributes:
        level: the level it comes from.
        states: `[S, F]` fields of each state; the absorbing state's row is all -1.
        successor: `[S, A, K]` index of the state each branch leads to.
        chance: `[S, A, K]` probability of each branch, 0 for unused branches.
        counts: `[S, A, K, E]` events that each branch emits.
        start: `[S]` probability of starting in each state.
    """

    level: Level
    states: npt.NDArray[np.int32]
    successor: npt.NDArray[np.int32]
    chance: npt.NDArray[np.float64]
    counts: npt.NDArray[np.int32]
    start: npt.NDArray[np.float64]

    def __repr__(self) -> str:
        """A line: its level and size."""
        return f"<MDP of {self.level.id}, {self.n_states - 1:,} states and the end>"

    @property
    def n_states(self) -> int:
        """Number of states, the absorbing one included."""
        return self.successor.shape[0]

    @property
    def absorbing(self) -> int:
        """Index of the state that stands for the end of the episode."""
        return self.n_states - 1

    @property
    def initial(self) -> int:
        """Index of the level's start state."""
        return int(self.start.argmax())

    @property
    def deterministic(self) -> bool:
        """Whether every (state, action) has one outcome."""
        return self.successor.shape[2] == 1

    @cached_property
    def transition(self) -> sparse.csr_array:
        """`[S * A, S]` probability of landing in each state; row `s * A + a`."""
        used = self.chance.ravel() > 0
        rows = np.repeat(np.arange(self.n_states * N_ACTIONS), self.chance.shape[2])[used]
        entries = (self.chance.ravel()[used], (rows, self.successor.ravel()[used]))
        return sparse.csr_array(sparse.coo_array(entries, shape=(self.n_states * N_ACTIONS, self.n_states)))

    @cached_property
    def expected_events(self) -> npt.NDArray[np.float64]:
        """`[S, A, E]` events expected when taking each action in each state."""
        return np.einsum("sak,sake->sae", self.chance, self.counts)

    @cached_property
    def events(self) -> tuple[sparse.csr_array, ...]:
        """For each event, a sparse `[S * A, S]` matrix of its count when (s, a) leads to s', averaged over branches."""
        used = self.chance.ravel() > 0
        rows = np.repeat(np.arange(self.n_states * N_ACTIONS), self.chance.shape[2])[used]
        columns, chance = self.successor.ravel()[used].astype(np.int64), self.chance.ravel()[used]
        arrival, place = np.unique(rows * self.n_states + columns, return_inverse=True)
        landing = np.bincount(place, chance)
        kinds = []
        for e in range(self.counts.shape[3]):
            mean = np.bincount(place, chance * self.counts[..., e].ravel()[used]) / landing
            some = np.flatnonzero(mean)
            where = arrival[some] // self.n_states, arrival[some] % self.n_states
            kinds.append(sparse.csr_array(sparse.coo_array((mean[some], where), shape=self.transition.shape)))
        return tuple(kinds)

    def likeliest(self, state: int, action: int) -> tuple[int, npt.NDArray[np.int32]]:
        """The state that an action most probably leads to, and the counts (`[E]`) of the events on the way there."""
        branch = self.chance[state, action].argmax()
        return int(self.successor[state, action, branch]), self.counts[state, action, branch]

    def index(self, fields: npt.NDArray[np.int32]) -> int:
        """Index of the state with these `fields` (`[F]`).

        Raises:
            KeyError: no such state can be reached.
        """
        return self._index[tuple(int(v) for v in fields)]

    @cached_property
    def _index(self) -> dict[tuple[int, ...], int]:
        return {tuple(row): i for i, row in enumerate(self.states.tolist())}

    def text(self, state: int) -> str:
        """A state in words."""
        if state == self.absorbing:
            return "the end"
        return self.level.world.describe(self.level, self.states[state])


def enumerate_level(level: Level, max_states: int = 1_000_000) -> MDP:
    """Every state reachable from the level's start; see `Level.to_mdp`."""
    return reachable_closure(level, level.start[None, :], max_states=max_states)


def reachable_closure(
    level: Level,
    starts: npt.NDArray[np.int32],
    chance: npt.NDArray[np.float64] | None = None,
    max_states: int = 1_000_000,
) -> MDP:
    """The process restricted to what can be reached from a distribution of starts.

    Args:
        level: the level.
        starts: `[N, F]` fields of each start state.
        chance: `[N]` probability of each start; None is uniform.
        max_states: refuse above this many states.

    Raises:
        StateSpaceError: more than `max_states` reachable; names the count and the fields that multiply it.
        KnobError: `max_states` is no whole number of at least 1.
    """
    if not isinstance(max_states, (int, np.integer)) or max_states < 1:
        raise KnobError(f"max_states {max_states!r} is not a whole number of at least 1; the start alone is one state.")
    world = level.world
    starts = np.array(starts, dtype=np.int32)
    table, absorbing, places = explored(level, starts, max_states)
    if absorbing > max_states:
        raise StateSpaceError(_too_many(world, level, max_states))
    states, successor, probability, counts = table.first(absorbing + 1)
    successor[successor < 0] = absorbing
    states[absorbing], successor[absorbing], counts[absorbing] = -1, absorbing, 0
    probability[absorbing], probability[absorbing, :, 0] = 0.0, 1.0
    share = np.full(len(starts), 1 / len(starts)) if chance is None else np.asarray(chance, dtype=float)
    start = np.zeros(absorbing + 1)
    np.add.at(start, places, share)
    return MDP(level, states, successor, probability, counts, start)


def _too_many(world: World, level: Level, max_states: int) -> str:
    fields = sorted(world.fields(level), key=lambda f: -f.size)
    product = prod(f.size for f in fields)
    listed = " × ".join(f"{f.name} {f.size:,}" for f in fields)
    return (
        f"{level.id}: more than max_states={max_states:,} states are reachable; the fields allow up to {product:,} ({listed}). "
        f"Most come from {fields[0].name!r}; use a smaller level or fewer objects, or raise max_states."
    )
