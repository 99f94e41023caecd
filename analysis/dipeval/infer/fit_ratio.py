"""How far the treated is from its donors after the reform, measured by how far it was before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.infer.unit_paths import need_unit_fits, periods_of_terms, terms_of_gaps
from dipeval.results import Estimate


@dataclass(frozen=True)
class FitRatios:
    """Fits of K terms after the reform over the fit before.

    Attributes
    ----------
    ratio : pandas.Series, shape (K,)
        Root mean squared gap over the periods of a term, over `before`; NaN for periods before the reform.
    before : float
        Root mean squared gap over the periods that weights are fitted to.
    uneven : numpy.ndarray, shape (K,)
        Mean squared gap less the squared mean gap over the periods of a term.
    """

    ratio: pd.Series
    before: float
    uneven: np.ndarray

    def reach(self, largest: np.ndarray) -> np.ndarray:
        """Half lengths (K,) of the intervals of effects alike in a term's periods whose ratio is at most `largest`.

        NaN where no such effect has so small a ratio.
        """
        with np.errstate(invalid="ignore"):
            return np.sqrt((largest * self.before) ** 2 - self.uneven)


def fit_ratios(estimate: Estimate) -> FitRatios:
    """Ratios of fit of an estimate with treated paths beside weighted ones.

    Raises
    ------
    DesignError
        Another estimator.

    Notes
    -----
    Abadie, Diamond & Hainmueller (2010, page 502); several cohorts weigh as in the estimate. O(n).
    """
    fits = need_unit_fits(estimate)
    gaps, mass = fits.gaps(np.ones(len(fits.treated), int), False)
    is_before = np.arange(len(fits.periods))[None] < fits.n_before[:, None]
    periods = periods_of_terms(estimate, fits)
    before = float(np.sqrt(terms_of_gaps(is_before[None], gaps**2, mass)[0]))
    mean, square = terms_of_gaps(periods, gaps, mass), terms_of_gaps(periods, gaps**2, mass)
    square[(periods & is_before).any((1, 2))] = np.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.sqrt(square) / before
    return FitRatios(pd.Series(ratio, index=estimate.params.index), before, np.maximum(square - mean**2, 0.0))
