"""Cells that exhibits of a study share: the periods of the trends add up to the arms of Table 1."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from ..describe.contributors import contributors
from ..results.exhibit import Exhibit
from ..results.relations import Sum
from ..study import NEVER

PLACE = ["cohort", "period"]


def with_shared_cells(
    exhibits: Iterable[Exhibit], frame: pd.DataFrame, arms: pd.Series, after: pd.Series
) -> list[Exhibit]:
    """Name the cells of trends and cost structures, and let periods of cohorts add up to Table 1.

    A period of a cohort that is held back could otherwise be computed from the arm's total in Table 1 and
    the other periods. A row of which some cases lack the outcome is another cell, and is not named.

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
        In the order given. A sum is declared where an arm and moment is made of whole cells that are all
        shown; where treatment goes by an attribute, a cohort may lie in several arms, and then is not.
        Cost O(n).
    """
    exhibits = list(exhibits)
    rows = frame.reset_index(drop=True)
    arm = pd.Series(arms.to_numpy(), dtype="object")
    when = pd.Series(after.to_numpy(dtype=bool)).map({True: "after", False: "before"})
    cohort = pd.Series(rows["cohort"].to_numpy(), dtype="object").astype("str")
    cohort = cohort.where((rows["cohort"] != NEVER).to_numpy(), "never")
    period = rows["period"].astype("str")
    counts = contributors(rows, [cohort, period])["count"].to_dict()
    of_arms = contributors(rows, [arm, when])["count"].to_dict()
    named = [_named(e, counts, of_arms) for e in exhibits]
    shown = {str(name) for e in named if e.kind == "trends" for name in e.frame["cell"]}
    places = pd.DataFrame({"arm": arm, "when": when, "cohort": cohort, "period": period}).drop_duplicates()
    sums = _sums(places, shown)
    return [_with_sums(e, sums) if e.kind == "table_one" else e for e in named]


def _cell(cohort: object, period: object) -> str:
    return f"cohort={cohort}/period={period}"


def _named(
    exhibit: Exhibit, counts: dict[tuple[str, str], float], of_arms: dict[tuple[str, str], float]
) -> Exhibit:
    """Name the rows behind which all cases of their cohort and period, or arm and moment, stand."""
    if exhibit.kind not in ("trends", "cost_structure"):
        return exhibit
    pair, whole = (PLACE, counts) if exhibit.kind == "trends" else (["arm", "when"], of_arms)
    names = [
        f"{pair[0]}={row[pair[0]]}/{pair[1]}={row[pair[1]]}"
        if whole.get((str(row[pair[0]]), str(row[pair[1]]))) == row["count"]
        else ""
        for row in exhibit.frame.to_dict("records")
    ]
    return replace(exhibit, frame=exhibit.frame.assign(cell=names))


def _sums(places: pd.DataFrame, shown: set[str]) -> tuple[Sum, ...]:
    """Arms and moments that are made of shown cells, none of which lies in two of them."""
    divided = places.assign(arm=places["arm"].fillna("")).duplicated(PLACE, keep=False)
    places = places.assign(divided=divided)
    found = []
    for (arm, when), part in places.dropna(subset=["arm"]).groupby(["arm", "when"], sort=True):
        parts = tuple(sorted(_cell(*pair) for pair in part[PLACE].itertuples(index=False)))
        if not part["divided"].any() and set(parts) <= shown:
            found.append(Sum(f"arm={arm}/when={when}", parts))
    return tuple(found)


def _with_sums(exhibit: Exhibit, sums: tuple[Sum, ...]) -> Exhibit:
    there = set(exhibit.frame["cell"])
    return replace(exhibit, sums=(*exhibit.sums, *(s for s in sums if s.total in there)))
