"""Snapshots that are none: refused in words, before any compiled rule sees them, and without a trace."""

from dataclasses import replace

import numpy as np
import pytest
from innershift.envs import GridWorld, LevelError


def playing() -> GridWorld:
    env = GridWorld("Keys", size=5, few=1, many=2)
    env.reset(seed=0)
    env.step(4)
    return env


WALL = {"fields": (0, 1, 1)}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fields": (50_000_000, 1, 1)}, "agent 50000000 is not a whole number from 0 to 48; give back what get_state"),
        ({"fields": (-7, 1, 1)}, "agent -7 is not a whole number from 0 to 48"),
        ({"fields": (8, 2, 1)}, "keys 2 is not a whole number from 0 to 1"),
        ({"fields": (8, 1, 4)}, "chests 4 is not a whole number from 0 to 3"),
        ({"fields": (8, 1, 1.5)}, "chests 1.5 is not a whole number"),
        ({"fields": (8, 1)}, r"fields \(8, 1\) are not the 3 numbers agent, keys, chests"),
        ({"fields": None}, "fields None are not the 3 numbers"),
        (WALL, "agent 0 is row 1, column 1, where nobody can stand"),
        ({"clock": -1}, "clock -1 is not a whole number from 0 to 16"),
        ({"clock": 17}, "clock 17 is not a whole number from 0 to 16"),
        ({"clock": 16}, "ended False at clock 16; it must be True or False, and True once the 16 steps are over"),
        ({"ended": 1}, "ended 1 at clock 1; it must be True or False"),
        ({"noise": 2**64}, "noise 18446744073709551616 is not a whole number from 0 to 18,446,744,073,709,551,615"),
        ({"random": {"bit_generator": "MT19937"}}, "random .* is no state of PCG64"),
        ({"random": None}, "random 'None' is no state of PCG64"),
    ],
)
def test_a_snapshot_that_is_none_is_refused_and_changes_nothing(changes, words):
    env = playing()
    before = env.get_state()
    with pytest.raises(LevelError, match=words):
        env.set_state(replace(before, **changes))
    assert env.get_state() == before and env.step(4)


def test_the_snapshot_of_an_end_comes_back():
    env = playing()
    while not env.step(4)[3]:
        pass
    ended = env.get_state()
    env.reset()
    env.set_state(ended)
    assert env.get_state() == ended


def test_glass_cannot_be_stood_in():
    env = GridWorld("Lever", size=5)
    env.reset(seed=0)
    state = env.get_state()
    with pytest.raises(LevelError, match="where nobody can stand"):
        env.set_state(replace(state, fields=(env.level.cells("G")[0], *state.fields[1:])))
    env.set_state(replace(state, fields=tuple(np.array(state.fields))))  # NumPy's whole numbers will do
