"""The minds: agents that contain an explicit planner with an objective of its own, and controls that do not."""

from .controls import FixedDirection, LookupTable, RandomAgent
from .objective import Domain, Exact, MesaObjective
from .planner import PlannerAgent, Policy, Predictor, model_of, optimum, path_policy, solved
from .planning import Lookahead, Solution, ValueIteration, discounted_values, tied_value
from .zoo import Agent, Entry, entry_named, zoo

__all__ = [
    "Agent",
    "Domain",
    "Entry",
    "Exact",
    "FixedDirection",
    "Lookahead",
    "LookupTable",
    "MesaObjective",
    "PlannerAgent",
    "Policy",
    "Predictor",
    "RandomAgent",
    "Solution",
    "ValueIteration",
    "discounted_values",
    "entry_named",
    "model_of",
    "optimum",
    "path_policy",
    "solved",
    "tied_value",
    "zoo",
]
