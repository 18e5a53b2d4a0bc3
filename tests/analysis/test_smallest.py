"""The smallest level on which two objectives choose differently: really different, and really smallest."""

from itertools import product

import pytest
from innershift.analysis.gap import distinguishing_gap
from innershift.analysis.smallest import agent_wanting, boards_below, loss_by, size_of, smallest_level
from innershift.envs.errors import KnobError, LevelError, UnknownName
from innershift.envs.mutations import smaller
from innershift.envs.worlds import world_named

PAIRS = (
    ("CheeseCorner:size=5", "corner", "base"), ("Keys:size=5", "keys", "base"), ("Doors:size=5", "colour", "base"),
    ("Doors:size=5", "nearest", "square=1,moved=-0.02"), ("Lever:size=5,chain=4,depth=3,items=2,glass=1", "fewest_left", "base"),
)  # fmt: skip


@pytest.mark.parametrize(("spec", "first", "second"), PAIRS)
def test_no_plan_is_best_for_both_and_no_cut_keeps_that(spec, first, second):
    world = world_named(spec)
    agents = agent_wanting(world, first), agent_wanting(world, second)
    found = smallest_level(world, *agents, starts=2, draws=60)
    assert found.proved and found.loss > 0 and found.tried > 0
    back = loss_by(found.level, agents[1], agents[0].objective.weights_on(found.level))
    assert back > 0 or agents[0].search.depth is not None
    if second == "base":
        assert distinguishing_gap(found.level, agents[0]).optimistic == pytest.approx(found.loss)
    for less in smaller(found.level):
        if size_of(less) < size_of(found.level):
            assert loss_by(less, agents[0], agents[1].objective.weights_on(less)) == 0


def test_the_smallest_level_of_keys_is_that_of_all_drawings():
    """Every open board of up to three cells with any keys and chests, written out by hand."""
    world = world_named("Keys:size=5")
    agents = agent_wanting(world, "keys"), agent_wanting(world, "base")
    apart = []
    for length in (1, 2, 3):
        for cells in product(".Akt", repeat=length):
            if cells.count("A") == 1:
                try:
                    level = world.parse(f"{'#' * (length + 2)}\n#{''.join(cells)}#\n{'#' * (length + 2)}")
                except LevelError:
                    continue
                if loss_by(level, agents[0], world.base) > 0:
                    apart.append(size_of(level))
    assert size_of(smallest_level(world, *agents, starts=2, draws=60).level) == min(apart)


def test_boards_below_are_smaller_and_differ():
    level = world_named("Keys").parse("#####\n#A.k#\n#..t#\n#####")
    boards = list(boards_below(level))
    assert len(boards) == len(set(boards)) > 50
    assert all(size_of(board) < size_of(level) for board in boards)
    sizes = [size_of(board)[0] for board in boards]
    assert sizes == sorted(sizes)


def test_a_larger_loss_can_be_asked_for():
    world = world_named("Doors:size=5")
    agents = agent_wanting(world, "colour"), agent_wanting(world, "base")
    small, large = (smallest_level(world, *agents, starts=2, least=least) for least in (0, 0.9))
    assert large.loss > 0.9 > small.loss and large.proved and small.proved


def test_objectives_that_do_not_differ_are_told():
    world = world_named("Keys:size=5,few=1,many=2")
    robust, same = agent_wanting(world, "base"), agent_wanting(world, "chest_opened=2,moved=-0.04")
    with pytest.raises(LevelError, match=r"none of 20 levels drawn tells base and chest_opened=2,moved=-0\.04 apart by more"):
        smallest_level(world, robust, same, draws=20)


@pytest.mark.parametrize(
    ("wish", "error", "words"),
    [
        ("kees", UnknownName, r"objective in Keys 'kees'\. Did you mean 'keys'.*Allowed: base, keys"),
        ("kee_taken=1", UnknownName, r"event of Keys 'kee_taken'\. Did you mean 'key_taken'"),
        ("key_taken=one", KnobError, "weight 'one' on 'key_taken' is no number"),
    ],
)
def test_a_wish_that_means_nothing_is_refused(wish, error, words):
    with pytest.raises(error, match=words):
        agent_wanting(world_named("Keys"), wish)
