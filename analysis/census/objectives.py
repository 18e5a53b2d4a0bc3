"""A census of objectives: of all weights on a grid, exactly which are optimal in training, and which stay so.

Equal score in training does not fix what an agent wants: how many objectives it leaves is counted here, not argued
(proposition T5 of the theory; docs/objectives.md, section 10).

An objective g = w · z is a vector of exact weights on the world's events. Its agent takes a plan that maximises g, the
one with fewer moves where plans tie. It is *optimal* on a level if every such plan earns as much base reward as can be
earned there (ties at their worst; at their best for comparison).

No planning is done for single objectives. A level's profiles hold every reachable vector of event counts with the least
number of moves that reaches it, so one product of weights and profiles finds the optima of all objectives at once. This
is exact where the weight on `moved` is at most 0: among plans with the same other counts, the fewest moves are then best
for g or tie with the rest, and those ties go to fewer moves. So the plans that an agent may take have exactly the counts
of the rows that are best by (g, −moves), and the base reward is a function of the counts. A positive weight on `moved` is
refused, and so is a stochastic world, where plans have no sure counts.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm, prod
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...agents.planning.exhaustive import profiles
from ...envs.compiling import kept
from ...envs.errors import UnknownName
from ...envs.level import Level
from ...envs.world import Weights, World, exactly
from ..maps.columns import number_text

ROOM = 2**62
"""Scores stay below this in size, so that int64 holds them exactly."""
MOST = 50_000
"""More objectives than this are refused: a table of objectives and levels would not fit in memory."""


@dataclass(frozen=True, eq=False)
class Objectives:
    """A finite class of objectives, linear in the events.

    Attributes:
        events: names of the events, E of them.
        whole: `[K, E]` weights as whole numbers.
        denominator: the positive whole number that all of them are over.
    """

    events: tuple[str, ...]
    whole: npt.NDArray[np.int64]
    denominator: int

    def __len__(self) -> int:
        """How many objectives there are, K."""
        return len(self.whole)

    def weights(self, index: int) -> dict[str, Fraction]:
        """The weights of one objective that are not 0."""
        row = self.whole[index].tolist()
        return {event: Fraction(w, self.denominator) for event, w in zip(self.events, row, strict=True) if w}

    def kinds(self, menus: Sequence[Menu]) -> npt.NDArray[np.int64]:
        """`[K]` a number for each objective, the same for those that are positive multiples of each other on `menus`.

        Such objectives choose alike on these menus. Two weight vectors can differ and still give every outcome there the
        same value: where each object has one shape and one colour, 1 more on all shapes and 1 less on all colours changes
        nothing. Objectives are compared by W (ZᵀZ), which vanishes exactly where W Zᵀ does.
        """
        size = len(self.events)
        gram = sum(((menu.counts.T @ menu.counts).astype(object) for menu in menus), np.zeros((size, size), object))
        gram = gram // max(1, gcd(*gram.ravel()))
        images = self.whole.astype(object) @ gram
        codes: dict[tuple[int, ...], int] = {}
        found = [tuple(x // (gcd(*row) or 1) for x in row) for row in images.tolist()]
        return np.array([codes.setdefault(row, len(codes)) for row in found], dtype=np.int64)


class Menu(NamedTuple):
    """What can be had on one level.

    Attributes:
        counts: `[N, E]` event counts of each outcome.
        moves: `[N]` moves it takes, by which ties are broken; fewer is preferred.
        base: `[N]` base reward per episode, as whole numbers over `denominator`.
        denominator: the positive whole number they share.
    """

    counts: npt.NDArray[np.int64]
    moves: npt.NDArray[np.int64]
    base: npt.NDArray[np.int64]
    denominator: int = 1


@dataclass(frozen=True, eq=False)
class Scores:
    """What the agents of K objectives earn on L levels, in base reward, as whole numbers.

    Attributes:
        worst: `[K, L]` ties broken for the least base reward.
        best: `[K, L]` ties broken for the most.
        most: `[L]` the most that anyone can earn.
    """

    worst: npt.NDArray[np.int64]
    best: npt.NDArray[np.int64]
    most: npt.NDArray[np.int64]

    def optimal(self, ties: str = "worst", tolerance: Fraction | int | str = 0) -> npt.NDArray[np.bool_]:
        """`[K, L]` whether an objective's agent earns all there is, or nearly.

        Args:
            ties: "worst" or "best".
            tolerance: regret that is let pass, as an exact share of the most that can be earned on the level.

        Raises:
            ValueError: another word for ties, or a tolerance outside [0, 1].
        """
        if ties not in ("worst", "best"):
            raise UnknownName("way to break ties", ties, ("worst", "best"))
        share = tolerable(tolerance)
        room = [abs(most) * share.numerator // share.denominator for most in self.most.tolist()]
        return self.most - (self.worst if ties == "worst" else self.best) <= np.array(room, dtype=np.int64)

    def everywhere(self, ties: str = "worst", tolerance: Fraction | int | str = 0) -> npt.NDArray[np.bool_]:
        """`[K]` whether it is optimal on all the levels; see `optimal`."""
        return np.logical_and.reduce(self.optimal(ties, tolerance), axis=1)


class Point(NamedTuple):
    """How many objectives are left after some training levels.

    Attributes:
        levels: number of training levels seen.
        optimal: objectives that are optimal on all of them.
        robust: those among them that are optimal on all deployment levels too.
    """

    levels: int
    optimal: int
    robust: int


def exact(value: Fraction | int | str) -> Fraction:
    """A number as a fraction: 1, "1/2", "-0.02".

    Raises:
        ValueError: not such a number; floats are refused, for 0.1 is no tenth.
    """
    try:
        if isinstance(value, (int, Fraction, str)):
            return exactly(value)
    except (ValueError, ZeroDivisionError):
        pass
    raise ValueError(
        f"{value!r} is no exact number; write it as a whole number, a fraction or a decimal: 1, 1/2, -0.02."
    )


def tolerable(tolerance: Fraction | int | str) -> Fraction:
    """A tolerated regret as a fraction.

    Raises:
        ValueError: not an exact number, or outside [0, 1].
    """
    share = exact(tolerance)
    if not 0 <= share <= 1:
        raise ValueError(f"Tolerance {tolerance} is outside [0, 1]: it is a share of the most that can be earned.")
    return share


def objectives(events: Sequence[str], values: Mapping[str, Sequence[Fraction | int | str]]) -> Objectives:
    """All weight vectors that take one of the given values on each event.

    Args:
        events: names of all events, in the order of the counts.
        values: event -> the weights it takes; an event that is not named weighs 0.

    Raises:
        UnknownName: a value for an event that is not among `events`.
        ValueError: no value for an event, a value that is not exact or too large, too many objectives or too fine fractions.
    """
    for event, listed in values.items():
        if event not in events:
            raise UnknownName("event", event, events)
        if not listed:
            raise ValueError(f"Event {event!r} has no weights to take; give at least one, or leave the event out.")
    grid = [sorted({exact(v) for v in values.get(event, (0,))}) for event in events]
    many = prod(len(listed) for listed in grid)
    if many > MOST:
        told = " × ".join(
            f"{event} {len(listed)}" for event, listed in zip(events, grid, strict=True) if len(listed) > 1
        )
        raise ValueError(f"{many:,} objectives ({told}), more than {MOST:,}; take fewer values or fewer events.")
    denominator = lcm(*(v.denominator for listed in grid for v in listed))
    for event, listed in zip(events, grid, strict=True):
        if abs(large := max(listed, key=abs)) >= ROOM:
            raise ValueError(
                f"Weight {number_text(large)} on {event!r} is too large: sizes below 2^62 can be added exactly. Only the "
                "proportions of weights matter, so take smaller ones."
            )
    whole = [[int(v * denominator) for v in listed] for listed in grid]
    if any(abs(v) >= ROOM for listed in whole for v in listed):
        raise ValueError(
            f"The weights share the denominator {number_text(denominator)}, too fine to add exactly; use simpler fractions."
        )
    return Objectives(tuple(events), np.array(list(itertools.product(*whole)), dtype=np.int64), denominator)


def objectives_of(
    world: World,
    values: Mapping[str, Sequence[Fraction | int | str]],
    moved: Sequence[Fraction | int | str] | None = None,
) -> Objectives:
    """All objectives on a world's events with weights from a grid.

    Args:
        world: the world.
        values: event -> the weights it takes; an event that is not named weighs 0.
        moved: the weights that a move takes, none above 0; None is what it costs in the base reward.

    Raises:
        UnknownName: an event that the world does not have.
        ValueError: as `objectives`; or a positive weight on `moved`.
    """
    if "moved" in values:
        raise ValueError("The weights on 'moved' are given apart, by `moved`; leave it out of the other events.")
    costs = [exact(v) for v in ((world.base.get("moved", 0),) if moved is None else moved)]
    for cost in costs:
        if cost > 0:
            raise ValueError(
                f"Weight {cost} on 'moved' is above 0: outcomes are kept with their least moves, so an objective that likes "
                "moving cannot be judged by them; take weights of at most 0."
            )
    return objectives(world.events, {**values, "moved": costs})


def menu(level: Level, read: Objectives, base: Weights | None = None, also: Collection[str] = ()) -> Menu:
    """Everything that can be had on a level, as far as these objectives and the base reward tell it apart.

    Args:
        level: a level of a deterministic world.
        read: the objectives that will choose from it.
        base: base reward; None takes the world's.
        also: further events to tell outcomes apart by; no choice depends on them.

    Raises:
        ValueError: the world is stochastic.
        TooManyProfiles: more outcomes than fit.
    """
    world = level.world
    check_sure(world)
    whole, denominator = world.exact(world.base if base is None else base)
    told = {event for event, column in zip(world.events, read.whole.T, strict=True) if column.any()}
    told |= {event for event, weight in zip(world.events, whole, strict=True) if weight} | set(also)
    found = profiles(level.to_mdp(), level.horizon, told)  # as the outcome set of that name; models are not kept here
    counts = np.unique(found.counts, axis=0)  # ended or not makes no difference to any sum
    return Menu(counts, counts[:, world.events.index("moved")], counts @ whole, denominator)


def check_sure(world: World) -> None:
    """Raise `ValueError` unless plans in this world have sure outcomes."""
    if world.branches > 1:
        raise ValueError(
            f"{world.name} is stochastic: a census compares sure outcomes of plans, and plans have none there. Take a "
            "deterministic world; stochastic ones follow with the outcome set 'policies'."
        )


def score(agents: Objectives, menus: Sequence[Menu]) -> Scores:
    """What the agent of each objective earns on each level.

    Args:
        agents: K objectives.
        menus: what can be had on each of L levels.

    Raises:
        ValueError: scores that int64 cannot hold exactly.
    """
    worst = np.zeros((len(agents), len(menus)), dtype=np.int64)
    best, used = np.zeros_like(worst), np.flatnonzero(agents.whole.any(axis=0))
    for i, offered in enumerate(menus):
        weights, moves = _tie_broken(agents, offered)
        counts = np.ascontiguousarray(offered.counts[:, used])
        _extremes(np.ascontiguousarray(weights[:, used]), counts, moves, offered.base, worst[:, i], best[:, i])
    return Scores(worst, best, np.array([offered.base.max() for offered in menus], dtype=np.int64))


def liked(agents: Objectives, index: int, offered: Menu) -> npt.NDArray[np.int64]:
    """Outcomes of a menu (indices) that one objective's agent may take, ties included."""
    weights, moves = _tie_broken(agents, offered)
    total = offered.counts @ weights[index] - moves
    return np.flatnonzero(total == total.max())


