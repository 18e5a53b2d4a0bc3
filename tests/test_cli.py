"""The command line: help that teaches, names that are mended, exit codes, and each verb on something small."""

import os
import signal
import subprocess
import sys
import time

import pytest
from innershift import __version__
from innershift.analysis.outcomes import KINDS
from innershift.analysis.play.levels import level_pair
from innershift.analysis.pullback import SWITCHES
from innershift.cli import VERBS, main
from innershift.envs import WORLDS, Level, StateSpaceError, world_named
from innershift.envs.presets import PRESETS


def test_version_and_module(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"innershift {__version__}\n"
    out = subprocess.run([sys.executable, "-m", "innershift", "--version"], capture_output=True, text=True, check=True)
    assert out.stdout == f"innershift {__version__}\n"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_teaches(verb, capsys):
    with pytest.raises(SystemExit) as stop:
        main([verb, "--help"])
    told = capsys.readouterr().out
    assert stop.value.code == 0
    assert f"innershift {verb}" in told and "default" in told


def test_help_lists_the_choices_there_are(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit):
        main(["bench", "--help"])
    told = capsys.readouterr().out
    for name, choices in {**SWITCHES, "outcomes": KINDS}.items():
        assert f"--{name} {{{','.join(choices)}}}" in told
    assert "(default: )" not in told and "{None}" not in told and "Nothing" not in told


def test_the_presets_are_listed_with_their_differences(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    assert main(["worlds", "--presets"]) == 0
    told = capsys.readouterr().out
    for preset in PRESETS.values():
        assert preset.name in told and str(preset.source) in told and str(preset.reward) in told
        assert all(difference in told for difference in preset.differences)


def test_no_words_at_all_shows_the_help(capsys):
    with pytest.raises(SystemExit) as stop:
        main([])
    told = capsys.readouterr().out
    assert stop.value.code == 0 and all(verb in told for verb in VERBS)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["wrlds"], "Unknown verb 'wrlds'. Did you mean 'worlds'?"),
        (["worlds", "Kyes"], "Unknown world 'Kyes'. Did you mean 'Keys'?"),
        (["worlds", "Keys:fwe=2"], "Unknown knob of Keys 'fwe'. Did you mean 'few'?"),
        (["worlds", "Doors:name=foo"], "Unknown knob of Doors 'name'. Did you mean 'mode'?"),
        (["worlds", "Doors:colour=3"], "Allowed: density, horizon, mode, objects, size."),
        (["worlds", "Keys:size=2"], "size 2 is not a whole number from 3"),
        (["bench", "--worlds", "Doors", "Levr"], "Unknown world 'Levr'. Did you mean 'Lever'?"),
        (["bench", "--shift", "2"], "shift 2.0 is outside [0, 1]"),
        (["bench", "--seeds", "0"], "--seeds 0: must be at least 1"),
        (["bench", "--train-levels", "-1"], "--train-levels -1: must be at least 1"),
        (["bench", "--search", "efective"], "Unknown setting of the switch 'search' 'efective'. Did you mean 'effective'?"),
        (["render", "Doors", "--agent", "robsut"], "Unknown agent of Doors 'robsut'. Did you mean 'robust'?"),
        (["bench", "--outcomes", "profils"], "Unknown outcome set 'profils'"),
        (["bench", "--belief", "objektive"], "Did you mean 'objective'? Allowed: objective, subjective."),
        (["render", "Doors", "--agent", "sign"], "It exists in Doors:mode=command (proxy: sign)."),
        (["render", "Doors", "--agent", "prox"], "fits several: proxy: colour; proxy: nearest."),
        (["render", "Keys", "--px", "1"], "px"),
        (["render", "Keys", "--agent", "robust", "--video", "."], "--video .: that is a folder; name a file in it"),
        (["play", "Kyes"], "Unknown world 'Kyes'. Did you mean 'Keys'?"),
        (["play", "Doors", "--agent", "prox"], "fits several: proxy: colour; proxy: nearest."),
        (["play", "Keys", "--seed", "-1"], "--seed -1: must be at least 0"),
        (["play", "Keys", "--shift", "2"], "shift 2.0 is outside [0, 1]"),
        (["play", "Keys", "--level", "none.txt"], "none.txt: there is no such file or folder"),
    ],
)
def test_wrong_words_end_with_2_and_the_next_step(words, complaint, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    assert complaint in capsys.readouterr().err.replace("\n", " ")
    assert not list(tmp_path.iterdir())


def test_worlds_gallery_and_one_world(capsys):
    assert main(["worlds"]) == 0
    gallery = capsys.readouterr().out
    assert all(name in gallery for name in ("CheeseCorner", "Doors", "Keys", "Lever"))
    assert main(["worlds", "Doors:mode=command", "--seed", "3"]) == 0
    told = capsys.readouterr().out
    assert "training" in told and "deployment" in told
    for level in level_pair(world_named("Doors:mode=command"), 3):
        assert f" {level.to_mdp().n_states - 1:,} states " in told
    doors = WORLDS["Doors"]
    for key, meaning in (*doors.symbols.items(), *doors.headers.items(), ("horizon", "steps"), ("under", "stands on")):
        assert any(line.split()[:1] == [key] and meaning in line for line in told.splitlines()), key


def test_a_world_with_more_states_than_can_be_enumerated_is_shown_all_the_same(capsys, monkeypatch):
    def too_many(_):
        raise StateSpaceError("too many")

    monkeypatch.setattr(Level, "to_mdp", too_many)
    assert main(["worlds", "Keys"]) == 0
    told = capsys.readouterr().out
    assert told.count("##") > 50 and told.count("more states than can be") == 2


def test_worlds_and_render_show_the_same_levels(capsys):
    def drawn(words):
        assert main(words) == 0
        return [line for line in capsys.readouterr().out.splitlines() if "##" in line]

    seed = ["Doors:mode=command", "--seed", "3"]
    assert drawn(["worlds", *seed]) == drawn(["render", *seed, "--ansi"])


def test_bench_writes_results_and_a_page(capsys, tmp_path):
    words = ["bench", "--worlds", "CheeseCorner:size=5", "--train-levels", "2", "--deploy-levels", "2", "--seeds", "1"]
    assert main([*words, "--workers", "1", "--out", str(tmp_path / "run")]) == 0
    told = capsys.readouterr().out
    assert "report.html" in told and "proxy: corner" in told
    assert {p.name for p in (tmp_path / "run").iterdir()} == {
        "results.jsonl", "levels.jsonl", "settings.json", "controls.json", "report.html",
    }  # fmt: skip


def test_bench_without_deployment_levels_is_not_testable(capsys, tmp_path):
    words = ["bench", "--worlds", "Doors:size=5", "--agents", "robust", "--train-levels", "3", "--deploy-levels", "0"]
    assert main([*words, "--seeds", "1", "--workers", "1", "--out", str(tmp_path)]) == 0
    assert '"verdict": "NOT_TESTABLE"' in (tmp_path / "results.jsonl").read_text()
    table = capsys.readouterr().out
    assert any(line.split()[:4] == ["robust", "Y–", "Y–○", "Y–––○"] for line in table.splitlines()), table


def interrupted(folder, workers):
    """Runs the bench, which would take minutes, until it has stored something, and then as if Ctrl-C were pressed."""
    words = ["bench", "--worlds", "CheeseCorner:size=5", "Doors:size=5", "--seeds", "200", "--out", str(folder)]
    command, pipe = [sys.executable, "-m", "innershift", *words, "--workers", str(workers)], subprocess.PIPE
    bench = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True)
    results = folder / "results.jsonl"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not (results.exists() and results.stat().st_size):
        time.sleep(0.2)
    begun = time.monotonic()
    os.killpg(bench.pid, signal.SIGINT)
    out, err = bench.communicate(timeout=60)
    return bench.returncode, out, err, time.monotonic() - begun


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_leaves_what_is_finished_readable(tmp_path, workers):
    status, out, err, seconds = interrupted(tmp_path, workers)
    assert status == 130 and err == "innershift: interrupted\n", err
    assert "Interrupted after" in out and "what is finished is above" in out
    assert (tmp_path / "report.html").exists() and seconds < 20


