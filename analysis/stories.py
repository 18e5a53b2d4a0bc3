"""A world's story in numbers: what each of its proxies costs in training and at deployment, against what it claims."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..agents.planner import PlannerAgent
from ..agents.zoo import proxy_agent
from ..envs.level import Level
from ..envs.shift import LevelDistribution
from ..envs.world import World
from .gap import distinguishing_gap

LEVELS, SEED = 40, 2024
"""Levels of each split, and the seed they are drawn with."""
NIL = 1e-9
"""Raw regrets below this are rounding where chance decides; elsewhere they are exact."""


@dataclass(frozen=True)
class Regrets:
    """What an agent loses of the base reward on each of some levels, its ties broken in the worst way for the base.

    Attributes:
        raw: `[N]` in units of reward an episode.
        share: `[N]` as a share of what lies between the best and the worst policy of the level.
        varied: on what share of levels some policy earns more than staying, and some less.
    """

    raw: npt.NDArray[np.float64]
    share: npt.NDArray[np.float64]
    varied: float

    @property
    def mean(self) -> float:
        """Mean share."""
        return float(self.share.mean())

    @property
    def none(self) -> float:
        """On what share of levels nothing is lost."""
        return float(np.mean(self.raw == 0))

    @property
    def often(self) -> float:
        """On what share of levels more than a tenth is lost."""
        return float(np.mean(self.share > 0.1))

    def __str__(self) -> str:
        return (
            f"mean {self.mean:.4f} (raw {self.raw.mean():.4f}), median {np.median(self.share):.3f}, max {self.share.max():.3f}; "
            f"none on {self.none:.1%}, over 0.1 on {self.often:.1%}"
        )


@dataclass(frozen=True)
class Story:
    """What a proxy costs: the regrets of the agent that wants it, in training and at deployment."""

    proxy: str
    train: Regrets
    deploy: Regrets


def drawn(world: World, count: int = LEVELS, seed: int = SEED) -> tuple[list[Level], list[Level]]:
    """The training and the deployment levels that a story is told on."""
    laws = LevelDistribution.train(world), LevelDistribution.deploy(world)
    train, deploy = (law.levels(seed, count) for law in laws)
    return train, deploy


def regrets(agent: PlannerAgent, levels: list[Level]) -> Regrets:
    """What `agent` loses on each level."""
    gaps = [distinguishing_gap(level, agent) for level in levels]
    varied = float(np.mean([gap.worst < 0 < gap.best for gap in gaps]))
    raw = np.array([float(gap.pessimistic) for gap in gaps])
    return Regrets(np.where(raw < NIL, 0.0, raw), np.array([gap.share for gap in gaps]), varied)


def stories(world: World, on_proxy: Callable[[str], None] | None = None) -> list[Story]:
    """The story of every proxy, on levels that depend on the world alone; `on_proxy` is told which one is next."""
    train, deploy = drawn(world)
    told = []
    for name in world.proxies:
        if on_proxy:
            on_proxy(name)
        agent = proxy_agent(world, name)
        told.append(Story(name, regrets(agent, train), regrets(agent, deploy)))
    return told
