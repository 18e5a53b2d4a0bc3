"""How far apart two rewards are, and what it costs to choose by one and be paid by the other.

STARC is blind to exactly what no policy notices; EPIC and DARD are not, and are here to be compared with. Restrict a
process to what its start reaches before measuring: on a whole process a distance speaks of no level.

    part, paid, wanted = restrict(transition, reachable(transition, start), base_reward, mesa_reward)
    starc_distance(part, paid, wanted, discount) / 2

All take dense and sparse tables (`reading.py` says which); all returns are discounted and of infinite horizon, so the
end of an episode is an absorbing state of reward 0.
"""

from __future__ import annotations

from .canonical import Canonical, canonical
from .dard import dard_distance
from .epic import epic_distance
from .process import RewardError
from .reach import reachable, restrict
from .regret import PolicyPair, optimal_policies, optimal_policy_regret
from .starc import starc_distance
from .worst_case import worst_case_policies, worst_case_regret

__all__ = [
    "Canonical",
    "PolicyPair",
    "RewardError",
    "canonical",
    "dard_distance",
    "epic_distance",
    "optimal_policies",
    "optimal_policy_regret",
    "reachable",
    "restrict",
    "starc_distance",
    "worst_case_policies",
    "worst_case_regret",
]
