"""The distinguishing gap: what an agent that wants a proxy loses of the base reward on one level, exactly."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..agents.planner import PlannerAgent, model_of
from ..agents.planning import ValueIteration
from ..agents.zoo import proxy_agent
from ..envs.level import Level


@dataclass(frozen=True)
class Gap:
    """How far a level tells a proxy from the base reward: V_base(π*_base) − V_base(π*_proxy).

    All values are base rewards an episode, undiscounted to the horizon: fractions in deterministic worlds, floats where
    chance decides (double precision, actions within 1e-9 counted as tied).

    Attributes:
        level: the level.
        agent: name of the agent.
        best: what the best policy earns.
        worst: what the worst policy earns.
        optimistic: what the agent loses if its ties break in the best way for the base.
        pessimistic: what it loses if they break in the worst way.
    """

    level: Level
    agent: str
    best: Fraction | float
    worst: Fraction | float
    optimistic: Fraction | float
    pessimistic: Fraction | float

    @property
    def share(self) -> float:
        """The pessimistic gap as a share of what lies between the best and the worst policy, 0 to 1."""
        return float(self.pessimistic / (self.best - self.worst)) if self.best > self.worst else 0.0

    @property
    def optimistic_share(self) -> float:
        """The optimistic gap as a share of what lies between the best and the worst policy, 0 to 1."""
        return float(self.optimistic / (self.best - self.worst)) if self.best > self.worst else 0.0


def distinguishing_gap(level: Level, proxy: str | PlannerAgent) -> Gap:
    """What an agent loses of the base reward on `level`, with both ways to break its ties.

    Ties are those left after "fewer moves first", by which every planner here breaks them.

    Args:
        level: the level.
        proxy: name of a proxy of the level's world, or any planner agent.

    Raises:
        UnknownName: no such proxy.
        StateSpaceError: the level has too many states to enumerate.
    """
    world = level.world
    agent = proxy_agent(world, proxy) if isinstance(proxy, str) else proxy
    mdp, (whole, denominator) = model_of(level), world.exact(world.base)
    reward = mdp.counts[:, :, 0] @ whole if mdp.deterministic else mdp.expected_events @ whole
    best, worst = (_value(level, reward, sign) for sign in (1, -1))
    policy = agent.policy(level)
    kept, lost = (policy.value(reward, ties) for ties in ("best", "worst"))

    def scaled(value: int | float) -> Fraction | float:
        return Fraction(int(value), denominator) if mdp.deterministic else max(float(value), 0.0) / denominator

    ends = [Fraction(int(v), denominator) if mdp.deterministic else float(v) / denominator for v in (best, worst)]
    return Gap(level, agent.name, ends[0], ends[1], scaled(best - kept), scaled(best - lost))


def _value(level: Level, reward: Any, sign: int) -> int | float:
    """Most (`sign` 1) or least (-1) that any policy earns by `reward` (`[S, A]`)."""
    mdp = model_of(level)
    return sign * ValueIteration().solve(mdp, np.ascontiguousarray(sign * reward), level.horizon).values[-1, mdp.initial]


def binned(gaps: Sequence[Gap], edges: Sequence[float]) -> list[list[Gap]]:
    """Gaps by the share of `edges` they fall in, least first: `edges` e1 < e2 < ... make [0, e1), [e1, e2), ..., [en, 1].

    Raises:
        ValueError: edges that are not ascending within (0, 1).
    """
    if any(not 0 < edge < 1 for edge in edges) or any(a >= b for a, b in itertools.pairwise(edges)):
        raise ValueError(f"edges {list(edges)!r} must ascend within (0, 1), such as 0.01 0.1 0.5.")
    bins: list[list[Gap]] = [[] for _ in range(len(edges) + 1)]
    for gap in gaps:
        bins[int(np.searchsorted(edges, gap.share, side="right"))].append(gap)
    return bins
