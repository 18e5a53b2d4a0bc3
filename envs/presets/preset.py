"""A preset: a world set up so that its rewards and transitions are those of a published environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..errors import UnknownName
from ..level import Level
from ..world import Weights, World

if TYPE_CHECKING:
    from .restated import Restated


class Pay(NamedTuple):
    """What one step pays.

    Attributes:
        weights: on the world's events.
        step: paid at every step, bumps and staying included.
    """

    weights: Weights
    step: Fraction = Fraction(0)

    def __str__(self) -> str:
        """A formula: `50·goal − 1 a step`."""
        terms = [(weight, f"·{event}") for event, weight in self.weights.items()]
        terms += [(self.step, " a step")] if self.step or not terms else []
        words = " ".join(f"{'−' if weight < 0 else '+'} {float(abs(weight)):g}{what}" for weight, what in terms)
        return words.removeprefix("+ ").replace("− ", "−", 1) if words.startswith("− ") else words.removeprefix("+ ")


class Source(NamedTuple):
    """Where a published environment is: its repository, its name there, and the commit and day that were compared."""

    repository: str
    environment: str
    commit: str
    date: str

    def __str__(self) -> str:
        return f"{self.environment} of {self.repository} at {self.commit[:7]} ({self.date})"


@dataclass(frozen=True)
class Preset:
    """A published environment, as one of the worlds.

    Attributes:
        name: such as "jaxgmg/corner".
        source: the published environment.
        world: the world, with the knobs that make it play like the original.
        reward: what the original pays.
        actions: our action for each of the original's, in its order.
        differences: what is not as in the original, one sentence each.
        levels: drawings of the original's fixed layouts, by name; empty where it draws its layouts at random.
        drawn: names of the levels that a reset draws from, each as likely.
        hidden: the original's hidden performance, where it has one that is not the reward.
        proxies: what else the original reports, as weights on our events.
        ends: whether a state of a level (its fields, `[F]`) ends the episode, where the original ends and the world goes on.
    """

    name: str
    source: Source
    world: World
    reward: Pay
    actions: tuple[str, ...]
    differences: tuple[str, ...]
    levels: Mapping[str, str] = field(default_factory=dict)
    drawn: tuple[str, ...] = ()
    hidden: Pay | None = None
    proxies: Mapping[str, Weights] = field(default_factory=dict)
    ends: Callable[[Level, npt.NDArray[np.int32]], bool] | None = None

    def level(self, level: Level | str | int | None) -> Level | str | int | None:
        """The drawing of a level that is called by its name, as 0 is by "0"; anything else is given back.

        Raises:
            UnknownName: a word that is not the name of one of the preset's levels, nor the id of any of its world.
        """
        if isinstance(level, (int, np.integer)) and str(level) in self.levels:
            level = str(level)
        if (
            not isinstance(level, str)
            or not self.levels
            or "\n" in level.strip()
            or level.startswith(f"{self.world.name}-")
        ):
            return level
        if level not in self.levels:
            raise UnknownName(f"level of {self.name}", level, self.levels)
        return self.levels[level]

    def make(self, level: Level | str | int | None = None, **options: Any) -> Restated:
        """The environment; its steps pay the original's reward.

        Args:
            level: name of one of the preset's levels, or a level as `GridWorld` takes it; None draws one at every reset.
            **options: those of `GridWorld`.
        """
        from .restated import Restated

        return Restated(self, level, **options)
