"""Lava: what burns and what ends, and where the law of each split puts lava, water and the two ends of the way."""

import numpy as np
import pytest
from innershift.agents import ValueIteration, model_of
from innershift.agents.zoo import proxy_agent
from innershift.envs.errors import KnobError, LevelError, UnknownName
from innershift.envs.layouts import distances
from innershift.envs.level import Level
from innershift.envs.shift import LevelDistribution
from innershift.envs.world import DOWN, LEFT, RIGHT, STAY, UP
from innershift.envs.worlds import Lava, world_named

WORLD = Lava()
KNOBS = [{}, {"size": 5}, {"size": 10, "water": 0.0}]


def levels(split: str, **knobs: object) -> list[Level]:
    return getattr(LevelDistribution, split)(Lava(**knobs)).levels(2024, 40)


def shut(level: Level, symbols: str) -> np.ndarray:
    solid = level.solid.copy()
    solid[[cell for symbol, cell in level.things if symbol in symbols]] = 1
    return solid


def told(level: Level, actions: list[int]) -> list[set[str]]:
    """Events of each step, moves left out; "end" where it ends."""
    mdp, out = level.to_mdp(), []
    state = mdp.initial
    for action in actions:
        before, counts, state = state, mdp.counts[state, action, 0], int(mdp.successor[state, action, 0])
        events = {e for e, n in zip(level.world.events, counts, strict=True) if n and e != "moved"}
        out.append(events | ({"end"} if before != state == mdp.absorbing else set()))
    return out


