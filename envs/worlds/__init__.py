"""The worlds, one file and one story each."""

from dataclasses import fields

from ..errors import UnknownName
from ..world import World
from .cheese_corner import CheeseCorner
from .cheese_dish import CheeseDish
from .doors import Doors
from .dust import Dust
from .keys import Keys
from .lava import Lava
from .leader import Leader
from .lever import Lever
from .monsters import Monsters
from .orchard import Orchard
from .runner import Runner
from .selection import Selection
from .supervisor import Supervisor
from .values import Values
from .vase import Vase

WORLDS: dict[str, type[World]] = {
    world.name: world
    for world in (
        CheeseCorner,
        CheeseDish,
        Doors,
        Values,
        Keys,
        Monsters,
        Orchard,
        Leader,
        Lava,
        Runner,
        Dust,
        Vase,
        Supervisor,
        Lever,
        Selection,
    )
}
"""Every world by name."""

__all__ = [
    "WORLDS",
    "CheeseCorner",
    "CheeseDish",
    "Doors",
    "Dust",
    "Keys",
    "Lava",
    "Leader",
    "Lever",
    "Monsters",
    "Orchard",
    "Runner",
    "Selection",
    "Supervisor",
    "Values",
    "Vase",
    "world_named",
]


def world_named(spec: str, **knobs: object) -> World:
    """The world that a name with knobs means: `Keys`, or `Doors:mode=command,size=9`.

    Raises:
        UnknownName: no such world or knob; suggests the nearest.
        KnobError: a knob out of range.
    """
    name, _, listed = spec.partition(":")
    if name not in WORLDS:
        raise UnknownName("world", name, WORLDS)
    cls = WORLDS[name]
    known = [knob.name for knob in fields(cls) if knob.init]
    for part in filter(None, listed.split(",")):
        key, _, text = part.partition("=")
        knobs[key.strip()] = _value(text.strip())
    for key in knobs:
        if key not in known:
            raise UnknownName(f"knob of {name}", key, known)
    return cls(**knobs)  # type: ignore[arg-type]


def _value(text: str) -> object:
    """A knob's value as text: whole number, number, None or word."""
    if text == "None":
        return None
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
