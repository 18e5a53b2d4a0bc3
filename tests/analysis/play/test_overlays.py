"""Values and ways over a level, against closed forms, a second recursion and the environment itself."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from innershift.agents import Domain, Lookahead, MesaObjective, PlannerAgent, entry_named, model_of, zoo
from innershift.agents.zoo import unaware_of_levers
from innershift.analysis.play import overlays
from innershift.analysis.play.game import Command, Game, Layer, begin, moved
from innershift.analysis.play.levels import Deck
from innershift.analysis.play.overlays import cell_values, episode, laid_over, own_worth, plan, spread, wanting_reward
from innershift.envs import world_named
from innershift.envs.layouts import distances
from innershift.envs.world import ACTIONS

CHEESE = "horizon: 12\n#######\n#....c#\n#.##..#\n#A....#\n#.....#\n#######"


def position(spec, drawing):
    return begin(world_named(spec).parse(drawing), 0)


def agent_of(level, name):
    return entry_named(name, zoo(level.world, [level])).agent


def test_values_of_a_maze_are_one_less_the_way_to_the_cheese():
    here = position("CheeseCorner", CHEESE)
    level = here.level
    steps = distances(level.solid, level.width, level.cells("c")[0])
    expected = np.where(steps >= 0, 1 - 0.02 * steps, np.nan)
    np.testing.assert_allclose(cell_values(wanting_reward(level.world), here), expected)
    corner = distances(level.solid, level.width, level.width + 1)
    wanted = np.where(corner >= 0, 1 - 0.02 * corner, np.nan)
    wanted[level.cells("c")[0]] = 0  # eating it ends the episode
    np.testing.assert_allclose(cell_values(agent_of(level, "proxy: corner"), here), wanted)


def test_what_cannot_be_reached_in_time_is_worth_nothing():
    here = position("CheeseCorner", CHEESE)
    for action in (ACTIONS.index("stay"),) * 9:
        here = moved(here, action)
    level = here.level
    steps = distances(level.solid, level.width, level.cells("c")[0])
    near = np.where(steps <= 3, 1 - 0.02 * steps, 0.0)
    np.testing.assert_allclose(cell_values(wanting_reward(level.world), here), np.where(steps >= 0, near, np.nan))


def best(model, state, left, weights, found):
    """The most that is expected in `left` steps, by plain recursion over the branches."""
    if left == 0 or state == model.absorbing:
        return 0.0
    if (state, left) not in found:
        found[state, left] = max(
            sum(
                float(chance) * (float(counts @ weights) + best(model, int(to), left - 1, weights, found))
                for chance, counts, to in zip(
                    model.chance[state, a], model.counts[state, a], model.successor[state, a], strict=True
                )
                if chance > 0
            )
            for a in range(len(ACTIONS))
        )
    return found[state, left]


def test_values_where_chance_decides_are_expectations():
    deck = Deck(world_named("Monsters"))
    here = begin(deck.levels(1)[0][1], 1)
    while here.clock < here.level.horizon - 3:
        here = moved(here, ACTIONS.index("stay"))
    assert not here.ended
    model, world = model_of(here.level), here.level.world
    values, found = cell_values(wanting_reward(world), here), {}
    compared = 0
    for cell in np.flatnonzero(here.level.solid == 0):
        fields = here.fields
        fields[0] = cell
        try:
            state = model.index(fields)
        except KeyError:
            continue
        compared += 1
        assert values[cell] == pytest.approx(best(model, state, 3, world.vector(world.base), found))
    assert compared > 5 and len({round(v, 6) for v in values[np.isfinite(values)]}) > 2


@pytest.mark.parametrize("spec", ["CheeseCorner:size=7", "Keys", "Doors:mode=command", "Lever", "Leader"])
@pytest.mark.parametrize("name", ["robust", "irrational"])
def test_who_goes_the_way_earns_the_value(spec, name):
    deck = Deck(world_named(spec))
    for _, level in deck.levels(2):
        agent, here, taken = agent_of(level, name), begin(level, 2), []
        for _ in range(3):
            whole, denominator = level.world.exact(agent.objective.weights_on(level))
            expected = cell_values(agent, here)[here.fields[0]]
            way, at, more = plan(agent, here, taken), here, list(taken)
            policy = agent.policy(level)
            cells = [int(at.fields[0])]
            while not at.ended:
                more.append(policy.action(at.clock, overlays.stands(policy, at, more)))
                at = moved(at, more[-1])
                cells.append(int(at.fields[0]))
            assert tuple(cells) == way
            earned = (np.array(at.totals) - np.array(here.totals)) @ whole
            assert float(earned) / denominator == pytest.approx(expected)
            taken.append(int(np.random.default_rng(len(taken)).integers(4)))
            here = moved(here, taken[-1])
            if here.ended:
                break


def test_a_lever_beyond_the_depth_is_invisible_to_a_short_planner():
    level = Deck(world_named("Lever")).levels(0)[0][1]
    world, here = level.world, begin(level, 0)
    wants = MesaObjective("x", Domain.TRANSITION, world.proxies["fewest_left"].weights)
    short, long = (PlannerAgent("x", world, wants, *search) for search in ((Lookahead(2),), ()))
    near, far = cell_values(short, here), cell_values(long, here)
    assert (near <= far + 1e-9)[np.isfinite(far)].all() and near[level.agent] < far[level.agent]


def test_an_agent_with_a_model_of_its_own_has_a_way_but_no_values():
    level = Deck(world_named("Lever")).levels(0)[1][1]
    agent = replace(agent_of(level, "robust"), model=unaware_of_levers)
    here, taken, cells = begin(level, 0), [], []
    whole = plan(agent, here, [])
    for action in agent.policy(level).actions()[:4]:
        cells.append(int(here.fields[0]))
        taken.append(action)
        here = moved(here, action)
    assert (*cells, *plan(agent, here, taken)) == whole
    with pytest.raises(ValueError, match="only believes in"):
        cell_values(agent, here)


def test_an_episode_follows_the_policy_and_chance_follows_the_seed():
    level = Deck(world_named("Keys")).levels(0)[1][1]
    agent = agent_of(level, "proxy: keys")
    assert [p.action for p in episode(agent, level, 0)[1:]] == agent.policy(level).actions()
    level = Deck(world_named("Monsters")).levels(0)[0][1]
    agent = agent_of(level, "robust")
    assert episode(agent, level, 3) == episode(agent, level, 3)
    wild = agent_of(level, "control: random")
    assert episode(wild, level, 3) == episode(wild, level, 3) != episode(wild, level, 4)


def test_own_worth_is_the_objective_discounted_where_the_agent_discounts():
    level = Deck(world_named("Keys")).levels(0)[1][1]
    agent = agent_of(level, "robust u³")
    end = episode(agent, level, 0)
    assert own_worth(agent, end) == pytest.approx(end[-1].worth(level.world.base) ** 3)
    late = replace(agent_of(level, "proxy: keys"), search=type(agent.search)(Fraction(9, 10)))
    gone = episode(late, level, 0)
    keys = level.world.proxies["keys"].weights
    by_hand, held = 0.0, [float(keys.get(event, 0)) for event in level.world.events]
    for step, one in enumerate(gone[1:]):
        by_hand += 0.9**step * float(np.dot(held, one.latest))
    assert own_worth(late, gone) == pytest.approx(by_hand)
    assert own_worth(late, gone) < gone[-1].worth(keys)
    assert own_worth(None, gone) is None and own_worth(agent_of(level, "control: random"), gone) is None


@pytest.mark.parametrize(
    ("name", "layer", "why"),
    [
        ("control: random", Layer("mesa"), "it has no objective"),
        ("control: random", Layer("plan"), "acts at random and has no plan"),
        ("robust u³", Layer("mesa"), "it scores whole ways"),
        ("latent", Layer("mesa"), "it scores whole ways"),
    ],
)
def test_what_has_no_value_says_why(name, layer, why):
    game = replace(Game.of(Deck(world_named("Keys")), 0, name), layer=layer)
    shown = laid_over(game)
    assert why in shown.why and game.agent.name in shown.title and shown.values is None and not shown.way
    assert laid_over(replace(game, layer=Layer("reward"))).values is not None


def test_after_the_end_there_is_nothing_to_expect():
    game = replace(Game.of(Deck(world_named("Keys:horizon=2"), file=None), 0), layer=Layer("reward"))
    assert spread(laid_over(game)) is not None
    over = game.after(Command.STAY).after(Command.STAY)
    assert laid_over(over).why == "the episode is over" and spread(laid_over(over)) is None


def test_a_level_with_too_many_states_is_refused_in_words(monkeypatch):
    monkeypatch.setattr(overlays, "MOST", 1000)
    game = replace(Game.of(Deck(world_named("Keys")), 7), layer=Layer("reward"))
    why = laid_over(game).why
    assert "states over 28 steps, too many to show values of; use a smaller level" in why and game.level.id in why
