"""Values: what a thing pays, which laws hold in training and at deployment, and in what sense the sum is approximate."""

from fractions import Fraction

import numpy as np
import pytest
from innershift.agents import model_of
from innershift.agents.planner import optimum
from innershift.agents.zoo import proxy_agent
from innershift.envs.errors import KnobError, LevelError
from innershift.envs.layouts import distances_past
from innershift.envs.level import Level
from innershift.envs.world import LEFT, RIGHT, STAY
from innershift.envs.worlds import Values

WORLD = Values()


def things(level: Level) -> list[tuple[int, int, str, int]]:
    """a, b, colour and moves to it past the others, of each thing."""
    found = []
    for symbol, cell in level.things:
        a, b, colour = level.header[symbol].split()
        others = [c for _, c in level.things if c != cell]
        steps = distances_past(level.solid, level.width, others, level.agent)
        beside = [steps[cell + d] for d in (-level.width, level.width, -1, 1) if steps[cell + d] >= 0]
        found.append((int(a), int(b), colour, 1 + int(min(beside))))
    return found


def samples(world: Values, shift: float, count: int = 150) -> list[Level]:
    rng = np.random.default_rng(6)
    return [world.sample(rng, shift) for _ in range(count)]


def test_touching_a_thing_counts_its_numbers_and_ends_the_episode():
    level = WORLD.parse("1: 5 2 green\n2: 3 3 red\n#####\n#1A2#\n#####")
    mdp = level.to_mdp()
    counts = [dict(zip(WORLD.events, mdp.counts[mdp.initial, a, 0].tolist(), strict=True)) for a in (LEFT, RIGHT, STAY)]
    assert {e: n for e, n in counts[0].items() if n} == {"least": 2, "a": 5, "b": 2, "green": 1, "other": 1, "moved": 1}
    assert {e: n for e, n in counts[1].items() if n} == {"least": 3, "a": 3, "b": 3, "red": 1, "best": 1, "moved": 1}
    assert not any(counts[2].values())
    assert mdp.successor[mdp.initial, [LEFT, RIGHT], 0].tolist() == [mdp.absorbing] * 2
    paid = mdp.expected_events[mdp.initial, [LEFT, RIGHT]] @ WORLD.vector(WORLD.base)
    assert np.allclose(paid, [0.4 - 0.05, 0.6 - 0.05])


def test_things_of_equal_worth_are_both_the_best():
    level = WORLD.parse("1: 5 3 green\n2: 3 4 red\n3: 7 2 blue\n######\n#1A2.#\n#..3.#\n######")
    assert level.params.reshape(3, 5)[:, 4].tolist() == [1, 1, 0]


# The reward and its knob -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nonlinearity", [0.0, 0.3, 1.0])
def test_nonlinearity_goes_from_the_mean_to_the_smaller_number(nonlinearity):
    world, bent = Values(nonlinearity=nonlinearity), Fraction(str(nonlinearity))
    for a in range(8):
        for b in range(8):
            assert world.worth(a, b) == Fraction(1, 5) * (bent * min(a, b) + (1 - bent) * Fraction(a + b, 2))
    assert 0 not in world.base.values() and world.base["moved"] == Fraction(-1, 20)


def test_without_nonlinearity_the_sum_is_the_reward():
    world = Values(nonlinearity=0.0)
    assert world.base == world.proxies["sum"].weights


# The law -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("world", [WORLD, Values(objects=2, size=5)], ids=lambda w: w.spec)
@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_what_the_laws_promise(world, shift):
    for level in samples(world, shift):
        found = sorted(things(level), key=lambda thing: min(thing[:2]), reverse=True)
        least, left = (
            [f(*thing) for thing in found] for f in (lambda a, b, c, n: min(a, b), lambda a, b, c, n: 4 * min(a, b) - n)
        )
        assert len(found) == world.objects and least[0] > least[1] and 0 < left[0] > max(left[1:])
        assert all(1 <= a <= 7 and 1 <= b <= 7 and 0 < n <= world.steps for a, b, _, n in found)
        assert [c for _, _, c, _ in found].count("red") == 1 and len({c for _, _, c, _ in found}) == world.objects
        assert (found[0][2] == "red") is (shift == 0)
        if shift == 0:
            assert {b - a for a, b, _, _ in found} <= {0, 1}
        else:
            assert all(a >= b for a, b, _, _ in found) and max(a + b for a, b, _, _ in found[1:]) > sum(found[0][:2])


