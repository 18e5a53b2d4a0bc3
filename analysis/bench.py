"""The sweep: worlds × zoo × seeds, every verdict with its certificate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from hashlib import blake2s
from json import dumps
from pathlib import Path

import numpy as np

from ..agents.planner import PlannerAgent, Predictor
from ..agents.zoo import Entry, zoo
from ..envs.level import Level
from ..envs.shift import LevelDistribution
from ..envs.world import World, check_share
from ..envs.worlds import world_named
from .behaviour import Behaviour, behaviour
from .outcomes import KINDS, OutcomeSet, outcome_set
from .pullback import IllTyped, Pullback, PullbackSpec, intervened, locate, pull_back, value_table
from .rows import ValueTable
from .signature import TaskUtility
from .store import LEVELS, RESULTS, SETTINGS, LevelRow, Result, WitnessRow, append
from .verdict import ROBUST_CLASSES, Kind, Verdict, assumptions, judge, judge_choice

COLUMNS = ("positive_affine", "increasing", "per_level_increasing", "any", "per_level_any")
"""Classes of maps in the table, after behaviour and choice."""

HATCHED = ("any", "per_level_any")
"""Columns that tell information or nothing, never preference."""

WORLDS = ("CheeseCorner", "Doors", "Doors:mode=command", "Keys", "Lever")


@dataclass(frozen=True)
class Settings:
    """What a run of the bench is; the same settings give the same bytes of results.

    Attributes:
        worlds: names with knobs.
        train_levels: training levels a world and seed.
        deploy_levels: deployment levels a world and seed.
        seeds: how many seeds.
        seed: the first of them.
        outcomes: "profiles" or "itineraries".
        shift: position of the native knob at deployment, in [0, 1].
        search, belief, decision: the switches of the pullback.
        agents: parts of names of the zoo's rows to keep; empty keeps all.
    """

    worlds: tuple[str, ...] = WORLDS
    train_levels: int = 24
    deploy_levels: int = 8
    seeds: int = 3
    seed: int = 0
    outcomes: str = "profiles"
    shift: float = 1.0
    search: str = "effective"
    belief: str = "subjective"
    decision: str = "as_implemented"
    agents: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Short name that depends on the settings alone."""
        return blake2s(dumps(asdict(self), sort_keys=True).encode(), digest_size=4).hexdigest()

    @property
    def spec(self) -> PullbackSpec:
        """The pullback that the settings mean."""
        return PullbackSpec(self.search, self.belief, self.decision)

    def check(self) -> None:
        """Raise `ValueError` for settings that cannot run, before any work is done."""
        _ = self.spec
        check_share("shift", self.shift)
        if self.outcomes not in KINDS:
            raise ValueError(f"Unknown outcome set {self.outcomes!r}. Allowed: {', '.join(KINDS)}.")
        named = [world_named(name) for name in self.worlds]
        names = {entry.agent.name: None for world in named for entry in zoo(world, [])}
        for part in self.agents:
            if not any(part.lower() in agent.lower() for agent in names):
                raise ValueError(f"No agent of these worlds is called like {part!r}. Agents: {'; '.join(names)}.")

    def jobs(self) -> list[tuple[str, int]]:
        """(world, seed) pairs in the order of the results."""
        return [(world, self.seed + i) for world in self.worlds for i in range(self.seeds)]


def run(settings: Settings, folder: Path, workers: int = 1) -> Iterator[tuple[str, int]]:
    """Work through all jobs, appending to the files in `folder` after each; yields each (world, seed) as it is stored.

    Stop at any time: what is stored stays readable.

    Args:
        settings: what to run.
        folder: made if need be; older results in it are replaced.
        workers: processes to use.
    """
    settings.check()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SETTINGS).write_text(dumps(asdict(settings), indent=1) + "\n", encoding="utf-8")
    for name in (RESULTS, LEVELS):
        (folder / name).write_text("", encoding="utf-8")
    jobs = settings.jobs()
    if workers <= 1:
        for job in jobs:
            _store(folder, *one(settings, *job))
            yield job
        return
    with ProcessPoolExecutor(workers) as pool:
        futures = [pool.submit(one, settings, *job) for job in jobs]
        try:
            for job, future in zip(jobs, futures, strict=True):
                _store(folder, *future.result())
                yield job
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _store(folder: Path, results: Sequence[Result], levels: Sequence[LevelRow]) -> None:
    append(folder / LEVELS, levels)
    append(folder / RESULTS, results)


