"""Differences between two groups of patients within each hospital and period.

With effects of hospital × group, group × period and hospital × period, all that a regression learns of two
groups it learns from their difference within hospital and period, weighted by ``w₁w₀ / (w₁ + w₀)``:
hospital × period takes the level, hospital × group becomes the hospital's own gap and group × period that of
the period. So a triple difference within hospitals is a difference in differences of gaps, by any estimator.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

GAP, WEIGHT, CASES = "gap", "gap_weight", "discharges"


def hospital_gaps(
    frame: pd.DataFrame,
    values: np.ndarray,
    eligible: np.ndarray,
    *,
    hospital: str = "hospital",
    time: str = "period",
    weights: str | None = None,
    cases: str | None = None,
    carried: Sequence[str] = (),
) -> pd.DataFrame:
    """One row a hospital and period in which both groups have an outcome.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, …)
        One row a hospital, group and period, of two groups.
    values : numpy.ndarray, shape (n,)
        The outcome; NaN where missing.
    eligible : numpy.ndarray, shape (n,), bool
    hospital, time : str
        Columns.
    weights, cases : str, optional
        Columns of weights and of stays behind a row.
    carried : sequence of str
        Columns that do not depend on the group (cohort, city), which go along.

    Returns
    -------
    pandas.DataFrame
        Sorted by hospital and period, with ``gap`` (eligible less comparison), ``gap_weight`` and
        ``discharges`` (of both). Cost O(n log n).
    """
    known = np.isfinite(values)
    table = frame.assign(
        _y=values,
        _w=1.0 if weights is None else frame[weights].astype(float),
        _n=0 if cases is None else frame[cases],
    )
    keys = [hospital, time]
    own, other = (
        table[known & side].set_index(keys)[["_y", "_w", "_n"]].add_suffix(number)
        for side, number in ((eligible, "1"), (~eligible, "0"))
    )
    both = own.join(other, how="inner", validate="one_to_one").sort_index()
    made = pd.DataFrame(
        {
            GAP: both["_y1"] - both["_y0"],
            WEIGHT: 2 * both["_w1"] * both["_w0"] / (both["_w1"] + both["_w0"]),
            CASES: both["_n1"] + both["_n0"],
        }
    ).reset_index()
    if not carried:
        return made
    facts = table.loc[eligible, [*keys, *carried]]
    return made.merge(facts, on=keys, how="left", validate="one_to_one")
