"""Attributes of hospitals at baseline: as they were in the hospital's first period."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ..vocabulary import columns

NAMES = (
    "hospital_name",
    "hospital_address",
    "place",
    "canton",
    "municipality",
    "level",
    "ownership",
    "hospital_type",
    "source_format",
)
"""What describes a hospital, not a patient."""


@dataclass(frozen=True)
class Baseline:
    """One attribute of the hospitals of a city.

    Attributes
    ----------
    values : pandas.Series
        By hospital; missing where no stay has it.
    stays_changed : int
        Stays in hospital-periods where the hospital says something else.
    hospitals_changed : int
    """

    values: pd.Series
    stays_changed: int
    hospitals_changed: int


def attribute_names(present: list[str]) -> list[str]:
    """Those of the columns `present` that describe hospitals, in a fixed order."""
    known = set(columns()) | {"source_format"}
    return [name for name in NAMES if name in present and name in known]


def baseline(counts: pd.DataFrame, name: str) -> Baseline:
    """The most frequent value in a hospital's first period that has one; ties go by the alphabet.

    Level, name and owner may change with a reform or because of it, so that later values would be
    outcomes, not attributes.

    Parameters
    ----------
    counts : pandas.DataFrame
        Rows ``hospital``, ``period``, `name` and ``discharges``; several rows a hospital-period when
        its stays disagree.
    """
    known = (
        counts.dropna(subset=[name]).groupby(["hospital", "period", name], as_index=False)["discharges"].sum()
    )
    order = ["hospital", "period", "discharges", name]
    ranked = known.sort_values(order, ascending=[True, True, False, True], kind="stable")
    usual = ranked.drop_duplicates(["hospital", "period"])
    first = usual.drop_duplicates("hospital").set_index("hospital")[name]
    other = usual[name].to_numpy() != first.loc[usual["hospital"]].to_numpy()
    changed = usual.loc[other, ["hospital", "period"]]
    stays = changed.merge(counts, on=["hospital", "period"])["discharges"].sum()
    return Baseline(first, int(stays), int(changed["hospital"].nunique()))
