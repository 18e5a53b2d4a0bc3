"""The distinguishing gap: what an agent that wants a proxy loses of the base reward on one level, exactly."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ..agents.controls import RandomAgent
from ..agents.planner import Predictor, model_of, optimum, reward_of
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


def distinguishing_gap(level: Level, proxy: str | Predictor) -> Gap:
    """What an agent loses of the base reward on `level`, with both ways to break its ties.

    Ties are those left after "fewer moves first", by which every planner here breaks them.

    Args:
        level: the level.
        proxy: name of a proxy of the level's world, or any agent; one that acts at random counts at its mean.

    Raises:
        UnknownName: no such proxy.
        StateSpaceError: the level has too many states to enumerate.
    """
    agent = proxy_agent(level.world, proxy) if isinstance(proxy, str) else proxy
    mdp, (whole, denominator) = model_of(level), level.world.exact(level.world.base)
    best, worst = optimum(level, tuple(whole.tolist())), -optimum(level, tuple((-whole).tolist()))
    policy, reward = agent.policy(level), reward_of(mdp, whole)
    ties = ("mean", "mean") if isinstance(agent, RandomAgent) else ("best", "worst")
    lost = [max(best - policy.value(reward, way).item(), 0) for way in ties]
    values = [Fraction(v, denominator) if isinstance(v, int) else v / denominator for v in (best, worst, *lost)]
    return Gap(level, agent.name, *values)


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
