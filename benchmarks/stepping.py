"""How many steps a second each way of stepping makes, all in one run and in turns, so that ratios mean something.

Full observations, random actions, resets when an episode ends, 13 x 13 cells with the border, one process. "per step" is
called from Python once for each step of the batch, with observations as NumPy arrays, as a learner gets them; "in place"
hands out the array that the next step writes to (`copy=False`). The plain rows run the same rules as plain Python. Peers
take part where they are installed: MiniGrid (fully observed) and jaxgmg, called per step and inside one compiled scan.
"""

from __future__ import annotations

import json
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import FunctionType
from typing import Annotated, Any

import numpy as np
import tyro
from innershift.envs import WORLDS, LevelDistribution, VectorGridWorld
from innershift.envs.gridworld import GridWorld
from innershift.envs.rollout import rollout
from innershift.envs.world import destination
from innershift.envs.worlds import world_named
from rich.console import Console
from rich.table import Table

PLACES = {"corner": "CheeseCorner", "keys": "Keys:few=3,many=3"}
"""Our worlds that the peers restate or that restate them, at 13 x 13 cells."""
LEVELS = 256

Contestant = Callable[[], int]
"""Does some work and returns how many steps of single environments that was."""


@dataclass(frozen=True)
class Stepping:
    """Time ways of stepping against each other; print ratios and write JSON.

    Attributes:
        batches: rows of the vector environments.
        seconds: how long each contestant runs in a round, about.
        rounds: rounds; all contestants take turns in each, and the best round of each counts.
        worlds: whether to compare all worlds with CheeseCorner.
        peers: whether to run peers that are installed.
        training: whether to time Stable-Baselines3's PPO, which takes a minute.
        seed: of levels and actions.
        quick: one short round and few rows, to see that all works.
        out: where to write the JSON.
    """

    batches: tuple[int, ...] = (16, 64, 1024, 8192)
    seconds: float = 0.4
    rounds: int = 5
    worlds: bool = True
    peers: bool = True
    training: bool = False
    seed: int = 0
    quick: bool = False
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = field(default=Path("runs/benchmarks/stepping.json"))


# Contestants of ours -----------------------------------------------------------------------------------------------


def single(spec: str, seed: int) -> Contestant:
    """One environment by itself."""
    env, rng = GridWorld(spec, levels=drawn(spec, seed)), np.random.default_rng(seed)
    env.reset(seed=seed)

    def play() -> int:
        for action in rng.integers(0, 5, 500).tolist():
            if any(env.step(action)[2:4]):
                env.reset()
        return 500

    return play


def batch(spec: str, rows: int, copy: bool, seed: int) -> Contestant:
    """The vector environment, called per step."""
    env = VectorGridWorld(spec, rows, levels=drawn(spec, seed), autoreset_mode="SAME_STEP", copy=copy)
    env.reset(seed=seed)
    actions = np.random.default_rng(seed).integers(0, 5, (64, rows))

    def play() -> int:
        for row in actions:
            env.step(row)
        return actions.size

    return play


def compiled(spec: str, seed: int) -> Contestant:
    """Whole random episodes inside one compiled call a level, nothing observed."""
    levels = drawn(spec, seed)[:32]
    rolled = 0

    def play() -> int:
        nonlocal rolled
        rolled += 1
        return int(rollout(levels, 32, seed=rolled).steps.sum())

    return play


def plain(spec: str, seed: int) -> Contestant:
    """The rules as plain Python, one environment, the observation copied each step."""
    world, levels = world_named(spec), drawn(spec, seed)
    rules, paint = (uncompiled(getattr(world, name)) for name in ("rules", "paint"))
    rng, weights = np.random.default_rng(seed), world.vector(world.base)
    nxt = np.zeros((world.branches, len(world.field_names)), dtype=np.int64)
    events = np.zeros((world.branches, len(world.events)), dtype=np.int64)
    chance, ended = np.ones(world.branches), np.zeros(world.branches, dtype=bool)

    def play() -> int:
        done, clock = True, 0
        for action in rng.integers(0, 5, 300).tolist():
            if done:
                level = levels[int(rng.integers(len(levels)))]
                fields, planes, clock = level.start.copy(), level.planes().reshape(level.walls.size, -1), 0
            events[:] = 0
            n = rules(level.solid, level.width, level.params, fields, action, nxt, events, chance, ended)
            k = 0 if n == 1 else int(rng.choice(n, p=chance[:n]))
            paint(level.params, fields, 0, planes)
            fields[:] = nxt[k]
            paint(level.params, fields, 1, planes)
            float(weights @ events[k])
            planes.copy()
            clock += 1
            done = bool(ended[k]) or clock >= level.horizon
        return 300

    return play


def uncompiled(rule: Any) -> Any:
    """The same function with nothing compiled that it calls."""
    function = getattr(rule, "py_func", rule)
    return FunctionType(function.__code__, {**function.__globals__, "destination": destination.py_func})


def drawn(spec: str, seed: int) -> list:
    """The levels that all our contestants play."""
    return LevelDistribution.deploy(world_named(spec)).levels(seed, LEVELS)


