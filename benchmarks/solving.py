"""How long it takes to draw, enumerate and solve levels, and how that grows from a thousand states to a million.

Enumeration lists every state that can be reached, with all its transitions; solving is value iteration over the whole
horizon (the last columns count one sweep over all states and actions). The growth exponent is the slope of log seconds over
log states; 1 is linear. The peer, where it is installed, is pymdptoolbox's finite-horizon planner on the same tables; the
baseline that always runs is the rules as plain Python, which is what compiling is worth.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro
from innershift.agents.planner import reward_of
from innershift.agents.planning import ValueIteration
from innershift.envs import WORLDS, Level, LevelDistribution
from innershift.envs.mdp import MDP
from innershift.envs.worlds import world_named
from rich.console import Console
from rich.table import Table

GROWING = (
    "Keys:size=6,few=1,many=4", "Keys:size=7,few=2,many=5", "Keys:size=11,few=2,many=6", "Keys:size=13,few=3,many=8",
    "Keys:size=21,few=3,many=8",
)  # fmt: skip
"""Levels of about a thousand to a million states when shifted; the third has 30,000."""


@dataclass(frozen=True)
class Solving:
    """Time generation, enumeration and value iteration; print tables and write JSON.

    Attributes:
        worlds: worlds with knobs whose levels are drawn, enumerated and solved; none takes all, at their defaults.
        growing: worlds of growing size, for the exponents.
        levels: levels of each world, shifted.
        seconds: how long generation is timed at least.
        repeats: runs of each timing; the fastest counts.
        seed: of the levels.
        quick: small worlds and one repeat, to see that all works.
        out: where to write the JSON.
    """

    worlds: tuple[str, ...] = ()
    growing: tuple[str, ...] = GROWING
    levels: int = 3
    seconds: float = 0.5
    repeats: int = 3
    seed: int = 0
    quick: bool = False
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = field(default=Path("runs/benchmarks/solving.json"))


def seconds(call: Callable[[], object], repeats: int) -> float:
    """Least time that a call takes, after one that compiles."""
    call()
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return min(times)


def solve(mdp: MDP, horizon: int) -> object:
    """Exact values and all optimal actions for every number of steps to go."""
    whole = mdp.level.world.exact(mdp.level.world.base)[0]
    return ValueIteration().solve(mdp, reward_of(mdp, whole), horizon)


def drawn_a_second(law: LevelDistribution, least: float, seed: int) -> float:
    """Levels drawn from a law in a second."""
    rng = np.random.default_rng(seed)
    law.sample(rng)
    begun, count = time.perf_counter(), 0
    while time.perf_counter() - begun < least:
        law.sample(rng)
        count += 1
    return count / (time.perf_counter() - begun)


def plain_states_a_second(level: Level, least: float) -> float:
    """States a second that the rules as plain Python expand, in breadth-first order."""
    world = level.world
    rules = getattr(world.rules, "py_func", world.rules)
    plain = level.solid, level.width, level.params
    nxt = np.zeros((world.branches, len(world.field_names)), dtype=np.int64)
    events = np.zeros((world.branches, len(world.events)), dtype=np.int64)
    chance, ended = np.ones(world.branches), np.zeros(world.branches, dtype=bool)
    queue = [tuple(int(v) for v in level.start)]
    seen, begun, done = {queue[0]}, time.perf_counter(), 0
    while done < len(queue) and time.perf_counter() - begun < least:
        for action in range(5):
            events[:] = 0
            for k in range(rules(*plain, np.array(queue[done]), action, nxt, events, chance, ended)):
                state = tuple(nxt[k].tolist())
                if not ended[k] and state not in seen:
                    seen.add(state)
                    queue.append(state)
        done += 1
    return done / (time.perf_counter() - begun)


def toolbox_seconds(mdp: MDP, horizon: int) -> float | None:
    """The same problem by pymdptoolbox, None where it is not installed."""
    try:
        from mdptoolbox.mdp import FiniteHorizon  # type: ignore[import-not-found]
    except ImportError:
        return None
    rows = mdp.transition
    transitions = [rows[np.arange(mdp.n_states) * 5 + action] for action in range(5)]
    whole, denominator = mdp.level.world.exact(mdp.level.world.base)
    reward = np.asarray(mdp.expected_events @ whole / denominator)
    begun = time.perf_counter()
    FiniteHorizon(transitions, reward, 1.0, horizon).run()
    return time.perf_counter() - begun


def exponent(sizes: list[int], times: list[float]) -> float:
    """Slope of log time over log size."""
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def measured(spec: str, settings: Solving) -> dict:
    """All timings of one world."""
    world = world_named(spec)
    law = LevelDistribution.deploy(world)
    levels = law.levels(settings.seed, settings.levels)
    mdps = [level.to_mdp(4_000_000) for level in levels]
    states = float(np.mean([mdp.n_states for mdp in mdps]))
    enumerate_all = np.mean([seconds(partial(level.to_mdp, 4_000_000), settings.repeats) for level in levels])
    solve_all = np.mean([seconds(partial(solve, mdp, mdp.level.horizon), settings.repeats) for mdp in mdps])
    sweeps = np.mean([mdp.level.horizon * mdp.n_states * 5 for mdp in mdps])
    peer = toolbox_seconds(mdps[0], levels[0].horizon) if states < 2000 else None
    return {
        "world": spec,
        "levels_a_second": drawn_a_second(law, settings.seconds, settings.seed),
        "states": states,
        "enumerate_seconds": float(enumerate_all),
        "solve_seconds": float(solve_all),
        "horizon": levels[0].horizon,
        "nanoseconds_a_backup": float(1e9 * solve_all / sweeps),
        "enumeration_over_plain_python": float(states / enumerate_all / plain_states_a_second(levels[0], settings.seconds)),
        "solving_over_pymdptoolbox": None if peer is None else float(peer / solve_all),
    }


def run(settings: Solving) -> dict:
    """All timings that were asked for."""
    console = Console()
    names = settings.worlds or tuple(WORLDS)
    growing = settings.growing
    if settings.quick:
        names, growing = settings.worlds or ("CheeseCorner", "Keys:size=5"), growing[:2]
    table = Table(title="Levels of each world, shifted", title_justify="left", box=None)
    headings = ("world", "draws/s", "states", "list ms", "solve ms", "steps", "ns/backup", "×plain", "×peer")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "world" else "right", overflow="fold")
    rows = []
    with console.status("timing ..."):
        for spec in (*names, *growing):
            rows.append(row := measured(spec, settings))
            peer = row["solving_over_pymdptoolbox"]
            table.add_row(
                spec, f"{row['levels_a_second']:,.0f}", f"{row['states']:,.0f}", f"{1e3 * row['enumerate_seconds']:.2f}",
                f"{1e3 * row['solve_seconds']:.2f}", str(row["horizon"]), f"{row['nanoseconds_a_backup']:.1f}",
                f"{row['enumeration_over_plain_python']:,.0f}", "-" if peer is None else f"{peer:,.0f}",
            )  # fmt: skip
    console.print(table)
    console.print("×plain: enumeration over the rules as plain Python. ×peer: value iteration over pymdptoolbox.", style="dim")
    grown = rows[len(names) :]
    sizes = [row["states"] for row in grown]
    growth = {
        "enumerate": exponent(sizes, [row["enumerate_seconds"] for row in grown]),
        "solve one step": exponent(sizes, [row["solve_seconds"] / row["horizon"] for row in grown]),
    }
    for what, slope in growth.items():
        console.print(f"growth exponent, {what}: {slope:.2f} (aim: at most 1.1)", highlight=False)
    return {"settings": asdict(settings) | {"out": str(settings.out)}, "machine": machine(), "rows": rows, "growth": growth}


def machine() -> dict:
    """What the numbers were taken on."""
    return {"python": platform.python_version(), "numpy": np.__version__, "platform": platform.platform()}


def main() -> None:
    """Reads the options, times, prints and writes."""
    settings = tyro.cli(Solving, description=__doc__)
    report = run(settings)
    settings.out.parent.mkdir(parents=True, exist_ok=True)
    settings.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"Written to {settings.out}")


if __name__ == "__main__":
    main()
