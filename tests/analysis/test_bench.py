"""The sweep end to end on small worlds: reproducible bytes, partial runs, and the rows that theory expects."""

import json
import multiprocessing
import os
import pickle
import signal
import threading
import time
from dataclasses import replace

import pytest
from innershift.agents import zoo
from innershift.analysis import ValueRow, decide
from innershift.analysis.bench import COLUMNS, Settings, judge_agents, one, run
from innershift.analysis.evidence import MOST
from innershift.analysis.report.drawing import walk
from innershift.analysis.store import PAGE, RESULTS, read_levels, read_results
from innershift.envs import LevelDistribution
from innershift.envs.errors import UnknownName
from innershift.envs.worlds import world_named

SMALL = Settings(worlds=("CheeseCorner:size=5", "Doors:size=5"), train_levels=4, deploy_levels=4, seeds=2)


def rows_of(settings, world, seed=0):
    return {(row.agent, row.column): row for row in one(settings, world, seed)[0]}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    list(run(SMALL, folder))
    return folder


def test_the_same_settings_give_the_same_bytes_whatever_the_workers(finished, tmp_path):
    assert list(run(SMALL, tmp_path / "again", workers=2)) == SMALL.jobs()
    for name in ("results.jsonl", "levels.jsonl", "settings.json"):
        assert (tmp_path / "again" / name).read_bytes() == (finished / name).read_bytes()
    list(run(replace(SMALL, seed=7, seeds=1), tmp_path / "other"))
    assert (tmp_path / "other" / RESULTS).read_bytes() != (finished / RESULTS).read_bytes()


def test_an_interrupted_run_stays_readable(finished, tmp_path):
    jobs = run(SMALL, tmp_path)
    next(jobs)
    jobs.close()
    kept = read_results(tmp_path)
    assert kept == read_results(finished)[: len(kept)] and kept
    with (tmp_path / RESULTS).open("a") as file:
        file.write('{"world": "half a li')
    assert read_results(tmp_path) == kept


def endless_in_the_maze(world, train_levels):
    if train_levels and world.name == "CheeseCorner":
        time.sleep(600)
    return zoo(world, train_levels)[:1]


def test_what_two_workers_have_finished_is_stored_when_stopped(tmp_path):
    """Also what was finished out of order; and no process lives on."""
    doors = replace(SMALL, worlds=("Doors:size=5",))
    list(run(doors, tmp_path / "alone", entries=robust_alone))
    timer = threading.Timer(4, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT))
    timer.start()
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(run(replace(SMALL, worlds=(*SMALL.worlds[:1], *doors.worlds), seeds=1), tmp_path, 2, endless_in_the_maze))
    assert time.monotonic() - begun < 20 and not multiprocessing.active_children()
    assert read_results(tmp_path) == [row for row in read_results(tmp_path / "alone") if row.seed == 0]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_job_that_fails_loses_itself_alone(finished, tmp_path, workers):
    bad = "Lever:depth=3"
    settings = replace(SMALL, worlds=("CheeseCorner:size=5", bad, "Doors:size=5"))
    (tmp_path / PAGE).write_text("an older page")
    with pytest.raises(ValueError, match="Lever:depth=3: no level found") as caught:
        list(run(settings, tmp_path, workers))
    assert caught.value.__notes__ == [f"This was {bad}, seed 0; 1 more of 6 jobs failed. All else is stored in {tmp_path}."]
    assert (tmp_path / RESULTS).read_bytes() == (finished / RESULTS).read_bytes()
    assert not (tmp_path / PAGE).exists()


def test_errors_come_back_from_other_processes_as_they_were():
    with pytest.raises(UnknownName) as caught:
        world_named("Kyes")
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is UnknownName and str(again) == str(caught.value)


def test_a_world_is_judged_once(tmp_path):
    with pytest.raises(ValueError, match=r"World 'Doors' is asked for more than once .*name each once"):
        list(run(Settings(worlds=("Doors", "Doors:mode=shape")), tmp_path))


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_folder_that_cannot_be_made_is_told(tmp_path, place):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match=f"{place}: cannot be a folder for results .*; name another folder"):
        list(run(SMALL, tmp_path / place))


