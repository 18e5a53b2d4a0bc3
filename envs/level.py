"""A level: an ASCII drawing with a short header, parsed into an immutable map.

A drawing is a closed rectangle of walls with one agent in it, after optional `key: value` lines:

    horizon: 20
    #######
    #A..C.#
    #.##..#
    #######

`#` is a wall, `.` open floor, `A` the agent; each world adds symbols and header keys of its own. A thing that the agent
stands on is told by a header line such as `under: c`.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .errors import LevelError

if TYPE_CHECKING:
    from .mdp import MDP
    from .world import World

WALL, FLOOR, AGENT = "#", ".", "A"
SHAPES = bytes.maketrans(b"\0\1", (FLOOR + WALL).encode())
LONGEST = 1_000_000  # steps; a plan holds one row of values a step


@dataclass(frozen=True, eq=False)
class Level:
    """One task instance of a world; equal when the drawings are equal and mean the same to the rules.

    Attributes:
        world: the world whose rules govern it.
        walls: `[height, width]` true where no one can stand.
        agent: cell the agent starts in; a cell is `row * width + column`.
        things: (symbol, cell) of all that is drawn besides walls and the agent, in reading order.
        header: the world's own `key: value` lines, keys sorted, values as text.
        horizon: steps until the episode is truncated; that of the world unless a `horizon:` line says otherwise. It is not
            in the observation: an agent that only sees takes its own world's.
        phase: the law that drew it, "train" or "deploy"; "custom" for a drawing of the caller's.
    """

    world: World
    walls: npt.NDArray[np.bool_]
    agent: int
    things: tuple[tuple[str, int], ...]
    header: Mapping[str, str] = field(default_factory=dict)
    horizon: int = 0
    phase: str = "custom"

    def __post_init__(self) -> None:
        """Freeze the walls and the header."""
        object.__setattr__(self, "walls", _frozen(np.array(self.walls, dtype=np.bool_)))
        object.__setattr__(self, "header", MappingProxyType(dict(sorted(self.header.items()))))

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles are made anew, so that they are as immutable."""
        parts = self.world, self.walls, self.agent, self.things, dict(self.header), self.horizon, self.phase
        return Level, parts

    @property
    def width(self) -> int:
        """Columns, the border included."""
        return self.walls.shape[1]

    @property
    def height(self) -> int:
        """Rows, the border included."""
        return self.walls.shape[0]

    def cells(self, symbol: str) -> tuple[int, ...]:
        """Cells that carry `symbol`, in reading order."""
        return tuple(cell for s, cell in self.things if s == symbol)

    def draw(self) -> str:
        """The drawing; `world.parse(level.draw())` gives the level back."""
        width = self.width
        grid = list(self.walls.tobytes().translate(SHAPES).decode())
        for symbol, cell in self.things:
            grid[cell] = symbol
        head = [f"horizon: {self.horizon}"] + [f"{key}: {value}" for key, value in self.header.items()]
        if grid[self.agent] != FLOOR:
            head.append(f"under: {grid[self.agent]}")
        grid[self.agent] = AGENT
        rows = ["".join(grid[i : i + width]) for i in range(0, len(grid), width)]
        return "\n".join(head + rows)

    @cached_property
    def id(self) -> str:
        """Name that depends on the drawing alone, such as `Keys-3f2a91c07b`."""
        return f"{self.world.name}-{hashlib.blake2s(self.draw().encode(), digest_size=5).hexdigest()}"

    @cached_property
    def params(self) -> npt.NDArray[np.int32]:
        """`[P]` the numbers of this level that the compiled rules read; the world documents their order."""
        return _frozen(self.world.encode(self))

    @cached_property
    def solid(self) -> npt.NDArray[np.uint8]:
        """`[height * width]` 1 where the agent cannot go: walls and whatever the world makes solid."""
        return _frozen(self.world.solid(self))

    @cached_property
    def still(self) -> npt.NDArray[np.uint8]:
        """`[height * width, C]` observation planes of all that never changes in an episode."""
        return _frozen(self.world.still(self))

    @cached_property
    def start(self) -> npt.NDArray[np.int32]:
        """`[F]` values of the world's fields at the start."""
        return _frozen(np.array(self.world.start(self), dtype=np.int32))

    def planes(self, fields: npt.NDArray[np.int32] | None = None) -> npt.NDArray[np.uint8]:
        """`[height, width, C]` binary planes of the state with these `fields` (`[F]`, default the start)."""
        planes = self.still.copy()
        self.world.paint(self.params, self.start if fields is None else fields, np.uint8(1), planes)
        return planes.reshape(self.height, self.width, -1)

    def to_mdp(self, max_states: int = 1_000_000) -> MDP:
        """Every state reachable from the start, with all transitions, by the same rules that step.

        Args:
            max_states: refuse above this many reachable states.

        Raises:
            StateSpaceError: too many states; names the count and the fields that multiply it.
        """
        from .mdp import enumerate_level

        return enumerate_level(self, max_states)

    def __eq__(self, other: object) -> bool:
        """Same drawing, and the same numbers for the rules, on which some knobs bear."""
        return isinstance(other, Level) and self.id == other.id and np.array_equal(self.params, other.params)

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        """A line: its id and size."""
        return f"<Level {self.id}, {self.height} x {self.width}, {self.phase}>"

    def __str__(self) -> str:
        return self.draw()


