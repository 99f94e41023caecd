"""The cells of Table 1, and which of its numbers are computed from others."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from dipeval.results.exhibit import Exhibit
from dipeval.results.relations import Derived

ARM = ["arm", "when"]


def with_table_one_margins(exhibit: Exhibit) -> Exhibit:
    """Name the cells of a Table 1 of hospitals.

    A mean behind which all cases of the arm stand shares the arm's cell. A standardised difference is
    computed from the cells of its line, and states the cases of an arm. Numbers of hospitals are facts, and
    no cells.

    Parameters
    ----------
    exhibit : Exhibit
        Of kind ``table_one``, with the columns ``section``, ``variable``, ``level``, ``statistic``,
        ``arm``, ``when`` and ``count``.

    Returns
    -------
    Exhibit
        With the column ``cell`` and `derived`. Cost O(rows).
    """
    frame = exhibit.frame
    whole = frame[(frame["section"] == "size") & frame["count"].notna()]
    arms = whole.drop_duplicates(ARM).set_index(ARM)["count"]
    frame = frame.assign(cell=[_name(row, arms) for row in frame.to_dict("records")])
    shown = frame[(frame["arm"] != "") & (frame["cell"] != "")]
    derived = tuple(
        Derived(row.cell, tuple(sorted({*part["cell"], *(_arm_cell(arm, row.when) for arm in part["arm"])})))
        for row in frame[(frame["arm"] == "") & (frame["cell"] != "")].itertuples()
        if len(part := shown[(shown["variable"] == row.variable) & (shown["when"] == row.when)])
    )
    return replace(exhibit, frame=frame, derived=derived)


def _name(row: dict[str, object], arms: pd.Series) -> str:
    """The cell of a row; of another place than the arm's where other cases stand behind it."""
    arm, when, variable = str(row["arm"]), str(row["when"]), row["variable"]
    if pd.isna(row["count"]):
        return ""
    if not arm:
        return f"table_one/difference={variable}/when={when}"
    whole = row["count"] == arms[arm, when]
    return _arm_cell(arm, when) if whole else f"table_one/known={variable}/arm={arm}/when={when}"


def _arm_cell(arm: str, when: str) -> str:
    return f"arm={arm}/when={when}"
