"""Level distributions: training, deployment, and mixtures between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .errors import KnobError, UnknownName
from .level import Level
from .world import LAYOUT_SIDES, World, check_share


@dataclass(frozen=True)
class LevelDistribution:
    """A law that levels of a world are drawn from.

    With probability `mix` a level is drawn with the world's native knob at `shift`, else with the knob at 0.

    Attributes:
        world: the world.
        shift: position of the native knob in shifted levels, 0 (training law) to 1 (deployment law).
        mix: probability that a level is shifted, in [0, 1].
        layouts: side of the wall-layout split, "train", "deploy" or "any"; the sides share no layout.
    """

    world: World
    shift: float
    mix: float
    layouts: str

    def __post_init__(self) -> None:
        """Check the shares."""
        check_share("shift", self.shift)
        check_share("mix", self.mix)
        if self.layouts not in LAYOUT_SIDES:
            raise UnknownName("side of the layout split", self.layouts, LAYOUT_SIDES)

    @classmethod
    def of(
        cls, world: World, shift: float | None = None, mix: float | None = None, layouts: str | None = None
    ) -> LevelDistribution:
        """The law that these settings mean, with what is left out filled in.

        Nothing given is training, (shift, mix) = (0, 0). `shift` alone shifts every level, `mix` alone mixes in fully
        shifted levels. `layouts` follows: all levels shifted is deployment, anything else is training.
        """
        if shift is None:
            shift = 0.0 if not mix else 1.0
        if mix is None:
            mix = 0.0 if not shift else 1.0
        if layouts is None:
            layouts = "deploy" if shift and mix == 1 else "train"
        return cls(world, shift, mix, layouts)

    @classmethod
    def train(cls, world: World) -> LevelDistribution:
        """(shift, mix) = (0, 0) on training layouts."""
        return cls.of(world, 0.0, 0.0)

    @classmethod
    def deploy(cls, world: World) -> LevelDistribution:
        """(shift, mix) = (1, 1) on deployment layouts."""
        return cls.of(world, 1.0, 1.0)

    @property
    def phase(self) -> str:
        """What `info["phase"]` says of its levels: "train", or "deploy" when every level is shifted."""
        return "deploy" if self.shift and self.mix == 1 else "train"

    def draw(self, rng: np.random.Generator) -> tuple[Level, float]:
        """Draw one level, and tell the position of the native knob that drew it."""
        shift = self.drawn_shift(rng)
        return self.world.sample(rng, shift, self.layouts, self.phase), shift

    def drawn_shift(self, rng: np.random.Generator) -> float:
        """The position of the native knob for one level: `shift` with probability `mix`, else 0."""
        return self.shift if rng.random() < self.mix else 0.0

    def sample(self, rng: np.random.Generator) -> Level:
        """Draw one level."""
        return self.draw(rng)[0]

    def level(self, seed: int) -> Level:
        """The level of this seed: the one that an environment with this law starts at `reset(seed=seed)`.

        Raises:
            KnobError: a seed that is no whole number of at least 0.
        """
        if not isinstance(seed, (int, np.integer)) or isinstance(seed, bool) or seed < 0:
            raise KnobError(f"seed {seed!r} of a level is not a whole number of at least 0.")
        return self.sample(np.random.default_rng(int(seed)))

    def levels(self, seed: int | list[int], count: int) -> list[Level]:
        """`count` different levels that depend on `seed` alone; a seed is a whole number or a list of them.

        Raises:
            ValueError: the law does not hold that many different levels.
        """
        if not isinstance(count, (int, np.integer)) or count < 0:
            raise ValueError(f"{count!r} levels asked; ask for a whole number of them, 0 or more.")
        rng = np.random.default_rng(seed)
        found: dict[str, Level] = {}
        idle = 0
        while len(found) < count and idle < 1000 + 20 * len(found):
            level = self.sample(rng)
            idle = idle + 1 if level.id in found else 0
            found.setdefault(level.id, level)
        if len(found) < count:
            raise ValueError(
                f"{self.world.spec}: only {len(found)} different levels found, {count} asked, and {idle:,} draws gave no new one; "
                f"ask for fewer, or try {self.world.more_layouts}."
            )
        return list(found.values())
