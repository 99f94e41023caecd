"""Tables that a warehouse holds already: typed columns become text exactly, and every row has a number.

Nothing is copied out of the engine. Columns that identify a person are never selected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError, Problem, nearest
from ..schema.header_rows import FoundHeader, find_header
from ..study.model import City, Source
from ..study.tables import WarehouseTable
from .engines import EMBEDDED
from .parquet_file import holds_codes
from .part import Part, fields_needed, hidden_fields
from .text_table import SOURCE_ROW, field_name

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from .contract import TableEngine

LOST = "\ufffd"
MIDNIGHT = r" 00:00:00(\.0+)?\z"


@dataclass(frozen=True)
class EngineText:
    """Text columns that stand in the engine.

    Attributes
    ----------
    names : tuple of str
        Text columns behind ``source_row`` (int64).
    table : ibis table
    """

    names: tuple[str, ...]
    table: ir.Table


def table_label(declared: WarehouseTable) -> str:
    """What `source_file` says of a table's rows."""
    return f"{declared.database} [{declared.name}]" if declared.database else f"table {declared.name}"


def read_table(
    engine: TableEngine, city: City, source: Source, declared: WarehouseTable, database: Path | None
) -> tuple[list[Part], list[Problem]]:
    """Read a table of the engine as text.

    Parameters
    ----------
    database : Path, optional
        Where the declared database file is.

    Returns
    -------
    parts : list of Part
        One, or none where there are problems.
    problems : list of Problem
        Cost: one aggregation of the table; without a declared `row`, one sort of it, which is kept.
    """
    label = table_label(declared)
    if database is None and engine.name == EMBEDDED:
        what = "stands in a warehouse, and this run uses the embedded engine"
        return [], [Problem(label, what, "name its engine with --engine, or the DuckDB file as database")]
    try:
        table = engine.table(declared.name, database)
    except DataError as error:
        return [], list(error.problems)
    header = find_header([list(table.columns)], source, label, 1, 1)
    problems = list(header.match.problems)
    fields = fields_needed(header) if header.match.positions else ()
    kept = tuple(k for k in fields if k not in hidden_fields(header, source).positions)
    problems += _wrong_types(table, header, kept, label)
    problems += _row_problem(table, declared, label)
    if problems or not kept:
        return [], problems
    text = _as_text(engine, table, kept, declared.row)
    return _counted(engine, text, header, kept, declared, label)


def _as_text(engine: TableEngine, table: ir.Table, fields: Sequence[int], row: str) -> ir.Table:
    """Row numbers and text columns; without a column that numbers them, rows are put in an order once."""
    import ibis

    cells = {field_name(k): _text_of(table[table.columns[k]]) for k in fields}
    if row:
        return table.select(**{SOURCE_ROW: table[row].cast("int64")}, **cells)
    text = table.select(**cells)
    # Rows that are alike in all that is read may change places: nothing tells them apart.
    order = [key for name in cells for key in (text[name].isnull(), text[name].fill_null(""))]
    numbered = text.mutate(**{SOURCE_ROW: (ibis.row_number().over(order_by=order) + 1).cast("int64")})
    return engine.stage(numbered.select(SOURCE_ROW, *cells))


def _text_of(column: ir.Value) -> ir.StringValue:
    """A typed column as exact text; a time of day is written only where there is one."""
    import ibis

    from ..schema.functions import float_text

    kind = column.type()
    if kind.is_boolean():
        return ibis.ifelse(column, "1", "0")
    if kind.is_floating():
        return float_text(column.cast("float64"))
    if kind.is_timestamp():
        return column.cast("string").re_replace(MIDNIGHT, "")
    return column.cast("string")


def _counted(
    engine: TableEngine,
    text: ir.Table,
    header: FoundHeader,
    fields: Sequence[int],
    declared: WarehouseTable,
    label: str,
) -> tuple[list[Part], list[Problem]]:
    """Look at the rows once: how many, whether their numbers are, which texts are damaged."""
    row = text[SOURCE_ROW]
    lost = {f"lost_{k}": text[field_name(k)].contains(LOST).cast("int64").sum().fill_null(0) for k in fields}
    told = text.aggregate(
        rows=text.count(),
        known=row.count(),
        distinct=row.nunique(),
        first=row.min().fill_null(0),
        last=row.max().fill_null(0),
        **lost,
    )
    found = {name: int(value) for name, value in engine.to_frame(told).iloc[0].items()}
    is_numbered = found["distinct"] == found["known"] == found["rows"] and found["first"] >= 1
    if declared.row and found["rows"] and not is_numbered:
        what = f"does not number its rows: {found['rows']} rows have {found['distinct']} different numbers"
        what += f", the least is {found['first']}"
        todo = "name a column of whole numbers from 1 that stand once each, or none"
        return [], [Problem(f"{label}, column {declared.row}", what, todo)]
    names = tuple(field_name(k) for k in fields)
    notes = (f"as of {declared.as_of}",) if declared.as_of else ()
    damaged = {header.cells[k]: found[f"lost_{k}"] for k in fields if found[f"lost_{k}"]}
    part = Part(
        label,
        EngineText(names, text),
        header.match,
        found["rows"],
        found["last"],
        notes=notes,
        damaged_text=damaged,
    )
    return [part], []


def _row_problem(table: ir.Table, declared: WarehouseTable, label: str) -> list[Problem]:
    if not declared.row:
        return []
    if declared.row not in table.columns:
        todo = nearest(declared.row, table.columns)
        return [Problem(label, f"has no column '{declared.row}' that could number its rows", todo)]
    if not table[declared.row].type().is_integer():
        what = f"is of type {table[declared.row].type()} and cannot number rows"
        return [Problem(f"{label}, column {declared.row}", what, "name a column of whole numbers, or none")]
    return []


def _wrong_types(table: ir.Table, header: FoundHeader, fields: Sequence[int], label: str) -> list[Problem]:
    """Columns that hold no single values, and codes that are numbers."""
    codes = {position for item, position in header.match.positions.items() if holds_codes(item)}
    problems = []
    for k in fields:
        name, kind = table.columns[k], table[table.columns[k]].type()
        place = f"{label}, column {name}"
        plain = (kind.is_string(), kind.is_numeric(), kind.is_date(), kind.is_timestamp(), kind.is_boolean())
        if not any(plain):
            what = f"is of type {kind}, which is no text, number or date"
            problems.append(Problem(place, what, "flatten it in a view"))
        elif k in codes and not kind.is_string():
            what = f"holds codes as {kind}, so zeros at their ends may be lost"
            problems.append(Problem(place, what, "make a view that has the codes as text"))
    return problems
