"""The shift: which law draws which levels."""

import time

import numpy as np
import pytest
from innershift.envs.errors import KnobError, UnknownName
from innershift.envs.shift import LevelDistribution
from innershift.envs.world import layout_side
from innershift.envs.worlds import WORLDS, Keys, Lever, world_named

SMALL = {"CheeseCorner": "CheeseCorner:size=5", "Doors": "Doors:size=5", "Keys": "Keys:size=5", "Lever": "Lever:size=5"}
SPECS = [*(SMALL.get(name, name) for name in WORLDS), "Doors:size=5,mode=command"]


# Laws --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", SPECS)
def test_training_and_deployment_share_no_layout(spec):
    world, rng = world_named(spec), np.random.default_rng(0)
    laws = LevelDistribution.train(world), LevelDistribution.deploy(world)
    train, deploy = ({law.sample(rng).walls.tobytes() for _ in range(300)} for law in laws)
    assert train and deploy and not train & deploy
    anywhere = LevelDistribution.of(world, layouts="any")
    assert {layout_side(anywhere.sample(rng).walls) for _ in range(60)} == {"train", "deploy"}


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("shift", [0.0, 0.3, 1.0])
def test_a_law_draws_playable_levels_of_its_own_side_and_phase(spec, shift):
    law = LevelDistribution.of(world_named(spec), shift)
    rng = np.random.default_rng(7)
    for _ in range(60):
        level = law.sample(rng)
        law.world.check(level)
        assert layout_side(level.walls) == law.layouts == level.phase == law.phase
        assert level.walls.shape == law.world.shape and level.horizon == law.world.steps
        if law.world.name == "Doors":  # a drawn level is never lost from the start
            assert all(level.header[symbol] for symbol, _ in level.things if symbol != "S")


def test_mix_is_the_share_of_shifted_levels():
    """Keys: two keys in training, six where shifted. 600 draws, four standard deviations."""
    for mix in (0.0, 0.25, 0.8, 1.0):
        law = LevelDistribution.of(Keys(size=5), mix=mix)
        rng = np.random.default_rng(1)
        share = np.mean([len(law.sample(rng).cells("k")) == 6 for _ in range(600)])
        assert abs(share - mix) <= 4 * np.sqrt(mix * (1 - mix) / 600), (mix, share)


@pytest.mark.parametrize(
    ("shift", "mix", "layouts", "expected"),
    [
        (None, None, None, (0, 0, "train", "train")),
        (0.4, None, None, (0.4, 1, "deploy", "deploy")),
        (None, 0.4, None, (1, 0.4, "train", "train")),
        (0, None, None, (0, 0, "train", "train")),
        (None, 0, None, (0, 0, "train", "train")),
        (None, 1, None, (1, 1, "deploy", "deploy")),
        (0.4, 0.5, None, (0.4, 0.5, "train", "train")),
        (0, 1, None, (0, 1, "train", "train")),
        (1, 1, "any", (1, 1, "any", "deploy")),
        (None, None, "deploy", (0, 0, "deploy", "train")),
    ],
)
def test_what_is_left_out_is_filled_in(shift, mix, layouts, expected):
    law = LevelDistribution.of(Keys(), shift, mix, layouts)
    assert (law.shift, law.mix, law.layouts, law.phase) == expected


def test_the_two_ends_have_names():
    assert LevelDistribution.train(Keys()) == LevelDistribution.of(Keys())
    assert LevelDistribution.deploy(Keys()) == LevelDistribution.of(Keys(), 1, 1)


@pytest.mark.parametrize("spec", SPECS)
def test_levels_depend_on_the_seed_alone(spec):
    law = LevelDistribution.deploy(world_named(spec))
    first = law.levels([3, 4], 8)
    assert [lv.id for lv in first] == [lv.id for lv in law.levels([3, 4], 8)]
    assert [lv.id for lv in first] != [lv.id for lv in law.levels([3, 5], 8)]
    assert len({lv.id for lv in first}) == 8 and first == law.levels([3, 4], 20)[:8]


def test_more_levels_than_there_are_is_an_error():
    with pytest.raises(ValueError, match=r"CheeseCorner:size=3: only 7 different levels found, 20 asked, and 1,140 draws"):
        LevelDistribution.train(world_named("CheeseCorner:size=3")).levels(0, 20)


@pytest.mark.parametrize("value", [-0.1, 1.5, float("nan"), "half", None])
def test_a_share_outside_zero_to_one_is_refused(value):
    world = Keys(size=5)
    with pytest.raises(KnobError, match=r"shift .* is outside \[0, 1\]: 0 is the training law, 1 the deployment law"):
        world.sample(np.random.default_rng(0), value)
    with pytest.raises(KnobError, match=rf"mix {value!r} is outside \[0, 1\]"):
        LevelDistribution(world, 0.0, value, "any")
    if value is not None:
        with pytest.raises(KnobError, match=rf"shift {value!r} is outside \[0, 1\]"):
            LevelDistribution.of(world, value)


def test_an_unknown_side_is_refused():
    with pytest.raises(UnknownName, match=r"side of the layout split 'test'.*Allowed: any, deploy, train"):
        LevelDistribution.of(Keys(), layouts="test")
    with pytest.raises(UnknownName, match=r"side of the layout split 'trian'. Did you mean 'train'"):
        Keys().sample(np.random.default_rng(0), layouts="trian")


def test_a_law_that_no_layout_meets_is_an_error():
    world = Lever(size=5, density=0.9)
    with pytest.raises(KnobError, match=r"no level found in 10,000 tries at shift 0.0, layouts 'train': the law .* fewer items"):
        world.sample(np.random.default_rng(0), 0.0, "train")


@pytest.mark.parametrize(
    ("spec", "law", "words"),
    [
        ("Doors:density=0.0", "train", "all layouts lay on the other side of the layout split; try a density well between"),
        ("CheeseCorner:size=5,loops=1.0", "train", "all layouts lay on the other side .*; try loops below 1 or a larger size"),
        ("Lever:depth=3,chain=12,size=5,density=0.5", "train", "could not be met in any of .*; try fewer items .* another depth"),
    ],
)
def test_the_reason_why_no_level_is_found_is_told(spec, law, words):
    with pytest.raises(KnobError, match=words):
        for _ in range(2):
            getattr(LevelDistribution, law)(world_named(spec)).levels(0, 1)


def test_asking_for_far_too_many_levels_ends_soon():
    begun = time.monotonic()
    with pytest.raises(ValueError, match=r"only 7 different levels found, 100000 asked, and .* no new one; ask for fewer"):
        LevelDistribution.train(world_named("CheeseCorner:size=3")).levels(0, 100_000)
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("count", [-1, 1.5, "two"])
def test_a_number_of_levels_is_whole_and_not_negative(count):
    with pytest.raises(ValueError, match="levels asked; ask for a whole number of them, 0 or more"):
        LevelDistribution.train(Keys()).levels(0, count)
    assert LevelDistribution.train(Keys()).levels(0, 0) == []
