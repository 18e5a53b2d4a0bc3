"""What an agent makes of a level: the value of each cell to it, the way that it would take from here, its whole episode."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...agents.controls import RandomAgent
from ...agents.objective import Domain, MesaObjective
from ...agents.planner import PlannerAgent, Policy, model_of, reward_of
from ...agents.planning import Lookahead, ValueIteration
from ...agents.zoo import Agent, proxy_agent
from ...envs.errors import StateSpaceError
from ...envs.level import Level
from ...envs.mdp import MDP
from ...envs.world import World, destination
from .game import NOTHING, Game, Position, begin, moved, worth

MOST = 30_000_000
"""Values that are computed for one map, states times steps."""


class Overlay(NamedTuple):
    """What is laid over a level.

    Attributes:
        title: what it shows, in words.
        values: `[H * W]` the value of each cell, nan where there is none; None shows no values.
        way: cells from the agent's on; empty shows no way.
        why: why there is nothing to show; "" where there is something.
    """

    title: str = ""
    values: npt.NDArray[np.float64] | None = None
    way: tuple[int, ...] = ()
    why: str = ""


def laid_over(game: Game) -> Overlay:
    """What the game's layer shows now."""
    kind, name = game.layer
    world, here = game.deck.world, game.now
    if kind == "nothing":
        return Overlay()
    if kind == "plan":
        title = f"way of {game.agent.name} from here" if game.agent else ""
    else:
        title = {"reward": "value by the reward", "proxy": f"value by the proxy {name}"}.get(kind, "")
        title = title or (f"value to {game.agent.name}" if game.agent else "")
    if here.ended:
        return Overlay(title, why="the episode is over")
    try:
        if kind == "plan" and game.agent is not None:
            return Overlay(title, way=plan(game.agent, here, game.taken))
        agent = (
            wanting_reward(world) if kind == "reward" else proxy_agent(world, name) if kind == "proxy" else game.agent
        )
        return Overlay(title, values=cell_values(agent, here))
    except ValueError as error:
        return Overlay(title, why=str(error))


class Layers:
    """What a face shows, and which of it took a while to compute the first time."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._known: set[Hashable] = set()

    def of(self, game: Game) -> Iterator[tuple[Overlay, bool]]:
        """What to show of a game, in order, and whether it is to say that more is being computed."""
        asked = (game.level, game.layer, game.agent)
        if game.layer != NOTHING and asked not in self._known:
            self._known.add(asked)
            yield Overlay(), True
        yield laid_over(game), False


def spread(overlay: Overlay) -> tuple[float, float] | None:
    """The least and the greatest value that an overlay shows."""
    if overlay.values is None or not np.isfinite(overlay.values).any():
        return None
    return float(np.nanmin(overlay.values)), float(np.nanmax(overlay.values))


def wanting_reward(world: World) -> PlannerAgent:
    """The agent that wants what the reward pays."""
    return PlannerAgent("reward", world, MesaObjective("reward", Domain.TRANSITION, world.base))


# Values --------------------------------------------------------------------------------------------------------------


def cell_values(agent: Agent | None, here: Position) -> npt.NDArray[np.float64]:
    """`[H * W]` what the agent expects by its own objective if it stood in each cell now, all else as it is.

    What entering a cell pays counts where nobody can stand there without having entered it, as on a cheese; the move itself
    does not. Cells are nan where no way of playing leads to such a state.

    Args:
        agent: the agent.
        here: the position.

    Raises:
        ValueError: the agent gives single cells no value, or the level has too many states.
    """
    if not isinstance(agent, PlannerAgent):
        raise ValueError("it has no objective, so no cell has a value to it")
    if agent.objective.outer is not None or not agent.objective.additive:
        raise ValueError("it scores whole ways, so single cells have no value to it")
    level = here.level
    if agent.believed(level) is not level:
        raise ValueError("it plans in a level that it only believes in")
    whole, denominator = level.world.exact(agent.objective.weights_on(level))
    wanted = agent.sign * whole
    model, table = model_of(level), _values(level, tuple(wanted.tolist()), agent.search)
    to_go = agent.search.to_go(level.horizon)
    after = table[min(int(to_go[here.clock]), len(table) - 1)]
    paid = wanted.copy()
    paid[level.world.events.index("moved")] = 0
    fields, out = here.fields, np.full(level.walls.size, np.nan)
    for cell in np.flatnonzero(level.solid == 0).tolist():
        state = _standing(model, fields, cell)
        out[cell] = _entered(model, fields, cell, paid, after) if state is None else after[state]
    return agent.sign * out / denominator


def _standing(model: MDP, fields: npt.NDArray[np.int32], cell: int) -> int | None:
    """The state that differs from `fields` (`[F]`) in the agent's cell alone; None where there is none."""
    moved = fields.copy()
    moved[0] = cell
    try:
        return model.index(moved)
    except KeyError:
        return None


