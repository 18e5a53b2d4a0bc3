"""Play in a window: keys in, pictures out; the game itself knows nothing of it."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from time import monotonic
from typing import Any, NamedTuple

import numpy as np

from ...envs.sprites import pygame_quietly, sprite
from .game import KEYS, MOVES, Command, Game
from .overlays import Layers
from .picture import window_picture

SIDE, PANEL = 640, 270
"""Pixels that a level is about wide in a window just opened, and that its text takes beside it."""
WAIT, SOON = 200, 20
"""Milliseconds between two looks at the terminal, whose Ctrl-C also ends the game; and while a key is held down."""
FIRST, NEXT = 0.3, 0.09
"""Seconds until a key that is held down repeats, and between repeats."""
REPEATED = (*MOVES, Command.UNDO)
"""What repeats while its key is held down."""


class NoWindow(Exception):
    """There is no display to open a window on; the message says why."""


class Held(NamedTuple):
    """A key that is held down, and when it repeats next."""

    key: int
    command: Command
    due: float


def play_in_window(game: Game) -> Game:
    """Show the game and obey keys until the player leaves.

    Returns:
        The game as it was left.

    Raises:
        NoWindow: no display, or none on which a window opens.
    """
    pygame = pygame_quietly()
    _open(pygame, game)
    layers = Layers()
    held: Held | None = None
    try:
        _draw(pygame, game, layers)
        while not game.over:
            events = [pygame.event.wait(SOON if held else WAIT), *pygame.event.get()]
            stale = any(event.type != pygame.NOEVENT for event in events)
            for event in events:
                game, held = _after(pygame, event, game), _held(pygame, event, held)
            if held and not stale and monotonic() >= held.due:
                game, held, stale = game.after(held.command), held._replace(due=monotonic() + NEXT), True
            if stale and not game.over:
                _draw(pygame, game, layers)
    except KeyboardInterrupt:
        pass
    finally:
        pygame.display.quit()
    return game


def _open(pygame: Any, game: Game) -> None:
    """Open the window, large enough for the level at a pleasant size."""
    own_display = sys.platform in ("win32", "cygwin", "darwin")
    if not own_display and not any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"))):
        raise NoWindow("there is no display")
    try:
        pygame.display.init()
        pygame.display.set_icon(pygame.image.frombuffer(sprite("agent", 32).tobytes(), (32, 32), "RGBA"))
        px = max(8, min(64, SIDE // max(game.level.walls.shape)))
        pygame.display.set_mode((game.level.width * px + PANEL, max(440, game.level.height * px)), pygame.RESIZABLE)
    except pygame.error as error:
        pygame.display.quit()
        raise NoWindow(f"no window opens here: {error}") from None


def _after(pygame: Any, event: Any, game: Game) -> Game:
    """What an event of the window makes of the game."""
    if event.type == pygame.QUIT:
        return replace(game, over=True)
    if event.type != pygame.KEYDOWN or game.over:
        return game
    if event.mod & _modifiers(pygame):
        leaves = event.mod & pygame.KMOD_CTRL and pygame.key.name(event.key) in ("c", "q", "w")
        return replace(game, over=True) if leaves else game
    command = KEYS.get(pygame.key.name(event.key))
    return game.after(command) if command else game


def _held(pygame: Any, event: Any, held: Held | None) -> Held | None:
    """The key that is held down after an event.

    Pygame's own repeats come from a clock that runs on while the game computes, and does not know that a key was let go.
    """
    if event.type == pygame.KEYDOWN:
        command = None if event.mod & _modifiers(pygame) else KEYS.get(pygame.key.name(event.key))
        return Held(event.key, command, monotonic() + FIRST) if command in REPEATED else None
    if event.type == pygame.WINDOWFOCUSLOST or (event.type == pygame.KEYUP and held and event.key == held.key):
        return None
    return held


def _modifiers(pygame: Any) -> int:
    """Control, Alt and Meta: with one of them a key means something else."""
    return pygame.KMOD_CTRL | pygame.KMOD_ALT | pygame.KMOD_META


def _draw(pygame: Any, game: Game, layers: Layers) -> None:
    """Draw the game; what takes a while to compute is announced first."""
    pygame.display.set_caption(f"innershift: {game.title}")
    surface = pygame.display.get_surface()
    for overlay, busy in layers.of(game):
        picture = np.ascontiguousarray(window_picture(game, overlay, surface.get_size(), busy))
        surface.blit(pygame.image.frombuffer(picture.tobytes(), surface.get_size(), "RGB"), (0, 0))
        pygame.display.flip()
