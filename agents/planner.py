"""The agent that plans: an objective, a model, a search procedure and a decision rule."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..envs.level import Level
from ..envs.mdp import MDP
from ..envs.world import ACTIONS, STAY, World
from .objective import MesaObjective
from .planning import Lookahead, Solution, ValueIteration, tied_value
from .planning.exhaustive import profiles
from .planning.paired import paired
from .planning.thrift import searched

RULES = ("argmax", "argmin")


@lru_cache(maxsize=512)
def model_of(level: Level) -> MDP:
    """The level's exact model; kept, because many agents ask for the same."""
    return level.to_mdp()


SOLUTIONS = 600_000_000
"""Bytes of solutions that are kept, because many agents ask for the same."""
_solutions: OrderedDict[tuple[Level, tuple[int, ...], ValueIteration | Lookahead], Solution] = OrderedDict()


def solved(level: Level, whole: tuple[int, ...], search: ValueIteration | Lookahead) -> Solution:
    """All optimal actions for whole-number weights on events, fewer moves where those tie; kept like the models.

    Exact in deterministic worlds without a discount, double precision elsewhere.

    Args:
        level: the level.
        whole: `[E]` weights; a minimiser passes them negated.
        search: the search procedure.
    """
    key = level, whole, search
    found = _solutions.pop(key, None)
    if found is None:
        found = searched(level, model_of(level), whole, search)
    _solutions[key] = found
    while len(_solutions) > 1 and sum(s.values.nbytes + s.optimal.nbytes for s in _solutions.values()) > SOLUTIONS:
        _solutions.popitem(last=False)
    return found


def reward_of(mdp: MDP, whole: npt.NDArray[np.int64]) -> Any:
    """`[S, A]` what each action earns by whole-number weights on events (`[E]`): exact, or expected where chance decides."""
    return np.ascontiguousarray((mdp.counts[:, :, 0, :] if mdp.deterministic else mdp.expected_events) @ whole)


