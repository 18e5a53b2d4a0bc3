"""The benchmark scripts run and write what they print; what they measure is not tested, for that depends on the machine."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from innershift.envs import WORLDS

SCRIPTS = Path(__file__).resolve().parents[1] / "benchmarks"


def report_of(script: str, out: Path, *options: str) -> tuple[dict, str]:
    command = [sys.executable, str(SCRIPTS / script), "--quick", "--out", str(out), *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=out.parent)
    assert done.returncode == 0, done.stderr
    return json.loads(out.read_text()), done.stdout


def test_stepping_runs_and_writes_its_ratios(tmp_path):
    report, printed = report_of("stepping.py", tmp_path / "s.json", "--no-peers")
    assert set(report["worlds"]) == set(WORLDS) and report["worlds"]["CheeseCorner"] == 1
    assert all(value > 0 for value in report["steps_a_second"].values()) and report["peak_memory_mb"] > 50
    assert "corner, per step, 64" in report["steps_a_second"] and "Steps a second" in printed


def test_solving_runs_and_writes_its_growth(tmp_path):
    report, printed = report_of("solving.py", tmp_path / "s.json")
    assert {"enumerate", "solve one step"} == set(report["growth"]) and "growth exponent" in printed
    keys = next(row for row in report["rows"] if row["world"] == "Keys:size=5")
    assert keys["states"] > 500 and keys["enumeration_over_plain_python"] > 1


@pytest.mark.parametrize("script", sorted(path.name for path in SCRIPTS.glob("*.py")))
def test_help_teaches(script):
    done = subprocess.run([sys.executable, str(SCRIPTS / script), "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and len(done.stdout) > 500
