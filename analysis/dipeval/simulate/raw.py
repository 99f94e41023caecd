"""One invented city → its raw files, as a user would bring them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from ..errors import Problem, StudyError
from ..study.model import City, Source
from . import text
from .contents import COLUMNS, PERSONS, FileRows
from .csv_file import csv_bytes
from .draw import CityDraw
from .dress import dresses
from .faults import EXCESS_MINOR_UNITS, TOTAL_ROW, full_width, with_commas
from .items import raw_items
from .style import is_spreadsheet, minor_per_unit, style_of
from .xlsx_file import xlsx_bytes

FAULT_COLUMNS = ("file", "row", "fault")
NUMBERS = ("age", "care_days")


@dataclass(frozen=True)
class RawColumn:
    """One column of a raw file.

    Attributes
    ----------
    header : str
    cells : pyarrow.Array of string
    number : bool
        Whether a spreadsheet holds numbers here.
    total : str
        What a total row at the end says in this column.
    """

    header: str
    cells: pa.Array
    number: bool = False
    total: str = ""


def city_files(
    draw: CityDraw, city: City, source: Source, nth: int
) -> Iterator[tuple[str, bytes, list[tuple[str, int, str]]]]:
    """Yield the raw files of a city with the faults that are in them.

    Parameters
    ----------
    nth : int
        Which city of its format this is: cities write one format in different ways.

    Yields
    ------
    path : str
    content : bytes
    faults : list of (file, row, fault)
        Rows as a spreadsheet counts them; the header stands in the source's ``header_row``.
    """
    style = style_of(city, nth)
    per_unit = minor_per_unit(city, source.columns["total_cost"])
    draw = replace(draw, faults=draw.faults.in_unit(draw.costs.total, per_unit))
    order, number, again = _file_order(draw)
    items = raw_items(draw, source)
    bounds = np.linspace(0, len(order), len(city.files) + 1).astype(int)
    for file, start, stop in zip(city.files, bounds, bounds[1:], strict=False):
        own = slice(start, stop)
        rows = FileRows(draw, source, style, dresses()[source.name], order[own], number[own], again[own])
        columns = _columns(rows, city, items)
        totals = is_spreadsheet(file) and source.total_rows == "reject"
        if is_spreadsheet(file):
            content = xlsx_bytes(columns, file.sheets or source.sheets, source.header_row, totals, source)
        else:
            content = csv_bytes(columns, source, file.encoding or source.encoding, style.bom)
        yield file.path, content, _listed(rows, file.path, totals)


def _file_order(draw: CityDraw) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Discharges by day and hospital, with each duplicate row below its original."""
    order = np.lexsort((draw.patients.hospital, draw.patients.day))
    number = np.arange(1, len(order) + 1)
    twice = np.ones(len(order), dtype=np.int64)
    twice[draw.faults.rows["duplicate_row"]] = 2
    order, number = np.repeat(order, twice[order]), np.repeat(number, twice[order])
    return order, number, np.diff(number, prepend=0) == 0


def _columns(rows: FileRows, city: City, items: dict[str, np.ndarray]) -> list[RawColumn]:
    """Identity and stay first, then what identifies the person, then money, sub-items last."""
    source, style = rows.source, rows.style
    found = []
    for name, rule in source.columns.items():
        if name in COLUMNS:
            found.append(RawColumn(style.header(rule.items[0]), COLUMNS[name](rows), name in NUMBERS))
    for person in rows.dress.persons:
        found.append(RawColumn(style.header(person.headers), PERSONS[person.content](rows)))
    amounts = ("total_cost", "self_paid", *rows.draw.components())
    for name, rule in source.columns.items():
        for aliases in rule.items if name in amounts else ():
            per_unit = minor_per_unit(city, rule)
            found.append(_money(rows, name, style.header(aliases), items[aliases[0]], per_unit))
    per_unit = minor_per_unit(city, source.columns["total_cost"])
    for part in rows.dress.parts:
        found.append(_money(rows, "", style.header(part.headers), items[part.headers[0]], per_unit))
    return found


def _money(rows: FileRows, column: str, header: str, minor: np.ndarray, per_unit: int) -> RawColumn:
    """A column of amounts; the total cost is where the faults are."""
    minor = rows.of(minor)
    faults = rows.draw.faults.rows
    if column == "total_cost":
        minor = minor + EXCESS_MINOR_UNITS * np.isin(rows.order, faults["costs_do_not_add_up"])
    cells = text.amounts(minor, per_unit, rows.style.zero)
    if column == "total_cost":
        cells = _written(rows, cells, faults["full_width_digits"], full_width)
        cells = _written(rows, cells, faults["thousands_commas"], with_commas)
    total = text.amounts(np.array([minor.sum()]), per_unit, rows.style.zero)[0].as_py()
    return RawColumn(header, cells, True, total)


def _written(rows: FileRows, cells: pa.Array, faulty: np.ndarray, write: Callable[[str], str]) -> pa.Array:
    places = np.flatnonzero(np.isin(rows.order, faulty))
    return text.replaced(cells, places, [write(cells[int(k)].as_py()) for k in places])


def _listed(rows: FileRows, path: str, totals: bool) -> list[tuple[str, int, str]]:
    """The faults of a file by row."""
    first = rows.source.header_row + 1
    found = []
    for fault, faulty in rows.draw.faults.rows.items():
        places = np.flatnonzero(np.isin(rows.order, faulty))
        if fault == "duplicate_row":
            places = places[rows.again[places]]
        found += [(path, int(place) + first, fault) for place in places]
    if totals:
        found.append((path, len(rows.order) + first, TOTAL_ROW))
    return found


def check_formats(cities: list[City], sources: Mapping[str, Source]) -> None:
    """Check that every column that the cities' formats require can be invented.

    Other columns are left out of the invented files, as real exports leave some out.

    Raises
    ------
    StudyError
        With every column, item and code that cannot.
    """
    problems = []
    for name in dict.fromkeys(city.source for city in cities):
        if name not in sources:
            todo = "add the source file, or mend the city's source"
            problems.append(Problem(f"source {name}", "is not there", todo))
        else:
            problems += _format_problems(sources[name])
    if problems:
        raise StudyError("simulate", problems)


def _format_problems(source: Source) -> list[Problem]:
    dress = dresses()[source.name]
    todo = f"tell simulate/dress.toml what stands there, under [{source.name}]"
    found = []
    for name, rule in source.columns.items():
        where = f"source {source.name}, columns.{name}"
        invented = name in COLUMNS or not rule.required
        unknown = [] if invented else [a[0] for a in rule.items if a[0] not in dress.items]
        if unknown and name not in ("total_cost", "self_paid"):
            what = "has items that cannot be invented"
            found.append(Problem(where, what, todo, tuple(unknown[:5]), len(unknown)))
    for word in dress.insurance:
        if word not in source.codes.get("insurance_type", {}).values():
            where = f"source {source.name}, codes.insurance_type"
            found.append(Problem(where, f"has no code for {word}", todo))
    return found