# Peers -------------------------------------------------------------------------------------------------------------


def minigrid(rows: int, seed: int) -> Contestant | None:
    """MiniGrid's empty room of 13 x 13 cells, fully observed, in Gymnasium's loop over single environments."""
    try:
        from gymnasium.vector import SyncVectorEnv
        from minigrid.envs import EmptyEnv  # type: ignore[import-not-found]
        from minigrid.wrappers import FullyObsWrapper, ImgObsWrapper  # type: ignore[import-not-found]
    except ImportError:
        return None
    env = SyncVectorEnv([lambda: ImgObsWrapper(FullyObsWrapper(EmptyEnv(size=13, agent_start_pos=None))) for _ in range(rows)])
    env.reset(seed=seed)
    actions = np.random.default_rng(seed).integers(0, 3, (8, rows))

    def play() -> int:
        for row in actions:
            env.step(row)
        return actions.size

    return play


def jaxgmg(name: str, rows: int, scan: bool, seed: int) -> Contestant | None:
    """The environment of jaxgmg of the same name at 13 x 13 cells, per step or in one scan that uses its observations."""
    try:
        import jax
        from jaxgmg.environments import cheese_in_the_corner, keys_and_chests  # type: ignore[import-not-found]
        from jaxgmg.procgen import maze_generation  # type: ignore[import-not-found]
    except ImportError:
        return None
    kind = {"corner": cheese_in_the_corner, "keys": keys_and_chests}[name]
    env = kind.Env(penalize_time=False, automatically_reset=True)
    blocks = maze_generation.BlockMazeGenerator()
    counts = {} if name == "corner" else {"num_keys": 3, "num_keys_max": 3, "num_chests": 3, "num_chests_max": 3}
    generator = kind.LevelGenerator(height=13, width=13, maze_generator=blocks, **counts)
    key = jax.random.PRNGKey(seed)
    levels = jax.vmap(generator.sample)(jax.random.split(key, rows))
    _, state = jax.vmap(env.reset_to_level)(levels)
    step = jax.jit(lambda k, s, a: jax.vmap(env.step)(jax.random.split(k, rows), s, a)[:4])
    actions = np.random.default_rng(seed).integers(0, 4, (32, rows))

    def per_step() -> int:
        nonlocal state, key
        for row in actions:
            key, own = jax.random.split(key)
            seen, state, *rest = step(own, state, row)
            for array in (*jax.tree.leaves(seen), *rest):
                np.asarray(array)
        return actions.size

    def body(carry, own):
        now, total = carry
        chosen = jax.random.randint(own, (rows,), 0, 4)
        seen, after, reward, _ = step(own, now, chosen)
        used = sum(leaf.sum() for leaf in jax.tree.leaves(seen))
        return (after, total + used + reward.sum()), None

    whole = jax.jit(lambda s, k: jax.lax.scan(body, (s, 0.0), jax.random.split(k, 128)))

    def scanned() -> int:
        nonlocal state, key
        key, own = jax.random.split(key)
        (state, total), _ = whole(state, own)
        total.block_until_ready()
        return 128 * rows

    return scanned if scan else per_step


# Racing ------------------------------------------------------------------------------------------------------------


def raced(contestants: dict[str, Contestant], settings: Stepping, console: Console) -> dict[str, float]:
    """Steps a second of each: the best of several rounds in which they take turns."""
    best = dict.fromkeys(contestants, 0.0)
    with console.status("") as status:
        for name, play in contestants.items():
            status.update(f"getting ready: {name}")
            play()
        for turn in range(settings.rounds):
            for name, play in contestants.items():
                status.update(f"round {turn + 1} of {settings.rounds}: {name}")
                begun, steps = time.perf_counter(), 0
                while (took := time.perf_counter() - begun) < settings.seconds or not steps:
                    steps += play()
                best[name] = max(best[name], steps / took if took else 0.0)
    return best


def entrants(settings: Stepping) -> dict[str, Contestant]:
    """All that take part in the race between ways and peers."""
    found: dict[str, Contestant | None] = {}
    for name, spec in PLACES.items():
        found[f"{name}, single"] = single(spec, settings.seed)
        found[f"{name}, plain Python"] = plain(spec, settings.seed)
        for rows in settings.batches:
            found[f"{name}, per step, {rows}"] = batch(spec, rows, True, settings.seed)
            found[f"{name}, in place, {rows}"] = batch(spec, rows, False, settings.seed)
        found[f"{name}, compiled rollout"] = compiled(spec, settings.seed)
        for rows in settings.batches if settings.peers else ():
            found[f"jaxgmg {name}, per step, {rows}"] = jaxgmg(name, rows, False, settings.seed)
            found[f"jaxgmg {name}, scan, {rows}"] = jaxgmg(name, rows, True, settings.seed)
    if settings.peers:
        found["MiniGrid, 16"] = minigrid(16, settings.seed)
    return {name: play for name, play in found.items() if play is not None}


