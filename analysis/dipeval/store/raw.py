"""Raw files → one lazy table of text, each row with its file and row number, checksums known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..ledger import Ledger
from ..study.model import City, Source

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from .engine import Engine


@dataclass(frozen=True)
class RawFileFacts:
    """What is known of one raw file after reading it."""

    path: str
    sha256: str
    bytes: int
    rows: int


@dataclass(frozen=True)
class RawTable:
    """The rows of a city's raw files, as text.

    Attributes
    ----------
    table : ibis table
        ``source_file`` (text), ``source_row`` (int64; the row in the file as a spreadsheet user
        counts), ``is_total_row`` (bool) and one text column ``<column>__<k>`` for each raw item k
        (from 0) of each column of the source. Identifying columns are not in it.
    ledger : Ledger
        Rows read, by file.
    files : tuple of RawFileFacts
        Declared path, checksum, size and rows of every file.
    """

    table: ir.Table
    ledger: Ledger
    files: tuple[RawFileFacts, ...]


def read_raw(engine: Engine, city: City, source: Source, files: Sequence[tuple[str, Path]]) -> RawTable:
    """Read the raw files of a city.

    Parameters
    ----------
    files : sequence of (str, Path)
        Declared path (relative to the data folder) and where the file really is.

    Raises
    ------
    DataError
        With all problems of all files: missing, empty, cut off, other encoding or checksum than
        declared, missing, doubled or unknown columns, rows with too many or too few fields.
    """
    raise NotImplementedError
