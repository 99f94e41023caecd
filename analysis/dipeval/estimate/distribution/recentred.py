"""Recentred influence functions: what the reform does to a quantile, the spread or the Gini of the treated.

``RIF(y; ν, F) = ν(F) + IF(y; ν, F)`` has the mean ν(F), so its effect by the linear design is the effect on ν to first
order around F (Firpo, Fortin & Lemieux 2009, equation 2). F is the distribution of the treated cases as observed;
like its density it is taken as known in the errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dipeval.design import PanelDesign
from dipeval.estimate.composition.effects import effects_on
from dipeval.estimate.distribution.quantiles import first_edge, quantiles_of
from dipeval.estimate.distribution.terms import (
    GINI,
    MEAN,
    SPREAD,
    means_by_row,
    quantile_term,
    weighted_by_cases,
)
from dipeval.estimate.distribution.value_classes import ValueClasses
from dipeval.results import Estimate

ESTIMATOR = "recentred_influence"
ESTIMAND = "effect on a statistic of the treated cases, to first order, by the linear design on its recentred influence"


def recentred_effects(
    design: PanelDesign,
    classes: ValueClasses,
    levels: Sequence[float],
    estimator: str = "imputation",
    study: str = "",
) -> Estimate:
    """Effects on mean, quantiles, standard deviation and Gini through recentred influence functions.

    Parameters
    ----------
    design : PanelDesign
    classes : ValueClasses
        Exact where each class is one value; else cases count with the mean of their hospital-period and class.
    levels : sequence of float
    estimator : str
        With an overall effect.
    study : str

    Returns
    -------
    Estimate
        Terms ``mean``, ``quantile=…``, ``standard_deviation``, ``gini``, with joint influence by cluster.

    Notes
    -----
    O(M) a term and one estimate each.
    """
    own = np.zeros(design.n_rows_in, np.int64) - 1
    own[design.rows] = np.where(design.treated, 0, -1)
    counts = classes.counts(own, 1)[0]
    columns = {MEAN: means_by_row(classes)}
    for level in levels:
        columns[quantile_term(level)] = _quantile(classes, counts, float(level))
    columns[SPREAD] = _spread(classes, (own == 0).astype(float))
    if classes.lower[0] >= 0:
        columns[GINI] = _gini(classes, counts)
    parts = list(columns)
    weighted = weighted_by_cases(design, classes)
    joint = effects_on(
        weighted, np.column_stack(list(columns.values())), parts, classes.name, estimator, study=study
    )
    made = joint.overall.estimate
    terms = made.terms.assign(term=parts, estimand=ESTIMAND)
    params = made.params.set_axis(terms["term"].array)
    mean = float(classes.total.sum() / classes.cases.sum())
    return replace(
        made, estimator=ESTIMATOR, estimand=ESTIMAND, terms=terms, params=params, outcome_mean=mean
    )


def bandwidth(values: np.ndarray, counts: np.ndarray) -> float:
    """Silverman's rule (1986, equation 3.31), but no less than the distance of neighbouring values.

    Parameters
    ----------
    values, counts : numpy.ndarray, shape (J,)
        Distinct values in order, and the cases at each.
    """
    n = counts.sum()
    mean = counts @ values / n
    spread = np.sqrt(counts @ (values - mean) ** 2 / n)
    shares = np.cumsum(counts) / n
    quartiles = np.interp([0.25, 0.75], shares, values)
    middle = (quartiles[1] - quartiles[0]) / 1.349
    width = 0.9 * (min(spread, middle) if middle > 0 else spread) * n**-0.2
    seen = values[counts > 0]
    gap = float(np.median(np.diff(seen))) if len(seen) > 1 else 0.0
    return float(max(width, gap, np.finfo(float).tiny))


def density_at(point: float, values: np.ndarray, counts: np.ndarray) -> float:
    """Normal kernel density of cases at one point."""
    width = bandwidth(values, counts)
    heights = np.exp(-(((point - values) / width) ** 2) / 2)
    return float(counts @ heights / (counts.sum() * width * np.sqrt(2 * np.pi)))


def _quantile(classes: ValueClasses, counts: np.ndarray, level: float) -> np.ndarray:
    """``q + (τ − 1{y ≤ q}) / f(q)``, with the share up to q linear within its class."""
    shares = np.cumsum(counts) / counts.sum()
    least = first_edge(classes.lower, classes.upper)
    point = float(quantiles_of(shares, classes.upper, least, np.array([level]))[0])
    height = density_at(point, classes.mean, counts)
    k = int(np.searchsorted(classes.upper, point))
    start = least if k == 0 else classes.upper[k - 1]
    part = (point - start) / (classes.upper[k] - start) if classes.upper[k] > start else 1.0
    share_of = np.where(np.arange(classes.n_classes) < k, 1.0, 0.0)
    share_of[k] = part
    below = np.bincount(classes.row, classes.cases * share_of[classes.place], minlength=classes.n_rows)
    with np.errstate(invalid="ignore", divide="ignore"):
        return point + (level - below / classes.cases_of_row) / height


def _spread(classes: ValueClasses, treated: np.ndarray) -> np.ndarray:
    """``σ + ((y − μ)² − σ²) / 2σ`` from sums of squares, exact whatever the classes."""
    sums = [np.bincount(classes.row, x, minlength=classes.n_rows) for x in (classes.total, classes.squares)]
    n = classes.cases_of_row
    cases, total, squares = (x @ treated for x in (n, *sums))
    mean = total / cases
    spread = np.sqrt(squares / cases - mean**2)
    with np.errstate(invalid="ignore", divide="ignore"):
        centred = (sums[1] - 2 * mean * sums[0]) / n + mean**2
        return spread + (centred - spread**2) / (2 * spread)


def _gini(classes: ValueClasses, counts: np.ndarray) -> np.ndarray:
    """``1 − T/μ`` with ``T = E min(Y, Y')``, whose influence is ``2 (E min(y, Y) − T)``."""
    n, values = counts.sum(), classes.mean
    mean = counts @ values / n
    # E min(y, Y) at each value: what lies below, and y for all that lies above
    below, above = np.cumsum(counts * values), n - np.cumsum(counts)
    least = (below + above * values) / n
    total = counts @ least / n
    at = np.interp(classes.total / classes.cases, np.r_[0.0, values], np.r_[0.0, least])
    summed = [
        np.bincount(classes.row, x, minlength=classes.n_rows) for x in (classes.cases * at, classes.total)
    ]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_at, mean_of = (x / classes.cases_of_row for x in summed)
        influence = -2 * (mean_at - total) / mean + total * (mean_of - mean) / mean**2
        return 1 - total / mean + influence
