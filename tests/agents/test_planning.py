"""Planning against brute force: all action sequences, all policies, and plain recursion."""

from dataclasses import replace
from functools import cache
from itertools import product

import numpy as np
import pytest
from innershift.agents import Lookahead, ValueIteration, discounted_values, tied_value
from innershift.agents.planning import Solution
from innershift.envs.level import Level
from innershift.envs.mdp import MDP
from innershift.envs.world import STAY
from innershift.envs.worlds import world_named

TINY = {
    "CheeseCorner": "#####\n#..c#\n#A#.#\n#...#\n#####",
    "Doors": "1: red square\n2: green circle\n#####\n#1A.#\n#.#2#\n#####",
    "Keys": "######\n#kA.t#\n#.#k.#\n######",
    "Lever": "######\n#*Aab#\n#.G..#\n######",
}


@cache
def tiny(name: str) -> MDP:
    return world_named(name).parse(TINY[name]).to_mdp()


@cache
def sequences(length: int) -> np.ndarray:
    """`[5 ** length, length]` all action sequences."""
    return np.array(list(product(range(5), repeat=length)), dtype=np.int64).reshape(-1, length)


def totals(mdp: MDP, reward: np.ndarray, state: int, length: int) -> np.ndarray:
    """`[5 ** length]` what every action sequence earns from a state of a deterministic process."""
    here, earned = np.full(5**length, state), np.zeros(5**length, dtype=reward.dtype)
    for action in sequences(length).T:
        earned = earned + reward[here, action]
        here = mdp.successor[here, action, 0]
    return earned


def by_chance(paths: np.ndarray, worth: np.ndarray) -> float:
    """Expected worth when each next action is drawn evenly from those that some path of the set takes."""
    if paths.shape[1] == 0:
        return float(worth[0])
    actions = np.unique(paths[:, 0])
    return float(np.mean([by_chance(paths[paths[:, 0] == a, 1:], worth[paths[:, 0] == a]) for a in actions]))


def rewards(mdp: MDP, seed: int) -> np.ndarray:
    """`[S, A]` small whole numbers with many ties; the end pays nothing."""
    reward = np.random.default_rng(seed).integers(-1, 3, size=(mdp.n_states, 5))
    reward[mdp.absorbing] = 0
    return reward


def base_reward(mdp: MDP) -> np.ndarray:
    return mdp.counts[:, :, 0] @ mdp.level.world.exact(mdp.level.world.base)[0]


CASES = [(name, seed) for name in TINY for seed in (None, 0, 1)]


@pytest.mark.parametrize(("name", "seed"), CASES)
def test_backward_induction_finds_the_best_of_all_sequences(name, seed):
    """Values and every tied first action; six steps from the start, and fewer from every state."""
    mdp = tiny(name)
    reward = base_reward(mdp) if seed is None else rewards(mdp, seed)
    solution = ValueIteration().solve(mdp, reward, 6)
    assert solution.values.dtype == np.int64 and not solution.values[0].any()
    some = np.random.default_rng(0).permutation(mdp.n_states)[:25]
    for steps, states in [(6, [mdp.initial]), (3, some), (2, some), (1, range(mdp.n_states))]:
        for state in states:
            earned = totals(mdp, reward, state, steps)
            assert solution.values[steps, state] == earned.max()
            first = sequences(steps)[earned == earned.max(), 0]
            assert solution.optimal[steps, state] == sum(1 << int(a) for a in np.unique(first))


@pytest.mark.parametrize(("name", "seed"), CASES)
def test_ties_are_broken_worst_best_and_by_chance(name, seed):
    mdp = tiny(name)
    aim, reward = base_reward(mdp), rewards(mdp, 7)
    aim = aim if seed is None else rewards(mdp, seed)
    solution = ValueIteration().solve(mdp, aim, 5)
    earned = totals(mdp, aim, mdp.initial, 5)
    best = earned == earned.max()
    other = totals(mdp, reward, mdp.initial, 5)[best]
    found = {ties: tied_value(solution, reward, ties)[mdp.initial] for ties in ("worst", "mean", "best")}
    assert (found["worst"], found["best"]) == (other.min(), other.max())
    assert np.isclose(found["mean"], by_chance(sequences(5)[best], other))
    assert np.array_equal(tied_value(solution, aim, "worst"), solution.values[5])
    assert np.array_equal(tied_value(solution, aim, "best"), solution.values[5])


