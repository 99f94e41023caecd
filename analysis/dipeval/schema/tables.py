"""Declared tables: which columns they have, of which type, and which of them are never missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..vocabulary import RECORD, columns

if TYPE_CHECKING:
    import ibis.expr.types as ir

TYPES = {
    "money": "int64",
    "count": "int64",
    "days": "int64",
    "flag": "int64",
    "number": "float64",
    "text": "string",
    "code": "string",
    "period": "string",
    "date": "date",
}


STAYS_BEHIND = ("discharges", "age_unit", "birth_date")
"""Columns that no stay has, or that serve the rules and go no further."""


@dataclass(frozen=True)
class DeclaredTable:
    """A table's columns.

    Attributes
    ----------
    name : str
    types : mapping of str to str
        Ibis type of every column that may stand in it, in order.
    required : tuple of str
        Columns that always stand in it.
    """

    name: str
    types: Mapping[str, str]
    required: tuple[str, ...]

    def validated(self, table: ir.Table) -> ir.Table:
        """Return `table` with its columns in declared order.

        Raises
        ------
        ValueError
            When a column is missing, unknown, or of another type: a mistake of the code.
        """
        found = {name: str(dtype).lstrip("!").split("(")[0] for name, dtype in table.schema().items()}
        wrong = [f"{name} is missing" for name in self.required if name not in found]
        wrong += [f"{name} is not declared" for name in found if name not in self.types]
        wrong += [
            f"{name} is {kind}, not {self.types[name]}"
            for name, kind in found.items()
            if name in self.types and kind != self.types[name]
        ]
        if wrong:
            raise ValueError(f"table {self.name}: {'; '.join(wrong)}")
        return table.select([name for name in self.types if name in found])


def discharges(is_keyed: bool = False) -> DeclaredTable:
    """Clean discharges, one row a stay: no identifying column.

    Numbers of records and persons stand in it only as hashes by the user's key, where one was given.

    ``source_file`` and ``source_row`` lead back to the raw row for whoever holds the raw file; ``flags``
    has a bit for each rule that marks the stay (`clean.flags`).
    """
    known = {
        name: TYPES[column.kind]
        for name, column in columns().items()
        if (is_keyed or column.role != RECORD) and name not in STAYS_BEHIND
    }
    facts = {"source_format": "string", "currency": "string", "source_file": "string", "source_row": "int64"}
    facts["flags"] = "int64"
    required = ("city", "hospital", "period", "discharge_date", "total_cost", *facts)
    return DeclaredTable("discharges", {**known, **facts}, required)


def rejects() -> DeclaredTable:
    """Rejected rows: where they stand in the raw file, and which rule rejected them on what evidence."""
    types = {"source_file": "string", "source_row": "int64", "rule": "string", "evidence": "string"}
    return DeclaredTable("rejects", types, tuple(types))
