"""The smallest level on which two objectives choose differently: found by chance, cut down, and checked from below."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np

from ..agents.objective import Domain, MesaObjective
from ..agents.planner import PlannerAgent, optimum, reward_of
from ..agents.planner import model_of as model
from ..agents.zoo import proxy_agent
from ..envs.errors import KnobError, LevelError, StateSpaceError, UnknownName
from ..envs.level import Level
from ..envs.mutations import smaller
from ..envs.world import Weights, World, as_weights

BOARDS = 20_000
"""Smaller boards that are tried at most, to show that there is no smaller one."""


@dataclass(frozen=True)
class Smallest:
    """A level on which no plan is best for both objectives.

    Attributes:
        level: the level.
        loss: what an agent with the first objective loses by the second at least, however its ties break.
        tried: boards that were tried.
        proved: whether every smaller board that holds only such things, with open floor, was tried and tells nothing apart.
    """

    level: Level
    loss: float
    tried: int
    proved: bool


def agent_wanting(world: World, wish: str) -> PlannerAgent:
    """The agent that wants "base", a proxy by its name, or weights such as `key_taken=1,moved=-0.02`.

    Raises:
        UnknownName: neither; or an event that the world does not have.
        KnobError: a weight that is no number.
    """
    if "=" in wish:
        pairs = [part.partition("=") for part in wish.split(",")]
        weights = as_weights({event.strip(): number.strip() for event, _, number in pairs})
        world.vector(weights)
        return PlannerAgent(wish, world, MesaObjective(wish, Domain.TRANSITION, weights))
    if wish == "base":
        return PlannerAgent("base", world, MesaObjective("base", Domain.TRANSITION, world.base))
    if wish not in world.proxies:
        raise UnknownName(f"objective in {world.name}", wish, ["base", *world.proxies])
    return proxy_agent(world, wish)


def loss_by(level: Level, agent: PlannerAgent, weights: Weights, ties: str = "best") -> float:
    """What `agent` loses of the most that can be earned by `weights` on `level`, with its ties broken "best" or "worst"."""
    whole, denominator = level.world.exact(weights)
    lost = optimum(level, tuple(whole.tolist())) - agent.policy(level).value(reward_of(model(level), whole), ties)
    return float(lost) / denominator if lost > 1e-9 * denominator else 0.0


def smallest_level(
    world: World,
    first: PlannerAgent,
    second: PlannerAgent,
    seed: int = 0,
    starts: int = 6,
    draws: int = 200,
    least: float = 0.0,
    on_progress: Callable[[str], None] | None = None,
) -> Smallest:
    """Search for the smallest level on which every plan that is best for `first` is not best for `second`.

    Sampled levels that tell them apart are cut down as long as they do (rows, columns, things, inner walls), then every
    smaller open board with the same things is tried. Size is counted in interior cells, then in things.

    Args:
        world: the world, whose size bounds the search.
        first: an agent with the first objective.
        second: an agent whose objective is weights; what is lost is counted by them.
        seed: of the levels to start from.
        starts: levels that are cut down.
        draws: levels drawn for each start at most, half of them by the training and half by the deployment law.
        least: loss that has to be exceeded, in units of the second objective.
        on_progress: is told in a few words what goes on.

    Raises:
        KnobError: a loss that is no number of at least 0.
        LevelError: no level drawn tells the two apart.
    """
    if not 0 <= least < float("inf"):
        raise KnobError(f"{world.spec}: a loss of at least {least:g} cannot be looked for; give a number of at least 0.")
    weights = second.objective.weights_on
    tried = 0

    def apart(level: Level) -> bool:
        nonlocal tried
        tried += 1
        try:
            return loss_by(level, first, weights(level)) > least
        except StateSpaceError:
            return False

    rng, found = np.random.default_rng(seed), []
    for start in range(starts):
        drawn = (world.sample(rng, float(i % 2)) for i in range(draws))
        level = next((level for level in drawn if apart(level)), None)
        if level is None:
            break
        found.append(cut_down(level, apart))
        if on_progress:
            on_progress(f"start {start + 1} of {starts}: {size_of(found[-1])[0]} cells")
    if not found:
        raise LevelError(
            f"{world.spec}: none of {tried} levels drawn tells {first.name} and {second.name} apart by more than {least:g}; they "
            "may not differ, or ask for a smaller loss."
        )
    best = min(found, key=lambda level: (size_of(level), level.id))
    if on_progress:
        on_progress(f"trying every board below {size_of(best)[0]} cells")
    proved = True
    for board in boards_below(best):
        if tried > BOARDS:
            proved = False
            break
        if apart(board):
            best = board
            break
    return Smallest(best, loss_by(best, first, weights(best)), tried, proved)


def size_of(level: Level) -> tuple[int, int]:
    """Interior cells and things."""
    return (level.height - 2) * (level.width - 2), len(level.things)


def cut_down(level: Level, keeps: Callable[[Level], bool]) -> Level:
    """Cut a level down while it keeps a property, until no single cut does.

    Args:
        level: a level that has the property.
        keeps: the property.
    """
    while True:
        less = next((one for one in smaller(level) if keeps(one)), None)
        if less is None:
            return level
        level = less


def boards_below(level: Level) -> Iterator[Level]:
    """Every valid open board that is smaller than `level` and holds some of its things, least size first."""
    cells, things = size_of(level)
    shapes = [(h, w) for h in range(1, cells + 1) for w in range(1, cells + 1) if h * w <= cells]
    for height, width in sorted(shapes, key=lambda shape: (shape[0] * shape[1], shape)):
        for count in range(min(things, height * width) + 1):
            if (height * width, count) < (cells, things):
                yield from _boards(level, height, width, count)


def _boards(level: Level, height: int, width: int, count: int) -> Iterator[Level]:
    """Every valid open board of this shape with `count` of the level's things."""
    walls = np.pad(np.zeros((height, width), dtype=bool), 1, constant_values=True)
    cells = np.flatnonzero(~walls).tolist()
    seen: set[tuple[tuple[str, ...], int, tuple[int, ...]]] = set()
    inside = [symbol for symbol, cell in level.things if not level.walls.ravel()[cell]]
    for symbols in combinations(inside, count):
        header = {k: v for k, v in level.header.items() if k in symbols or k not in {s for s, _ in level.things}}
        for places in permutations(cells, count):
            for agent in cells:
                key = symbols, agent, places
                if key in seen:
                    continue
                seen.add(key)
                yield from _valid(level, walls, agent, symbols, places, header)


def _valid(
    level: Level, walls: np.ndarray, agent: int, symbols: Sequence[str], places: Sequence[int], header: dict[str, str]
) -> Iterator[Level]:
    """The board, if it is a level."""
    things = tuple(sorted(zip(symbols, places, strict=True), key=lambda thing: thing[1]))
    board = Level(level.world, walls, agent, things, header, level.horizon, level.phase)
    try:
        yield level.world.parse(board.draw(), level.phase)
    except LevelError:
        return
