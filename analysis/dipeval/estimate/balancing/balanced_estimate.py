"""Any estimator on a balanced design, with errors that know that the weights are estimated.

The estimate is a function θ(γ) of the coefficients that make the weights. Its influence is that of the estimator
under given weights plus ∂θ/∂γ times the influence on γ (two-step M-estimation: Newey & McFadden 1994, section 6;
for weighted differences in differences Abadie 2005, REStud 72:1). The derivative is taken by estimating anew at
γ ± h, which is exact to eight digits and holds for every estimator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from dipeval.design import PanelDesign
from dipeval.design.reweighting import reweighted
from dipeval.estimate.balancing.balanced import Balanced, Tuned, balance
from dipeval.estimate.balancing.plan import BalancePlan
from dipeval.estimate.call import estimate
from dipeval.results import Estimate
from dipeval.results.origin import Origin

STEP = 1e-4
FIXED = (
    "matched hospitals are taken as given: errors by cluster are right for one match a hospital without "
    "replacement (Abadie and Spiess 2022), else see the error of Abadie and Imbens"
)


def balanced_estimate(
    design: PanelDesign,
    outcome_values: np.ndarray | pd.Series,
    covariates: pd.DataFrame,
    plan: BalancePlan,
    *,
    estimator: str,
    outcome: str = "y",
    study: str = "",
    balanced: Balanced | None = None,
    **options: object,
) -> Estimate:
    """Balance hospitals and estimate.

    Parameters
    ----------
    design, outcome_values, estimator, outcome, study, **options
        As `dipeval.estimate.estimate`.
    covariates : pandas.DataFrame
    plan : BalancePlan
        As `dipeval.estimate.balancing.balanced.balance`.
    balanced : Balanced, optional
        What `balance` has made of the same design, where it is at hand.

    Returns
    -------
    Estimate
        Without errors. Weighted estimates carry influence that takes the estimated weights into account, hence
        no regression summed by cluster (CR2, wild bootstrap); estimating anew balances anew.

    Raises
    ------
    DesignError
        As `balance` and the estimator.

    Notes
    -----
    One estimate for matching, 1 + 2 r for weights with r coefficients.
    """
    made = balance(design, covariates, plan) if balanced is None else balanced
    again = partial(
        _again, covariates=covariates, plan=plan, estimator=estimator, outcome=outcome, study=study, **options
    )
    words = {"estimator": estimator, "outcome": outcome, "study": study, "covariates": (), **options}
    found = estimate(made.design, outcome_values, **words)
    origin = Origin(design, outcome_values, again)
    if made.tuned is None:
        return replace(found, origin=origin, warnings=(*found.warnings, FIXED))
    influence = _corrected(made, made.tuned, outcome_values, found, words)
    return replace(found, influence=influence, moments=None, by_period=None, row_errors=None, origin=origin)


def _again(
    design: PanelDesign,
    values: np.ndarray,
    *,
    covariates: pd.DataFrame,
    plan: BalancePlan,
    only_overall: bool = False,
    **words: object,
) -> Estimate:
    """The same for another design or outcome, balanced on the hospitals that have the outcome."""
    seen = np.bincount(design.unit, np.isfinite(design.align(values)), design.n_units) > 0
    if not seen.all():
        design = reweighted(design, seen.astype(float), "outcome_missing", "no outcome in any period")
    return balanced_estimate(design, values, covariates, plan, **words)


def _corrected(
    made: Balanced,
    tuned: Tuned,
    values: np.ndarray | pd.Series,
    found: Estimate,
    words: dict[str, object],
) -> dict[str, np.ndarray]:
    """Influence by cluster with that of the weights added."""
    slopes = np.stack([_slope(made, tuned, values, found, words, k) for k in range(len(tuned.coefficients))])
    corrected = {}
    design = made.compared.design
    for name, influence in found.influence.items():
        by_cluster = _by_cluster(design, name, tuned.influence, found.clusters[name].names)
        corrected[name] = influence + by_cluster @ slopes
    return corrected


def _slope(
    made: Balanced,
    tuned: Tuned,
    values: np.ndarray | pd.Series,
    found: Estimate,
    words: dict[str, object],
    k: int,
) -> np.ndarray:
    """Derivative of all terms (K,) by one coefficient."""
    ends = []
    for step in (STEP, -STEP):
        moved = tuned.coefficients.copy()
        moved[k] += step
        design = reweighted(made.compared.design, tuned.weights_at(moved), "weighted", "")
        ends.append(estimate(design, values, **words).params.reindex(found.params.index).to_numpy())
    return (ends[0] - ends[1]) / (2 * STEP)


def _by_cluster(design: PanelDesign, name: str, influence: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Influence by hospital (N, r) summed by the clusters of an estimate, (G, r)."""
    codes = design.unit_clusters[name]
    size = design.n_clusters(name)
    summed = np.stack([np.bincount(codes, column, size) for column in influence.T], axis=1)
    place = {cluster: k for k, cluster in enumerate(design.cluster_names[name])}
    return summed[[place[cluster] for cluster in names]]
