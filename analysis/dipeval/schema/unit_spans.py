"""Which unit an amount comes in: by file, hospital and time, as the city or its format declares it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..study.model import City, OtherUnit, Source
from .headers import item_name
from .text import normalised_cell

if TYPE_CHECKING:
    import ibis.expr.types as ir


def plain_unit(city: City, source: Source, column: str) -> str:
    """The unit of a column where nothing special is declared; empty for what is no money."""
    return city.units.get(column) or source.columns[column].unit


def unit_spans(city: City, source: Source, column: str) -> Iterator[OtherUnit]:
    """Where a column of money has another unit, the most special first.

    What the city says of hospitals and times goes before what it says of a file; the eras of the
    format hold where the city gives the column no unit of its own.
    """
    if not plain_unit(city, source, column):
        return
    for span in city.other_units:
        if not span.columns or column in span.columns:
            yield span
    for file in city.files:
        if column in file.units:
            yield OtherUnit(file.units[column], file=file.path)
    if column not in city.units:
        for era in source.columns[column].eras:
            yield OtherUnit(era.unit, since=era.since, until=era.until)


def possible_units(city: City, source: Source, column: str, file: str) -> tuple[str, ...]:
    """The units that amounts of a column may have in one file."""
    found = []
    for span in unit_spans(city, source, column):
        if span.file in ("", file):
            found.append(span.unit)
            if span.file and not (span.hospital or span.since or span.until):
                return tuple(dict.fromkeys(found))
    return tuple(dict.fromkeys([*found, plain_unit(city, source, column)]))


def two_units(city: City, source: Source) -> Iterator[tuple[str, str, str]]:
    """Headers that feed two columns of money in different units, with the two columns.

    One cell has one unit: whoever declares it for a column must declare it for the other.
    """
    money = {name: rule for name, rule in source.columns.items() if plain_unit(city, source, name)}
    reads: dict[str, str] = {}
    for name, rule in money.items():
        here = (plain_unit(city, source, name), tuple(unit_spans(city, source, name)))
        for header in (alias for item in rule.items for alias in item):
            other = reads.setdefault(header, name)
            if (plain_unit(city, source, other), tuple(unit_spans(city, source, other))) != here:
                yield header, other, name


def lies_in(raw: ir.Table, span: OtherUnit, source: Source, day: ir.DateValue | None) -> ir.BooleanValue:
    """Whether a raw row is one that a span speaks of.

    Parameters
    ----------
    raw : ibis table
        Raw text.
    day : ibis date or None
        The row's own day; needed where the span has a time.
    """
    import ibis

    from .functions import folded
    from .periods import first_day, last_day

    tests = []
    if span.file:
        # A sheet of a workbook is told behind the file's name.
        tests.append((raw.source_file == span.file) | raw.source_file.startswith(f"{span.file} ["))
    if span.hospital:
        tests.append(folded(raw[item_name("hospital", 0)]) == normalised_cell(span.hospital))
    if day is not None and span.since:
        tests.append(day >= first_day(span.since))
    if day is not None and span.until:
        tests.append(day <= last_day(span.until))
    return ibis.and_(*tests).fill_null(False)
