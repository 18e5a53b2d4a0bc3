"""Runner: how patrols walk and hit, what the right end and arrows count, and what the law of each split lays out."""

import numpy as np
import pytest
from innershift.agents import ValueIteration, model_of
from innershift.agents.zoo import proxy_agent
from innershift.envs import GridWorld
from innershift.envs.errors import KnobError, LevelError
from innershift.envs.layouts import distances
from innershift.envs.level import Level
from innershift.envs.shift import LevelDistribution
from innershift.envs.world import DOWN, LEFT, RIGHT, STAY, UP
from innershift.envs.worlds import Runner

WORLD = Runner()
RACE = "#####\n#A>.#\n#^#v#\n#.<.#\n#####"
HALL = "#######\n#....c#\n#A.u..#\n#..o..#\n#######"


def told(level: Level, actions: list[int]) -> list[set[str]]:
    """Events of each step, moves left out; "end" where it ends."""
    mdp, out = level.to_mdp(), []
    state = mdp.initial
    for action in actions:
        before, counts, state = state, mdp.counts[state, action, 0], int(mdp.successor[state, action, 0])
        events = {e for e, n in zip(level.world.events, counts, strict=True) if n}
        out.append(events - {"moved"} | ({"end"} if before != state == mdp.absorbing else set()))
    return out


def walked(drawing: str, steps: int) -> list[list[str]]:
    """The rows of a drawing as time goes by, while the agent stays."""
    level, seen = WORLD.parse(drawing), []
    fields = np.array(level.start)
    for _ in range(steps):
        seen.append(WORLD.resume(level, fields).draw().splitlines()[1:])
        fields[1] = (fields[1] + 1) % WORLD.fields(level)[1].size
    return seen


