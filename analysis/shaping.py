"""The map class `shaping`: r_u = a·r_g + γTφ − φ, S'-redistribution free; one a > 0, a potential φ for each level.

Take any fixed policy π. Shaping and redistribution leave its advantages A^π(s, a) alone, and two rewards with equal
advantages differ by nothing else (φ = V^π_u − a V^π_g closes the gap). So a map exists just where A^π_u = a·A^π_g on
every state and action that the start can reach, which is STARC distance 0 (Skalse et al. 2023, arXiv 2309.15257): rows of
advantages that must lie on lines of one slope through 0. `decide` settles those as `positive_affine_offsets`, each level
with one row (0, 0); the offset is then 0, and `every` quantifies over a alone, as it should.

A pair of rows that refutes it is a pair of policies: one that does as π, one that once takes another action first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from ..agents.planner import model_of
from ..envs.level import Level
from ..envs.mdp import MDP
from ..envs.world import ACTIONS, STAY, Weights
from . import rewards
from .agree import Decision, decide
from .discounted import values
from .errors import AnalysisError
from .policies import settled, weights_on
from .rewards.reading import Table, read_states, read_transition
from .rows import Number, ValueRow

__all__ = ["Deviation", "RewardSite", "decide_shaping", "decide_shaping_tables", "shaping_rows"]


@dataclass(frozen=True)
class Deviation:
    """Two policies from one state: π at once, or one other action first.

    Attributes:
        level: id of the level.
        split: "train" or "deploy".
        words: state and action in words.
        mesa: by how much the agent's objective prefers the deviation (A^π_g).
        base: by how much the reward does (A^π_u).
    """

    level: str
    split: str
    words: str
    mesa: Number
    base: Number


def decide_shaping(
    train: Sequence[Level],
    deploy: Sequence[Level],
    mesa: Weights | Callable[[Level], Weights],
    base: Weights,
    discount: float | str | Fraction | None,
) -> tuple[Decision, tuple[Deviation, ...]]:
    """Does potential shaping, with one scale for all levels, turn the agent's reward into the base reward?

    Args:
        train: training levels.
        deploy: deployment levels.
        mesa: the agent's weights on events, or what they are on each level; its discount and model must be the world's.
        base: the reward's weights.
        discount: per step, in [0, 1), for the infinite horizon (the end of an episode is a state that pays 0); None is the
            level's time limit, with potentials that depend on the time left and vanish at the end.

    Returns:
        The decision, with `map_class` "shaping" and a map whose slope is a; and where no map fits, the deviations that
        refute it: liked by one reward and not by the other, or in different proportion.

    Raises:
        EmptyError: no training level.
        AnalysisError: a discount outside [0, 1).
    """
    sides = ("train", train), ("deploy", deploy)
    return _decided([row for split, side in sides for level in side for row in shaping_rows(level, split, mesa, base, discount)])


@dataclass(frozen=True, eq=False)
class RewardSite:
    """Two rewards on one process, as tables: what `decide_shaping_tables` compares.

    Attributes:
        level: its name; the same name in both splits is the same level.
        transition: `[S, A, S]` probability of landing in s', dense or sparse (`[S * A, S]`, row s * A + a).
        mesa: the agent's reward, `[S, A, S]` dense or sparse, or `[S, A]`.
        base: the environment's, likewise.
        start: `[S]` probability of starting in each state; only what it can reach is compared. None compares all.
        absorbing: indices or `[S]` mask of states that end an episode: their potential must be 0.
    """

    level: str
    transition: Table
    mesa: Table
    base: Table
    start: npt.ArrayLike | None = None
    absorbing: npt.ArrayLike | None = None


def decide_shaping_tables(
    train: Sequence[RewardSite], deploy: Sequence[RewardSite], discount: float
) -> tuple[Decision, tuple[Deviation, ...]]:
    """`decide_shaping` for rewards that are tables, of an infinite horizon, in double precision.

    Args:
        train: training levels.
        deploy: deployment levels.
        discount: per step, in [0, 1).

    Returns:
        The decision and its deviations, as `decide_shaping`; A^π is that of acting at random.

    Raises:
        EmptyError: no training level.
        rewards.RewardError: a malformed table, or a discount outside [0, 1).
    """
    rows = []
    for split, sites in (("train", train), ("deploy", deploy)):
        for site in sites:
            try:
                rows += _site_rows(site, split, discount)
            except rewards.RewardError as error:
                error.add_note(f"This was level {site.level!r} of {split}; 'reward 1' is mesa, 'reward 2' base.")
                raise
    return _decided(rows)


def _site_rows(site: RewardSite, split: str, discount: float) -> list[ValueRow]:
    """The advantages of every state and action of one site, and one row (0, 0)."""
    size = read_transition(site.transition).n_states
    kept = np.arange(size) if site.start is None else rewards.reachable(site.transition, site.start)
    ends = None if site.absorbing is None else np.isin(kept, read_states(site.absorbing, size, "absorbing"))
    part, *paid = rewards.restrict(site.transition, kept, site.mesa, site.base)
    forms = [rewards.canonical(part, reward, discount, absorbing=ends).residual for reward in paid]
    rows = [ValueRow(site.level, split, 0.0, 0.0, NOTHING)]
    for (s, a), g in np.ndenumerate(forms[0]):
        rows.append(ValueRow(site.level, split, float(g), float(forms[1][s, a]), f"action {a} at state {kept[s]}"))
    return rows


def _decided(rows: list[ValueRow]) -> tuple[Decision, tuple[Deviation, ...]]:
    if any(isinstance(row.mesa, float) for row in rows):
        rows = _made_exact(rows)
    found = decide(rows, "positive_affine_offsets")
    witness = tuple(Deviation(r.level, r.split, r.plan, r.mesa or 0, r.base) for r in found.witness or () if r.plan != NOTHING)
    return replace(found, map_class="shaping"), witness


def _made_exact(rows: list[ValueRow]) -> list[ValueRow]:
    """Advantages from linear solves as fractions: on one line through 0 in each level that is on one up to rounding.

    Each level is settled by itself, for levels may pay on any scale: advantages that differ by less than 10⁻¹⁰ of the
    level's largest count as one. Slopes of levels that differ by less than 10⁻⁹ of their size count as one.
    """
    levels: dict[tuple[str, str], list[int]] = {}
    for at, row in enumerate(rows):
        levels.setdefault((row.level, row.split), []).append(at)
    sides, slopes = {}, {}
    for key, those in levels.items():
        g, u = (np.array(settled([0, *(getattr(rows[at], name) or 0 for at in those)])) for name in ("mesa", "base"))
        g, u = g[1:] - g[0], u[1:] - u[0]  # what counts as 0 is 0
        sides[key] = g, u
        if g.any():
            slope = float(g @ u / (g @ g))
            if slope > 0 and np.abs(u - slope * g).max() <= 1e-9 * np.abs(u).max():
                slopes[key] = slope
    shared: dict[tuple[str, str], Fraction] = {}
    last = None
    for key, slope in sorted(slopes.items(), key=lambda item: item[1]):
        last = slope if last is None or slope - last > 1e-9 * slope else last
        shared[key] = Fraction(last)
    exact = list(rows)
    for key, those in levels.items():
        for at, g, u in zip(those, *(side.tolist() for side in sides[key]), strict=True):
            value = Fraction(g)
            exact[at] = replace(rows[at], mesa=value, base=shared[key] * value if key in shared else Fraction(u))
    return exact


NOTHING = "doing as before"


def shaping_rows(
    level: Level,
    split: str,
    mesa: Weights | Callable[[Level], Weights],
    base: Weights,
    discount: float | str | Fraction | None,
) -> list[ValueRow]:
    """The advantages A^π of every reachable state and action by both rewards, distinct ones once, and one row (0, 0).

    π stays where staying changes nothing, which keeps whole numbers whole; elsewhere it acts at random.

    Args:
        level: the level; only what its start can reach is looked at.
        split: "train" or "deploy".
        mesa: the agent's weights on events.
        base: the reward's weights.
        discount: as `decide_shaping`.
    """
    mdp = model_of(level)
    paid = [level.world.exact(weights) for weights in (weights_on(mesa, level), base)]
    if _rests(mdp):
        idle = [mdp.counts[:, STAY, 0, :].astype(np.int64) @ whole for whole, _ in paid]
        timed = discount is None and any(rest.any() for rest in idle)
        columns = [_exact(mdp, whole, denominator, discount, timed) for whole, denominator in paid]
    else:
        columns = [_floats(mdp, whole, denominator, discount) for whole, denominator in paid]
    blocks = len(columns[0]) // mdp.n_states
    within = _met(mdp, blocks) if discount is None else np.ones((1, mdp.n_states), bool)
    pairs = {}
    for at in np.flatnonzero(within.ravel()).tolist():
        for a, (g, u) in enumerate(zip(columns[0][at].tolist(), columns[1][at].tolist(), strict=True)):
            pairs.setdefault((g, u), (at % mdp.n_states, a))
    rows = [ValueRow(level.id, split, 0, 0, NOTHING)]
    for (g, u), (s, a) in pairs.items():
        if g or u:
            rows.append(ValueRow(level.id, split, _number(g), _number(u), f"{ACTIONS[a]} at {mdp.text(s)}"))
    return rows


def _number(value: Number) -> Number:
    """A fraction as a whole number where it is one."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def _rests(mdp: MDP) -> bool:
    """Whether staying leaves every state as it is, for sure."""
    return mdp.deterministic and bool((mdp.successor[:, STAY, 0] == np.arange(mdp.n_states)).all())


