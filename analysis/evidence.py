"""What is stored beside a verdict: the rows that refute a map, where a rival goes wrong, and all values as points."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ..agents.planner import PlannerAgent, model_of
from .agree import Decision, decide
from .behaviour import acted
from .choice import Choice
from .outcomes import OutcomeSet
from .pullback import Pullback, locate
from .rows import SPLITS, ValueTable
from .store import RivalRow, WitnessRow

MOST = 200
"""Distinct points of each split that are stored of an agent."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """The rows of one agent, ready to be told as outcomes on levels.

    Attributes:
        agent: the agent as it acts under the switches.
        train: one pullback a training level.
        deploy: one a deployment level.
        table: `value_table(train, deploy)`.
    """

    agent: PlannerAgent
    train: Sequence[Pullback]
    deploy: Sequence[Pullback]
    table: ValueTable
    _taken: dict[str, int] = field(default_factory=dict, repr=False)

    def row(self, index: int) -> WitnessRow:
        """Row `index` of the table as a plan on a level."""
        part, outcome = locate(self.train, self.deploy, index)
        mesa, base, level = part.mesa, part.base, part.outcomes.level
        if level.id not in self._taken:
            self._taken[level.id] = taken(self.agent, part.outcomes)
        return WitnessRow(
            level=level.id,
            split=SPLITS[int(self.table.deploy[index])],
            actions=part.outcomes.plan(outcome),
            outcome=part.outcomes.label(outcome),
            mesa=rounded(int(mesa.numerators[outcome]) / mesa.denominator) if part.representable[outcome] else None,
            base=rounded(int(base.numerators[outcome]) / base.denominator),
            taken=outcome == self._taken[level.id],
        )

    def tau(self) -> dict[str, float]:
        """The grade of ORDER: Kendall's τ_b of mesa and base values, its mean over the levels of each split that have one."""
        from .statistics import per_level

        grades = per_level(self.table, representable_only=True)
        kept = {split: grades.tau_b[(grades.deploy == at) & ~np.isnan(grades.tau_b)] for at, split in enumerate(SPLITS)}
        return {split: rounded(float(values.mean())) for split, values in kept.items() if len(values)}

    def rival(self, decision: Decision) -> RivalRow | None:
        """Where the second map of a decision goes wrong, if it has one."""
        row, rival = decision.rival_row, decision.rival
        if row is None or rival is None or row.mesa is None:
            return None
        says = rival(row.mesa, level=row.level, cue=row.cue)
        return RivalRow(row.level, row.plan, rounded(float(row.mesa)), rounded(float(says)), rounded(float(row.base)))

    def witness(self, decision: Decision, pair: Sequence[int]) -> tuple[int, ...]:
        """Rows that refute a joint map, if none exists: `pair` if that does, else those that `decide` found.

        Args:
            decision: the decided class.
            pair: two rows of one level that refute choice, or none; taken where they refute the class by themselves and
                come from where `decide` looked (a class that fails in training already is refuted in training).
        """
        if decision.witness_index is None:
            return ()
        if pair and decision.witness_where in ("joint", SPLITS[int(self.table.deploy[pair[0]])]):
            relabelled = [replace(self.table.row(index), split="train") for index in pair]
            if not decide(relabelled, decision.map_class).joint:
                return tuple(pair)
        return decision.witness_index

    def points(self) -> tuple[dict[str, list[list[float]]], dict[str, int]]:
        """The distinct (mesa value, base value) of each split with their numbers, at most `MOST`; and how many there are."""
        kept, in_all = {}, {}
        for split, side in zip(SPLITS, (~self.table.deploy, self.table.deploy), strict=True):
            rows = np.flatnonzero(side & self.table.representable)
            found = Counter(zip(self.table.mesa[rows].tolist(), self.table.base[rows].tolist(), strict=True))
            ordered = sorted(found.items())
            spaced = np.linspace(0, len(ordered) - 1, min(MOST, len(ordered))).round().astype(int)
            kept[split] = [
                [rounded(mesa / self.table.mesa_denominator), rounded(base / self.table.base_denominator), count]
                for (mesa, base), count in (ordered[i] for i in spaced.tolist())
            ]
            in_all[split] = len(ordered)
        return kept, in_all


def choice_pair(before: Choice, after: Choice | None) -> tuple[int, ...]:
    """What the objective likes best (the worst such row) and what is best, where choice fails: in training if it does there.

    Returns:
        Two rows of the level with the largest regret; one where no row of that level can be chosen; () where choice holds.
    """
    failed = next((side for side in (before, after) if side is not None and not side.optimal), None)
    pair = () if failed is None else (failed.chosen_index, failed.better_index)
    return tuple(index for index in pair if index is not None)


def taken(agent: PlannerAgent, outcomes: OutcomeSet) -> int:
    """Index of the outcome that the agent's own plan leads to, or -1 where it is not among them."""
    mdp = model_of(outcomes.level)
    state, total = mdp.initial, np.zeros(outcomes.counts.shape[1], dtype=np.int64)
    for action in acted(agent, outcomes.level):
        total += mdp.counts[state, action, 0]
        state = int(mdp.successor[state, action, 0])
    told = outcomes.counts.any(axis=0)
    same = (outcomes.counts[:, told] == total[told]).all(axis=1) & (outcomes.ended == (state == mdp.absorbing))
    return int(np.argmax(same)) if same.any() else -1


def rounded(value: float) -> float:
    """To 12 digits, so that results do not depend on the order of additions."""
    return float(value) if value in (float("inf"), float("-inf")) else round(float(value), 12)
