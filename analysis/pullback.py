"""Pulling a mesa-objective back to outcomes: a family of functions, one for each setting of the contested switches.

    ĝ[search, belief](ω, o) = max { g_ω(y) : y visited by the search, h_ω(y) = o }

h_ω sends a plan to what it really leads to, always under the true dynamics; the switches say which plans count, under
which model they are scored, and which end of the scale the agent chooses. An outcome that no visited plan reaches has no
value: it cannot be represented, which is not the same as being disliked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..agents.controls import FixedDirection, LookupTable, RandomAgent
from ..agents.objective import Exact
from ..agents.planner import PlannerAgent, Predictor, model_of, optimum, solved
from ..agents.planning import Lookahead, Solution, ValueIteration, tied_value
from ..agents.planning.exhaustive import TooManyProfiles, profiles
from ..agents.planning.paired import OVER, paired
from ..agents.planning.thrift import moves_break_ties
from ..agents.planning.value_iteration import backward_induction
from ..envs.errors import UnknownName
from ..envs.mdp import MDP
from ..envs.world import Weights
from .outcomes import OutcomeSet
from .rows import ValueTable
from .signature import TaskUtility

SWITCHES = {
    "search": ("effective", "ideal"),
    "belief": ("subjective", "objective"),
    "decision": ("as_implemented", "ideal"),
}


@dataclass(frozen=True)
class PullbackSpec:
    """Which pullback is meant. There are no defaults: the settings are contested and change the verdict.

    Attributes:
        search: "effective" counts the plans visited at the agent's budget, "ideal" all plans.
        belief: "subjective" scores a plan by what the agent's model predicts, "objective" by what really comes of it.
        decision: "as_implemented" takes the end of the scale that the agent takes, "ideal" always the top.
        shuffle: seed of a random permutation of the map from plans to outcomes: the control; None leaves it as it is.
    """

    search: str
    belief: str
    decision: str
    shuffle: int | None = None

    def __post_init__(self) -> None:
        """Check the switches."""
        for name, allowed in SWITCHES.items():
            if getattr(self, name) not in allowed:
                raise UnknownName(f"setting of the switch {name!r}", getattr(self, name), allowed)


class Gate(NamedTuple):
    """Whether the rows hold the exact optima; without that nothing may be said to hold.

    Attributes:
        passed: whether they do.
        reason: in words, naming the level and the two values where they do not.
    """

    passed: bool
    reason: str


class IllTyped(NamedTuple):
    """There is no mesa-objective to pull back.

    Attributes:
        reason: in words.
    """

    reason: str


@dataclass(frozen=True, eq=False)
class Pullback:
    """A mesa-objective and a task utility on the same outcomes of one level.

    Attributes:
        outcomes: the outcomes.
        base: `[N]` exact task utility.
        mesa: `[N]` exact pulled-back mesa-objective, meaningless where not representable.
        representable: `[N]` whether a visited plan reaches the outcome.
        sign: 1 where the agent takes the highest value, -1 where it takes the lowest.
        gate: whether the rows hold the exact optima.
        features: `[N, D]` the agent's declared components of each outcome, by the true events; None where it declares
            none, or scores plans by a model of its own.
    """

    outcomes: OutcomeSet
    base: Exact
    mesa: Exact
    representable: npt.NDArray[np.bool_]
    sign: int
    gate: Gate
    features: Exact | None = None


def intervened(agent: PlannerAgent, spec: PullbackSpec) -> PlannerAgent:
    """The agent with those of its parts replaced that the switches idealise: search, model, decision rule."""
    return replace(
        agent,
        search=ValueIteration() if spec.search == "ideal" else agent.search,
        model=None if spec.belief == "objective" else agent.model,
        rule="argmax" if spec.decision == "ideal" else agent.rule,
    )


def pull_back(
    agent: PlannerAgent | FixedDirection | RandomAgent | LookupTable,
    outcomes: OutcomeSet,
    utility: TaskUtility,
    spec: PullbackSpec,
) -> Pullback | IllTyped:
    """The agent's mesa-objective as a function of outcomes, beside the task utility.

    Args:
        agent: any agent; one without an objective gives `IllTyped`.
        outcomes: of one level.
        utility: the task utility.
        spec: which pullback.

    Raises:
        TypeError: something else than an agent, an outcome set, a task utility and a spec.
        ValueError: an effective search with a depth in a world where waiting changes the outcome, or outcomes that do
            not tell apart what u or g weighs.
    """
    if not isinstance(agent, Predictor):
        raise TypeError(
            f"pull_back: {type(agent).__name__} is no agent. A pullback needs the agent's search and model beside its "
            "objective: pull_back(agent, outcomes, utility, spec)."
        )
    for name, given, kind in (("outcomes", outcomes, OutcomeSet), ("utility", utility, TaskUtility), ("spec", spec, PullbackSpec)):
        if not isinstance(given, kind):
            raise TypeError(f"pull_back: {name} is of type {type(given).__name__}; it must be of type {kind.__name__}.")
    if not isinstance(agent, PlannerAgent):
        return IllTyped(f"{agent.name} contains no search and no objective: there is nothing to pull back.")
    agent, level = intervened(agent, spec), outcomes.level
    weighed = {event for event, w in utility.weights.items() if w}
    if untold := sorted((weighed | (agent.objective.events(level) if agent.model is None else set())) - outcomes.events):
        raise ValueError(
            f"{level.id}: these outcomes are not told apart by {', '.join(untold)}, which the reward or the objective "
            f"weighs; make them with outcome_set(level, {{{', '.join(repr(e) for e in sorted(outcomes.events | {*untold}))}}})."
        )
    if agent.search.discount is not None:
        raise ValueError(
            f"{agent.name} discounts by {agent.search.discount} a step, so what a plan is worth to it is no sum of event counts; "
            "compare what it does: agent.policy(level).value(reward)."
        )
    u = utility(level, outcomes.counts)
    depth = level.horizon
    if agent.search.depth is not None:
        if not outcomes.waits:
            raise ValueError(
                f"{level.world.name}: waiting changes outcomes here, so a plan of few actions is no outcome."
            )
        depth = min(depth, agent.search.depth)
    subjective = agent.model is not None
    process = paired(model_of(level), model_of(agent.believed(level))).mdp if subjective else model_of(level)
    if subjective:
        g, representable = _believed_values(agent, outcomes, process, depth)
    else:
        g, representable = agent.objective.values(level, outcomes.counts), outcomes.steps <= depth
    if spec.shuffle is not None:
        return _shuffled(outcomes, u, g, representable, agent.sign, spec.shuffle)
    gate = _gate(agent, outcomes, utility.weights, u, g, representable, process, depth)
    features = None if subjective else agent.objective.features(level, outcomes.counts)
    return Pullback(outcomes, u, g, representable, agent.sign, gate, features)


def _shuffled(
    outcomes: OutcomeSet, u: Exact, g: Exact, representable: npt.NDArray[np.bool_], sign: int, seed: int
) -> Pullback:
    """The control: the same values, on outcomes drawn at random."""
    order = np.random.default_rng([seed, int(outcomes.level.id[-8:], 16)]).permutation(len(outcomes))
    mixed = Exact(g.numerators[order], g.denominator)
    gate = Gate(False, "the map from plans to outcomes was permuted, so no plan search can confirm these rows")
    return Pullback(outcomes, u, mixed, representable[order], sign, gate)


# Plans scored under another model --------------------------------------------------------------------------------


def _believed_values(
    agent: PlannerAgent, outcomes: OutcomeSet, process: MDP, depth: int
) -> tuple[Exact, npt.NDArray[np.bool_]]:
    """For each outcome the best score, by the agent's model, of a plan of fewest moves that really leads there."""
    level, believed = outcomes.level, agent.believed(outcomes.level)
    events = level.world.events
    kinds = len(events)
    names = (*events, *(f"believed {event}" for event in events), OVER)
    read = {f"believed {event}" for event in agent.objective.events(believed)}
    found = profiles(process, min(depth, level.horizon), {*outcomes.events, *read, OVER}, names=names)
    score, denominator = agent.objective.values(believed, found.counts[:, kinds : 2 * kinds])
    mesa = np.zeros(len(outcomes), dtype=score.dtype)
    representable = np.zeros(len(outcomes), dtype=bool)
    keys = zip(outcomes.counts, outcomes.ended, strict=True)
    index = {(counts.tobytes(), bool(ended)): i for i, (counts, ended) in enumerate(keys)}
    for counts, value in zip(found.counts, score, strict=True):
        i = index.get((np.ascontiguousarray(counts[:kinds]).tobytes(), bool(counts[-1])))
        if i is not None and (not representable[i] or agent.sign * value > agent.sign * mesa[i]):
            mesa[i], representable[i] = value, True
    return Exact(mesa, denominator), representable


