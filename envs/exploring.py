"""Breadth-first search from a level's starts to every state that its rules lead to, in tables that grow.

The compiled search fills tables that it is given and stops when they are full; growing them is left to NumPy. So what is
compiled anew for each world stays small. States are found again by their packed number: a hash table of pages, and on each
page the rows of `1 << BITS` neighbouring numbers, for what an action leads to has mostly been packed to a number nearby.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from numba import njit

from .compiling import kept, specialised
from .engine import rules
from .level import Level
from .world import ACTIONS

N_ACTIONS = len(ACTIONS)
ROOM = 256
"""States, and pages, that there is room for at first; a power of two."""
GROWTH = 4
"""How much more room there is when it runs out; what is not used takes no memory, for the system gives zeros unwritten."""
SLOTS = 2
"""Slots of the hash table for each page that there is room for."""
Number = TypeVar("Number", bound=np.generic)
BITS = 6
LOW = (1 << BITS) - 1


class Index(NamedTuple):
    """Finds the rows of states, in compiled code too; only the first pages are in use.

    Attributes:
        sizes: `[F]` values that each field can have.
        keys: `[P]` the upper bits of the packed numbers on each page.
        slots: `[2 P]` 1 + page by the hash of its key, 0 where none is.
        pages: `[P, 1 << BITS]` 1 + row by the lower bits of its packed number, 0 where none is.
    """

    sizes: npt.NDArray[np.int64]
    keys: npt.NDArray[np.int64]
    slots: npt.NDArray[np.int32]
    pages: npt.NDArray[np.int32]

    @classmethod
    def empty(cls, level: Level, room: int = ROOM) -> Index:
        """An index with room for this many pages of states of a level."""
        sizes = np.array([field.size for field in level.world.fields(level)], dtype=np.int64)
        pages = np.zeros((room, 1 << BITS), dtype=np.int32)
        return cls(sizes, np.zeros(room, dtype=np.int64), np.zeros(SLOTS * room, dtype=np.int32), pages)

    @classmethod
    def of(cls, level: Level, states: npt.NDArray[np.int32]) -> Index:
        """The index of these different states (`[R, F]`) of a level."""
        index = cls.empty(level, _power(len(states)))
        _enter(np.ascontiguousarray(states), np.empty_like(states), np.empty(len(states), dtype=np.int64), *index)
        return index

    def grown(self, pages: int) -> Index:
        """The same with more room; `pages` are in use."""
        bigger = Index(self.sizes, _more(self.keys), _more(self.slots), _more(self.pages))
        bigger.keys[:pages], bigger.pages[:pages] = self.keys[:pages], self.pages[:pages]
        _hash(pages, bigger.keys, bigger.slots)
        return bigger


class Found(NamedTuple):
    """Rows of a process, one a state; only the first are filled.

    Attributes:
        states: `[R, F]` fields of each state.
        successor: `[R, A, K]` row that each branch leads to, -1 where the episode ends.
        chance: `[R, A, K]` probability of each branch, 0 for unused branches.
        counts: `[R, A, K, E]` events that each branch emits.
    """

    states: npt.NDArray[np.int32]
    successor: npt.NDArray[np.int32]
    chance: npt.NDArray[np.float64]
    counts: npt.NDArray[np.int32]

    def first(self, rows: int) -> Found:
        """The first rows alone; copied where they are few, so that the rest does not stay."""
        some = Found(self.states[:rows], self.successor[:rows], self.chance[:rows], self.counts[:rows])
        if GROWTH * rows > len(self.states):
            return some
        return Found(some.states.copy(), some.successor.copy(), some.chance.copy(), some.counts.copy())

    def grown(self, rows: int) -> Found:
        """The same with more room; `rows` are filled."""
        bigger = Found(_more(self.states), _more(self.successor), _more(self.chance), _more(self.counts))
        for new, old in zip(bigger, self, strict=True):
            new[:rows] = old[:rows]
        return bigger


def explored(
    level: Level, starts: npt.NDArray[np.int32], max_states: int
) -> tuple[Found, int, npt.NDArray[np.int64]]:
    """Every state that can be reached from `starts` (`[N, F]`), in the order of the search, starts first.

    Returns:
        The rows, then how many are filled, which leaves at least one free, then `[N]` the rows of the starts. Where there are
        more than `max_states`, the number is `max_states + 1` and the rows are of no use.
    """
    world = level.world
    room, kinds = _power(len(starts)), (N_ACTIONS, world.branches)
    most = N_ACTIONS * world.branches
    table = Found(
        np.zeros((room, starts.shape[1]), dtype=np.int32),
        np.zeros((room, *kinds), dtype=np.int32),
        np.zeros((room, *kinds)),
        np.zeros((room, *kinds, len(world.events)), dtype=np.int32),
    )
    index = Index.empty(level, room)
    explore = specialised(explore_kernel, type(world))
    places = np.zeros(len(starts), dtype=np.int64)
    found, pages = _enter(np.ascontiguousarray(starts, dtype=np.int32), table.states, places, *index)
    done = 0
    while done < found <= max_states:
        if found + most >= len(table.states):
            table = table.grown(found)
        if pages + most > len(index.keys):
            index = index.grown(pages)
        done, found, pages = explore(level.solid, level.width, level.params, *index, *table, done, found, pages, max_states)
    return table, found, places


def _power(rows: int) -> int:
    """A power of two above this many rows."""
    return max(ROOM, 1 << rows.bit_length())


def _more(array: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Zeros like this array, but more."""
    return np.zeros((GROWTH * len(array), *array.shape[1:]), dtype=array.dtype)


