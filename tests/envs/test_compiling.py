"""Compiled code: one copy a world, kept on disk or not, and a note for people who wait."""

import inspect
import io
import os
import subprocess
import sys
import types

import numpy as np
import pytest
from innershift.envs import WORLDS, world_named
from innershift.envs.compiling import _sources, kept, specialised
from innershift.envs.engine import Batch, share, step_kernel
from innershift.envs.exploring import explore_kernel
from innershift.envs.waiting import Notice
from innershift.envs.world import destination


def test_every_world_and_kernel_has_a_name_of_its_own():
    names = [specialised(k, w).__qualname__ for k in (step_kernel, explore_kernel) for w in WORLDS.values()]
    assert len(set(names)) == 2 * len(WORLDS)


def test_the_digest_covers_what_rules_and_kernels_call():
    rules, kernel = _sources(WORLDS["Keys"].rules), _sources(step_kernel)
    assert inspect.getsource(destination.py_func) in rules and inspect.getsource(share.py_func) in kernel
    assert inspect.getsource(WORLDS["Keys"].rules) in rules


def python(code, **environment):
    """A fresh interpreter's outcome."""
    environment = {**os.environ, **environment}
    return subprocess.run([sys.executable, "-W", "error", "-c", code], env=environment, capture_output=True, text=True)


def test_where_no_folder_can_be_written_code_is_compiled_for_the_process():
    code = (
        "from innershift.envs import WORLDS, layouts; import numpy as np; "
        "level = WORLDS['Keys'](few=1, many=1).sample(np.random.default_rng(0)); "
        "print(layouts.distances.stats.cache_path, level.to_mdp().n_states > 10)"
    )
    done = python(code, NUMBA_CACHE_LOCATOR_CLASSES="UserProvidedCacheLocator", NUMBA_CACHE_DIR="")
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert done.stdout.split() == ["None", "True"]


def test_kept_code_says_what_the_plain_code_says():
    def plain(a, b):
        return a * b + 1

    assert kept(plain)(3, 4) == plain(3, 4) == 13


def test_a_level_starts_alike_from_a_shelf_and_alone():
    from innershift.envs.shelf import Shelf

    for name in WORLDS:
        world = world_named(name)
        levels = [world.sample(np.random.default_rng(seed)) for seed in range(3)]
        shelved, alone = Batch(world, 3, world.shape), Batch(world, 3, world.shape)
        shelved.start(np.array([2, 0]), Shelf.of(levels), np.array([0.5, 0.4]))
        shelved.start(np.array([0, 1]), Shelf.of(levels), np.array([0.1, 1 - 2.0**-53]))
        for row, (level, number) in enumerate(zip([levels[0], levels[2], levels[1]], (0.1, 1 - 2.0**-53, 0.5), strict=True)):
            alone.load(row, level, int(number * 2**53))
        for batch in (shelved, alone):
            batch.step(np.arange(3))
        for what in ("planes", "fields", "params", "solid", "clock", "horizon", "noise", "scores", "events"):
            np.testing.assert_array_equal(getattr(shelved, what), getattr(alone, what), what)
        assert shelved.levels.tolist() == alone.levels.tolist()


class Terminal(io.StringIO):
    """A stream that people look at."""

    def isatty(self):
        return True


def event(module="innershift.envs.engine", folder="/cache", world=None):
    """What Numba tells of a function that it is about to compile."""
    function = types.SimpleNamespace(__module__=module, **({"world": world} if world else {}))
    stats = types.SimpleNamespace(cache_path=folder)
    return types.SimpleNamespace(data={"dispatcher": types.SimpleNamespace(py_func=function, stats=stats)})


def waited(notice, what):
    """Compile something that takes as long as the notice."""
    notice.on_start(what)
    if notice._timer is not None:
        notice._timer.join()
    notice.on_end(what)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (event(world="Keys"), "innershift: compiling the rules of Keys for the first time; this takes some seconds (kept in /c"),
        (event(folder=None), "compiling some functions for the first time; this takes some seconds (not kept: no folder can be"),
    ],
)
def test_a_long_wait_is_announced_once_to_a_terminal(monkeypatch, what, words):
    monkeypatch.setattr(sys, "stderr", Terminal())
    notice = Notice(0)
    for _ in range(3):
        waited(notice, what)
    assert words in sys.stderr.getvalue() and sys.stderr.getvalue().count("\n") == 1


@pytest.mark.parametrize("stream", [io.StringIO, lambda: None])
def test_nobody_but_a_terminal_is_told(monkeypatch, stream):
    monkeypatch.setattr(sys, "stderr", stream())
    waited(Notice(0), event())
    assert sys.stderr is None or not sys.stderr.getvalue()


def test_a_short_wait_and_the_code_of_others_pass_in_silence(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    waited(Notice(0), event(module="somebody.elses"))
    quick = Notice(60)
    quick.on_start(event())
    timer = quick._timer
    quick.on_end(event())
    assert timer.is_alive()
    inner = event()
    quick.on_start(inner)
    quick._timer.cancel()
    assert not sys.stderr.getvalue()
