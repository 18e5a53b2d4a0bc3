"""Planted controls: objectives whose verdict is known beforehand, for every class of maps and outcome set.

A verdict that does not come out as planted is a bug, in the world, the rows or the class (docs/objectives.md, section 9).
They live in CheeseCorner, the one world here that has a potential among its events: going up or left less going down or
right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ..agents.objective import Domain, MesaObjective
from ..agents.planner import PlannerAgent
from ..envs.level import Level
from ..envs.shift import LevelDistribution
from ..envs.world import Weights, weigh
from ..envs.worlds import CheeseCorner
from .agree import Decision, decide
from .outcomes import outcome_set
from .policies import policy_rows, policy_span
from .pullback import Pullback, PullbackSpec, pull_back, value_table
from .shaping import decide_shaping
from .signature import TaskUtility

__all__ = ["SETS", "Control", "as_planted", "controls", "levels", "measure", "tally"]

SETS = {
    "profiles": (
        "identity", "positive_affine", "positive_affine_offsets", "increasing", "non_decreasing", "per_level_increasing",
        "any", "per_level_any", "free",
    ),
    "policies": ("identity", "positive_affine", "positive_affine_offsets", "shaping", "increasing", "any"),
}  # fmt: skip
"""The classes that are decided on each outcome set; `shaping` at infinite horizon, the others at the levels' own."""

DISCOUNT = Fraction(9, 10)
"""Of the class `shaping`."""


@dataclass(frozen=True)
class Control:
    """One planted objective.

    Attributes:
        name: for tables.
        why: why its verdict is what it is, in a few words.
        weights: a level → weights on its events.
        expected: outcome set → class → pattern: the letters of train, deploy, joint, every, where `s` stands for Y if
            training holds every value of deployment and for · if not, and `?` for what depends on the levels. A set that
            is left out does not apply: the objective is not linear in the events, or no function of what is reached.
        outer: a function of the total, or None.
        increases: whether `outer` increases.
        shuffle: seed of a permutation of the plans' outcomes, or None.
    """

    name: str
    why: str
    weights: Callable[[Level], Weights]
    expected: Mapping[str, Mapping[str, str]]
    outer: Callable[[Fraction], Fraction] | None = None
    increases: bool = True
    shuffle: int | None = None


def controls() -> tuple[Control, ...]:
    """The planted controls of docs/objectives.md, section 9."""
    base, proxy = CheeseCorner().base, CheeseCorner().proxies["corner"].weights

    def times(factor: int) -> Callable[[Level], Weights]:
        return lambda level: {event: factor * w for event, w in base.items()}

    def memorised(level: Level) -> Weights:
        return times(1 + int(level.id[-6:], 16) % 97)(level)

    def whim(level: Level) -> Weights:
        draw = np.random.default_rng(int(level.id[-8:], 16))
        return {event: Fraction(int(draw.integers(-9, 10)), 10) for event in ("cheese", "corner_entered", "moved")}

    def profiles(order: str, each: str, information: str, **others: str) -> dict[str, str]:
        """Patterns of the affine and ordinal classes, of ORDER in each level, of the classes of mere information."""
        given = dict.fromkeys(SETS["profiles"][:5], order) | {"per_level_increasing": each}
        return given | dict.fromkeys(SETS["profiles"][6:], information) | others

    def policies(pattern: str, information: str, **others: str) -> dict[str, str]:
        return dict.fromkeys(SETS["policies"], pattern) | {"any": information} | others

    seen = {"increasing": "YYYs", "non_decreasing": "YYYs", "any": "YYYs"}
    unlike = dict.fromkeys(("identity", "positive_affine", "positive_affine_offsets"), "····")
    return (
        Control("u", "the reward itself", times(1), {
            "profiles": profiles("YYYY", "YYY·", "YYY·", **seen),
            "policies": policies("YYYY", "YYYs", increasing="YYYs"),
        }),
        Control("3u", "other units", times(3), {
            "profiles": profiles("YYYY", "YYY·", "YYY·", identity="····", **seen),
            "policies": policies("YYYY", "YYYs", identity="····", increasing="YYYs"),
        }),
        Control("3u + 2", "other units and a constant", times(3), {
            "profiles": profiles("YYYY", "YYY·", "YYY·", identity="····", **seen),
        }, lambda u: u + 2),
        Control("u³", "the same ranking, bent", times(1), {
            "profiles": profiles("····", "YYY·", "YYY·", **unlike | seen),
        }, lambda u: u**3),
        Control("u + shaping", "a potential that a time limit betrays", lambda level: {**base, **SHAPING}, {
            "profiles": profiles("····", "····", "????"), "policies": policies("····", "····"),
        }),
        Control("|u − ½|", "folded", times(1), {
            "profiles": profiles("····", "····", "????"),
        }, lambda u: abs(u - Fraction(1, 2)), False),
        Control("proxy", "equal in training only", lambda level: proxy, {
            "profiles": profiles("Y···", "Y···", "Y???"), "policies": policies("Y···", "Y···"),
        }),
        Control("−u", "reversed", times(-1), {
            "profiles": profiles("····", "····", "YYY·", any="YYYs"), "policies": policies("····", "YYYs"),
        }),
        Control("random", "another whim a level", whim, {
            "profiles": profiles("····", "····", "????"), "policies": policies("····", "????"),
        }),
        Control("permuted", "plans lead elsewhere", times(1), {
            "profiles": profiles("····", "····", "????"),
        }, shuffle=3),
        Control("memorised", "another unit a level", memorised, {
            "profiles": profiles("····", "YYY·", "YYY·", any="????"), "policies": policies("····", "????"),
        }),
    )  # fmt: skip