@njit(inline="never")
def _packed(fields, sizes):
    """Mixed-radix number of one state's fields."""
    code = np.int64(0)
    for f in range(sizes.size - 1, -1, -1):
        code = code * sizes[f] + fields[f]
    return code


@njit(inline="never")
def _slot(key, keys, slots):
    """Where the page with this key stands in the hash table, or the free slot where it belongs."""
    last = slots.size - 1  # all ones, for the size is a power of two
    slot = np.int64((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)) & last
    while slots[slot] > 0 and keys[slots[slot] - 1] != key:
        slot = (slot + 1) & last
    return slot


@njit(inline="never")
def row_of(fields, sizes, keys, slots, pages):
    """Row of a state that is in an index, -1 if it is not."""
    code = _packed(fields, sizes)
    page = slots[_slot(code >> BITS, keys, slots)]
    return pages[page - 1, code & LOW] - 1 if page > 0 else -1


@kept
def _hash(n, keys, slots):
    """Enter the first `n` pages into an empty hash table."""
    for i in range(n):
        slots[_slot(keys[i], keys, slots)] = i + 1


@kept
def _enter(states, rows, places, sizes, keys, slots, pages):
    """Make rows of these states, equal ones once, in an empty index, and note their places; how many rows and pages."""
    found, n = 0, 0
    for i in range(states.shape[0]):
        code = _packed(states[i], sizes)
        slot = _slot(code >> BITS, keys, slots)
        if slots[slot] == 0:
            keys[n] = code >> BITS
            n += 1
            slots[slot] = n
        if pages[slots[slot] - 1, code & LOW] == 0:
            rows[found] = states[i]
            found += 1
            pages[slots[slot] - 1, code & LOW] = found
        places[i] = pages[slots[slot] - 1, code & LOW] - 1
    return found, n


def explore_kernel(
    solid, width, params, sizes, keys, slots, pages, states, successor, chance, counts, done, found, n_pages, max_states
):  # fmt: skip
    """Find what the rows from `done` on lead to, until none is left or there is no room; rows done, rows found, and pages."""
    room, n_actions, n_branches, n_events = counts.shape
    nxt = np.zeros((n_branches, sizes.size), dtype=np.int32)
    events = np.zeros((n_branches, n_events), dtype=np.int32)
    probability = np.ones(n_branches)
    ended = np.zeros(n_branches, dtype=np.bool_)
    most = n_actions * n_branches
    while done < found and found + most < room and n_pages + most <= keys.size:
        for action in range(n_actions):
            for k in range(n_branches):
                probability[k] = 1.0
                for e in range(n_events):
                    events[k, e] = 0
            n = rules(solid, width, params, states[done], action, nxt, events, probability, ended)
            for k in range(n):
                target = 0
                if not ended[k]:
                    code = _packed(nxt[k], sizes)
                    slot = _slot(code >> BITS, keys, slots)
                    if slots[slot] == 0:
                        keys[n_pages] = code >> BITS
                        n_pages += 1
                        slots[slot] = n_pages
                    page = slots[slot] - 1
                    target = pages[page, code & LOW]
                    if target == 0:
                        if found == max_states:
                            return done, found + 1, n_pages
                        for f in range(sizes.size):
                            states[found, f] = nxt[k, f]
                        found += 1
                        target = found
                        pages[page, code & LOW] = found
                successor[done, action, k] = target - 1
                chance[done, action, k] = probability[k]
                for e in range(n_events):
                    counts[done, action, k, e] = events[k, e]
        done += 1
    return done, found, n_pages
