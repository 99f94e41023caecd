"""Which comparisons of two groups the static two-way coefficient averages, before any outcome is seen.

Goodman-Bacon (2021), *Journal of Econometrics* 225(2), theorem 1: the weights follow from the sizes of the
groups and from when they are treated. The estimator ``bacon`` adds the estimates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.design import PanelDesign
from dipeval.errors import DesignError, Problem
from dipeval.estimate.bacon_comparisons import TYPES
from dipeval.estimate.bacon_estimates import listed, start_label
from dipeval.estimate.sample import drop_singletons, make_sample


@dataclass(frozen=True)
class BaconWeights:
    """Weights of the comparisons in static two-way fixed effects.

    Attributes
    ----------
    comparisons : pandas.DataFrame
        ``cohort``, ``against``, ``type``, ``first_period``, ``last_period``, ``weight``; weights sum to 1.
    """

    comparisons: pd.DataFrame

    @property
    def forbidden(self) -> float:
        """Weight of comparisons with hospitals that are already treated."""
        of_type = self.comparisons["type"] == TYPES[1]
        return float(self.comparisons.loc[of_type, "weight"].sum())

    def sentence(self) -> str:
        """What it means, in words."""
        return (
            f"{self.forbidden:.1%} of the weight of plain two-way fixed effects compares hospitals with "
            "others that are already treated; where effects change over time these comparisons mislead "
            "(Goodman-Bacon 2021)"
        )

    def tidy(self) -> pd.DataFrame:
        """The comparisons, one row each."""
        return self.comparisons.copy()


def bacon_weights(design: PanelDesign, use: np.ndarray | None = None) -> BaconWeights:
    """Weights of the Goodman-Bacon decomposition.

    Parameters
    ----------
    design : PanelDesign
    use : numpy.ndarray, shape (design.n_rows_in,), bool, optional
        Rows of the input frame with an outcome; default all.

    Returns
    -------
    BaconWeights

    Raises
    ------
    DesignError
        No used row is treated, or a cohort is not observed in a period in which others are.

    Notes
    -----
    O(n + C²) for C cohorts.
    """
    used = np.ones(design.n_rows_in, bool) if use is None else np.asarray(use, bool)
    sample = drop_singletons(make_sample(design, np.where(used, 0.0, np.nan), (), "weights", "bacon_weights"))
    panel, periods, found = listed(sample)
    if not found:
        raise DesignError("check", [Problem("design", "no used row is treated", "check the outcome")])
    names = [start_label(sample, start) for start in panel.cohorts]
    labels = [design.period_labels[p] for p in periods]
    rows = [
        (names[c.treated], names[c.against], c.kind, labels[c.first], labels[c.last - 1], c.weight)
        for c in found
    ]
    columns = ["cohort", "against", "type", "first_period", "last_period", "weight"]
    return BaconWeights(pd.DataFrame(rows, columns=columns))