def test_every_row_is_whole(finished):
    levels = {level.id: level for level in read_levels(finished)}
    results = read_results(finished)
    agents = {(r.world, r.seed, r.agent) for r in results}
    assert len(results) == len(agents) * (2 + len(COLUMNS))
    for row in results:
        assert bool(row.witness) == (row.verdict == "FAILS"), (row.agent, row.column, row.reason)
        assert row.verdict == "ILL_TYPED" or row.ledger or row.agent.startswith("control")
        for seen in row.witness:
            level = world_named(levels[seen.level].world).parse(levels[seen.level].drawing)
            assert level.id == seen.level
    for line in (finished / RESULTS).read_text().splitlines():
        assert "NaN" not in line and json.loads(line)


def test_witnesses_show_what_they_claim(finished):
    """Replaying a witness's plan earns the base value that the row says."""
    levels = {level.id: level for level in read_levels(finished)}
    for row in read_results(finished):
        for seen in row.witness:
            level = world_named(levels[seen.level].world).parse(levels[seen.level].drawing)
            mdp = level.to_mdp()
            whole, denominator = level.world.exact(level.world.base)
            state, earned = mdp.initial, 0
            for action in seen.actions:
                earned += int(mdp.counts[state, action, 0] @ whole)
                state = int(mdp.successor[state, action, 0])
            assert earned / denominator == pytest.approx(seen.base)


def test_every_witness_refutes_its_class_by_itself(finished):
    """Also where it is the pair that refutes choice; and choice's pair is the best liked beside the best."""
    for row in read_results(finished):
        if row.verdict != "FAILS":
            continue
        if row.column == "choice":
            liked, best = row.witness
            assert liked.level == best.level and liked.base < best.base
            assert best.mesa is None or liked.mesa >= best.mesa
            continue
        values = [ValueRow(seen.level, "train", seen.mesa, seen.base) for seen in row.witness]
        assert not decide(values, row.column).joint, (row.agent, row.column)
        if row.letters[0] == "·":
            assert {seen.split for seen in row.witness} == {"train"}, (row.agent, row.column)


def test_columns_share_the_pair_that_refutes_choice_where_it_refutes_them(finished):
    rows = {(r.world, r.seed, r.agent, r.column): r for r in read_results(finished)}
    shared = [
        key
        for key, row in rows.items()
        if key[3] != "choice" and row.witness and row.witness == rows[(*key[:3], "choice")].witness
    ]
    assert {key[3] for key in shared} >= {"positive_affine", "increasing", "per_level_increasing"}
    assert ("CheeseCorner:size=5", 0, "proxy: corner", "increasing") in shared


def test_the_way_that_is_taken_is_the_agents_own(finished):
    levels = {level.id: level for level in read_levels(finished)}
    results, taken = read_results(finished), 0
    for row in results:
        for seen in row.witness:
            level = world_named(levels[seen.level].world).parse(levels[seen.level].drawing)
            agent = next(entry.agent for entry in zoo(level.world, []) if entry.agent.name == row.agent)
            shown, own = walk(level, seen.actions), walk(level, agent.policy(level).actions())
            if (shown.counts, shown.ended) == (own.counts, own.ended):
                assert seen.taken, (row.agent, seen)
            if seen.taken:
                taken += 1
                earned = sum(weight * own.counts[event] for event, weight in level.world.base.items())
                assert shown.ended == own.ended and float(earned) == pytest.approx(seen.base)
    assert taken > 20
    assert {row.takes for row in results} == {"", "highest", "lowest"}
    assert {row.agent for row in results if row.shuffled} == {"control: shuffled map"}
    irrational = [row for row in results if row.takes == "lowest" and row.column == "choice"]
    assert irrational and all([seen.taken for seen in row.witness] == [False, True] for row in irrational)


def test_points_are_the_rows_and_are_few(finished):
    for row in read_results(finished):
        assert bool(row.points) == (row.column == "choice" and row.verdict != "ILL_TYPED")
        for split, points in row.points.items():
            assert len(points) == min(MOST, row.points_in_all[split]) and points == sorted(points)
            assert all(count >= 1 for *_, count in points)
            if row.agent == "robust":
                assert all(mesa == base for mesa, base, _ in points)


