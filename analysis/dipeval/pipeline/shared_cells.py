"""Cells that exhibits of a study share: periods of cohorts add up to arms, to years and to the whole design."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pandas as pd

from ..describe.contributors import contributors
from ..results.exhibit import Exhibit
from ..results.relations import Sum
from ..study import NEVER

PLACE = ["cohort", "period"]
DESIGN = "design"
"""The cell of all cases of a study's design."""
WHOLE = "discharges"
"""The number of the text that counts them."""


def with_shared_cells(
    exhibits: Iterable[Exhibit], frame: pd.DataFrame, arms: pd.Series, after: pd.Series
) -> list[Exhibit]:
    """Name the cells of trends, cost structures and numbers, and say what adds up to what.

    A period of a cohort that is held back could otherwise be computed from the arm's total in Table 1 (or its
    year in the cost structure, or all cases in the text) and the other periods. A row of which some cases lack
    the outcome is another cell, and is not named.

    Parameters
    ----------
    exhibits : iterable of Exhibit
        All of a study.
    frame : pandas.DataFrame, shape (n, …)
        Rows of the panel, with ``city``, ``hospital``, ``cohort``, ``period`` and ``discharges``.
    arms, after : pandas.Series, shape (n,)
        As given to `describe.table_one`.

    Returns
    -------
    list of Exhibit
        In the order given; Table 1, or the first that names cells, carries the sums. A sum is declared where its total is
        shown and is made of whole cells that are all shown; where treatment goes by an attribute, a cohort may
        lie in several arms, and then is part of none. Cost O(n).
    """
    exhibits = list(exhibits)
    places = _places(frame, arms, after)
    named = [_named(e, places) for e in exhibits]
    shown = {str(name) for e in named if "cell" in e.frame.columns for name in e.frame["cell"]} - {""}
    sums = _sums(places, shown)
    able = [i for i, e in enumerate(named) if "cell" in e.frame.columns]
    bearer = next((i for i in able if named[i].kind == "table_one"), able[0] if able else None)
    return [replace(e, sums=(*e.sums, *sums)) if i == bearer else e for i, e in enumerate(named)]


def _places(frame: pd.DataFrame, arms: pd.Series, after: pd.Series) -> pd.DataFrame:
    """One row a cohort, period, arm, moment and hospital, with the names of the cells it lies in."""
    rows = frame.reset_index(drop=True)
    arm = pd.Series(arms.to_numpy(), dtype="object")
    when = pd.Series(after.to_numpy(dtype=bool)).map({True: "after", False: "before"})
    cohort = pd.Series(rows["cohort"].to_numpy(), dtype="object").astype("str")
    cohort = cohort.where((rows["cohort"] != NEVER).to_numpy(), "never")
    period = rows["period"].astype("str")
    inside = arm.notna()
    found = rows[["city", "hospital", "discharges"]].assign(
        cohort="cohort=" + cohort + "/period=" + period,
        when=("arm=" + arm.astype("str") + "/when=" + when).where(inside),
        year=("arm=" + arm.astype("str") + "/period=" + period.str[:4]).where(inside),
        design=DESIGN,
    )
    whole = found.groupby("cohort")["when"].agg(lambda w: w.nunique(dropna=False))
    return found.assign(undivided=found["cohort"].map(whole == 1))


def _counts(places: pd.DataFrame, column: str) -> Mapping[str, float]:
    return contributors(places, [places[column]])["count"].to_dict()


def _named(exhibit: Exhibit, places: pd.DataFrame) -> Exhibit:
    """Name the rows behind which all cases of their place stand."""
    frame = exhibit.frame
    if exhibit.kind == "trends":
        column, names = "cohort", "cohort=" + frame["cohort"] + "/period=" + frame["period"]
    elif exhibit.kind == "cost_structure" and exhibit.options.get("by") == "period":
        column, names = "year", "arm=" + frame["arm"] + "/period=" + frame["when"]
    elif exhibit.kind == "cost_structure":
        column, names = "when", "arm=" + frame["arm"] + "/when=" + frame["when"]
    elif exhibit.kind == "numbers":
        column, names = "design", frame["name"].map({WHOLE: DESIGN})
    else:
        return exhibit
    counts = _counts(places, column)
    whole = [counts.get(name) == count for name, count in zip(names, frame["count"], strict=True)]
    return replace(exhibit, frame=frame.assign(cell=names.where(whole, "").fillna("")))


def _sums(places: pd.DataFrame, shown: set[str]) -> tuple[Sum, ...]:
    """Shown totals that are made of whole shown cells."""
    pairs = [("when", "cohort"), ("year", "cohort"), ("design", "cohort"), ("design", "when")]
    found = []
    for total, part in pairs:
        inside = places.dropna(subset=[total])
        for name, rows in inside.groupby(total, sort=True):
            parts = tuple(sorted(set(rows[part].dropna())))
            whole = rows[part].notna().all() and (
                part != "cohort" or total == "design" or rows["undivided"].all()
            )
            if whole and name in shown and set(parts) <= shown:
                found.append(Sum(str(name), parts))
    return tuple(found)
