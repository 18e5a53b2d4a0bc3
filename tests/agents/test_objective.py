"""Mesa-objectives: exact values of plans, and what they are a function of."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innershift.agents import Domain, MesaObjective
from innershift.envs.errors import UnknownName
from innershift.envs.world import weigh
from innershift.envs.worlds import Keys

LEVEL = Keys().parse("#####\n#Akt#\n#####")  # events: key_taken, chest_opened, moved
COUNTS = np.array([[0, 0, 0], [1, 0, 1], [1, 1, 2], [2, 1, 30]])
WEIGHTS = weigh(key_taken=1, chest_opened="0.5", moved="-0.02")


def fractions(objective: MesaObjective, counts: np.ndarray = COUNTS) -> list[Fraction]:
    numerators, denominator = objective.values(LEVEL, counts)
    return [Fraction(int(n), denominator) for n in numerators]


def test_weights_are_summed_exactly():
    objective = MesaObjective("keys", Domain.TRANSITION, WEIGHTS)
    assert fractions(objective) == [0, Fraction(49, 50), Fraction(73, 50), Fraction(19, 10)]
    assert objective.additive and objective.events(LEVEL) == {"key_taken", "chest_opened", "moved"}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.fractions(-5, 5, max_denominator=60), min_size=3, max_size=3),
    st.lists(st.lists(st.integers(0, 50), min_size=3, max_size=3), max_size=6),
)
def test_values_equal_plain_fractions(weights, counts):
    named = dict(zip(LEVEL.world.events, weights, strict=True))
    table = np.array(counts, dtype=np.int32).reshape(-1, 3)
    plain = [sum((w * n for w, n in zip(weights, row, strict=True)), Fraction(0)) for row in counts]
    assert fractions(MesaObjective("w", Domain.TRANSITION, named), table) == plain
    cube = MesaObjective("w³", Domain.TRAJECTORY, named, lambda u: u**3)
    assert fractions(cube, table) == [value**3 for value in plain]
    assert MesaObjective("w", Domain.TRANSITION, named).events(LEVEL) == {e for e, w in named.items() if w}


def test_an_outer_function_is_applied_once_to_the_total():
    cube = MesaObjective("u³", Domain.TRAJECTORY, WEIGHTS, lambda u: u**3)
    assert fractions(cube) == [0, Fraction(49, 50) ** 3, Fraction(73, 50) ** 3, Fraction(19, 10) ** 3]
    other_units = MesaObjective("3u+2", Domain.TRAJECTORY, WEIGHTS, lambda u: 3 * u + 2)
    assert fractions(other_units) == [3 * u + 2 for u in fractions(MesaObjective("u", Domain.STATE, WEIGHTS))]
    assert cube.additive and other_units.additive
    distance = MesaObjective("|u − 1|", Domain.TRAJECTORY, WEIGHTS, lambda u: abs(u - 1), outer_increases=False)
    assert not distance.additive and fractions(distance)[:2] == [1, Fraction(1, 50)]


def test_values_beyond_64_bits_stay_exact():
    power = MesaObjective("u^31", Domain.TRAJECTORY, weigh(moved=7), lambda u: u**31)
    numerators, denominator = power.values(LEVEL, COUNTS)
    assert numerators.dtype == object and denominator == 1
    assert numerators.tolist() == [0, 7**31, 14**31, 210**31]


def test_a_term_that_is_no_sum_over_steps():
    latent = MesaObjective(
        "more than one key", Domain.TRAJECTORY, WEIGHTS,
        extra=lambda counts: 3 * (counts["key_taken"] - 1).clip(0), extra_events=("key_taken",),
    )  # fmt: skip
    assert fractions(latent) == [0, Fraction(49, 50), Fraction(73, 50), Fraction(19, 10) + 3]
    assert not latent.additive and "key_taken" in latent.events(LEVEL)


def test_weights_may_depend_on_the_level():
    objective = MesaObjective("more moves in short episodes", Domain.CONDITIONAL, lambda lv: weigh(moved=100 - lv.horizon))
    assert fractions(objective)[1] == 100 - LEVEL.horizon
    assert objective.events(LEVEL) == {"moved"}


def test_no_plans_have_no_values():
    empty = COUNTS[:0]
    for outer in (None, lambda u: u**3):
        assert fractions(MesaObjective("u", Domain.TRAJECTORY, WEIGHTS, outer), empty) == []


def test_an_event_of_another_world_is_refused():
    objective = MesaObjective("cheese", Domain.TRANSITION, weigh(cheese=1))
    with pytest.raises(UnknownName, match=r"event of Keys 'cheese'.*Allowed: chest_opened, key_taken, moved"):
        objective.values(LEVEL, COUNTS)


def test_domains_say_what_they_are_about():
    assert len({domain.value for domain in Domain}) == len(Domain) == 9
