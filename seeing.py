"""The verbs that show things: worlds, levels, what agents do there, and a game for yourself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg


@dataclass(frozen=True)
class Worlds:
    """Show what worlds there are, or one of them: its story, reward, proxies and a pair of levels.

    innershift worlds

    innershift worlds Keys --seed 3

    innershift worlds --presets
    """

    world: Annotated[Positional[str], arg(help_behavior_hint="(default: lists all)")] = ""
    """Name of a world, with knobs if you like: Keys, or Doors:mode=command,size=9."""
    seed: int = 0
    """Seed of the two levels shown of a world; `render` draws the same two."""
    presets: bool = False
    """List the published environments that the worlds restate, with every difference, and nothing else."""

    def run(self) -> None:
        """Print the gallery, one world or the presets."""
        from .analysis.report.atlas import show_worlds
        from .analysis.report.terminal import show_presets, show_world

        if self.presets:
            show_presets()
        else:
            show_world(self.world, self.seed) if self.world else show_worlds(self.seed)


@dataclass(frozen=True)
class Levels:
    """Draw levels, show how far each tells a proxy from the reward, keep them in files, find the smallest that does.

    The distinguishing gap of a level is the base reward that an agent which wants the proxy loses there, exactly, with its
    ties broken in the best and in the worst way. Levels are binned by it.

    innershift levels Keys --count 3

    innershift levels CheeseCorner --gap --split deploy --out runs/levels

    innershift levels Doors --smallest colour base
    """

    world: Positional[str]
    """Name of a world, with knobs if you like: Keys, or Doors:mode=command."""
    gap: bool = False
    """Compute the gap of every level for every proxy, and bin the levels by it."""
    smallest: Annotated[tuple[str, ...], arg(metavar="WISH WISH")] = ()
    """Search the smallest level on which two wishes choose differently. A wish: base, a proxy, or key_taken=1,moved=-0.02."""
    least: float = 0.0
    """With --smallest: what has to be lost by the second wish at least, as a number of its own units."""
    split: Annotated[str, arg(metavar="{train,deploy}")] = "deploy"
    """Law that levels are drawn from."""
    shift: float = 1.0
    """How far the knob is moved at deployment: 0 not at all, 1 all the way."""
    count: int = 12
    """Levels drawn; at least 1."""
    seed: int = 0
    """Seed they are drawn with."""
    source: Annotated[Path | None, arg(name="from", metavar="PLACE", help_behavior_hint="(default: draws levels)")] = (
        None
    )
    """File or folder of ASCII drawings to take levels from."""
    proxies: tuple[str, ...] = ()
    """With --gap: proxies to look at; default: all."""
    edges: tuple[float, ...] = (0.01, 0.1, 0.3)
    """With --gap: shares of the reward, ascending, that part the bins."""
    out: Annotated[Path | None, arg(metavar="FOLDER", help_behavior_hint="(default: prints only)")] = None
    """Folder that gets a drawing of each level; with --gap a folder in it for each bin of the first proxy."""

    def run(self) -> None:
        """Draw them, or search."""
        from .analysis.report.levels import show_levels, show_smallest

        if self.count < 1 or self.seed < 0:
            raise ValueError(
                f"--count {self.count} --seed {self.seed}: draw at least 1 level, with a seed of at least 0."
            )
        if not self.smallest:
            show_levels(
                self.world,
                self.split,
                self.shift,
                self.count,
                self.seed,
                self.source,
                self.gap,
                self.proxies,
                self.edges,
                self.out,
            )
        elif len(self.smallest) == 2:
            self._check_search()
            show_smallest(self.world, *self.smallest, seed=self.seed, least=self.least, out=self.out)
        else:
            raise ValueError(f"--smallest {' '.join(self.smallest)}: name two wishes, such as: --smallest keys base")

    def _check_search(self) -> None:
        """Refuse options that say which levels are shown, where a search draws its own."""
        others = ("gap", "split", "shift", "count", "source", "proxies", "edges")
        given = ["from" if name == "source" else name for name in others if getattr(self, name) != getattr(Levels, name)]
        if given:
            raise ValueError(f"--smallest searches levels of its own; leave out {', '.join(f'--{name}' for name in given)}.")


@dataclass(frozen=True)
class Play:
    """Play a world yourself: in a window, or in the terminal where there is no display.

    Arrows or WASD move, space stays, U takes steps back, R starts again, N and P go to the next and the previous level, T
    from training to deployment and back. O shows what each cell is worth by the reward and by each proxy, and what an agent
    makes of it: its values and its way from where you stand. G watches another agent. Esc, Q or Ctrl-C leave.

    innershift play Keys

    innershift play CheeseCorner --agent corner --seed 5 --ansi
    """

    world: Positional[str]
    """Name of a world, with knobs if you like: Keys, or Doors:mode=command."""
    agent: Annotated[str, arg(help_behavior_hint="(default: none)")] = ""
    """Agent whose values and way can be shown: a row of the zoo, or a part of its name."""
    seed: int = 0
    """Seed of the pair of levels to begin with; `render` draws the same two."""
    shift: float = 1.0
    """How far the knob is moved at deployment: 0 not at all, 1 all the way."""
    level: Annotated[Path | None, arg(metavar="FILE", help_behavior_hint="(default: sampled levels)")] = None
    """A file or folder of ASCII drawings to play instead; seed 0 is the first."""
    ansi: bool = False
    """Play in the terminal even where there is a display."""

    def run(self) -> None:
        """Play."""
        from .analysis.play import play

        play(self.world, self.agent, self.seed, self.shift, self.level, self.ansi)


@dataclass(frozen=True)
class Render:
    """Draw a level in training beside one at deployment, with the way that an agent takes.

    innershift render Keys --agent proxy

    innershift render CheeseCorner --agent robust --ansi

    innershift render CheeseCorner --agent corner --side-by-side --video corner.gif
    """

    world: Positional[str]
    """Name of a world, with knobs if you like: Keys, or Doors:mode=command."""
    agent: Annotated[str, arg(help_behavior_hint="(default: none, the levels alone)")] = ""
    """Row of the zoo, or a part of its name: robust, corner."""
    seed: int = 0
    """Seed of the levels."""
    shift: float = 1.0
    """How far the knob is moved in the second level: 0 not at all, 1 all the way."""
    level: Annotated[Path | None, arg(metavar="FILE", help_behavior_hint="(default: a pair of sampled levels)")] = None
    """A file or folder of ASCII drawings; shows the one with number `seed` instead of the pair."""
    px: int = 32
    """Pixels a cell."""
    out: Annotated[Path | None, arg(metavar="FILE", help_behavior_hint="(default: WORLD.png in this folder)")] = None
    """PNG file to write."""
    ansi: bool = False
    """Print to the terminal instead of writing a picture."""
    video: Annotated[Path | None, arg(metavar="FILE", help_behavior_hint="(default: no film)")] = None
    """GIF or MP4 file to write: the episodes step by step, each step with the plan from there on."""
    side_by_side: bool = False
    """Show what each cell is worth by the reward and, beside it, to the agent."""
    fps: int = 6
    """Pictures a second in the film."""

    def run(self) -> None:
        """Draw it."""
        from .analysis.play.rendering import render_pair

        render_pair(
            self.world, self.agent, self.seed, self.shift, self.level, self.px, self.out, self.ansi, self.video,
            self.side_by_side, self.fps,
        )  # fmt: skip
