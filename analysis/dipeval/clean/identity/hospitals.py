"""Codes of hospitals → hospitals, by the master table and the day of discharge.

Level, owner and type are those of that day; the panel takes them at baseline unless a study asks otherwise.
A code that the table does not know on its day stops the run: a hospital that is passed over silently, or
split in two by a new code, is a wrong panel.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...errors import EVIDENCE_SHOWN, DataError, Problem, nearest
from ...panel.names import name_pairs, similarity, word_weights
from ...schema.periods import first_day, last_day
from ..rule import FIX, STOP, Rule, Setting
from .hospital_table import FIRST, LAST, HospitalRecord
from .references import References

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ...store.contract import TableEngine

ATTRIBUTES = {"name": "hospital_name", "level": "level", "ownership": "ownership", "type": "hospital_type"}
"""Columns of the master table and what they are called among the discharges."""
LINK_COLUMNS = (
    "code",
    "hospital",
    "name_in_file",
    "name_in_table",
    "similarity",
    "first_date",
    "last_date",
    "stays",
    "event",
    "decision",
    "rule",
    "reason",
)
STATED, STATED_NAME, TABLE_ROW = "stated_hospital", "stated_hospital_name", "hospital_table_row"


def with_hospitals(
    engine: TableEngine, table: ir.Table, setting: Setting, references: References
) -> tuple[ir.Table, pd.DataFrame | None]:
    """Put the hospital of the master table in the place of each code.

    Parameters
    ----------
    table : ibis table
        Typed rows.

    Returns
    -------
    table : ibis table
        Lazy. ``hospital`` is the table's, `STATED` the file's; attributes are the table's where it
        states them. A row without code or discharge date keeps what it has.
    links : pandas.DataFrame or None
        With `LINK_COLUMNS`, one row a code, hospital and name as the file writes it; None without a
        master table. Cost: one grouping of all rows.

    Raises
    ------
    DataError
        When codes inside the study's window are not in the table, or not on their days.
    """
    if not references.hospitals:
        return table, None
    linked = _joined(engine, table, references.hospitals)
    seen = _seen(engine, linked, setting)
    problems = _strangers(seen, references)
    if problems:
        raise DataError(f"link hospitals of {setting.city.name}", problems)
    return linked, _links(seen, references.hospitals)


def _joined(engine: TableEngine, table: ir.Table, records: Sequence[HospitalRecord]) -> ir.Table:
    import ibis

    known = engine.small_table(_frame(records))
    known = known.mutate(since=known.since.cast("date"), until=known.until.cast("date"))
    stated = table.rename(**{STATED: "hospital"})
    matched = [
        stated[STATED] == known.table_code,
        stated.discharge_date >= known.since,
        stated.discharge_date <= known.until,
    ]
    joined = stated.left_join(known, matched)
    made = {"hospital": ibis.coalesce(joined.table_hospital, joined[STATED]), TABLE_ROW: joined.table_row}
    for name, column in ATTRIBUTES.items():
        if any(getattr(record, name) for record in records):
            own = [joined[column]] if column in table.columns else []
            made[column] = ibis.coalesce(joined[f"table_{name}"], *own)
    if "hospital_name" in table.columns:
        made[STATED_NAME] = joined.hospital_name
    helping = [
        "table_code",
        "table_hospital",
        "table_row",
        "since",
        "until",
        *(f"table_{n}" for n in ATTRIBUTES),
    ]
    return joined.mutate(**made).drop(*helping)


def _frame(records: Sequence[HospitalRecord]) -> pd.DataFrame:
    import pandas as pd

    made = {
        "table_code": pd.Series([r.code for r in records], dtype="str"),
        "table_hospital": pd.Series([r.hospital for r in records], dtype="str"),
        "table_row": pd.Series([r.row for r in records], dtype="int64"),
        "since": pd.Series([r.valid_from.isoformat() for r in records], dtype="str"),
        "until": pd.Series([r.valid_to.isoformat() for r in records], dtype="str"),
    }
    for name in ATTRIBUTES:
        made[f"table_{name}"] = pd.Series([getattr(r, name) or None for r in records], dtype="str")
    return pd.DataFrame(made)


def _seen(engine: TableEngine, linked: ir.Table, setting: Setting) -> pd.DataFrame:
    """Codes inside the study's window with the rows of the table that they met, days and stays."""
    import ibis

    inside = linked.discharge_date.between(first_day(setting.start), last_day(setting.end))
    rows = linked.filter(~linked.is_total_row & linked[STATED].notnull() & inside)
    name = rows[STATED_NAME] if STATED_NAME in rows.columns else ibis.null("string")
    grouped = rows.group_by(code=rows[STATED], row=rows[TABLE_ROW], name_in_file=name).agg(
        first_date=rows.discharge_date.min().cast("string"),
        last_date=rows.discharge_date.max().cast("string"),
        stays=rows.count(),
    )
    return engine.to_frame(grouped, ("code", "first_date", "last_date", "name_in_file", "row"))


