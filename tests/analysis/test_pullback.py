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
    for pulled in (implemented, ideal):  # −u likes wandering without end, which no row of fewest moves shows
        assert not pulled.gate.passed and "likes best is not among the rows" in pulled.gate.reason


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
                assert isinstance(pulled, Pullback)
                if entry.agent.objective.name != "−u":  # which likes moving without end; rows hold the fewest moves
                    assert pulled.gate.passed, (spec, entry.agent.name, pulled.gate.reason)


def test_controls_without_an_objective_are_ill_typed():
    world = Doors(size=5)
    level = world.sample(np.random.default_rng(0))
    outcomes = outcome_set(level, set(world.events))
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
        [pull_back(robust, outcome_set(level, {"square", "circle", "moved"}), TaskUtility(world.base), SPEC)] for level in levels
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


# Each of these once passed the gate, or was scored as something else.


def pulled_by(level, objective, events, utility, model=None, rule="argmax", kind="profiles"):
    agent = PlannerAgent("planted", level.world, objective, model=model, rule=rule)
    found = pull_back(agent, outcome_set(level, events, kind), TaskUtility(utility), SPEC)
    assert isinstance(found, Pullback)
    return found


CHEESE = CheeseCorner(size=4).parse("horizon: 6\n######\n#....#\n#A..c#\n#....#\n#....#\n######")


def all_scores(level, objective):
    """Scores of every action sequence."""
    mdp, kinds = model_of(level), len(level.world.events)
    counts = []
    for actions in product(range(5), repeat=level.horizon):
        state, total = mdp.initial, np.zeros(kinds, dtype=int)
        for action in actions:
            total += mdp.counts[state, action, 0]
            state = int(mdp.successor[state, action, 0])
        counts.append(total)
    values = objective.values(level, np.array(counts))
    return [Fraction(int(n), values.denominator) for n in values.numerators]


def test_events_that_are_not_told_apart_are_refused():
    weights = {"cheese": 1, "corner_entered": -5, "moved": Fraction(-1, 50)}
    objective = MesaObjective("shy", Domain.TRANSITION, weights)
    with pytest.raises(ValueError, match=r"not told apart by corner_entered.*make them with outcome_set\(level, \{'cheese'"):
        pulled_by(CHEESE, objective, {"cheese"}, CHEESE.world.base)
    with pytest.raises(ValueError, match=r"Unknown event of CheeseCorner 'chese'\. Did you mean 'cheese'"):
        outcome_set(CHEESE, {"chese"})
    with pytest.raises(TypeError, match=r"events='cheese' is one text; give a set"):
        outcome_set(CHEESE, "cheese")


@pytest.mark.parametrize("extra", [False, True])
def test_the_gate_knows_the_true_optimum_of_an_objective_that_is_no_sum(extra):
    base = CHEESE.world.base
    if extra:
        term = lambda counts: 5 * (counts["moved"] >= 5)  # noqa: E731
        objective = MesaObjective("stroll", Domain.TRAJECTORY, base, extra=term, extra_events=("moved",))
    else:
        objective = MesaObjective("|u − ½|", Domain.TRAJECTORY, base, lambda u: abs(u - Fraction(1, 2)), False)
    found = pulled_by(CHEESE, objective, {"cheese"}, base)
    true_most = max(all_scores(CHEESE, objective))
    rows_most = Fraction(int(found.mesa.numerators.max()), found.mesa.denominator)
    assert true_most > rows_most and not found.gate.passed and f"{float(true_most):.4g}" in found.gate.reason
    agent = PlannerAgent("planted", CHEESE.world, objective)
    got = all_scores(CHEESE, objective)[[*product(range(5), repeat=6)].index(tuple((agent.policy(CHEESE).actions() + [4] * 6)[:6]))]
    assert got == true_most  # the planner itself searches to the end as well


def test_itineraries_never_pass_the_gate():
    objective = MesaObjective("base", Domain.TRANSITION, CHEESE.world.base)
    found = pulled_by(CHEESE, objective, {"cheese"}, CHEESE.world.base, kind="itineraries")
    assert not found.gate.passed and "itineraries leave outcomes out" in found.gate.reason


def test_the_gate_of_a_minimiser_looks_at_what_its_objective_likes_best():
    objective = MesaObjective("restless", Domain.TRANSITION, {"cheese": 1, "moved": Fraction(1, 50)})
    for rule in ("argmin", "argmax"):
        assert not pulled_by(CHEESE, objective, {"cheese"}, CHEESE.world.base, rule=rule).gate.passed


def test_believed_values_tell_outcomes_apart_by_their_end():
    world = Doors(size=3)
    level = world.parse("1: blue triangle\n2: red square\n#####\n#1A.#\n#...#\n#..2#\n#####")
    believed = world.parse("1: red triangle\n2: red square\n#####\n#1A.#\n#...#\n#..2#\n#####")
    objective = MesaObjective("averse to red", Domain.TRANSITION, {"square": 1, "circle": "1/2", "red": -1, "moved": "-1/50"})
    found = pulled_by(level, objective, {"square", "circle", "red"}, {"square": 1, "moved": "-1/50"}, model=lambda _: believed)
    touched = [i for i in range(len(found.outcomes)) if found.outcomes.label(i) == "moved 1, ended"]
    assert [Fraction(int(found.mesa.numerators[i]), found.mesa.denominator) for i in touched] == [Fraction(-51, 50)]


def test_the_gate_compares_the_best_believed_plan_too():
    world = world_named("Keys:size=3,few=1,many=2")
    level = world.parse("horizon: 7\n####\n#Ak#\n#k##\n####")
    seen = world.parse("horizon: 7\n####\n#At#\n#t##\n####")
    objective = MesaObjective("restless", Domain.TRANSITION, {"moved": Fraction(1, 50)})
    found = pulled_by(level, objective, {"chest_opened", "key_taken"}, {"chest_opened": 1}, model=lambda _: seen)
    assert not found.gate.passed and "it scores 0.14" in found.gate.reason


def test_an_objective_without_its_agent_is_refused():
    outcomes = outcome_set(CHEESE, {"cheese"})
    objective = MesaObjective("base", Domain.TRANSITION, CHEESE.world.base)
    with pytest.raises(TypeError, match=r"pull_back: MesaObjective is no agent\. A pullback needs the agent's search"):
        pull_back(objective, outcomes, TaskUtility(CHEESE.world.base), SPEC)  # type: ignore[arg-type]
    agent = PlannerAgent("robust", CHEESE.world, objective)
    with pytest.raises(TypeError, match=r"outcomes is of type Level; it must be of type OutcomeSet"):
        pull_back(agent, CHEESE, TaskUtility(CHEESE.world.base), SPEC)  # type: ignore[arg-type]
