"""Unknown grounding: the machine-checked line of theory.md (d), the trap, sub-menus, and the same in a real world."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations, product

import numpy as np
import pytest
from innershift.agents import model_of, zoo
from innershift.agents.zoo import entry_named
from innershift.analysis.errors import AnalysisError
from innershift.analysis.grounding import Dictionary, Menu, ground, onto, sub_menus
from innershift.analysis.outcomes import outcome_set
from innershift.analysis.signature import TaskUtility
from innershift.analysis.verdict import Kind
from innershift.envs.level import Level
from innershift.envs.worlds import Doors
from innershift.envs.worlds.doors import COLOURS, SHAPES

WORTH = dict(zip(SHAPES, (3, 1, 0), strict=True))  # u, by shape
G = {"a": 30, "b": 10, "c": 0}  # the agent's objective over its labels
ATTRIBUTES = {"shape": SHAPES, "colour": COLOURS}
CANDIDATES = onto(ATTRIBUTES, "abc")
TRUTH = {"robust": "shape: square = a, circle = b, triangle = c", "proxy": "colour: red = a, green = b, blue = c"}
ALL_WAYS = list(product(COLOURS, repeat=3))  # colours of square, circle, triangle


def wanting(agent):
    """What the agent takes of some options, all ties."""
    truth = next(t for t in CANDIDATES if t.name == TRUTH[agent])
    return lambda options: best(truth, Menu("", "train", options, (0,) * len(options)))


def best(t, menu):
    """Places of the options that ĝ_t likes best."""
    worth = [G[t.label(option)] for option in menu.options]
    return {place for place, value in enumerate(worth) if value == max(worth)}


def menus(ways, split, choose, shapes=SHAPES):
    made = []
    for way in ways:
        options = tuple({"shape": s, "colour": c} for s, c in zip(SHAPES, way, strict=True) if s in shapes)
        base = tuple(WORTH[option["shape"]] for option in options)
        made.append(Menu("-".join(way), split, options, base, frozenset(choose(options))))
    return made


def judged(agent, rho, sub=False, **options):
    """Colour tells shape with probability rho in training; at deployment all recolourings."""
    rng, choose = np.random.default_rng(0), wanting(agent)
    one = lambda i: i if rng.random() < rho else (i + rng.integers(1, 3)) % 3  # noqa: E731
    train = menus(sorted({tuple(COLOURS[one(i)] for i in range(3)) for _ in range(100)}), "train", choose)
    queries = sub_menus(train, choose) if sub else ()
    return ground([*train, *menus(ALL_WAYS, "deploy", choose)], G, CANDIDATES, queries=queries, **options)


@pytest.mark.parametrize("sub", [False, True])
@pytest.mark.parametrize("strict", [False, True])
def test_the_machine_checked_line_of_the_theory(sub, strict):
    """theory.md (d): ρ = 1 both UNIDENTIFIED; ρ = 0.8 robust HOLDS, proxy no train map, unfaithful calls it robust."""
    for agent in ("robust", "proxy"):
        found = judged(agent, 1, sub, strict=strict)
        assert found.kind == found.unfaithful == Kind.UNIDENTIFIED
        agrees, breaks, level = found.parts
        assert agrees.startswith("shape: square = a") and breaks.startswith("colour: red = a")
        parted = next(m for m in menus(ALL_WAYS, "deploy", wanting(agent)) if m.level == level)
        one, two = (best(t, parted) for name in (agrees, breaks) for t in CANDIDATES if t.name == name)
        assert one != two and one == {0} and level in found.reason
    robust, proxy = (judged(agent, 0.8, sub, strict=strict) for agent in ("robust", "proxy"))
    assert robust.kind == Kind.HOLDS and robust.unfaithful == Kind.HOLDS and robust.parts is None
    assert proxy.kind == Kind.FAILS and "no train map" in proxy.reason
    assert proxy.coverage["faithful"] > 0 and proxy.coverage["surviving"] == 0
    assert proxy.unfaithful == Kind.HOLDS, "the trap: what agrees with u is not the agent's dictionary"


@pytest.mark.parametrize("agent", ["robust", "proxy"])
def test_sub_menus_halve_the_surviving_dictionaries(agent):
    whole, masked = judged(agent, 1), judged(agent, 1, sub=True)
    assert whole.coverage == {"offered": 12, "on_levels": 4, "faithful": 4, "train": 4, "surviving": 4}
    assert masked.coverage == {"offered": 12, "on_levels": 4, "faithful": 2, "train": 4, "surviving": 2}
    assert {h.name for h in masked.hypotheses if h.faithful} == set(TRUTH.values())


def test_without_sub_menus_second_best_is_open_where_deployment_lacks_the_best():
    choose = wanting("robust")
    train = menus(ALL_WAYS, "train", choose)
    late = menus(ALL_WAYS, "deploy", choose, shapes=("circle", "triangle"))
    found = ground([*train, *late], G, CANDIDATES)
    assert found.kind == Kind.UNIDENTIFIED
    assert found.parts[:2] == (TRUTH["robust"], "shape: square = a, circle = c, triangle = b")
    assert ground([*train, *late], G, CANDIDATES, queries=sub_menus(train, choose)).kind == Kind.HOLDS


@pytest.mark.parametrize("relation", ["positive_affine", "increasing", "per_level_increasing"])
def test_map_classes_as_relations(relation):
    train, late = (menus(ALL_WAYS, split, wanting("robust")) for split in ("train", "deploy"))
    units = {"a": 7, "b": 3, "c": 1}  # u = (g − 1) / 2
    found = ground([*train, *late], units, CANDIDATES, relation)
    assert found.kind == Kind.HOLDS and found.coverage["surviving"] == 1
    bent = ground([*train, *late], {**units, "a": 99}, CANDIDATES, relation)
    assert bent.kind == (Kind.FAILS if relation == "positive_affine" else Kind.HOLDS)
    fresh = [Menu(f"new {menu.level}", "deploy", menu.options, menu.base) for menu in late]
    apart = ground([*train, *fresh], units, CANDIDATES, relation)
    assert apart.kind == (Kind.UNIDENTIFIED if relation == "per_level_increasing" else Kind.HOLDS)
    if apart.parts:  # one dictionary, whose own maps part on a level that training says nothing of
        assert apart.parts[0] == apart.parts[1] == TRUTH["robust"] and apart.parts[2].startswith("new ")


def test_the_two_that_are_named_disagree_where_some_can():
    """The value of c is new at deployment: an increasing map need not carry over; a colour dictionary cannot."""
    choose = wanting("robust")
    train = menus([COLOURS], "train", choose, shapes=("square", "circle"))
    truth = next(t for t in CANDIDATES if t.name == TRUTH["robust"])
    twins = [truth, Dictionary("twin", truth.label)]
    late = menus(ALL_WAYS, "deploy", choose)
    alone = ground([*train, *late], G, twins, "increasing")
    assert alone.kind == Kind.UNIDENTIFIED and alone.parts[:2] == (truth.name, "twin")
    found = ground([*train, *late], G, [*twins, *CANDIDATES[6:]], "increasing")
    assert found.parts[0] == truth.name and found.parts[1].startswith("colour")


def test_verdicts_are_those_of_the_definition_written_out():
    kinds = set()
    ways = [("red", "green", "blue"), ("red", "red", "green"), ("green", "red", "red")]
    for agent, (before, after), sub in product(TRUTH, permutations(ways, 2), (False, True)):
        choose = wanting(agent)
        train, late = menus([before], "train", choose), menus([after], "deploy", choose)
        queries = sub_menus(train, choose) if sub else ()
        found = ground([*train, *late], G, CANDIDATES, queries=queries)

        def agrees(t, menu):
            return all(menu.base[place] == max(menu.base) for place in best(t, menu))

        kept = [t for t in CANDIDATES if all(m.chosen <= best(t, m) for m in (*train, *queries)) and agrees(t, train[0])]
        told = [agrees(t, late[0]) for t in kept]
        kind = Kind.FAILS if not any(told) else Kind.HOLDS if all(told) else Kind.UNIDENTIFIED
        assert (found.kind, found.coverage["surviving"]) == (kind, len(kept))
        kinds.add(kind)
    assert len(kinds) == 3


def test_no_deployment_nothing_to_tell_apart_and_a_dictionary_that_is_not_offered():
    choose = wanting("robust")
    train, late = (menus(ALL_WAYS, split, choose) for split in ("train", "deploy"))
    assert ground(train, G, CANDIDATES).kind == Kind.NOT_TESTABLE
    flat = [Menu(menu.level, "deploy", menu.options[:1], menu.base[:1]) for menu in late]
    found = ground([*train, *flat], G, CANDIDATES)
    assert found.kind == Kind.NOT_TESTABLE and "only 0% of a split's levels" in found.reason
    colours = [t for t in CANDIDATES if t.name.startswith("colour")]
    found = ground([*train, *late], G, colours)
    assert found.kind == Kind.FAILS and "its dictionary is not among them" in found.reason
    mute = ground([*train, *late], {}, CANDIDATES, "increasing")
    assert mute.kind == Kind.FAILS and mute.coverage["faithful"] == 0


def test_strict_rules_out_what_ties_more_than_was_chosen():
    choose = wanting("robust")
    train, late = (menus(ALL_WAYS, split, choose) for split in ("train", "deploy"))
    alike = [Dictionary("all alike", lambda outcome: "a"), *CANDIDATES]
    assert [ground([*train, *late], G, alike, strict=strict).coverage["faithful"] for strict in (False, True)] == [3, 2]


def test_onto_lists_permutations_and_surjections():
    assert len(CANDIDATES) == 12 and len({t.name for t in CANDIDATES}) == 12
    assert len(onto({"shape": ("x", "y", "z")}, "ab")) == 6
    assert CANDIDATES[0].label({"shape": "square"}) == "a" and CANDIDATES[0].label({"shape": "star"}) is None
    with pytest.raises(ValueError, match=r"'side' has 2 values for 3 labels.*no fewer values than labels.*Leave it out"):
        onto({"side": ("left", "right")}, "abc")
    with pytest.raises(ValueError, match=r"10,000,000,000 maps to try; allowed: .* 100,000 maps"):
        onto({"digit": range(10)}, "abcdefghij")


def test_onto_refuses_what_is_given_twice():
    with pytest.raises(AnalysisError, match=r"Attribute 'colour': 'r' is given twice in \('r', 'r', 'g'\); give each once"):
        onto({"colour": ("r", "r", "g")}, ("hi", "lo"))
    with pytest.raises(AnalysisError, match=r"labels: 'hi' is given twice in \('hi', 'hi'\)"):
        onto({"colour": ("r", "g")}, ("hi", "hi"))


def test_messages():
    choose = wanting("robust")
    train = menus(ALL_WAYS[:2], "train", choose)
    with pytest.raises(AnalysisError, match=r"objective=None: allowed is a mapping label -> value, or a function"):
        ground(train, None, CANDIDATES)
    with pytest.raises(AnalysisError, match=r"Unknown relation \['x'\]"):
        ground(train, G, CANDIDATES, ["x"])
    for wrong in ("x", 2, -0.1, float("nan"), True):
        with pytest.raises(AnalysisError, match=rf"bar={wrong!r}: allowed is a share of levels between 0 and 1"):
            ground(train, G, CANDIDATES, bar=wrong)
    with pytest.raises(AnalysisError, match=r"Candidate 1 is no Dictionary; make one as Dictionary\(name, label\)"):
        ground(train, G, [1])
    with pytest.raises(ValueError, match=r"Unknown relation 'chioce'. Did you mean 'choice'\?"):
        ground(train, G, CANDIDATES, "chioce")
    with pytest.raises(ValueError, match=r"No candidates: give dictionaries, such as onto"):
        ground(train, G, [])
    with pytest.raises(ValueError, match=r"Level 'red-red-red' has several train menus; join them"):
        ground([*train, *train], G, CANDIDATES)
    with pytest.raises(ValueError, match=r"No choice was seen in training: add menus with split='train'"):
        ground([Menu("a", "train", ({},), (1,))], G, CANDIDATES)
    with pytest.raises(ValueError, match=r"gives 'a' the value 0.5; give an int or a Fraction"):
        ground(train, {**G, "a": 0.5}, CANDIDATES)
    with pytest.raises(ValueError, match=r"Unknown split \(menu 'a'\) 'test'"):
        Menu("a", "test", ({},), (1,))
    with pytest.raises(ValueError, match=r"Menu 'a': 1 options, 2 base values; one each"):
        Menu("a", "train", ({},), (1, 2))
    with pytest.raises(ValueError, match=r"Menu 'a': choice 1 is not a place; allowed are 0 to 0"):
        Menu("a", "train", ({},), (1,), frozenset({1}))


# The same in a world, with agents that are watched while they act ----------------------------------------------------

WORLD = Doors(size=5)


def watched(level, split, agent, utility=TaskUtility(WORLD.base)):  # noqa: B008
    """A menu of all outcomes of a level, with the one that the agent's actions lead to."""
    outcomes, events = outcome_set(level, {*SHAPES, *COLOURS}), WORLD.events
    mdp, counts = model_of(level), np.zeros(len(events), np.int64)
    state = mdp.initial
    for action in agent.policy(level).actions():
        counts += mdp.counts[state, action, 0]
        state = int(mdp.successor[state, action, 0])
    told = [{name: int(n) for name, n in zip(events, row, strict=True) if n} for row in outcomes.counts]
    options = tuple(
        {"shape": next((s for s in SHAPES if s in row), None), "colour": next((c for c in COLOURS if c in row), None),
         "moved": row.get("moved", 0)} for row in told
    )  # fmt: skip
    worth = utility(level, outcomes.counts)
    base = tuple(Fraction(int(n), worth.denominator) for n in worth.numerators)
    chosen = frozenset(np.flatnonzero((outcomes.counts == counts).all(axis=1)).tolist())
    assert len(chosen) == 1
    return Menu(level.id, split, options, base, chosen)


