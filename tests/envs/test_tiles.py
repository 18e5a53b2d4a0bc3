"""Tiles keep all that planes show: two different cells never look the same to a network."""

import numpy as np
import pytest
from innershift.envs import GridWorld, render
from innershift.envs.worlds import world_named

SPECS = ("CheeseCorner", "Doors", "Doors:mode=command,objects=4", "Keys", "Lever", "Lever:items=4,glass=6,chain=9")


def cells_seen(spec: str) -> np.ndarray:
    """`[N, C]` the different cells of sampled levels in their states, and each that one can enter with the agent on it."""
    world, rng, found = world_named(spec), np.random.default_rng(0), []
    agent = [channel.name for channel in world.channels].index("agent")
    for i in range(45):
        level = world.sample(rng, (0.0, 1.0, 0.5)[i % 3])
        mdp = level.to_mdp()
        states = mdp.states[rng.choice(mdp.n_states - 1, min(50, mdp.n_states - 1), replace=False)]
        for state in states:
            cells = level.planes(state).reshape(-1, len(world.channels))
            entered = cells[level.solid == 0]
            entered[:, agent] = 1
            found += [cells, entered]
    return np.unique(np.concatenate(found), axis=0)


@pytest.mark.parametrize("spec", SPECS)
def test_different_planes_are_different_tiles(spec):
    world, cells = world_named(spec), cells_seen(spec)
    assert len(cells) > (40 if world.name == "Lever" else 3)
    for px in (4, 8):
        drawn = {render.tiles(world, cell[None, None], px).tobytes() for cell in cells}
        assert len(drawn) == len(cells), f"{px} px"


@pytest.mark.parametrize("tile", [4, 8])
def test_the_order_of_levers_is_seen(tile):
    drawings = ["#######\n#A.*.b#\n#....a#\n#######", "#######\n#A.*.a#\n#....b#\n#######"]
    first, second = (GridWorld("Lever", obs="rgb", tile=tile, level=text).reset(seed=0)[0] for text in drawings)
    assert first.shape == second.shape and (first != second).any()
