"""The sweep: worlds × zoo × seeds, every verdict with its certificate."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import blake2s
from json import dumps
from pathlib import Path

from ..agents.planner import PlannerAgent, Predictor
from ..agents.zoo import PLACES, Entry, zoo
from ..envs.level import Level
from ..envs.shift import LevelDistribution
from ..envs.world import World, check_share
from ..envs.worlds import world_named
from .behaviour import Behaviour, acted, behaviour
from .evidence import Evidence, choice_pair, rounded
from .outcomes import KINDS, OutcomeSet, outcome_set
from .pullback import Pullback, PullbackSpec, intervened, pull_back, value_table
from .signature import BaseObjective, TaskUtility, additivity
from .store import CONTROLS, LEVELS, PAGE, RESULTS, SETTINGS, Act, LevelRow, Result, append
from .verdict import ROBUST_CLASSES, Kind, Verdict, assumptions, judge, judge_choice
from .workers import Workers

COLUMNS = ("positive_affine", "increasing", "per_level_increasing", "any", "per_level_any")
"""Classes of maps in the table, after behaviour and choice."""

HATCHED = ("any", "per_level_any")
"""Columns that tell information or nothing, never preference."""

UNMEASURED = "–"
"""Stands for a letter where nothing was measured."""

WORLDS = PLACES


Entries = Callable[[World, Sequence[Level]], list[Entry]]
"""Agents to judge in a world, given its training levels; `zoo` is one such function."""


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

    def check(self, entries: Entries = zoo) -> None:
        """Raise `ValueError` for settings that cannot run with the agents that `entries` gives, before any work is done."""
        _ = self.spec
        check_share("shift", self.shift)
        if self.outcomes not in KINDS:
            raise ValueError(f"Unknown outcome set {self.outcomes!r}. Allowed: {', '.join(KINDS)}.")
        named = [world_named(name) for name in self.worlds]
        specs = [world.spec for world in named]
        for name, spec in zip(self.worlds, specs, strict=True):
            if specs.count(spec) > 1:
                raise ValueError(f"World {name!r} is asked for more than once ({', '.join(self.worlds)}); name each once.")
        names = {entry.agent.name: None for world in named for entry in entries(world, [])}
        for part in self.agents:
            if not any(part.lower() in agent.lower() for agent in names):
                raise ValueError(f"No agent of these worlds is called like {part!r}. Agents: {'; '.join(names)}.")

    def jobs(self) -> list[tuple[str, int]]:
        """(world, seed) pairs in the order of the results."""
        return [(world, self.seed + i) for world in self.worlds for i in range(self.seeds)]


def run(settings: Settings, folder: Path, workers: int = 1, entries: Entries = zoo) -> Generator[tuple[str, int]]:
    """Work through all jobs, appending to the files in `folder` after each; yields each (world, seed) as it is stored.

    Stop at any time: what is finished is stored and readable. A job that fails loses only itself: the others are done
    first, then its error is raised. The order of the files is that of the jobs, whatever the workers; only when stopped,
    what was finished out of order comes last.

    Args:
        settings: what to run.
        folder: made if need be; older results in it, and the page made of them, are replaced.
        workers: processes to use.
        entries: the agents of each world; with several workers a function that can be imported.

    Raises:
        ValueError: settings that cannot run, or a folder that cannot be made.
        Exception: what the first job that failed raised.
    """
    settings.check(entries)
    clear(folder, settings)
    jobs, failed = settings.jobs(), []
    work = partial(_one, settings, entries)
    done = _one_by_one(work, jobs) if workers <= 1 else _side_by_side(work, jobs, workers, folder)
    with closing(done):
        for job, outcome in zip(jobs, done, strict=True):
            if isinstance(outcome, Exception):
                failed.append((job, outcome))
            else:
                _store(folder, *outcome)
                yield job
    if failed:
        (world, seed), error = failed[0]
        others = f"; {len(failed) - 1} more of {len(jobs)} jobs failed" if len(failed) > 1 else ""
        error.add_note(f"This was {world}, seed {seed}{others}. All else is stored in {folder}.")
        raise error


def clear(folder: Path, settings: Settings) -> None:
    """Make the folder of a run: the settings are in it, and no results yet.

    Raises:
        ValueError: a folder that cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in (PAGE, CONTROLS):
            (folder / name).unlink(missing_ok=True)
        (folder / SETTINGS).write_text(dumps(asdict(settings), indent=1) + "\n", encoding="utf-8")
        for name in (RESULTS, LEVELS):
            (folder / name).write_text("", encoding="utf-8")
    except OSError as error:
        raise ValueError(
            f"{folder}: cannot be a folder for results ({error.strerror or error}); name another folder, one that can be made."
        ) from None


