"""Outcome sets: exhaustive profiles, readable itineraries, and what each forgets."""

import numpy as np
import pytest
from innershift.agents import model_of
from innershift.analysis.outcomes import outcome_set, path_of, sites
from innershift.envs.worlds import CheeseCorner, Doors, Keys, Lever, world_named

EVENTS = {
    "CheeseCorner:size=5": {"cheese", "corner_entered", "moved"},
    "Doors:size=5": {"square", "circle", "triangle", "red", "green", "moved"},
    "Keys:size=5,few=1,many=2": {"key_taken", "chest_opened", "moved"},
}


@pytest.mark.parametrize("spec", EVENTS)
@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_itineraries_are_among_the_profiles_but_for_their_moves(spec, shift):
    world = world_named(spec)
    for seed in range(5):
        level = world.sample(np.random.default_rng(seed), shift)
        kept = [i for i, name in enumerate(world.events) if name in EVENTS[spec] - {"moved"}]
        moved = world.events.index("moved")
        profiles = outcome_set(level, EVENTS[spec])
        least = {
            (bool(e), *c[kept].tolist()): c[moved] for e, c in zip(profiles.ended, profiles.counts, strict=True)
        }
        walked = outcome_set(level, EVENTS[spec], "itineraries")
        assert profiles.exhaustive and not walked.exhaustive
        assert len(walked) >= 2
        for ended, counts in zip(walked.ended, walked.counts, strict=True):
            assert counts[moved] >= least[bool(ended), *counts[kept].tolist()]


@pytest.mark.parametrize("kind", ["profiles", "itineraries"])
@pytest.mark.parametrize("spec", EVENTS)
def test_plans_lead_to_their_outcomes(spec, kind):
    world = world_named(spec)
    level = world.sample(np.random.default_rng(3), 1.0)
    found = outcome_set(level, EVENTS[spec], kind)
    mdp = model_of(level)
    kept = [i for i, name in enumerate(world.events) if name in EVENTS[spec]]
    for i in range(len(found)):
        state, counts = mdp.initial, np.zeros(len(world.events), dtype=int)
        for action in found.plan(i):
            counts += mdp.counts[state, action, 0]
            state = int(mdp.successor[state, action, 0])
        assert counts[kept].tolist() == found.counts[i, kept].tolist()
        assert (state == mdp.absorbing) == found.ended[i]
        assert len(found.plan(i)) == found.steps[i]
        assert len(found.path(i)) == len(found.plan(i)) + 1


def test_sites_are_the_cells_where_something_can_happen():
    level = CheeseCorner(size=5).parse("#######\n#...c.#\n#.....#\n#..A..#\n#.....#\n#.....#\n#######")
    events = {"cheese", "corner_entered", "up_left", "down_right", "moved"}
    assert sites(model_of(level), events) == [8, 11]


def test_itineraries_walk_round_what_ends_the_episode():
    """Doors: the way to the far object leads round the near one, for touching that is the end."""
    text = "1: red square\n2: green circle\n#######\n#A.1..#\n#.###.#\n#....2#\n#######"
    level = Doors(size=5, objects=2).parse(text)
    both = [outcome_set(level, EVENTS["Doors:size=5"], kind) for kind in ("profiles", "itineraries")]
    circle = level.world.events.index("circle")
    reached = [found.counts[:, circle].max() for found in both]
    assert reached == [1, 1]


def test_a_path_ends_where_the_episode_ends():
    level = CheeseCorner(size=3).parse("#####\n#c.A#\n#...#\n#...#\n#####")
    assert path_of(level, [2, 2, 2, 2]) == [8, 7, 6]


def test_labels_are_words():
    level = CheeseCorner(size=3).parse("#####\n#c.A#\n#...#\n#...#\n#####")
    found = outcome_set(level, {"cheese", "corner_entered", "moved"})
    assert found.label(0) == "nothing"
    assert "cheese 1, corner_entered 1, moved 2, ended" in {found.label(i) for i in range(len(found))}


def test_refusals_are_clear():
    level = Lever(size=5, chain=4, depth=3, items=1, glass=0).sample(np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"Unknown outcome set 'routes'\..* Allowed: itineraries, profiles"):
        outcome_set(level, {"moved"}, "routes")
    with pytest.raises(ValueError, match="Lever: its sites are not fixed, so itineraries are not defined"):
        outcome_set(level, {"cleaned"}, "itineraries")
    keys = Keys(size=5).sample(np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"More than 3 profiles .*Event '(key_taken|chest_opened)' alone takes"):
        outcome_set(keys, {"key_taken", "chest_opened"}, "profiles", most=3)
    with pytest.raises(ValueError, match="More than 3 itineraries"):
        outcome_set(keys, {"key_taken", "chest_opened"}, "itineraries", most=3)