def test_ties_of_floats_are_found_within_a_tolerance():
    mdp = tiny("Keys")
    reward = np.zeros((mdp.n_states, 5))
    reward[:, 0], reward[:, 1], reward[:, 2] = 0.3, 0.1 + 0.2, 0.3 - 1e-6
    reward[mdp.absorbing] = 0
    assert (ValueIteration().solve(mdp, reward, 1).optimal[1, :-1] == 0b11).all()


# Looking ahead -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TINY)
@pytest.mark.parametrize("depth", [6, 7, 50])
def test_looking_as_far_as_the_end_is_looking_to_the_end(name, depth):
    mdp = tiny(name)
    full, far = (search.solve(mdp, base_reward(mdp), 6) for search in (ValueIteration(), Lookahead(depth)))
    assert np.array_equal(full.values, far.values) and np.array_equal(full.optimal, far.optimal)
    for search in (Lookahead(depth), Lookahead(depth, replan=False)):
        assert np.array_equal(np.minimum(search.to_go(6), 6), ValueIteration().to_go(6))


def test_how_far_is_looked_at_each_step():
    assert ValueIteration().to_go(5).tolist() == [5, 4, 3, 2, 1]
    assert Lookahead(3).to_go(5).tolist() == [3, 3, 3, 2, 1]
    assert Lookahead(3, replan=False).to_go(5).tolist() == [3, 2, 1, 0, 0]
    assert Lookahead(9, replan=False).to_go(3).tolist() == [3, 2, 1]
    assert ValueIteration().depth is None and Lookahead(3).depth == 3


@pytest.mark.parametrize("name", TINY)
def test_a_short_look_maximises_the_next_steps_alone(name):
    mdp, horizon, depth = tiny(name), 6, 3
    reward = base_reward(mdp)
    solution = Lookahead(depth).solve(mdp, reward, horizon)
    assert solution.horizon == depth and len(solution.values) == depth + 1
    earned = totals(mdp, reward, mdp.initial, depth)
    assert solution.values[depth, mdp.initial] == earned.max()
    once = tied_value(solution, reward, "worst", Lookahead(depth, replan=False).to_go(horizon))
    assert once[mdp.initial] == earned.max()  # then it stays, which earns nothing


@pytest.mark.parametrize("name", TINY)
def test_a_plan_made_once_never_earns_less_for_a_longer_look(name):
    mdp, earned = tiny(name), []
    for depth in range(1, 9):
        search = Lookahead(depth, replan=False)
        solution = search.solve(mdp, base_reward(mdp), 8)
        to_go = np.minimum(search.to_go(8), solution.horizon)
        earned.append(int(tied_value(solution, base_reward(mdp), "worst", to_go)[mdp.initial]))
    assert earned == sorted(earned)


@pytest.mark.parametrize("depth", [0, -1, 2.5, "3", None])
def test_a_look_of_no_length_is_refused(depth):
    with pytest.raises(ValueError, match=r"depth .* is not a whole number of actions of at least 1"):
        Lookahead(depth)


def test_a_plan_made_once_stays_when_it_is_done():
    mdp = tiny("Keys")
    solution = Lookahead(2, replan=False).solve(mdp, base_reward(mdp), 6)
    assert (solution.optimal[0] == 1 << STAY).all()


# Uncertain processes -------------------------------------------------------------------------------------------


