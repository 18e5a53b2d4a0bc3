"""How many steps a second: single environments, batches of them, compiled episodes, and other libraries beside them.

Everything runs on one core, in turns with its rivals, and is counted in CPU time; what matters are the ratios, for machines
differ. Actions are random, observations are whole boards of 13 x 13 cells as NumPy arrays. Levels of batches come from a
pool of 256, as those of jaxgmg come from as many as there are rows; "new levels" draws each one anew in Python.

Other libraries are timed where they can be imported; see benchmarks/peers.py for how. --parts training measures
Stable-Baselines3's PPO on the batch, and what share of its time the environment takes; --parts first measures how long it
takes from a fresh process to the first step, with compiled code on disk and without.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal

import gymnasium
import numpy as np
import tyro
from gymnasium.vector import SyncVectorEnv
from innershift.envs import WORLDS, GridWorld, LevelDistribution, VectorGridWorld, world_named
from innershift.envs.engine import step_kernel
from innershift.envs.rollout import rollout
from peers import jaxgmg, minigrid
from rich.console import Console
from rich.table import Table
from timing import Rival, contest, machine, memory, one_core, short

PEER = {"CheeseCorner": "corner", "Keys": "keys"}
"""Our worlds, and what jaxgmg calls its own."""
TARGETS = {
    "batch of 64 / jaxgmg, step by step": 20.0,
    "batch of 1024 / jaxgmg, step by step": 5.0,
    "compiled episodes / jaxgmg's best at 1024": 1.5,
    "batch of 16 / MiniGrid": 1000.0,
}
"""What each ratio is meant to be, at least."""
FIRST_TARGETS = {"from disk": (0.7, 1.0), "compiled anew": (0.7, 10.0)}
"""Seconds that an import and a first step are meant to take, at most."""


@dataclass(frozen=True)
class Stepping:
    """Time steps; print tables of rates and ratios and write JSON.

    Attributes:
        parts: what to time.
        worlds: worlds to time against other libraries.
        batches: rows of the batches.
        rounds: how often each rival works; its best round counts.
        seconds: how long it works in a round.
        quick: one short round of a few rows, to see that the script runs.
        jaxgmg: folder that holds the package jaxgmg, where it is not installed.
        out: where to write the JSON.
    """

    parts: tuple[Literal["steps", "worlds", "first", "training"], ...] = ("steps", "worlds", "first")
    worlds: tuple[str, ...] = ("CheeseCorner", "Keys")
    batches: tuple[int, ...] = (16, 64, 1024, 8192)
    rounds: int = 7
    seconds: float = 0.1
    quick: bool = False
    jaxgmg: Path | None = None
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = field(default=Path("runs/benchmarks/stepping.json"))


def pool(world: str, count: int = 256) -> list:
    """Different training levels; fewer where the law holds fewer."""
    law = LevelDistribution.train(world_named(world))
    return list({level.id: level for level in map(law.level, range(count))}.values())


def rounds_of(env, rows: int, steps: int) -> Rival:
    """As many steps of a batch as an episode lasts at most: rows that began together also start anew together."""
    env.reset()
    drawn = iter_actions(rows)

    def step():
        for _ in range(steps):
            env.step(next(drawn))

    return Rival(step, rows * steps)


def batch(world: str, rows: int, **options) -> Rival:
    """Steps of a batch with random actions."""
    env = VectorGridWorld(world, rows, **options)
    return rounds_of(env, rows, env.world.steps + 1)


def iter_actions(rows: int):
    """Random actions `[rows]` without end."""
    drawn = np.random.default_rng(0).integers(5, size=(64, rows))
    while True:
        yield from drawn


def single(env: gymnasium.Env) -> Rival:
    """Steps of one environment, which starts anew when an episode ends."""
    env.reset(seed=0)
    drawn, count = iter_actions(1), env.unwrapped.world.steps

    def step():
        for _ in range(count):
            _, _, terminated, truncated, _ = env.step(int(next(drawn)[0]))
            if terminated or truncated:
                env.reset()

    return Rival(step, count)


def plain(world: str, rows: int, levels: list) -> Rival:
    """Steps of a batch by the very same functions, not compiled."""
    env = VectorGridWorld(world, rows, levels=levels)
    env.reset()
    functions = {"rules": env.world.rules, "paint": env.world.paint}
    env._batch._kernel = np.errstate(over="ignore")(
        types.FunctionType(step_kernel.__code__, {**step_kernel.__globals__, **functions})
    )
    return rounds_of(env, rows, env.world.steps + 1)


def episodes(levels: list, tables: bool) -> Rival:
    """Compiled episodes of a random policy, or of a table that says the same for every state."""
    policies = [np.full((level.to_mdp().n_states, 5), 0.2) for level in levels] if tables else None
    count = 50

    def play():
        return rollout(levels, count, policies, seed=0)

    return Rival(play, float(play().steps.sum()))


def ours(world: str, batches: tuple[int, ...]) -> dict[str, Rival]:
    """All our ways to step."""
    levels = pool(world)
    rivals = {
        "GridWorld": single(GridWorld(world, levels=levels)),
        "GridWorld by gymnasium.make": single(gymnasium.make(f"innershift/{world}-v0", levels=levels)),
        "loop over 16 GridWorlds": loop(world, levels),
        "not compiled, batch of 16": plain(world, 16, levels),
    }
    for rows in batches:
        rivals[f"batch of {rows}"] = batch(world, rows, levels=levels)
        rivals[f"batch of {rows}, in place"] = batch(world, rows, levels=levels, copy=False)
    rivals[f"batch of {batches[0]}, new levels"] = batch(world, batches[0])
    rivals["episodes, random"] = episodes(levels[:64], False)
    rivals["episodes, table"] = episodes(levels[:64], True)
    return rivals


def loop(world: str, levels: list) -> Rival:
    """Gymnasium's loop over single environments."""
    env = SyncVectorEnv([lambda: GridWorld(world, levels=levels)] * 16)
    return rounds_of(env, 16, world_named(world).steps + 1)