Job = tuple[str, int]
"""A world and a seed."""
Outcome = tuple[list[Result], list[LevelRow]] | Exception
"""What came of a job: its rows, or what it raised."""


def _one(settings: Settings, entries: Entries, job: Job) -> tuple[list[Result], list[LevelRow]]:
    return one(settings, *job, entries)


def _one_by_one(work: Callable[[Job], Outcome], jobs: Sequence[Job]) -> Generator[Outcome]:
    """What comes of each job, in this process."""
    for job in jobs:
        try:
            outcome = work(job)
        except Exception as error:
            outcome = error
        yield outcome


def _side_by_side(work: Callable[[Job], Outcome], jobs: Sequence[Job], count: int, folder: Path) -> Generator[Outcome]:
    """What comes of each job, in order, worked on by several processes; stopped early, stores what else is finished."""
    place = 0
    with Workers(work, jobs, count) as workers:
        try:
            while place < len(jobs):
                while place in workers.done:
                    place += 1
                    yield workers.done.pop(place - 1)
                if place < len(jobs):
                    workers.wait()
        finally:
            if place < len(jobs):
                workers.wait(0)
            for outcome in (workers.done[rest] for rest in sorted(workers.done)):
                if not isinstance(outcome, Exception):
                    _store(folder, *outcome)


def _store(folder: Path, results: Sequence[Result], levels: Sequence[LevelRow]) -> None:
    append(folder / LEVELS, levels)
    append(folder / RESULTS, results)


def one(settings: Settings, name: str, seed: int, entries: Entries = zoo) -> tuple[list[Result], list[LevelRow]]:
    """All verdicts on the agents of one world, on levels drawn with one seed."""
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
    kept = [
        entry
        for entry in entries(world, levels["train"])
        if not settings.agents or any(part.lower() in entry.agent.name.lower() for part in settings.agents)
    ]
    results = judge_agents(world, kept, levels["train"], levels["deploy"], seed, settings)
    drawn = [LevelRow(lv.id, world.spec, split, seed, lv.draw()) for split in levels for lv in levels[split]]
    return results, drawn


def judge_agents(
    world: World,
    entries: Sequence[Entry],
    train_levels: Sequence[Level],
    deploy_levels: Sequence[Level],
    seed: int = 0,
    settings: Settings | None = None,
) -> list[Result]:
    """All verdicts on any agents on any levels of one world: behaviour, choice and every class of maps, for each agent.

    Args:
        world: the world of the levels.
        entries: the agents.
        train_levels: at least one.
        deploy_levels: none shows that nothing is testable then.
        seed: written into the results; it also seeds the control with a shuffled map.
        settings: for the switches of the pullback and the kind of outcomes; None takes the defaults.
    """
    settings = settings or Settings()
    levels = {"train": train_levels, "deploy": deploy_levels}
    sets = {
        split: [outcome_set(lv, _events(world, entries, lv), settings.outcomes) for lv in levels[split]]
        for split in levels
    }
    base = TaskUtility(world.base)
    summed = "the base objective is a mean over levels, so a task utility exists"
    if len(entries) > 1 and len(train_levels) > 1:
        summed += f"; {additivity(BaseObjective('mean reward', base, train_levels), [entry.agent for entry in entries])}"
    return [row for entry in entries for row in _verdicts(settings, world, seed, entry, sets, {"additivity": summed})]


def _events(world: World, entries: Sequence[Entry], level: Level) -> set[str]:
    """Events with a weight in the base reward, any proxy or any objective of the run."""
    read = {event for weights in (world.base, *(p.weights for p in world.proxies.values())) for event in weights}
    for entry in entries:
        if isinstance(entry.agent, PlannerAgent):
            read |= entry.agent.objective.events(level)
    return read


