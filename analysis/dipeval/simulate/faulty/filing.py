"""Rows of a sheet into files: which rows, in which style, with which faults of the file itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...study.model import City, Source
from ..streams import stream
from ..style import Style
from .catalogue import faults
from .fields import Field
from .headings import HEADERS, TITLE_ROWS, TWO_HEADER_ROWS, UNITS_IN_HEADERS
from .lines import page_of
from .packing import file_bytes
from .sheet import TOTAL, Sheet, says
from .writing import Writing

NOWHERE = -1
"""The row of a fault that left no row behind."""


def writings_of(
    city: City, source: Source, rates: Mapping[str, float], chinese: bool, seed: int
) -> tuple[list[Writing], tuple[str, ...]]:
    """Decide how each file of a city is written.

    Parameters
    ----------
    chinese : bool
        Whether the first file has Chinese headers and words; files take turns.

    Returns
    -------
    writings : list of Writing
        A file of which the city declares two header rows has them.
    left_out : tuple of str
        Faults of files that were asked for, and that none of the files can have.
    """
    generator = stream(seed, city.name, "faulty", "files")
    found = []
    for k, file in enumerate(city.files):
        style = Style(chinese ^ (k % 2 == 1), k, "0.00" if k % 2 == 0 else "0", k % 2 == 1)
        own = (TWO_HEADER_ROWS,) if (file.header_rows or source.header_rows) == 2 else ()
        found.append(Writing(file, style, city, source, own))
    left_out = []
    for name in [name for name in rates if faults()[name].scope == "file"]:
        able = [k for k, writing in enumerate(found) if _can_have(writing, name)]
        for k in _chosen(generator, able, rates[name]):
            found[k] = replace(found[k], faults=(*found[k].faults, name))
        if not any(name in writing.faults for writing in found):
            left_out.append(name)
    return found, tuple(left_out)


def _can_have(writing: Writing, fault: str) -> bool:
    """Whether a fault would change anything that the city has not declared."""
    if fault == UNITS_IN_HEADERS:
        return not writing.city.other_units
    if fault not in HEADERS:
        return fault == TITLE_ROWS
    aliases = (item for rule in writing.source.columns.values() for item in rule.items)
    headers = [writing.header(Field(item[0], item)) for item in aliases]
    return any(HEADERS[fault](header) != header for header in headers)


def _chosen(generator: np.random.Generator, able: Sequence[int], rate: float) -> list[int]:
    """A share of the files, at least one of those that are able."""
    if not able:
        return []
    return sorted(generator.permutation(able)[: max(1, round(rate * len(able)))].tolist())


def add_footers(sheet: Sheet, count: int) -> None:
    """Add a total for the end of each file; `filed` puts the last `count` rows there."""
    for _ in range(count):
        row = sheet.add(TOTAL, float("inf"))
        sheet.texts[row] = {sheet.fields[0].key: says("合计")}
        sheet.mark(row, "total_row", "total_row", "at the end")


def filed(sheet: Sheet, writings: Sequence[Writing]) -> tuple[dict[str, bytes], dict[int, tuple[str, int]]]:
    """Write the files.

    Returns
    -------
    files : dict of str to bytes
        By path.
    places : dict of int to (str, int)
        File and first row, as a spreadsheet counts, of each row of the sheet. Cost: O(cells).
    """
    order = sheet.order()
    footers = [row for row in order if sheet.place[row] == float("inf")]
    body = order[: len(order) - len(footers)]
    bounds = np.linspace(0, len(body), len(writings) + 1).astype(int)
    files: dict[str, bytes] = {}
    places: dict[int, tuple[str, int]] = {NOWHERE: ("", 0)}
    for k, writing in enumerate(writings):
        own = [*body[bounds[k] : bounds[k + 1]], *footers[k : k + 1]]
        page = page_of(writing, sheet, own)
        files[writing.file.path] = file_bytes(writing, sheet, page)
        for number, row in enumerate(page.owners, writing.header_row + 1):
            places.setdefault(row, (writing.file.path, number))
    return files, places
