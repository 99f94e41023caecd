"""Uncertainty of every estimator, from its influence summed by cluster."""

from dipeval.infer.band import inferred_band
from dipeval.infer.families import adjust
from dipeval.infer.joint import JointTest, joint_test
from dipeval.infer.leave_out import leave_one_out
from dipeval.infer.multiplier import Band, multiplier_draws, simultaneous_band
from dipeval.infer.registry import INFERENCES, InferenceSpec, infer

__all__ = [
    "INFERENCES",
    "Band",
    "InferenceSpec",
    "JointTest",
    "adjust",
    "infer",
    "inferred_band",
    "joint_test",
    "leave_one_out",
    "multiplier_draws",
    "simultaneous_band",
]
