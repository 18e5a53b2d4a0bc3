"""A note for people at a terminal who wait while code is compiled that no cache held."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from threading import Timer
from typing import Any

from numba.core.event import Listener

PACKAGE = __name__.partition(".")[0]


class Notice(Listener):
    """Says once a process that code of this package is being compiled, if that takes long; says it to terminals alone.

    It goes to `sys.stderr`, which progress displays watch over while they are up.
    """

    def __init__(self, patience: float = 1.0) -> None:
        """`patience`: seconds of compiling, all in all, that pass in silence."""
        self._left = patience
        self._told = False
        self._timer: Timer | None = None
        self._dispatcher: Any = None
        self._since = 0.0

    def on_start(self, event: Any) -> None:
        """Set the clock when the outermost of our functions begins to compile."""
        dispatcher = event.data["dispatcher"]
        if self._told or self._timer is not None or not dispatcher.py_func.__module__.startswith(f"{PACKAGE}."):
            return
        self._dispatcher, self._since = dispatcher, time.monotonic()
        self._timer = Timer(max(self._left, 0), self._say, [dispatcher])
        self._timer.daemon = True
        self._timer.start()

    def on_end(self, event: Any) -> None:
        """Stop the clock."""
        if self._timer is None or event.data["dispatcher"] is not self._dispatcher:
            return
        self._timer.cancel()
        self._timer, self._dispatcher = None, None
        self._left -= time.monotonic() - self._since

    def _say(self, dispatcher: Any) -> None:
        """Write the note."""
        self._told = True
        world = getattr(dispatcher.py_func, "world", None)
        folder = dispatcher.stats.cache_path
        later = f"kept in {folder}" if folder else "not kept: no folder can be written; NUMBA_CACHE_DIR may name one"
        with suppress(OSError, ValueError):
            if sys.stderr is not None and sys.stderr.isatty():
                what = f"the rules of {world}" if world else "some functions"
                print(f"innershift: compiling {what} for the first time; this takes some seconds ({later})", file=sys.stderr)