def one(settings: Settings, name: str, seed: int) -> tuple[list[Result], list[LevelRow]]:
    """All verdicts on the zoo of one world, on levels drawn with one seed."""
    world = world_named(name)
    laws = {
        "train": LevelDistribution.train(world),
        "deploy": LevelDistribution.of(world, settings.shift, 1.0, "deploy"),
    }
    counts = {"train": settings.train_levels, "deploy": settings.deploy_levels}
    levels = {
        split: law.levels([seed, i], counts[split]) if counts[split] else []
        for i, (split, law) in enumerate(laws.items())
    }
    entries = [
        entry
        for entry in zoo(world, levels["train"])
        if not settings.agents or any(part.lower() in entry.agent.name.lower() for part in settings.agents)
    ]
    sets = {
        split: [outcome_set(lv, _events(world, entries, lv), settings.outcomes) for lv in levels[split]]
        for split in levels
    }
    results = [row for entry in entries for row in _verdicts(settings, world, seed, entry, sets)]
    drawn = [LevelRow(lv.id, world.spec, split, seed, lv.draw()) for split in levels for lv in levels[split]]
    return results, drawn


def _events(world: World, entries: Sequence[Entry], level: Level) -> set[str]:
    """Events with a weight in the base reward, any proxy or any objective of the run."""
    read = {event for weights in (world.base, *(p.weights for p in world.proxies.values())) for event in weights}
    for entry in entries:
        if isinstance(entry.agent, PlannerAgent):
            read |= entry.agent.objective.events(level)
    return read


def _verdicts(
    settings: Settings, world: World, seed: int, entry: Entry, sets: dict[str, list[OutcomeSet]]
) -> list[Result]:
    """Behaviour, choice and every class of maps for one agent."""
    agent = entry.agent
    spec = replace(settings.spec, shuffle=seed if entry.shuffled else None)
    planner = agent if isinstance(agent, PlannerAgent) else None
    ledger = assumptions(planner, spec, settings.outcomes) if planner else {}
    pulled = {split: [pull_back(agent, outcomes, TaskUtility(world.base), spec) for outcomes in sets[split]] for split in sets}
    train, deploy = pulled["train"], pulled["deploy"]
    blank = Result(
        world=world.spec,
        seed=seed,
        agent=agent.name,
        variant=entry.variant,
        story=entry.story,
        objective=planner.objective.name if planner else "",
        domain=planner.objective.domain.value if planner else "",
        column="",
        verdict="",
        letters="",
        reason="",
        ledger=ledger,
    )
    rows = [_behaviour(blank, intervened(planner, spec) if planner else agent, sets)]
    parts = [p for p in (*train, *deploy) if isinstance(p, Pullback)]
    table = value_table(parts[: len(train)], parts[len(train) :]) if parts else None
    verdict, before, after = judge_choice(train, deploy, ledger, table)
    rows.append(
        replace(
            blank,
            column="choice",
            verdict=verdict.kind.value,
            letters=verdict.letters,
            reason=verdict.reason,
            regret_train=_rounded(before.worst_regret) if before else None,
            regret_deploy=_rounded(after.worst_regret) if after else None,
            witness=_choice_witness(train, deploy) if verdict.kind is Kind.FAILS else [],
        )
    )
    judged = [judge(train, deploy, name, ledger, table=table) for name in COLUMNS]
    rows += [_value_row(blank, v, train, deploy, table) for v in judged]
    robust = verdict.kind is Kind.HOLDS and any(v.kind is Kind.HOLDS and v.map_class in ROBUST_CLASSES for v in judged)
    return [replace(row, robust=robust) for row in rows]


