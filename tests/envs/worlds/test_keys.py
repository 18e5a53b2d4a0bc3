"""Keys: what opens, what is used up, and what the law of each split lays out."""

import numpy as np
import pytest
from innershift.envs.layouts import distances
from innershift.envs.world import LEFT, RIGHT, STAY
from innershift.envs.worlds import Keys
from innershift.envs.worlds.keys import HELD_PLANE

WORLD = Keys(size=5)


@pytest.mark.parametrize(("shift", "keys", "chests"), [(0.0, 2, 6), (0.25, 3, 5), (0.5, 4, 4), (1.0, 6, 2)])
def test_the_shift_swaps_keys_for_chests(shift, keys, chests):
    rng = np.random.default_rng(0)
    for _ in range(60):
        level = WORLD.sample(rng, shift)
        assert (len(level.cells("k")), len(level.cells("t"))) == (keys, chests)
        assert (distances(level.solid, level.width, level.agent)[[c for _, c in level.things]] > 0).all()
        assert level.things == tuple(sorted(level.things, key=lambda thing: thing[1])) and not level.header


def test_a_chest_opens_only_with_a_key_which_is_used_up():
    mdp = WORLD.parse("#######\n#tAktt#\n#######").to_mdp()
    names, state, told = WORLD.events, mdp.initial, []
    for action in [LEFT, STAY, RIGHT, RIGHT, RIGHT, RIGHT, LEFT, LEFT, LEFT, LEFT]:
        told.append([e for e, n in zip(names, mdp.counts[state, action, 0], strict=True) if n and e != "moved"])
        state = mdp.successor[state, action, 0]
    assert told == [[], [], [], ["key_taken"], ["chest_opened"], [], [], [], [], []]
    assert mdp.states[state].tolist() == [8, 0, 0b101]  # back on the first chest, which stays closed


def test_nothing_ends_an_episode_but_the_horizon():
    mdp = WORLD.sample(np.random.default_rng(1), 1.0).to_mdp()
    assert (mdp.successor[:-1] != mdp.absorbing).all()


def test_keys_in_hand_open_chests_and_are_shown_on_the_border():
    level = WORLD.parse("held: 5\n#####\n#Atk#\n#####")
    shown = level.planes()[..., HELD_PLANE]
    assert shown.sum() == 5 and not shown[1, 1:-1].any()
    assert WORLD.read(level.planes()) == WORLD.parse(f"horizon: {level.horizon}\n{level.draw().split(chr(10), 1)[1]}")
    mdp = level.to_mdp()
    opened = mdp.successor[mdp.initial, RIGHT, 0]
    assert mdp.counts[mdp.initial, RIGHT, 0].tolist() == [0, 1, 1]
    assert level.planes(mdp.states[opened])[..., HELD_PLANE].sum() == 4
    taken = mdp.successor[opened, RIGHT, 0]
    assert level.planes(mdp.states[taken])[..., HELD_PLANE].sum() == 5


def test_the_border_shows_as_many_keys_as_a_drawing_may_hold():
    """Tokens run along the top and down the right side; the drawing is refused before they run out of border."""
    level = WORLD.parse("held: 5\n####\n#Ak#\n####")
    full = level.planes(np.array([level.agent + 1, 0, 0]))[..., HELD_PLANE]
    assert full.sum() == 6 and full[0].all() and full[:, -1].all()


def test_every_key_and_every_chest_counts_once():
    mdp = WORLD.sample(np.random.default_rng(2), 0.0).to_mdp()
    for s, (_, keys, chests) in enumerate(mdp.states[:-1].tolist()):
        for action in range(5):
            _, fewer, closed = mdp.states[mdp.successor[s, action, 0]].tolist()
            assert not fewer & ~keys and not closed & ~chests
            lost = [(keys ^ fewer).bit_count(), (chests ^ closed).bit_count()]
            assert mdp.counts[s, action, 0, :2].tolist() == lost