def ratios(rates: Mapping[str, float]) -> dict[str, float]:
    """The ratios that have targets, as far as they were measured."""
    found = {}
    for rows in (64, 1024):
        if f"batch of {rows}" in rates and f"jaxgmg {rows}" in rates:
            found[f"batch of {rows} / jaxgmg, step by step"] = rates[f"batch of {rows}"] / rates[f"jaxgmg {rows}"]
    if "jaxgmg scan 1024" in rates:
        best = max(rate for name, rate in rates.items() if name.startswith("jaxgmg") and "1024" in name)
        found["compiled episodes / jaxgmg's best at 1024"] = rates["episodes, random"] / best
    if "batch of 16" in rates and "MiniGrid 16" in rates:
        found["batch of 16 / MiniGrid"] = rates["batch of 16"] / rates["MiniGrid 16"]
    return found


def run_steps(settings: Stepping, console: Console) -> list[dict]:
    """Ours and other libraries, world by world."""
    results = []
    for world in settings.worlds:
        with console.status(f"timing {world} …"):
            rivals = ours(world, settings.batches) | minigrid(16)
            if world in PEER:
                shared = tuple(rows for rows in (64, 1024) if rows in settings.batches)
                rivals |= jaxgmg(PEER[world], shared, settings.jaxgmg)
            rates = contest(rivals, settings.rounds, settings.seconds)
        found = ratios(rates)
        table = Table("", "steps/s", "of plain code", title=f"{world}: steps a second of one core")
        for name, rate in rates.items():
            table.add_row(name, short(rate), f"{rate / rates['not compiled, batch of 16']:.3g} ×")
        console.print(table)
        table = Table(f"{world}: ratio", "is", "meant to be", "")
        for name, ratio in found.items():
            table.add_row(name, f"{ratio:.3g} ×", f"≥ {TARGETS[name]:g} ×", "✓" if ratio >= TARGETS[name] else "missed")
        if found:
            console.print(table)
        results.append({"world": world, "steps_per_second": rates, "ratios": found, "targets": TARGETS})
    return results


def run_worlds(settings: Stepping, console: Console) -> list[dict]:
    """Every world against CheeseCorner, and the memory that a row takes."""
    rows = 1024 if 1024 in settings.batches else max(settings.batches)
    names = list(WORLDS)[: 2 if settings.quick else None]
    with console.status("timing all worlds …"):
        levels = {name: pool(name, 64) for name in names}
        rates = contest(
            {name: batch(name, rows, levels=levels[name], copy=False) for name in names}, settings.rounds, settings.seconds
        )
        bytes_a_row = {name: memory(lambda name=name: batch(name, rows, levels=levels[name])) / rows for name in names}
    table = Table("world", "steps/s", "CheeseCorner is", "meant to be", "bytes a row", title=f"All worlds, batch of {rows}")
    results = []
    for name in names:
        faster = rates["CheeseCorner"] / rates[name]
        bound = "≤ 4 ×" if faster <= 4 else "≤ 4 × missed"
        table.add_row(name, short(rates[name]), f"{faster:.2f} × as fast", bound, f"{bytes_a_row[name]:,.0f}")
        told = {"steps_per_second": rates[name], "cheese_corner_ratio": faster, "bytes_per_row": bytes_a_row[name]}
        results.append({"world": name, "rows": rows} | told)
    console.print(table)
    return results


