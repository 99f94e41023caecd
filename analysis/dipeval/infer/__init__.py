"""Uncertainty of every estimator, from its influence summed by cluster."""

from dipeval.infer.multiplier import Band, multiplier_draws, simultaneous_band
from dipeval.infer.registry import INFERENCES, InferenceSpec, infer

__all__ = ["INFERENCES", "Band", "InferenceSpec", "infer", "multiplier_draws", "simultaneous_band"]
