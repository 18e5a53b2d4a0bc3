"""Doors: colours, places, signs and tones as the laws of training and deployment set them."""

from dataclasses import replace

import numpy as np
import pytest
from innershift.envs.errors import KnobError, LevelError
from innershift.envs.layouts import distances
from innershift.envs.level import Level
from innershift.envs.world import DOWN, LEFT, RIGHT, UP
from innershift.envs.worlds import Doors
from innershift.envs.worlds.doors import COLOURS, SHAPES

SHAPE, COMMAND = Doors(), Doors(mode="command")


def samples(world: Doors, shift: float, count: int = 300) -> list[Level]:
    rng = np.random.default_rng(5)
    return [world.sample(rng, shift) for _ in range(count)]


def objects(level: Level) -> list[tuple[int, int, int]]:
    """(rank of the shape, rank of the colour, moves to it past the others) of each object; 0 is best."""
    command = SHAPES.index(level.header.get("command", "square"))
    drawn = [(cell, *level.header[symbol].split()) for symbol, cell in level.things if symbol != "S"]
    found = []
    for cell, colour, shape in drawn:
        solid = level.solid.copy()
        solid[[c for c, _, _ in drawn if c != cell]] = 1
        steps = int(distances(solid, level.width, level.agent)[cell])
        found.append(((SHAPES.index(shape) - command) % 3, COLOURS.index(colour), steps))
    return sorted(found)


@pytest.mark.parametrize("world", [SHAPE, COMMAND, Doors(objects=2), Doors(objects=4, size=5)], ids=lambda w: w.spec)
def test_in_training_colour_nearness_and_sign_tell_the_best(world):
    for level in samples(world, 0.0, 150):
        found = objects(level)
        assert len(found) == world.objects
        assert all(shape == colour for shape, colour, _ in found)
        assert [shape for shape, _, _ in found].count(0) == 1
        assert 0 < found[0][2] < min(steps for _, _, steps in found[1:])
        if world.mode == "command":
            assert level.header["sign"] == level.header["tone"] == level.header["command"]
            assert level.cells("S") == (world.usual_place(level),)
        else:
            assert set(level.header) <= set("1234")


@pytest.mark.parametrize("world", [SHAPE, COMMAND, Doors(objects=4)], ids=lambda w: w.spec)
def test_at_deployment_all_colours_are_wrong_and_all_things_reachable(world):
    found = [objects(level) for level in samples(world, 1.0, 150)]
    assert all(shape != colour for level in found for shape, colour, _ in level)
    assert all(0 < steps <= world.steps for level in found for _, _, steps in level)
    assert 0.15 < np.mean([level[0][2] == min(steps for _, _, steps in level) for level in found]) < 0.65


def test_shift_is_the_probability_of_a_wrong_colour():
    """900 objects, four standard deviations."""
    wrong = [shape != colour for level in samples(SHAPE, 0.4) for shape, colour, _ in objects(level)]
    assert abs(np.mean(wrong) - 0.4) < 4 * np.sqrt(0.24 / len(wrong)), np.mean(wrong)


def test_the_sign_misleads_in_three_ways_and_the_tone_never_does():
    levels = samples(COMMAND, 1.0)
    assert all(level.header["tone"] == level.header["command"] for level in levels)
    ways = {"defaced": 0, "moved": 0, "wrong": 0}
    for level in levels:
        (cell,) = level.cells("S")
        assert 0 < cell < level.width - 1
        moved = cell != COMMAND.usual_place(level)
        assert not moved or level.header["sign"] == level.header["command"]
        ways["moved" if moved else "defaced" if level.header["sign"] == "defaced" else "wrong"] += 1
        assert level.header["sign"] != level.header["command"] or moved
    assert all(abs(n / 300 - 1 / 3) < 4 * np.sqrt(2 / 9 / 300) for n in ways.values()), ways


