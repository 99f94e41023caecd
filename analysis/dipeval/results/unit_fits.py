"""Treated units beside weighted others: what inference may ask such a fit again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class UnitFits:
    """C cohorts of treated units among U units over P periods, each beside its weighted donors.

    Attributes
    ----------
    periods : numpy.ndarray, shape (P,), int
        Period codes of the design.
    cohorts : numpy.ndarray, shape (C,), float
        First treated period.
    n_before : numpy.ndarray, shape (C,), int
        Periods that weights are fitted to.
    clusters : mapping of str to numpy.ndarray, shape (U,), int
        Cluster of each unit by each clustering variable that parts no unit.
    treated : numpy.ndarray, shape (U,), bool
    observed : numpy.ndarray, shape (C, P)
        Mean outcome of the treated units of each cohort.
    gaps : callable
        From how often each unit counts (U,), and whether weights are fitted anew or held and scaled up to one, to
        the gaps (C, P) between treated and weighted donors, less what weighted periods before take off, and the
        weights (C,) of the cohorts. Gaps are NaN where no treated unit or no weighted donor is left.
    fitted : callable or None
        From a cohort's position, a path of its treated units (P,) and the periods to fit (P,), bool, to the path
        (P,) of donors weighted to be alike in these periods, which count alike whenever they are. None where the estimator knows
        no such fit.
    """

    periods: np.ndarray
    cohorts: np.ndarray
    n_before: np.ndarray
    clusters: Mapping[str, np.ndarray]
    treated: np.ndarray
    observed: np.ndarray
    gaps: Callable[[np.ndarray, bool], tuple[np.ndarray, np.ndarray]]
    fitted: Callable[[int, np.ndarray, np.ndarray], np.ndarray] | None
