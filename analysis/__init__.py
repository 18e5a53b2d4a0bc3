"""The judges: typed agreement between what an agent plans for and what the environment pays."""

from .agree import Decision, decide
from .behaviour import Behaviour, behaviour, first_contact
from .choice import Choice, choice
from .outcomes import OutcomeSet, outcome_set
from .pullback import Gate, IllTyped, Pullback, PullbackSpec, pull_back, value_table
from .rows import ValueRow, ValueTable
from .signature import BaseObjective, IllTypedComparison, Reward, TaskUtility, agree
from .verdict import Kind, Verdict, assumptions, judge, judge_choice

__all__ = [
    "BaseObjective",
    "Behaviour",
    "Choice",
    "Decision",
    "Gate",
    "IllTyped",
    "IllTypedComparison",
    "Kind",
    "OutcomeSet",
    "Pullback",
    "PullbackSpec",
    "Reward",
    "TaskUtility",
    "ValueRow",
    "ValueTable",
    "Verdict",
    "agree",
    "assumptions",
    "behaviour",
    "choice",
    "decide",
    "first_contact",
    "judge",
    "judge_choice",
    "outcome_set",
    "pull_back",
    "value_table",
]
