"""Outcomes of hospital-periods as a panel has them: ratios, weighted by what they are ratios of."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dipeval.errors import DataError, Problem, nearest
from dipeval.estimate.response.outcome_sums import OutcomeSums, of_rows
from dipeval.panel.outcomes import outcome_values
from dipeval.vocabulary import columns, outcomes

VOLUME = "discharges"
MINOR = 100


def ratio_outcomes() -> tuple[str, ...]:
    """The volume, and the outcomes of the vocabulary that are a ratio above zero, not its logarithm."""
    return (VOLUME, *(name for name, outcome in outcomes().items() if outcome.kind == "ratio"))


def panel_sums(frame: pd.DataFrame, name: str) -> OutcomeSums:
    """Sums of a ratio of each hospital-period, weighted by its denominator.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (P, …)
        Rows of the panel in the order of the result.
    name : str
        Of `ratio_outcomes`.

    Returns
    -------
    OutcomeSums
        A hospital-period counts as its denominator (discharges, mostly) of cases that all have its mean: nothing is
        known within it, so factors of retransformation and the Park test are of hospital-periods.

    Raises
    ------
    DataError
        A word that is no such outcome, or a column that the panel lacks.
    """
    if name not in ratio_outcomes():
        raise DataError("outcome models", [Problem(name, "is no ratio", nearest(name, ratio_outcomes()))])
    if name == VOLUME:
        return of_rows(VOLUME, frame[VOLUME].to_numpy(float, na_value=np.nan))
    outcome = outcomes()[name]
    values, _ = outcome_values(frame, outcome)
    known = np.isfinite(values)
    size = frame[outcome.needs[1]].to_numpy(float, na_value=np.nan) if known.any() else np.zeros(len(frame))
    if columns()[outcome.needs[1]].kind == "money":
        size = size / MINOR
    weights = np.where(known, size, 0.0)
    ratio = np.where(known, values, 0.0)
    above = ratio > 0
    return OutcomeSums(
        name,
        weights,
        weights * ratio,
        int((ratio < 0).sum()),
        np.where(above, weights, 0.0),
        np.where(above, weights * np.log(np.where(above, ratio, 1.0)), 0.0),
        weights * ratio**2,
        discharges=frame[VOLUME].to_numpy(float, na_value=0.0),
    )
