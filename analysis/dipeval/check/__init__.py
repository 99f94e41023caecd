"""Does the result hold: weights of plain regressions, trends before the reform."""

from dipeval.check.pretrend import JointTest, joint_pretrend
from dipeval.check.twfe_weights import TwfeWeights, twfe_weights

__all__ = ["JointTest", "TwfeWeights", "joint_pretrend", "twfe_weights"]