SMALL = ["bench", "--worlds", "CheeseCorner:size=5", *"--train-levels 2 --deploy-levels 2 --seeds 1 --workers 1".split()]


def test_a_failing_job_keeps_table_and_page_of_the_others(tmp_path, capsys):
    (tmp_path / "report.html").write_text("an older page")
    assert main([*SMALL[:2], "Lever:depth=3", *SMALL[2:], "--agents", "robust", "--out", str(tmp_path)]) == 2
    told = capsys.readouterr()
    assert "robust" in told.out and "Ended by an error after 1 of 2 jobs; what is finished is above." in told.out
    assert "innershift: Lever:depth=3: no level found" in told.err and "This was Lever:depth=3, seed 0." in told.err
    assert "<html" in (tmp_path / "report.html").read_text()


def test_a_run_without_any_results_says_so_and_leaves_no_older_page(tmp_path, capsys):
    (tmp_path / "report.html").write_text("an older page")
    assert main([*SMALL[:2], "Lever:depth=3", *SMALL[3:], "--out", str(tmp_path)]) == 2
    assert "Ended by an error after 0 of 1 jobs; nothing was finished." in capsys.readouterr().out
    assert not (tmp_path / "report.html").exists()


# Terminals and places of all kinds -----------------------------------------------------------------------------------


