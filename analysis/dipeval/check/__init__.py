"""Does the result hold: weights of plain regressions, trends before the reform."""

from dipeval.check.bacon_weights import BaconWeights, bacon_weights
from dipeval.check.clusters import ClusterDiagnostics, cluster_diagnostics
from dipeval.check.pretrend import JointTest, joint_pretrend
from dipeval.check.twfe_weights import TwfeWeights, twfe_weights

__all__ = [
    "BaconWeights",
    "ClusterDiagnostics",
    "JointTest",
    "TwfeWeights",
    "bacon_weights",
    "cluster_diagnostics",
    "joint_pretrend",
    "twfe_weights",
]
