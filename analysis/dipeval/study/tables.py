"""What a city file says of tables that a warehouse holds already, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .grammar import Checker, Key, Tables

MOST_PARTS = 3
"""Catalog, schema and table."""


@dataclass(frozen=True)
class WarehouseTable:
    """A table that an engine holds already.

    Attributes
    ----------
    name : str
        ``table``, ``schema.table`` or ``catalog.schema.table``.
    database : str
        A DuckDB file below the data folder; empty for a table of the run's own engine.
    row : str
        The column that numbers the rows; empty: rows are put in order by all that is read of them.
    as_of : str
        Which state of the table is meant, where no checksum tells.
    """

    name: str
    database: str = ""
    row: str = ""
    as_of: str = ""


def table_grammar() -> Tables:
    """``[[tables]]`` of a city file."""
    return Tables(
        {
            "name": Key("text", required=True, doc="table, schema.table or catalog.schema.table"),
            "database": Key("text", default="", doc="a DuckDB file below the data folder that holds it"),
            "row": Key("text", default="", doc="its column that numbers the rows: whole numbers, each once"),
            "as_of": Key("text", default="", doc="which state of it is meant; a new one cleans again"),
        }
    )


def warehouse_tables(checker: Checker, tables: Sequence[Mapping[str, object]]) -> tuple[WarehouseTable, ...]:
    """Read ``[[tables]]``; problems are noted in `checker`."""
    for k, told in enumerate(tables, 1):
        name = str(told["name"] or "")
        if (
            name
            and not 1 <= len([part for part in name.split(".") if part]) == len(name.split(".")) <= MOST_PARTS
        ):
            todo = "write table, schema.table or catalog.schema.table"
            checker.report(f"tables[{k}].name", f"'{name}' is no name of a table", todo)
        if not told["database"] and not told["as_of"]:
            what = "a table of a cluster has no checksum, so nothing would tell that it changed"
            checker.report(f"tables[{k}].as_of", what, 'say which state is meant, like as_of = "2024-06-30"')
    return tuple(WarehouseTable(**told) for told in tables)
