"""The worlds, one file and one story each."""

from dataclasses import fields

from ..errors import UnknownName
from ..world import World
from .cheese_corner import CheeseCorner
from .doors import Doors
from .keys import Keys
from .lever import Lever

WORLDS: dict[str, type[World]] = {world.name: world for world in (CheeseCorner, Doors, Keys, Lever)}
"""Every world by name."""

__all__ = ["WORLDS", "CheeseCorner", "Doors", "Keys", "Lever", "world_named"]


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
