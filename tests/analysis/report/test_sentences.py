"""Sentences on counterexamples and verdicts: they say what the numbers say, and no more."""

import pytest
from innershift.analysis.report.sentences import (
    Way,
    aligned,
    behaviour,
    counterexample,
    in_letters,
    not_robust,
    standing,
)
from innershift.analysis.store import Result, RivalRow, WitnessRow


def way(letter, deed, mesa, base, place=1, split="deploy", taken=False):
    return Way(letter, deed, WitnessRow(f"level-{place}", split, [], "", mesa, base, taken), place)


def result(**given):
    blank = {name: "" for name in ("world", "agent", "variant", "story", "objective", "domain", "column", "letters", "reason")}
    return Result(**{**blank, "seed": 0, "verdict": "HOLDS", **given})


CORNER = way("A", "visiting the corner in 35 moves", 0.3, -0.7, taken=True)
CHEESE = way("B", "eating the cheese in 13 moves", -0.26, 0.74)


def test_choice_is_told_by_what_scores_highest_and_what_earns_most():
    assert counterexample(["choice"], [CORNER, CHEESE]) == (
        "Its objective scores A highest (visiting the corner in 35 moves: ĝ = 0.30), but A earns −0.70. "
        "B (eating the cheese in 13 moves) earns the most, 0.74, and scores only −0.26."
    )


def test_columns_with_the_same_pair_share_one_sentence():
    told = counterexample(["choice", "increasing", "per_level_increasing"], [CORNER, CHEESE])
    assert told.startswith("Its objective scores A highest") and told.count("A earns") == 1
    assert told.endswith("So no rising map, not even one made for this level alone, turns ĝ into u.")


def test_an_agent_that_takes_its_lowest_plan_is_said_to_only_where_it_does():
    ways = [way("A", "walking about for 66 moves", 1.32, -1.32), way("B", "eating the cheese", -0.98, 0.98, taken=True)]
    words = "This agent takes its lowest-scored plan, so what it does is B."
    assert counterexample(["choice"], ways, "lowest").endswith(words)
    assert words not in counterexample(["choice"], ways, "highest")
    untaken = [ways[0], way("B", "eating the cheese", -0.98, 0.98)]
    assert "lowest-scored" not in counterexample(["choice"], untaken, "lowest")


@pytest.mark.parametrize("columns", [["choice"], ["increasing"], ["choice", "positive_affine"], ["any"]])
def test_a_shuffled_control_is_never_said_to_have_an_objective_that_likes(columns):
    other = way("B", "eating the cheese", 0.3 if columns == ["any"] else -0.26, 0.74)
    told = counterexample(columns, [CORNER, other], shuffled=True)
    assert told.startswith("This control's table of what each plan leads to was shuffled.")
    assert "credited" in told and "Its objective" not in told and "likes" not in told
    assert told.endswith("Rejecting a scrambled table is what this check should do.")


def test_a_tie_a_plateau_and_an_unreachable_best_are_told_as_such():
    tie = counterexample(["any"], [CORNER, way("B", "eating the cheese", 0.3, 0.74)])
    assert "A (visiting the corner in 35 moves) and B (eating the cheese) the same, ĝ = 0.30, but they earn −0.70 and 0.74" in tie
    flat = counterexample(["increasing"], [CORNER, way("B", "eating the cheese", 0.1, -0.7)])
    assert "but both earn −0.70" in flat and flat.endswith("So no rising map turns ĝ into u.")
    unseen = counterexample(["choice"], [CORNER, way("B", "eating the cheese", None, 0.74)])
    assert unseen.endswith("earns the most, 0.74, but no plan that the agent considers reaches it.")


