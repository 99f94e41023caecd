"""What became of codes, by column and year: mapped, unmapped, of no form, and how many groups change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...schema.periods import first_day, last_day
from ...study.references import CODE_COLUMNS
from ..rule import Setting
from .code_forms import first_four, is_form, shape

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ...store.contract import TableEngine

COUNTS = ("mended", "mapped", "unmapped", "invalid", "changed_four")
VERSION_COLUMNS = (
    "column",
    "year",
    "version",
    "target",
    "cases",
    *COUNTS,
    "unmapped_share",
    "changed_four_share",
)
LISTED_COLUMNS = ("column", "version", "problem", "code", "cases", "first_place")
MOST_LISTED = 200
"""Codes listed of each column: the most frequent."""


def code_reports(engine: TableEngine, table: ir.Table, setting: Setting) -> dict[str, pd.DataFrame]:
    """Tables for a person to review: ``code_versions.csv`` and ``codes_to_review.csv``.

    Parameters
    ----------
    table : ibis table
        From `codes.with_codes`.

    Returns
    -------
    dict of str to pandas.DataFrame
        Empty where the city declares no versions. Shares are of the cases that have a code. A code of
        no form is listed by its shape. Cost: two groupings a column.
    """
    import pandas as pd

    shares, listed = [], []
    for kind, versions in setting.city.code_versions.items():
        column = CODE_COLUMNS[kind][0]
        if f"stated_{column}" not in table.columns:
            continue
        facts = _facts(table, kind, column, versions.target, setting)
        shares.append(_shares(engine, facts).assign(column=column, target=versions.target))
        listed.append(_listed(engine, facts).assign(column=column))
    if not shares:
        return {}
    return {
        "code_versions.csv": pd.concat(shares, ignore_index=True)[list(VERSION_COLUMNS)],
        "codes_to_review.csv": pd.concat(listed, ignore_index=True)[list(LISTED_COLUMNS)],
    }


def _facts(table: ir.Table, kind: str, column: str, target: str, setting: Setting) -> ir.Table:
    """Rows inside the window that have a code, with what happened to it."""
    inside = table.discharge_date.between(first_day(setting.start), last_day(setting.end))
    rows = table.filter(~table.is_total_row & inside & table[f"stated_{column}"].notnull())
    stated, right, code = rows[f"stated_{column}"], rows[f"right_{column}"], rows[column]
    version = rows[f"version_{kind}"]
    is_mapped = rows[f"is_code_mapped_{kind}"]
    return rows.select(
        "source_file",
        "source_row",
        year=rows.discharge_date.year().cast("int64"),
        version=version,
        code=code,
        mended=(stated != right).cast("int64"),
        mapped=is_mapped.cast("int64"),
        unmapped=((version != target) & ~is_mapped).cast("int64"),
        invalid=(~is_form(right, kind)).cast("int64"),
        changed_four=(first_four(right) != first_four(code)).cast("int64"),
    )


def _shares(engine: TableEngine, facts: ir.Table) -> pd.DataFrame:
    from ...schema.functions import int64_of_sum

    sums = {name: int64_of_sum(facts[name].sum()) for name in COUNTS}
    counted = facts.group_by("year", "version").agg(cases=facts.count(), **sums)
    frame = engine.to_frame(counted, ("year", "version"))
    for name in ("unmapped", "changed_four"):
        frame[f"{name}_share"] = (frame[name] / frame["cases"]).round(6)
    return frame


def _listed(engine: TableEngine, facts: ir.Table) -> pd.DataFrame:
    """The most frequent codes that the crosswalk does not know, and shapes of what is no code."""
    import ibis

    wrong = facts.filter((facts.unmapped == 1) | (facts.invalid == 1))
    wrong = wrong.mutate(
        problem=ibis.ifelse(wrong.invalid == 1, "invalid", "unmapped"),
        code=ibis.ifelse(wrong.invalid == 1, shape(wrong.code), wrong.code),
        place=wrong.source_file + ":" + wrong.source_row.cast("string"),
    )
    counted = wrong.group_by("version", "problem", "code").agg(
        cases=wrong.count(), first_place=wrong.place.min()
    )
    top = counted.order_by(counted.cases.desc(), "problem", "code", "version").limit(MOST_LISTED)
    frame = engine.to_frame(top)
    order = {"by": ["cases", "problem", "code", "version"], "ascending": [False, True, True, True]}
    return frame.sort_values(**order, kind="stable")
