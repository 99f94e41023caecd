"""Estimators on one exact two-way core; `estimate` is the call for all of them."""

from dipeval.estimate.registry import ESTIMATORS, EstimatorSpec

__all__ = ["ESTIMATORS", "EstimatorSpec", "estimate"]


def __getattr__(name: str) -> object:
    """`estimate` is imported when it is first used: a study parses without it."""
    if name == "estimate":
        from dipeval.estimate.call import estimate

        return estimate
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
