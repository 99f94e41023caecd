"""The first look at each file: how it is written, and which formats its header rows fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import Problem
from ..schema.text import normalised_header
from ..store.glimpse import find_encoding, first_rows, first_sheet_rows, parquet_columns
from ..store.readers import READERS, reader_of
from ..study.model import Source
from .fit import ROWS_LOOKED_AT, Fit, ranked

WORKBOOKS = (".xlsx", ".xls")
PARQUET = ".parquet"
DELIMITERS = (",", "\t", ";", "|")


@dataclass(frozen=True)
class Sheet:
    """One table of a file.

    Attributes
    ----------
    name : str
        The sheet; empty for a file that is one table.
    fits : tuple of Fit
        All formats, the best first.
    """

    name: str
    fits: tuple[Fit, ...]

    def fit(self, source: str) -> Fit:
        """The fit of one format, by its name."""
        return next(fit for fit in self.fits if fit.source.name == source)


@dataclass(frozen=True)
class Look:
    """What a first look at a file found.

    Attributes
    ----------
    name : str
        The file's own name.
    place : pathlib.Path
    kind : {"text", "workbook", "parquet"}
    encoding, how : str
        Of a text: its encoding (empty when it cannot be told), and how that was found.
    delimiter : str
        Of a text.
    sheets : tuple of Sheet
        Empty when nothing could be read.
    """

    name: str
    place: Path
    kind: str
    encoding: str
    how: str
    delimiter: str
    sheets: tuple[Sheet, ...]


def look_at(place: Path, sources: Sequence[Source], encoding: str = "", header_row: int = 0) -> Look:
    """Look at a file.

    Parameters
    ----------
    sources : sequence of Source
        All formats that are known.
    encoding : str
        What a person says about a text; by default it is found.
    header_row : int
        The header's row where a person has said it, from 1.

    Returns
    -------
    Look
        Cost: strict decoding of the whole text, and the first `ROWS_LOOKED_AT` rows.
    """
    suffix = place.suffix.lower()
    if suffix in WORKBOOKS:
        rows = first_sheet_rows(place, ROWS_LOOKED_AT)
        sheets = tuple(Sheet(name, ranked(found, sources, header_row)) for name, found in rows.items())
        return Look(place.name, place, "workbook", "", "", "", sheets)
    if suffix == PARQUET:
        names = parquet_columns(place)
        sheets = (Sheet("", ranked([names], sources, 1)),) if names else ()
        return Look(place.name, place, "parquet", "", "", "", sheets)
    if reader_of(place) is None:
        return Look(place.name, place, "text", "", "", "", ())
    found = find_encoding(place)
    name, how = (encoding, "as was said") if encoding else (found.name, found.how)
    delimiter, fits = _split(place, name, sources, header_row) if name else (",", ())
    return Look(place.name, place, "text", name, how, delimiter, (Sheet("", fits),) if fits else ())


def _split(
    place: Path, encoding: str, sources: Sequence[Source], header_row: int
) -> tuple[str, tuple[Fit, ...]]:
    """The delimiter by which most headers are known; where none is, the one that makes most fields."""
    tried = []
    for position, delimiter in enumerate(DELIMITERS):
        rows = first_rows(place, encoding, delimiter, ROWS_LOOKED_AT)
        fits = ranked(rows, sources, header_row)
        widths = [len(row) for row in rows]
        steady = max(set(widths), key=lambda w: (widths.count(w), w)) if widths else 0
        tried.append((max(fit.matched for fit in fits), steady, -position, delimiter, fits))
    _, _, _, delimiter, fits = max(tried, key=lambda one: one[:3])
    return delimiter, fits


def unread(look: Look) -> Problem | None:
    """Why a file could not be looked into; None when it could."""
    if reader_of(look.place) is None:
        suffix = look.place.suffix.lower()
        what = f"'{suffix}' is no kind of file that is read" if suffix else "has no suffix that says its kind"
        return Problem(look.name, what, f"save or rename it as one of: {', '.join(READERS)}")
    if look.kind == "text" and not look.encoding:
        todo = "obtain it again or save it as UTF-8; if you know its encoding, say --encoding"
        return Problem(look.name, f"cannot be read without a person's word: {look.how}", todo)
    if look.sheets:
        return None
    what = {"workbook": "no readable workbook", "parquet": "no readable Parquet file"}.get(look.kind)
    todo = "obtain it again, and open it once in the program that it comes from"
    return Problem(look.name, what or "no table could be read from it", todo)


def has_headers(sheet: Sheet) -> bool:
    """Whether any format knows a header of this sheet."""
    return any(fit.matched for fit in sheet.fits)


def signature(fit: Fit) -> tuple[str, ...]:
    """The headers of a table as they are compared, to see which files are alike."""
    return tuple(normalised_header(header.text) for header in fit.headers)
