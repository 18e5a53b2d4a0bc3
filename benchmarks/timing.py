"""Rivals timed in turn on one core, so that what disturbs one disturbs them all; used by the other scripts here."""

from __future__ import annotations

import os
import platform
import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np


class Rival(NamedTuple):
    """A piece of work to time.

    Attributes:
        work: does it once.
        steps: how much that is, in steps or whatever is counted.
    """

    work: Callable[[], object]
    steps: float


def contest(rivals: Mapping[str, Rival], rounds: int, seconds: float) -> dict[str, float]:
    """Steps per second of CPU time of each rival: in each round all work in turn, and each one's best round counts.

    Args:
        rivals: by name.
        rounds: how often each works.
        seconds: how long each works in a round, about; at least once.
    """
    calls = {}
    for name, rival in rivals.items():
        rival.work()  # compiles, and fills caches
        once, count = 0.0, 1
        while once < seconds / 4:
            count = count if not once else min(8 * count, int(count * seconds / 2 / once) + 1)
            start = time.process_time()
            for _ in range(count):
                rival.work()
            once = max(time.process_time() - start, 1e-6)
        calls[name] = max(1, round(count * seconds / once))
    best = dict.fromkeys(rivals, 0.0)
    for _ in range(rounds):
        for name, rival in rivals.items():
            start = time.process_time()
            for _ in range(calls[name]):
                rival.work()
            best[name] = max(best[name], calls[name] * rival.steps / (time.process_time() - start))
    return best


def one_core() -> int | None:
    """Keep this process on one core, where the system allows it; which one."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return core


def memory(make: Callable[[], object]) -> int:
    """Bytes that what `make` makes takes up in Python and NumPy."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    made = make()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del made
    return after - before


def machine() -> dict[str, object]:
    """What the numbers were taken on."""
    cpus = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    return {
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "platform": platform.platform(),
        "processor": cpus[0] if cpus else platform.processor(),
        "cores": os.cpu_count(),
        "load": os.getloadavg() if hasattr(os, "getloadavg") else None,
    }


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def short(number: float) -> str:
    """A number with three digits that count and a letter for thousands or millions."""
    for size, letter in ((1e6, " M"), (1e3, " k")):
        if number >= size:
            return f"{number / size:.3g}{letter}"
    return f"{number:.3g}"