def _strangers(seen: pd.DataFrame, references: References) -> list[Problem]:
    """Codes that the table does not know at all, and codes that it does not know on their days."""
    lost = seen[seen["row"].isna()]
    known = sorted({record.code for record in references.hospitals})
    problems = []
    for is_known, what, todo in (
        (False, "not in the master table", "add them, or mend the codes by corrections of the city file"),
        (True, "used on days on which the master table does not know them", "mend valid_from and valid_to"),
    ):
        here = lost[lost["code"].isin(known) == is_known]
        if here.empty:
            continue
        codes = here.groupby("code").agg(
            stays=("stays", "sum"), first=("first_date", "min"), last=("last_date", "max")
        )
        codes = codes.reset_index().sort_values(["stays", "code"], ascending=[False, True], kind="stable")
        shown = tuple(
            f"{c} ({n} stays, {a} to {b}; {_hint(c, is_known, known, references)})"
            for c, n, a, b in codes.head(EVIDENCE_SHOWN).itertuples(index=False)
        )
        told = f"{len(codes)} code{'s' if len(codes) > 1 else ''} of hospitals {what}"
        problems.append(Problem(references.hospital_table, told, todo, shown, len(codes)))
    return problems


def _hint(code: str, is_known: bool, known: list[str], references: References) -> str:
    if not is_known:
        return nearest(code, known)
    spans = [r for r in references.hospitals if r.code == code]
    return "valid " + " and ".join(f"{_open(r.valid_from)} to {_open(r.valid_to)}".strip() for r in spans)


def _open(day: object) -> str:
    return "" if day in (FIRST, LAST) else str(day)


def _links(seen: pd.DataFrame, records: Sequence[HospitalRecord]) -> pd.DataFrame:
    """What became of each code, for a person to review; names are compared as reports' names are."""
    import pandas as pd

    by_row = {record.row: record for record in records}
    names = [text for record in records for text in (record.name,) if text]
    names += [text for text in seen["name_in_file"].dropna()]
    weights = word_weights(name_pairs(text) for text in names)
    rows = []
    for link in seen.to_dict("records"):
        record = by_row[int(link["row"])]
        written = link["name_in_file"] if isinstance(link["name_in_file"], str) else ""
        alike = math.nan
        if written and record.name:
            alike = round(similarity(name_pairs(written), name_pairs(record.name), weights), 3)
        rows.append(
            {
                **{name: link[name] for name in ("code", "first_date", "last_date", "stays")},
                "hospital": record.hospital,
                "name_in_file": written,
                "name_in_table": record.name,
                "similarity": alike,
                "event": record.event,
                "decision": "made",
                "rule": "master_table" if record.hospital != link["code"] else "same_code",
                "reason": record.source,
            }
        )
    return pd.DataFrame(rows, columns=list(LINK_COLUMNS))


def is_linked(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Rows whose hospital is not called by the code of the file."""
    if STATED not in table.columns:
        return None
    return (table.hospital != table[STATED]).fill_null(False)


def stops(table: ir.Table, setting: Setting) -> None:
    """The condition of a rule that stops the run before any row is judged."""


UNKNOWN_HOSPITAL = Rule(
    "unknown_hospital",
    "a hospital's code that the master table does not know on its day stops the run",
    "机构代码在主表中不存在或不在有效期内时停止运行",
    STOP,
    "the city's master table of hospitals",
    stops,
)
HOSPITAL_LINKED = Rule(
    "hospital_linked",
    "a hospital's code replaced by the hospital that it meant on the day of discharge",
    "按出院日期将机构代码对应到主表中的医院",
    FIX,
    "the city's master table of hospitals",
    is_linked,
)