def random_process(level: Level, n: int, branches: int, seed: int) -> MDP:
    """`n` states and an end, random successors and probabilities."""
    rng = np.random.default_rng(seed)
    successor = rng.integers(0, n + 1, size=(n + 1, 5, branches)).astype(np.int32)
    chance = rng.dirichlet(np.ones(branches), size=(n + 1, 5))
    successor[n], chance[n] = n, [1.0] + [0.0] * (branches - 1)
    counts = np.zeros((n + 1, 5, branches, len(level.world.events)), dtype=np.int32)
    return MDP(level, np.arange(n + 1)[:, None], successor, chance, counts, np.eye(n + 1)[0])


@pytest.mark.parametrize("seed", range(4))
def test_values_under_chance_equal_plain_recursion(seed):
    mdp = random_process(tiny("Keys").level, 4, 3, seed)
    aim, other = rewards(mdp, seed).astype(float), rewards(mdp, seed + 9).astype(float)

    @cache
    def q(state: int, steps: int) -> tuple[float, ...]:
        after = [sum(p * max(q(int(t), steps - 1)) for p, t in zip(*x, strict=True)) if steps > 1 else 0.0 for x in zip(
            mdp.chance[state], mdp.successor[state], strict=True)]  # fmt: skip
        return tuple(float(aim[state, a]) + after[a] for a in range(5))

    @cache
    def earned(state: int, steps: int, ties: str) -> float:
        values, choices = q(state, steps), []
        for a in range(5):
            if values[a] >= max(values) - 1e-9:
                ahead = zip(mdp.chance[state, a], mdp.successor[state, a], strict=True)
                rest = sum(p * earned(int(t), steps - 1, ties) for p, t in ahead) if steps > 1 else 0.0
                choices.append(float(other[state, a]) + rest)
        return {"worst": min(choices), "best": max(choices), "mean": sum(choices) / len(choices)}[ties]

    solution = ValueIteration().solve(mdp, aim.astype(np.int64), 5)
    assert np.allclose(solution.values[5], [max(q(s, 5)) for s in range(5)])
    for ties in ("worst", "best", "mean"):
        assert np.allclose(tied_value(solution, other, ties), [earned(s, 5, ties) for s in range(5)])


@pytest.mark.parametrize("branches", [1, 2])
@pytest.mark.parametrize("discount", [0.0, 0.5, 0.95, 0.999])
def test_discounted_values_are_those_of_the_best_of_all_policies(branches, discount):
    """Every deterministic policy of a small process, each by a linear solve."""
    mdp = random_process(tiny("Keys").level, 3, branches, 3)
    reward = rewards(mdp, 1).astype(float)
    dense = mdp.transition.toarray().reshape(4, 5, 4)
    rows, best = np.arange(4), np.full(4, -np.inf)
    for choice in product(range(5), repeat=3):
        policy = np.array([*choice, STAY])
        best = np.maximum(best, np.linalg.solve(np.eye(4) - discount * dense[rows, policy], reward[rows, policy]))
    assert np.allclose(discounted_values(mdp, reward, discount), best, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("discount", [1.0, -0.1, 1.5, float("nan")])
def test_a_discount_outside_zero_to_one_is_refused(discount):
    mdp = tiny("Keys")
    with pytest.raises(ValueError, match=r"outside \[0, 1\); undiscounted values need a horizon: backward_induction"):
        discounted_values(mdp, np.zeros((mdp.n_states, 5)), discount)


def test_a_solution_is_told_by_its_tables():
    mdp = tiny("Doors")
    solution = Solution(mdp, 1, np.zeros((2, mdp.n_states)), np.full((2, mdp.n_states), 1 << STAY, dtype=np.uint8))
    everything = replace(solution, optimal=np.full_like(solution.optimal, 31))
    reward = rewards(mdp, 2)
    assert np.array_equal(tied_value(solution, reward), reward[:, STAY])
    assert np.array_equal(tied_value(everything, reward, "best"), reward.max(axis=1))
    assert np.allclose(tied_value(everything, reward, "mean"), reward.mean(axis=1))
