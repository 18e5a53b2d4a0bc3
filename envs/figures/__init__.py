"""Every figure of a drawing, a file for each kind of thing; a sprite is one short function that draws with a `Pen`."""

from . import course, episodes, ground, house, jewels, machines, room, shapes, table, treasure, wild
from .palette import Figure

FIGURES: dict[str, Figure] = {
    name: figure
    for theme in (course, episodes, ground, house, jewels, machines, room, shapes, table, treasure, wild)
    for name, figure in theme.FIGURES.items()
}
"""Every figure by the name that channels call it by."""

__all__ = ["FIGURES", "Figure"]