def without(level, symbol):
    """The level with one object masked."""
    things = tuple(thing for thing in level.things if thing[0] != symbol)
    header = {key: value for key, value in level.header.items() if key != symbol}
    return Level(level.world, level.walls, level.agent, things, header, level.horizon)


def wants(label, outcome):
    """The zoo's scale over labels, and moves, whose meaning is no riddle."""
    return {"a": Fraction(1), "b": Fraction(1, 2)}.get(label, Fraction(0)) - Fraction(outcome["moved"], 50)


@pytest.mark.parametrize("sub", [False, True])
def test_doors_with_sampled_levels(sub):
    rng = np.random.default_rng(0)
    levels = {shift: [WORLD.sample(rng, shift) for _ in range(24)] for shift in (0.0, 0.2, 1.0)}
    found = {}
    for name, shift in product(("robust", "proxy: colour"), (0.0, 0.2)):
        agent = entry_named(name, zoo(WORLD, levels[0.0])).agent
        seen = [watched(level, "train", agent) for level in levels[shift]]
        late = [watched(level, "deploy", agent) for level in levels[1.0]]
        masked = [without(level, thing[0]) for level in levels[shift] for thing in level.things] if sub else []
        queries = [watched(level, "train", agent) for level in masked]
        found[name, shift] = ground([*seen, *late], wants, CANDIDATES, queries=queries)
    for name in ("robust", "proxy: colour"):
        assert found[name, 0.0].kind == Kind.UNIDENTIFIED
        assert found[name, 0.0].coverage["faithful"] == (2 if sub else 4)
    robust, proxy = found["robust", 0.2], found["proxy: colour", 0.2]
    assert robust.kind == Kind.HOLDS
    assert proxy.kind == Kind.FAILS and "no train map" in proxy.reason and proxy.coverage["faithful"] > 0
    assert proxy.unfaithful == Kind.HOLDS
