"""Which of the known formats a file is written in, and which of its rows is the header."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..schema.text import normalised_header
from ..study.model import Source
from .headers import FoundHeader, aliases_of, found_headers

ROWS_LOOKED_AT = 30
SURE = 0.3
"""Share of headers matched below which a row may be data: its cells are then never shown."""


@dataclass(frozen=True)
class Fit:
    """How well a format fits a file.

    Attributes
    ----------
    source : Source
    header_row : int
        From 1; 0 when no row holds a header that the format knows.
    headers : tuple of FoundHeader
    missing : tuple of str
        Columns that the format requires and no header feeds.
    """

    source: Source
    header_row: int
    headers: tuple[FoundHeader, ...]
    missing: tuple[str, ...]

    @property
    def matched(self) -> int:
        """Headers that the format knows."""
        return sum(header.is_matched for header in self.headers)

    @property
    def share(self) -> float:
        """Share of the file's headers that the format knows."""
        return self.matched / len(self.headers) if self.headers else 0.0

    @property
    def missing_share(self) -> float:
        """Share of the required columns that no header feeds."""
        required = sum(rule.required for rule in self.source.columns.values())
        return len(self.missing) / max(required, 1)

    @property
    def fits(self) -> bool:
        """Whether every required column is there."""
        return bool(self.header_row) and not self.missing

    @property
    def is_sure(self) -> bool:
        """Whether the row is a header beyond doubt, so that its cells may be shown."""
        return self.share >= SURE

    @property
    def unmatched(self) -> tuple[FoundHeader, ...]:
        """Headers that the format does not know."""
        return tuple(header for header in self.headers if not header.is_matched)


def header_row_of(rows: Sequence[Sequence[str]], source: Source) -> int:
    """The first row that holds most of the headers that a format knows, from 1; 0 when none does."""
    known = {normalised_header(alias) for alias in aliases_of(source)}
    hits = [sum(normalised_header(cell) in known for cell in row) for row in rows[:ROWS_LOOKED_AT]]
    best = max(hits, default=0)
    return hits.index(best) + 1 if best else 0


def fit_of(rows: Sequence[Sequence[str]], source: Source, header_row: int = 0) -> Fit:
    """Fit one format to the first rows of a file.

    Parameters
    ----------
    header_row : int
        The header's row where a person has said it; 0 to look for it.
    """
    row = header_row or header_row_of(rows, source)
    headers = found_headers(rows[row - 1], source) if 0 < row <= len(rows) else ()
    fed = {name for header in headers if header.is_matched for name in header.columns}
    missing = tuple(name for name, rule in source.columns.items() if rule.required and name not in fed)
    return Fit(source, row, headers, missing)


def ranked(rows: Sequence[Sequence[str]], sources: Iterable[Source], header_row: int = 0) -> tuple[Fit, ...]:
    """All formats, the best first: least of its required columns missing, most headers matched."""
    fits = [fit_of(rows, source, header_row) for source in sources]

    return tuple(sorted(fits, key=lambda fit: (fit.missing_share, -fit.share, fit.source.name)))
