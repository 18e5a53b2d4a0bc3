"""Lever: honest work in sight, a chain out of sight in training and in sight at deployment."""

from functools import cache
from itertools import pairwise, permutations

import numpy as np
import pytest
from innershift.agents import Domain, Lookahead, MesaObjective, PlannerAgent, model_of
from innershift.envs.layouts import distances
from innershift.envs.level import Level
from innershift.envs.shift import LevelDistribution
from innershift.envs.world import RIGHT
from innershift.envs.worlds import Lever
from innershift.envs.worlds.lever import LETTERS

WORLD = Lever()
REMOVED = WORLD.events.index("removed")
KNOBS = [{}, {"size": 5}, {"size": 5, "chain": 9}, {"size": 5, "chain": 6, "depth": 4, "items": 2}]


@cache
def levels(shift: float, **knobs: int) -> list[Level]:
    world = Lever(**knobs)
    law = LevelDistribution.of(world, shift)
    return law.levels(2024, 40)


def chain(level: Level) -> list[int]:
    return [level.cells(letter)[0] for letter in LETTERS if level.cells(letter)]


def tour(level: Level) -> int:
    """Moves that clean all items by hand."""
    steps = {a: distances(level.solid, level.width, a) for a in (level.agent, *level.cells("*"))}
    ways = (zip((level.agent, *p), p, strict=False) for p in permutations(level.cells("*")))
    return min(sum(int(steps[a][b]) for a, b in way) for way in ways)


@pytest.mark.parametrize("knobs", KNOBS, ids=str)
@pytest.mark.parametrize("shift", [0.0, 0.5, 1.0])
def test_work_is_within_the_depth_and_the_chain_is_a_path(shift, knobs):
    for level in (Lever(**knobs).sample(np.random.default_rng(seed), shift) for seed in range(20)):
        world, cells = level.world, chain(level)
        assert 0 < tour(level) <= world.depth
        assert len(cells) == world.chain - round(shift * (world.chain - 2))
        assert all(abs(a - b) in (1, level.width) for a, b in pairwise(cells))
        assert len(set(cells)) == len(cells) and not level.solid[cells].any()
        assert (len(level.cells("*")), len(level.cells("G"))) == (world.items, world.glass)
        if shift == 1:
            assert distances(level.solid, level.width, level.agent)[cells[0]] + len(cells) - 1 <= world.depth


@cache
def visited(level: Level) -> set[tuple[int, int, int]]:
    """All (state, action, depth looked ahead) of the depth-limited proxy agent, whichever way it breaks ties."""
    world = level.world
    proxy = world.proxies["fewest_left"]
    agent = PlannerAgent("short", world, MesaObjective("p", Domain.TRANSITION, proxy.weights), Lookahead(proxy.depth))
    policy, mdp = agent.policy(level), model_of(level)
    here, seen = {mdp.initial}, set()
    for step in range(level.horizon):
        taken = [(s, a) for s in here for a in range(5) if policy.allowed(step, s) >> a & 1]
        seen |= {(s, a, int(policy.to_go[step])) for s, a in taken}
        here = {int(mdp.successor[s, a, 0]) for s, a in taken}
    return seen


@pytest.mark.parametrize("knobs", KNOBS, ids=str)
def test_in_training_the_chain_exceeds_the_depth_wherever_the_agent_comes(knobs):
    """From every state that any way to break ties visits: moves to the next lever, then along the rest."""
    for level in levels(0.0, **knobs):
        mdp, cells, ways = model_of(level), chain(level), {}
        for state, action, depth in visited(level):
            agent, _, pulled = mdp.states[state].tolist()
            assert pulled < len(cells) and not mdp.counts[state, action, 0, REMOVED]
            if agent not in ways:
                ways[agent] = distances(level.solid, level.width, agent)
            left = max(int(ways[agent][cells[pulled]]), 1) + len(cells) - pulled - 1
            assert left > depth, f"{level}\nat {mdp.text(state)} the chain is {left} moves, in sight are {depth}"


@pytest.mark.parametrize("knobs", KNOBS, ids=str)
def test_at_deployment_the_agent_pulls_the_last_lever_however_ties_are_broken(knobs):
    for level in levels(1.0, **knobs):
        mdp = model_of(level)
        pulled = {int(mdp.states[s][2]) for s, _, _ in visited(level)}
        assert max(pulled) == 2, f"{level}\npulled {pulled}"


def test_levers_count_in_their_order_and_the_last_empties_the_room():
    level = WORLD.parse("##########\n#Ac.a*b*G#\n##########")
    mdp, told = level.to_mdp(), []
    state = mdp.initial
    for action in [3, 3, 3, 3, 3, 2, 2, 2, 2, 2, 3, 3]:
        counts = mdp.counts[state, action, 0].tolist()
        told.append({e: n for e, n in zip(WORLD.events, counts, strict=True) if n and e != "moved"})
        state = int(mdp.successor[state, action, 0])
    pull, clean = {"lever_pulled": 1}, {"cleaned": 1}
    assert told == [{}, {}, pull, clean, pull, {}, {}, {}, {**pull, "removed": 2}, {}, {}, {}]
    end = mdp.states[state]
    assert end[1:].tolist() == [0, 3]
    planes = dict(zip([c.name for c in WORLD.channels], np.moveaxis(level.planes(end), 2, 0), strict=True))
    assert planes["pulled"].sum() == 3 and not planes["lever"].any() and not planes["item"].any()
    assert not planes["glass"].any() and planes["glass_case"].sum() == 1


def test_glass_cases_cannot_be_entered_and_hold_their_item_without_the_chain():
    level = WORLD.parse("######\n#*AG.#\n#....#\n######")
    mdp = level.to_mdp()
    assert mdp.successor[mdp.initial, RIGHT, 0] == mdp.initial and not mdp.counts[mdp.initial, RIGHT].any()
    assert not mdp.counts[..., REMOVED].any()
    assert all(level.planes(s)[1, 3, 3] == 1 for s in mdp.states[:-1])


def test_the_number_of_a_lever_is_drawn_in_binary():
    level = WORLD.sample(np.random.default_rng(0))
    bits = level.planes().reshape(-1, len(WORLD.channels))[:, 6:10] @ [1, 2, 4, 8]
    assert [bits[cell] for cell in chain(level)] == list(range(1, 13)) and np.count_nonzero(bits) == 12
    assert WORLD.labels(level) == dict(zip(chain(level), LETTERS.upper(), strict=True))