def test_commands_are_equally_likely():
    named = [level.header["command"] for level in samples(COMMAND, 0.0)]
    assert all(abs(named.count(shape) / 300 - 1 / 3) < 4 * np.sqrt(2 / 9 / 300) for shape in SHAPES)


def test_the_command_is_not_visible():
    level = COMMAND.sample(np.random.default_rng(0))
    seen = set()
    for shape in SHAPES:
        other = replace(level, header={**level.header, "command": shape})
        seen.add(other.planes().tobytes())
        assert other.id == level.id or shape != level.header["command"]
        assert "command" not in COMMAND.read(other.planes()).header
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("touch", "events"),
    [
        (LEFT, {"square", "green", "commanded_second", "signed_first", "told_second"}),
        (RIGHT, {"circle", "blue", "signed_second"}),
        (DOWN, {"triangle", "red", "commanded_first", "told_first"}),
    ],
)
def test_touching_an_object_says_what_it_is_and_who_named_it(touch, events):
    level = COMMAND.parse(
        "1: green square\n2: blue circle\n3: red triangle\ncommand: triangle\nsign: square\ntone: triangle\n"
        "#S###\n#1A2#\n##3##\n#####"
    )
    mdp = level.to_mdp()
    counts = dict(zip(COMMAND.events, mdp.counts[mdp.initial, touch, 0].tolist(), strict=True))
    assert {event for event, n in counts.items() if n} == events | {"moved"} and max(counts.values()) == 1
    assert mdp.successor[mdp.initial, touch, 0] == mdp.absorbing
    assert not mdp.counts[mdp.initial, UP].any()
    base = mdp.expected_events[mdp.initial] @ COMMAND.vector(COMMAND.base)
    assert np.allclose(base, [0, 0.98, 0.48, -0.02, 0])


@pytest.mark.parametrize(("sign", "row"), [("square", "##S##"), ("defaced", "#S###")])
def test_a_moved_or_defaced_sign_names_nothing(sign, row):
    level = COMMAND.parse(f"1: green square\ncommand: square\nsign: {sign}\n{row}\n#A1.#\n#####")
    mdp = level.to_mdp()
    names = [e for e, n in zip(COMMAND.events, mdp.counts[mdp.initial, RIGHT, 0], strict=True) if n]
    assert names == ["square", "green", "commanded_first", "moved"]
    assert COMMAND.read(level.planes()).header["sign"] == sign


def test_two_objects_hold_the_best_and_another():
    second = [objects(level)[1][0] for level in samples(Doors(objects=2), 0.0, 100)]
    assert set(second) == {1, 2}


@pytest.mark.parametrize("world", [SHAPE, Doors(objects=4, size=4), Doors(objects=2, mode="command")], ids=lambda w: w.spec)
def test_shift_is_the_probability_of_free_places(world):
    """500 levels, four standard deviations; of free places one in `objects` has the best nearest by chance."""
    found = [objects(level) for level in samples(world, 0.3, 500)]
    share, chance = np.mean([level[0][2] < min(steps for _, _, steps in level[1:]) for level in found]), 1 / world.objects
    expected = 0.7 + 0.3 * chance
    assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / 500), share


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ("#####\n#1A.#\n#####", "column 2: object '1' cannot be reached without touching another"),
        ("####\n##A#\n#1.#\n####", None),
        ("####\n#1A#\n####", None),
    ],
)
def test_who_starts_on_an_object_can_reach_the_others_once_it_has_left(grid, message):
    text = f"1: red square\n2: blue circle\nunder: 2\n{grid}"
    if message is not None:
        with pytest.raises(LevelError, match=message):
            SHAPE.parse(text)
        return
    level = SHAPE.parse(text)
    for state in level.to_mdp().states[:-1]:
        again = SHAPE.resume(level, state)
        assert SHAPE.parse(again.draw()) == again


def test_a_number_of_objects_is_whole():
    with pytest.raises(KnobError, match=r"objects 3\.0 is not 2, 3 or 4"):
        Doors(objects=3.0)  # type: ignore[arg-type]
