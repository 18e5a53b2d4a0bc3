"""The game: it is the environment step by step, every command can be undone or explained, and chance replays."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from innershift.analysis.play.game import HELP, KEYS, MOVES, NOTHING, Command, Game, Layer, signed
from innershift.analysis.play.levels import Deck, level_pair
from innershift.envs import GridWorld, world_named

CHANCE = "Monsters"
"""A world where chance decides."""


def game(spec="CheeseCorner:size=5", seed=0, agent="", file=None):
    return Game.of(Deck(world_named(spec), file=file), seed, agent)


def after(start, *commands):
    for command in commands:
        start = start.after(command)
    return start


def steps(seed, count=25):
    return [MOVES[i] for i in np.random.default_rng(seed).integers(0, 5, count)]


@pytest.mark.parametrize("spec", ["CheeseCorner:size=5", "Keys", "Doors", CHANCE])
def test_a_game_is_the_environment_step_by_step(spec):
    played = after(game(spec, seed=3), Command.SHIFT)
    env = GridWorld(spec, level=level_pair(world_named(spec), 3)[1])
    env.reset(seed=3)
    base, totals, ended = Fraction(0), dict.fromkeys(env.world.events, 0), False
    for move in steps(1, 200):
        if ended:
            break
        played = played.after(move)
        _, _, finished, cut, info = env.step(MOVES.index(move))
        ended = finished or cut
        totals = {event: n + info["events"][event] for event, n in totals.items()}
        base += sum(Fraction(w) * info["events"][event] for event, w in env.world.base.items())
        assert tuple(played.now.fields) == tuple(env.fields) and played.now.events == {
            e: n for e, n in totals.items() if n
        }
        assert played.now.worth(env.world.base) == pytest.approx(float(base), abs=1e-12)
        assert (played.now.ended, played.now.finished) == (ended, finished)
    assert ended
    assert played.after(Command.UP).past == played.past and played.after(Command.UP).note == "the episode is over"


@pytest.mark.parametrize("spec", ["Keys", CHANCE])
def test_undone_steps_happen_again_as_they_did_and_undo_goes_all_the_way_back(spec):
    start = game(spec, seed=1)
    moves = steps(2, 12)
    there = after(start, *moves)
    back = after(there, *[Command.UNDO] * (len(there.past) - 1))
    assert back.past == start.past
    assert after(back, *moves).past == there.past
    assert back.after(Command.UNDO).note == "nothing to undo"
    half = after(there, *[Command.UNDO] * 5)
    assert half.past == there.past[:-5]


def test_chance_is_decided_by_the_seed_and_goes_on_at_a_restart():
    moves = steps(4, 30)
    ends = {tuple(after(game(CHANCE, seed=2), *moves).now.snapshot.fields) for _ in range(3)}
    assert len(ends) == 1
    again = after(game(CHANCE, seed=2), *moves, Command.RESTART)
    assert again.now.snapshot.noise != game(CHANCE, seed=2).now.snapshot.noise
    assert again.now.snapshot.fields == game(CHANCE, seed=2).now.snapshot.fields


def test_a_restart_can_be_undone_and_begins_a_new_episode():
    there = after(game("Keys"), *steps(5, 6))
    fresh = there.after(Command.RESTART)
    assert fresh.now.clock == 0 and fresh.now.events == {} and fresh.taken == [] and len(fresh.episode) == 1
    assert fresh.after(Command.UNDO).past == there.past
    assert fresh.after(Command.RESTART).note == "this is the start"
    assert after(fresh, Command.STAY).taken == [MOVES.index(Command.STAY)]


def test_levels_are_those_that_render_draws():
    world = world_named("CheeseCorner:size=5")
    start = game(seed=4)
    assert start.level == level_pair(world, 4)[0] and start.title == "CheeseCorner:size=5, training, seed 4"
    assert start.after(Command.SHIFT).level == level_pair(world, 4)[1]
    assert after(start, Command.SHIFT, Command.SHIFT).level == start.level
    on = after(start, Command.UP, Command.NEXT)
    assert on.level == level_pair(world, 5)[0] and len(on.past) == 1
    assert on.after(Command.PREVIOUS).level == start.level
    first = game(seed=0).after(Command.PREVIOUS)
    assert first.seed == 0 and first.note == "this is the first level"


def test_levels_of_a_file(tmp_path):
    file = tmp_path / "two.txt"
    file.write_text("#####\n#A.k#\n#####\n---\n######\n#.A.k#\n######\n")
    start = game("Keys", file=file)
    assert start.title == "Keys, two.txt 1 of 2" and start.level.width == 5
    on = start.after(Command.NEXT)
    assert on.level.width == 6 and on.after(Command.NEXT).note == "this is the last level"
    assert (
        on.after(Command.SHIFT).note == "the file holds no other level"
        and on.after(Command.PREVIOUS).level == start.level
    )
    with pytest.raises(ValueError, match=r"--seed 2: .*two.txt holds 2 level\(s\); give 0 to 1"):
        game("Keys", seed=2, file=file)
    with pytest.raises(ValueError, match="no such file"):
        game("Keys", file=tmp_path / "none.txt")
    with pytest.raises(ValueError, match="--seed -1: must be at least 0"):
        game("Keys", seed=-1)


def test_every_command_has_a_key_and_stands_in_the_help():
    assert set(KEYS.values()) == set(Command)
    for command in set(Command) - set(MOVES):
        keys = [key for key, asked in KEYS.items() if asked is command]
        assert any(piece == f"{key.upper()} {command.value}" for piece in HELP for key in keys)
    assert game().after(KEYS["q"]).over and game().after(KEYS["escape"]).over


def test_overlays_come_round_in_order():
    start = game("Doors", agent="colour")
    seen, at = [], start
    for _ in start.layers:
        at = at.after(Command.OVERLAY)
        seen.append(at.layer)
    named = [Layer("proxy", name) for name in start.deck.world.proxies]
    assert seen == [Layer("reward"), *named, Layer("mesa"), Layer("plan"), NOTHING]
    assert [layer.kind for layer in game("Doors").layers] == ["nothing", "reward", "proxy", "proxy"]


def test_agents_come_round_and_their_layers_leave_with_them():
    at = start = game("Keys")
    names = []
    while not names or at.agent is not None:
        at = at.after(Command.AGENT)
        names.append(at.agent.name if at.agent else "")
        assert at.note == f"agent: {names[-1] or 'none'}"
    assert tuple(names) == (*start.deck.names, "")
    watched = replace(start.after(Command.AGENT), layer=Layer("plan"))
    left = after(watched, *[Command.AGENT] * len(start.deck.names))
    assert watched.after(Command.AGENT).layer == Layer("plan") and left.agent is None and left.layer == NOTHING
    on = watched.after(Command.NEXT)
    assert on.agent.name == watched.agent.name and on.layer == Layer("plan")


def test_the_summary_is_one_line_that_says_it_all():
    done = after(game("Keys"), Command.DOWN, Command.STAY)
    assert done.summary() == "Keys, training, seed 0: reward −0.02 in 2 of 28 steps: moved 1."
    assert game("Keys").summary().endswith("in 0 of 28 steps: no events.")
    over = after(game("Keys"), *[Command.STAY] * 28)
    assert "in 28 of 28 steps (over)" in over.summary()


@pytest.mark.parametrize(("value", "words"), [(0.5, "0.50"), (-0.0001, "−0.0001"), (-0.02, "−0.02"), (0.0, "0.00")])
def test_numbers_are_written_alike_and_never_vanish(value, words):
    assert signed(value) == words
