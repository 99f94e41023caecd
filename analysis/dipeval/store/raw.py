"""Raw files → one lazy table of text, each row with its file and row number, checksums known."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError, Problem
from ..ledger import Entry, Ledger
from ..schema.headers import HeaderMatch, item_names, match_headers
from ..study.model import City, RawFile, Source
from .delimited import Copying, copy_rows, open_text, read_header
from .encodings import CUT_OFF, looks_like_utf8, undecodable
from .fingerprint import file_sha256
from .structure import structure_problems
from .workbook import copy_sheet, read_sheets

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from .engine import Engine

LOOKED_AT_FOR_TOTALS = 3
"""A total row says so in one of its first columns, or where the hospital stands."""
CUT_OFF_PROBLEM = ("is cut off: its compressed data end in the middle", "obtain the file again")
GAP = r"[\s\x{A0}\x{3000}]*"
EMPTY_PROBLEM = ("holds no rows of data", "obtain the file again, or leave it out of the city's files")


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
        (from 0) of each column of the source; items that no file has are absent. Identifying
        columns are not in it.
    ledger : Ledger
        Rows read, by file.
    files : tuple of RawFileFacts
        Declared path, checksum, size and rows of every file.
    headers : mapping of str to mapping of str to str
        By `source_file`: the header behind each item, for messages.
    """

    table: ir.Table
    ledger: Ledger
    files: tuple[RawFileFacts, ...]
    headers: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Part:
    """One file, or one sheet of it, copied for the engine.

    Attributes
    ----------
    label : str
        What `source_file` says.
    names : tuple of str
        A name for each field of the copy: the item's, or ``field_<position>``.
    """

    label: str
    copy: Path
    names: tuple[str, ...]
    delimiter: str
    match: HeaderMatch
    state: Copying


def read_raw(engine: Engine, city: City, source: Source, files: Sequence[tuple[str, Path]]) -> RawTable:
    """Read the raw files of a city.

    Parameters
    ----------
    files : sequence of (str, Path)
        Declared path (relative to the data folder) and where the file really is.

    Returns
    -------
    RawTable
        Lazy; it can be used as long as the engine is open. Cost: one pass over each file for its
        checksum, one that copies it as UTF-8, one of the engine over the copy.

    Raises
    ------
    DataError
        With all problems of all files: missing, empty, cut off, other encoding or checksum than
        declared, missing, doubled or unknown columns, rows with too many or too few fields.
    """
    declared = {file.path: file for file in city.files}
    problems: list[Problem] = []
    parts: list[Part] = []
    facts: list[RawFileFacts] = []
    for path, place in files:
        made, found = _read_file(engine, city, source, declared.get(path, RawFile(path)), place)
        problems += found
        parts += made
        if not found:
            rows = sum(part.state.rows for part in made)
            facts.append(RawFileFacts(path, file_sha256(place), place.stat().st_size, rows))
    if problems:
        raise DataError(f"read raw files of {city.name}", problems)
    headers = {part.label: dict(part.match.headers) for part in parts}
    return RawTable(_union(engine, source, parts), _ledger(city, parts), tuple(facts), headers)


def _read_file(
    engine: Engine, city: City, source: Source, file: RawFile, place: Path
) -> tuple[list[Part], list[Problem]]:
    problem = _file_problem(city, file, place)
    if problem is not None:
        return [], [problem]
    is_workbook = place.suffix.lower() in (".xlsx", ".xls")
    problems = [] if not file.sha256 else _checksum_problems(file, place)
    parts, found = (_sheets if is_workbook else _text)(engine, source, file, place)
    problems += found
    for part in parts:
        problems += part.match.problems
        if not part.match.problems:
            problems += structure_problems(
                engine, part.copy, list(part.names), part.delimiter, part.label, part.state.row - 1
            )
            if part.state.rows == 0:
                problems.append(Problem(part.label, *EMPTY_PROBLEM))
    return parts, problems


def _file_problem(city: City, file: RawFile, place: Path) -> Problem | None:
    if not place.is_file():
        what = f"there is no file in '{place.parent.name}/'"
        return Problem(file.path, what, f"put it there; obtain it: {city.obtain}")
    if place.stat().st_size == 0:
        return Problem(file.path, "is empty (0 bytes)", EMPTY_PROBLEM[1])
    return None


def _checksum_problems(file: RawFile, place: Path) -> list[Problem]:
    found = file_sha256(place)
    if found == file.sha256.lower():
        return []
    what = f"has the checksum {found[:12]}…, but {file.sha256[:12]}… is declared"
    return [Problem(file.path, what, "obtain the declared file, or declare the new one after looking at it")]


