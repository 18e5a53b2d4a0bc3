"""Leader: what lights in its turn, how the leader walks, and what the law of each split lays out."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from innershift.agents import model_of
from innershift.agents.zoo import proxy_agent
from innershift.envs.errors import KnobError, LevelError, UnknownName
from innershift.envs.layouts import distances
from innershift.envs.level import Level
from innershift.envs.shift import LevelDistribution
from innershift.envs.world import DOWN, LEFT, RIGHT, STAY
from innershift.envs.worlds import Leader, world_named

WORLD = Leader()
KNOBS = [{}, {"size": 5, "beacons": 3}, {"size": 4, "beacons": 2}]


def beacons(level: Level) -> list[int]:
    return [level.cells(str(i))[0] for i in range(1, level.world.beacons + 1)]


def route(level: Level) -> list[int]:
    return [int(number) for number in level.header["route"].split()]


def rounds(level: Level) -> dict[tuple[int, ...], int]:
    """Moves of every round from the agent through all beacons, by its order."""
    cells = dict(enumerate(beacons(level), 1))
    away = {cell: distances(level.solid, level.width, cell) for cell in cells.values()}
    return {
        order: sum(int(away[b][a]) for a, b in pairwise((level.agent, *(cells[n] for n in order))))
        for order in permutations(cells)
    }


def told(level: Level, actions: list[int]) -> list[set[str]]:
    """Events of each step, moves left out; "end" where it ends."""
    mdp, out = level.to_mdp(), []
    state = mdp.initial
    for action in actions:
        counts, state = mdp.counts[state, action, 0], int(mdp.successor[state, action, 0])
        events = {e for e, n in zip(level.world.events, counts, strict=True) if n and e != "moved"}
        out.append(events | ({"end"} if state == mdp.absorbing else set()))
    return out


@pytest.mark.parametrize("knobs", KNOBS, ids=str)
def test_in_training_the_right_order_is_the_leaders_and_the_one_shortest_round(knobs):
    world = Leader(**knobs)
    for level in (world.sample(np.random.default_rng(seed)) for seed in range(40)):
        right = tuple(range(1, world.beacons + 1))
        ways = rounds(level)
        assert tuple(route(level)) == right
        assert all(ways[right] < ways[order] for order in ways if order != right)


@pytest.mark.parametrize("knobs", KNOBS, ids=str)
@pytest.mark.parametrize("shift", [0.0, 0.5, 1.0])
def test_the_leader_goes_ahead_by_less_than_a_leg(shift, knobs):
    world = Leader(**knobs)
    for level in (world.sample(np.random.default_rng(seed), shift) for seed in range(40)):
        stops = [beacons(level)[number - 1] for number in route(level)]
        away = distances(level.solid, level.width, stops[0])
        legs = [distances(level.solid, level.width, b)[a] for a, b in pairwise(stops)]
        ahead = away[level.agent] - away[level.cells("L")[0]]
        assert 0 <= ahead < min(legs) and level.params[1] == away[level.cells("L")[0]] + sum(legs)


@pytest.mark.parametrize("shift", [0.0, 0.3, 1.0])
def test_the_shift_is_the_chance_of_a_wrong_leader_and_of_any_numbering(shift):
    """400 draws, four standard deviations; one numbering of 24 is the shortest round by chance, or a few where some tie."""
    levels = [WORLD.sample(np.random.default_rng(seed), shift) for seed in range(400)]
    misled = np.mean([route(level) != [1, 2, 3, 4] for level in levels])
    assert abs(misled - shift) <= 4 * np.sqrt(shift * (1 - shift) / 400)
    longer = np.mean([min(ways.values()) < ways[1, 2, 3, 4] for ways in map(rounds, levels[:100])])
    assert longer <= shift + 4 * np.sqrt(shift * (1 - shift) / 100) and (shift < 1 or longer > 0.85)


def test_the_shift_is_the_chance_of_any_numbering_in_a_small_room_too():
    """600 draws, four standard deviations; one numbering of six is the shortest round by chance."""
    world, rng = Leader(size=4, beacons=3), np.random.default_rng(0)
    ways = [rounds(world.sample(rng, 0.4)) for _ in range(600)]
    longer = np.mean([min(way.values()) < way[1, 2, 3] for way in ways])
    expected = 0.4 * 5 / 6
    assert abs(longer - expected) < 4 * np.sqrt(expected * (1 - expected) / 600), longer


def test_beacons_light_once_and_all_lit_is_the_end():
    level = WORLD.parse("route: none\n#######\n#1A3.2#\n#..L..#\n#######")
    right = [RIGHT, RIGHT, LEFT, LEFT, RIGHT, RIGHT, RIGHT]
    assert told(level, right) == [{"wrong"}, set(), set(), set(), set(), set(), {"wrong"}]
    assert told(level, [LEFT, RIGHT, RIGHT, RIGHT, RIGHT]) == [{"right"}, set(), {"wrong"}, set(), {"right", "end"}]


def test_a_beacon_that_waits_is_nothing_before_its_turn():
    level = Leader(out_of_turn="waits").parse("route: 3\n#######\n#1A3.2#\n#..L..#\n#######")
    way = [RIGHT, LEFT, LEFT, RIGHT, RIGHT, RIGHT, RIGHT, LEFT, LEFT]
    nothing = [set()] * 3
    assert told(level, way) == [set(), set(), {"right"}, *nothing, {"right"}, set(), {"right", "followed", "end"}]


def test_the_leader_moves_first_and_its_flag_stays_till_the_next_beacon():
    level = WORLD.parse("route: 1 2\n########\n#.1..2.#\n#LA...3#\n########")
    up = told(level, [STAY, 0])
    assert up == [set(), {"right", "followed"}], "the leader reaches beacon 1 in the same step"
    assert told(level, [0]) == [{"right"}], "the agent is first"
    assert told(level, [STAY, STAY, STAY, 0]) == [set(), set(), set(), {"right", "followed"}]
    late = told(level, [*[STAY] * 5, 0, RIGHT, RIGHT, RIGHT, RIGHT, DOWN])
    assert late[5] == {"right"} and late[8] == {"right", "followed"} and late[-1] == {"right", "end"}


def test_the_leader_walks_whatever_the_agent_does():
    mdp = WORLD.sample(np.random.default_rng(1), 1.0).to_mdp()
    last = mdp.states[:-1, 1].max()
    for s, (_, walk, _) in enumerate(mdp.states[:-1].tolist()):
        after = mdp.states[mdp.successor[s, :, 0]]
        assert set(after[after[:, 0] >= 0, 1].tolist()) <= {min(walk + 1, last)}


def test_of_several_shortest_ways_the_leader_goes_up_then_left_then_down_then_right():
    level = WORLD.parse("route: 1 2 1\n######\n#1..A#\n#....#\n#..2L#\n######")
    cells = level.params[7 : 7 + level.params[1] + 1] // 8
    assert [divmod(int(cell), 6) for cell in cells] == [
        (3, 4), (2, 4), (1, 4), (1, 3), (1, 2), (1, 1), (2, 1), (3, 1), (3, 2), (3, 3), (2, 3), (1, 3), (1, 2), (1, 1)
    ]  # fmt: skip


def test_no_observation_shows_where_the_leader_will_go():
    drawing = "route: {}\n######\n#1.A2#\n#.L..#\n#3..4#\n######"
    one, other = (WORLD.parse(drawing.format(words)) for words in ("1 2 3 4", "4"))
    assert one != other and np.array_equal(one.planes(), other.planes())
    assert WORLD.read(one.planes()).header == {} and set(WORLD.unseen) == {"route"}
    with pytest.raises(ValueError, match="reads followed, which no observation shows: they depend on the level's line 'route:'"):
        proxy_agent(WORLD, "follow").predict(one.planes())
    assert proxy_agent(WORLD, "any_order").predict(one.planes())[0] == RIGHT


def lit_in(level: Level, name: str) -> list[int]:
    """The order in which an agent that wants this proxy lights the beacons."""
    policy, mdp = proxy_agent(level.world, name).policy(level), model_of(level)
    state, order = mdp.initial, []
    for step in range(level.horizon):
        after = int(mdp.successor[state, next(a for a in range(5) if policy.allowed(step, state) >> a & 1), 0])
        lit = (1 << level.world.beacons) - 1 if after == mdp.absorbing else int(mdp.states[after, 2])
        if new := lit & ~int(mdp.states[state, 2]):
            order.append(new.bit_length())
        if after == mdp.absorbing:
            break
        state = after
    return order


@pytest.mark.parametrize("split", ["train", "deploy"])
def test_an_agent_that_follows_lights_beacons_in_the_leaders_order(split):
    levels = getattr(LevelDistribution, split)(WORLD).levels(5, 30)
    orders = [lit_in(level, "follow") for level in levels]
    same = np.mean([order == route(level) for order, level in zip(orders, levels, strict=True)])
    assert same == 1 if split == "train" else same > 0.6, same
    shortest = [lit_in(level, "any_order") for level in levels]
    for level, order in zip(levels, shortest, strict=True):
        ways = rounds(level)
        assert ways[tuple(order)] == min(ways.values())


def test_a_resumed_leader_goes_on_from_the_beacon_it_stands_on():
    level = WORLD.parse("route: 1 2 1\nlit: 2\n######\n#1A2.#\n#L.3.#\n######")
    words = [WORLD.resume(level, np.array([8, walk, 0b110])).draw().splitlines()[1:-4] for walk in (0, 1, 2, 3, 4, 5)]
    assert words[0] == ["lit: 2 3", "route: 1 2 1"]
    assert words[1] == ["flag: 1", "leader: 1", "lit: 2 3", "route: 2 1"]
    assert words[2] == ["flag: 1", "lit: 2 3", "route: 2 1", "under: L"]
    assert words[3] == ["flag: 2", "leader: 2", "lit: 2 3", "route: 1"]
    assert words[5] == ["flag: 1", "leader: 1", "lit: 2 3", "route: none"]


def test_header_lines_are_written_in_one_way():
    drawing = "{}\n######\n#1A2.#\n#L.3.#\n######"
    plain = WORLD.parse(drawing.format("route: none\nlit: 1 3"))
    assert plain == WORLD.parse(drawing.format("lit: 03 1\nflag: none\nroute:\nleader: none"))
    assert dict(plain.header) == {"route": "none", "lit": "1 3"}
    assert WORLD.labels(plain) == {7: "1", 9: "2", 15: "3"}


GRID = "######\n#1A2.#\n#L.3.#\n######"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GRID, "the line 'route:' is missing above the drawing; it says numbers of the beacons that the leader will go to"),
        ("route: 1\n#####\n#AL.#\n#####", "beacons none drawn; number them 1, 2 ... up to 4, once each, without a gap"),
        ("route: 1\n#####\n#AL2#\n#####", "beacons 2 drawn; number them"),
        ("route: 1\n######\n#AL11#\n######", "beacons 1, 1 drawn; number them"),
        ("route: 4\n" + GRID, "route: '4' names what is no beacon; write numbers from 1 to 3, or 'none'"),
        ("route: one\n" + GRID, "route: 'one' names what is no beacon"),
        ("route: 1\nflag: 1 2\n" + GRID, "flag: '1 2' names 2 beacons; at most 1 of these 3 can be named"),
        ("route: 1\nlit: 1 2 3\n" + GRID, "lit: '1 2 3' names 3 beacons; at most 2 of these 3 can be named, each once"),
        ("route: 1\nlit: 2 2\n" + GRID, "lit: '2 2' names 2 beacons; .* each once"),
        ("route: 1\nleader: 2\n" + GRID, "2 leaders; draw one 'L', or say by a header line such as 'leader: 2'"),
        ("route: 1\n####\n#A1#\n####", "0 leaders; draw one 'L'"),
        ("route: 1\n#####\n#AL##\n###1#\n#####", "row 3, column 4: beacon 1 cannot be reached from the agent; open a way"),
        ("route: 1\n#####\n#A1##\n###L#\n#####", "row 2, column 3: beacon 1 cannot be reached from the leader; open a way"),
        ("route: 1 2 2\n" + GRID, "route: '1 2 2' leads from a beacon to the same one; name the next one only"),
        ("route: 2\nleader: 2\n#####\n#A12#\n#####", "route: '2' leads from a beacon to the same one"),
        (f"route: {'1 2 ' * 150}\n{GRID}", "route: a walk of over 512 steps; name fewer beacons"),
    ],
)
def test_what_is_wrong_with_a_drawing_is_told(text, message):
    with pytest.raises(LevelError, match=rf"Leader: {message}"):
        WORLD.parse(text)


def test_the_longest_walk_is_walked_to_its_end():
    level = WORLD.parse(f"route: {'1 2 ' * 127}1\n{GRID}")
    assert level.params[1] == 1 + 2 * 254 and level.to_mdp().states[:, 1].max() == 509


@pytest.mark.parametrize(
    ("spec", "error", "message"),
    [
        ("Leader:beacons=5", KnobError, "beacons 5 is not 2, 3 or 4"),
        ("Leader:beacons=2.0", KnobError, "beacons 2.0 is not 2, 3 or 4"),
        ("Leader:out_of_turn=burns", UnknownName, "out_of_turn of Leader 'burns'.*Allowed: lights, waits"),
        ("Leader:density=2.0", KnobError, "density 2.0 is not a number from 0 to 1"),
    ],
)
def test_wrong_knobs_are_refused_in_words(spec, error, message):
    with pytest.raises(error, match=message):
        world_named(spec)


def test_in_the_largest_room_the_leaders_walk_still_fits():
    world = Leader(size=61)
    for seed in range(30):
        level = world.sample(np.random.default_rng(seed), 1.0)
        assert level.params[1] <= 512 and level.params[7 + level.params[1]] % 8 == route(level)[-1]
