"""Uncertainty of every estimator, from its influence summed by cluster."""

from dipeval.infer.families import adjust
from dipeval.infer.leave_out import leave_one_out
from dipeval.infer.multiplier import Band, multiplier_draws, simultaneous_band
from dipeval.infer.registry import INFERENCES, InferenceSpec, infer

__all__ = [
    "INFERENCES",
    "Band",
    "InferenceSpec",
    "adjust",
    "infer",
    "leave_one_out",
    "multiplier_draws",
    "simultaneous_band",
]
