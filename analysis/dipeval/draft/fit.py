"""Which of the known formats a file is written in, and which of its rows is the header."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..schema.header_rows import grouped_names
from ..schema.text import normalised_header
from ..study.model import Source
from .headers import FoundHeader, aliases_of, fed_columns, found_headers

ROWS_LOOKED_AT = 30
SURE = 0.3
"""Share of headers matched below which a row may be data: its cells are then never shown."""


@dataclass(frozen=True)
class Fit:
    """How well a format fits a file.

    Attributes
    ----------
    source : Source
    header_row, header_rows : int
        First row of the header, from 1 (0 when no row holds a header that the format knows), and how
        many rows it takes.
    headers : tuple of FoundHeader
    missing : tuple of str
        Columns that the format requires and no header feeds.
    """

    source: Source
    header_row: int
    header_rows: int
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
        The header's row where a person has said it; 0 to look for it. A header of two rows is taken
        where it feeds required columns that one row leaves out.
    """
    row = header_row or header_row_of(rows, source)
    alone = _fit(rows, source, row, 1)
    if alone.fits or not row:
        return alone
    starts = [header_row] if header_row else [row - 1, row]
    pairs = [_fit(rows, source, start, 2) for start in starts if 0 < start < len(rows)]
    return min([alone, *pairs], key=lambda fit: (len(fit.missing), fit.header_rows))


def _fit(rows: Sequence[Sequence[str]], source: Source, row: int, depth: int) -> Fit:
    cells = grouped_names(rows[row - 1 : row - 1 + depth], source) if 0 < row <= len(rows) else []
    headers = found_headers(cells, source)
    fed = fed_columns(headers, source)
    missing = tuple(name for name, rule in source.columns.items() if rule.required and name not in fed)
    return Fit(source, row, depth, headers, missing)


def ranked(rows: Sequence[Sequence[str]], sources: Iterable[Source], header_row: int = 0) -> tuple[Fit, ...]:
    """All formats, the best first: least of its required columns missing, most headers matched."""
    fits = [fit_of(rows, source, header_row) for source in sources]

    return tuple(sorted(fits, key=lambda fit: (fit.missing_share, -fit.share, fit.source.name)))
