"""Play in a terminal: single keys where there is a keyboard, lines of input where there is none."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from shutil import get_terminal_size
from types import FrameType

from rich.console import Console
from rich.text import Text

from .game import HELP, KEYS, Game
from .overlays import Layers, Overlay
from .picture import banner, counters, happened
from .text import flowed, scale, text_rows

ENTER, LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
"""To a screen of its own without a cursor, and back."""
PAUSE = 0.5
"""Seconds between two looks at the size of the terminal."""
REST = 0.1
"""Seconds to wait for the rest of a key that comes as several bytes."""
KEY = re.compile(r"\x1b\[[0-9;]*[A-Za-z~]|\x1bO.|\x1b[^\x1b]|.", re.DOTALL)
PART = re.compile(r"\x1b(\[[0-9;]*|O)?$")
SIGNS = {" ": "space", "\t": "tab", "\x7f": "backspace", "\x08": "backspace", "\x1b": "escape", "\x04": "escape"}
ARROWS = dict(zip("ABCD", ("up", "down", "right", "left"), strict=True))


def play_in_terminal(game: Game) -> Game:
    """Show the game as text and obey keys until the player leaves; returns the game as it was left."""
    console, left = Console(), game
    by_keys = os.name == "posix" and sys.stdin.isatty() and console.is_terminal and not console.is_dumb_terminal
    with contextlib.suppress(KeyboardInterrupt):
        for now in (_played_by_keys if by_keys else _played_by_lines)(game, console):
            left = now
    return left


# Single keys ---------------------------------------------------------------------------------------------------------


def _played_by_keys(game: Game, console: Console) -> Iterator[Game]:
    """The game after every key."""
    layers = Layers()
    with _Screen() as screen:
        while not game.over:
            size = get_terminal_size()
            if screen.stale:
                screen.stale = False
                for overlay, busy in layers.of(game):
                    lines = frame(game, overlay, (size.columns, size.lines - 1), console, busy)
                    screen.show(lines, console)
            keys = screen.keys()
            for key in keys or ():
                game = replace(game, over=True) if key == "end" else game.after(KEYS[key]) if key in KEYS else game
            screen.stale |= bool(keys) or size != get_terminal_size()
            yield game


class _Screen:
    """The terminal while a game is on: keys come one by one, and it is given back as it was whatever happens.

    Attributes:
        stale: whether what is shown has to be drawn again.
    """

    def __init__(self) -> None:
        """Look at how the terminal is set."""
        import termios

        self.stale = True
        self._before = termios.tcgetattr(sys.stdin)
        self._handlers: dict[int, object] = {}

    def __enter__(self) -> _Screen:
        """Take the terminal."""
        try:
            for number, handler in ((signal.SIGTSTP, self._pause), (signal.SIGTERM, _end), (signal.SIGHUP, _end)):
                self._handlers[number] = signal.signal(number, handler)
            self._take()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        self._handlers[signal.SIGINT] = signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C comes too late
        self._give_back()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _take(self) -> None:
        import tty

        tty.setcbreak(sys.stdin)
        sys.stdout.write(ENTER)
        sys.stdout.flush()

    def _give_back(self) -> None:
        import termios

        with contextlib.suppress(OSError, termios.error):
            termios.tcsetattr(sys.stdin, termios.TCSAFLUSH, self._before)
            sys.stdout.write(LEAVE)
            sys.stdout.flush()

    def _pause(self, number: int, _: FrameType | None) -> None:
        """Ctrl-Z: the shell gets its terminal, and the game takes it again when it is brought back."""
        self._give_back()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        signal.signal(number, self._pause)
        self._take()
        self.stale = True

    def show(self, lines: list[Text], console: Console) -> None:
        """Draw lines from the top left corner."""
        with console.capture() as drawn:
            for line in lines:
                console.print(line, no_wrap=True, overflow="crop", crop=True)
        sys.stdout.write("\x1b[H" + drawn.get().replace("\n", "\x1b[K\n") + "\x1b[J")
        sys.stdout.flush()

    def keys(self) -> list[str]:
        """Names of the keys that were pressed; none after a while without any."""
        file = sys.stdin.fileno()
        if not select.select([file], [], [], PAUSE)[0]:
            return []
        typed = os.read(file, 1024)
        while typed and PART.search(typed.decode("utf-8", "ignore")) and select.select([file], [], [], REST)[0]:
            typed += os.read(file, 1024)
        return [key_name(sign) for sign in KEY.findall(typed.decode("utf-8", "ignore"))] if typed else ["end"]


def _end(*_: object) -> None:
    raise KeyboardInterrupt


def key_name(sign: str) -> str:
    """The name of the key that sends these characters, or the characters themselves."""
    if sign.startswith(("\x1b[", "\x1bO")):
        return ARROWS.get(sign[-1], sign)
    return SIGNS.get(sign, sign.lower())


# Lines ---------------------------------------------------------------------------------------------------------------


def _played_by_lines(game: Game, console: Console) -> Iterator[Game]:
    """The game after every line of input, which holds keys, `ddu`, or their names, `right right u`."""
    layers = Layers()
    while not game.over:
        for overlay, busy in layers.of(game):
            if not busy:
                for line in frame(game, overlay, (console.width, 1000), console):
                    console.print(line, no_wrap=True, overflow="crop", crop=True)
        try:
            words = input("keys, then Enter: " if sys.stdin.isatty() else "").lower().split()
        except EOFError:
            return
        for key in (key for word in words for key in ([word] if word in KEYS else word)):
            if not game.over:
                game = game.after(KEYS[key]) if key in KEYS else replace(game, note=f"{key!r} is no key here")
        yield game


# The picture -----------------------------------------------------------------------------------------------------------


def frame(game: Game, overlay: Overlay, size: tuple[int, int], console: Console, busy: bool = False) -> list[Text]:
    """The game as lines of text, none wider than `size` and, as far as can be, no more of them.

    Where there is too little room the keys go first, and then only the cells around the agent are shown.
    """
    width, height = size
    level, colour = game.level, console.color_system is not None and not console.no_color
    head, rows = text_rows(level, game.now.fields, overlay, colour)

    def wrapped(*pieces: str, style: str = "") -> list[Text]:
        return [Text(line, style=style) for line in flowed([piece for piece in pieces if piece], width)]

    agent = f"agent {game.agent.name}" if game.agent else ""
    above = wrapped(game.title, agent, style="bold")
    above += wrapped(*(words.text for words in counters(game)))
    above += wrapped(*(words.text for words in happened(game)), style="dim")
    below = wrapped(overlay.title, scale(overlay), overlay.why)
    below += wrapped(*(words.text for words in banner(game)), style="bold") if game.now.ended else []
    below += wrapped("solving ..." if busy else game.note, style="bold magenta")
    keys = wrapped(*HELP, style="dim")
    head = [line for line in head if not line.plain.startswith("horizon:")]
    texts = len(above) + len(head) + len(below)
    if texts + len(rows) + len(keys) > height:
        keys = []
    around = divmod(int(game.now.fields[0]), level.width)
    shown = _around(rows, around, level.width, width // 2, max(3, height - texts - len(keys)))
    lines = [*above, *head, *shown, *below, *keys]
    for line in lines:
        line.truncate(max(1, width))
    return lines


def _around(rows: list[Text], cell: tuple[int, int], across: int, columns: int, lines: int) -> list[Text]:
    """So many rows and columns of a grid (`across` cells wide) around a cell (row, column) as there is room for."""
    top = max(0, min(cell[0] - lines // 2, len(rows) - lines))
    left = max(0, min(cell[1] - columns // 2, across - columns))
    return [row[2 * left : 2 * (left + columns)] for row in rows[top : top + lines]]
