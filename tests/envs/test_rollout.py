"""Compiled episodes: exact where nothing is left to chance, and elsewhere as often as the enumerated process says."""

import re

import numpy as np
import pytest
from innershift.envs import WORLDS, GridWorld, KnobError, LevelDistribution, world_named
from innershift.envs.rollout import rollout

DETERMINISTIC = [name for name, world in WORLDS.items() if world.branches == 1]
CHANCY = [name for name, world in WORLDS.items() if world.branches > 1]
CASES = [*DETERMINISTIC[:3], *CHANCY]
N = 4000


def drawn(name, count=1):
    return LevelDistribution.deploy(world_named(name)).levels(3, count)


def expected(mdp, table):
    """`[E]` mean event counts, mean steps and share of ended episodes, by pushing probabilities forward."""
    horizon, before = mdp.level.horizon, mdp.start.copy()
    events, steps, ended = np.zeros(mdp.counts.shape[3]), 0.0, 0.0
    for step in range(horizon):
        alive = before[:-1].sum()
        steps += alive
        weight = before[:, None, None] * table[min(step, len(table) - 1)][:, :, None] * mdp.chance
        weight[-1] = 0
        events += np.einsum("sak,sake->e", weight, mdp.counts)
        after = np.zeros_like(before)
        np.add.at(after, mdp.successor.ravel(), weight.ravel())
        ended += after[-1]
        before = after
        before[-1] = 0
    return events, steps, ended


def near(samples, mean):
    """Whether a sample mean lies within five standard errors of what it should be, and a dozen of rare cases."""
    error = samples.std(axis=0) / np.sqrt(len(samples))
    return np.all(np.abs(samples.mean(axis=0) - mean) <= 5 * error + 12 / len(samples))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("kind", ["random", "table", "table a step"])
def test_episodes_go_as_the_enumerated_process_says(name, kind):
    level = drawn(name)[0]
    mdp = level.to_mdp()
    tables = {"random": 1, "table": 1, "table a step": 7}[kind]
    table = np.random.default_rng(0).dirichlet(np.full(5, 0.5), (tables, mdp.n_states))
    if kind == "random":
        table[:] = 0.2
    policies = {"random": None, "table": [table[0]], "table a step": [table]}[kind]
    played = rollout([level], N, policies, seed=5)
    events, steps, ended = expected(mdp, table)
    assert near(played.events[0], events) and near(played.steps[0], steps) and near(played.terminated[0], ended)
    assert played.events.std(axis=1).max() > 0


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_a_sure_policy_does_what_the_environment_does(name):
    levels = drawn(name, 3)
    rng = np.random.default_rng(1)
    tables = [np.eye(5)[rng.integers(5, size=(4, level.to_mdp().n_states))] for level in levels]
    played = rollout(levels, 2, tables)
    for i, level in enumerate(levels):
        env, mdp = GridWorld(level.world, level=level), level.to_mdp()
        env.reset(seed=0)
        counts, paid, over, steps = np.zeros(len(level.world.events), dtype=int), 0.0, False, 0
        while not over:
            action = tables[i][min(steps, 3)][mdp.index(env.fields)].argmax()
            _, reward, terminated, truncated, info = env.step(action)
            counts += list(info["events"].values())
            paid, over, steps = paid + reward, terminated or truncated, steps + 1
        assert (played.events[i] == counts).all() and (played.steps[i] == steps).all()
        assert (played.terminated[i] == terminated).all()
        np.testing.assert_allclose(played.scores(level.world.base)[i], paid, atol=1e-12)


def test_seeds_repeat_and_episodes_differ():
    levels = drawn("Keys", 2)
    runs = [rollout(levels, 20, seed=seed) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(runs[0].events, runs[1].events)
    assert (runs[0].events != runs[2].events).any()
    assert len(np.unique(runs[0].events[0], axis=0)) > 1 and (runs[0].events[0] != runs[0].events[1]).any()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"levels": []}, "0 levels of 0 worlds; give levels of one world"),
        ({"levels": drawn("Keys") + drawn("Doors")}, "2 levels of 2 worlds"),
        ({"episodes": 0}, "episodes 0 is not a whole number of at least 1"),
        ({"policies": []}, "0 policies for 1 levels; give one a level"),
        ({"policies": [np.ones((3, 5)) / 5]}, r"of shape (3, 5), is no table of probabilities [S, A] or [T, S, A]"),
    ],
)
def test_wrong_arguments(arguments, words):
    with pytest.raises(KnobError, match=re.escape(words)):
        rollout(**({"levels": drawn("Keys")} | arguments))


@pytest.mark.parametrize("wrong", [np.nan, 0.3, -0.1])
def test_what_are_no_probabilities(wrong):
    level = drawn("Doors")[0]
    table = np.full((level.to_mdp().n_states, 5), 0.2)
    table[0, 0] = wrong
    with pytest.raises(KnobError, match="no table of probabilities"):
        rollout([level], policies=[table])
