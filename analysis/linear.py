"""Verdicts on all policies at once, for agents whose objective is linear in the events: stochastic worlds included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..agents.controls import FixedDirection, LookupTable, RandomAgent
from ..agents.planner import PlannerAgent
from ..envs.level import Level
from .agree import decide
from .errors import EmptyError, unknown_name
from .maps import MAP_CLASSES
from .policies import SETTLED, policy_rows, policy_span
from .shaping import decide_shaping
from .signature import TaskUtility
from .verdict import Kind, Verdict

__all__ = ["judge_policies", "why_not_linear"]


def judge_policies(
    agent: PlannerAgent | FixedDirection | RandomAgent | LookupTable,
    train: Sequence[Level],
    deploy: Sequence[Level],
    utility: TaskUtility,
    map_class: str,
    discount: float | None = None,
    ledger: Mapping[str, str] | None = None,
) -> Verdict:
    """Decide a class of maps on the outcome set `policies`: every policy of every level, by expected event counts.

    Exact in deterministic worlds at finite horizon. What HOLDS here holds for all policies, so there is no gate to pass;
    what an agent chooses is judged by `behaviour`, by dynamic programming over the same policies.

    Args:
        agent: any agent; one without an objective is ill-typed, one whose objective is not linear is not applicable.
        train: training levels.
        deploy: deployment levels; empty means that nothing was tried after the shift.
        utility: the task utility.
        map_class: a class of `decide` but for `feature_linear`, or "shaping" (which needs no vector either).
        discount: per step, in [0, 1), for the infinite horizon; None is the levels' own horizon, undiscounted.
        ledger: assumptions to carry along.

    Raises:
        EmptyError: no training level.
        UnknownNameError: no such class.
        AnalysisError: a discount outside [0, 1).
    """
    ledger = dict(ledger or {}) | {"site": "all policies of a level, by expected event counts"}
    if map_class not in (*MAP_CLASSES, "shaping"):
        raise unknown_name("map class", map_class, (*MAP_CLASSES, "shaping"))
    if not train:
        raise EmptyError("judge_policies: no training level, so no map can be fitted; give at least one in `train`.")
    if not isinstance(agent, PlannerAgent):
        reason = f"{agent.name} contains no search and no objective: there is nothing to compare with the reward."
        return Verdict(Kind.ILL_TYPED, map_class, "", reason, None, ledger, Kind.ILL_TYPED, Kind.ILL_TYPED)
    reason = why_not_linear(agent) if map_class != "feature_linear" else "policies carry expected counts, not declared components"
    if reason is not None:
        kind = Kind.NOT_APPLICABLE
        return Verdict(kind, map_class, "", reason, None, ledger, kind, kind)
    mesa = agent.objective.weights_on
    if map_class == "shaping":
        decision = decide_shaping(train, deploy, mesa, utility.weights, discount)[0]
    else:
        spans = [[policy_span(level, discount) for level in side] for side in (train, deploy)]
        decision = decide(policy_rows(spans[0], spans[1], mesa, utility.weights), map_class, tol=SETTLED)
    if not deploy and decision.train:
        kind, told = Kind.NOT_TESTABLE, "there are no deployment levels, so nothing was tried after the shift"
    elif not decision.joint:
        where = "in training already" if not decision.train else "at deployment" if not decision.deploy else "jointly"
        kind, told = Kind.FAILS, f"no map of this class fits {where}; the witness policies show it"
    elif decision.every:
        kind, told = Kind.HOLDS, "every map of this class that fits training fits deployment, on all policies"
    else:
        kind = Kind.UNIDENTIFIED
        told = "a map survives, but training alone does not single it out: another one that fits training fails"
    return Verdict(kind, map_class, decision.letters, told, decision, ledger, kind, kind)


def why_not_linear(agent: PlannerAgent) -> str | None:
    """Why an agent's objective is no linear function of expected event counts, or None where it is one."""
    objective = agent.objective
    if objective.outer is not None:
        return f"{objective.name} bends the total of a plan, so it is no expectation over what a policy may lead to"
    if objective.extra is not None:
        return f"{objective.name} has a term that is no sum over steps"
    if agent.model is not None:
        return f"{agent.name} scores plans by a model of its own, whose event counts are not the world's"
    if agent.search.discount is not None:
        return f"{agent.name} discounts by {agent.search.discount} a step, so it weighs when events happen, not how often"
    if agent.search.depth is not None:
        return f"{agent.name} looks {agent.search.depth} actions ahead; it represents plans of that length, not policies"
    return None
