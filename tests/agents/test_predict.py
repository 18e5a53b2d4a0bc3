"""`predict`: what it plays, what it refuses to look at, and whose chance is seeded."""

from dataclasses import replace

import numpy as np
import pytest
from innershift.agents import RandomAgent, zoo
from innershift.envs import GridWorld, LevelDistribution
from innershift.envs.world import World
from innershift.envs.worlds import world_named

SPECS = ("CheeseCorner:size=5", "Doors:size=5", "Doors:size=5,mode=command", "Keys:size=5,few=1,many=2", "Lever:size=5")


def agents(world: World) -> dict:
    return {entry.agent.name: entry.agent for entry in zoo(world, LevelDistribution.train(world).levels(0, 2))}


def earned(env: GridWorld, agent) -> float:
    seen, state, done, total = env.reset()[0], None, False, 0.0
    while not done:
        action, state = agent.predict(seen, state)
        seen, reward, terminated, truncated, _ = env.step(action)
        total, done = total + reward, terminated or truncated
    return total


HIDES = ("robust", "robust 3u+2", "robust u³", "irrational: argmin −u", "control: shuffled map")


def test_who_goes_by_the_hidden_command_cannot_play_by_sight():
    world = world_named("Doors:size=5,mode=command")
    level = world.sample(np.random.default_rng(0))
    for name, agent in agents(world).items():
        if name not in HIDES:
            assert agent.predict(level.planes())[0] in range(5)
            continue
        words = r"reads commanded_first, commanded_second, which no observation .*'command:'\. Play it with agent\.policy\(level\)"
        with pytest.raises(ValueError, match=words):
            agent.predict(level.planes())
        assert agent.policy(level).actions()
    assert set(HIDES) < set(agents(world))


def test_the_corrigible_agent_plays_by_sight_as_well_as_by_the_level():
    world = world_named("Doors:size=5,mode=command")
    env = GridWorld(world, shift=1)
    env.reset(seed=0)
    agent = agents(world)["corrigible, robust"]
    for _ in range(6):
        got = earned(env, agent)
        best = env.level.to_mdp().counts[:, :, 0] @ world.vector(world.base)
        assert got == pytest.approx(agent.policy(env.level).value(best, "best"))


@pytest.mark.parametrize("name", ["CheeseCorner", "Keys", "Lever", "Doors"])
def test_an_agent_of_the_same_world_plans_with_the_horizon_of_the_environment(name):
    env = GridWorld(name, horizon=8, size=5)
    env.reset(seed=0)
    agent = agents(env.world)["robust"]
    assert agent.world.steps == 8
    for _ in range(4):
        env.reset()
        best = agent.policy(env.level).value(env.level.to_mdp().counts[:, :, 0] @ env.world.vector(env.world.base), "best")
        fixed = GridWorld(env.world, level=env.level)
        assert earned(fixed, agent) == pytest.approx(best)


# What is refused --------------------------------------------------------------------------------------------------


def planes(spec: str = "CheeseCorner:size=5") -> np.ndarray:
    return world_named(spec).sample(np.random.default_rng(0)).planes()


def changed(cell: tuple[int, int, int], value: int = 1, spec: str = "CheeseCorner:size=5") -> np.ndarray:
    seen = planes(spec)
    seen[cell] = value
    return seen


