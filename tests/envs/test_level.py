"""Drawings: what is read back, what is refused and in which words, and that a level never changes."""

import copy
import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innershift.envs.errors import KnobError, LevelError
from innershift.envs.level import Level
from innershift.envs.worlds import Doors, Keys, world_named

SPECS = ("CheeseCorner:size=5", "Doors:size=5", "Doors:size=5,mode=command", "Keys:size=5,few=1,many=3", "Lever:size=5")
SEEDS = st.integers(0, 2**32 - 1)
QUICK = settings(max_examples=40, deadline=None, derandomize=True)


def sampled(spec: str, seed: int, shift: float) -> Level:
    return world_named(spec).sample(np.random.default_rng(seed), shift)


@pytest.mark.parametrize("spec", SPECS)
@QUICK
@given(seed=SEEDS, shift=st.floats(0, 1))
def test_a_drawing_gives_its_level_back(spec, seed, shift):
    level = sampled(spec, seed, shift)
    again = level.world.parse(level.draw(), level.phase)
    assert again == level and hash(again) == hash(level)
    assert again.id == level.id and again.draw() == level.draw() == str(level)
    assert (again.things, dict(again.header), again.horizon) == (level.things, dict(level.header), level.horizon)
    assert np.array_equal(again.params, level.params) and np.array_equal(again.planes(), level.planes())


GOOD = "#####\n#A.1#\n#####"
RED = "1: red square\n"

