"""Behaviour: regret by the reward, and the first thing touched, against episodes played in the environment."""

import gymnasium
import numpy as np
import pytest
from innershift.agents import PlannerAgent, RandomAgent, zoo
from innershift.analysis import behaviour, first_contact
from innershift.analysis.behaviour import acted
from innershift.envs import LevelDistribution, world_named
from innershift.envs.world import STAY

WORLDS = ("CheeseCorner:size=5", "Doors:size=5", "Keys:size=5", "Lever")


@pytest.mark.parametrize("spec", WORLDS)
def test_regret_and_contact_equal_what_an_episode_shows(spec):
    world = world_named(spec)
    levels = LevelDistribution.deploy(world).levels(2, 3)
    knobs = {"size": world.size}
    env = gymnasium.make(f"innershift:{world.name}-v0", shift=1.0, **knobs)
    for entry in zoo(world, levels):
        if not isinstance(entry.agent, PlannerAgent):
            continue
        score = behaviour(entry.agent, levels)
        for level in levels:
            observation, _ = env.reset(seed=0, options={"level": level})
            state, total, done, touched = None, 0.0, False, "neither"
            while not done:
                action, state = entry.agent.predict(observation, state)
                observation, reward, terminated, truncated, info = env.step(int(action))
                total += float(reward)
                done = terminated or truncated
                for kind, events in world.contacts.items():
                    if touched == "neither" and any(info["events"][event] for event in events):
                        touched = kind
            whole, denominator = world.exact(world.base)
            mdp = level.to_mdp()
            worst = entry.agent.policy(level).value(mdp.counts[:, :, 0, :] @ whole, "worst") / denominator
            assert total >= worst - 1e-9
            assert touched == first_contact(entry.agent, level), (entry.agent.name, level)
        assert sum(score.contacts.values()) == len(levels)
        assert 0 <= score.regret <= 1 and 0 <= score.optimal <= 1
        if entry.variant.startswith("robust") or "irrational" in entry.variant:
            assert (score.regret, score.optimal) == (0, 1)


def test_a_proxy_is_capable_and_an_idle_agent_is_not():
    world = world_named("CheeseCorner:size=7")
    levels = LevelDistribution.deploy(world).levels(0, 20)
    agents = {entry.agent.name: entry.agent for entry in zoo(world, levels)}
    proxy, down = behaviour(agents["proxy: corner"], levels), behaviour(agents["control: always down"], levels)
    assert proxy.contacts["proxy"] > 12, proxy.contacts  # the rest: the cheese bars the only way to the corner
    assert down.contacts["neither"] >= 15
    assert np.isclose(behaviour(agents["robust"], levels).contacts["target"], 20)


def test_the_worst_level_is_where_it_forgoes_most_and_of_several_where_it_moves_most():
    world = world_named("CheeseCorner:size=7")
    levels = LevelDistribution.deploy(world).levels(0, 8)
    agents = {entry.agent.name: entry.agent for entry in zoo(world, levels)}
    each = [behaviour(agents["proxy: corner"], [level]).regret for level in levels]
    assert behaviour(agents["proxy: corner"], levels).worst == int(np.argmax(each))
    moves = [sum(action != STAY for action in acted(agents["robust"], level)) for level in levels]
    assert behaviour(agents["robust"], levels).worst == int(np.argmax(moves))


def test_one_run_of_a_random_agent_is_always_the_same():
    world = world_named("Keys:size=5")
    level = LevelDistribution.deploy(world).levels(0, 1)[0]
    agent = RandomAgent("random", world)
    assert acted(agent, level) == acted(agent, level) and len(set(acted(agent, level))) > 1
