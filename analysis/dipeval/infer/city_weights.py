"""An estimate as a weighted sum of outcomes, its weights summed by city and period.

Estimators here are linear in the outcome, so each is known by what it makes of the outcomes that are one in
a single city and period and zero elsewhere; what another city's errors would have done at that city's dates
follows without estimating again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.infer.city_rows import CityRows, city_rows
from dipeval.results import Estimate


@dataclass(frozen=True)
class CityPanel:
    """G cities and T periods behind an estimate of K terms.

    Attributes
    ----------
    names : tuple of str, length G
    treated : numpy.ndarray, shape (G,), bool
        Whether the city is treated in some period of the sample.
    params : numpy.ndarray, shape (K,)
        The estimate.
    weights : numpy.ndarray, shape (G, T, K)
        Estimate of the outcome that is one in a city and period and zero elsewhere.
    outcome, exposure : numpy.ndarray, shape (G, T)
        Paths of the outcome and of the treatment in each city, up to a constant; NaN where it has no row.
    moved : numpy.ndarray, shape (K,)
        Estimate of the treatment itself as an outcome.
    inverse_size : mapping of str to numpy.ndarray, shape (G,)
        By ``cases`` (where they are known) and ``hospitals``: the reciprocal of a city's size. Of hospitals it
        is Σw²/(Σw)², the reciprocal of their effective number.
    """

    names: tuple[str, ...]
    treated: np.ndarray
    params: np.ndarray
    weights: np.ndarray
    outcome: np.ndarray
    exposure: np.ndarray
    moved: np.ndarray
    inverse_size: dict[str, np.ndarray]


def city_panel(estimate: Estimate, cluster: str, only_overall: bool = False) -> CityPanel:
    """Weights of an estimate and paths of its outcome by city and period.

    Parameters
    ----------
    estimate : Estimate
        With its data at hand.
    cluster : str
        A clustering variable of the design: the level at which the reform was assigned.
    only_overall : bool
        Whether weights of other terms than overall effects may be left out, NaN.

    Returns
    -------
    CityPanel

    Raises
    ------
    DesignError
        The estimate was read from a file, or is not linear in the outcome.

    Notes
    -----
    One estimate a city and period; O(n K) where the estimator is one regression.
    """
    rows = city_rows(estimate, cluster, only_overall)
    rows.check_linear(estimate)
    exposure = rows.origin.design.treated.astype(float)
    return CityPanel(
        names=estimate.clusters[cluster].names,
        treated=rows.treated,
        params=estimate.params.to_numpy(),
        weights=_weights(estimate, rows, cluster),
        outcome=rows.paths(rows.without_covariates),
        exposure=rows.paths(exposure),
        moved=rows.estimate_of(exposure),
        inverse_size=_inverse_sizes(rows),
    )


def _weights(estimate: Estimate, rows: CityRows, cluster: str) -> np.ndarray:
    """Weights of the estimate by city and period (G, T, K)."""
    weights = np.zeros((*rows.size.shape, len(estimate.params)))
    if estimate.by_period is not None:
        sums = estimate.by_period(cluster)
        weights[:, sums.periods] = sums.weights
        return weights
    time = rows.origin.design.time
    for g, t in zip(*np.nonzero(rows.size), strict=True):
        weights[g, t] = rows.estimate_of(((rows.city == g) & (time == t)).astype(float))
    return weights


def _inverse_sizes(rows: CityRows) -> dict[str, np.ndarray]:
    """Reciprocal size of each city (G,), by hospitals and by cases where they are known."""
    design, used, n = rows.origin.design, rows.used, len(rows.treated)
    city = rows.city[used]
    by_unit = np.bincount(design.unit[used], rows.weight[used])
    city_of = np.zeros(len(by_unit), np.int64)
    city_of[design.unit[used]] = city
    squares, totals = (np.bincount(city_of, by_unit**power, minlength=n) for power in (2, 1))
    found = {"hospitals": np.divide(squares, totals**2, out=np.ones(n), where=totals > 0)}
    if design.n_cases is not None:
        cases = np.bincount(city, design.n_cases[used], minlength=n)
        found["cases"] = np.maximum((rows.size > 0).sum(1), 1) / np.maximum(cases, np.finfo(float).tiny)
    return found
