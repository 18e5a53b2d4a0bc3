"""The command line: one verb a dataclass, the text under each field is its help; those that judge, and `main`."""

from __future__ import annotations

import codecs
import os
import sys
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from shutil import get_terminal_size
from typing import Annotated

import tyro
from tyro.conf import Positional, arg, subcommand

from . import __version__
from .seeing import Levels, Play, Render, Worlds

NARROWEST = 40
"""Columns, the least that help and tables are laid out for."""
PLAIN = str.maketrans("·–—−✓░○●•…←→↑↓³×≤≥λ“”’", ".---+#oo*.<>^v3x<>l\"\"'")
"""Signs that some terminals lack, and what stands for each there."""
VERBS = ("worlds", "play", "render", "levels", "bench", "census", "controls")

# Words with few choices: the help lists them. A wrong one is refused with a suggestion where it is used, which tyro's own
# refusal of a `Literal` lacks.
Outcomes = Annotated[str, arg(metavar="{profiles,itineraries}")]
Search = Annotated[str, arg(metavar="{effective,ideal}")]
Belief = Annotated[str, arg(metavar="{subjective,objective}")]
Decision = Annotated[str, arg(metavar="{as_implemented,ideal}")]


@dataclass(frozen=True)
class Bench:
    """Judge the whole zoo of agents: which maps from inner objective to reward survive the shift.

    Writes results as JSON lines and a page `report.html` with a picture of every counterexample. The same settings give
    the same bytes. Ctrl-C keeps what is finished.

    innershift bench

    innershift bench --worlds Keys Lever --seeds 5 --train-levels 20
    """

    worlds: Annotated[
        tuple[str, ...], arg(help_behavior_hint="(default: CheeseCorner Doors Doors:mode=command Keys Lever)")
    ] = ()
    """Worlds with knobs, such as Keys Doors:mode=command,size=9."""
    agents: Annotated[tuple[str, ...], arg(help_behavior_hint="(default: all)")] = ()
    """Parts of agents' names to keep, such as robust proxy."""
    train_levels: int = 24
    """Training levels drawn for each world and seed; at least 1."""
    deploy_levels: int = 8
    """Deployment levels drawn for each world and seed. 0 shows that nothing is testable then."""
    seeds: int = 3
    """How many seeds to draw levels with; at least 1."""
    seed: int = 0
    """The first seed."""
    shift: float = 1.0
    """How far the world's knob is moved at deployment: 0 not at all, 1 all the way."""
    outcomes: Outcomes = "profiles"
    """What is compared: profiles (every outcome) or itineraries (ordered visits, easier to read, not exhaustive)."""
    search: Search = "effective"
    """effective: plans that the agent's budget visits. ideal: all plans. Also changes behaviour, as the next two do."""
    belief: Belief = "subjective"
    """subjective: plans scored by the agent's own model. objective: by the true one."""
    decision: Decision = "as_implemented"
    """as_implemented: the end of the scale that the agent takes. ideal: always the top."""
    workers: int = 2
    """Processes to use."""
    out: Annotated[Path | None, arg(metavar="FOLDER", help_behavior_hint="(default: runs/bench-KEY)")] = None
    """Folder for results; KEY in the default depends on the settings alone."""

    def run(self) -> None:
        """Run the sweep, print the table, write the page."""
        from .analysis.bench import WORLDS, Settings
        from .analysis.report import bench_with_progress

        for name, least in (("train_levels", 1), ("deploy_levels", 0), ("seeds", 1), ("workers", 1), ("seed", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"--{name.replace('_', '-')} {getattr(self, name)}: must be at least {least}.")
        settings = Settings(
            worlds=self.worlds or WORLDS,
            train_levels=self.train_levels,
            deploy_levels=self.deploy_levels,
            seeds=self.seeds,
            seed=self.seed,
            outcomes=self.outcomes,
            shift=self.shift,
            search=self.search,
            belief=self.belief,
            decision=self.decision,
            agents=self.agents,
        )
        bench_with_progress(settings, self.out or Path("runs") / f"bench-{settings.key}", self.workers)


@dataclass(frozen=True)
class Census:
    """Count objectives: of all weights on a grid, which are optimal in training, and which stay so after the shift.

    Equal training score does not fix what an agent wants; here is how many objectives it leaves, by number of training
    levels and share of shifted levels among them, and the fewest levels that leave only robust ones. Every count is exact.
    Writes JSON lines. The same settings give the same bytes. Ctrl-C keeps what is finished.

    innershift census Doors

    innershift census Keys --values 0 1/2 1 2 --mix 0 0.1 --train-levels 64

    innershift census CheeseCorner --events cheese corner_entered --values -1 0 1
    """

    world: Positional[str]
    """Name of a world, with knobs if you like: Keys, or Doors:mode=command."""
    values: tuple[str, ...] = ()
    """Weights that each event takes, written exactly: -1 0 1/2 0.02. Default: a grid that suits the world."""
    events: tuple[str, ...] = ()
    """Events that take them, such as square red. Default: those of the world's grid."""
    moved: tuple[str, ...] = ()
    """Weights that a move takes, none above 0. Default: what it costs in the base reward."""
    train_levels: int = 32
    """Training levels drawn for each seed and mix; at least 1."""
    deploy_levels: int = 48
    """Deployment levels, drawn once; at least 1."""
    seeds: int = 3
    """How many seeds to draw training levels with; at least 1."""
    seed: int = 0
    """The first seed, also that of deployment."""
    mix: tuple[float, ...] = (0.0, 0.05, 0.25)
    """Shares of shifted levels in training, from 0 to 1; the first is the one told in detail."""
    shift: float = 1.0
    """How far the world's knob is moved in shifted levels and at deployment: 0 not at all, 1 all the way."""
    tolerance: str = "0"
    """What may be lost on a level without harm, as an exact share of the most that can be earned: 0, 1/100."""
    out: Path | None = None
    """Folder for results; default: runs/census-KEY, where KEY depends on the settings alone."""

    def run(self) -> None:
        """Take the census, print it, write the lists."""
        from .analysis.census import CensusSettings
        from .analysis.report.census import census_with_progress

        for name, least in (("train_levels", 1), ("deploy_levels", 1), ("seeds", 1), ("seed", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"--{name.replace('_', '-')} {getattr(self, name)}: must be at least {least}.")
        settings = CensusSettings(
            world=self.world,
            values=self.values,
            events=self.events,
            moved=self.moved,
            train_levels=self.train_levels,
            deploy_levels=self.deploy_levels,
            seeds=self.seeds,
            seed=self.seed,
            mix=self.mix,
            shift=self.shift,
            tolerance=self.tolerance,
        )
        census_with_progress(settings, self.out or Path("runs") / f"census-{settings.key}")


@dataclass(frozen=True)
class Controls:
    """Print the expected verdict of every planted objective, class of maps and outcome set, and measure whether it is so.

    Ends with status 1 if a verdict is not as planted, which is a bug.

    innershift controls

    innershift controls --seed 3 --levels 10
    """

    seed: int = 0
    """Seed of the levels."""
    levels: int = 6
    """Training levels, and as many deployment levels; at least 2."""

    def run(self) -> int:
        """Measure, print both tables, and return the exit status."""
        from .analysis.report.controls import print_controls

        for name, least in (("seed", 0), ("levels", 2)):
            if getattr(self, name) < least:
                raise ValueError(f"--{name} {getattr(self, name)}: must be at least {least}.")
        return int(print_controls(self.seed, self.levels) > 0)


Verb = (
    Annotated[Worlds, subcommand("worlds", prefix_name=False)]
    | Annotated[Play, subcommand("play", prefix_name=False)]
    | Annotated[Render, subcommand("render", prefix_name=False)]
    | Annotated[Levels, subcommand("levels", prefix_name=False)]
    | Annotated[Bench, subcommand("bench", prefix_name=False)]
    | Annotated[Census, subcommand("census", prefix_name=False)]
    | Annotated[Controls, subcommand("controls", prefix_name=False)]
)

__all__ = ["Bench", "Census", "Controls", "Levels", "Play", "Render", "Worlds", "main"]


def main(argv: list[str] | None = None) -> int:
    """Run one verb; returns the exit status: 0 done, 2 a wrong word or place, 130 interrupted, 141 nobody reads on."""
    argv = sys.argv[1:] if argv is None else argv
    _write_anywhere()
    if argv in (["--version"], ["-V"]):
        print(f"innershift {__version__}")
        return 0
    if argv and not argv[0].startswith("-") and argv[0] not in VERBS:
        from .envs.errors import UnknownName

        print(f"innershift: {UnknownName('verb', argv[0], VERBS)}", file=sys.stderr)
        return 2
    try:
        verb = tyro.cli(
            Verb,  # type: ignore[arg-type]
            prog="innershift",
            description="Does any map from an agent's inner objective to the reward survive a shift? "
            "Each verb has its own --help. --version prints the version.",
            args=argv or ["--help"],
        )
        status = verb.run() or 0
        sys.stdout.flush()
    except BrokenPipeError:
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        return 141
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        reason = error.strerror or error
        print(f"innershift: {place}{reason}. Name another place with --out, or make room there.", file=sys.stderr)
        return 2
    except ValueError as error:
        print("\n".join((f"innershift: {error}", *getattr(error, "__notes__", ()))), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("innershift: interrupted", file=sys.stderr)
        return 130
    return status


def _write_anywhere() -> None:
    """Let any terminal show what it can: signs that its encoding lacks are replaced, and no text is laid out in one column.

    Otherwise a table that took a minute to compute would end in a `UnicodeEncodeError`, and help one column wide never.
    """
    codecs.register_error("innershift", _stand_in)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="innershift")
    if get_terminal_size().columns < NARROWEST:
        os.environ["COLUMNS"] = str(NARROWEST)


def _stand_in(error: UnicodeError) -> tuple[str, int]:
    """What to write for a sign that an encoding lacks: one that looks like it, so that letters stay apart, else "?"."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return error.object[error.start : error.end].translate(PLAIN).encode("ascii", "replace").decode(), error.end