FIRST = """
import time; start = time.perf_counter()
import innershift.envs as envs; imported = time.perf_counter()
env = envs.GridWorld("Keys"); env.reset(seed=0); env.step(1); stepped = time.perf_counter()
env.level.to_mdp(); solved = time.perf_counter()
print(imported - start, stepped - imported, solved - stepped)
"""


def run_first(settings: Stepping, console: Console) -> dict:
    """Seconds from a fresh process to an import, a first step, and a first enumeration."""
    results = {}
    table = Table("compiled code is", "import", "first step", "first enumeration", title="Seconds in a fresh process")
    with console.status("starting processes …"), tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"NUMBA_CACHE_DIR": folder}
        for name, repeats in (("compiled anew", 1), ("from disk", 1 if settings.quick else 3)):
            runs = [
                subprocess.run([sys.executable, "-c", FIRST], env=environment, capture_output=True, text=True, check=True)
                for _ in range(repeats)
            ]
            best = np.min([[float(word) for word in run.stdout.split()] for run in runs], axis=0)
            shown = [f"{took:.2f}" for took in best]
            for i, most in enumerate(FIRST_TARGETS[name]):
                shown[i] += f" (≤ {most:g}{'' if best[i] <= most else ', missed'})"
            table.add_row(name, *shown)
            results[name] = dict(zip(("import", "first_step", "first_enumeration"), best.tolist(), strict=True))
    console.print(table)
    return results


def run_training(settings: Stepping, console: Console) -> dict:
    """PPO on 64 rows: steps a second, the environment's share of it, and the adapter against a loop over 64."""
    import torch
    from innershift.agents.sb3 import GridVecEnv
    from stable_baselines3 import PPO
    from stable_baselines3.common.monitor import Monitor
    from stable_baselines3.common.vec_env import DummyVecEnv

    torch.set_num_threads(1)
    levels, rows, spent = pool("CheeseCorner"), 64, [0.0]

    class Timed(GridVecEnv):
        def step_wait(self):
            start = time.perf_counter()
            try:
                return super().step_wait()
            finally:
                spent[0] += time.perf_counter() - start

    with console.status("training …"):
        loop = DummyVecEnv([lambda: Monitor(GridWorld("CheeseCorner", levels=levels))] * rows)
        steps = world_named("CheeseCorner").steps
        adapter = GridVecEnv("CheeseCorner", rows, levels=levels)
        rivals = {"adapter": rounds_of(adapter, rows, steps), "DummyVecEnv": rounds_of(loop, rows, steps)}
        rates = contest(rivals, settings.rounds, settings.seconds)
        options = {"n_steps": 128, "batch_size": 512, "n_epochs": 4, "device": "cpu", "seed": 0}
        model = PPO("MlpPolicy", Timed("CheeseCorner", rows, levels=levels), **options)
        steps = rows * 128 * (1 if settings.quick else 12)
        start = time.perf_counter()
        model.learn(steps)
        taken = time.perf_counter() - start
    found = {
        "rows": rows,
        "adapter_steps_per_second": rates["adapter"],
        "dummy_vec_env_steps_per_second": rates["DummyVecEnv"],
        "ppo_steps_per_second": steps / taken,
        "environment_share": spent[0] / taken,
    }
    table = Table("64 rows of CheeseCorner", "is", "meant to be", title="Stable-Baselines3")
    table.add_row("adapter, steps/s", short(rates["adapter"]), "")
    table.add_row("DummyVecEnv, steps/s", short(rates["DummyVecEnv"]), "")
    table.add_row("PPO with an MLP, steps/s", short(found["ppo_steps_per_second"]), "≥ 7 k")
    table.add_row("environment's share of PPO", f"{found['environment_share']:.1%}", "≤ 10 %")
    console.print(table)
    return found


def run(settings: Stepping) -> dict:
    """All timings that were asked for."""
    if settings.quick:
        settings = replace(settings, rounds=1, seconds=0.01, batches=(16, 64), worlds=settings.worlds[:1])
    console = Console()
    report: dict = {"settings": asdict(settings) | {"out": str(settings.out), "jaxgmg": str(settings.jaxgmg)}}
    report |= {"machine": machine(), "core": one_core()}
    parts = {"steps": run_steps, "worlds": run_worlds, "first": run_first, "training": run_training}
    for part in settings.parts:
        report[part] = parts[part](settings, console)
    return report


def main() -> None:
    """Reads the options, times, prints and writes."""
    settings = tyro.cli(Stepping, description=__doc__)
    report = run(settings)
    settings.out.parent.mkdir(parents=True, exist_ok=True)
    settings.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"Written to {settings.out}")


if __name__ == "__main__":
    main()
