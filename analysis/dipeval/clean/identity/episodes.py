"""Episodes: bills and stays that belong together, marked and kept as they were billed.

Both versions stay possible: the discharges keep every bill with ``episode`` and ``episode_part``, and a
study chooses by `data.stays` whether its panel counts bills or episodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..rule import Setting
from ..rules.duplicates import ROW
from ..rules.reversals import REVERSED
from .interim import INTERIM_SETTLEMENT, VISIT, interim_parts, visits_with_several_rows
from .split import PERSON, SPLIT_STAY, persons_with_several_rows, split_parts

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ...store.contract import TableEngine


def with_episodes(engine: TableEngine, table: ir.Table, setting: Setting) -> ir.Table:
    """Mark rows that belong together.

    Parameters
    ----------
    table : ibis table
        With duplicates and reversals marked and ``care_days`` mended.

    Returns
    -------
    ibis table
        Lazy; with ``is_interim`` and ``is_split`` as far as the format has the columns for them, and
        ``episode`` and ``episode_part`` where any row belongs to an episode of several. Cost: one
        grouping by visit and, with a key, one by person; only what stands in several rows is sorted.
    """
    import ibis

    rows = _billed(table)
    interim = _interim(engine, rows, setting)
    split = _split(engine, rows, setting, interim)
    could = {
        "is_interim": setting.is_on(INTERIM_SETTLEMENT) and {*VISIT, "admission_date"} <= {*table.columns},
        "is_split": setting.is_on(SPLIT_STAY) and {*PERSON, "admission_date"} <= {*table.columns},
    }
    found = _together(engine, interim, split)
    if found is None:
        return table.mutate(**{name: ibis.literal(False) for name, known in could.items() if known})
    joined = table.left_join(found, list(ROW)).drop("source_file_right", "source_row_right")
    return joined.mutate(
        **{name: joined[name].fill_null(False) for name, known in could.items() if known}
    ).drop(*[name for name, known in could.items() if not known])


def _billed(table: ir.Table) -> ir.Table:
    """Rows that stand for themselves: no totals, copies, rows that a reversal took, dates in disorder."""
    rows = table.filter(~table.is_total_row)
    if "is_duplicate" in rows.columns:
        rows = rows.filter(~rows.is_duplicate)
    if "netting" in rows.columns:
        rows = rows.filter(~(rows.netting == REVERSED).fill_null(False))
    if "admission_date" in rows.columns:
        rows = rows.filter((rows.admission_date <= rows.discharge_date).fill_null(False))
    return rows


def _interim(engine: TableEngine, rows: ir.Table, setting: Setting) -> ir.Table | None:
    """Parts of visits, kept in the engine; None when there are none."""
    visits = visits_with_several_rows(rows) if setting.is_on(INTERIM_SETTLEMENT) else None
    if visits is None:
        return None
    several = engine.stage(visits)
    if not engine.count(several):
        return None
    rows = rows.semi_join(several, list(VISIT))
    found = engine.stage(interim_parts(rows, setting))
    return found if engine.count(found) else None


def _split(
    engine: TableEngine, rows: ir.Table, setting: Setting, interim: ir.Table | None
) -> ir.Table | None:
    """Parts of split stays, kept in the engine; None when there are none."""
    import ibis

    persons = persons_with_several_rows(rows) if setting.is_on(SPLIT_STAY) else None
    if persons is None:
        return None
    several = engine.stage(persons)
    if not engine.count(several):
        return None
    theirs = rows.semi_join(several, list(PERSON))
    if interim is None:
        theirs = theirs.mutate(unit=ibis.null("string"), part=ibis.null("int64"))
    else:
        theirs = theirs.left_join(interim, list(ROW)).drop("source_file_right", "source_row_right")
    found = engine.stage(split_parts(theirs, setting))
    return found if engine.count(found) else None


def _together(engine: TableEngine, interim: ir.Table | None, split: ir.Table | None) -> ir.Table | None:
    """One row a part: its episode and number, and which of the two kinds it is."""
    import ibis

    if interim is None and split is None:
        return None
    if interim is None:
        return split.mutate(is_interim=ibis.literal(False))
    alone = interim if split is None else interim.anti_join(split, list(ROW))
    made = alone.select(
        *ROW,
        episode=alone.unit,
        episode_part=alone.part,
        is_split=ibis.literal(False),
        is_interim=ibis.literal(True),
    )
    if split is None:
        return made
    marked = split.left_join(interim, list(ROW)).drop("source_file_right", "source_row_right")
    both = marked.select(*ROW, "episode", "episode_part", "is_split", is_interim=marked.unit.notnull())
    return engine.stage(ibis.union(both, made))
