"""In which unit an amount is written: as the city declares it for its file, its hospital and its time."""

from __future__ import annotations

import datetime

from ...schema.periods import first_day, last_day
from ...study.model import City, OtherUnit, RawFile, Source


def declared_units(city: City, source: Source, column: str) -> tuple[str, ...]:
    """Every unit that amounts of a column may have in a city."""
    found = [city.units.get(column) or source.columns[column].unit]
    found += [file.units[column] for file in city.files if column in file.units]
    found += [span.unit for span in city.other_units if not span.columns or column in span.columns]
    return tuple(dict.fromkeys(found))


def unit_of(
    city: City, source: Source, file: RawFile, column: str, hospital: str, day: datetime.date | None
) -> str:
    """The unit of one amount: what is declared of hospitals and times goes before files, files before cities.

    Parameters
    ----------
    hospital : str
        As the file calls it.
    day : datetime.date or None
        Of discharge; None where the file does not say it.
    """
    for span in city.other_units:
        if (not span.columns or column in span.columns) and _lies_in(span, file, hospital, day):
            return span.unit
    return file.units.get(column) or city.units.get(column) or source.columns[column].unit


def _lies_in(span: OtherUnit, file: RawFile, hospital: str, day: datetime.date | None) -> bool:
    if span.file and span.file != file.path or span.hospital and span.hospital != hospital:
        return False
    if (span.since or span.until) and day is None:
        return False
    late = not span.since or day >= first_day(span.since)
    return late and (not span.until or day <= last_day(span.until))