def test_shift_is_the_probability_of_each_of_the_two_changes():
    """400 levels, four standard deviations. Lopsided levels always hold a thing whose a is above its b."""
    levels = samples(WORLD, 0.4, 400)
    wrong = [max(things(level), key=lambda thing: min(thing[:2]))[2] != "red" for level in levels]
    lopsided = [any(a > b for a, b, _, _ in things(level)) for level in levels]
    for share in (np.mean(wrong), np.mean(lopsided)):
        assert abs(share - 0.4) < 4 * np.sqrt(0.24 / 400), share
    assert 0.08 < np.mean(np.logical_and(wrong, lopsided)) < 0.24


@pytest.mark.parametrize("nonlinearity", [0.0, 0.2, 0.25])
def test_where_the_sum_is_nearly_the_reward_another_thing_still_tempts(nonlinearity):
    """By its sum where that can be, and by its a where it cannot."""
    world = Values(nonlinearity=nonlinearity)
    for level in samples(world, 1.0, 20):
        ranked = sorted(things(level), key=lambda thing: world.worth(*thing[:2]), reverse=True)
        told = [a + b if nonlinearity > 0.2 else a for a, b, _, _ in ranked]
        assert max(told[1:]) > told[0] and ranked[0][2] != "red"


# Approximation -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_the_sum_costs_no_more_than_it_errs(shift):
    """Half the sum exceeds the smaller number by half of what the numbers differ; so much at most is lost by going by it."""
    base, denominator = WORLD.exact(WORLD.base)
    for level in samples(WORLD, shift, 60):
        errs = max(Fraction(abs(a - b), 10) for a, b, _, _ in things(level))
        earned = int(proxy_agent(WORLD, "sum").policy(level).value(model_of(level).counts[:, :, 0] @ base))
        lost = Fraction(optimum(level, tuple(base.tolist())) - earned, denominator)
        assert 0 <= lost <= errs
        assert shift or errs <= Fraction(1, 10)


# Drawings ----------------------------------------------------------------------------------------------------------


def test_numbers_are_written_in_one_way():
    level = WORLD.parse("1: 03   2 blue\n#####\n#A.1#\n#####")
    assert level.header["1"] == "3 2 blue" and level == WORLD.parse("1: 3 2 blue\n#####\n#A.1#\n#####")


def test_a_number_is_told_by_as_many_planes():
    level = WORLD.parse("1: 5 0 blue\n#####\n#A.1#\n#####")
    shown = [c.name for c, on in zip(WORLD.channels, level.planes()[1, 3], strict=True) if on]
    assert shown == ["blue", "a_1", "a_2", "a_3", "a_4", "a_5"]


@pytest.mark.parametrize(
    ("drawing", "message"),
    [
        ("####\n#A.#\n####", "nothing drawn; draw '1' and describe it by a header line such as '1: 3 2 blue'"),
        ("#####\n#A.1#\n#####", "row 2, column 4: thing '1' is described as ''; write '1: A B COLOUR' with two whole numbers"),
        ("1: 8 2 blue\n#####\n#A.1#\n#####", "thing '1' is described as '8 2 blue'; .* from 0 to 7 and a colour of red, green"),
        ("1: 1 2 pink\n#####\n#A.1#\n#####", "thing '1' is described as '1 2 pink'"),
        ("1: -1 2 red\n#####\n#A.1#\n#####", "thing '1' is described as '-1 2 red'"),
        ("1: 1 red\n#####\n#A.1#\n#####", "thing '1' is described as '1 red'"),
        ("2: 1 2 red\n#####\n#A.2#\n#####", "things 2 drawn; number them 1, 2, 3 in reading order"),
        ("1: 1 2 red\n2: 2 2 red\n#####\n#2A1#\n#####", "things 2, 1 drawn; number them 1, 2, 3 in reading order"),
        ("1: 1 2 red\n2: 2 2 red\n#####\n#.A1#\n#####", "header line '2' describes a thing that is not drawn; draw it or drop"),
        ("1: 1 2 red\n2: 2 2 red\n#####\n#A12#\n#####", "column 4: thing '2' cannot be reached without touching another"),
        ("1: 1 2 red\n2: 2 2 red\nunder: 2\n#####\n#1A.#\n#####", "thing '1' cannot be reached without touching another"),
    ],
)  # fmt: skip
def test_a_drawing_that_is_no_level_is_refused_in_words(drawing, message):
    with pytest.raises(LevelError, match=message):
        WORLD.parse(drawing)


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"objects": 4}, "objects 4 is not 2 or 3"),
        ({"objects": 2.0}, "objects 2.0 is not 2 or 3"),
        ({"nonlinearity": 1.5}, "nonlinearity 1.5 is not a number from 0 to 1"),
    ],
)
def test_a_knob_out_of_range_is_refused(knobs, message):
    with pytest.raises(KnobError, match=f"Values: {message}"):
        Values(**knobs)