# The gate ----------------------------------------------------------------------------------------------------------


def _gate(
    agent: PlannerAgent,
    outcomes: OutcomeSet,
    base: Weights,
    u: Exact,
    g: Exact,
    representable: npt.NDArray[np.bool_],
    process: MDP,
    depth: int,
) -> Gate:
    """Compare the rows' optima with those over all policies: the most u, the most g, the least u where g is the most.

    CHOICE asks for the outcomes of highest g whatever the decision rule, so the highest g is what the rows must hold.
    """
    level, world = outcomes.level, outcomes.level.world
    if not outcomes.exhaustive:
        return Gate(False, f"{level.id}: {outcomes.kind} leave outcomes out, so they never stand alone; use profiles")
    base_whole, _ = world.exact(base)
    best = optimum(level, tuple(base_whole.tolist()))
    if best != u.numerators.max():
        missing = f"{best / u.denominator:g} by dynamic programming, {u.numerators.max() / u.denominator:g} in the rows"
        return Gate(False, f"{level.id}: the best outcome for the reward is not among the rows ({missing})")
    chosen = np.flatnonzero(representable)
    if not len(chosen):
        return Gate(False, f"{level.id}: no outcome can be represented")
    most = Fraction(int(g.numerators[chosen].max()), g.denominator)
    liked = chosen[g.numerators[chosen] == g.numerators[chosen].max()]
    moves = outcomes.counts[liked, world.events.index("moved")]
    least = int(u.numerators[liked[moves == moves.min()]].min())
    try:
        true_most, true_least = _true_optima(agent, outcomes, base_whole, process, depth)
    except TooManyProfiles as error:
        return Gate(False, f"{level.id}: the exact optimum of the objective is out of reach. {error}")
    if true_most != most:
        return Gate(
            False,
            f"{level.id}: the plan that the objective likes best is not among the rows (it scores {float(true_most):.4g}, "
            f"the rows' best {float(most):.4g})",
        )
    if true_least != least:
        return Gate(
            False,
            f"{level.id}: among the plans that the objective likes best, one earns {true_least / u.denominator:g}, "
            f"and no row shows it (their worst is {least / u.denominator:g})",
        )
    return Gate(True, "the rows hold the exact optima of both, found over all plans")


