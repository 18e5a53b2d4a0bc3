"""Statistics for sampled levels: the unit is the level, for outcomes in one level are not independent.

A counterexample in an exhaustively computed level is deductive and needs none of this. Where levels are a sample:

    per_level            regret and Kendall τ_b of each level, the grades of CHOICE and ORDER
    shift_effect         did the shift change the mapping? split labels permuted over levels
    mean_shift           did the shift change a number per level? the same
    cluster_bootstrap    an interval for a mean over levels
    survival_gap         what overfitting costs, and what the shift costs beyond it
    equivalence_test     the only test that may say "survives"
    violations_bound     how many levels may still be violated when few or none were seen to be
    gatekeeping, holm    several classes, several agents
"""

from __future__ import annotations

from .bounds import violations_bound, zero_violations_bound
from .checks import REGRET, TAU, SampleError
from .equivalence import Equivalence, equivalence_test
from .intervals import METHODS, Interval, cluster_bootstrap
from .levels import PerLevel, per_level
from .multiple import CHAIN, Gatekeeping, gatekeeping, holm
from .shift import SHIFT_CLASSES, ShiftEffect, mean_shift, shift_effect
from .survival import SurvivalGap, survival_gap

__all__ = [
    "CHAIN",
    "METHODS",
    "REGRET",
    "SHIFT_CLASSES",
    "TAU",
    "Equivalence",
    "Gatekeeping",
    "Interval",
    "PerLevel",
    "SampleError",
    "ShiftEffect",
    "SurvivalGap",
    "cluster_bootstrap",
    "equivalence_test",
    "gatekeeping",
    "holm",
    "mean_shift",
    "per_level",
    "shift_effect",
    "survival_gap",
    "violations_bound",
    "zero_violations_bound",
]