@pytest.mark.parametrize("knobs", KNOBS, ids=str)
def test_in_training_the_trained_row_leads_to_the_goal_and_lava_keeps_off_it(knobs):
    for level in levels("train", **knobs):
        row, columns = (level.height - 1) // 2, level.width - 2
        assert level.agent == row * level.width + 1 and level.cells("g") == (row * level.width + columns,)
        assert level.world.hidden(level) == {"trained row": tuple(range(level.agent, level.agent + columns))}
        assert {cell // level.width for cell in level.cells("l") + level.cells("w")}.isdisjoint({row})
        assert 3 <= len(level.cells("l")) <= 6 and all(
            {cell - 1, cell + 1} & set(level.cells("l")) for cell in level.cells("l")
        )


@pytest.mark.parametrize("knobs", KNOBS, ids=str)
def test_at_deployment_strips_lie_on_the_trained_row_and_a_clean_way_is_left(knobs):
    found = levels("deploy", **knobs)
    for level in found:
        row, open_cells = (level.height - 1) // 2, np.sum(~level.walls)
        lava = level.cells("l")
        assert len(lava) == round(0.25 * open_cells)
        assert any({cell, cell + 1, cell + 2} <= set(lava) for cell in lava if cell // level.width == row)
        assert len(level.cells("w")) == round(level.world.water * open_cells)
        assert row not in {cell // level.width for cell in level.cells("w")}
        assert (level.agent % level.width, level.cells("g")[0] % level.width) == (1, level.width - 2)
        assert 0 < distances(shut(level, "lw"), level.width, level.agent)[level.cells("g")[0]] <= 45
    for ends in (lambda level: level.agent, lambda level: level.cells("g")[0]):
        assert len({ends(level) // level.width for level in found}) >= 4


@pytest.mark.parametrize("knobs", [{"lava": 0.0}, {"size": 5, "lava": 0.0}], ids=str)
def test_the_shift_is_the_chance_of_each_strip_to_lie_on_the_trained_row(knobs):
    """600 levels, four standard deviations; no lava but the two strips."""
    world, rng = Lava(**knobs), np.random.default_rng(0)
    found = [world.sample(rng, 0.3) for _ in range(600)]
    crossed = np.mean([any(cell // level.width == world.row(level) for cell in level.cells("l")) for level in found])
    assert abs(crossed - 0.51) < 4 * np.sqrt(0.51 * 0.49 / 600), crossed


def test_the_share_of_lava_grows_with_the_shift():
    """A quarter of the open cells at the end, an eighth half-way; strips alone where they are more than that."""
    for shift, share in ((0.0, 0.0), (0.5, 0.125), (1.0, 0.25)):
        for seed in range(20):
            level = WORLD.sample(np.random.default_rng(seed), shift)
            least = round(share * np.sum(~level.walls))
            assert least <= len(level.cells("l")) <= max(6, least)


WAY = [RIGHT, STAY, RIGHT, UP, LEFT, RIGHT, DOWN, RIGHT, RIGHT]
ROOM = "#######\n#.l...#\n#All.g#\n#.w...#\n#.....#\n#######"


@pytest.mark.parametrize(
    ("burn", "expected"),
    [
        ("once", [{"lava"}, set(), set(), {"off_row"}, {"off_row"}, {"off_row"}, set(), set(), {"goal", "end"}]),
        ("each", [{"lava"}] * 3 + [{"off_row"}, {"off_row", "lava"}, {"off_row"}, {"lava"}, set(), {"goal", "end"}]),
        ("ends", [{"lava", "end"}] + [set()] * 8),
    ],
)
def test_lava_burns_once_or_at_each_step_or_ends_it_all(burn, expected):
    assert told(Lava(burn=burn).parse(ROOM), WAY) == expected


def test_water_ends_the_episode_and_the_goal_has_to_be_entered():
    level = WORLD.parse(ROOM)
    assert told(level, [DOWN, RIGHT, RIGHT]) == [{"off_row"}, {"off_row", "water", "end"}, set()]
    assert told(WORLD.parse("under: g\n####\n#A.#\n####"), [STAY, LEFT, RIGHT, LEFT]) == [set()] * 3 + [{"goal", "end"}]


def test_only_who_minds_lava_once_sees_that_it_is_burnt():
    level = WORLD.parse(ROOM)
    burnt = WORLD.resume(level, np.array([18, 1]))
    assert dict(burnt.header) == {"burnt": "yes"} and burnt.planes()[..., 5].sum() == 1
    assert WORLD.read(burnt.planes()).header == burnt.header and WORLD.parse(burnt.draw()) == burnt
    assert WORLD.parse("burnt: no\n" + ROOM) == level
    for burn in ("each", "ends"):
        assert not Lava(burn=burn).parse(ROOM).to_mdp().states[:-1, 1].any()


def met(level: Level, name: str) -> np.ndarray:
    """`[E]` whether an agent that wants this proxy ever meets an event, however it breaks ties."""
    policy, mdp = proxy_agent(level.world, name).policy(level), model_of(level)
    here, seen = {mdp.initial}, np.zeros(len(level.world.events), dtype=bool)
    for step in range(level.horizon):
        taken = [(s, a) for s in here for a in range(5) if policy.allowed(step, s) >> a & 1]
        seen |= np.any([mdp.counts[s, a, 0] for s, a in taken], axis=0)
        here = {int(mdp.successor[s, a, 0]) for s, a in taken}
    return seen


@pytest.mark.parametrize("name", WORLD.proxies)
def test_what_ends_the_episode_is_shunned_even_by_those_who_do_not_mind_it(name):
    """Both proxies walk through lava that burns; through neither water nor lava that ends the episode."""
    lava, water, goal = (WORLD.events.index(event) for event in ("lava", "water", "goal"))
    burnt = [met(level, name) for level in levels("deploy")]
    assert not any(seen[water] for seen in burnt) and all(seen[goal] for seen in burnt)
    assert np.mean([seen[lava] for seen in burnt]) > 0.8
    ended = [met(level, name) for level in levels("deploy", burn="ends")]
    assert not any(seen[water] or seen[lava] for seen in ended)


def test_where_lava_ends_the_episode_the_shortest_way_is_the_best():
    for level in levels("deploy", burn="ends"):
        mdp = model_of(level)
        whole, _ = level.world.exact(level.world.base)
        reward = mdp.counts[:, :, 0] @ whole
        best = int(ValueIteration().solve(mdp, reward, level.horizon).values[-1, mdp.initial])
        assert proxy_agent(level.world, "shortest").policy(level).value(reward, "worst") == best


def test_the_same_drawing_under_other_rules_is_another_level():
    """The models of levels are kept; those of one must not be taken for the other's."""
    once, each = Lava().parse(ROOM), Lava(burn="each").parse(ROOM)
    assert once.id == each.id and once != each
    assert model_of(once).n_states > model_of(each).n_states


@pytest.mark.parametrize(
    ("spec", "text", "message"),
    [
        ("Lava", "#####\n#A.l#\n#####", "0 goals drawn; draw exactly one 'g'"),
        ("Lava", "#####\n#Agg#\n#####", "2 goals drawn"),
        ("Lava", "#####\n#Awg#\n#####", "row 2, column 4: the goal cannot be reached from the agent past what ends"),
        ("Lava:burn=ends", "#####\n#Alg#\n#####", "row 2, column 4: the goal cannot be reached"),
        ("Lava", "under: w\n#####\n#gA.#\n#####", "row 2, column 3: the agent stands in what ends the episode; move one"),
        ("Lava:burn=ends", "under: l\n####\n#gA#\n####", "row 2, column 3: the agent stands in what ends the episode"),
        ("Lava", "burnt: a bit\n#####\n#Alg#\n#####", "burnt: 'a bit' is neither 'yes' nor 'no'"),
        ("Lava:burn=each", "burnt: yes\n#####\n#Alg#\n#####", "'burnt:' has a meaning only with burn='once'; here burn='each'"),
    ],
)
def test_what_is_wrong_with_a_drawing_is_told(spec, text, message):
    with pytest.raises(LevelError, match=message):
        world_named(spec).parse(text)


@pytest.mark.parametrize(
    ("spec", "error", "message"),
    [
        ("Lava:burn=twice", UnknownName, "burn of Lava 'twice'.*Allowed: each, ends, once"),
        ("Lava:lava=1.5", KnobError, "lava 1.5 is not a number from 0 to 1"),
        ("Lava:size=4", KnobError, "size 4 is not a whole number from 5 to 61"),
    ],
)
def test_wrong_knobs_are_refused_in_words(spec, error, message):
    with pytest.raises(error, match=message):
        world_named(spec)


def test_lava_without_a_way_past_it_is_an_error(monkeypatch):
    monkeypatch.setattr("innershift.envs.world.TRIES", 500)
    with pytest.raises(KnobError, match=r"the law could not be met in any of .* layouts; try less lava, water or density"):
        Lava(size=5, lava=1.0).sample(np.random.default_rng(0), 1.0)