@pytest.mark.parametrize(
    ("seen", "error", "words"),
    [
        (np.zeros_like(planes()), ValueError, "0 agents in an observation; planes show exactly one. Make the environment"),
        (planes() / 255, ValueError, "planes hold 0 and 1 alone; got 0.00392157, as in pictures or scaled planes"),
        (planes() * np.nan, ValueError, "planes hold 0 and 1 alone; got nan"),
        (np.full((56, 56, 3), 200, dtype=np.uint8), ValueError, "planes hold 0 and 1 alone; got 200"),
        (planes()[..., :2], ValueError, r"a planner reads planes \[height, width, 3\], .* got shape \(7, 7, 2\)"),
        ({"image": planes()}, TypeError, "an observation is an array of numbers; got dict"),
        ("planes", TypeError, "an observation is an array of numbers; got str"),
        (changed((0, 3, 0), 0), ValueError, "shows no level of this world .its border is not closed by walls"),
        (changed((3, 3, 2)), ValueError, "shows no level of this world .*2 cheeses drawn"),
        (changed((0, 0, 2)), ValueError, "shows no level of this world .*2 cheeses drawn"),
    ],
)
def test_what_is_no_observation_is_refused(seen, error, words):
    with pytest.raises(error, match=words):
        agents(world_named("CheeseCorner:size=5"))["robust"].predict(seen)


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("seed", range(3))
def test_noise_in_the_shape_of_planes_is_refused_and_does_no_harm(spec, seed):
    world, rng = world_named(spec), np.random.default_rng(seed)
    agent = FixedUp("up", world)
    for _ in range(60):
        seen = world.sample(rng).planes()
        flips = rng.integers(0, seen.size, rng.integers(1, 200))
        seen.ravel()[flips] ^= 1
        try:
            agent.predict(seen)
        except ValueError as error:
            assert str(error).startswith(world.name)
    wall = np.ones(world.shape, dtype=bool)
    with pytest.raises(ValueError, match="shows no level of this world"):
        full = np.ones((*world.shape, len(world.channels)), dtype=np.uint8)
        full[..., 1] = 0
        full[1, 1, 1], full[..., 0] = 1, wall
        agent.predict(full)


class FixedUp(RandomAgent):
    """Needs no solution of a level."""


def test_every_state_on_the_way_can_be_looked_at_afresh():
    """Also the last one, in which an agent may stand on what it touched."""
    for spec in SPECS:
        world = world_named(spec)
        env, agent = GridWorld(world, shift=1), RandomAgent("random", world)
        for episode in range(8):
            seen, done = env.reset(seed=episode)[0], False
            while not done:
                seen, _, terminated, truncated, _ = env.step(agent.predict(seen)[0])
                done = terminated or truncated
            agent.predict(seen)


def test_memory_and_starts_have_to_fit_the_batch():
    agent, seen = agents(world_named("CheeseCorner:size=5"))["robust"], planes()
    _, state = agent.predict(seen)
    with pytest.raises(ValueError, match="state remembers 1 episodes, the batch has 2; pass None to start anew"):
        agent.predict(np.stack([seen, seen]), state)
    with pytest.raises(TypeError, match="state is not what predict returned; pass that on, or None at the start"):
        agent.predict(seen, np.zeros(3))
    with pytest.raises(ValueError, match=r"episode_start has shape \(3,\), the batch has 1; give one a row"):
        agent.predict(seen, state, np.array([True, False, True]))


# Chance -----------------------------------------------------------------------------------------------------------


def actions(agent, seen: np.ndarray, deterministic: bool) -> list[int]:
    return [int(agent.predict(seen, deterministic=deterministic)[0]) for _ in range(60)]


@pytest.mark.parametrize("deterministic", [True, False])
def test_the_random_agent_is_random_and_its_seed_tells_how(deterministic):
    world = world_named("CheeseCorner:size=5")
    drawn = {seed: actions(RandomAgent("r", world, seed=seed), planes(), deterministic) for seed in (0, 1)}
    assert set(drawn[0]) == set(range(5)) and drawn[0] != drawn[1]
    assert actions(RandomAgent("r", world), planes(), deterministic) == drawn[0]


def test_planners_break_ties_at_random_by_their_seed():
    world = world_named("Doors:size=5")
    level = world.parse("1: red square\n2: red square\n#######\n#.....#\n#1.A.2#\n#.....#\n#.....#\n#.....#\n#######")
    agent = agents(world)["robust"]
    again, other = replace(agent), replace(agent, seed=1)
    drawn = actions(agent, level.planes(), False)
    assert {2, 3} < set(drawn) <= {2, 3, 4} and drawn == actions(again, level.planes(), False)
    assert drawn != actions(other, level.planes(), False)
    assert set(actions(agent, level.planes(), True)) == {2}
