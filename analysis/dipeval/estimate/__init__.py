"""Estimators on one exact two-way core; `estimate` is the call for all of them."""

from dipeval.estimate.call import estimate
from dipeval.estimate.registry import ESTIMATORS, EstimatorSpec

__all__ = ["ESTIMATORS", "EstimatorSpec", "estimate"]
