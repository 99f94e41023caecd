"""The master table of a city's hospitals: which code meant which hospital from when to when.

A hospital is renamed, gets a new code, merges, splits, rises a level; its history must not break and two
hospitals must not become one. So a person keeps a table, a row for each code and span of time::

    code,valid_from,valid_to,hospital,name,level,ownership,type,event,source
    H001,,2019-12-31,anlan_first,安澜市第一医院,secondary,public,acute,opened,
    H001,2020-01-01,,anlan_first,安澜市第一医院,tertiary,public,acute,level_change,notice 12 of the commission
    H007,2021-03,,anlan_first,安澜市第一医院东院,tertiary,public,acute,merged,notice 3 of the commission

``hospital`` is the identity of the analysis: rows with one identity are one hospital. Whether two hospitals
that merge are one from the start, or the younger ends at the merger, is decided by what stands there.
"""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import EVIDENCE_SHOWN, Problem, StudyError, nearest
from ...vocabulary import columns
from .csv_table import CsvRow, read_csv_table

REQUIRED = ("code", "valid_from", "valid_to", "hospital")
OPTIONAL = ("name", "level", "ownership", "type", "event", "source", "reason")
EVENTS = (
    "opened",
    "renamed",
    "recoded",
    "merged",
    "split",
    "level_change",
    "ownership_change",
    "moved",
    "closed",
)
WORDS = {"level": "level", "ownership": "ownership", "type": "hospital_type"}
"""Columns of the table that hold words of the vocabulary."""
FIRST, LAST = datetime.date(1900, 1, 1), datetime.date(2999, 12, 31)
"""What an open begin and an open end mean."""
DAY = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")


@dataclass(frozen=True)
class HospitalRecord:
    """What a code meant from `valid_from` to `valid_to`, both inclusive; empty texts are not known."""

    code: str
    valid_from: datetime.date
    valid_to: datetime.date
    hospital: str
    name: str
    level: str
    ownership: str
    type: str
    event: str
    source: str
    row: int


def parse_hospitals(text: str, where: str) -> tuple[HospitalRecord, ...]:
    """Read a master table.

    Parameters
    ----------
    text : str
        Contents of the CSV.
    where : str
        Its path, for messages.

    Returns
    -------
    tuple of HospitalRecord
        By code and time. No two rows of one code overlap.

    Raises
    ------
    StudyError
        With all problems, each with its row: columns, dates, words, empty codes, overlapping spans.
    """
    rows, problems = read_csv_table(text, where, REQUIRED, OPTIONAL)
    if problems and not rows:
        raise StudyError("read hospitals", problems)
    records = []
    for row in rows:
        record, found = _record(row, where)
        problems += found
        if record is not None:
            records.append(record)
    ordered = tuple(sorted(records, key=lambda r: (r.code, r.valid_from, r.row)))
    problems += _overlaps(ordered, where)
    if not rows and not problems:
        problems.append(Problem(where, "names no hospital", "write a row for each code"))
    if problems:
        raise StudyError("read hospitals", problems)
    return ordered


def _record(row: CsvRow, where: str) -> tuple[HospitalRecord | None, list[Problem]]:
    place = f"{where}, row {row.number}"
    problems = [
        Problem(place, f"the column '{name}' is empty", "fill it in")
        for name in ("code", "hospital")
        if not row[name]
    ]
    for name, column in WORDS.items():
        known = columns()[column].values
        if row[name] and row[name] not in known:
            problems.append(Problem(place, f"'{row[name]}' is not a {name}", nearest(row[name], known)))
    if row["event"] and row["event"] not in EVENTS:
        problems.append(Problem(place, f"'{row['event']}' is no event", nearest(row["event"], EVENTS)))
    since, until = _day(row["valid_from"], first=True), _day(row["valid_to"], first=False)
    for name, day in (("valid_from", since), ("valid_to", until)):
        if day is None:
            todo = "write YYYY-MM-DD, YYYY-MM or YYYY, or nothing where the span is open"
            problems.append(Problem(place, f"{name} '{row[name]}' is no date", todo))
    if since is not None and until is not None and since > until:
        problems.append(Problem(place, "valid_from lies after valid_to", "mend the dates"))
    if problems:
        return None, problems
    words = {name: row[name] for name in ("name", *WORDS, "event")}
    source = row["source"] or row["reason"]
    return HospitalRecord(
        row["code"], since, until, row["hospital"], **words, source=source, row=row.number
    ), []


def _day(text: str, *, first: bool) -> datetime.date | None:
    """The first or last day of what is written; None when it is no date."""
    if not text:
        return FIRST if first else LAST
    found = DAY.fullmatch(text)
    if found is None:
        return None
    year, month, day = int(found[1]), int(found[2] or (1 if first else 12)), found[3]
    try:
        last = calendar.monthrange(year, month)[1]
        return datetime.date(year, month, int(day) if day else (1 if first else last))
    except ValueError:
        return None


def _overlaps(records: Sequence[HospitalRecord], where: str) -> list[Problem]:
    """Two rows that give one code a meaning on the same day."""
    latest: dict[str, HospitalRecord] = {}
    shown, count = [], 0
    for record in records:
        before = latest.get(record.code)
        if before is not None and record.valid_from <= before.valid_to:
            count += 1
            shown.append(f"rows {before.row} and {record.row}: {record.code}")
        if before is None or record.valid_to > before.valid_to:
            latest[record.code] = record
    if not count:
        return []
    what = f"{count} code{'s' if count > 1 else ''} with two meanings on the same day"
    todo = "end each span before the next begins"
    return [Problem(where, what, todo, tuple(shown[:EVIDENCE_SHOWN]), count)]