def curve(train: npt.NDArray[np.bool_], deploy: npt.NDArray[np.bool_], sizes: Sequence[int]) -> list[Point]:
    """How the class thins out as training levels accumulate.

    Args:
        train: `[K, L]` whether each objective is optimal on each training level, in the order in which they come.
        deploy: `[K]` whether it is optimal on all of deployment.
        sizes: numbers of levels to report.
    """
    left = np.logical_and.accumulate(train, axis=1)
    at = {n: left[:, n - 1] if n else np.ones(len(train), dtype=bool) for n in sizes}
    return [Point(n, int(at[n].sum()), int((at[n] & deploy).sum())) for n in sizes]


def _tie_broken(agents: Objectives, offered: Menu) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """`[K, E]` weights so enlarged that `[N]` moves, taken off the totals, decide nothing but ties."""
    spread = int(offered.moves.max() - offered.moves.min()) + 1
    sizes = zip(np.abs(agents.whole).max(axis=0).tolist(), np.abs(offered.counts).max(axis=0).tolist(), strict=True)
    if spread * (sum(w * n for w, n in sizes) + 1) >= ROOM:
        raise ValueError(
            f"Totals of these weights, over {agents.denominator:,}, are too large to add exactly; use simpler fractions or "
            "a shorter horizon."
        )
    return agents.whole * spread, offered.moves - offered.moves.min()


@kept
def _extremes(weights, counts, moves, base, worst, best):
    """Least and most base reward among the outcomes that each objective likes best."""
    for k in range(weights.shape[0]):
        top = np.int64(0)
        for n in range(counts.shape[0]):
            total = -moves[n]
            for e in range(counts.shape[1]):
                total += weights[k, e] * counts[n, e]
            if n == 0 or total > top:
                top, worst[k], best[k] = total, base[n], base[n]
            elif total == top:
                worst[k], best[k] = min(worst[k], base[n]), max(best[k], base[n])
