"""The command line: help that teaches, names that are mended, exit codes, and each verb on something small."""

import signal
import subprocess
import sys
import time

import pytest
from innershift import __version__
from innershift.analysis.outcomes import KINDS
from innershift.analysis.pullback import SWITCHES
from innershift.cli import VERBS, main
from innershift.envs import WORLDS


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
    assert "training" in told and "deployment" in told and "states" in told
    doors = WORLDS["Doors"]
    for key, meaning in (*doors.symbols.items(), *doors.headers.items(), ("horizon", "steps"), ("under", "stands on")):
        assert any(line.split()[:1] == [key] and meaning in line for line in told.splitlines()), key


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
    assert {p.name for p in (tmp_path / "run").iterdir()} == {"results.jsonl", "levels.jsonl", "settings.json", "report.html"}


def test_bench_without_deployment_levels_is_not_testable(capsys, tmp_path):
    words = ["bench", "--worlds", "Doors:size=5", "--agents", "robust", "--train-levels", "3", "--deploy-levels", "0"]
    assert main([*words, "--seeds", "1", "--workers", "1", "--out", str(tmp_path)]) == 0
    assert '"verdict": "NOT_TESTABLE"' in (tmp_path / "results.jsonl").read_text()
    table = capsys.readouterr().out
    assert any(line.split()[:4] == ["robust", "Y–", "Y–○", "Y–––○"] for line in table.splitlines()), table


def test_ctrl_c_leaves_what_is_finished_readable(tmp_path):
    words = ["bench", "--worlds", "CheeseCorner:size=5", "Doors:size=5", "--seeds", "200", "--workers", "1", "--out", str(tmp_path)]
    command, pipe = [sys.executable, "-m", "innershift", *words], subprocess.PIPE
    bench = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True)
    results = tmp_path / "results.jsonl"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not (results.exists() and results.stat().st_size):
        time.sleep(0.2)
    bench.send_signal(signal.SIGINT)
    out, err = bench.communicate(timeout=60)
    assert bench.returncode == 130, err
    assert "Interrupted after" in out and "interrupted" in err
    assert (tmp_path / "report.html").exists()
