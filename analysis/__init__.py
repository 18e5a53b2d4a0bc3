"""The judges: typed agreement between what an agent plans for and what the environment pays."""

from . import rewards
from .agree import Decision, Measures, decide, measures
from .behaviour import Behaviour, behaviour, first_contact
from .choice import Choice, choice
from .grounding import Dictionary, Grounding, Hypothesis, Menu, ground, onto, sub_menus
from .linear import judge_policies
from .outcomes import OutcomeSet, outcome_set
from .policies import PolicySpan, policy_rows, policy_span
from .pricing import Priced, permuted_gains, price, search_maps
from .pullback import Gate, IllTyped, Pullback, PullbackSpec, pull_back, value_table
from .rows import ValueRow, ValueTable
from .shaping import Deviation, decide_shaping
from .signature import (
    Additivity,
    BaseObjective,
    IllTypedComparison,
    NoTaskUtility,
    Reward,
    TaskUtility,
    WorstCaseObjective,
    additivity,
    agree,
)
from .verdict import Kind, Verdict, assumptions, judge, judge_choice

__all__ = [
    "Additivity",
    "BaseObjective",
    "Behaviour",
    "Choice",
    "Decision",
    "Deviation",
    "Dictionary",
    "Gate",
    "Grounding",
    "Hypothesis",
    "IllTyped",
    "IllTypedComparison",
    "Kind",
    "Measures",
    "Menu",
    "NoTaskUtility",
    "OutcomeSet",
    "PolicySpan",
    "Priced",
    "Pullback",
    "PullbackSpec",
    "Reward",
    "TaskUtility",
    "ValueRow",
    "ValueTable",
    "Verdict",
    "WorstCaseObjective",
    "additivity",
    "agree",
    "assumptions",
    "behaviour",
    "choice",
    "decide",
    "decide_shaping",
    "first_contact",
    "ground",
    "judge",
    "judge_choice",
    "judge_policies",
    "measures",
    "onto",
    "outcome_set",
    "permuted_gains",
    "policy_rows",
    "policy_span",
    "price",
    "pull_back",
    "rewards",
    "search_maps",
    "sub_menus",
    "value_table",
]
