"""A game as pure data: where it stands, what led there, and what each key makes of it; every step is the environment's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...agents.zoo import Agent
from ...envs.gridworld import GridWorld
from ...envs.level import Level
from ...envs.snapshot import Snapshot
from ...envs.world import ACTIONS, Weights, World
from .levels import Deck


class Position(NamedTuple):
    """Where an episode stands.

    Attributes:
        snapshot: all that decides how it goes on.
        totals: how often each event has occurred so far, in the order of `world.events`.
        action: what led here; None at the start.
        latest: what the last step brought, as `totals`.
        finished: whether the episode ended by itself, and not because time was up.
    """

    snapshot: Snapshot
    totals: tuple[int, ...]
    action: int | None
    latest: tuple[int, ...]
    finished: bool

    @property
    def level(self) -> Level:
        """The level in play."""
        return self.snapshot.level

    @property
    def fields(self) -> npt.NDArray[np.int32]:
        """`[F]` the state."""
        return np.array(self.snapshot.fields, dtype=np.int32)

    @property
    def clock(self) -> int:
        """Steps since the start."""
        return self.snapshot.clock

    @property
    def ended(self) -> bool:
        """Whether the episode is over."""
        return self.snapshot.ended

    @property
    def events(self) -> dict[str, int]:
        """The events that have occurred, with their counts."""
        return {event: n for event, n in zip(self.level.world.events, self.totals, strict=True) if n}

    def worth(self, weights: Weights) -> float:
        """What the events so far are worth, undiscounted."""
        return worth(self.level.world, weights, self.totals)


def worth(world: World, weights: Weights, counts: tuple[int, ...]) -> float:
    """The value of event counts (in the order of `world.events`), from exact weights."""
    whole, denominator = world.exact(weights)
    return int(whole @ np.array(counts, dtype=np.int64)) / denominator


@lru_cache(maxsize=16)
def _engine(world: World, level: Level) -> GridWorld:
    """The environment that plays a level."""
    return GridWorld(world, level=level)


def begin(level: Level, seed: int) -> Position:
    """The start of an episode; in a stochastic world `seed` decides what chance does."""
    env = _engine(level.world, level)
    env.reset(seed=seed)
    return _start(env)


def again(position: Position) -> Position:
    """The start of the next episode on the same level; chance goes on."""
    env = _engine(position.level.world, position.level)
    env.set_state(position.snapshot)
    env.reset()
    return _start(env)


def moved(position: Position, action: int) -> Position:
    """What an action makes of a position whose episode is not over; the same each time, chance included."""
    env = _engine(position.level.world, position.level)
    env.set_state(position.snapshot)
    _, _, finished, _, info = env.step(action)
    latest = tuple(info["events"].values())
    totals = tuple(a + b for a, b in zip(position.totals, latest, strict=True))
    return Position(env.get_state(), totals, action, latest, finished)


def _start(env: GridWorld) -> Position:
    nothing = (0,) * len(env.world.events)
    return Position(env.get_state(), nothing, None, nothing, False)


# Keys ------------------------------------------------------------------------------------------------------------


class Command(Enum):
    """What a player can ask for; the value is what the help says of it."""

    UP, DOWN, LEFT, RIGHT, STAY = ACTIONS
    UNDO = "undo"
    RESTART = "restart"
    NEXT = "next level"
    PREVIOUS = "previous level"
    SHIFT = "training/deployment"
    OVERLAY = "values, plan"
    AGENT = "agent"
    QUIT = "quit"


MOVES = (Command.UP, Command.DOWN, Command.LEFT, Command.RIGHT, Command.STAY)
KEYS: Mapping[str, Command] = {
    **dict(zip(("up", "down", "left", "right", "space"), MOVES, strict=True)),
    **dict(zip("wsad", MOVES, strict=False)),
    "u": Command.UNDO,
    "backspace": Command.UNDO,
    "r": Command.RESTART,
    "n": Command.NEXT,
    "p": Command.PREVIOUS,
    "t": Command.SHIFT,
    "o": Command.OVERLAY,
    "tab": Command.OVERLAY,
    "g": Command.AGENT,
    "q": Command.QUIT,
    "escape": Command.QUIT,
}
"""Names of keys, as both faces name them, and what they ask for."""
HELP = ("arrows/WASD move", "space stay", *(
    f"{next(key for key, asked in KEYS.items() if asked is command).upper()} {command.value}" for command in Command
    if command not in MOVES
))  # fmt: skip
"""The keys in words, one piece each."""


# The game ----------------------------------------------------------------------------------------------------------


class Layer(NamedTuple):
    """Something laid over the level: "nothing", "reward", "proxy" (with its name), "mesa" or "plan"."""

    kind: str
    name: str = ""


NOTHING = Layer("nothing")


@dataclass(frozen=True)
class Game:
    """A game.

    Attributes:
        deck: where levels and agents come from.
        seed: which of the deck's levels are in play.
        split: which level of the seed is in play; 0 is the training level.
        past: all positions since the level was begun, restarts included, oldest first; the last is where the game stands.
        layer: what is laid over the level.
        agent: whose values and plan are shown; None shows nobody's.
        note: what to tell the player now.
        over: whether the player has left.
    """

    deck: Deck
    seed: int
    split: int
    past: tuple[Position, ...]
    layer: Layer = NOTHING
    agent: Agent | None = None
    note: str = ""
    over: bool = False

    @classmethod
    def of(cls, deck: Deck, seed: int = 0, agent: str = "") -> Game:
        """A game at the start of the first level of a seed.

        Raises:
            ValueError: a seed below 0, an unknown agent, or a file that holds no level.
        """
        levels = deck.levels(seed)
        watched = deck.agent(agent, seed) if agent else None
        return cls(deck, seed, 0, (begin(levels[0][1], seed),), agent=watched)

    @property
    def now(self) -> Position:
        """Where the game stands."""
        return self.past[-1]

    @property
    def level(self) -> Level:
        """The level in play."""
        return self.now.level

    @property
    def title(self) -> str:
        """The level in words: `Keys, training, seed 3`."""
        name = self.deck.levels(self.seed)[self.split][0]
        return ", ".join([self.deck.world.spec, name, *([f"seed {self.seed}"] if self.deck.file is None else [])])

    @property
    def episode(self) -> tuple[Position, ...]:
        """The positions since the last start."""
        start = max(i for i, position in enumerate(self.past) if position.action is None)
        return self.past[start:]

    @property
    def taken(self) -> list[int]:
        """The actions since the last start."""
        return [position.action for position in self.episode if position.action is not None]

    @property
    def layers(self) -> tuple[Layer, ...]:
        """What can be laid over the level, in the order of the key that cycles through it."""
        known = (NOTHING, Layer("reward"), *(Layer("proxy", name) for name in self.deck.world.proxies))
        return known + ((Layer("mesa"), Layer("plan")) if self.agent else ())

    def after(self, command: Command) -> Game:
        """What a command makes of the game."""
        game = replace(self, note="")
        if command in MOVES:
            return game._moved(MOVES.index(command))
        return {
            Command.UNDO: game._undone,
            Command.RESTART: game._restarted,
            Command.NEXT: lambda: game._begun(self.seed + 1, self.split),
            Command.PREVIOUS: lambda: game._begun(self.seed - 1, self.split),
            Command.SHIFT: lambda: game._begun(self.seed, 1 - self.split),
            Command.OVERLAY: game._overlaid,
            Command.AGENT: game._watching,
            Command.QUIT: lambda: replace(game, over=True),
        }[command]()

    def _moved(self, action: int) -> Game:
        if self.now.ended:
            return replace(self, note="the episode is over")
        return replace(self, past=(*self.past, moved(self.now, action)))

    def _undone(self) -> Game:
        if len(self.past) == 1:
            return replace(self, note="nothing to undo")
        return replace(self, past=self.past[:-1])

    def _restarted(self) -> Game:
        if self.now.action is None:
            return replace(self, note="this is the start")
        return replace(self, past=(*self.past, again(self.now)))

    def _begun(self, seed: int, split: int) -> Game:
        if seed < 0:
            return replace(self, note="this is the first level")
        if self.deck.file is not None and (split or seed == len(self.deck.drawn)):
            return replace(self, note="the file holds no other level" if split else "this is the last level")
        try:
            watched = None if self.agent is None else self.deck.agent(self.agent.name, seed)
            start = begin(self.deck.levels(seed)[split][1], seed)
        except ValueError as error:
            return replace(self, note=str(error))
        return replace(self, seed=seed, split=split, past=(start,), agent=watched)

    def _overlaid(self) -> Game:
        layers = self.layers
        return replace(self, layer=layers[(layers.index(self.layer) + 1) % len(layers)])

    def _watching(self) -> Game:
        names = ("", *self.deck.names)
        name = names[(names.index(self.agent.name if self.agent else "") + 1) % len(names)]
        try:
            watched = self.deck.agent(name, self.seed) if name else None
        except ValueError as error:
            return replace(self, note=str(error))
        game = replace(self, agent=watched, note=f"agent: {name or 'none'}")
        return game if self.layer in game.layers else replace(game, layer=NOTHING)

    def summary(self) -> str:
        """The episode in one line."""
        now = self.now
        told = ", ".join(f"{event} {n}" for event, n in now.events.items()) or "no events"
        state = " (over)" if now.ended else ""
        reward = signed(now.worth(self.deck.world.base))
        return f"{self.title}: reward {reward} in {now.clock} of {self.level.horizon} steps{state}: {told}."


def signed(value: float) -> str:
    """A number with two decimals, or one digit that is not 0, and a true minus sign."""
    words = f"{value:.2f}" if abs(value) >= 0.005 or value == 0 else f"{value:.1g}"
    return words.replace("-", "−")