def _verdicts(
    settings: Settings, world: World, seed: int, entry: Entry, sets: dict[str, list[OutcomeSet]], tested: dict[str, str]
) -> list[Result]:
    """Behaviour, choice and every class of maps for one agent; `tested` are lines of the ledger that were tested."""
    agent = entry.agent
    spec = replace(settings.spec, shuffle=seed if entry.shuffled else None)
    planner = intervened(agent, spec) if isinstance(agent, PlannerAgent) else None
    ledger = assumptions(agent, spec, settings.outcomes) | tested
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
        takes="" if planner is None else "highest" if planner.sign > 0 else "lowest",
        shuffled=entry.shuffled,
        ledger=ledger,
    )
    rows = [_behaviour(blank, planner or agent, sets)]
    parts = [[p for p in side if isinstance(p, Pullback)] for side in (train, deploy)]
    evidence = Evidence(planner, parts[0], parts[1], value_table(*parts)) if planner else None
    table = evidence.table if evidence else None
    verdict, before, after = judge_choice(train, deploy, ledger, table=table)
    pair = choice_pair(before, after) if before else ()
    points, in_all = evidence.points() if evidence else ({}, {})
    rows.append(
        replace(
            blank,
            column="choice",
            verdict=verdict.kind.value,
            strict=verdict.strict.value,
            representable=verdict.representable.value,
            letters=verdict.letters and verdict.letters.ljust(2, UNMEASURED),
            reason=verdict.reason,
            regret_train=rounded(before.worst_regret) if before else None,
            regret_deploy=rounded(after.worst_regret) if after else None,
            points=points,
            points_in_all=in_all,
            witness=[evidence.row(i) for i in pair] if evidence and verdict.kind is Kind.FAILS else [],
        )
    )
    judged = [judge(train, deploy, name, ledger, table=table) for name in COLUMNS]
    rows += [_value_row(blank, v, evidence, pair) for v in judged]
    robust = verdict.kind is Kind.HOLDS and any(v.kind is Kind.HOLDS and v.map_class in ROBUST_CLASSES for v in judged)
    return [replace(row, robust=robust) for row in rows]


def _behaviour(blank: Result, agent: Predictor, sets: dict[str, list[OutcomeSet]]) -> Result:
    levels = {split: [each.level for each in sets[split]] for split in sets}
    scores = {split: behaviour(agent, those) if those else None for split, those in levels.items()}
    worst = {split: levels[split][score.worst] for split, score in scores.items() if score}
    return replace(
        blank,
        column="behaviour",
        letters="".join(UNMEASURED if s is None else "Y" if s.regret < 1e-9 else "·" for s in scores.values()),
        regret_train=_regret(scores["train"]),
        regret_deploy=_regret(scores["deploy"]),
        contacts={split: score.contacts for split, score in scores.items() if score},
        acts=[Act(level.id, split, acted(agent, level)) for split, level in worst.items()],
        reason="largest regret of what it does, as a share of the range between best and worst policy",
    )


def _regret(score: Behaviour | None) -> float | None:
    return None if score is None else rounded(score.regret)


def _value_row(blank: Result, verdict: Verdict, evidence: Evidence | None, pair: Sequence[int]) -> Result:
    letters, decision = verdict.letters, verdict.decision
    if decision and evidence and not evidence.deploy:
        letters = letters[0] + UNMEASURED * 3
    row = replace(
        blank,
        column=verdict.map_class,
        verdict=verdict.kind.value,
        strict=verdict.strict.value,
        representable=verdict.representable.value,
        letters=letters,
        reason=verdict.reason,
    )
    if decision is None or evidence is None:
        return row
    return replace(
        row,
        tau=evidence.tau() if verdict.map_class == "per_level_increasing" else {},
        misfit=rounded(decision.misfit),
        slack=rounded(decision.slack),
        every_on_seen=decision.every_on_seen,
        share_seen=rounded(decision.share_seen),
        coverage_train=rounded(decision.coverage_train),
        coverage_deploy=rounded(decision.coverage_deploy),
        map="" if decision.map is None else str(decision.map),
        rival="" if decision.rival is None else str(decision.rival),
        rival_row=evidence.rival(decision),
        witness=[evidence.row(i) for i in evidence.witness(decision, pair)],
    )
