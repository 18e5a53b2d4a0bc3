"""Other libraries on equal terms: boards of the same size, whole observations that really arrive as NumPy arrays.

Each function gives nothing where the library is not installed. MiniGrid and pymdptoolbox are on the package index; jaxgmg
is a source tree (github.com/matomatical/jaxgmg) that runs beside jax, flax, chex, jaxtyping, einops and imageio. Install
them into an environment of their own, together with this package.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import warnings
from pathlib import Path

import numpy as np
from innershift.envs.mdp import MDP
from innershift.envs.world import ACTIONS
from timing import Rival

SIDE = 13
"""Cells a side, borders included: what CheeseCorner, Keys and jaxgmg have by default."""
STEPS = 64
"""Steps of a compiled scan."""


def minigrid(rows: int) -> dict[str, Rival]:
    """MiniGrid's empty room, fully observed, in Gymnasium's loop over single environments."""
    try:
        from minigrid.envs import EmptyEnv
        from minigrid.wrappers import FullyObsWrapper
    except ImportError:
        return {}
    from gymnasium.vector import SyncVectorEnv

    env = SyncVectorEnv([lambda: FullyObsWrapper(EmptyEnv(size=SIDE))] * rows)
    env.reset(seed=0)
    actions = _actions(rows, 3)
    return {f"MiniGrid {rows}": Rival(lambda: env.step(next(actions)), rows)}


def jaxgmg(name: str, batches: tuple[int, ...], folder: Path | None) -> dict[str, Rival]:
    """The "corner" or "keys" of jaxgmg, called step by step for NumPy arrays, and as one compiled scan of random actions.

    Each row plays one level over and over, and each step is given a new key, as it asks for. The scan computes observations
    that nobody reads.
    """
    if folder is not None:
        sys.path.insert(0, str(folder))
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
    try:
        import jax
        from jaxgmg.environments import cheese_in_the_corner, keys_and_chests
    except ImportError:
        return {}
    module = {"corner": cheese_in_the_corner, "keys": keys_and_chests}[name]
    env, key = module.Env(), jax.random.PRNGKey(0)
    rivals = {}
    for rows in batches:
        levels = module.LevelGenerator(height=SIDE, width=SIDE).vsample(key, rows)
        seen, states = env.vreset_to_level(levels)
        rivals[f"jaxgmg {rows}"] = Rival(_stepping(env, key, states, rows), rows)
        rivals[f"jaxgmg scan {rows}"] = Rival(_scanning(env, key, seen, states, rows), rows * STEPS)
    return rivals


def _stepping(env, key, states, rows):
    """One step of jaxgmg, as an algorithm outside of JAX sees it."""
    import jax

    now, actions = [key, states], _actions(rows, 4)

    def step():
        now[0], own = jax.random.split(now[0])
        seen, now[1], reward, done, _ = env.vstep(own, now[1], next(actions))
        return np.asarray(seen), np.asarray(reward), np.asarray(done)

    return step


def _scanning(env, key, seen, states, rows):
    """Steps of jaxgmg in one compiled loop."""
    import jax

    @jax.jit
    def many(key, seen, states):
        def one(carry, key):
            act, go = jax.random.split(key)
            actions = jax.random.randint(act, (rows,), 0, 4)
            seen, states, *_ = env.vstep(go, carry[1], actions)
            return (seen, states), None

        return jax.lax.scan(one, (seen, states), jax.random.split(key, STEPS))[0]

    return lambda: jax.block_until_ready(many(key, seen, states))


def jaxgmg_levels(name: str, rows: int, folder: Path | None) -> dict[str, Rival]:
    """The level generator of jaxgmg, `rows` levels at once, and for "corner" its solver."""
    if folder is not None:
        sys.path.insert(0, str(folder))
    try:
        import jax
        from jaxgmg.environments import cheese_in_the_corner, keys_and_chests
    except ImportError:
        return {}
    module = {"corner": cheese_in_the_corner, "keys": keys_and_chests}[name]
    key, generator = jax.random.PRNGKey(0), module.LevelGenerator(height=SIDE, width=SIDE)
    rivals = {"jaxgmg, drawn": Rival(lambda: jax.block_until_ready(generator.vsample(key, rows)), rows)}
    if name == "corner":
        some = generator.vsample(key, 16)
        solve = jax.jit(jax.vmap(module.LevelSolver(env=module.Env(), discount_rate=0.99).solve))
        rivals["jaxgmg, solved"] = Rival(lambda: jax.block_until_ready(solve(some)), 16)
    return rivals


def mdptoolbox(mdp: MDP, horizon: int) -> dict[str, Rival]:
    """Finite-horizon planning of pymdptoolbox on the same sparse tables, counted in backups of one state and action."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from mdptoolbox.mdp import FiniteHorizon
    except ImportError:
        return {}
    world, actions = mdp.level.world, len(ACTIONS)
    transitions = [mdp.transition[np.arange(mdp.n_states) * actions + action] for action in range(actions)]
    reward = mdp.expected_events @ world.vector(world.base)

    def solve():
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):  # it prints a word on discounts of 1
            warnings.simplefilter("ignore")
            FiniteHorizon(transitions, reward, 1.0, horizon).run()

    return {"pymdptoolbox": Rival(solve, mdp.n_states * actions * horizon)}


def _actions(rows: int, kinds: int):
    """Random actions `[rows]` without end."""
    drawn = np.random.default_rng(0).integers(kinds, size=(STEPS, rows))
    while True:
        yield from drawn
