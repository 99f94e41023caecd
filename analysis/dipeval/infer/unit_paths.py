"""What inference on treated units beside weighted others has in common: who can be asked, and terms from gaps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.results import Estimate
from dipeval.results.unit_fits import UnitFits

NO_PATHS = "{estimator} has no path of treated units beside weighted ones that it could give again"
REMEDY_PATHS = 'use synthetic_difference or synthetic_control (method = "path"), or another method'


def need_unit_fits(estimate: Estimate) -> UnitFits:
    """The fits of an estimate.

    Raises
    ------
    DesignError
        Another estimator, or an estimate read from a file.
    """
    if estimate.unit_fits is None:
        what = NO_PATHS.format(estimator=estimate.estimator)
        raise DesignError("infer", [Problem("method", what, REMEDY_PATHS)])
    return estimate.unit_fits


def periods_of_terms(estimate: Estimate, fits: UnitFits) -> np.ndarray:
    """Which periods of which cohort each term averages (K, C, P), bool."""
    terms = estimate.terms
    lag = fits.periods[None] - fits.cohorts[:, None]
    after = np.arange(len(fits.periods))[None] >= fits.n_before[:, None]
    labels = list(dict.fromkeys(terms.loc[terms["kind"] == "cohort", "cohort"]))
    made = np.zeros((len(terms), *lag.shape), bool)
    for k, (kind, event, cohort) in enumerate(
        zip(terms["kind"], terms["event_time"], terms["cohort"], strict=True)
    ):
        if kind == "overall":
            made[k] = after
        elif kind in ("event_time", "lead"):
            made[k] = lag == event
        elif kind == "cohort":
            made[k, labels.index(cohort)] = after[labels.index(cohort)]
    return made


def terms_of_gaps(periods: np.ndarray, gaps: np.ndarray, mass: np.ndarray) -> np.ndarray:
    """Terms (K,) as weighted means of gaps (C, P) over their `periods` (K, C, P); `mass` (C,) weighs cohorts."""
    weight = periods * mass[None, :, None]
    total = weight.sum((1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weight > 0, weight * gaps[None], 0.0).sum((1, 2)) / np.where(total > 0, total, np.nan)


def known_terms(estimate: Estimate) -> Sequence[int]:
    """Positions of terms that have a value and are no reference."""
    known = estimate.params.notna().to_numpy() & ~estimate.terms["is_reference"].to_numpy(bool)
    return [int(k) for k in np.flatnonzero(known)]