def _behaviour(blank: Result, agent: Predictor, sets: dict[str, list[OutcomeSet]]) -> Result:
    scores = {split: behaviour(agent, [one.level for one in sets[split]]) if sets[split] else None for split in sets}
    return replace(
        blank,
        column="behaviour",
        letters="".join("Y" if score and score.regret < 1e-9 else "·" for score in scores.values()),
        regret_train=_regret(scores["train"]),
        regret_deploy=_regret(scores["deploy"]),
        contacts={split: score.contacts for split, score in scores.items() if score},
        reason="largest regret of what it does, as a share of the range between best and worst policy",
    )


def _regret(score: Behaviour | None) -> float | None:
    return None if score is None else _rounded(score.regret)


def _value_row(
    blank: Result,
    verdict: Verdict,
    train: Sequence[Pullback | IllTyped],
    deploy: Sequence[Pullback | IllTyped],
    table: ValueTable | None,
) -> Result:
    row = replace(
        blank, column=verdict.map_class, verdict=verdict.kind.value, letters=verdict.letters, reason=verdict.reason
    )
    decision = verdict.decision
    if decision is None or table is None:
        return row
    return replace(
        row,
        misfit=_rounded(decision.misfit),
        slack=_rounded(decision.slack),
        every_on_seen=decision.every_on_seen,
        share_seen=_rounded(decision.share_seen),
        coverage_train=_rounded(decision.coverage_train),
        coverage_deploy=_rounded(decision.coverage_deploy),
        map="" if decision.map is None else str(decision.map),
        rival="" if decision.rival is None else str(decision.rival),
        witness=[_witness_row(train, deploy, table, i) for i in decision.witness_index or ()],
    )


def _witness_row(
    train: Sequence[Pullback | IllTyped], deploy: Sequence[Pullback | IllTyped], table: ValueTable, index: int
) -> WitnessRow:
    parts = [[p for p in side if isinstance(p, Pullback)] for side in (train, deploy)]
    part, outcome = locate(parts[0], parts[1], index)
    return _outcome_row(part, outcome, "deploy" if table.deploy[index] else "train")


def _outcome_row(part: Pullback, outcome: int, split: str) -> WitnessRow:
    mesa, base = part.mesa, part.base
    return WitnessRow(
        level=part.outcomes.level.id,
        split=split,
        actions=part.outcomes.plan(outcome),
        outcome=part.outcomes.label(outcome),
        mesa=_rounded(int(mesa.numerators[outcome]) / mesa.denominator) if part.representable[outcome] else None,
        base=_rounded(int(base.numerators[outcome]) / base.denominator),
    )


def _choice_witness(train: Sequence[Pullback | IllTyped], deploy: Sequence[Pullback | IllTyped]) -> list[WitnessRow]:
    """What it likes best (the worst such outcome) beside what is best, on the level with the largest regret."""
    worst, found = 0.0, []
    for split, parts in (("train", train), ("deploy", deploy)):
        for part in parts:
            if not isinstance(part, Pullback) or not part.representable.any():
                continue
            chosen = np.flatnonzero(part.representable)
            liked = chosen[part.mesa.numerators[chosen] == part.mesa.numerators[chosen].max()]
            pick = int(liked[part.base.numerators[liked].argmin()])
            best = int(part.base.numerators.argmax())
            regret = int(part.base.numerators[best] - part.base.numerators[pick]) / part.base.denominator
            if regret > worst:
                worst, found = regret, [_outcome_row(part, pick, split), _outcome_row(part, best, split)]
        if found:
            break
    return found


def _rounded(value: float) -> float:
    """To 12 digits, so that results do not depend on the order of additions."""
    return float(value) if value in (float("inf"), float("-inf")) else round(float(value), 12)
