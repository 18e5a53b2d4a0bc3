"""The contract of a world: fields, events, weights, compiled rules, drawings and the laws that draw levels.

A world is one file in `envs/worlds/`. It declares names (fields, events, channels, symbols), writes its
dynamics once as scalar code (`rules`), and says how levels are drawn. Stepping, enumeration as a finite
Markov decision process, observations and drawings all follow from that.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from . import level as levels
from .errors import KnobError, UnknownName
from .level import LONGEST, Level

ACTIONS = ("up", "down", "left", "right", "stay")
UP, DOWN, LEFT, RIGHT, STAY = range(5)
LAYOUT_SIDES = ("train", "deploy", "any")

TRIES = 10_000
"""Layouts that are tried for one level."""

Weights = Mapping[str, Fraction]
"""Weights on a world's events; an event that is not named weighs 0."""


class Field(NamedTuple):
    """One small-integer variable of the state: its name and how many values it has."""

    name: str
    size: int


class Channel(NamedTuple):
    """One observation plane: its name and how it is drawn.

    A channel with a `sprite` draws that figure; a channel with only a `tint` colours the figure it shares a cell with.
    """

    name: str
    sprite: str | None = None
    tint: str | None = None


class Claim(NamedTuple):
    """What a world claims of a proxy; the tests compute it, exactly, on many levels at the default knobs.

    A regret here is that of an agent which wants the proxy and breaks ties in the worst way, as a share of what lies between
    the best and the worst policy of the level.

    Attributes:
        sliver: the most that the mean regret is in training; it is 0 on at least nine levels in ten.
        cost: the least that the mean regret is at deployment.
        often: the least share of deployment levels on which the regret is over a tenth.
    """

    sliver: float
    cost: float
    often: float


class Proxy(NamedTuple):
    """An objective that coincides with the base reward in training and comes apart at deployment.

    Attributes:
        weights: on the world's events.
        story: one sentence: why it coincides in training.
        claim: what it costs in training and at deployment.
        depth: how many actions ahead its planner looks; None looks to the end. A proxy with a depth coincides only
            for a planner of that depth.
        discount: what a reward one step later is worth to it, in (0, 1); None counts late and early alike. A proxy with a
            discount coincides only for a planner that discounts so.
    """

    weights: Weights
    story: str
    claim: Claim
    depth: int | None = None
    discount: Fraction | None = None


def weigh(**weights: int | str | Fraction) -> dict[str, Fraction]:
    """Exact weights on events: `weigh(cheese=1, moved="-0.02")`."""
    return as_weights(weights)


@lru_cache(maxsize=1000)
def exactly(value: int | str | Fraction) -> Fraction:
    """The fraction that a whole number, a fraction or a text such as "-0.02" or "1/3" is.

    Raises:
        ValueError: a text that is no number, or one with an exponent of five digits or more, whose digits nobody wants.
        ZeroDivisionError: a text that divides by zero.
    """
    if isinstance(value, str):
        exponent = value.lower().partition("e")[2].strip().lstrip("+-").replace("_", "").lstrip("0")
        if len(exponent) > 4:
            raise ValueError(f"{value!r} has an exponent of {len(exponent)} digits")
    return Fraction(value)


def as_weights(weights: Mapping[str, int | str | Fraction]) -> dict[str, Fraction]:
    """The same weights as exact fractions.

    Raises:
        KnobError: a weight that is no exact number; a float is refused, for -0.02 is not exactly a fiftieth.
    """
    exact = {}
    for event, value in weights.items():
        if isinstance(value, (bool, float, np.floating)) or not isinstance(value, (int, np.integer, str, Fraction)):
            raise KnobError(
                f"weight {value!r} on {event!r} is no exact number; write a whole number, a Fraction, or a text such as "
                f"'{value}'."
            )
        try:
            exact[event] = exactly(int(value) if isinstance(value, np.integer) else value)
        except (ValueError, ZeroDivisionError):
            raise KnobError(f"weight {value!r} on {event!r} is no number; write one such as '-0.02' or '1/3'.") from None
    return exact


