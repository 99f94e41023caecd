"""Which rows of a panel were measured before anybody's reform."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dipeval.design import PanelDesign
from dipeval.errors import DataError, Problem

STAGE = "effects"


def last_before(design: PanelDesign) -> str:
    """The last period before any hospital of the design counts as treated.

    Raises
    ------
    DataError
        When somebody is treated in the first period.
    """
    first = int(design.first_treated.min())
    if first < 1:
        todo = "begin the window earlier: groups are formed by what was so before the reform"
        raise DataError(STAGE, [Problem("data.start", "no period lies before the first reform", todo)])
    return design.period_labels[first - 1]


def measured_rows(panel: pd.DataFrame, design: PanelDesign, span: Sequence[str]) -> pd.DataFrame:
    """Rows of the periods in which groups are measured.

    Parameters
    ----------
    panel : pandas.DataFrame
    design : PanelDesign
    span : sequence of str
        First and last period, or empty: all before the first reform.

    Raises
    ------
    DataError
        A span that is none, has no rows, or reaches into the reform: what is measured then may be an effect.
    """
    last = last_before(design)
    periods = panel["period"].astype("str")
    if not span:
        return panel[periods <= last]
    if len(span) != 2 or span[0] > span[1]:
        todo = 'write the first and the last period, like ["2019-01", "2019-12"]'
        raise DataError(STAGE, [Problem("measured", f"{list(span)} is no span", todo)])
    if span[1] > last:
        what = f"{span[1]} lies after {last}, the last period before the first reform: it may be an effect"
        raise DataError(STAGE, [Problem("measured", what, f"end the span with {last} at the latest")])
    found = panel[periods.between(*span)]
    if found.empty:
        todo = f"take periods from {periods.min()} to {last}"
        raise DataError(STAGE, [Problem("measured", f"no row from {span[0]} to {span[1]}", todo)])
    return found