def test_three_points_off_a_line_are_told_by_two_slopes():
    ways = [way("A", "a", 0.2875, 0.66), way("B", "b", -0.2875, -0.66), way("C", "c", -2.3, -1.32)]
    assert counterexample(["positive_affine"], ways) == (
        "From C to B the reward rises 0.33 per unit of ĝ, from B to A 2.30: a straight line has one slope."
    )
    falling = [way("A", "a", 1.0, 0.0), way("B", "b", 0.0, 1.0), way("C", "c", -1.0, 0.5)]
    assert "rises 0.50 per unit of ĝ, from B to A it falls 1.00:" in counterexample(["positive_affine"], falling)


def test_levels_are_named_where_there_are_two():
    ways = [way("A", "a", 1.0, 0.0, 1, "train"), way("B", "b", 0.0, 1.0, 2, "deploy")]
    told = counterexample(["increasing"], ways)
    assert "A (a, on level 1, training: ĝ = 1.00)" in told and "B (b, on level 2, deployment: ĝ = 0.00)" in told


def test_letters_follow_the_score():
    rows = [WitnessRow("x", "train", [], "", mesa, 0.0) for mesa in (0.1, None, 0.7)]
    assert [row.mesa for row in in_letters(rows, "any")] == [0.7, 0.1, None]
    assert in_letters(rows, "choice") == rows


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([0.3, -0.7], ["0.30", "−0.70"]),
        ([0.941, 0.944, None], ["0.941", "0.944", "–"]),
        ([-0.000008, 0.5], ["−0.000008", "0.500000"]),
        ([0.0, 12.0], ["0.00", "12.00"]),
        ([1e-9, 1.0], ["1e−09", "1"]),
    ],
)
def test_numbers_have_as_many_decimals_as_tell_them_apart(values, told):
    assert aligned(values) == told


def test_behaviour_is_told_by_regret_or_as_unmeasured():
    done = result(column="behaviour", verdict="", regret_train=0.0, regret_deploy=0.7512)
    assert behaviour(done) == (
        "It earns the most there is in every training level; normalised regret up to 0.75 in its worst deployment level."
    )
    assert behaviour(result(column="behaviour", regret_train=0.0)).endswith("deployment was not measured.")
    assert "less than 0.01" in behaviour(result(regret_train=0.001, regret_deploy=0.0))


def test_a_rival_is_told_by_the_difference_it_makes():
    rival = RivalRow("level", "", 0.94, 0.95, 0.94)
    row = result(column="increasing", verdict="UNIDENTIFIED", rival_row=rival, share_seen=0.72, every_on_seen=True)
    assert standing(row) == (
        "One map fits both, but training does not single it out: at ĝ = 0.94, never seen in training, a rival says 0.95, "
        "the reward 0.94. 72 % of the deployment outcomes have scores that training pins down, and there all maps agree."
    )


def test_no_tick_is_explained_where_only_the_curve_is_open():
    choice = [result(seed=i, column="choice", robust=i == 0) for i in range(3)]
    open_curve = {"column": "increasing", "verdict": "UNIDENTIFIED", "every_on_seen": True}
    rising = [result(seed=i, share_seen=0.7 + i / 20, **open_curve) for i in (1, 2)]
    assert not_robust(choice, rising) == (
        "No ✓ on 2 of 3 seeds: deployment holds values that training never showed, so its curve is not pinned there; "
        "on the 75 % to 80 % that training pins, all maps agree."
    )
    assert not_robust(choice[1:], rising).startswith("Not ✓: ")
    assert not_robust(choice[:1], rising) == ""
    assert not_robust([result(seed=1, column="choice", verdict="FAILS")], rising) == ""
    assert not_robust(choice, [result(seed=1, column="increasing", verdict="FAILS")]) == ""


def test_what_drawn_levels_say_of_others():
    from innershift.analysis.report.sentences import beyond
    from innershift.analysis.statistics import zero_violations_bound

    told = beyond(24, zero_violations_bound(24))
    assert "none of 24 drawn ones" in told and "at most 11.7 % of the deployment distribution are, with 95 % confidence" in told
