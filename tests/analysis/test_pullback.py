"""The pullback family against brute force over every plan, and the gate that guards HOLDS."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from innershift.agents import Domain, Lookahead, MesaObjective, PlannerAgent, model_of, zoo
from innershift.agents.zoo import unaware_of_levers
from innershift.analysis.outcomes import outcome_set
from innershift.analysis.pullback import IllTyped, Pullback, PullbackSpec, locate, pull_back, value_table
from innershift.analysis.signature import TaskUtility
from innershift.envs.worlds import CheeseCorner, Doors, Lever, world_named

SPEC = PullbackSpec("effective", "subjective", "as_implemented")
LEVER = Lever(size=5, horizon=6, chain=4, depth=3, items=2, glass=1)
LEVER_TEXT = "horizon: 6\n#######\n#*Aab.#\n#.*.G.#\n#.....#\n#######"


def brute_force(level, objective, depth, model=None):
    """{(ended, counts but moves): (least moves, best score among plans of least moves)} over all action sequences."""
    truth, believed = model_of(level), model_of(level if model is None else model(level))
    events, moved = level.world.events, level.world.events.index("moved")
    read = {events.index(e) for e in {*objective.events(level), *level.world.base}} - {moved}
    keep = np.array([i in read for i in range(len(events))])
    found = {}
    for actions in product(range(5), repeat=min(depth, level.horizon)):
        ends = []
        for mdp in (truth, believed):
            state, counts = mdp.initial, np.zeros(len(events), dtype=int)
            for action in actions:
                counts += mdp.counts[state, action, 0]
                state = int(mdp.successor[state, action, 0])
            ends.append((state == mdp.absorbing, counts))
        key = (bool(ends[0][0]), *np.where(keep, ends[0][1], 0).tolist())
        numerators, denominator = objective.values(level, ends[1][1][None])
        score, moves = Fraction(int(numerators[0]), denominator), int(ends[0][1][moved])
        old = found.get(key)
        if old is None or moves < old[0] or (moves == old[0] and score > old[1]):
            found[key] = moves, score
    return found


@pytest.mark.parametrize("depth", [2, 4, 6])
@pytest.mark.parametrize("model", [None, unaware_of_levers])
def test_rows_equal_brute_force_over_all_plans(depth, model):
    level = LEVER.parse(LEVER_TEXT)
    objective = MesaObjective("fewest left", Domain.TRANSITION, LEVER.proxies["fewest_left"].weights)
    agent = PlannerAgent("short", LEVER, objective, Lookahead(depth), model=model)
    outcomes = outcome_set(level, {"cleaned", "removed", "moved"})
    pulled = pull_back(agent, outcomes, TaskUtility(LEVER.base), SPEC)
    assert isinstance(pulled, Pullback)
    expected = brute_force(level, objective, depth, model)
    moved = LEVER.events.index("moved")
    for i, (ended, counts) in enumerate(zip(outcomes.ended, outcomes.counts, strict=True)):
        told = counts.copy()
        told[moved] = 0
        best = expected.get((bool(ended), *told.tolist()))
        represented = best is not None and best[0] == counts[moved]
        assert pulled.representable[i] == represented, outcomes.label(i)
        if represented:
            assert Fraction(int(pulled.mesa.numerators[i]), pulled.mesa.denominator) == best[1], outcomes.label(i)
    assert pulled.representable.sum() == len(expected)
    assert pulled.gate.passed, pulled.gate.reason


def test_the_search_switch_shows_what_the_budget_hides():
    level = LEVER.parse("#######\n#*Aabc#\n#...Gd#\n#.....#\n#######")
    objective = MesaObjective("fewest left", Domain.TRANSITION, LEVER.proxies["fewest_left"].weights)
    agent = PlannerAgent("short", LEVER, objective, Lookahead(3))
    outcomes = outcome_set(level, {"cleaned", "removed"})
    effective, ideal = (
        pull_back(agent, outcomes, TaskUtility(LEVER.base), replace(SPEC, search=search))
        for search in ("effective", "ideal")
    )
    assert isinstance(effective, Pullback) and isinstance(ideal, Pullback)
    removed = outcomes.counts[:, LEVER.events.index("removed")] > 0
    assert removed.any() and not effective.representable[removed].any() and ideal.representable.all()
    assert effective.gate.passed and ideal.gate.passed


def test_the_belief_switch_separates_what_is_expected_from_what_happens():
    level = LEVER.parse(LEVER_TEXT)
    objective = MesaObjective("fewest left", Domain.TRANSITION, LEVER.proxies["fewest_left"].weights)
    agent = PlannerAgent("unaware", LEVER, objective, model=unaware_of_levers)
    outcomes = outcome_set(level, {"cleaned", "removed"})
    subjective = pull_back(agent, outcomes, TaskUtility(LEVER.base), SPEC)
    objective_rows = pull_back(agent, outcomes, TaskUtility(LEVER.base), replace(SPEC, belief="objective"))
    assert isinstance(subjective, Pullback) and isinstance(objective_rows, Pullback)
    removed = outcomes.counts[:, LEVER.events.index("removed")] > 0
    told, real = (p.mesa.numerators / p.mesa.denominator for p in (subjective, objective_rows))
    assert (told[removed] < real[removed]).any()
    assert told[~removed].tolist() == real[~removed].tolist()


def test_the_decision_switch_turns_the_scale_of_a_minimiser():
    world = CheeseCorner(size=3)
    level = world.parse("#####\n#c.A#\n#...#\n#...#\n#####")
    entry = next(e for e in zoo(world, [level]) if e.variant == "suboptimal (irrational)")
    outcomes = outcome_set(level, {"cheese", "corner_entered"})
    implemented = pull_back(entry.agent, outcomes, TaskUtility(world.base), SPEC)
    ideal = pull_back(entry.agent, outcomes, TaskUtility(world.base), replace(SPEC, decision="ideal"))
    assert isinstance(implemented, Pullback) and isinstance(ideal, Pullback)
    assert (implemented.sign, ideal.sign) == (-1, 1)
    assert implemented.gate.passed
    assert not ideal.gate.passed and "likes best is not among the rows" in ideal.gate.reason


def test_the_gate_stops_a_set_that_forgets_a_plan():
    """The way round a red object: itineraries never show it when it is no shortest way, profiles always do."""
    world = CheeseCorner(size=5)
    level = world.parse("#######\n#....c#\n#.....#\n#..A..#\n#.....#\n#.....#\n#######")
    wander = MesaObjective("walks", Domain.TRANSITION, {"moved": Fraction(1, 50)})
    agent = PlannerAgent("wanderer", world, wander)
    pulled = pull_back(agent, outcome_set(level, {"cheese", "corner_entered"}), TaskUtility(world.base), SPEC)
    assert isinstance(pulled, Pullback)
    assert not pulled.gate.passed and level.id in pulled.gate.reason


def test_the_gate_passes_for_every_planner_of_the_zoo_on_profiles():
    for spec in ("CheeseCorner:size=5", "Doors:size=5", "Doors:mode=command,size=5", "Keys:size=5", "Lever"):
        world = world_named(spec)
        for shift in (0.0, 1.0):
            level = world.sample(np.random.default_rng(1), shift)
            entries = [e for e in zoo(world, [level]) if isinstance(e.agent, PlannerAgent)]
            events = {event for e in entries for event in e.agent.objective.events(level)} | set(world.base)
            outcomes = outcome_set(level, events)
            for entry in entries:
                pulled = pull_back(entry.agent, outcomes, TaskUtility(world.base), SPEC)
                assert isinstance(pulled, Pullback) and pulled.gate.passed, (spec, entry.agent.name, pulled.gate.reason)


def test_controls_without_an_objective_are_ill_typed():
    world = Doors(size=5)
    level = world.sample(np.random.default_rng(0))
    outcomes = outcome_set(level, {"square"})
    for entry in zoo(world, [level]):
        pulled = pull_back(entry.agent, outcomes, TaskUtility(world.base), SPEC)
        assert isinstance(pulled, IllTyped) == (entry.agent.objective is None)


def test_the_shuffled_control_keeps_the_values_and_never_passes_the_gate():
    world = Doors(size=5)
    level = world.sample(np.random.default_rng(0), 1.0)
    robust = zoo(world, [level])[0].agent
    outcomes = outcome_set(level, {"square", "circle", "triangle", "red"})
    plain = pull_back(robust, outcomes, TaskUtility(world.base), SPEC)
    mixed = pull_back(robust, outcomes, TaskUtility(world.base), replace(SPEC, shuffle=1))
    again = pull_back(robust, outcomes, TaskUtility(world.base), replace(SPEC, shuffle=1))
    assert isinstance(plain, Pullback) and isinstance(mixed, Pullback) and isinstance(again, Pullback)
    assert sorted(plain.mesa.numerators) == sorted(mixed.mesa.numerators)
    assert plain.mesa.numerators.tolist() != mixed.mesa.numerators.tolist()
    assert mixed.mesa.numerators.tolist() == again.mesa.numerators.tolist()
    assert not mixed.gate.passed and "permuted" in mixed.gate.reason


def test_a_table_keeps_levels_splits_and_exact_values():
    world = Doors(size=5)
    levels = [world.sample(np.random.default_rng(i), i) for i in (0, 1)]
    robust = zoo(world, levels)[1].agent
    train, deploy = (
        [pull_back(robust, outcome_set(level, {"square", "circle"}), TaskUtility(world.base), SPEC)] for level in levels
    )
    table = value_table(train, deploy)
    assert len(table) == len(train[0].outcomes) + len(deploy[0].outcomes)
    for i in range(len(table)):
        row = table.row(i)
        part, outcome = locate(train, deploy, i)
        assert row.mesa == 3 * Fraction(row.base) + 2
        assert (row.level, row.plan) == (part.outcomes.level.id, part.outcomes.label(outcome))
        assert (row.split == "deploy") == (part is deploy[0])


@pytest.mark.parametrize("switch", ["search", "belief", "decision"])
def test_switches_have_no_defaults_and_refuse_unknown_settings(switch):
    with pytest.raises(TypeError):
        PullbackSpec()  # type: ignore[call-arg]
    with pytest.raises(ValueError, match=f"Unknown setting of the switch '{switch}' 'idael'"):
        replace(SPEC, **{switch: "idael"})
