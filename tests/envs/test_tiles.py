"""Tiles keep all that planes show: two different cells never look the same, to a network or to a person."""

from functools import cache

import numpy as np
import pytest
from innershift.envs import WORLDS, GridWorld, StateSpaceError, render
from innershift.envs.figures import machines, palette
from innershift.envs.worlds import world_named

SPECS = (*WORLDS, "Doors:mode=command,objects=4", "Lever:items=4,glass=6,chain=9")
LEAST = dict.fromkeys((4, 5, 8, 11, 16, 32), 40)
"""Pixels a cell, and the least of the largest differences that two cells show in a colour, of 255."""


@cache
def cells_seen(spec: str) -> np.ndarray:
    """`[N, C]` the different cells of sampled levels in their states, and each that one can enter with the agent on it."""
    world, rng, found = world_named(spec), np.random.default_rng(0), []
    agent = [channel.name for channel in world.channels].index("agent")
    for i in range(36):
        level = world.sample(rng, (0.0, 1.0, 0.5)[i % 3])
        try:
            states = level.to_mdp(60_000).states[:-1]
        except StateSpaceError:
            continue
        for state in states[rng.choice(len(states), min(40, len(states)), replace=False)]:
            cells = level.planes(state).reshape(-1, len(world.channels))
            entered = cells[level.solid == 0]
            entered[:, agent] = 1
            found.append(np.unique(np.concatenate([cells, entered]), axis=0))
    return np.unique(np.concatenate(found), axis=0)


def drawn(world, cells: np.ndarray, px: int) -> np.ndarray:
    """`[N, px * px * 3]` the tile of each cell."""
    strip = render.tiles(world, cells[None], px).astype(np.int16)
    return strip.reshape(px, len(cells), px, 3).transpose(1, 0, 2, 3).reshape(len(cells), -1)


def in_words(world, cell: np.ndarray) -> str:
    return " + ".join(channel.name for channel, on in zip(world.channels, cell, strict=True) if on) or "floor"


@pytest.mark.parametrize("px", LEAST)
@pytest.mark.parametrize("spec", SPECS)
def test_different_planes_are_different_tiles(spec, px):
    world, cells = world_named(spec), cells_seen(spec)
    assert len(cells) > (40 if world.name == "Lever" else 3)
    if px >= machines.LETTERED:  # there letters stand for numbers in dots
        dots = [bool(channel.sprite and channel.sprite.startswith("bit_")) for channel in world.channels]
        cells = np.unique(np.where(dots, 0, cells), axis=0)
    tiles = drawn(world, cells, px)
    for i, tile in enumerate(tiles[1:], 1):
        strongest = np.abs(tiles[:i] - tile).max(axis=1)
        j = int(strongest.argmin())
        told = f"{in_words(world, cells[i])} and {in_words(world, cells[j])} differ by {strongest[j]} at {px} px"
        assert strongest[j] >= LEAST[px], told


@pytest.mark.parametrize("px", [4, 8, 16, 32])
@pytest.mark.parametrize("spec", SPECS)
def test_the_agent_lies_on_top(spec, px):
    world, cells = world_named(spec), cells_seen(spec)
    agent = [channel.name for channel in world.channels].index("agent")
    with_agent = cells[cells[:, agent] == 1]
    tiles = drawn(world, with_agent, px).reshape(len(with_agent), px, px, 3)
    own = np.abs(tiles - palette.ACCENT).max(axis=-1) < 40
    middle = own[:, px // 4 : -(px // 4), px // 4 : -(px // 4)].mean(axis=(1, 2))
    assert (middle > 0.4).all(), in_words(world, with_agent[middle.argmin()])


@pytest.mark.parametrize("tile", [4, 8])
def test_the_order_of_levers_is_seen(tile):
    drawings = ["#######\n#A.*.b#\n#....a#\n#######", "#######\n#A.*.a#\n#....b#\n#######"]
    first, second = (GridWorld("Lever", obs="rgb", tile=tile, level=text).reset(seed=0)[0] for text in drawings)
    assert first.shape == second.shape and (first != second).any()
