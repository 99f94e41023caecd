"""An estimate as a weighted sum of outcomes, its weights summed by city and period.

Every estimator here is linear in the outcome, so it is known by what it makes of the outcomes that are one in
a single city and period and zero elsewhere; what another city's errors would have done at that city's dates
follows without estimating again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.estimate.projector import fit_projector
from dipeval.results import Estimate

ROUNDING = 1e-7
"""Share of the outcome's size within which two sums of estimates are the same number."""


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
        Mean outcome and share of treated rows by city and period; NaN where the city has no row.
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


def city_panel(estimate: Estimate, cluster: str) -> CityPanel:
    """Weights and cell means of an estimate by city and period.

    Parameters
    ----------
    estimate : Estimate
        With its data at hand.
    cluster : str
        A clustering variable of the design: the level at which the reform was assigned.

    Returns
    -------
    CityPanel

    Raises
    ------
    DesignError
        The estimate was read from a file, or is not linear in the outcome.

    Notes
    -----
    One estimate a city and period.
    """
    origin = estimate.origin
    if origin is None:
        todo = "estimate again in this session"
        raise DesignError("infer", [Problem("estimate", "the data of this estimate are not at hand", todo)])
    facts, rows = estimate.clusters[cluster], _Rows(estimate, cluster)
    _refuse_nonlinear(estimate, rows, np.isin(rows.city, np.flatnonzero(facts.treated)))
    size = rows.total(rows.weight)
    exposure = rows.design.treated.astype(float)
    means = [
        np.divide(rows.total(rows.weight * column), size, out=np.full(size.shape, np.nan), where=size > 0)
        for column in (rows.without_covariates(~facts.treated), exposure)
    ]
    weights = np.zeros((*size.shape, len(estimate.params)))
    for g, t in zip(*np.nonzero(size), strict=True):
        weights[g, t] = rows.estimate_of(((rows.city == g) & (rows.design.time == t)).astype(float))
    moved, params = rows.estimate_of(exposure), estimate.params.to_numpy()
    return CityPanel(facts.names, facts.treated, params, weights, *means, moved, rows.inverse_sizes(size))


class _Rows:
    """The rows of an estimate's design, with the city and outcome of each."""

    def __init__(self, estimate: Estimate, cluster: str):
        self.origin, self.terms = estimate.origin, estimate.params.index
        self.design, facts = estimate.origin.design, estimate.clusters[cluster]
        place = {name: g for g, name in enumerate(facts.names)}
        of_code = np.array([place.get(name, -1) for name in self.design.cluster_names[cluster]])
        self.n_cities, self.city = facts.n, of_code[self.design.clusters[cluster]]
        self.outcome = self.origin.values[self.design.rows]
        self.used = np.isfinite(self.outcome) & (self.city >= 0)
        weights = self.design.weights
        self.weight = np.ones(self.design.n_obs) if weights is None else weights

    def total(self, column: np.ndarray) -> np.ndarray:
        """Sum of a column over the rows of each city and period (G, T)."""
        n_periods = self.design.n_periods
        at = self.city[self.used] * n_periods + self.design.time[self.used]
        sums = np.bincount(at, column[self.used], minlength=self.n_cities * n_periods)
        return sums.reshape(self.n_cities, n_periods)

    def estimate_of(self, column: np.ndarray) -> np.ndarray:
        """Estimates (K,) of another outcome, missing where the outcome is."""
        outcome = np.full(self.design.n_rows_in, np.nan)
        outcome[self.design.rows] = np.where(np.isnan(self.outcome), np.nan, column)
        return self.origin.again(self.design, outcome).params.reindex(self.terms).to_numpy()

    def without_covariates(self, compared: np.ndarray) -> np.ndarray:
        """The outcome less its covariates, by a two-way regression of the comparison cities (G,), bool."""
        names = [name for name in self.origin.covariates if self.design.has_units]
        if not names:
            return self.outcome
        columns = np.stack([self.design.covariates[name] for name in names], axis=1)
        inside = self.used & compared[self.city] & np.isfinite(columns).all(1)
        design = self.design
        part = (None if design.weights is None else design.weights[inside], design.n_units, design.n_periods)
        projector = fit_projector(design.unit[inside], design.time[inside], *part)
        left = np.stack([projector.residuals(column[inside]) for column in columns.T], axis=1)
        root = np.sqrt(self.weight[inside])
        left[:, (left**2).sum(0) < ROUNDING * (columns[inside] ** 2).sum(0)] = 0
        outcome = projector.residuals(self.outcome[inside])
        slope = np.linalg.lstsq(root[:, None] * left, root * outcome, rcond=None)[0]
        return self.outcome - columns @ slope

    def inverse_sizes(self, size: np.ndarray) -> dict[str, np.ndarray]:
        """Reciprocal size of each city (G,), by hospitals and by cases where they are known."""
        city, n = self.city[self.used], self.n_cities
        found = {
            "hospitals": _inverse_hospitals(self.design.unit[self.used], self.weight[self.used], city, n)
        }
        if self.design.n_cases is not None:
            cases = np.bincount(city, self.design.n_cases[self.used], minlength=n)
            found["cases"] = np.maximum((size > 0).sum(1), 1) / np.maximum(cases, np.finfo(float).tiny)
        return found


def _refuse_nonlinear(estimate: Estimate, rows: _Rows, treated: np.ndarray) -> None:
    """Estimates of the treated and of the other cities' outcomes must add up to the estimate."""
    outcome, params = rows.outcome, estimate.params.to_numpy()
    parts = rows.estimate_of(np.where(treated, outcome, 0.0)) + rows.estimate_of(
        np.where(treated, 0.0, outcome)
    )
    known = np.isfinite(params)
    scale = max(np.nanmax(np.abs(outcome)), np.finfo(float).tiny)
    if not np.allclose(parts[known], params[known], rtol=0, atol=ROUNDING * scale):
        what = f"{estimate.estimator} with these options is not linear in the outcome"
        raise DesignError("infer", [Problem("method", what, 'use method "cluster" or "randomisation"')])


def _inverse_hospitals(unit: np.ndarray, weight: np.ndarray, city: np.ndarray, n: int) -> np.ndarray:
    """Reciprocal of the effective number of hospitals of each city (G,)."""
    by_unit = np.bincount(unit, weight)
    city_of = np.zeros(len(by_unit), np.int64)
    city_of[unit] = city
    seen = by_unit > 0
    squares = np.bincount(city_of[seen], by_unit[seen] ** 2, minlength=n)
    totals = np.bincount(city_of[seen], by_unit[seen], minlength=n)
    return np.divide(squares, totals**2, out=np.ones(n), where=totals > 0)
