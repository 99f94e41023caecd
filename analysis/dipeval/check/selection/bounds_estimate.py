"""Bounds as an estimate, with clustered errors and the interval of Imbens and Manski."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.check.selection.hospital_bounds import Bounds
from dipeval.check.selection.imbens_manski import bounded_interval
from dipeval.design import PanelDesign
from dipeval.infer import infer
from dipeval.results import ClusterFacts, Estimate

PLAIN, LOWER, UPPER, GAP = "plain", "lower", "upper", "gap"
TERMS = (PLAIN, LOWER, UPPER, GAP)
ESTIMANDS = {
    PLAIN: "difference in differences without trimming",
    LOWER: "lower bound of the effect on those observed with and without the reform",
    UPPER: "upper bound of the effect on those observed with and without the reform",
    GAP: "logarithm of how much more is observed with the reform",
}


@dataclass(frozen=True)
class Interval:
    """Bounds with their uncertainty.

    Attributes
    ----------
    estimate : Estimate
        `TERMS`, with errors clustered by the design's first clustering (CR1).
    low, high : float
        Ends of the interval for the effect.
    """

    estimate: Estimate
    low: float
    high: float

    @property
    def lower(self) -> float:
        """The lower bound."""
        return float(self.estimate.params[LOWER])

    @property
    def upper(self) -> float:
        """The upper bound."""
        return float(self.estimate.params[UPPER])

    @property
    def gap_p_value(self) -> float:
        """Of the hypothesis that the reform moves nobody in or out; NaN where nobody is."""
        return float(self.estimate.pvalues[GAP])


def interval_of(design: PanelDesign, bounds: Bounds, outcome: str, level: float, study: str = "") -> Interval:
    """State the uncertainty of bounds.

    Parameters
    ----------
    design : PanelDesign
    bounds : Bounds
        On that design.
    outcome : str
    level : float

    Notes
    -----
    t with G - 1 degrees of freedom takes the place of the normal distribution of Imbens & Manski. O(G).
    """
    cluster = next(iter(design.unit_clusters))
    inferred = infer(_estimate_of(design, bounds, outcome, study), "cluster", cluster=cluster, level=level)
    errors, degrees = inferred.std_errors.fillna(0.0), float(inferred.inference.df)
    params = inferred.params
    low, high = bounded_interval(
        float(params[LOWER]), float(params[UPPER]), float(errors[LOWER]), float(errors[UPPER]), level, degrees
    )
    return Interval(inferred, low, high)


def _estimate_of(design: PanelDesign, bounds: Bounds, outcome: str, study: str) -> Estimate:
    means = {name: getattr(bounds, name) for name in TERMS}
    values = [next(iter(means[name].values())).value for name in TERMS]
    terms = pd.DataFrame(
        {
            "term": list(TERMS),
            "kind": "overall",
            "estimand": [ESTIMANDS[name] for name in TERMS],
            "city": "",
            "cohort": "",
            "event_time": np.nan,
            "is_reference": False,
            "note": "",
            "n_obs": design.n_obs,
            "n_hospitals": design.n_hospitals or 0,
            "n_treated": int(np.isfinite(design.unit_cohort).sum()),
            "count": bounds.observed,
            "largest_share": bounds.largest,
        }
    )
    influence = {
        name: np.column_stack([means[term][name].influence for term in TERMS])
        for name in design.unit_clusters
    }
    return Estimate(
        estimator="lee_bounds",
        study=study,
        outcome=outcome,
        estimand=ESTIMANDS[PLAIN],
        terms=terms,
        params=pd.Series(values, index=list(TERMS), name="estimate"),
        influence=influence,
        clusters={name: _facts(design, name) for name in design.unit_clusters},
        n_obs=design.n_obs,
        n_hospitals=design.n_hospitals or 0,
        n_parameters=dict.fromkeys(influence, 0),
        cr1_factor={name: np.ones(len(TERMS)) for name in influence},
        cr0_distribution="t",
        error_floor=np.full(len(TERMS), 1e-12),
        outcome_mean=float("nan"),
        ledger=design.ledger,
    )


def _facts(design: PanelDesign, name: str) -> ClusterFacts:
    codes, names = design.unit_clusters[name], design.cluster_names[name]
    treated = np.zeros(len(names), bool)
    treated[codes[design.layout.last >= design.first_treated]] = True
    earliest, latest = np.full(len(names), np.inf), np.full(len(names), -np.inf)
    np.minimum.at(earliest, codes, design.unit_cohort)
    np.maximum.at(latest, codes, design.unit_cohort)
    return ClusterFacts(tuple(names), treated, bool((earliest != latest).any()))