def _entered(
    model: MDP,
    fields: npt.NDArray[np.int32],
    cell: int,
    paid: npt.NDArray[np.int64],
    after: npt.NDArray[np.int64] | npt.NDArray[np.float64],
) -> float:
    """The most that entering a cell from beside it pays, and what comes after; nan where no state beside it exists."""
    width, found = model.level.width, np.nan
    for action, step in enumerate((-width, width, -1, 1)):
        state = _standing(model, fields, cell - step)
        if state is None or (model.states[model.successor[state, action], 0] == cell - step).all():
            continue
        reached = model.successor[state, action]
        found = np.fmax(found, model.chance[state, action] @ (model.counts[state, action] @ paid + after[reached]))
    return float(found)


@lru_cache(maxsize=4)
def _values(
    level: Level, whole: tuple[int, ...], search: ValueIteration | Lookahead
) -> npt.NDArray[np.int64] | npt.NDArray[np.float64]:
    """`[T + 1, S]` most that is expected with t steps to go, for whole-number weights on events (`[E]`).

    Raises:
        StateSpaceError: too many states.
    """
    model = model_of(level)
    if model.n_states * (level.horizon + 1) > MOST:
        raise StateSpaceError(
            f"{level.id} has {model.n_states - 1:,} states over {level.horizon} steps, too many to show values of; use a smaller "
            "level, fewer things or a shorter horizon"
        )
    return search.solve(model, reward_of(model, np.array(whole, dtype=np.int64)), level.horizon).values


# Ways ----------------------------------------------------------------------------------------------------------------


def plan(agent: Agent, here: Position, taken: list[int]) -> tuple[int, ...]:
    """Cells from here on of the way that the agent would take, chance doing what is likeliest.

    Args:
        agent: the agent.
        here: the position.
        taken: the actions that led there.

    Raises:
        ValueError: the agent acts at random, or the level has too many states.
    """
    if isinstance(agent, RandomAgent):
        raise ValueError("it acts at random and has no plan")
    policy = policy_of(agent, here.level)
    model, truth, level = policy.solution.mdp, model_of(here.level), here.level
    state, cells = stands(policy, here, taken), [int(here.fields[0])]
    for step in range(here.clock, level.horizon):
        action = policy.action(step, state)
        state = model.likeliest(state, action)[0]
        true = state if policy.truth is None else int(policy.truth[state])
        if true == truth.absorbing:
            cells.append(int(destination(level.solid, level.width, cells[-1], action)))
            break
        cells.append(int(truth.states[true, 0]))
    return tuple(cells)


@lru_cache(maxsize=8)
def policy_of(agent: Agent, level: Level) -> Policy:
    """What the agent may do on a level; kept, for it is asked at every step."""
    return agent.policy(level)


def episode(agent: Agent, level: Level, seed: int) -> tuple[Position, ...]:
    """The positions of an episode that the agent plays; `seed` decides what chance does, and an agent that acts at random."""
    policy = policy_of(agent, level)
    rng = np.random.default_rng([seed, 2]) if isinstance(agent, RandomAgent) else None
    positions, taken = [begin(level, seed)], []
    while not positions[-1].ended:
        here = positions[-1]
        taken.append(policy.action(here.clock, stands(policy, here, taken), rng))
        positions.append(moved(here, taken[-1]))
    return tuple(positions)


def own_worth(agent: Agent | None, positions: Sequence[Position]) -> float | None:
    """What the positions of an episode are worth so far by the agent's own objective; None where it has none."""
    if not isinstance(agent, PlannerAgent):
        return None
    level = positions[0].level
    if agent.search.discount is not None:
        weights, later = agent.objective.weights_on(level), float(agent.search.discount)
        return sum(worth(level.world, weights, p.latest) * later ** (p.clock - 1) for p in positions[1:])
    own = agent.objective.values(level, np.array([positions[-1].totals]))
    return int(own.numerators[0]) / own.denominator


def stands(policy: Policy, here: Position, taken: list[int]) -> int:
    """The state of a policy's own process at a position that these actions led to."""
    model = policy.solution.mdp
    if policy.truth is None:
        return model.index(here.fields)
    state = model.initial
    for action in taken:
        state = model.likeliest(state, action)[0]
    return state
