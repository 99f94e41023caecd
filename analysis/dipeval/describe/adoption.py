"""Who is treated when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dipeval.describe.labels import Labels, label_of, order_of, period_word
from dipeval.results.exhibit import Exhibit

STATES = ("not_yet", "partly", "treated", "left", "never", "no_data")


def adoption_map(
    rows: pd.Series,
    period: pd.Series,
    cohorts: pd.Series,
    *,
    periods: Sequence[str] | None = None,
    labels: Labels | None = None,
    ended: Mapping[str, str] | None = None,
    name: str = "adoption_map",
    synthetic: bool = False,
    notes: Sequence[tuple[str, str]] = (),
) -> Exhibit:
    """State of each city (or arm) in each period.

    Parameters
    ----------
    rows : pandas.Series of str, shape (n,)
        What a line of the map is, for example the city of each panel row.
    period : pandas.Series of str, shape (n,)
        Period labels.
    cohorts : pandas.Series, shape (n,)
        First treated period as a label, missing where never.
    periods : sequence of str, optional
        The whole calendar in order, so that gaps show; default: the periods that occur.
    labels : mapping of str to (str, str), optional
        English and Chinese label by line.
    ended : mapping of str to str, optional
        First period after the line left the reform.
    name : str
    synthetic : bool
    notes : sequence of (str, str)
        Further notes, in English and Chinese: what else happened in these periods.

    Returns
    -------
    Exhibit
        Kind ``adoption_map``: one row a line and period with ``state`` (one of `STATES`; ``partly``
        where only some hospitals of the line are treated) and ``value``, the share of its
        hospital-periods that are treated. Lines are ordered by first reform. Reform dates are design
        facts, not sums over cases: ``count`` is NaN. Cost O(n).

    Raises
    ------
    ValueError
        If the three series differ in length, or a period is not in `periods`.
    """
    table, calendar = _table(rows, period, cohorts, periods)
    table["treated"] = (table["cohort"] != "") & (table["period"] >= table["cohort"].astype("str"))
    table["ever"] = table["cohort"] != ""
    found = table.groupby(["line", "period"])[["treated", "ever"]].mean()
    lines = _ordered(table, labels)
    cells = [_cell(found, line, label, labels) for line in lines for label in calendar]
    for cell in cells:
        end = (ended or {}).get(cell["line"])
        if end is not None and cell["period"] >= end:
            cell |= {"state": "left", "value": 0.0}
    word_en, word_zh = period_word(calendar[0])
    return Exhibit(
        name=name,
        kind="adoption_map",
        title_en="Who is treated when",
        title_zh="改革实施时间",
        frame=pd.DataFrame(cells).merge(_first_reform(table), on="line", how="left"),
        notes_en=(f"The date is the first treated {word_en}.", *(note[0] for note in notes)),
        notes_zh=(f"图中日期为改革的首个{word_zh}。", *(note[1] for note in notes)),
        synthetic=synthetic,
    )


def _table(
    rows: pd.Series, period: pd.Series, cohorts: pd.Series, periods: Sequence[str] | None
) -> tuple[pd.DataFrame, list[str]]:
    """Line, period and cohort of each row, and the calendar they stand on."""
    if not len(rows) == len(period) == len(cohorts):
        raise ValueError(f"{len(rows)} rows, {len(period)} periods, {len(cohorts)} cohorts")
    table = pd.DataFrame({"line": rows.to_numpy(), "period": period.to_numpy(), "cohort": cohorts.to_numpy()})
    table = table.dropna(subset=["line"]).astype({"line": "str", "period": "str"})
    table["cohort"] = table["cohort"].astype("object").where(table["cohort"].notna(), "")
    calendar = sorted(set(table["period"])) if periods is None else [str(p) for p in periods]
    outside = set(table["period"]) - set(calendar)
    if outside:
        raise ValueError(f"periods that are not in the calendar: {sorted(outside)[:5]}")
    return table, calendar


def _cell(found: pd.DataFrame, line: str, period: str, labels: Labels | None) -> dict[str, object]:
    english, chinese = label_of(line, labels)
    state, share = "no_data", np.nan
    if (line, period) in found.index:
        share, ever = (float(v) for v in found.loc[(line, period)])
        part = "partly" if share > 0 else ("never" if ever == 0 else "not_yet")
        state = "treated" if share == 1 else part
    return {
        "line": line,
        "label_en": english,
        "label_zh": chinese,
        "period": period,
        "state": state,
        "value": share,
        "count": np.nan,
        "largest_share": np.nan,
    }


def _first_reform(table: pd.DataFrame) -> pd.DataFrame:
    """The first treated period of each line, empty where it is never treated."""
    ever = table[table["cohort"] != ""]
    first = ever.groupby("line")["cohort"].min().rename("reform").reset_index()
    lines = pd.DataFrame({"line": sorted(set(table["line"]))})
    return lines.merge(first, on="line", how="left").fillna({"reform": ""})


def _ordered(table: pd.DataFrame, labels: Labels | None) -> list[str]:
    """Early adopters first, the never treated last; within a date the caller's order."""
    first = _first_reform(table).set_index("line")["reform"]
    position = {line: i for i, line in enumerate(order_of(table["line"], labels))}
    return sorted(position, key=lambda line: (first[line] == "", str(first[line]), position[line]))
