"""One table of a raw file as text for the engine: what every reader of a kind of file hands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import Problem
from ..schema.header_rows import FoundHeader
from ..schema.headers import HeaderMatch
from ..schema.text import normalised_header
from ..study.model import Source
from .text_table import TextTable

if TYPE_CHECKING:
    import pyarrow as pa

    from .warehouse import EngineText

LOOKED_AT_FOR_TOTALS = 3
"""A total row says so in one of its first columns, or where the hospital stands."""
GAP = r"[\s\x{A0}\x{3000}]*"


@dataclass(frozen=True)
class Part:
    """One file, or one sheet of it.

    Attributes
    ----------
    label : str
        What `source_file` says.
    text : TextTable or EngineText
        Its rows: one column ``field_<position>`` for each raw column that is read.
    rows, blank : int
        Rows of data, and blank rows among them that are passed over.
    last_row : int
        Number of the last row.
    problems : tuple of Problem
        Of its rows and bytes; those of its header are in `match`.
    notes : tuple of str
        What was found rather than declared, for the ledger.
    encoding : str
        Of a text file.
    damaged_text : mapping of str to int
        By header: cells that hold U+FFFD.
    types : mapping of str to str
        Of a file with typed columns: the type of each.
    """

    label: str
    text: TextTable | EngineText
    match: HeaderMatch
    rows: int
    last_row: int
    blank: int = 0
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    encoding: str = ""
    damaged_text: Mapping[str, int] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)


def total_pattern(words: tuple[str, ...]) -> str:
    """An RE2 expression of a cell that is nothing but a word for a sum; empty without such words."""
    spaced = "|".join(GAP.join(_literal(c) for c in word) for word in words)
    return rf"^{GAP}({spaced}){GAP}[:：]?{GAP}\z" if words else ""


def _literal(character: str) -> str:
    """A character that stands for itself in a regular expression."""
    return rf"\x{{{ord(character):X}}}"


@dataclass(frozen=True)
class HiddenFields:
    """Identifying columns where total rows may say what they are: only such words are read of them.

    Attributes
    ----------
    positions : frozenset of int
    pattern : str
        As `total_pattern`.
    """

    positions: frozenset[int]
    pattern: str

    def shown(self, position: int, cells: pa.Array) -> pa.Array:
        """What is read of a column of text."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if position not in self.positions:
            return cells
        if not self.pattern:
            return pa.nulls(len(cells), pa.string())
        return pc.if_else(pc.match_substring_regex(cells, self.pattern), cells, None)


def hidden_fields(header: FoundHeader, source: Source) -> HiddenFields:
    """The identifying columns of a header."""
    named = {normalised_header(name) for name in source.identifiers}
    found = {k for k, cell in enumerate(header.cells) if normalised_header(cell) in named}
    return HiddenFields(frozenset(found), total_pattern(source.total_words))


def fields_needed(header: FoundHeader) -> tuple[int, ...]:
    """Positions that are read: those of items, and the first ones, where total rows say what they are."""
    first = range(min(LOOKED_AT_FOR_TOTALS, len(header.cells)))
    return tuple(sorted({*header.match.positions.values(), *first}))
