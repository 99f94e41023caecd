"""Attributes of hospitals: as they were in the hospital's first period, unless a study asks otherwise."""

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


CHANGING = ("level", "ownership", "hospital_type")
"""What a hospital is, and may become another by decree; `data.level` of a study says when it is taken."""


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


def baseline(counts: pd.DataFrame, name: str, announced: str = "") -> Baseline:
    """The most frequent value in a hospital's first period that has one; ties go by the alphabet.

    Level, name and owner may change with a reform or because of it, so that later values would be
    outcomes, not attributes.

    Parameters
    ----------
    counts : pandas.DataFrame
        Rows ``hospital``, ``period``, `name` and ``discharges``; several rows a hospital-period when
        its stays disagree.
    announced : str, optional
        Take the last period up to this one instead, for hospitals that are there by then.
    """
    usual = usual_values(counts, name)
    first = usual.drop_duplicates("hospital").set_index("hospital")[name]
    if announced:
        before = usual[usual["period"] <= announced].drop_duplicates("hospital", keep="last")
        first = before.set_index("hospital")[name].combine_first(first)
    other = usual[name].to_numpy() != first.loc[usual["hospital"]].to_numpy()
    changed = usual.loc[other, ["hospital", "period"]]
    stays = changed.merge(counts, on=["hospital", "period"])["discharges"].sum()
    return Baseline(first, int(stays), int(changed["hospital"].nunique()))


def usual_values(counts: pd.DataFrame, name: str) -> pd.DataFrame:
    """The most frequent value of each hospital-period that has one, in their order."""
    known = (
        counts.dropna(subset=[name]).groupby(["hospital", "period", name], as_index=False)["discharges"].sum()
    )
    order = ["hospital", "period", "discharges", name]
    ranked = known.sort_values(order, ascending=[True, True, False, True], kind="stable")
    return ranked.drop_duplicates(["hospital", "period"])[["hospital", "period", name]]