def test_a_rival_is_wrong_where_it_says(finished):
    told, results = 0, read_results(finished)
    choices = {(row.world, row.seed, row.agent): row for row in results if row.column == "choice"}
    for row in results:
        assert (row.rival_row is None) == (not row.rival)
        if row.rival_row is not None:
            told += 1
            assert row.rival_row.says != row.rival_row.base
            if row.column in ("increasing", "any"):
                points = choices[row.world, row.seed, row.agent].points["train"]
                assert row.rival_row.mesa not in {mesa for mesa, *_ in points}
    assert told


def test_what_it_does_is_stored_for_a_level_of_each_split(finished):
    levels = {level.id: level for level in read_levels(finished)}
    for row in read_results(finished):
        assert [act.split for act in row.acts] == (["train", "deploy"] if row.column == "behaviour" else [])
        for act in row.acts:
            assert levels[act.level].split == act.split and act.actions


def test_agents_of_ones_own_are_judged_like_the_zoo(tmp_path):
    world = world_named("CheeseCorner:size=5")
    train, deploy = LevelDistribution.train(world).levels([0, 0], 4), LevelDistribution.deploy(world).levels([0, 1], 4)
    mine = judge_agents(world, zoo(world, train), train, deploy, 0)
    assert mine == one(SMALL, "CheeseCorner:size=5", 0)[0]
    list(run(replace(SMALL, seeds=1), tmp_path, entries=robust_alone))
    assert {row.agent for row in read_results(tmp_path)} == {"robust"}
    with pytest.raises(ValueError, match="No agent of these worlds is called like 'proxy'"):
        list(run(replace(SMALL, agents=("proxy",)), tmp_path, entries=robust_alone))


def robust_alone(world, train_levels):
    return zoo(world, train_levels)[:1]


def test_what_was_not_measured_is_no_yes():
    rows = rows_of(Settings(train_levels=3, deploy_levels=0, agents=("robust",)), "Doors:size=5")
    letters = {column: rows["robust", column].letters for column in ("behaviour", "choice", *COLUMNS)}
    assert letters == {"behaviour": "Y–", "choice": "Y–", **dict.fromkeys(COLUMNS, "Y–––")}


ROBUST = ("robust", "robust 3u+2")
EXPECTED = {
    "CheeseCorner": {"proxy: corner": "Y···", "proxy: up_left": "····", "latent term": "Y···"},
    "Doors": {"proxy: colour": "Y···", "proxy: nearest": "····", "latent term": "Y···"},
    "Doors:mode=command": {"proxy: sign": "Y···", "corrigible, robust": "YYYY", "corrigible, pseudo": "Y···"},
    "Keys": {"proxy: keys": "····", "latent term": "Y···"},
    "Lever": {"suboptimal: fewest_left, depth 8": "Y···", "proxy: fewest_left": "····"},
}
"""Letters under positive_affine. A proxy that only shares its optimum with the reward, such as a direction, nearness or
keys, fits no affine map in training already."""


@pytest.mark.parametrize("world", EXPECTED)
def test_rows_come_out_as_theory_says(world):
    rows = rows_of(Settings(train_levels=6, deploy_levels=6), world)
    for name in ROBUST:
        assert rows[name, "positive_affine"].letters == "YYYY" and rows[name, "positive_affine"].verdict == "HOLDS"
        assert rows[name, "choice"].letters == "YY" and rows[name, "choice"].robust
        assert rows[name, "increasing"].letters[:3] == "YYY"
        assert rows[name, "per_level_increasing"].letters == "YYY·"
    assert rows["robust u³", "positive_affine"].letters == "····"
    assert rows["robust u³", "increasing"].letters[:3] == "YYY" and rows["robust u³", "increasing"].every_on_seen
    for name, letters in EXPECTED[world].items():
        assert rows[name, "positive_affine"].letters == letters, name
        if letters != "YYYY":
            unbounded = name == "proxy: fewest_left"
            assert rows[name, "choice"].letters == ("··" if unbounded else "Y·"), name
            assert rows[name, "choice"].regret_deploy > 0.2 and not rows[name, "choice"].robust
    irrational = "irrational: argmin −u"
    assert rows[irrational, "behaviour"].letters == "YY" and rows[irrational, "choice"].letters == "··"
    assert rows[irrational, "increasing"].letters == "····" and rows[irrational, "any"].letters[:3] == "YYY"
    assert rows["control: shuffled map", "positive_affine"].letters == "····"
    for control in ("lookup table", "random", "always down"):
        for column in ("choice", *COLUMNS):
            assert rows[f"control: {control}", column].verdict == "ILL_TYPED"
    assert rows["control: lookup table", "behaviour"].letters == "Y·"


