"""Seeing and playing: a person takes the agent's place, in a window or in a terminal."""

from __future__ import annotations

import sys
from pathlib import Path

from ...envs.worlds import world_named
from .game import Game
from .levels import Deck

__all__ = ["play"]


def play(
    world: str, agent: str = "", seed: int = 0, shift: float = 1.0, level: Path | None = None, ansi: bool = False
) -> None:
    """Let a person play, and say in one line how it went.

    Args:
        world: name and knobs of a world.
        agent: name of a row of the zoo, or a part of it, whose values and plan can be shown; "" for none.
        seed: which levels to begin with.
        shift: how far the knob is moved in the second level of each pair, 0 to 1.
        level: a file or folder of ASCII drawings, whose levels are then the only ones.
        ansi: play in the terminal even where a window can be opened.

    Raises:
        ValueError: unknown world or agent, a setting out of range, or a file that is no level.
    """
    from rich.console import Console

    from .terminal import play_in_terminal
    from .window import NoWindow, play_in_window

    place = world_named(world)
    with Console(stderr=True).status(f"setting up {place.name} ..."):
        game = Game.of(Deck(place, shift, level), seed, agent)
    try:
        game = play_in_terminal(game) if ansi else play_in_window(game)
    except NoWindow as why:
        print(f"innershift: {why}; playing in the terminal.", file=sys.stderr)
        game = play_in_terminal(game)
    print(game.summary())
