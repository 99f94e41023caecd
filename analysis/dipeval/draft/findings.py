"""What is known of the files that a city hands over: which format they are in, and what each holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import Problem
from ..study.model import Source
from .facts import CodeCount, Facts
from .fit import Fit
from .looking import Look, Sheet, has_headers


@dataclass(frozen=True)
class FoundFile:
    """One file, seen with the eyes of the chosen format.

    Attributes
    ----------
    path : str
        Where it will stand below the data folder.
    look : Look
    sheets : tuple of Sheet
        Those with headers that the format knows.
    left_out : tuple of str
        Names of the other sheets.
    sha256 : str
    bytes : int
    facts : Facts or None
        None where reading it stopped.
    problems : tuple of Problem
        What stops the reading.
    """

    path: str
    look: Look
    sheets: tuple[Sheet, ...]
    left_out: tuple[str, ...]
    sha256: str
    bytes: int
    facts: Facts | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Findings:
    """All that is known of the files of one city.

    Attributes
    ----------
    city : str
    source : Source
        The format that fits the files best.
    new_source : str
        Name of the format that is drafted for them; empty where `source` is used as it is.
    files : tuple of FoundFile
    """

    city: str
    source: Source
    new_source: str
    files: tuple[FoundFile, ...]

    def fits(self) -> list[tuple[str, Fit]]:
        """The fit of every table, under the name of its file (and sheet)."""
        return [
            (
                f"{file.path} [{sheet.name}]" if len(file.sheets) > 1 else file.path,
                sheet.fit(self.source.name),
            )
            for file in self.files
            for sheet in file.sheets
        ]

    @property
    def missing(self) -> tuple[str, ...]:
        """Required columns that some table lacks."""
        return tuple(dict.fromkeys(name for _, fit in self.fits() for name in fit.missing))

    def hospitals(self) -> list[tuple[str, str, int]]:
        """Code, name and rows of every hospital over all files, most rows first."""
        rows: dict[str, int] = {}
        names: dict[str, str] = {}
        for file in self.files:
            for code, name, count in file.facts.hospitals if file.facts else ():
                rows[code] = rows.get(code, 0) + count
                names[code] = max(names.get(code, ""), name)
        return sorted(((c, names[c], n) for c, n in rows.items()), key=lambda h: (-h[2], h[0]))

    def months(self) -> dict[str, int]:
        """Rows by month over all files."""
        rows: dict[str, int] = {}
        for file in self.files:
            for month, count in (file.facts.months or {}).items() if file.facts else ():
                rows[month] = rows.get(month, 0) + count
        return dict(sorted(rows.items()))

    def codes(self) -> list[CodeCount]:
        """Unknown codes over all files: by column, most frequent first."""
        rows: dict[tuple[str, str], int] = {}
        first: dict[tuple[str, str], CodeCount] = {}
        for code in (code for file in self.files if file.facts for code in file.facts.codes):
            key = (code.column, code.code)
            rows[key] = rows.get(key, 0) + code.rows
            first.setdefault(key, code)
        made = [CodeCount(c.column, c.code, rows[key], c.near, c.word) for key, c in first.items()]
        return sorted(made, key=lambda c: (c.column, -c.rows, c.code))

    def date_form(self, column: str) -> str:
        """The one form in which all files write a date column; empty when they differ or it is unclear."""
        forms = {
            dates.form
            for file in self.files
            for dates in (file.facts.dates if file.facts else ())
            if dates.column == column and dates.rows
        }
        return forms.pop() if len(forms) == 1 else ""


def choose_source(looks: Sequence[Look], named: str = "") -> str:
    """The format that most of the tables fit: fewest required columns missing, most headers matched.

    Parameters
    ----------
    named : str
        The format that a person names; then it is that one.
    """
    if named:
        return named
    missing: dict[str, float] = {}
    share: dict[str, float] = {}
    for fit in (fit for look in looks for sheet in look.sheets if has_headers(sheet) for fit in sheet.fits):
        name = fit.source.name
        missing[name] = missing.get(name, 0.0) + fit.missing_share
        share[name] = share.get(name, 0.0) + fit.share
    return min(missing, key=lambda name: (missing[name], -share[name], name), default="")


def sheets_of(look: Look, source: str) -> tuple[tuple[Sheet, ...], tuple[str, ...]]:
    """The sheets of a file that the chosen format knows, and the names of the others."""
    used = tuple(sheet for sheet in look.sheets if sheet.fit(source).matched)
    return used, tuple(sheet.name for sheet in look.sheets if sheet not in used)


def by_column(findings: Findings) -> Mapping[str, list[CodeCount]]:
    """Unknown codes of each coded column."""
    found: dict[str, list[CodeCount]] = {}
    for code in findings.codes():
        found.setdefault(code.column, []).append(code)
    return found