def test_itineraries_never_contradict_profiles_on_what_fails():
    for world in ("CheeseCorner:size=5", "Doors:size=5", "Keys:size=5,few=1,many=2"):
        settings = Settings(train_levels=3, deploy_levels=3)
        full, walked = rows_of(settings, world), rows_of(replace(settings, outcomes="itineraries"), world)
        for key, row in walked.items():
            if row.verdict == "HOLDS" and key[1] not in ("choice", "behaviour"):
                assert full[key].letters[:3] == "YYY", key


def test_the_ideal_search_exposes_the_depth_limited_agent_in_training():
    rows = rows_of(Settings(train_levels=4, deploy_levels=4, search="ideal"), "Lever")
    short = "suboptimal: fewest_left, depth 8"
    assert rows[short, "choice"].letters == "··" and rows[short, "positive_affine"].letters == "····"
    assert rows[short, "behaviour"].letters == "··"


def test_the_ideal_decision_exposes_the_irrational_agent_in_training():
    settings = Settings(train_levels=4, deploy_levels=4, agents=("irrational",))
    name = "irrational: argmin −u"
    for decision, letters in (("as_implemented", "YY"), ("ideal", "··")):
        rows = rows_of(replace(settings, decision=decision), "Doors")
        assert rows[name, "behaviour"].letters == letters
        assert rows[name, "choice"].letters == "··" and rows[name, "positive_affine"].letters == "····"


def test_settings_refuse_nonsense_before_any_work(tmp_path):
    with pytest.raises(ValueError, match=r"Unknown world 'Kyes'. Did you mean 'Keys'"):
        list(run(Settings(worlds=("Kyes",)), tmp_path))
    with pytest.raises(ValueError, match=r"Unknown setting of the switch 'search' 'efective'. Did you mean 'effective'"):
        list(run(Settings(search="efective"), tmp_path))
    with pytest.raises(ValueError, match=r"shift 1\.5 is outside"):
        list(run(Settings(shift=1.5), tmp_path))
    with pytest.raises(ValueError, match=r"Unknown outcome set 'profils'"):
        list(run(Settings(outcomes="profils"), tmp_path))
    with pytest.raises(ValueError, match=r"No agent of these worlds is called like 'robsut'"):
        list(run(Settings(worlds=("Doors",), agents=("robsut",)), tmp_path))


def test_every_row_carries_the_whole_ledger_with_additivity_tested(finished):
    rows = read_results(finished)
    lines = set(rows[0].ledger)
    assert {"additivity", "search", "ties", "site", "splits", "mechanism", "tolerance"} <= lines
    for row in rows:
        assert set(row.ledger) == lines and "swaps of two systems' outputs on one level changed nothing" in row.ledger["additivity"]


def test_order_is_graded_and_strict_verdicts_are_stored(finished):
    rows = {(row.world, row.seed, row.agent, row.column): row for row in read_results(finished)}
    for (_, _, agent, column), row in rows.items():
        if column == "per_level_increasing" and row.verdict != "ILL_TYPED":
            assert set(row.tau) == {"train", "deploy"} and all(-1 <= tau <= 1 for tau in row.tau.values())
            assert (row.letters[:2] == "YY") == (min(row.tau.values()) == 1), agent
        if column not in ("behaviour",):
            assert row.strict and row.representable


def dies_in_the_maze(world, train_levels):
    if train_levels and world.name == "CheeseCorner":
        os._exit(9)
    return zoo(world, train_levels)[:1]


def test_a_worker_that_dies_is_told_and_the_rest_is_kept(tmp_path):
    """With two workers the other goes on; when none is left, the run ends instead of waiting."""
    once = replace(SMALL, seeds=1)
    with pytest.raises(RuntimeError, match=r"job 1 of 2 was ended from outside, .*; try fewer workers"):
        list(run(once, tmp_path / "two", 2, dies_in_the_maze))
    assert {row.world for row in read_results(tmp_path / "two")} == {"Doors:size=5"}
    with pytest.raises(RuntimeError, match="was ended from outside"):
        list(run(replace(SMALL, worlds=("CheeseCorner:size=5",), seeds=4), tmp_path / "all", 2, dies_in_the_maze))
    assert not multiprocessing.active_children()
