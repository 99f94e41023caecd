"""The rows behind an estimate by city: their outcome, and estimates of other outcomes in the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from dipeval.errors import DesignError, Problem
from dipeval.estimate.projector import fit_projector
from dipeval.results import Estimate
from dipeval.results.origin import Origin

ROUNDING = 1e-7
"""Share of the outcome's size within which two sums of estimates are the same number."""


@dataclass(frozen=True)
class CityRows:
    """The n rows of a design in G cities and T periods.

    Attributes
    ----------
    origin : Origin
    terms : pandas.Index, length K
    city : numpy.ndarray, shape (n,), int
        Position of the row's city among those of the estimate; -1 where it is none of them.
    treated : numpy.ndarray, shape (G,), bool
        Whether the city is treated in some period of the sample.
    only_overall : bool
        Whether other terms than overall effects may be left out of estimates.
    """

    origin: Origin
    terms: pd.Index
    city: np.ndarray
    treated: np.ndarray
    only_overall: bool = False

    @cached_property
    def outcome(self) -> np.ndarray:
        """Outcome by row of the design (n,)."""
        return self.origin.values[self.origin.design.rows]

    @cached_property
    def used(self) -> np.ndarray:
        """Rows with an outcome in a city of the estimate (n,), bool."""
        return np.isfinite(self.outcome) & (self.city >= 0)

    @cached_property
    def weight(self) -> np.ndarray:
        """Weights by row (n,)."""
        weights = self.origin.design.weights
        return np.ones(len(self.city)) if weights is None else weights

    @cached_property
    def size(self) -> np.ndarray:
        """Sum of weights by city and period (G, T)."""
        return self.total(self.weight)

    @cached_property
    def cohort(self) -> np.ndarray:
        """First treated period of each city (G,), inf for never; of the first hospital where they differ."""
        found = np.full(len(self.treated), np.inf)
        found[self.city[self.used][::-1]] = self.origin.design.cohort[self.used][::-1]
        return found

    def total(self, column: np.ndarray) -> np.ndarray:
        """Sum of a column over the rows of each city and period (G, T)."""
        n_cities, n_periods = len(self.treated), self.origin.design.n_periods
        at = self.city[self.used] * n_periods + self.origin.design.time[self.used]
        sums = np.bincount(at, column[self.used], minlength=n_cities * n_periods)
        return sums.reshape(n_cities, n_periods)

    def paths(self, column: np.ndarray) -> np.ndarray:
        """Path of a column in each city (G, T), up to a constant; NaN where the city has no row.

        Period effects of the city's own rows beside effects of its hospitals, so that hospitals that come or
        go do not move it; means of cells where hospitals are not known, or do not connect the periods.
        """
        with np.errstate(invalid="ignore", divide="ignore"):
            found = self.total(self.weight * column) / self.size
        design = self.origin.design
        for g in range(len(self.treated)) if design.has_units else ():
            rows = self.used & (self.city == g)
            weights = None if design.weights is None else design.weights[rows]
            part = (weights, design.n_units, design.n_periods)
            projector = fit_projector(design.unit[rows], design.time[rows], *part)
            if projector.n_components == 1:
                found[g] = np.where(self.size[g] > 0, projector.effects(column[rows])[1], np.nan)
        return found

    def estimate_of(self, column: np.ndarray) -> np.ndarray:
        """Estimates (K,) of another outcome by row (n,), missing where the outcome is; NaN where there is none.

        One estimate.
        """
        design = self.origin.design
        outcome = np.full(design.n_rows_in, np.nan)
        outcome[design.rows] = np.where(np.isnan(self.outcome), np.nan, column)
        try:
            found = self.origin.again(design, outcome, only_overall=self.only_overall)
            return found.params.reindex(self.terms).to_numpy()
        except DesignError:
            return np.full(len(self.terms), np.nan)

    @cached_property
    def without_covariates(self) -> np.ndarray:
        """The outcome (n,) less its covariates, by a two-way regression of the comparison cities."""
        design = self.origin.design
        names = [name for name in self.origin.covariates if design.has_units]
        if not names:
            return self.outcome
        columns = np.stack([design.covariates[name] for name in names], axis=1)
        inside = self.used & ~self.treated[self.city] & np.isfinite(columns).all(1)
        part = (None if design.weights is None else design.weights[inside], design.n_units, design.n_periods)
        projector = fit_projector(design.unit[inside], design.time[inside], *part)
        left = np.stack([projector.residuals(column[inside]) for column in columns.T], axis=1)
        left[:, (left**2).sum(0) < ROUNDING * (columns[inside] ** 2).sum(0)] = 0
        root = np.sqrt(self.weight[inside])
        outcome = root * projector.residuals(self.outcome[inside])
        slope = np.linalg.lstsq(root[:, None] * left, outcome, rcond=None)[0]
        return self.outcome - columns @ slope

    def check_linear(self, estimate: Estimate) -> None:
        """Refuse an estimator for which the parts of an outcome do not add up; two estimates.

        Raises
        ------
        DesignError
            It is not linear in the outcome.
        """
        outcome, params = self.outcome, estimate.params.to_numpy()
        treated = np.isin(self.city, np.flatnonzero(self.treated))
        parts = sum(self.estimate_of(np.where(part, outcome, 0.0)) for part in (treated, ~treated))
        known = np.isfinite(params)
        if self.only_overall:
            known &= (estimate.terms["kind"] == "overall").to_numpy()
        scale = max(np.nanmax(np.abs(outcome)), np.finfo(float).tiny)
        if not np.allclose(parts[known], params[known], rtol=0, atol=ROUNDING * scale):
            what = f"{estimate.estimator} with these options is not linear in the outcome"
            todo = 'use method "cluster" or "randomisation"'
            raise DesignError("infer", [Problem("method", what, todo)])


def city_rows(estimate: Estimate, cluster: str, only_overall: bool = False) -> CityRows:
    """The rows of an estimate by city.

    Raises
    ------
    DesignError
        The estimate was read from a file.
    """
    origin = estimate.origin
    if origin is None:
        todo = "estimate again in this session"
        raise DesignError("infer", [Problem("estimate", "the data of this estimate are not at hand", todo)])
    facts, design = estimate.clusters[cluster], origin.design
    place = {name: g for g, name in enumerate(facts.names)}
    of_code = np.array([place.get(name, -1) for name in design.cluster_names[cluster]])
    city = of_code[design.clusters[cluster]]
    return CityRows(origin, estimate.params.index, city, facts.treated, only_overall)