@lru_cache(maxsize=4096)
def optimum(level: Level, whole: tuple[int, ...]) -> int | float:
    """Most that any policy earns on `level` by whole-number weights on events (`[E]`), undiscounted to the horizon."""
    mdp = model_of(level)
    if not mdp.deterministic:
        reward = reward_of(mdp, np.array(whole))
        return float(ValueIteration().solve(mdp, reward, level.horizon).values[-1, mdp.initial])
    value = int(solved(level, whole, ValueIteration()).values[-1, mdp.initial])
    return -(-value // (level.horizon + 1))


class Policy(NamedTuple):
    """The actions an agent may take at each step of an episode on one level.

    Attributes:
        solution: allowed actions by (row, state).
        to_go: `[T]` the row of `solution.optimal` that holds at each step.
        truth: `[S]` state of the level's own process in each state of the solution's; None where they are the same.
        others: policies that it may as well follow, where one solution cannot hold all its ties.
    """

    solution: Solution
    to_go: npt.NDArray[np.int64]
    truth: npt.NDArray[np.int64] | None = None
    others: tuple[Any, ...] = ()

    def allowed(self, step: int, state: int) -> int:
        """Bit mask of the actions it may take."""
        if step >= len(self.to_go):
            return 1 << STAY
        return int(self.solution.optimal[self.to_go[step], state])

    def action(self, step: int, state: int, rng: np.random.Generator | None = None) -> int:
        """An action it may take: one at random, or without `rng` the first that gets on with it, else staying."""
        mask = self.allowed(step, state)
        options = [a for a in range(len(ACTIONS)) if mask >> a & 1]
        if rng is not None:
            return int(rng.choice(options))
        acts = [a for a in options if self.solution.mdp.likeliest(state, a)[0] != state]
        return acts[0] if acts else options[-1]

    def value(self, reward: npt.NDArray[np.int64] | npt.NDArray[np.float64], ties: str = "worst") -> Any:
        """What the episode earns by `reward` (`[S, A]` of the level's own process), ties "worst", "best" or "mean"."""
        own: Any = reward if self.truth is None else np.ascontiguousarray(reward[self.truth])
        earned = [tied_value(self.solution, own, ties, self.to_go)[self.solution.mdp.initial]]
        earned += [other.value(reward, ties) for other in self.others]
        return {"worst": min, "best": max, "mean": np.mean}[ties](earned) if self.others else earned[0]

    def actions(self, rng: np.random.Generator | None = None) -> list[int]:
        """One plan up to the end of the episode, where chance does what is likeliest; ties as in `action`."""
        mdp, state, taken = self.solution.mdp, self.solution.mdp.initial, []
        for step in range(len(self.to_go)):
            if state == mdp.absorbing:
                break
            taken.append(self.action(step, state, rng))
            state = mdp.likeliest(state, taken[-1])[0]
        return taken


def path_policy(mdp: MDP, actions: Sequence[int], horizon: int) -> Policy:
    """The policy that follows one plan and then stays."""
    optimal = np.full((horizon + 1, mdp.n_states), 1 << STAY, dtype=np.uint8)
    state = mdp.initial
    for step, action in enumerate(actions[:horizon]):
        optimal[horizon - step, state] = 1 << action
        state = mdp.likeliest(state, action)[0]
    return Policy(Solution(mdp, horizon, np.zeros((1, mdp.n_states)), optimal), np.arange(horizon, 0, -1))


class Predictor:
    """`predict` as in Stable-Baselines3, for any agent that has a policy on each level.

    Observations are planes. An agent reads the level off the first observation of an episode and follows its own model
    from there; what it knows travels in `state`. Without a `state` every observation starts afresh.

    No observation tells the horizon: an agent takes that of its own world (`world.steps`). Make the environment with the
    same world, `GridWorld(agent.world)`, or with the same `horizon=`; only a drawing with a `horizon:` line of its own can
    then differ, and `policy(level)` plans for that one.
    """

    name: str
    world: World
    seed: int = 0
    """Seed of the generator that random choices are drawn from; agents made alike choose alike, call by call."""

    def policy(self, level: Level) -> Policy:
        """The actions it may take on `level`."""
        raise NotImplementedError

    def reads(self, level: Level) -> set[str]:
        """Events that decide what it does on `level`; none for an agent without an objective."""
        return set()

    def predict(
        self,
        observation: npt.NDArray[np.uint8],
        state: tuple[Any, ...] | None = None,
        episode_start: npt.NDArray[np.bool_] | None = None,
        deterministic: bool = True,
    ) -> tuple[npt.NDArray[np.int64], tuple[Any, ...] | None]:
        """Actions for one observation or a batch, and the memory to pass in next time.

        Args:
            observation: `[H, W, C]` or `[B, H, W, C]` planes.
            state: what the last call returned; None at the start.
            episode_start: `[B]` true where an episode has just begun.
            deterministic: break ties towards the first action; else at random, from the generator that `seed` starts.

        Raises:
            ValueError: the observation is not planes of this agent's world, memory or starts are not of this batch, or its
                objective reads what no observation shows.
            TypeError: the observation is no array of numbers, or `state` is not what `predict` returned.
        """
        seen = _planes_of(self.world, observation)
        batch = seen[None] if seen.ndim == 3 else seen
        starts = _starts(self.world, len(batch), state, episode_start)
        rng = None if deterministic else self._generator()
        memory = []
        chosen = np.zeros(len(batch), dtype=np.int64)
        for i, planes in enumerate(batch):
            if starts[i] or state is None:
                policy, step = self._begin(planes), 0
                at = policy.solution.mdp.initial
            else:
                policy, step, before, action = state[i]
                at = arrived(policy.solution.mdp, before, action, planes)
            chosen[i] = policy.action(step, at, rng)
            memory.append((policy, step + 1, at, int(chosen[i])))
        return (chosen[0] if seen.ndim == 3 else chosen), tuple(memory)

    def _generator(self) -> np.random.Generator:
        if "_rng" not in self.__dict__:
            self.__dict__["_rng"] = np.random.default_rng(self.seed)
        return self.__dict__["_rng"]

    def _begin(self, planes: npt.NDArray[np.uint8]) -> Policy:
        level = level_seen(self.world, planes)
        for line, events in self.world.unseen.items():
            if read := sorted(self.reads(level) & set(events)):
                raise ValueError(
                    f"{self.world.spec}: the objective of this agent reads {', '.join(read)}, which no observation shows: they "
                    f"depend on the level's line '{line}:'. Play it with agent.policy(level), which knows the level, or take "
                    "one that goes by what it sees, such as a corrigible agent."
                )
        cache: dict[str, Policy] = self.__dict__.setdefault("_policies", {})
        if level.id not in cache:
            if len(cache) >= 256:
                cache.pop(next(iter(cache)))
            cache[level.id] = self.policy(level)
        return cache[level.id]


def arrived(mdp: MDP, state: int, action: int, planes: npt.NDArray[np.uint8]) -> int:
    """The state that an action led to: where chance decides, the one that looks like `planes` (`[H, W, C]`)."""
    reached = np.unique(mdp.successor[state, action, mdp.chance[state, action] > 0]).tolist()
    for one in reached if len(reached) > 1 else ():
        if one != mdp.absorbing and np.array_equal(mdp.level.planes(mdp.states[one]), planes):
            return one
    return reached[0]


def _planes_of(world: World, observation: Any) -> npt.NDArray[np.uint8]:
    """`[H, W, C]` or `[B, H, W, C]` the observation, once it can be planes: binary, and with one agent each."""
    given, channels = np.asarray(observation), len(world.channels)
    hint = "Make the environment with obs='planes', and leave its observations as they are."
    if given.dtype.kind not in "biuf":
        raise TypeError(f"{world.name}: an observation is an array of numbers; got {type(observation).__name__}. {hint}")
    if given.ndim not in (3, 4) or given.shape[-1] != channels:
        raise ValueError(
            f"{world.name}: a planner reads planes [height, width, {channels}], or a batch of them; got shape "
            f"{given.shape}. {hint}"
        )
    wrong = given[(given != 0) & (given != 1)]
    if wrong.size:
        raise ValueError(f"{world.name}: planes hold 0 and 1 alone; got {wrong[0]:g}, as in pictures or scaled planes. {hint}")
    agent = [channel.name for channel in world.channels].index("agent")
    shown = np.atleast_1d((given[..., agent] != 0).sum(axis=(-2, -1)))
    if (shown != 1).any():
        raise ValueError(f"{world.name}: {shown[shown != 1][0]} agents in an observation; planes show exactly one. {hint}")
    return given.astype(np.uint8)


def _starts(world: World, count: int, state: Any, episode_start: Any) -> npt.NDArray[np.bool_]:
    """`[count]` where an episode has just begun."""
    if state is None:
        return np.ones(count, dtype=bool)
    if not isinstance(state, tuple) or not all(isinstance(row, tuple) and isinstance(row[0], Policy) for row in state):
        raise TypeError(f"{world.name}: state is not what predict returned; pass that on, or None at the start.")
    if len(state) != count:
        raise ValueError(f"{world.name}: state remembers {len(state)} episodes, the batch has {count}; pass None to start anew.")
    starts = np.asarray(False if episode_start is None else episode_start, dtype=bool)
    if starts.shape not in ((), (1,), (count,)):
        raise ValueError(f"{world.name}: episode_start has shape {starts.shape}, the batch has {count}; give one a row.")
    return np.broadcast_to(starts, count)


def level_seen(world: World, planes: npt.NDArray[np.uint8]) -> Level:
    """The level that planes (`[H, W, C]`) show; the compiled rules trust it, so nothing that is none gets through.

    Raises:
        ValueError: no level of this world looks like that.
    """
    why = "it differs from what it is read as"
    try:
        inner = np.zeros(planes.shape[:2], dtype=bool)
        inner[1:-1, 1:-1] = True
        if not (planes[..., 0] | inner).all():
            why = "its border is not closed by walls"
        else:
            level = world.read(planes)
            if not level.solid[level.agent]:
                world.check(level)
                if np.array_equal(level.planes(), planes):
                    return level
    except (ValueError, IndexError, KeyError) as error:
        why = str(error)
    raise ValueError(f"{world.spec}: this observation shows no level of this world ({why}). Give it the planes of its own world.")


@dataclass(frozen=True, eq=False)
class PlannerAgent(Predictor):
    """Searches over plans for one that scores best by its own objective.

    Attributes:
        name: for tables.
        world: the world it lives in.
        objective: the criterion of its search, its mesa-objective.
        search: how it searches, and its budget.
        rule: "argmax" takes a best plan, "argmin" a worst one.
        model: the level it believes it is in, as a function of the true one; None knows the truth. An agent with a model
            of its own plans once and does not look again.
        seed: of the generator that breaks ties in `predict(..., deterministic=False)`; an agent made anew starts it anew.
    """

    name: str
    world: World
    objective: MesaObjective
    search: ValueIteration | Lookahead = field(default_factory=ValueIteration)
    rule: str = "argmax"
    model: Callable[[Level], Level] | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the decision rule."""
        if self.rule not in RULES:
            raise ValueError(f"{self.name}: decision rule {self.rule!r} is not one of {', '.join(RULES)}.")

    @property
    def sign(self) -> int:
        """1 for a maximiser, -1 for a minimiser."""
        return 1 if self.rule == "argmax" else -1

    def believed(self, level: Level) -> Level:
        """The level it believes it is in."""
        return level if self.model is None else self.model(level)

    def reads(self, level: Level) -> set[str]:
        """Events that its objective reads on the level it believes it is in."""
        return self.objective.events(self.believed(level))

    def solution(self, level: Level, search: ValueIteration | Lookahead | None = None) -> Solution:
        """All actions its additive objective approves of on `level`, fewer moves where those tie.

        Args:
            level: the level, believed or true.
            search: another search procedure than its own; None takes its own.
        """
        whole, _ = self.world.exact(self.objective.weights_on(level))
        return solved(level, tuple((self.sign * whole).tolist()), search or self.search)

    def policy(self, level: Level) -> Policy:
        """All the plans it may take on `level`, ties included."""
        believed, truth, kinds = self.believed(level), model_of(level), len(self.world.events)
        to_go = self.search.to_go(level.horizon)
        if self.objective.additive and believed is level:
            solution = self.solution(level)
            return Policy(solution, np.minimum(to_go, solution.horizon))
        if self.objective.additive:
            both = paired(truth, model_of(believed))
            whole, _ = self.world.exact(self.objective.weights_on(believed))
            whole = (self.sign * whole).tolist()
            solution = searched(level, both.mdp, whole, self.search, slice(kinds, 2 * kinds))
            return Policy(solution, np.minimum(to_go, solution.horizon), both.truth)
        depth = level.horizon if self.search.depth is None else min(self.search.depth, level.horizon)
        read = self.objective.events(believed) | set(self.world.base)
        thrifty = self.objective.spares_moves(believed, self.sign)
        found = profiles(model_of(believed), depth, read, every_move_count=not thrifty)
        score, _ = self.objective.values(believed, found.counts)
        score = self.sign * score
        best = np.flatnonzero(score == score.max())
        moves = found.counts[best, self.world.events.index("moved")]
        plans = [found.plan(int(profile)) for profile in best[moves == moves.min()]]
        first, *others = (path_policy(truth, plan, level.horizon) for plan in plans)
        return first._replace(others=tuple(others))
