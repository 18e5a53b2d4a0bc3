"""The gallery of worlds in the terminal: of each a small picture of a training and of a shifted level, and its story in short."""

from __future__ import annotations

import numpy as np
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from ...envs.figures import FIGURES, palette
from ...envs.level import Level
from ...envs.pen import Colour
from ...envs.sprites import blended_tint
from ...envs.world import World
from ...envs.worlds import WORLDS
from ..play.levels import SPLITS, level_pair
from .terminal import formula

HALF = "▀"
"""Two cells in one sign: the upper in its colour, the lower in that of its ground."""
CARD = 75
"""Columns that a world needs at least where two stand side by side."""
LEGIBLE = 30
"""Columns that words need at least beside pictures."""
CAPTION = max(map(len, SPLITS))


def show_worlds(seed: int = 0) -> None:
    """Print the gallery: what each world pays, what tempts, and what the shift moves; `seed` draws the levels."""
    console = Console(highlight=False)
    coloured = console.color_system is not None and not console.no_color and "utf" in console.encoding
    pairs = {name: level_pair(cls(), seed) for name, cls in WORLDS.items()}
    width = max(CAPTION, *(level.width for pair in pairs.values() for level in pair))
    abreast = max(1, min(2, console.width // CARD))
    narrow = console.width // abreast < 2 * width + LEGIBLE
    cards = [_card(name, WORLDS[name](), pair, width, coloured, narrow) for name, pair in pairs.items()]
    for start in range(0, len(cards), abreast):
        row = Table.grid(padding=(0, 3, 0, 0), expand=True)
        for _ in range(abreast):
            row.add_column(ratio=1)
        row.add_row(*cards[start : start + abreast])
        console.print(row, "")
    console.print("The whole story of one: innershift worlds NAME. To play it: innershift play NAME.")
    console.print("To train in it: gymnasium.make('innershift:NAME-v0').")


def _card(
    name: str, world: World, pair: tuple[Level, Level], width: int, coloured: bool, narrow: bool
) -> RenderableType:
    """One world: the pictures, `width` columns each, and what it is about, beside them or, where it is narrow, below."""
    told = Table.grid(padding=(0, 1, 0, 0))
    told.add_column(style="dim", no_wrap=True)
    told.add_column()
    told.add_row("reward", formula(world.base))
    for proxy, objective in world.proxies.items():
        told.add_row("proxy", Text.assemble((proxy, "bold"), f"  {formula(objective.weights)}"))
    told.add_row("shift", world.knob)
    pictures = Table.grid(padding=(0, 2, 0, 0))
    for _ in SPLITS:
        pictures.add_column(width=width, no_wrap=True)
    pictures.add_row(*(Text(split, style="dim") for split in SPLITS))
    pictures.add_row(*(thumbnail(level, coloured) for level in pair))
    words = Group(Text.assemble((name, "bold cyan"), f"  {world.summary}"), told)
    if narrow:
        return Group(pictures, words)
    card = Table.grid(padding=(0, 1, 0, 0))
    card.add_row(pictures, words)
    return card


def thumbnail(level: Level, coloured: bool) -> Text:
    """A level in as few signs as can be: half a sign a cell where there are colours, else its letters."""
    if not coloured:
        return Text("\n".join(level.draw().splitlines()[-level.height :]))
    planes = level.planes()
    colours = [[_colour(level.world, bits) for bits in row] for row in planes]
    if len(colours) % 2:
        colours.append([])
    rows = []
    for upper, lower in zip(colours[::2], colours[1::2], strict=True):
        row = Text()
        for i, above in enumerate(upper):
            row.append(HALF, style=_web(above) + (f" on {_web(lower[i])}" if lower else ""))
        rows.append(row)
    return Text("\n").join(rows)


def _colour(world: World, bits: np.ndarray) -> Colour:
    """The colour that stands for a cell with these channels (`[C]`): of the agent, of what lies there, of wall or floor."""
    shown = [channel for channel, on in zip(world.channels, bits, strict=True) if on]
    sprites = [channel.sprite for channel in shown if channel.sprite]
    if "agent" in sprites:
        return palette.ACCENT
    tint = blended_tint([channel.tint for channel in shown if channel.tint])
    inks = [ink for sprite in sprites if sprite != "wall" and (ink := FIGURES[sprite].ink)]
    if tint or inks:
        return tint or inks[-1]
    return palette.WALL if "wall" in sprites else palette.FLOOR


def _web(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
