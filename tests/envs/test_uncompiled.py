"""All works without compiling, for debugging: `NUMBA_DISABLE_JIT=1`."""

import os
import subprocess
import sys
from pathlib import Path

from innershift.envs import WORLDS


def test_the_vector_environment_works_without_compiling():
    equal = "(test_equals_the_loop_over and state and NEXT and (Cheese or Doors or Keys or Lever or Leader))"
    names = f"test_chance_is_the_row_s_own or test_copies_go_on_alike or {equal}"
    tests = [str(Path(__file__).with_name("test_vector.py")), "-k", names]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *tests],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "14 passed" in done.stdout


PLAYED = """
import hashlib
from innershift.envs import WORLDS, GridWorld
for name in WORLDS:
    env = GridWorld(name, shift=1)
    seen, info = env.reset(seed=3)
    for action in (0, 3, 1, 2, 4, 3, 3, 1):
        if not env.get_state().ended:
            seen, reward, *_, info = env.step(action)
    print(info["level_id"], info["events"], info["base"], hashlib.sha256(seen).hexdigest())
"""


def test_every_world_plays_alike_without_compiling():
    told = []
    for disabled in ("0", "1"):
        command = [sys.executable, "-W", "error", "-c", PLAYED]
        done = subprocess.run(command, env=os.environ | {"NUMBA_DISABLE_JIT": disabled}, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        told.append(done.stdout)
    assert told[0] == told[1] and len(told[0].splitlines()) == len(WORLDS)


def test_enumeration_without_compiling_is_quiet():
    told = "from innershift.envs import GridWorld as G; e = G('Keys', size=4, few=1, many=2); e.reset(seed=0); e.level.to_mdp()"
    command = [sys.executable, "-W", "error", "-c", told]
    done = subprocess.run(command, env=os.environ | {"NUMBA_DISABLE_JIT": "1"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
