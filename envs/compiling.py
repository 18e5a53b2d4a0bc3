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
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numba.core import config, event

from . import world as contract
from .waiting import PACKAGE, Notice
from .world import World

Function = TypeVar("Function", bound=Callable[..., Any])

event.register("numba:compile", Notice())


def kept(function: Function) -> Function:
    """`function`, compiled at its first call and kept on disk, or for this process alone where no folder can be written."""
    if getattr(config, "DISABLE_JIT", False):  # NumPy would warn that hashes and noise wrap around, as they are meant to
        return np.errstate(over="ignore")(function)
    try:
        return cast(Function, njit(cache=True)(function))
    except RuntimeError:
        return cast(Function, njit(function))


@cache
def inlined(rule: Callable[..., Any]) -> Callable[..., Any]:
    """A world's `rules` or `paint`, to become part of what calls it: no references to slices of arrays are counted then."""
    return njit(inline="always")(rule)


@cache
def specialised(kernel: Callable[..., Any], world: type[World]) -> Callable[..., Any]:
    """`kernel` compiled with the `rules` and `paint` of this world in it."""
    functions = {"rules": inlined(world.rules), "paint": inlined(world.paint)}
    sources = {inspect.getsource(inspect.getmodule(rule) or contract) for rule in (world.rules, world.paint)}
    for function in (kernel, world.rules, world.paint):
        sources |= _sources(function)
    digest = hashlib.blake2s("".join(sorted(sources)).encode(), digest_size=6).hexdigest()
    name = f"{kernel.__name__}_{world.name}_{digest}"
    copy = types.FunctionType(kernel.__code__, {**kernel.__globals__, **functions}, name)
    copy.__qualname__ = name
    copy.__module__ = kernel.__module__
    copy.__dict__["world"] = world.name
    return kept(copy)


def _sources(function: Any) -> set[str]:
    """Sources of a function and of all functions of this package that it calls."""
    plain = getattr(function, "py_func", function)
    called = (plain.__globals__.get(name) for name in plain.__code__.co_names)
    ours = (other for other in called if str(getattr(other, "__module__", "")).startswith(f"{PACKAGE}."))
    found = {inspect.getsource(plain)}
    return found.union(*(_sources(other) for other in ours if hasattr(getattr(other, "py_func", other), "__code__")))
