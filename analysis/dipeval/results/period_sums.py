"""A regression summed by cluster and period: what cuts through hospitals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PeriodSums:
    """Sums over the rows of G clusters in the T periods that have a row, for K terms.

    Attributes
    ----------
    influence : numpy.ndarray, shape (G, T, K)
        Weight of a row in the estimate times its residual.
    weights : numpy.ndarray, shape (G, T, K)
        Weight of a row in the estimate: the estimate is the sum of weights times outcomes.
    periods : numpy.ndarray, shape (T,), int
        Period codes of the design.
    """

    influence: np.ndarray
    weights: np.ndarray
    periods: np.ndarray