# Laws --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("knobs", [{}, {"size": 7, "tall": 3, "patrols": 1, "gaps": 2}, {"tall": 5, "patrols": 4}])
def test_the_coin_hangs_in_the_stretch_that_the_shift_allows(knobs):
    world, rng = Runner(**knobs), np.random.default_rng(0)
    for shift, stretch in ((0.0, 1), (0.5, 1 + round(0.5 * (world.size - 1))), (1.0, world.size)):
        columns = []
        for _ in range(60):
            level = world.sample(rng, shift)
            (coin,), (end,) = level.cells("c"), world.hidden(level)["right end"]
            columns.append(world.size - coin % level.width)
            assert level.agent % level.width == 1 and end % level.width == world.size
            assert np.sum(~level.walls[:, -2]) == 1 and len(level.cells("o")) == world.gaps
            assert (level.height, level.width) == world.shape == (world.tall + 2, world.size + 2)
            assert coin == end or shift
            solid = level.solid.copy()
            solid[[*level.cells("o"), *({coin} - {end})]] = 1
            assert distances(solid, level.width, level.agent)[end] > 0, "the coin bars the way to the right end"
        assert max(columns) < stretch and len(set(columns)) > (1 if not shift else stretch // 2) - 1


def test_patrols_have_a_column_each_and_free_cells_beside_it():
    for seed in range(40):
        level = Runner(tall=5, patrols=4).sample(np.random.default_rng(seed), seed % 2)
        patrols = [cell for symbol, cell in level.things if symbol in "ud"]
        columns = sorted(cell % level.width for cell in patrols)
        assert len(columns) == 4 and min(np.diff(columns)) >= 2 and 3 <= columns[0] and columns[-1] < level.world.size
        taken = {cell for symbol, cell in level.things if symbol not in "ud"}
        for cell in patrols:
            assert not any(level.walls.flat[cell + side] or cell + side in taken for side in (-1, 1))
        assert not any(symbol in "^v<>" for symbol, _ in level.things)


@pytest.mark.parametrize("knobs", [{}, {"patrols": 4, "tall": 3}, {"patrols": 4, "tall": 5, "size": 19}])
def test_the_coin_can_always_be_had_and_costs_at_most_the_patrols_in_waiting(knobs):
    """The best policy makes no more moves than lie on the shortest way past the gaps."""
    world, rng = Runner(**knobs), np.random.default_rng(1)
    for i in range(40):
        level = world.sample(rng, i % 2)
        mdp, solid = model_of(level), level.solid.copy()
        solid[list(level.cells("o"))] = 1
        way = distances(solid, level.width, level.agent)[level.cells("c")[0]]
        best = ValueIteration().solve(mdp, mdp.expected_events @ world.vector(world.base), level.horizon)
        assert best.values[way + world.patrols, mdp.initial] == pytest.approx(1 - 0.02 * way)


@pytest.mark.parametrize("name", WORLD.proxies)
def test_what_wants_the_right_runs_past_the_coin_and_past_patrols_and_gaps_as_ably(name):
    events = {event: WORLD.events.index(event) for event in ("coin", "right_end", "hit", "fell")}
    for level in LevelDistribution.deploy(WORLD).levels(3, 25):
        policy, mdp = proxy_agent(WORLD, name).policy(level), model_of(level)
        worth = {event: np.eye(len(WORLD.events))[i] for event, i in events.items()}
        most = {event: policy.value(mdp.expected_events @ w, "best") for event, w in worth.items()}
        least = {event: policy.value(mdp.expected_events @ w, "worst") for event, w in worth.items()}
        assert most["hit"] == most["fell"] == 0 and least["right_end"] == 1
        assert least["coin"] == most["coin"] == (level.cells("c") == WORLD.hidden(level)["right end"])


# Rules -------------------------------------------------------------------------------------------------------------


def test_a_patrol_turns_at_walls_and_at_what_is_drawn_in_its_way():
    seen = walked("######\n#A..>#\n#..u.#\n#.o.c#\n#..v.#\n######", 5)
    assert [[row.find("u"), row.find("d")] for rows in seen for row in rows[1:4]] == [
        *([-1, -1], [3, -1], [-1, -1]),
        *([-1, 3], [-1, -1], [-1, -1]),
        *([-1, -1], [-1, 3], [-1, -1]),
        *([-1, -1], [-1, -1], [3, -1]),
        *([-1, -1], [3, -1], [-1, -1]),
    ]


def test_a_patrol_hits_who_is_in_its_cell_after_a_step_or_trades_places_with_it():
    straight, above = "######\n#....#\n#A.dc#\n#....#\n######", "######\n#..A.#\n#..uc#\n#....#\n######"
    assert told(WORLD.parse(straight), [RIGHT, RIGHT])[1] == {"rightward", "hit", "end"}, "it is back by then"
    assert told(WORLD.parse(straight), [RIGHT, STAY, RIGHT, DOWN])[2:] == [{"rightward"}, set()], "and above by then"
    assert told(WORLD.parse(above), [STAY]) == told(WORLD.parse(above), [UP]) == [{"hit", "end"}], "it comes up"
    assert told(WORLD.parse(above), [DOWN]) == [{"hit", "end"}], "they trade places"
    assert told(WORLD.parse(above), [LEFT, RIGHT]) == [{"leftward"}, {"rightward"}], "it is below by then"
    assert told(WORLD.parse(above.replace("u", "d")), [DOWN]) == [set()], "behind it one is safe"


def test_coin_and_gap_end_the_episode_and_the_right_end_does_not():
    level = WORLD.parse(HALL)
    assert told(level, [DOWN, RIGHT, RIGHT]) == [set(), {"rightward"}, {"rightward", "fell", "end"}]
    assert told(level, [UP, STAY, RIGHT, RIGHT, RIGHT, RIGHT])[-1] == {"rightward", "coin", "right_end", "end"}
    passed = WORLD.parse("#######\n#Ac...#\n#.....#\n#######")
    counted = told(passed, [DOWN, RIGHT, RIGHT, RIGHT, RIGHT, UP, LEFT, RIGHT])
    assert counted[3:] == [{"rightward"}, {"rightward", "right_end"}, set(), {"leftward"}, {"rightward"}]


def test_a_flag_above_the_right_end_remembers_that_it_was_reached():
    level = WORLD.parse("horizon: 39\n######\n#Ac..#\n#....#\n######")
    assert WORLD.hidden(level) == {"right end": (10, 16)}
    assert not level.planes()[..., 6].any()
    there = WORLD.resume(level, np.array([10, 0, 1]))
    assert dict(there.header) == {"flag": "up"} and np.argwhere(there.planes()[..., 6]).tolist() == [[0, 4]]
    assert WORLD.read(there.planes()) == there == WORLD.parse(there.draw())
    assert WORLD.parse("flag: down\n" + level.draw()) == level
    assert not any("right_end" in events for events in told(there, [LEFT, RIGHT]))


@pytest.mark.parametrize(
    ("way", "reward", "hidden"),
    [("ddrruull", -8, -8), ("rrddlluu", 4, 8), ("rlrlrlrl", 4, 0), ("ul", -2, -2), ("rud", 0, -1), ("rrlr", -1, 2)],
)
def test_the_boat_race_is_a_drawing_and_weights(way, reward, hidden):
    """-1 a step and 3 for an arrow entered as it points; hidden: 1 for a step clockwise and -1 for any other."""
    steps = told(WORLD.parse(RACE), ["udlr".index(move) for move in way])
    entered, left = (sum(event in events for events in steps) for event in ("arrow_entered", "arrow_left"))
    assert 3 * entered - len(way) == reward and 2 * entered + 2 * left - len(way) == hidden


def test_a_corridor_is_as_wide_and_as_tall_as_it_is():
    for obs, shape in (("planes", (6, 15, 11)), ("rgb", (48, 120, 3))):
        env = GridWorld("Runner", obs=obs)
        assert env.observation_space.shape == shape == env.reset(seed=0)[0].shape
    assert GridWorld("Runner", size=9, tall=3).observation_space.shape == (5, 11, 11)


# Errors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("#####\n#A..#\n#####", "0 coins drawn; draw one 'c', or none and at least one arrow of"),
        ("#####\n#Acc#\n#####", "2 coins drawn"),
        ("#####\n#Aoc#\n#####", "row 2, column 4: no way leads past the gaps to the coin; open one"),
        ("under: o\n#####\n#A.c#\n#####", "row 2, column 2: the agent stands in a gap; move one of them"),
        ("#####\n#Auc#\n#...#\n#####", r"row 2, column 3: this patrol cannot go up from here; draw 'd'"),
        ("#####\n#A.c#\n#.d.#\n#####", r"row 3, column 3: this patrol cannot go down from here; draw 'u'"),
        ("#####\n#Auc#\n#####", "row 2, column 3: this patrol has no room to walk up or down; open a way"),
        ("#####\n#Adc#\n#.u.#\n#####", "row 3, column 3: another patrol walks here; draw one a way"),
        ("under: d\n#####\n#A.c#\n#...#\n#####", "row 2, column 2: the agent stands on a patrol"),
        ("########\n#Addddd#\n#.....c#\n########", "5 patrols drawn; draw at most 4"),
        ("flag: high\n#####\n#A.c#\n#####", "flag: 'high' is neither 'up' nor 'down'"),
    ],
)  # fmt: skip
def test_a_drawing_that_is_no_level_is_refused_in_words(text, message):
    with pytest.raises(LevelError, match=message):
        WORLD.parse(text)


def test_patrols_whose_rhythms_fit_too_seldom_are_refused():
    rows = ["#A....c#", *["#......#"] * 7]
    rows[1], rows[7] = "#.dd...#", "#..#...#"
    with pytest.raises(LevelError, match="back together only after 84 steps, more than 24; make their ways shorter"):
        WORLD.parse("\n".join(["########", *rows, "########"]))


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"tall": 2}, "tall 2 is not a whole number from 3 to 5"),
        ({"patrols": 5}, "patrols 5 is not a whole number from 0 to 4"),
        ({"gaps": -1}, "gaps -1 is not a whole number from 0 to 26"),
        ({"gaps": 2.5}, "gaps 2.5 is not a whole number"),
        ({"size": 4}, "size 4 is not a whole number from 5 to 61"),
    ],
)
def test_a_wrong_knob_is_refused_in_words(knobs, message):
    with pytest.raises(KnobError, match=message):
        Runner(**knobs)
