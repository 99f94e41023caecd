"""Hospitals as points: outcomes of the whole window, and log-ratios of the parts of an amount."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.errors import DataError, Problem, nearest
from dipeval.panel.outcomes import outcome_values
from dipeval.vocabulary import columns
from dipeval.vocabulary import outcomes as known_outcomes

HOSPITAL = ["city", "hospital"]


@dataclass(frozen=True)
class HospitalNumbers:
    """Numbers by hospital.

    Attributes
    ----------
    values : pandas.DataFrame, shape (hospitals, columns)
        Indexed by ``city`` and ``hospital``, sorted; NaN where not known.
    labels : mapping of str to (str, str)
    units : mapping of str to str
        As exhibits have it.
    """

    values: pd.DataFrame
    labels: Mapping[str, tuple[str, str]]
    units: Mapping[str, str]


def hospital_numbers(panel: pd.DataFrame, outcomes: Sequence[str], parts: Sequence[str]) -> HospitalNumbers:
    """Outcomes and shares of each hospital over the window.

    Parameters
    ----------
    panel : pandas.DataFrame
    outcomes : sequence of str
        Of the sums over the periods in which the hospital has them: cost per case is all cost over all cases.
    parts : sequence of str
        Columns of amounts; each becomes its share of them together, over the periods that have all.

    Returns
    -------
    HospitalNumbers
        Cost O(rows × columns).

    Raises
    ------
    DataError
        With all columns that the panel lacks.
    """
    lacking = [name for name in parts if name not in panel.columns]
    if lacking:
        known = [str(c) for c in panel.columns]
        what = "is no column of the panel"
        raise DataError("clusters", [Problem(f"shares: {n}", what, nearest(n, known)) for n in lacking])
    index = pd.MultiIndex.from_frame(panel[HOSPITAL].astype("str").drop_duplicates().sort_values(HOSPITAL))
    made, labels, units = {}, {}, {}
    for name in outcomes:
        outcome = known_outcomes()[name]
        kept = panel[np.isfinite(outcome_values(panel, outcome)[0])]
        sums = _sums(kept)
        made[name] = pd.Series(outcome_values(sums, outcome)[0], index=sums.index).reindex(index)
        labels[name], units[name] = (outcome.label_en, outcome.label_zh), outcome.unit
    if parts:
        sums = _sums(panel[panel[list(parts)].notna().all(axis=1)])[list(parts)].astype("float64")
        shares = sums.div(sums.sum(axis=1).where(lambda total: total > 0), axis=0).reindex(index)
        for name in parts:
            column = columns()[name]
            made[name], units[name] = shares[name], "share"
            labels[name] = (
                f"Share of {column.label_en[:1].lower()}{column.label_en[1:]}",
                f"{column.label_zh}占比",
            )
    return HospitalNumbers(pd.DataFrame(made, index=index), labels, units)


def _sums(rows: pd.DataFrame) -> pd.DataFrame:
    numbers = list(rows.select_dtypes("number").columns)
    keys = [rows[name].astype("str") for name in HOSPITAL]
    return rows.groupby(keys, sort=True)[numbers].sum(min_count=1)


def hospital_words(panel: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Words of each hospital in its first period that has one, indexed and sorted as :func:`hospital_numbers` does."""
    rows = panel.sort_values([*HOSPITAL, "period"])
    keys = [rows[name].astype("str") for name in HOSPITAL]
    index = pd.MultiIndex.from_frame(panel[HOSPITAL].astype("str").drop_duplicates().sort_values(HOSPITAL))
    made = {}
    for name in names:
        word = rows[name].astype("object").where(rows[name].notna(), None)
        made[name] = word.groupby(keys).first().reindex(index)
    return pd.DataFrame(made, index=index)
