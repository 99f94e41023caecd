"""Reader of delimited text: CSV and TSV in any known encoding, plain, ``.gz`` or ``.zip``."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Problem
from ..schema.header_rows import LOOKED_AT, FoundHeader, find_header
from ..study.model import RawFile, Source
from .compressed import CUT_OFF, CannotUnpack, inner_name
from .delimited import copy_rows, read_header
from .encodings import KNOWN, looks_like_utf8, open_text, undecodable
from .glimpse import first_rows
from .part import Part

if TYPE_CHECKING:
    from .contract import TableEngine

CUT_OFF_PROBLEM = ("is cut off or damaged: its compressed data end in the middle", "obtain the file again")
DELIMITERS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "vertical bars"}
TEXT_SUFFIXES = (".csv", ".tsv", ".tab", ".txt")


def read_text_file(
    engine: TableEngine, source: Source, file: RawFile, place: Path
) -> tuple[list[Part], list[Problem]]:
    """Copy the rows of a text file; see `readers.Reader`."""
    encoding = file.encoding or source.encoding
    try:
        delimiter = _delimiter(source, file, inner_name(place))
        problem = looks_like_utf8(place, encoding, file.path)
        if problem is not None:
            return [], [problem]
        header = _header(source, file, place, encoding, delimiter)
        if not header.match.positions:
            return [], _no_header(source, file, place, header, (encoding, delimiter))
        with open_text(place, encoding) as stream:
            read_header(stream, delimiter, header.last)
            copy = engine.temporary("raw", ".csv")
            state, open_quote = copy_rows(stream, copy, delimiter, header.last + 1)
    except UnicodeError:
        return [], [undecodable(place, encoding, file.path)]
    except CannotUnpack as error:
        return [], [Problem(file.path, error.what, error.todo)]
    except CUT_OFF:
        return [], [Problem(file.path, *CUT_OFF_PROBLEM)]
    except csv.Error:
        what = "its first rows cannot be read: an open quote, or not a table at all"
        return [], [Problem(file.path, what, "look at the first rows of the file")]
    if open_quote is not None:
        where = f"{file.path}, {open_quote.where}"
        return [], [*header.match.problems, Problem(where, open_quote.what, open_quote.todo)]
    fields = tuple(range(len(header.cells)))
    notes = (header.note,) if header.note else ()
    return [Part(file.path, copy, fields, header.match, state, delimiter, notes, encoding)], []


def _delimiter(source: Source, file: RawFile, name: str) -> str:
    """As the city says, as the suffix says, as the format says.

    Raises
    ------
    CannotUnpack
        When what is packed is no text.
    """
    suffix = Path(name).suffix.lower()
    if suffix not in TEXT_SUFFIXES:
        raise CannotUnpack(
            f"holds '{suffix or 'a file without a suffix'}', no text", "unpack it and declare it"
        )
    return file.delimiter or ("\t" if suffix in (".tsv", ".tab") else source.delimiter)


def _header(source: Source, file: RawFile, place: Path, encoding: str, delimiter: str) -> FoundHeader:
    depth = file.header_rows or source.header_rows
    count = max(LOOKED_AT, file.header_row or source.header_row) + depth
    rows = first_rows(place, encoding, delimiter, count)
    return find_header(rows, source, file.path, file.header_row, file.header_rows)


def _no_header(
    source: Source, file: RawFile, place: Path, header: FoundHeader, tried: tuple[str, str]
) -> list[Problem]:
    """The header's problems, and with which encoding and delimiter there would be one."""
    for encoding in (tried[0], *(name for name in KNOWN if name != tried[0])):
        for delimiter, name in DELIMITERS.items():
            if (encoding, delimiter) != tried and _is_readable(source, file, place, encoding, delimiter):
                what = (
                    f"reads as {encoding} with {name}, but {tried[0]} with {DELIMITERS[tried[1]]} is declared"
                )
                shown = delimiter.replace("\t", "\\t")
                todo = f'write encoding = "{encoding}" and delimiter = "{shown}" for the file'
                return [Problem(file.path, what, todo)]
    return list(header.match.problems)


def _is_readable(source: Source, file: RawFile, place: Path, encoding: str, delimiter: str) -> bool:
    try:
        return _header(source, file, place, encoding, delimiter).is_complete
    except UnicodeError:
        return False