MALFORMED = [
    ("Keys", "#####\n#A.k#\n####", "row 3 has 4 characters, row 1 has 5; all rows must be equally long"),
    ("Keys", "#####\n#A.k.\n#####", "row 2, column 5: '.' stands on the border, which must be closed by '#'"),
    ("Keys", "##.##\n#A.k#\n#####", "row 1, column 3: '.' stands on the border"),
    ("Keys", "#####\nAk.##\n#####", "row 2, column 1: 'A' stands on the border"),
    ("Keys", "A", "row 1, column 1: 'A' stands on the border"),
    ("Keys", "", "the drawing has no grid; draw walls with '#', floor with '.', the agent with 'A'"),
    ("Keys", "horizon: 3", "the drawing has no grid"),
    ("Keys", "#####\n#A.x#\n#####", "row 2, column 4: 'x' is not a symbol here. Allowed: '#' wall, '.' floor, 'A' agent, 'k' key"),
    ("Keys", "#####\n#A k#\n#####", "row 2, column 3: ' ' is not a symbol here"),
    ("Keys", "#####\n#AkA#\n#####", r"2 agents drawn \(row 2, column 2; row 2, column 4\); draw exactly one 'A'"),
    ("Keys", "#####\n#.k.#\n#####", "0 agents drawn; draw exactly one 'A'"),
    ("Keys", "held: 1\nheld: 2\n####\n#Ak#\n####", "header line 'held' stands twice; keep one"),
    ("Keys", "hold: 1\n####\n#Ak#\n####", r"header line 'hold' is not known. Allowed: 'horizon' \(steps\), .*'held'"),
    ("Keys", "horizon: 0\n####\n#Ak#\n####", "horizon: '0' is not a whole number of steps from 1"),
    ("Keys", "horizon: 2.5\n####\n#Ak#\n####", "horizon: '2.5' is not a whole number"),
    ("Keys", "horizon: -3\n####\n#Ak#\n####", "horizon: '-3' is not a whole number"),
    ("Keys", "horizon: ²\n####\n#Ak#\n####", "horizon: '²' is not a whole number"),
    ("Keys", "horizon:\n####\n#Ak#\n####", "horizon: '' is not a whole number"),
    ("Keys", "horizon: 1000001\n####\n#Ak#\n####", "horizon: '1000001' is not .* from 1 to 1,000,000"),
    ("Keys", f"horizon: {'1' * 5000}\n####\n#Ak#\n####", "is not a whole number of steps"),
    ("Keys", "under: x\n####\n#Ak#\n####", "under: the agent cannot stand on 'x'. Allowed: 'k' key, 't' treasure chest"),
    ("Lever", "under: G\n####\n#A*#\n####", "under: the agent cannot stand on 'G', which is solid"),
    ("Doors:mode=command", f"{RED}sign: circle\nunder: S\n{GOOD}", "under: the agent cannot stand on 'S'"),
    ("CheeseCorner", "#####\n#A..#\n#####", "0 cheeses drawn; draw exactly one 'c'"),
    ("CheeseCorner", "#####\n#Acc#\n#####", "2 cheeses drawn"),
    ("CheeseCorner", "######\n#A.#c#\n######", "row 2, column 5: the cheese cannot be reached from the agent; open a way"),
    ("CheeseCorner", "######\n#.#Ac#\n######", "row 2, column 2: the corner cannot be reached"),
    ("Keys", "####\n#A.#\n####", "no key 'k' and no chest 't' drawn; draw at least one"),
    ("Keys", "######\n#Ak#t#\n######", "row 2, column 5: this chest cannot be reached"),
    ("Keys", "######\n#At#k#\n######", "row 2, column 5: this key cannot be reached"),
    ("Keys", "##############\n#Akkkkkkttttt#\n#..........tt#\n##############", "6 keys and 7 chests; at most 11 objects"),
    ("Keys", f"{'#' * 14}\n#A{'t' * 11}#\n{'#' * 14}", "0 keys and 11 chests; at most 11 objects, and 10 of a kind"),
    ("Keys", "held: -1\n####\n#At#\n####", "held: '-1' keys in hand .* write a whole number"),
    ("Keys", "held: 7\n####\n#At#\n####", "held: '7' keys in hand and 0 drawn; .* together at most 6, which is what the border"),
    ("Keys", "held: ²\n####\n#At#\n####", "held: '²'"),
    ("Lever", "######\n#A*.c#\n######", "levers c drawn; letter them a, b, c ... once each, without a gap"),
    ("Lever", "######\n#A*aa#\n######", "levers a, a drawn; letter them"),
    ("Lever", "####\n#A.#\n####", "no item '[*]' and no lever 'a' drawn; draw at least one"),
    ("Lever", "######\n#A*Ga#\n######", "row 2, column 5: this lever cannot be reached"),
    ("Lever", "######\n#AaG*#\n######", "row 2, column 5: this item cannot be reached"),
    ("Lever", f"{'#' * 10}\n#A*******#\n{'#' * 10}", "7 items and 0 glass cases; at most 6 and 6"),
    ("Lever", "pulled: 2\n#####\n#A*a#\n#####", "pulled: '2' is not a whole number from 0 to the 1 levers drawn"),
    ("Lever", "pulled: ²\n#####\n#A*a#\n#####", "pulled: '²' is not a whole number"),
    ("Doors", "####\n#A.#\n####", "no object drawn; draw '1' and describe it by a header line such as '1: red square'"),
    ("Doors", GOOD, "row 2, column 4: object '1' is described as ''; write '1: COLOUR SHAPE' with a colour of red, green, blue"),
    ("Doors", f"1: pink square\n{GOOD}", "object '1' is described as 'pink square'"),
    ("Doors", f"1: square red\n{GOOD}", "object '1' is described as 'square red'"),
    ("Doors", f"1: red\n{GOOD}", "object '1' is described as 'red'"),
    ("Doors", f"{RED}#####\n#A11#\n#####", "object '1' is drawn 2 times; draw each once"),
    ("Doors", f"{RED}2: blue circle\n{GOOD}", "header line '2' describes an object that is not drawn"),
    (
        "Doors",
        f"{RED}2: red circle\n######\n#A.12#\n######",
        "row 2, column 5: object '2' cannot be reached without touching another",
    ),
    ("Doors", f"{RED}command: circle\n{GOOD}", "'command:' has a meaning only with mode='command'"),
    ("Doors:mode=command", f"{RED}command: cube\n{GOOD}", "command: 'cube' is not one of square, circle, triangle"),
    ("Doors:mode=command", f"{RED}tone: defaced\n{GOOD}", "tone: 'defaced' is not one of square, circle, triangle"),
    ("Doors:mode=command", f"{RED}sign: circle\n{GOOD}", "0 signs drawn; draw one 'S'"),
    ("Doors:mode=command", f"{RED}#S###\n#A.1#\n#####", "1 signs drawn; draw one 'S' and say what it names"),
    ("Doors:mode=command", f"{RED}sign: circle\n#SS##\n#A.1#\n#####", "2 signs drawn"),
    ("Doors", f"{RED}#S###\n#A.1#\n#####", "row 1, column 2: a sign has a meaning only with mode='command'; draw '#' there"),
    ("Doors:mode=command", f"{RED}{GOOD}", "the line 'command:' is missing above the drawing; it says the shape this"),
    ("Keys", "\nheld: 1\n\n#####\n#A.x#\n#####", r"row 2, column 4: 'x' is not .*\(Row 2 is line 5, '#A.x#'\.\)"),
    ("Keys", "held: 1\n######\n#Ak#t#\n######", r"this chest cannot be reached.*\(Row 2 is line 3, '#Ak#t#'\.\)"),
    ("Doors:mode=command", f"{RED}sign: circle\n####S\n#A.1#\n#####", "row 1, column 5: this corner is kept for the tone; move"),
    ("Doors:mode=command", f"{RED}sign: circle\n#####\n#AS.#\n#..1#\n#####", "row 2, column 3: a sign hangs on the border"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "text", "message"), MALFORMED)
def test_what_is_no_level_is_refused_in_words(spec, text, message):
    world = world_named(spec)
    with pytest.raises(LevelError, match=message) as caught:
        world.parse(text)
    assert str(caught.value).startswith(f"{world.name}: ")


def test_indentation_and_blank_lines_do_not_matter():
    plain = Keys().parse("held: 1\nhorizon: 9\n####\n#Ak#\n####")
    indented = Keys().parse(
        """

        horizon:   9
        held: 1

          \t
        ####
        #Ak#
        ####
        """
    )
    assert plain == indented


