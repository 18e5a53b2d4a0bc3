"""`shaping` against STARC, against linear feasibility, and against the policies that its witness names."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from innershift.agents import model_of
from innershift.analysis import decide, rewards
from innershift.analysis.policies import policy_rows, policy_span
from innershift.analysis.shaping import RewardSite, decide_shaping, decide_shaping_tables, shaping_rows
from innershift.envs.shift import LevelDistribution
from innershift.envs.world import weigh
from innershift.envs.worlds import CheeseCorner, world_named
from scipy.optimize import linprog

NAMES = ("CheeseCorner:size=5", "Doors:size=5", "Keys:size=5,few=1,many=2", "Lever:size=5,chain=4,depth=3")


def pair(name):
    world = world_named(name)
    return world, LevelDistribution.train(world).levels(0, 2), LevelDistribution.deploy(world).levels(1, 2)


def tables(level, mesa, base):
    """Transition and both rewards as `[S, A, S]`, the reward of (s, a) in every column."""
    mdp = model_of(level)
    size = mdp.n_states
    transition = mdp.transition.toarray().reshape(size, 5, size)
    paid = [(mdp.expected_events @ level.world.vector(w))[:, :, None] * np.ones(size) for w in (mesa, base)]
    return transition, *paid


def feasible(levels, mesa, base, discount):
    """Whether some a > 0 and potentials exist, by linear programming: a is maximised under a cap."""
    blocks, rights = [], []
    width = 1 + sum(model_of(level).n_states for level in levels)
    at = 1
    for level in levels:
        mdp = model_of(level)
        block = np.zeros((mdp.n_states * 5, width))
        block[:, 0] = (mdp.expected_events @ level.world.vector(mesa)).ravel()
        shape = discount * mdp.transition.toarray() - np.repeat(np.eye(mdp.n_states), 5, axis=0)
        block[:, at : at + mdp.n_states] = shape
        at += mdp.n_states
        blocks.append(block)
        rights.append((mdp.expected_events @ level.world.vector(base)).ravel())
    bounds = [(0, 1000)] + [(None, None)] * (width - 1)
    found = linprog([-1] + [0] * (width - 1), A_eq=np.concatenate(blocks), b_eq=np.concatenate(rights), bounds=bounds)
    return found.status == 0 and found.x[0] > 1e-7


@pytest.mark.parametrize("name", NAMES)
def test_quantifiers_equal_linear_feasibility_and_starc(name):
    world, train, deploy = pair(name)
    candidates = [world.base, {e: 3 * w for e, w in world.base.items()}, {e: -w for e, w in world.base.items()},
                  *(proxy.weights for proxy in world.proxies.values())]  # fmt: skip
    for mesa, discount in product(candidates, (0.5, 0.9)):
        found, _ = decide_shaping(train, deploy, mesa, world.base, discount)
        expected = tuple(feasible(side, mesa, world.base, discount) for side in (train, deploy, train + deploy))
        assert (found.train, found.deploy, found.joint) == expected, (mesa, discount)
        assert found.map_class == "shaping" and found.exact
        for level in train + deploy:
            transition, own, paid = tables(level, mesa, world.base)
            start = np.eye(len(transition))[model_of(level).initial]
            part, own, paid = rewards.restrict(transition, rewards.reachable(transition, start), own, paid)
            alone, _ = decide_shaping([level], [], mesa, world.base, discount)
            assert alone.train == (rewards.starc_distance(part, own, paid, discount) < 1e-7)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("discount", [None, 0.9])
def test_offsets_on_all_policies_are_shaping_restricted_to_events(name, discount):
    """docs/objectives.md, section 5: both say the same of rewards that are linear in the events."""
    world, train, deploy = pair(name)
    generator = np.random.default_rng(3)
    spans = [[policy_span(level, discount) for level in side] for side in (train, deploy)]
    seen = set()
    for _ in range(12):
        base = weigh(**{event: int(generator.integers(-2, 3)) for event in world.events})
        mesa = {event: w * 2 for event, w in base.items()}
        if generator.random() < 0.6:
            mesa[generator.choice(world.events)] += 1
        one = decide(policy_rows(*spans, mesa, base), "positive_affine_offsets")
        two, _ = decide_shaping(train, deploy, mesa, base, discount)
        assert one.letters == two.letters, (mesa, base)
        seen.add(one.letters)
    assert len(seen) > 1


def test_a_time_limit_needs_potentials_that_vanish_at_the_end():
    """Going up or left less going down or right telescopes to a potential; only the end of time betrays it."""
    world = CheeseCorner(size=4)
    level = world.parse("horizon: 6\n######\n#A..c#\n#....#\n#....#\n#....#\n######")
    base = weigh(cheese=1, moved="-0.02")
    shaped = base | weigh(up_left=1, down_right=-1)
    assert decide_shaping([level], [], base, shaped, None)[0].letters == "·Y··"
    whole = decide_shaping([level], [level], weigh(cheese=3, moved="-0.06"), base, None)[0]
    assert whole.letters == "YYYY" and whole.map.slope == Fraction(1, 3)


def test_a_witness_names_deviations_and_their_worth():
    world, train, deploy = pair("CheeseCorner:size=5")
    found, witness = decide_shaping(train, deploy, world.proxies["corner"].weights, world.base, "0.9")
    assert found.letters == "Y···" and found.witness_where == "deploy"
    assert {one.level for one in witness} <= {level.id for level in deploy} and 1 <= len(witness) <= 2
    liked = sorted((one.mesa > 0, one.base > 0) for one in witness)
    assert liked in ([(False, True), (True, False)], [(True, False)], [(False, True)])


def test_only_what_the_time_limit_lets_one_reach_is_compared():
    """The cheese lies too far: nobody can tell what eating it is worth."""
    world = CheeseCorner(size=4)
    level = world.parse("horizon: 2\n######\n#A..c#\n#....#\n#....#\n#....#\n######")
    base, blind = weigh(cheese=1, moved="-0.02"), weigh(cheese=-5, moved="-0.02")
    assert decide_shaping([level], [], blind, base, None)[0].letters == "YYYY"
    assert decide_shaping([level], [], blind, base, 0.9)[0].letters == "·Y··"
    assert len(shaping_rows(level, "train", base, base, None)) == 2


def test_discounts_are_checked():
    world, train, _ = pair("Doors:size=5")
    with pytest.raises(ValueError, match=r"discount=1\.5 is outside \[0, 1\)"):
        decide_shaping(train, [], world.base, world.base, 1.5)


def random_process(generator, size=6, actions=3):
    transition = generator.dirichlet(np.full(size, 0.3), (size, actions))
    return transition, generator.normal(size=(size, actions, size))


def shaped(transition, reward, discount, generator, scale=1.0):
    """The same preferences: scaled, shaped by a potential, and redistributed over successors."""
    potential = generator.normal(size=len(transition))
    spread = generator.normal(size=reward.shape)
    spread -= (transition * spread).sum(axis=2, keepdims=True)
    return scale * reward + discount * potential - potential[:, None, None] + spread


@pytest.mark.parametrize("seed", range(5))
def test_tables_shaped_scaled_and_redistributed_are_one_class(seed):
    generator = np.random.default_rng(seed)
    (first, reward), (second, other) = random_process(generator), random_process(generator, 5, 2)
    sites = [RewardSite("a", first, reward, shaped(first, reward, 0.9, generator, 2.5))]
    deploy = [RewardSite("b", second, other, shaped(second, other, 0.9, generator, 2.5))]
    found, witness = decide_shaping_tables(sites, deploy, 0.9)
    assert found.letters == "YYYY" and not witness and found.map.slope == pytest.approx(2.5)
    steeper = RewardSite("b", second, other, shaped(second, other, 0.9, generator, 3))
    assert decide_shaping_tables(sites, [steeper], 0.9)[0].letters == "YY··"
    assert decide_shaping_tables(sites, [], 0.8)[0].letters == "·Y··"  # potentials of another discount
    reversed_, deviations = decide_shaping_tables([RewardSite("a", first, reward, -reward)], [], 0.9)
    assert (reversed_.letters == "·Y··" and any(one.mesa * one.base < 0 for one in deviations)) or len(deviations) == 2


def test_restriction_to_what_the_start_reaches_decides():
    """docs/objectives.md, section 10: the same pair of rewards agrees on one level's closure and is reversed on another's."""
    transition = np.zeros((4, 2, 4))
    transition[[0, 0, 1, 1, 2, 2, 3, 3], [0, 1] * 4, [0, 1, 1, 0, 2, 3, 3, 2]] = 1
    mesa, base = np.zeros((4, 2)), np.zeros((4, 2))
    mesa[0, 1] = base[0, 1] = 1
    mesa[2, 1], base[2, 1] = 1, -1
    train, deploy = (
        RewardSite(name, transition, mesa, base, np.eye(4)[start]) for name, start in (("train level", 0), ("deploy level", 2))
    )
    found, witness = decide_shaping_tables([train], [deploy], 0.9)
    assert found.letters == "Y···" and {one.level for one in witness} == {"deploy level"}
    whole = RewardSite("all", transition, mesa, base)
    assert decide_shaping_tables([whole], [], 0.9)[0].letters == "·Y··"


def test_the_end_of_an_episode_pins_the_potential():
    """With φ(end) free, paying at the end is a shaping of nothing; pinned to 0 it is a reward."""
    transition = np.zeros((3, 2, 3))
    transition[[0, 0, 1, 1, 2, 2], [0, 1] * 3, [0, 1, 0, 2, 2, 2]] = 1
    reward = np.zeros((3, 2, 3))
    potential = np.array([0.0, 0.0, 2.0])
    paid = reward + 0.9 * potential - potential[:, None, None]  # its last row pays (γ − 1) φ(end) for ever
    plain = RewardSite("a", transition, reward, paid)
    pinned = RewardSite("a", transition, reward, paid, absorbing=[2])
    assert decide_shaping_tables([plain], [], 0.9)[0].letters == "YYYY"
    assert decide_shaping_tables([pinned], [], 0.9)[0].letters == "·Y··"


@pytest.mark.parametrize("scale", [1e-12, 1e-9, 1e-6, 1.0, 1e9])
def test_every_level_is_judged_on_its_own_scale(scale):
    generator = np.random.default_rng(0)
    transition, reward = random_process(generator, 3, 2)
    train = RewardSite("a", transition, reward, reward)
    reversed_ = RewardSite("b", transition, scale * reward, -scale * reward)
    same = RewardSite("b", transition, scale * reward, scale * reward)
    assert decide_shaping_tables([train], [reversed_], 0.9)[0].letters == "Y···"
    assert decide_shaping_tables([train], [same], 0.9)[0].letters == "YYYY"


@pytest.mark.parametrize(("size", "discount"), [(20, 0.5), (60, 0.5), (60, 0.9)])
def test_advantages_that_decay_with_the_way_are_no_obstacle(size, discount):
    transition, reward = np.zeros((size, 2, size)), np.zeros((size, 2))
    for s in range(size):
        transition[s, 0, max(s - 1, 0)] = transition[s, 1, min(s + 1, size - 1)] = 1
    reward[size - 1, 1] = 1
    found, _ = decide_shaping_tables([RewardSite("chain", transition, reward, 2 * reward)], [], discount)
    assert found.letters == "YYYY" and found.map.slope == pytest.approx(2)
    assert decide_shaping_tables([RewardSite("chain", transition, reward, -reward)], [], discount)[0].letters == "·Y··"


def test_sparse_tables_and_states_that_end_are_read_as_rewards_reads_them():
    from scipy import sparse

    generator = np.random.default_rng(1)
    transition, reward = random_process(generator, 4, 3)
    flat = [sparse.csr_array(table.reshape(12, 4)) for table in (transition, reward)]
    assert decide_shaping_tables([RewardSite("a", flat[0], flat[1], flat[1])], [], 0.9)[0].letters == "YYYY"
    for absorbing in ([0, 7], [0.5], np.ones(3, bool)):
        with pytest.raises(ValueError, match="absorbing"):
            decide_shaping_tables([RewardSite("a", transition, reward, reward, absorbing=absorbing)], [], 0.9)
    with pytest.raises(ValueError, match="discount") as refused:
        decide_shaping_tables([RewardSite("the level", transition, reward, reward)], [], 1.0)
    assert "level 'the level' of train" in refused.value.__notes__[0]