@njit(inline="never")
def destination(solid, width, cell, action):  # pragma: no cover - compiled
    """Cell where `action` leads from `cell`; a bump into something solid stays."""
    target = cell
    if action == 0:
        target = cell - width
    elif action == 1:
        target = cell + width
    elif action == 2:
        target = cell - 1
    elif action == 3:
        target = cell + 1
    return cell if solid[target] else target


@dataclass(frozen=True)
class World(ABC):
    """Base class of all worlds; an instance fixes the knobs that stay the same from level to level.

    A world's story, that its proxies coincide with the reward in training and come apart at deployment, is computed by the
    tests at the default knobs (of Doors in both modes). Other knobs make other worlds, whose story may be weaker.

    Attributes:
        size: interior cells a side.
        horizon: steps an episode lasts at most; None takes the world's own `steps_for(size)`.
    """

    size: int = 7
    horizon: int | None = None

    name: ClassVar[str]
    summary: ClassVar[str]
    knob: ClassVar[str]
    """What `shift` moves from 0 to 1, in one sentence."""
    symbols: ClassVar[Mapping[str, str]]
    border_symbols: ClassVar[str] = ""
    headers: ClassVar[Mapping[str, str]] = {}
    field_names: ClassVar[tuple[str, ...]]
    events: ClassVar[tuple[str, ...]]
    deeds: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """Events as deeds, once and several times: "taking a key", "taking {n} keys"; one that is not listed is told by its name."""
    channels: ClassVar[tuple[Channel, ...]]
    branches: ClassVar[int] = 1
    """The most outcomes that one (state, action) can have; 1 is a deterministic world."""
    rules: ClassVar[Callable[..., int]]
    """`rules(solid, width, params, fields, action, nxt, events, chance, ended) -> n`: scalar code that Numba compiles.

    Writes n branches: fields `nxt[k]`, event counts `events[k]` (given zeroed), probability `chance[k]`, `ended[k]`.
    """
    paint: ClassVar[Callable[..., None]]
    """`paint(params, fields, value, planes)`: writes `value` at every (cell, channel) that depends on the state."""
    smallest: ClassVar[int] = 3
    fixed_sites: ClassVar[bool] = True
    """Whether things lie still and are worth visiting one by one, so that itineraries can be listed."""

    easier: ClassVar[str] = "a lower density, fewer things or a larger size"
    """Knobs that make the law of its levels easier to meet."""
    more_layouts: ClassVar[str] = "a density well between 0 and 1 or a larger size"
    """Knobs that leave more layouts."""

    def __post_init__(self) -> None:
        """Check the knobs that every world has; NumPy's numbers will do."""
        for knob in fields(self):
            value = getattr(self, knob.name)
            if isinstance(value, (np.integer, np.floating)):
                object.__setattr__(self, knob.name, value.item())
            if isinstance(value, (bool, np.bool_)):
                raise KnobError(f"{self.name}: {knob.name} {value!r} is neither a number nor a word.")
        if not isinstance(self.size, int) or not self.smallest <= self.size <= 61:
            raise KnobError(f"{self.name}: size {self.size!r} is not a whole number from {self.smallest} to 61.")
        if self.horizon is not None and (not isinstance(self.horizon, int) or not 1 <= self.horizon <= LONGEST):
            raise KnobError(
                f"{self.name}: horizon {self.horizon!r} is not a whole number of steps of at least 1 and at most {LONGEST:,}, "
                "or None."
            )
        for knob in fields(self):
            share = getattr(self, knob.name)
            if isinstance(knob.default, float) and not (isinstance(share, (int, float)) and 0 <= share <= 1):
                raise KnobError(f"{self.name}: {knob.name} {share!r} is not a number from 0 to 1.")

    # What a world says about itself ------------------------------------------------------------------------------

    @property
    @abstractmethod
    def base(self) -> Weights:
        """Weights of the base reward on the events."""

    @property
    @abstractmethod
    def proxies(self) -> Mapping[str, Proxy]:
        """Named proxies, on the same events."""

    @property
    @abstractmethod
    def contacts(self) -> Mapping[str, tuple[str, ...]]:
        """Events that count as touching the "target" and as touching the "proxy", to score goal apart from capability."""

    def steps_for(self, size: int) -> int:
        """Default horizon of a level with `size` interior cells a side, in steps."""
        return 6 * size

    @property
    def steps(self) -> int:
        """The horizon in force, in steps."""
        return self.steps_for(self.size) if self.horizon is None else self.horizon

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of its levels, borders included."""
        return self.size + 2, self.size + 2

    @property
    def spec(self) -> str:
        """Name and the knobs that differ from their defaults, as `world_named` reads it: `Doors:mode=command`."""
        changed = [f"{f.name}={getattr(self, f.name)}" for f in fields(self) if getattr(self, f.name) != f.default]
        return ":".join([self.name, ",".join(changed)]) if changed else self.name

    def vector(self, weights: Weights) -> npt.NDArray[np.float64]:
        """`[E]` the weights as floats in the order of `events`.

        Raises:
            UnknownName: a weight on an event that this world does not have.
        """
        for event in weights:
            if event not in self.events:
                raise UnknownName(f"event of {self.name}", event, self.events)
        return np.array([float(weights.get(event, 0)) for event in self.events])

    def exact(self, weights: Weights) -> tuple[npt.NDArray[np.int64], int]:
        """`[E]` the weights as whole numbers in the order of `events`, and the denominator they share.

        Raises:
            UnknownName: a weight on an event that this world does not have.
            KnobError: weights that need whole numbers beyond 62 bits.
        """
        self.vector(weights)
        denominator = lcm(*(weight.denominator for weight in weights.values())) if weights else 1
        whole = [int(weights.get(e, 0) * denominator) for e in self.events]
        if max(map(abs, whole)) >= 2**62:
            raise KnobError(
                f"{self.name}: over one denominator the weights {', '.join(map(str, weights.values()))} go beyond 62 bits; "
                "use simpler fractions, such as '-0.02' in place of Fraction(-0.02)."
            )
        return np.array(whole, dtype=np.int64), denominator

    # What a world says about one level ---------------------------------------------------------------------------

    def parse(self, text: str, phase: str = "custom") -> Level:
        """Read an ASCII drawing; see `innershift.envs.level`."""
        return levels.parse(self, text, phase)

    def tidied(self, header: Mapping[str, str], things: tuple[tuple[str, int], ...]) -> Mapping[str, str]:
        """The header of a drawing with these `things`, written in the one way that makes equal levels have equal names."""
        return header

    @abstractmethod
    def check(self, level: Level) -> None:
        """Raise `LevelError` unless the drawing is a playable level of this world."""

    @abstractmethod
    def fields(self, level: Level | None = None) -> tuple[Field, ...]:
        """The state's variables, agent cell first; without a level, with the largest sizes they can have."""

    @abstractmethod
    def encode(self, level: Level) -> npt.NDArray[np.int32]:
        """`[P]` what the compiled rules need to know of the level; P is the same for all levels of a world."""

    @abstractmethod
    def start(self, level: Level) -> tuple[int, ...]:
        """Values of the fields at the start."""

    def solid(self, level: Level) -> npt.NDArray[np.uint8]:
        """`[height * width]` 1 where the agent cannot go."""
        return level.walls.ravel().astype(np.uint8)

    def still(self, level: Level) -> npt.NDArray[np.uint8]:
        """`[height * width, C]` the planes that never change in an episode; channel 0 is the walls."""
        planes = np.zeros((level.walls.size, len(self.channels)), dtype=np.uint8)
        planes[:, 0] = level.walls.ravel()
        return planes

    @abstractmethod
    def resume(self, level: Level, fields: npt.NDArray[np.int32]) -> Level:
        """The level that starts where `level` is in the state with these `fields` (`[F]`)."""

    @abstractmethod
    def read(self, planes: npt.NDArray[np.uint8]) -> Level:
        """The level that an observation (`[height, width, C]` planes) shows; what is hidden stays unknown."""

    @property
    def unseen(self) -> Mapping[str, tuple[str, ...]]:
        """Header lines that no observation shows, with the events that depend on them: who reads these cannot play by sight."""
        return {}

    def describe(self, level: Level, fields: npt.NDArray[np.int32]) -> str:
        """A state in words: `agent=(2, 3) keys=0b01`, rows and columns from 1."""
        words = [f"agent=({fields[0] // level.width + 1}, {fields[0] % level.width + 1})"]
        return " ".join(words + [f"{n}={v}" for n, v in zip(self.field_names[1:], fields[1:], strict=True)])

    def hidden(self, level: Level) -> Mapping[str, tuple[int, ...]]:
        """Cells that matter but are not drawn, by name; figures for people mark them."""
        return {}

    def labels(self, level: Level) -> Mapping[int, str]:
        """A few letters to write on a cell, by cell; figures for people show them where there is room."""
        return {}

    # How levels are drawn ----------------------------------------------------------------------------------------

    def sample(
        self, rng: np.random.Generator, shift: float = 0.0, layouts: str = "any", phase: str = "custom"
    ) -> Level:
        """Draw a level with the native knob at `shift`.

        Args:
            rng: source of all randomness.
            shift: 0 is the training law, 1 the deployment law.
            layouts: "train" or "deploy" takes wall layouts from that side of the layout split; "any" from both.
            phase: recorded in the level; not visible in observations.

        Raises:
            KnobError: shift outside [0, 1], unknown side, or no level of this size fits the law.
        """
        check_share("shift", shift)
        if layouts not in LAYOUT_SIDES:
            raise UnknownName("side of the layout split", layouts, LAYOUT_SIDES)
        tried = 0
        for _ in range(TRIES):
            walls = self.layout(rng)
            if layouts != "any" and layout_side(walls) != layouts:
                continue
            tried += 1
            level = self.place(rng, walls, shift, phase)
            if level is not None:
                return level
        if tried:
            why = f"the law could not be met in any of {tried:,} layouts; try {self.easier}"
        else:
            why = f"all layouts lay on the other side of the layout split; try {self.more_layouts}, or layouts='any'"
        raise KnobError(f"{self.spec}: no level found in {TRIES:,} tries at shift {shift}, layouts {layouts!r}: {why}.")

    @abstractmethod
    def layout(self, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
        """`[height, width]` walls of a new level."""

    @abstractmethod
    def place(self, rng: np.random.Generator, walls: npt.NDArray[np.bool_], shift: float, phase: str) -> Level | None:
        """Put agent and objects into a layout, or None where the law cannot be met there."""


def layout_side(walls: npt.NDArray[np.bool_]) -> str:
    """Side of the layout split, "train" or "deploy", on which these walls (`[height, width]`) lie.

    Decided by a checksum of the walls alone, so no layout is ever seen on both sides.
    """
    import zlib

    packed = np.packbits(walls).tobytes() + bytes(walls.shape)
    return "deploy" if zlib.crc32(packed) >> 7 & 1 else "train"


def check_share(what: str, value: float) -> None:
    """Raise `KnobError` unless `value` is a number in [0, 1]."""
    if not isinstance(value, (int, float, np.floating, np.integer)) or not 0 <= value <= 1:
        raise KnobError(f"{what} {value!r} is outside [0, 1]: 0 is the training law, 1 the deployment law.")