def _met(mdp: MDP, blocks: int) -> npt.NDArray[np.bool_]:
    """`[T, S]` whether the start can lead to a state with 1, 2, ... steps left; with T = 1, at any time before the end."""
    horizon = mdp.level.horizon
    met = np.zeros((horizon, mdp.n_states), bool)  # with 1 ... horizon steps left
    met[-1] = mdp.start > 0
    for left in range(horizon - 1, 0, -1):
        targets = mdp.successor[met[left]]
        met[left - 1, targets[mdp.chance[met[left]] > 0]] = True
    return met if blocks > 1 else np.asarray(met.any(axis=0, keepdims=True))


def _checked(discount: float | str | Fraction) -> Fraction:
    """The discount as the fraction that it is written as."""
    exact = Fraction(str(discount)) if isinstance(discount, float) else Fraction(discount)
    if not 0 <= exact < 1:
        raise AnalysisError(f"discount={discount!r} is outside [0, 1); give None for the level's own finite horizon.")
    return exact


def _exact(
    mdp: MDP, whole: npt.NDArray[np.int64], denominator: int, discount: float | str | Fraction | None, timed: bool
) -> npt.NDArray[np.object_]:
    """`[T * S, A]` advantages over staying, as Fractions; T is the horizon where they depend on the time left, else 1."""
    reward = mdp.counts[:, :, 0, :].astype(np.int64) @ whole
    rest = reward[:, STAY].astype(object)
    parts = []
    if discount is not None:
        gamma = _checked(discount)
        worth = np.array([Fraction(int(r), denominator) / (1 - gamma) for r in rest], dtype=object)
        parts.append(_fractions(reward, denominator) + gamma * worth[mdp.successor[:, :, 0]] - worth[:, None])
    else:
        for left in range(mdp.level.horizon if timed else 1):
            after = np.array([Fraction(int(r) * left, denominator) for r in rest], dtype=object)
            now = np.array([Fraction(int(r) * (left + 1), denominator) for r in rest], dtype=object)
            parts.append(_fractions(reward, denominator) + after[mdp.successor[:, :, 0]] - now[:, None])
    return np.concatenate(parts)


def _fractions(numerators: npt.NDArray[np.int64], denominator: int) -> npt.NDArray[np.object_]:
    """The same numbers as Fractions, each distinct one made once."""
    distinct, place = np.unique(numerators, return_inverse=True)
    made = np.array([Fraction(int(n), denominator) for n in distinct], dtype=object)
    return made[place.reshape(numerators.shape)]


def _floats(
    mdp: MDP, whole: npt.NDArray[np.int64], denominator: int, discount: float | str | Fraction | None
) -> npt.NDArray[np.float64]:
    """`[T * S, A]` advantages over acting at random, in double precision; T is the horizon where there is no discount."""
    reward = mdp.expected_events @ (whole / denominator)
    n_actions = reward.shape[1]
    if discount is not None:
        gamma = float(_checked(discount))
        worth = values(mdp, reward, None, gamma)
        return reward + gamma * (mdp.transition @ worth).reshape(reward.shape) - worth[:, None]
    parts, after = [], np.zeros(mdp.n_states)
    for _ in range(mdp.level.horizon):
        q = reward + (mdp.transition @ after).reshape(reward.shape)
        after = q.sum(axis=1) / n_actions
        parts.append(q - after[:, None])
    return np.concatenate(parts)