def _text(engine: Engine, source: Source, file: RawFile, place: Path) -> tuple[list[Part], list[Problem]]:
    encoding = file.encoding or source.encoding
    try:
        problem = looks_like_utf8(place, encoding, file.path)
        if problem is not None:
            return [], [problem]
        with open_text(place, encoding) as stream:
            header = read_header(stream, source.delimiter, source.header_row)
            if not header:
                return [], [Problem(file.path, "ends before its header", EMPTY_PROBLEM[1])]
            copy = engine.temporary("raw", ".csv")
            state, open_quote = copy_rows(stream, copy, source.delimiter, source.header_row + 1)
    except UnicodeError:
        return [], [undecodable(place, encoding, file.path)]
    except CUT_OFF:
        return [], [Problem(file.path, *CUT_OFF_PROBLEM)]
    except csv.Error:
        what = f"row {source.header_row} cannot be read as a header: an open quote, or not a table at all"
        return [], [Problem(file.path, what, "look at the first rows of the file")]
    match = match_headers(header, source, file.path, source.header_row)
    if open_quote is not None:
        where = f"{file.path}, {open_quote.where}"
        return [], [*match.problems, Problem(where, open_quote.what, open_quote.todo)]
    item_at = {position: item for item, position in match.positions.items()}
    names = tuple(item_at.get(k, f"field_{k}") for k in range(len(header)))
    return [Part(file.path, copy, names, source.delimiter, match, state)], []


def _sheets(engine: Engine, source: Source, file: RawFile, place: Path) -> tuple[list[Part], list[Problem]]:
    found, problems = read_sheets(place, file.sheets or source.sheets, file.path)
    parts = []
    for sheet, rows in found.items():
        label = f"{file.path} [{sheet}]" if len(found) > 1 else file.path
        if len(rows) < source.header_row:
            problems.append(Problem(label, "ends before its header", EMPTY_PROBLEM[1]))
            continue
        header = ["" if cell is None else str(cell) for cell in rows[source.header_row - 1]]
        match = match_headers(header, source, label, source.header_row)
        item_at = {position: item for item, position in match.positions.items()}
        chosen = sorted({*item_at, *range(min(LOOKED_AT_FOR_TOTALS, len(header)))})
        copy = engine.temporary("raw", ".csv")
        state = copy_sheet(rows[source.header_row :], chosen, copy, source.header_row + 1)
        names = tuple(item_at.get(k, f"field_{k}") for k in chosen)
        parts.append(Part(label, copy, names, ",", match, state))
    return parts, problems


def _union(engine: Engine, source: Source, parts: list[Part]) -> ir.Table:
    import ibis

    present = {item for part in parts for item in part.match.positions}
    items = [item for item in item_names(source) if item in present]
    tables = []
    for part in parts:
        table = engine.scan_copy(part.copy, part.names, part.delimiter)
        text = {item: table[item] if item in table.columns else ibis.null("string") for item in items}
        tables.append(
            table.select(
                source_file=ibis.literal(part.label),
                source_row=table.source_row,
                is_total_row=_is_total_row(table, part, source),
                **text,
            )
        )
    return ibis.union(*tables) if len(tables) > 1 else tables[0]


def _is_total_row(table: ir.Table, part: Part, source: Source) -> ir.BooleanValue:
    """Whether one of the first cells, or the hospital, is nothing but a word for a sum."""
    import ibis

    if not source.total_words:
        return ibis.literal(False)
    hospital = [name for name in part.names if name.split("__")[0] in ("hospital", "hospital_name")]
    looked_at = dict.fromkeys([*part.names[:LOOKED_AT_FOR_TOTALS], *hospital])
    words = "|".join(GAP.join(_literal(c) for c in word) for word in source.total_words)
    hits = [
        table[name].re_search(rf"^{GAP}({words}){GAP}[:：]?{GAP}\z").fill_null(False) for name in looked_at
    ]
    return ibis.or_(*hits)


def _literal(character: str) -> str:
    """A character that stands for itself in a regular expression."""
    return rf"\x{{{ord(character):X}}}"


def _ledger(city: City, parts: list[Part]) -> Ledger:
    entries = []
    for part in parts:
        blank = f"; blank rows passed over: {part.state.blank}" if part.state.blank else ""
        note = f"{len(part.match.positions)} raw items{blank}"
        name = f"{city.name}: {part.label}"
        entries.append(Entry("read", name, "rows_read", part.state.rows, part.state.rows, note=note))
    return Ledger(tuple(entries))
