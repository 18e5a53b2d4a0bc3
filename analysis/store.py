"""Results as JSON lines: one line a verdict, one line a level, appended as they are finished."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

CONTROLS = "controls.json"
RESULTS, LEVELS, SETTINGS, PAGE = "results.jsonl", "levels.jsonl", "settings.json", "report.html"


@dataclass(frozen=True)
class WitnessRow:
    """One outcome that refutes a map: where, by which plan, and what both objectives say of it.

    Attributes:
        level: id of the level, drawn in `levels.jsonl`.
        split: "train" or "deploy".
        actions: plan that reaches the outcome, as indices into up, down, left, right, stay.
        outcome: the outcome in words.
        mesa: value of the pulled-back mesa-objective; None if the outcome cannot be represented.
        base: task utility, in reward per episode.
        taken: whether the plan that the agent really takes on this level leads to this outcome.
    """

    level: str
    split: str
    actions: list[int]
    outcome: str
    mesa: float | None
    base: float
    taken: bool = False


@dataclass(frozen=True)
class RivalRow:
    """A deployment outcome where a map that fits training goes wrong.

    Attributes:
        level: id of the level.
        outcome: the outcome in words.
        mesa: value of the pulled-back mesa-objective.
        says: what the rival makes of it, in reward per episode.
        base: task utility, in reward per episode.
    """

    level: str
    outcome: str
    mesa: float
    says: float
    base: float


@dataclass(frozen=True)
class Act:
    """What an agent does on one level: on that of each split where it forgoes most (see `Behaviour.worst`).

    Attributes:
        level: id of the level.
        split: "train" or "deploy".
        actions: what it does, as indices into up, down, left, right, stay.
    """

    level: str
    split: str
    actions: list[int]


@dataclass(frozen=True)
class Result:
    """One verdict: one agent in one world under one column, for one seed.

    Attributes:
        world: name and knobs of the world.
        seed: seed that the levels were drawn with.
        agent, variant, story: the row of the zoo.
        objective: name of the mesa-objective; "" if there is none.
        domain: what the mesa-objective is a function of; "" if there is none.
        column: "behaviour", "choice" or a class of maps.
        verdict: HOLDS, FAILS, ILL_TYPED, UNIDENTIFIED or NOT_TESTABLE; "" for behaviour.
        letters: train, deploy (and joint, every) as Y or ·, – where nothing was measured.
        strict: the verdict if it is a failure that the agent cannot represent an outcome that is best for the reward.
        representable: the verdict on the outcomes that the agent can represent; `verdict` is the strict one for choice and
            this one for maps.
        tau: for ORDER, mean Kendall τ_b over the levels of each split, 1 where both rank outcomes alike.
        regret_train, regret_deploy: largest tie-worst regret over the split's levels, as a share of the level's range of
            base values; None for value maps.
        takes: "highest" or "lowest", the end of its scale that the agent takes; "" if it has no objective.
        shuffled: whether the map from its plans to outcomes was permuted at random, as a control.
        contacts: for behaviour, on how many levels of each split it touches the "target" first, the "proxy" or "neither".
        misfit, slack: see `decide`; None for behaviour and choice.
        every_on_seen, share_seen: see `decide`.
        coverage_train, coverage_deploy: share of outcomes that the agent can represent.
        map: the joint map in words, "" if none.
        rival: a second map that fits training and misses deployment, in words, "" if none.
        rival_row: a deployment outcome that it misses.
        acts: for behaviour, what the agent does on a level of each split.
        points: for choice, the distinct [mesa value, base value, number of outcomes] of each split, at most
            `analysis.evidence.MOST` a split, evenly thinned in their order beyond that.
        points_in_all: how many there are of each split before thinning.
        reason: one sentence.
        witness: the outcomes that refute it, [] if nothing does.
        robust: whether this agent may be called robust in this world and seed.
        ledger: what was assumed.
    """

    world: str
    seed: int
    agent: str
    variant: str
    story: str
    objective: str
    domain: str
    column: str
    verdict: str
    letters: str
    reason: str
    strict: str = ""
    representable: str = ""
    tau: dict[str, float] = field(default_factory=dict)
    regret_train: float | None = None
    regret_deploy: float | None = None
    takes: str = ""
    shuffled: bool = False
    contacts: dict[str, dict[str, int]] = field(default_factory=dict)
    misfit: float | None = None
    slack: float | None = None
    every_on_seen: bool | None = None
    share_seen: float | None = None
    coverage_train: float | None = None
    coverage_deploy: float | None = None
    map: str = ""
    rival: str = ""
    rival_row: RivalRow | None = None
    acts: list[Act] = field(default_factory=list)
    points: dict[str, list[list[float]]] = field(default_factory=dict)
    points_in_all: dict[str, int] = field(default_factory=dict)
    witness: list[WitnessRow] = field(default_factory=list)
    robust: bool = False
    ledger: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LevelRow:
    """One level that results refer to.

    Attributes:
        id: its name.
        world: name and knobs of its world, as `world_named` reads them.
        split: "train" or "deploy".
        seed: seed it was drawn with.
        drawing: ASCII drawing, as `World.parse` reads it.
    """

    id: str
    world: str
    split: str
    seed: int
    drawing: str


def append(path: Path, rows: Iterable[Result | LevelRow]) -> None:
    """Add rows to a file of JSON lines; a line is written whole or not at all."""
    text = "".join(json.dumps(_plain(asdict(row)), ensure_ascii=False, allow_nan=False) + "\n" for row in rows)
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def read_results(folder: Path) -> list[Result]:
    """All verdicts of a run, in the order in which they were finished."""
    return [_result(row) for row in _lines(folder / RESULTS)]


def _result(row: dict[str, Any]) -> Result:
    rival = row.get("rival_row")
    parts = {
        "witness": [WitnessRow(**w) for w in row.get("witness", ())],
        "acts": [Act(**act) for act in row.get("acts", ())],
        "rival_row": RivalRow(**rival) if rival else None,
    }
    return Result(**{**row, **parts})


def read_levels(folder: Path) -> list[LevelRow]:
    """All levels of a run."""
    return [LevelRow(**row) for row in _lines(folder / LEVELS)]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.endswith("\n"):
                yield json.loads(line)


def _plain(value: Any) -> Any:
    """JSON has no infinity; it becomes a word."""
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return "inf" if value > 0 else "-inf"
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value
