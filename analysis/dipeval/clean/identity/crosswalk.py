"""Crosswalks between versions of a code list, as CSV below ``analysis/crosswalks``::

    kind,from_version,from_code,to_version,to_code,preferred
    diagnosis,clinical_2.0,A09.900,insurance_2.0,A09.900x001,
    procedure,clinical_3.0,47.0100,insurance_2.0,47.0100x001,yes
    procedure,clinical_3.0,47.0100,insurance_2.0,47.0100x002,

Official tables are their owners' and are not carried here. Where one code leads to several, one of them is
marked as preferred; nothing is chosen by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from ...errors import EVIDENCE_SHOWN, Problem, StudyError, nearest
from ...study.references import CODE_COLUMNS
from .csv_table import CsvRow, read_csv_table

REQUIRED = ("kind", "from_version", "from_code", "to_version", "to_code")
OPTIONAL = ("preferred", "note")
PREFERRED = {"yes": True, "1": True, "是": True, "": False, "no": False, "0": False, "否": False}


@dataclass(frozen=True)
class Crosswalk:
    """Which code of another version stands for a code.

    Attributes
    ----------
    pairs : mapping of (kind, from_version, to_version) to mapping of str to str
        Code → code.
    """

    pairs: Mapping[tuple[str, str, str], Mapping[str, str]]


def parse_crosswalk(text: str, where: str) -> Crosswalk:
    """Read a crosswalk.

    Raises
    ------
    StudyError
        With all problems: columns, unknown kinds, empty codes, a code that leads to several without a
        preferred one, or to several preferred ones.
    """
    rows, problems = read_csv_table(text, where, REQUIRED, OPTIONAL)
    targets: dict[tuple[str, str, str, str], list[CsvRow]] = defaultdict(list)
    for row in rows:
        found = _row_problems(row, f"{where}, row {row.number}")
        problems += found
        if not found:
            targets[row["kind"], row["from_version"], row["to_version"], row["from_code"]].append(row)
    pairs: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
    unclear = []
    for (kind, since, until, code), found in targets.items():
        chosen = [row for row in found if PREFERRED[row["preferred"]]] or found
        if len({row["to_code"] for row in chosen}) > 1:
            unclear.append(f"{code} ({since}): rows {', '.join(str(row.number) for row in chosen[:4])}")
        pairs[kind, since, until][code] = chosen[0]["to_code"]
    if unclear:
        what = f"{len(unclear)} codes lead to several codes"
        todo = "mark one row of each as preferred (yes)"
        problems.append(Problem(where, what, todo, tuple(unclear[:EVIDENCE_SHOWN]), len(unclear)))
    if problems:
        raise StudyError("read crosswalk", problems)
    return Crosswalk(dict(pairs))


def _row_problems(row: CsvRow, place: str) -> list[Problem]:
    problems = [
        Problem(place, f"the column '{name}' is empty", "fill it in") for name in REQUIRED if not row[name]
    ]
    if row["kind"] and row["kind"] not in CODE_COLUMNS:
        problems.append(
            Problem(place, f"'{row['kind']}' is no kind of code", nearest(row["kind"], CODE_COLUMNS))
        )
    if row["preferred"] not in PREFERRED:
        problems.append(Problem(place, f"preferred is '{row['preferred']}'", "write yes, or leave it empty"))
    return problems
