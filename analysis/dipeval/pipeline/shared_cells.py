"""Cells that exhibits of a study share: tables that cut the same cases in different ways are judged together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from ..describe.contributors import contributors
from ..results.exhibit import Exhibit
from ..results.relations import Sum
from ..study import NEVER

WHOLE = "discharges"
"""The number of the text that counts all cases of the design."""
ALL_CASES = "cases[]"
DIMENSIONS = ("period", "year", "when", "city", "cohort", "treatment")
"""Ways in which descriptions divide cases and a panel's rows lie whole."""


def with_shared_cells(
    exhibits: Iterable[Exhibit], frame: pd.DataFrame, arms: pd.Series, after: pd.Series
) -> tuple[list[Exhibit], Exhibit]:
    """Name the cells of trends, Table 1, cost structures and numbers, and what they are sums of.

    A period of a cohort that is held back could otherwise be computed from the arm's total in Table 1 (or its
    year in the cost structure, or all cases in the text) and the other periods. Behind all of them stand the
    cases of a cohort, arm, moment, period and raw format: atoms, of which every shown cell is a sum. A row of
    which some cases lack the outcome is another cell, and is not named.

    Parameters
    ----------
    exhibits : iterable of Exhibit
        All of a study.
    frame : pandas.DataFrame, shape (n, …)
        Rows of the panel, with ``city``, ``hospital``, ``cohort``, ``period``, ``discharges``, and
        ``source_format`` where there are several.
    arms, after : pandas.Series, shape (n,)
        As given to `describe.table_one`.

    Returns
    -------
    exhibits : list of Exhibit
        In the order given.
    unshown : Exhibit
        The atoms, with the sums; for `disclose.gate_together`. Cost O(n).
    """
    places = _places(frame, arms, after)
    named, cells = [], [places["when"]]
    for exhibit in exhibits:
        found = _cells_of(exhibit, places)
        if found is None:
            named.append(exhibit)
            continue
        lines, of_rows = found
        counts = contributors(places, [of_rows])["count"].to_dict()
        whole = [counts.get(name) == count for name, count in zip(lines, exhibit.frame["count"], strict=True)]
        named.append(replace(exhibit, frame=exhibit.frame.assign(cell=lines.where(whole, "").fillna(""))))
        cells.append(of_rows)
    shown = pd.concat([e.frame[["cell", "count"]] for e in named if "cell" in e.frame.columns])
    cells += _of_cases(shown, places)
    return named, _atoms(places, cells, set(shown["cell"].astype("str")))


def atom_names(frame: pd.DataFrame, arms: pd.Series, after: pd.Series) -> pd.Series:
    """The atom that each row of the panel lies in; arguments as those of `with_shared_cells`."""
    return _places(frame, arms, after)["atom"]


def _places(frame: pd.DataFrame, arms: pd.Series, after: pd.Series) -> pd.DataFrame:
    """One row a panel row, with the names of the cells it lies in; missing where it lies in none."""
    rows = frame.reset_index(drop=True)
    arm = pd.Series(arms.to_numpy(), dtype="object")
    inside = arm.notna()
    when = pd.Series(np.where(after.to_numpy(dtype=bool), "after", "before"))
    cohort = pd.Series(rows["cohort"].to_numpy(), dtype="object").astype("str")
    cohort = cohort.where((rows["cohort"] != NEVER).to_numpy(), "never")
    period = rows["period"].astype("str")
    source = rows["source_format"].astype("str") if "source_format" in rows else pd.Series("", rows.index)
    of_arm = "arm=" + arm.astype("str")
    of_cohort = "cohort=" + cohort + "/period=" + period
    of_time = {"of_period": period, "of_year": period.str[:4], "of_when": when}
    treatment = np.where(cohort == "never", "control", "treated")
    return rows[["city", "hospital", "discharges"]].assign(
        **of_time,
        of_city=rows["city"].astype("str"),
        of_cohort=rows["cohort"].astype("str"),
        of_treatment=treatment,
        cohort=of_cohort,
        when=(of_arm + "/when=" + when).where(inside),
        year=(of_arm + "/period=" + period.str[:4]).where(inside),
        design="design",
        source=source,
        atom="atom/" + of_cohort + "/" + of_arm + "/when=" + when + "/source=" + source + "/" + rows["city"],
    )


def _cells_of(exhibit: Exhibit, places: pd.DataFrame) -> tuple[pd.Series, pd.Series] | None:
    """The cell of each line of an exhibit, and that of each row of the panel; None where it shows no such cells."""
    frame = exhibit.frame
    if exhibit.kind == "trends" and "cohort" in frame.columns:
        return "cohort=" + frame["cohort"] + "/period=" + frame["period"], places["cohort"]
    if exhibit.kind == "numbers":
        return frame["name"].map({WHOLE: "design"}), places["design"]
    if exhibit.kind != "cost_structure":
        return None
    column, word = ("year", "period") if exhibit.options.get("by") == "period" else ("when", "when")
    lines, of_rows = "arm=" + frame["arm"] + f"/{word}=" + frame["when"], places[column]
    source = str(exhibit.options.get("source", ""))
    if not source:
        return lines, of_rows
    mark = f"/source={source}"
    return lines + mark, (of_rows + mark).where(places["source"] == source)


def _of_cases(shown: pd.DataFrame, places: pd.DataFrame) -> list[pd.Series]:
    """Cells of descriptions (`describe.cases.cells`) that are made of whole places, one series a cell.

    They take in hospitals outside the design: only a cell with as many cases as its places is one of them.
    """
    found = []
    for cell, count in shown.drop_duplicates("cell").itertuples(index=False):
        start, *words = str(cell).split("/")
        pairs = [word.split("=", 1) for word in words]
        if start != ALL_CASES or not all(len(p) == 2 and p[0] in DIMENSIONS for p in pairs):
            continue
        inside = pd.Series(True, places.index)
        for name, level in pairs:
            inside &= places[f"of_{name}"] == level
        if places.loc[inside, "discharges"].sum() == count:
            found.append(pd.Series(np.where(inside, str(cell), None), places.index, dtype="object"))
    return found


def _atoms(places: pd.DataFrame, cells: list[pd.Series], shown: set[str]) -> Exhibit:
    """All atoms, and the shown cells as their sums."""
    facts = contributors(places, [places["atom"]])
    names = [str(name) for name in facts.index]
    frame = pd.DataFrame({"cell": names, "value": np.nan, "label_en": names, "label_zh": names})
    pairs = pd.concat([pd.DataFrame({"cell": of, "atom": places["atom"]}) for of in cells]).dropna()
    pairs = pairs[pairs["cell"].isin(shown)].drop_duplicates()
    sums = tuple(
        Sum(str(cell), tuple(sorted(part["atom"]))) for cell, part in pairs.groupby("cell", sort=True)
    )
    facts = {name: facts[name].to_numpy() for name in ("count", "largest_share")}
    return Exhibit("unshown", "unshown", "", "", frame.assign(**facts), sums=sums)