def ratios(speed: dict[str, float], settings: Stepping) -> list[tuple[str, float, float]]:
    """What is compared, how often faster ours is, and what is aimed at."""
    compared: list[tuple[str, str, str, float]] = [("corner, per step, 16", "MiniGrid, 16", "MiniGrid at 16", 1000)]
    for name in PLACES:
        compared.append((f"{name}, per step, 1024", f"{name}, plain Python", f"plain Python, {name} at 1024", 1))
        for rows, aim in ((64, 20), (1024, 5)):
            compared.append((f"{name}, per step, {rows}", f"jaxgmg {name}, per step, {rows}", f"jaxgmg {name} at {rows}", aim))
        compared.append((f"{name}, compiled rollout", f"jaxgmg {name}, scan, 1024", f"jaxgmg {name}, scan at 1024", 1.5))
    return [(what, speed[ours] / speed[peer], aim) for ours, peer, what, aim in compared if ours in speed and peer in speed]


def worlds_compared(settings: Stepping, console: Console) -> dict[str, float]:
    """For every world, how many times as long a step takes as in CheeseCorner, 1024 rows in place."""
    rows = 64 if settings.quick else 1024
    speed = raced({name: batch(name, rows, False, settings.seed) for name in WORLDS}, settings, console)
    return {name: speed["CheeseCorner"] / value for name, value in speed.items()}


def first_use() -> dict[str, float]:
    """Seconds in a fresh process: the import, and the first step with the compile cache in place."""
    code = (
        "import time; t = time.perf_counter(); import innershift; a = time.perf_counter() - t; "
        "from innershift.envs import GridWorld as G; t = time.perf_counter(); e = G('Keys'); e.reset(seed=0); e.step(0); "
        "print(a, time.perf_counter() - t)"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(3)]
    imports, steps = zip(*(map(float, run.stdout.split()) for run in runs), strict=True)
    return {"import": min(imports), "first step, cached": min(steps)}


def training(settings: Stepping) -> dict[str, float]:
    """PPO with an MLP at 64 rows: steps a second, and the share of that time that the environment takes."""
    from innershift.agents.sb3 import GridVecEnv
    from stable_baselines3 import PPO

    env = GridVecEnv("CheeseCorner", 64, levels=drawn("CheeseCorner", settings.seed))
    model = PPO("MlpPolicy", env, n_steps=128, batch_size=512, n_epochs=4, seed=settings.seed, device="cpu")
    model.learn(8192)
    begun = time.perf_counter()
    steps = 64 * 128 * (2 if settings.quick else 8)
    model.learn(steps)
    took = time.perf_counter() - begun
    env.reset()
    actions = np.random.default_rng(settings.seed).integers(0, 5, (steps // 64, 64))
    begun = time.perf_counter()
    for row in actions:
        env.step(row)
    return {"PPO steps a second": steps / took, "share of the environment": (time.perf_counter() - begun) / took}


def run(settings: Stepping) -> dict:
    """All that was asked for."""
    if settings.quick:
        settings = replace(settings, batches=(16, 64), seconds=0.02, rounds=1)
    console = Console()
    report: dict[str, Any] = {"settings": asdict(settings) | {"out": str(settings.out)}, "machine": machine()}
    report["steps_a_second"] = speed = raced(entrants(settings), settings, console)
    show(console, "Steps a second, 13 x 13 cells", [(name, f"{value:,.0f}") for name, value in speed.items()])
    compared = ratios(speed, settings)
    report["ratios"] = {what: ratio for what, ratio, _ in compared}
    show(console, "Ours over theirs", [(what, f"{ratio:,.1f}", f"aim {aim:g}") for what, ratio, aim in compared])
    if settings.worlds:
        report["worlds"] = slower = worlds_compared(settings, console)
        show(console, "Time of a step, CheeseCorner is 1 (aim: at most 4)", [(n, f"{v:.2f}") for n, v in slower.items()])
    report["first_use_seconds"] = first_use()
    show(console, "Seconds in a fresh process", [(n, f"{v:.2f}") for n, v in report["first_use_seconds"].items()])
    if settings.training:
        report["training"] = training(settings)
        show(console, "Stable-Baselines3", [(n, f"{v:,.3g}") for n, v in report["training"].items()])
    report["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    console.print(f"peak memory {report['peak_memory_mb']:,.0f} MB", highlight=False)
    return report


def show(console: Console, title: str, rows: list[tuple[str, ...]]) -> None:
    """Print rows of words and numbers."""
    if not rows:
        return
    table = Table(title=title, title_justify="left", box=None, show_header=False)
    table.add_column()
    for _ in rows[0][1:]:
        table.add_column(justify="right")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def machine() -> dict:
    """What the numbers were taken on."""
    return {"python": platform.python_version(), "numpy": np.__version__, "platform": platform.platform()}


def main() -> None:
    """Reads the options, times, prints and writes."""
    settings = tyro.cli(Stepping, description=__doc__)
    report = run(settings)
    settings.out.parent.mkdir(parents=True, exist_ok=True)
    settings.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"Written to {settings.out}")


if __name__ == "__main__":
    main()