SHAPING = weigh(up_left="0.1", down_right="-0.1")
"""γφ(s') − φ(s) of φ = −(row + column) / 10 at γ = 1."""


def levels(seed: int, count: int = 6, size: int = 5) -> tuple[list[Level], list[Level]]:
    """Training and deployment levels of the controls' world."""
    world = CheeseCorner(size=size)
    return LevelDistribution.train(world).levels([seed, 0], count), LevelDistribution.deploy(world).levels([seed, 1], count)


def measure(control: Control, train: Sequence[Level], deploy: Sequence[Level]) -> dict[tuple[str, str], Decision]:
    """(outcome set, class) -> the decision, for every cell that applies."""
    base, found = train[0].world.base, {}
    table = value_table(*([_pulled(control, level) for level in side] for side in (train, deploy)))
    for name in SETS["profiles"]:
        found["profiles", name] = decide(table, name)
    if "policies" in control.expected:
        spans = [[policy_span(level) for level in side] for side in (train, deploy)]
        rows = policy_rows(spans[0], spans[1], control.weights, base)
        for name in SETS["policies"]:
            if name == "shaping":
                found["policies", name] = decide_shaping(train, deploy, control.weights, base, DISCOUNT)[0]
            else:
                found["policies", name] = decide(rows, name)
    return found


def _pulled(control: Control, level: Level) -> Pullback:
    world = level.world
    objective = MesaObjective(control.name, Domain.TRAJECTORY, control.weights, control.outer, control.increases)
    spec = PullbackSpec("ideal", "objective", "ideal", control.shuffle)
    outcomes = outcome_set(level, {*world.base, *world.proxies["corner"].weights, *objective.events(level)})
    pulled = pull_back(PlannerAgent(control.name, world, objective), outcomes, TaskUtility(world.base), spec)
    assert isinstance(pulled, Pullback)
    return pulled


def tally(train: Sequence[Level], deploy: Sequence[Level]) -> tuple[int, list[str]]:
    """(number of cells with a pattern, those that are not as planted, in words), on these levels."""
    cells, wrong = 0, []
    for control in controls():
        for (kind, map_class), decision in measure(control, train, deploy).items():
            pattern = control.expected[kind][map_class]
            cells += 1
            if not as_planted(pattern, decision):
                wrong.append(f"{control.name}, {map_class} on {kind}: {decision.letters} instead of {pattern}")
    return cells, wrong


def as_planted(pattern: str, decision: Decision) -> bool:
    """Whether the letters of a decision are those of a pattern."""
    last = "Y" if decision.share_seen == 1 else "·"
    return all(wanted in ("?", letter) for wanted, letter in zip(pattern.replace("s", last), decision.letters, strict=True))