def parse(world: World, text: str, phase: str = "custom") -> Level:
    """Read a drawing as a level of `world`.

    Raises:
        LevelError: not a level; the message names the row, the column, the character and what is allowed, and the line of
            the text where rows are counted otherwise.
        TypeError: not a text.
    """
    if not isinstance(text, str):
        raise TypeError(f"{world.name}: {text!r} is not the text of a drawing; give its lines as one str.")
    numbered = [(n, line.rstrip()) for n, line in enumerate(_dedented(text).splitlines(), 1) if line.strip()]
    head = next((i for i, (_, line) in enumerate(numbered) if ":" not in line), len(numbered))
    try:
        return _level(world, [line for _, line in numbered[:head]], [line for _, line in numbered[head:]], phase)
    except LevelError as error:
        row = re.match(rf"{world.name}: row (\d+)", str(error))
        if row is None or numbered[head - 1 + int(row[1])][0] == int(row[1]):
            raise
        line, words = numbered[head - 1 + int(row[1])]
        raise LevelError(f"{error} (Row {row[1]} is line {line}, {words!r}.)") from None


def _dedented(text: str) -> str:
    return textwrap.dedent(text.expandtabs().removeprefix("\ufeff"))


def _level(world: World, head: Sequence[str], lines: Sequence[str], phase: str) -> Level:
    """The level that header lines and rows of a grid mean."""
    header: dict[str, str] = {}
    for words in head:
        key, value = (part.strip() for part in words.split(":", 1))
        if key in header:
            raise LevelError(f"{world.name}: header line {key!r} stands twice; keep one.")
        header[key] = " ".join(value.split())
    horizon = _horizon(world, header.pop("horizon", None))
    under = header.pop("under", None)
    _check_header(world, header)
    if not lines:
        raise LevelError(
            f"{world.name}: the drawing has no grid; draw walls with '#', floor with '.', the agent with 'A'."
        )
    width = len(lines[0])
    for r, line in enumerate(lines, 1):
        if len(line) != width:
            raise LevelError(
                f"{world.name}: row {r} has {len(line)} characters, row 1 has {width}; all rows must be equally long."
            )
    allowed = {WALL: "wall", FLOOR: "floor", AGENT: "agent", **world.symbols}
    walls = np.zeros((len(lines), width), dtype=bool)
    agents, things = [], []
    for r, line in enumerate(lines):
        for c, char in enumerate(line):
            if char not in allowed:
                listed = ", ".join(f"{s!r} {what}" for s, what in allowed.items())
                raise LevelError(
                    f"{world.name}: row {r + 1}, column {c + 1}: {char!r} is not a symbol here. Allowed: {listed}."
                )
            on_border = r in (0, len(lines) - 1) or c in (0, width - 1)
            if on_border and char != WALL and char not in world.border_symbols:
                raise LevelError(
                    f"{world.name}: row {r + 1}, column {c + 1}: {char!r} stands on the border, which must be closed by '#'."
                )
            walls[r, c] = char == WALL or char in world.border_symbols
            if char == AGENT:
                agents.append((r, c))
            elif char not in (WALL, FLOOR):
                things.append((char, r * width + c))
    if len(agents) != 1:
        places = "; ".join(f"row {r + 1}, column {c + 1}" for r, c in agents)
        raise LevelError(
            f"{world.name}: {len(agents)} agents drawn{' (' + places + ')' if places else ''}; draw exactly one 'A'."
        )
    agent = agents[0][0] * width + agents[0][1]
    if under is not None:
        if under not in world.symbols or under in world.border_symbols:
            listed = ", ".join(f"{s!r} {what}" for s, what in world.symbols.items() if s not in world.border_symbols)
            raise LevelError(f"{world.name}: under: the agent cannot stand on {under!r}. Allowed: {listed}.")
        things = sorted([*things, (under, agent)], key=lambda thing: thing[1])
    level = Level(world, walls, agent, tuple(things), world.tidied(header, tuple(things)), horizon, phase)
    if level.solid[agent]:
        raise LevelError(f"{world.name}: under: the agent cannot stand on {under!r}, which is solid.")
    world.check(level)
    for key in world.unseen:
        if key not in header:
            raise LevelError(
                f"{world.name}: the line '{key}:' is missing above the drawing; it says {world.headers[key]}, which nothing else "
                "shows."
            )
    return level


def where(level: Level, cell: int) -> str:
    """A cell in words, as error messages name it."""
    return f"row {cell // level.width + 1}, column {cell % level.width + 1}"


def whole(text: str) -> int:
    """The number from 0 to 999,999,999 that a header line writes in plain digits, or -1 if it writes anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def tidied_count(header: Mapping[str, str], key: str, kept_if_none: bool) -> dict[str, str]:
    """The header with the number of one line written plainly, and the line left out where it says 0 and need not."""
    count = whole(header.get(key, "0"))
    rest = {name: value for name, value in header.items() if name != key}
    if key not in header or count < 0:
        return dict(header)
    return rest | ({key: str(count)} if count or kept_if_none else {})


def _frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array.setflags(write=False)
    return array


def _horizon(world: World, text: str | None) -> int:
    if text is None:
        return world.steps
    if not 1 <= whole(text) <= LONGEST:
        raise LevelError(f"{world.name}: horizon: {text!r} is not a whole number of steps from 1 to {LONGEST:,}.")
    return whole(text)


def _check_header(world: World, header: Mapping[str, str]) -> None:
    for key in header:
        if key not in world.headers:
            known = {"horizon": "steps", "under": "what the agent stands on", **world.headers}
            listed = ", ".join(f"{k!r} ({what})" for k, what in known.items())
            raise LevelError(f"{world.name}: header line {key!r} is not known. Allowed: {listed}.")
