"""A first look at a file that nobody has declared yet: its encoding and its first rows."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from .compressed import CUT_OFF, CannotUnpack, open_bytes
from .encodings import first_undecodable, open_text
from .sheet_cells import cell_text
from .workbook import open_workbook

FIRST_BYTES = 1 << 20
MOST_CHARACTERS = 1 << 20
"""How much of a text is looked at for its first rows."""
EVERYDAY = 0.5
"""Share of the characters beyond ASCII that must be everyday Chinese for a text to be GB18030."""


@dataclass(frozen=True)
class FoundEncoding:
    """What a file's bytes say about its encoding.

    Attributes
    ----------
    name : str
        As a source declares it; empty when none of them can be taken without a person's word.
    how : str
        What was found, in words.
    """

    name: str
    how: str


def find_encoding(path: Path) -> FoundEncoding:
    """Find the encoding of a whole file: its byte order mark, else strict trial decoding.

    Latin-1 decodes any bytes, so it is never found; UTF-16 without a mark is told, not taken. A text
    in a western encoding often decodes as GB18030 too, into characters that nobody writes: it is
    taken for GB18030 only where at least half of its characters beyond ASCII are everyday Chinese
    (GB 2312).

    Parameters
    ----------
    path : pathlib.Path
        A file of text, ``.gz`` or not.

    Returns
    -------
    FoundEncoding
        Cost: at most one pass over the file for each of UTF-8 and GB18030; UTF-8 mostly fails within
        its first characters.
    """
    try:
        with open_bytes(path) as file:
            first = file.read(FIRST_BYTES)
        marked = _by_mark(first)
        if marked:
            return _checked(path, marked)
        if first[:4096].count(0) * 4 > len(first[:4096]):
            return FoundEncoding("", "looks like UTF-16 without a byte order mark; save it as UTF-8")
        if first_undecodable(path, "utf-8") is None:
            told = "ASCII only" if first.isascii() else "strict decoding of the whole file"
            return FoundEncoding("utf-8", told)
        return _chinese(path)
    except CannotUnpack as error:
        return FoundEncoding("", f"it {error.what}; {error.todo}")
    except CUT_OFF:
        return FoundEncoding("", "its compressed data end in the middle; obtain the file again")


def _by_mark(first: bytes) -> str:
    if first.startswith(codecs.BOM_UTF8):
        return "utf-8"
    return "utf-16" if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else ""


def _checked(path: Path, name: str) -> FoundEncoding:
    failed = first_undecodable(path, name)
    if failed is None:
        return FoundEncoding(name, "byte order mark, and strict decoding of the whole file")
    return FoundEncoding(
        "", f"its byte order mark says {name}, but byte {failed[0]} (row {failed[1]}) is not"
    )


def _chinese(path: Path) -> FoundEncoding:
    failed = first_undecodable(path, "gb18030")
    if failed is not None:
        utf8 = first_undecodable(path, "utf-8") or failed
        told = f"UTF-8 fails at byte {utf8[0]} (row {utf8[1]}), GB18030 at byte {failed[0]} (row {failed[1]})"
        return FoundEncoding("", f"{told}; mixed, damaged, or another encoding")
    share = _everyday_share(path)
    if share < EVERYDAY:
        told = f"decodes as GB18030, but only {share:.0%} of its characters beyond ASCII are everyday Chinese"
        return FoundEncoding("", f"{told}; perhaps latin-1")
    return FoundEncoding("gb18030", "strict decoding of the whole file; it is not UTF-8")


def _everyday_share(path: Path) -> float:
    """Share of GB 2312 among the characters beyond ASCII of the first part that has any."""
    with open_text(path, "gb18030") as stream:
        while block := stream.read(MOST_CHARACTERS):
            odd = [character for character in block if character > "\x7f"]
            if odd:
                return sum(_is_everyday(character) for character in odd) / len(odd)
    return 0.0


def _is_everyday(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def first_rows(path: Path, encoding: str, delimiter: str, count: int) -> list[list[str]]:
    """The first rows of a text, split; none where it is no table by this delimiter.

    Parameters
    ----------
    encoding : str
        That decodes the whole file.
    count : int
        At most so many rows.
    """
    with open_text(path, encoding) as stream:
        text = stream.read(MOST_CHARACTERS)
        if stream.read(1):
            # The last line is cut; a text without any line end has none that is whole.
            text = text[: text.rfind("\n") + 1]
    try:
        return list(islice(csv.reader(io.StringIO(text), delimiter=delimiter), count))
    except csv.Error:
        return []


def first_sheet_rows(path: Path, count: int) -> dict[str, list[list[str]]]:
    """The first rows of every sheet of a workbook as text; empty when it is no readable workbook."""
    from python_calamine import CalamineError

    found: dict[str, list[list[str]]] = {}
    book, _ = open_workbook(path, path.name)
    try:
        for name in book.sheet_names if book is not None else ():
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=count)
            found[name] = [["" if cell is None else cell_text(cell) for cell in row] for row in rows]
    except (CalamineError, OSError, ValueError):
        return {}
    return found


def parquet_columns(path: Path) -> list[str]:
    """The names of a Parquet file's columns; empty when it is no readable Parquet file."""
    from pyarrow import ArrowException
    from pyarrow.parquet import read_schema

    try:
        return list(read_schema(path).names)
    except (ArrowException, OSError):
        return []
