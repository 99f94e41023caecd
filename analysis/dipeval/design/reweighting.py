"""A design whose hospitals weigh otherwise: those of weight 0 leave, and the ledger says how many."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dipeval.design.panel_design import PanelDesign
from dipeval.design.table import renumber
from dipeval.errors import DesignError, Problem
from dipeval.ledger import Entry


def reweighted(design: PanelDesign, weights: np.ndarray, rule: str, note: str) -> PanelDesign:
    """Multiply the weights of all rows of a hospital by its own.

    Parameters
    ----------
    design : PanelDesign
        With hospitals; outcomes stay in the order of the frame that it was built from.
    weights : numpy.ndarray, shape (N,)
        Finite and not negative; a hospital of weight 0 is left out.
    rule, note : str
        Of the ledger's entry.

    Returns
    -------
    PanelDesign
        Every estimator runs on it. Cost O(n).

    Raises
    ------
    DesignError
        No treated hospital, or no other, is left.
    ValueError
        Weights of another shape, negative or not finite.
    """
    if weights.shape != (design.n_units,) or not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise ValueError("weights are one finite number a hospital, not below 0")
    keep = weights > 0
    reformed = design.layout.last >= design.first_treated
    if not (keep & reformed).any() or not (keep & ~reformed).any():
        which = "treated hospital" if not (keep & reformed).any() else "hospital to compare with"
        raise DesignError("design", [Problem(rule, f"leaves no {which}", "ask for less, or leave it out")])
    rows = design.layout.spread(keep)
    clusters = {k: renumber(v[keep], design.cluster_names[k]) for k, v in design.unit_clusters.items()}
    before = np.ones(design.n_obs) if design.weights is None else design.weights
    counts = (design.n_obs, int(rows.sum()), 0, design.n_units, int(keep.sum()))
    return replace(
        design,
        layout=design.layout.with_units(keep),
        unit_cohort=design.unit_cohort[keep],
        unit_ended=None if design.unit_ended is None else design.unit_ended[keep],
        unit_clusters={name: codes for name, (codes, _) in clusters.items()},
        cluster_names={name: names for name, (_, names) in clusters.items()},
        weights=(before * design.layout.spread(weights))[rows],
        covariates={name: values[rows] for name, values in design.covariates.items()},
        n_cases=None if design.n_cases is None else design.n_cases[rows],
        units=design.units[keep],
        order=design.rows[rows],
        ledger=design.ledger.add(Entry("design", "", rule, *counts, note)),
    )
