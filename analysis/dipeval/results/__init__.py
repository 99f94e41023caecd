"""What an analysis returns: estimates with their inference, and exhibits."""

from dipeval.results.estimate import Estimate
from dipeval.results.exhibit import Exhibit
from dipeval.results.from_json import estimate_from_json
from dipeval.results.inference import ClusterFacts, Inference, NullDraws, RowErrors
from dipeval.results.tidy import TIDY_COLUMNS

__all__ = [
    "TIDY_COLUMNS",
    "ClusterFacts",
    "Estimate",
    "Exhibit",
    "Inference",
    "NullDraws",
    "RowErrors",
    "estimate_from_json",
]
