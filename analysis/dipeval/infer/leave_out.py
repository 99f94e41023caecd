"""The estimate without each cluster: how much one city carries."""

from __future__ import annotations

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.results import Estimate


def leave_one_out(estimate: Estimate, cluster: str) -> np.ndarray:
    """Estimate anew without each cluster.

    Parameters
    ----------
    estimate : Estimate
        With its data at hand (`Estimate.origin`).
    cluster : str
        A clustering variable of the design.

    Returns
    -------
    numpy.ndarray, shape (G, K)
        The terms without each cluster; NaN where one is then not identified, or nothing is.

    Raises
    ------
    DesignError
        The estimate was read from a file.

    Notes
    -----
    G estimates.
    """
    origin = estimate.origin
    if origin is None:
        what = "the data of this estimate are not at hand"
        raise DesignError("infer", [Problem("estimate", what, "estimate again in this session")])
    design, values = origin.design, origin.values
    names = estimate.clusters[cluster].names
    code = {name: k for k, name in enumerate(design.cluster_names[cluster])}
    by_row = design.clusters[cluster]
    found = np.full((len(names), len(estimate.params)), np.nan)
    for g, name in enumerate(names):
        outcome = values.copy()
        outcome[design.rows[by_row == code[name]]] = np.nan
        try:
            found[g] = origin.again(design, outcome).params.reindex(estimate.params.index)
        except DesignError:
            continue  # without this cluster nothing is left to estimate: NaN says so
    return found
