"""One compiled copy of a kernel for each world, cached on disk under a digest of the world's rules.

A kernel is a plain function that calls `rules` and `paint`. Passing those as arguments would compile again in every
process; a copy of the kernel with the world's functions among its globals is compiled once and found in the cache by
the next process. The cache is stamped by the kernel's file alone, so the digest of the rules is part of the name.
"""

from __future__ import annotations

import hashlib
import inspect
import types
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numba import njit
from numba.core import config

from . import world as contract
from .world import World


@cache
def compiled(rule: Callable[..., Any]) -> Callable[..., Any]:
    """The compiled form of a world's `rules` or `paint`."""
    return njit(rule)


@cache
def specialised(kernel: Callable[..., Any], world: type[World]) -> Callable[..., Any]:
    """`kernel` compiled with the `rules` and `paint` of this world in it."""
    source = inspect.getsource(inspect.getmodule(world.rules) or contract) + inspect.getsource(contract.destination)
    digest = hashlib.blake2s((source + inspect.getsource(kernel)).encode(), digest_size=6).hexdigest()
    name = f"{kernel.__name__}_{world.name}_{digest}"
    functions = {"rules": compiled(world.rules), "paint": compiled(world.paint)}
    copy = types.FunctionType(kernel.__code__, {**kernel.__globals__, **functions}, name)
    copy.__qualname__ = name
    copy.__module__ = kernel.__module__
    if getattr(config, "DISABLE_JIT", False):  # NumPy would warn that hashes and noise wrap around, as they are meant to
        return np.errstate(over="ignore")(copy)
    return njit(cache=True)(copy)
