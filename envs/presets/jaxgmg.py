"""Presets after jaxgmg, whose levels are drawn at random: what its steps do and pay, on levels of ours.

They restate its last public branch. The steps of its fork timaeus-research/jaxgmg at f2b2372 (2025-06-27) are the same code,
and so are those of its main branch, but for the dish.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..level import Level
from ..world import weigh
from ..worlds.cheese_corner import CheeseCorner
from ..worlds.cheese_dish import CheeseDish
from ..worlds.keys import Keys
from ..worlds.lava import Lava
from ..worlds.leader import Leader
from ..worlds.monsters import Monsters
from .preset import Pay, Preset, Source

ACTIONS = ("up", "left", "down", "right")
HORIZON = 128
SHARED = (
    "Observations are ours.",
    "The original scales what a step t pays by 1 - 0.9 t/128 unless told not to, which depends on the time and not on the "
    "state alone; this is the original with penalize_time=False.",
    "The last step of an episode shows how it ended; the original shows the next start unless automatically_reset=False.",
    "The end of the time truncates an episode; the original calls it done like any other end.",
    "Levels are drawn by our laws and not by the original's; the drawing of any level that our rules allow can be given.",
)


def _source(environment: str, commit: str = "6495740", date: str = "2024-10-17") -> Source:
    return Source("matomatical/jaxgmg", environment, commit, date)


def _chests_open(level: Level, fields: npt.NDArray[np.int32]) -> bool:
    """Whether as many chests were opened as there are keys for."""
    keys, chests = len(level.cells("k")) + int(level.header.get("held", 0)), len(level.cells("t"))
    return chests - int(fields[2]).bit_count() == min(keys, chests)


def _apples_taken(level: Level, fields: npt.NDArray[np.int32]) -> bool:
    """Whether no apple is left, and no monster that a shield could have destroyed."""
    shields = any(symbol in "sy" for symbol, _ in level.things) or int(level.header.get("held", 0)) > 0
    return not fields[2] and not (fields[1] and shields)


JAXGMG = (
    Preset(
        "jaxgmg/corner",
        _source("cheese_in_the_corner"),
        CheeseCorner(horizon=HORIZON),
        Pay(weigh(cheese=1)),
        ACTIONS,
        (
            *SHARED,
            "The corner is the open cell nearest the top left, in the original the cell in row 1, column 1, even where that is a "
            "wall; where it is open they are the same.",
            "Here a start in the corner counts as having entered it; in the original it counts at the first bump there.",
            "The option to end only once cheese and corner were both reached is not restated.",
        ),
        proxies={"proxy_corner": weigh(corner_entered=1)},
    ),
    Preset(
        "jaxgmg/dish",
        _source("cheese_on_a_dish"),
        CheeseDish(props=1, ends="first", horizon=HORIZON),
        Pay(weigh(cheese=1)),
        ACTIONS,
        (
            *SHARED,
            "The option to end only once cheese and dish were both reached is not restated.",
        ),
        proxies={"proxy_dish": weigh(dish_touched=1)},
    ),
    Preset(
        "jaxgmg/dish-main",
        _source("cheese_on_a_dish", "ea3ac87", "2024-07-30"),
        CheeseDish(props=1, horizon=HORIZON),
        Pay(weigh(cheese=1)),
        ACTIONS,
        (*SHARED, "Of the main branch, where touching the dish ends nothing."),
    ),
    Preset(
        "jaxgmg/keys",
        _source("keys_and_chests"),
        Keys(horizon=HORIZON),
        Pay(weigh(chest_opened=1)),
        ACTIONS,
        (
            *SHARED,
            "A level holds at most 11 keys and chests together, and 10 of a kind.",
            "The original reports the number of keys in hand at every step; here taking a key is an event, key_taken.",
        ),
        ends=_chests_open,
    ),
    Preset(
        "jaxgmg/monsters",
        _source("monster_world"),
        Monsters(keen=3, horizon=HORIZON),
        Pay(weigh(apple_taken=1, hit=-1)),
        ACTIONS,
        (
            *SHARED,
            "At most one monster is loose; the original has five, which do not walk into one another.",
            "A level holds at most 6 apples and 6 shields.",
        ),
        ends=_apples_taken,
    ),
    Preset(
        "jaxgmg/follow",
        _source("follow_me"),
        Leader(beacons=3, out_of_turn="waits", horizon=HORIZON),
        Pay(weigh(right=1)),
        ACTIONS,
        (
            *SHARED,
            "Here the leader goes where its route says. The original's looks up its way by how many beacons it has reached and "
            "not by its order, so one with a wrong order walks to the wrong beacon and stalls there.",
            "Here the leader stops at the end of its route; the original's goes round and round, which a route that repeats "
            "the order restates.",
            "Here beacons are numbered; the original shows which one is next.",
            "A level holds at most 4 beacons.",
        ),
    ),
    Preset(
        "jaxgmg/lava",
        _source("lava_land"),
        Lava(burn="each", water=0.0, horizon=HORIZON),
        Pay(weigh(goal=1, lava=-1)),
        ACTIONS,
        (*SHARED, "The goal can be reached; in the original it may lie out of reach."),
        proxies={"lava": weigh(lava=1)},
    ),
)
"""A preset for each environment of its main branch, and one more for what the dish does there."""
