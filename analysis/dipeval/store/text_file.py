"""Reader of delimited text: CSV and TSV in any known encoding, plain, ``.gz`` or ``.zip``."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

from ..errors import Problem
from ..schema.header_rows import LOOKED_AT, FoundHeader, find_header
from ..study.model import RawFile, Source
from .blocks import UnreadableRow
from .compressed import CUT_OFF, CannotUnpack, inner_name
from .damage import REPLACEMENT
from .damage_told import damage_problems
from .delimited import Delimited, Examined, examine, leading_rows, text_of
from .encodings import KNOWN, looks_like_utf8, undecodable
from .footers import sum_problems
from .part import Part, fields_needed, hidden_fields
from .structure import structure_problems

CUT_OFF_PROBLEM = ("is cut off or damaged: its compressed data end in the middle", "obtain the file again")
DELIMITERS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "vertical bars"}
TEXT_SUFFIXES = (".csv", ".tsv", ".tab", ".txt")


def read_text_file(source: Source, file: RawFile, place: Path) -> tuple[list[Part], list[Problem]]:
    """Examine a text file whole, so that reading its rows cannot fail; see `readers.Reader`."""
    encoding = file.encoding or source.encoding
    known: tuple[Problem, ...] = ()
    try:
        delimiter = _delimiter(source, file, inner_name(place))
        problem = looks_like_utf8(place, encoding, file.path)
        if problem is not None:
            return [], [problem]
        header = _header(source, file, place, encoding, delimiter)
        if not header.match.positions:
            return [], _no_header(source, file, place, header, (encoding, delimiter))
        known = header.match.problems
        first, words = header.last + 1, source.total_words
        text = Delimited(place, encoding, delimiter, first, len(header.cells), total_words=words)
        found = examine(text)
        if found.damage.is_undecodable and any(REPLACEMENT in cell for cell in header.cells):
            return [], [undecodable(place, encoding, file.path)]
    except UnicodeError:
        return [], [undecodable(place, encoding, file.path)]
    except CannotUnpack as error:
        return [], [Problem(file.path, error.what, error.todo)]
    except CUT_OFF:
        return [], [Problem(file.path, *CUT_OFF_PROBLEM)]
    except csv.Error:
        what = "its first rows cannot be read: an open quote, or not a table at all"
        return [], [Problem(file.path, what, "look at the first rows of the file")]
    except UnreadableRow as error:
        row = error.problem
        return [], [*known, Problem(f"{file.path}, {row.where}", row.what, row.todo)]
    return [_part(source, file, text, header, found)], []


def _part(source: Source, file: RawFile, text: Delimited, header: FoundHeader, found: Examined) -> Part:
    faults = {kind: (tally.count, tally.rows) for kind, tally in found.faults.items()}
    problems = sum_problems(found.sums, source, file.path)
    problems += damage_problems(text.path, text.encoding, found.damage, header.cells, file.path)
    if not header.match.problems:
        problems += structure_problems(faults, file.path, found.last_row)
    lost = {header.cells[k]: tally.count for k, tally in sorted(found.damage.replaced.items())}
    told = ", ".join(f"{name} {count}" for name, count in lost.items())
    if found.sums:
        text = replace(text, last_row=found.last_data_row)
    below = f"short rows of sums passed over: {', '.join(map(str, found.sums))}" if found.sums else ""
    notes = (header.note, below, f"cells with text lost before (U+FFFD): {told}" if told else "")
    return Part(
        file.path,
        text_of(text, fields_needed(header), hidden_fields(header, source).shown),
        header.match,
        found.rows,
        found.last_row,
        found.blank,
        tuple(problems),
        tuple(note for note in notes if note),
        text.encoding,
        lost,
    )


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
    rows = leading_rows(place, encoding, delimiter, count)
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
    except (UnicodeError, UnreadableRow, csv.Error):
        return False
