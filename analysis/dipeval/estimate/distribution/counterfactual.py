"""The counterfactual distribution by distribution regression: the same linear design at many thresholds.

``1{y_i ≤ v}`` is an outcome of cases like any other; its effect by difference in differences, threshold by threshold,
taken off the distribution of the treated gives the one without the reform (Chernozhukov, Fernández-Val & Melly 2013,
with the linear link of the design; Havnes & Mogstad 2015 for differences in differences of shares). Rearranged where it
does not rise, it is inverted for quantiles; influence is joint over thresholds, so bands hold for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dipeval.design import PanelDesign
from dipeval.design.cells import imputation_fault
from dipeval.estimate.composition.effects import effects_on
from dipeval.estimate.distribution.quantiles import (
    first_edge,
    quantile_influence,
    quantiles_of,
    rearranged,
)
from dipeval.estimate.distribution.terms import MEAN, quantile_term, weighted_by_cases
from dipeval.estimate.distribution.value_classes import ValueClasses, evenly_spaced
from dipeval.results import Estimate

MOST_THRESHOLDS = 100
ESTIMATOR = "counterfactual_distribution"
ESTIMAND = "effect on the distribution of the treated cases, by the linear design on shares of cases up to each threshold"


@dataclass(frozen=True)
class Counterfactual:
    """Distribution of the treated cases with and without the reform at J thresholds.

    Attributes
    ----------
    thresholds : numpy.ndarray, shape (J,)
    observed : numpy.ndarray, shape (J,)
        Share of the treated cases up to each: of these cases themselves, so held fixed.
    effects : Estimate
        Of the reform on these shares, J terms with joint influence.
    cases : float
        Treated cases behind it.
    """

    thresholds: np.ndarray
    observed: np.ndarray
    effects: Estimate
    cases: float

    @property
    def shares(self) -> np.ndarray:
        """Counterfactual shares (J,), rearranged."""
        return rearranged(self.observed - self.effects.params.to_numpy())


def counterfactual_distribution(
    design: PanelDesign,
    classes: ValueClasses,
    levels: Sequence[float],
    estimator: str = "imputation",
    study: str = "",
) -> tuple[Estimate, Counterfactual]:
    """Effects on the mean and on quantiles of the treated cases by distribution regression.

    Parameters
    ----------
    design : PanelDesign
        Its own weights do not count: each case counts once.
    classes : ValueClasses
    levels : sequence of float
        Of the quantiles.
    estimator : str
        Of `dipeval.estimate.ESTIMATORS`, with an overall effect.
    study : str

    Returns
    -------
    estimate : Estimate
        Terms ``mean`` and ``quantile=…`` with influence by cluster.
    distribution : Counterfactual

    Notes
    -----
    One estimate a threshold, at most `MOST_THRESHOLDS` of them.
    """
    at = evenly_spaced(classes.n_classes, MOST_THRESHOLDS)
    weighted = weighted_by_cases(design, classes)
    columns = np.column_stack(list(classes.shares_up_to(at)))
    parts = [f"{classes.upper[k]:.12g}" for k in at]
    joint = effects_on(weighted, columns, parts, classes.name, estimator, study=study).overall.estimate
    observed, cases = _seen(weighted, columns)
    found = Counterfactual(classes.upper[at], observed, joint, cases)
    return _quantile_effects(found, classes, at, np.asarray(levels, float)), found


def _seen(design: PanelDesign, columns: np.ndarray) -> tuple[np.ndarray, float]:
    """Shares of the treated cases up to each threshold, where a counterfactual can be known."""
    shares = np.column_stack([design.align(column) for column in columns.T])
    known = np.isfinite(shares).all(axis=1)
    fault = np.zeros(len(known), np.int8)
    level = design.unit if design.has_units else np.unique(design.cohort, return_inverse=True)[1]
    fault[known] = imputation_fault(
        level[known], design.time[known], design.treated[known], int(level.max()) + 1, design.n_periods
    )
    weight = np.where(known & design.treated & (fault == 0), design.weights, 0.0)
    return weight @ np.where(known[:, None], shares, 0.0) / weight.sum(), float(weight.sum())


def _quantile_effects(
    found: Counterfactual, classes: ValueClasses, at: np.ndarray, levels: np.ndarray
) -> Estimate:
    """Mean and quantiles with the reform minus those without."""
    joint, steps = found.effects, len(levels)
    # the last class closes both functions
    upper = np.r_[found.thresholds, classes.upper[-1]]
    least = first_edge(classes.lower, classes.upper)
    observed, shares = np.r_[found.observed, 1.0], np.r_[found.shares, 1.0]
    with_reform, without = (quantiles_of(f, upper, least, levels) for f in (observed, shares))
    gaps = np.diff(_means_between(classes, at))
    values = np.r_[-joint.params.to_numpy() @ gaps, with_reform - without]
    influence = {}
    for name, own in joint.influence.items():
        moved = np.column_stack([-own, np.zeros(len(own))])
        quantile = quantile_influence(shares, moved, upper, least, levels)
        influence[name] = np.column_stack([-own @ gaps, -quantile])
    rows = joint.terms.iloc[[0] * (1 + steps)].reset_index(drop=True)
    rows["term"] = [MEAN, *(quantile_term(level) for level in levels)]
    rows["estimand"] = ESTIMAND
    factor = {name: np.full(1 + steps, np.median(value)) for name, value in joint.cr1_factor.items()}
    return replace(
        joint,
        estimator=ESTIMATOR,
        outcome=classes.name,
        estimand=ESTIMAND,
        terms=rows,
        params=pd.Series(values, index=pd.Index(rows["term"].array), name="estimate"),
        influence=influence,
        cr1_factor=factor,
        error_floor=np.zeros(1 + steps),
        outcome_mean=float(classes.total.sum() / classes.cases.sum()),
        ledger=joint.ledger,
    )


def _means_between(classes: ValueClasses, at: np.ndarray) -> np.ndarray:
    """Mean of the cases between neighbouring thresholds, and beyond the last one."""
    cases = np.bincount(classes.place, classes.cases, minlength=classes.n_classes)
    part = np.searchsorted(at, np.arange(classes.n_classes))
    n = len(at) + 1
    return np.bincount(part, cases * classes.mean, n) / np.bincount(part, cases, n)
