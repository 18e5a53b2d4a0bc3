"""Every figure of a drawing, a file for each kind of thing; a sprite is one short function that draws with a `Pen`."""

from . import machines, room, shapes, treasure
from .palette import Figure

FIGURES: dict[str, Figure] = room.FIGURES | shapes.FIGURES | treasure.FIGURES | machines.FIGURES
"""Every figure by the name that channels call it by."""

__all__ = ["FIGURES", "Figure"]