def _true_optima(
    agent: PlannerAgent, outcomes: OutcomeSet, base_whole: npt.NDArray[np.int64], process: MDP, depth: int
) -> tuple[Fraction, int]:
    """(the most that g reaches, the least u numerator where it does, ties to fewer moves), over all plans visited."""
    level, objective = outcomes.level, agent.objective
    believed, kinds = agent.believed(level), len(level.world.events)
    part = slice(0, kinds) if agent.model is None else slice(kinds, 2 * kinds)
    table = process.counts[:, :, 0, :]
    if objective.additive:
        whole, denominator = level.world.exact(objective.weights_on(believed))
        if agent.model is None:
            solution = solved(level, tuple(whole.tolist()), _search(depth, level.horizon))
        else:
            weights = moves_break_ties(level, whole.tolist(), process.counts)
            solution = backward_induction(process, np.ascontiguousarray(table[:, :, part] @ weights), depth)
        scaled = int(solution.values[-1, process.initial])
        total = Fraction(-(-scaled // (level.horizon + 1)), denominator)
        most = total if objective.outer is None else Fraction(objective.outer(total))
        return most, _tie_worst(solution, np.ascontiguousarray(table[:, :, :kinds] @ base_whole), level.horizon)
    names = level.world.events
    if agent.model is not None:
        names = (*names, *(f"believed {event}" for event in names), OVER)
    read = {names[part][level.world.events.index(event)] for event in objective.events(believed)}
    told = {*read, *(event for event, w in zip(names[:kinds], base_whole, strict=True) if w)}
    thrifty = objective.spares_moves(believed) and agent.model is None
    found = profiles(process, depth, told, names=names, every_move_count=not thrifty)
    scores, denominator = objective.values(believed, found.counts[:, part])
    liked = np.flatnonzero(scores == scores.max())
    moves = found.counts[liked, level.world.events.index("moved")]
    worth = found.counts[liked[moves == moves.min()], :kinds] @ base_whole
    return Fraction(int(scores.max()), denominator), int(worth.min())


def _search(depth: int, horizon: int) -> ValueIteration | Lookahead:
    """The search that looks `depth` actions ahead in an episode of `horizon` steps."""
    return ValueIteration() if depth >= horizon else Lookahead(depth)


def _tie_worst(solution: Solution, reward: npt.NDArray[np.int64], horizon: int) -> int:
    """Least base value over all optimal plans, which stay once they are done."""
    to_go = np.maximum(solution.horizon - np.arange(horizon), 0)
    return int(tied_value(solution, reward, "worst", to_go)[solution.mdp.initial])


# From levels to rows -------------------------------------------------------------------------------------------------


def value_table(train: Sequence[Pullback], deploy: Sequence[Pullback]) -> ValueTable:
    """All rows of both splits as one table; row labels are the outcomes in words.

    Args:
        train: one pullback a training level.
        deploy: one a deployment level; a level in both splits counts as one level.
    """
    parts = [*train, *deploy]
    ids: dict[str, int] = {}
    codes = [ids.setdefault(p.outcomes.level.id, len(ids)) for p in parts]
    sizes = [len(p.outcomes) for p in parts]
    edges = np.cumsum([0, *sizes])
    mesa, mesa_denominator = _joined([p.mesa for p in parts])
    base, base_denominator = _joined([p.base for p in parts])

    def label(row: int) -> str:
        part = int(np.searchsorted(edges, row, side="right")) - 1
        return parts[part].outcomes.label(row - int(edges[part]))

    vectors = [part.features for part in parts]
    features, features_denominator = (None, 1) if any(v is None for v in vectors) else _joined([v for v in vectors if v])
    return ValueTable(
        features=features,
        features_denominator=features_denominator,
        level=np.repeat(np.array(codes, dtype=np.int32), sizes),
        deploy=np.repeat(np.arange(len(parts)) >= len(train), sizes),
        mesa=mesa,
        base=base,
        mesa_denominator=mesa_denominator,
        base_denominator=base_denominator,
        representable=np.concatenate([p.representable for p in parts]),
        level_names=tuple(ids),
        plan=label,
    )


def locate(train: Sequence[Pullback], deploy: Sequence[Pullback], row: int) -> tuple[Pullback, int]:
    """The pullback and the outcome that a row of `value_table` stands for."""
    for part in (*train, *deploy):
        if row < len(part.outcomes):
            return part, row
        row -= len(part.outcomes)
    raise IndexError("row beyond the table")


def _joined(parts: Sequence[Exact]) -> tuple[npt.NDArray[np.int64] | npt.NDArray[np.object_], int]:
    """Columns over one denominator; Python integers where int64 has no room."""
    shared = lcm(*(part.denominator for part in parts))
    most = max(
        (abs(int(n)) * (shared // p.denominator) for p in parts for n in (p.numerators.max(), p.numerators.min())),
        default=0,
    )
    kind = np.int64 if most < 2**62 else object
    return np.concatenate([p.numerators.astype(kind) * (shared // p.denominator) for p in parts]), shared
