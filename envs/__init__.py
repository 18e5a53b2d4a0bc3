"""Worlds: their rules, levels and laws, as exact models and as Gymnasium environments.

Importing this registers every world with Gymnasium twice, as `Keys-v0` and as `innershift/Keys-v0`, so that both
`gymnasium.make("innershift:Keys-v0")` and, after `import innershift`, `gymnasium.make("innershift/Keys-v0")` work. Presets
go by their own names: `gymnasium.make("innershift:jaxgmg/corner-v0")`.
"""

from __future__ import annotations

import gymnasium

from .errors import KnobError, LevelError, StateSpaceError, UnknownName
from .files import read_levels, write_levels
from .gridworld import GridWorld
from .level import Level
from .presets import PRESETS, preset_named
from .shift import LevelDistribution
from .snapshot import Snapshot
from .vector import VectorGridWorld
from .world import ACTIONS, World
from .worlds import WORLDS, world_named

__all__ = [
    "ACTIONS", "ENV_IDS", "PRESETS", "PRESET_IDS", "WORLDS", "GridWorld", "KnobError", "Level", "LevelDistribution",
    "LevelError", "Snapshot", "StateSpaceError", "UnknownName", "VectorGridWorld", "World", "preset_named", "read_levels",
    "world_named", "write_levels",
]  # fmt: skip

ENV_IDS = tuple(f"{prefix}{name}-v0" for prefix in ("", "innershift/") for name in WORLDS)
"""Every id of a world that is registered with Gymnasium."""

PRESET_IDS = tuple(f"{name}-v0" for name in PRESETS)
"""Every id of a preset that is registered with Gymnasium."""


def _register() -> None:
    """Register every id; the horizon truncates inside the environment, so Gymnasium is told of none."""
    for id in ENV_IDS:
        if id not in gymnasium.registry:
            gymnasium.register(
                id=id,
                entry_point=f"{__name__}.gridworld:GridWorld",
                vector_entry_point=f"{__name__}.vector:VectorGridWorld",
                kwargs={"world": id.removeprefix("innershift/").removesuffix("-v0")},
            )
    for id in PRESET_IDS:
        if id not in gymnasium.registry:
            entry_point = f"{__name__}.presets.restated:Restated"
            gymnasium.register(id=id, entry_point=entry_point, kwargs={"preset": id.removesuffix("-v0")})


_register()
