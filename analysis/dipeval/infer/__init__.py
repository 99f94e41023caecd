"""Uncertainty of every estimator, from its influence summed by cluster."""

from dipeval.infer.registry import INFERENCES, InferenceSpec, infer

__all__ = ["INFERENCES", "InferenceSpec", "infer"]