def test_the_id_depends_on_the_content_alone():
    text = "1: red square\n2: blue circle\nsign: circle\ntone: circle\ncommand: circle\n#S####\n#1A2.#\n######"
    world = Doors(mode="command")
    level = world.parse(text)
    lines = text.split("\n")
    assert world.parse("\n".join(lines[4::-1] + lines[5:])).id == level.id  # header lines in another order
    assert world.parse(text, "train") == world.parse(text, "deploy") == level
    assert Doors(mode="command", size=9, horizon=42).parse(text) == level
    assert replace(level, header=dict(reversed(level.header.items()))) == level
    for changed in (text.replace("A2.", "A.2"), text.replace("blue", "red"), f"horizon: 5\n{text}"):
        assert world.parse(changed).id != level.id
    assert level.id.startswith("Doors-") and level != "Doors"


def test_what_the_agent_stands_on_is_part_of_the_drawing():
    on_chest = Keys().parse("under: t\n#####\n#A.k#\n#####")
    assert on_chest.cells("t") == (on_chest.agent,) and "under: t" in on_chest.draw()
    without = Keys().parse("#####\n#A.k#\n#####")
    assert on_chest != without and on_chest.to_mdp().n_states > without.to_mdp().n_states


@pytest.mark.parametrize(
    ("spec", "plain", "same"),
    [
        ("Keys", "held: 3\n####\n#Ak#\n####", "held: 03\n####\n#Ak#\n####"),
        ("Keys", "####\n#Ak#\n####", "held: 0\n####\n#Ak#\n####"),
        ("Keys", "####\n#Ak#\n####", "\ufeff####\n#Ak#\n####"),
        ("Keys", "held: 0\n####\n#A.#\n####", "held: 00\n####\n#A.#\n####"),
        ("Lever", "#####\n#A*a#\n#####", "pulled: 0\n#####\n#A*a#\n#####"),
        ("Lever", "pulled: 1\n#####\n#A*a#\n#####", "pulled: 01\n#####\n#A*a#\n#####"),
        ("Doors", f"{RED}{GOOD}", f"1:   red \t square \n{GOOD}"),
    ],
)
def test_what_means_the_same_is_the_same_level(spec, plain, same):
    world = world_named(spec)
    assert world.parse(plain) == world.parse(same) and world.parse(plain).draw() == world.parse(same).draw()


def test_only_a_text_is_a_drawing():
    for wrong in (None, 7, ["####", "#Ak#", "####"]):
        with pytest.raises(TypeError, match=r"Keys: .* is not the text of a drawing; give its lines as one str"):
            Keys().parse(wrong)


@pytest.mark.parametrize(
    ("spec", "text", "emptied", "told"),
    [
        ("Keys", "####\n#Ak#\n####", (6, 0, 0), "held: 1"),
        ("Keys", "#####\n#Akt#\n#####", (8, 0, 0), "held: 0"),
        ("Lever", "#####\n#A*G#\n#####", (7, 0, 0), "pulled: 0"),
        ("Lever", "#####\n#A*a#\n#####", (7, 0, 0), "a"),
    ],
)
def test_a_room_where_nothing_is_left_is_a_level_too(spec, text, emptied, told):
    level = world_named(spec).parse(text)
    fields = np.array(emptied, dtype=np.int32)
    left = level.world.resume(level, fields)
    assert told in left.draw() and left.world.parse(left.draw()) == left
    assert level.world.read(level.planes(fields)) == left


@pytest.mark.parametrize("most", [0, -1, 2.5])
def test_a_cap_below_one_state_is_refused(most):
    with pytest.raises(KnobError, match=f"max_states {most} is not a whole number of at least 1"):
        Keys().parse("####\n#Ak#\n####").to_mdp(max_states=most)


@pytest.mark.parametrize("spec", SPECS)
def test_a_level_is_immutable(spec):
    level = sampled(spec, 3, 0.5)
    with pytest.raises(FrozenInstanceError):
        level.agent = 3
    for copied in (level, copy.deepcopy(level), pickle.loads(pickle.dumps(level)), level.world.parse(level.draw())):
        assert copied == level and copied.phase in (level.phase, "custom")
        for name in ("walls", "params", "solid", "still", "start"):
            with pytest.raises(ValueError, match="read-only"):
                getattr(copied, name)[...] = 0
        with pytest.raises(TypeError):
            copied.header["horizon"] = "3"
    planes = level.planes()
    planes[...] = 0
    assert level.planes().any()


def test_a_change_to_what_a_level_was_made_of_does_not_reach_it():
    level = Keys().parse("held: 1\n####\n#Ak#\n####")
    walls, header = level.walls.copy(), dict(level.header)
    made = Level(level.world, walls, level.agent, level.things, header, level.horizon)
    walls[:] = False
    header["held"] = "9"
    assert made == level


@pytest.mark.parametrize("spec", SPECS)
def test_states_are_told_in_words(spec):
    level = sampled(spec, 1, 0.0)
    mdp = level.to_mdp()
    row, column = divmod(level.agent, level.width)
    assert mdp.text(mdp.initial).startswith(f"agent=({row + 1}, {column + 1})")
    assert mdp.text(mdp.absorbing) == "the end"
    for name in level.world.field_names[1:]:
        assert f"{name}=" in mdp.text(mdp.initial)