def told(words, **env):
    """Status, output and errors of the command line in a process of its own, under these environment variables."""
    done = subprocess.run([sys.executable, "-m", "innershift", *words], env=os.environ | env, capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr


C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize("env", [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "cp1252"}, C_LOCALE])
def test_the_table_is_printed_in_any_encoding(env, tmp_path):
    status, out, err = told([*SMALL, "--out", str(tmp_path)], **env)
    assert status == 0, err
    assert b"robust u" in out and b"?" not in out.split(b"columns")[0] and (tmp_path / "report.html").exists()


@pytest.mark.parametrize(
    "words", [["--help"], ["census", "--help"], ["worlds", "Lever"], ["render", "Doors:mode=command", "--agent", "sign", "--ansi"]]
)
def test_everything_is_printed_in_ascii_if_need_be(words):
    status, out, err = told(words, PYTHONIOENCODING="ascii")
    assert status == 0 and out.isascii() and not err


def test_help_in_one_column_ends():
    status, out, _ = told(["--help"], COLUMNS="1")
    assert status == 0 and b"worlds" in out


@pytest.mark.parametrize(("columns", "headed"), [("40", "affine"), ("57", "level"), ("66", "any"), ("80", "level")])
def test_names_of_agents_stay_whole_words_in_narrow_terminals(columns, headed, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("COLUMNS", columns)
    assert main([*SMALL, "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    heads, *rows = out[out.index("  agent ") : out.index("columns")].splitlines()
    assert heads.split()[-1].strip("░") == headed and all(len(row) <= int(columns) for row in (heads, *rows))
    for name in ("robust", "proxy: corner", "latent term"):
        assert any(row[2:].startswith(name + " ") for row in rows), name
    assert ("Left out for want of width: " in out) == (columns != "80")


@pytest.mark.parametrize("name", ["[/]", "weird [red]x[/] ü"])
def test_folders_are_printed_as_they_are_called(name, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main([*SMALL, "--agents", "robust", "--out", name]) == 0
    assert f"report   {name}/report.html\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([*SMALL, "--out", "file"], "file: cannot be a folder for results (File exists); name another folder"),
        ([*SMALL, "--out", "file/sub"], "file/sub: cannot be a folder for results (Not a directory)"),
        ([*SMALL, "--out", "/dev/null"], "/dev/null: cannot be a folder for results"),
        (["render", "Keys", "--out", "/dev/full"], "--out /dev/full: cannot be written (No space left on device); name another"),
        (["render", "Keys", "--out", "x.jpg"], "--out x.jpg: pictures are PNG files; write x.png."),
        (["render", "Keys", "--out", "no/x.png"], "--out no/x.png: there is no folder no; make it first"),
        (["render", "Keys", "--seed", "-1"], "--seed -1: must be at least 0"),
        (["worlds", "Keys", "--seed", "-1"], "--seed -1: must be at least 0"),
    ],
)
def test_places_that_cannot_be_written_end_with_one_line(words, complaint, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    assert main(words) == 2
    told = capsys.readouterr()
    assert told.err.startswith(f"innershift: {complaint}") and told.err.count("\n") == 1 and not told.out
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_output_that_nobody_reads_to_the_end_is_no_error():
    command = f"{sys.executable} -m innershift worlds Keys | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("0", "1", "141") and not done.stderr


def test_a_level_file_may_start_with_a_byte_order_mark(tmp_path, capsys):
    (tmp_path / "level.txt").write_text("#####\n#A.k#\n#####\n", encoding="utf-8-sig")
    assert main(["render", "Keys", "--level", str(tmp_path / "level.txt"), "--ansi"]) == 0
    assert "A" in capsys.readouterr().out
