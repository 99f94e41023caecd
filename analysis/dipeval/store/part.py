"""One table of a raw file, copied for the engine: what every reader of a kind of file hands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..schema.header_rows import FoundHeader
from ..schema.headers import HeaderMatch
from ..schema.text import normalised_header
from ..study.model import Source
from .delimited import Copying

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from .contract import TableEngine

LOOKED_AT_FOR_TOTALS = 3
"""A total row says so in one of its first columns, or where the hospital stands."""


@dataclass(frozen=True)
class Part:
    """One file, or one sheet of it, copied for the engine.

    Attributes
    ----------
    label : str
        What `source_file` says.
    fields : tuple of int
        Position in the raw file (from 0) of each field of the copy.
    delimiter : str
        Of the copy; empty where the copy is Parquet.
    state : Copying
        Rows copied and passed over.
    notes : tuple of str
        What was found rather than declared, for the ledger.
    encoding : str
        Of a text file.
    types : mapping of str to str
        Of a file with typed columns: the type of each.
    """

    label: str
    copy: Path
    fields: tuple[int, ...]
    match: HeaderMatch
    state: Copying
    delimiter: str = ""
    notes: tuple[str, ...] = ()
    encoding: str = ""
    types: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """A name for each field of the copy."""
        return tuple(field_name(position) for position in self.fields)

    def scanned(self, engine: TableEngine) -> ir.Table:
        """The copy as a lazy table: ``source_row`` and one text column a field."""
        if self.delimiter:
            return engine.scan_copy(self.copy, self.names, self.delimiter)
        return engine.scan_parquet(self.copy)


def field_name(position: int) -> str:
    """Name of the raw column at a position (from 0)."""
    return f"field_{position}"


@dataclass(frozen=True)
class HiddenFields:
    """Identifying columns where total rows may say what they are: only such words are copied of them.

    Attributes
    ----------
    positions : frozenset of int
    words : tuple of str
        What may be copied.
    """

    positions: frozenset[int]
    words: tuple[str, ...]

    def text(self, position: int, cell: str) -> str:
        """What is copied of a cell."""
        plain = normalised_header(cell).rstrip(":")
        return cell if position not in self.positions or plain in self.words else ""


def hidden_fields(header: FoundHeader, source: Source) -> HiddenFields:
    """The identifying columns of a header."""
    named = {normalised_header(name) for name in source.identifiers}
    found = {k for k, cell in enumerate(header.cells) if normalised_header(cell) in named}
    return HiddenFields(frozenset(found), source.total_words)


def fields_needed(header: FoundHeader) -> tuple[int, ...]:
    """Positions that are read: those of items, and the first ones, where total rows say what they are."""
    first = range(min(LOOKED_AT_FOR_TOTALS, len(header.cells)))
    return tuple(sorted({*header.match.positions.values(), *first}))
