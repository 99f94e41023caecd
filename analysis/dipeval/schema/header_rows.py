"""Where the header of a file stands: as declared, or found by its aliases, never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..errors import Problem
from ..study.model import Source
from .headers import HeaderMatch, items_by_header, match_headers, unused_headers
from .text import normalised_header

LOOKED_AT = 20
"""Rows from the first in which a header is looked for."""
FULL = 0.5
"""A row above the header with more than this share of its cells filled is no title."""


@dataclass(frozen=True)
class FoundHeader:
    """The header of one file or sheet.

    Attributes
    ----------
    match : HeaderMatch
        Its problems include those of the place itself.
    cells : tuple of str
        The header, one text a column; a group's name stands before its items (``group/item``) where
        an alias says so.
    first, last : int
        Its rows, counted from 1.
    note : str
        How it was found; empty when it stands where it was declared.
    """

    match: HeaderMatch
    cells: tuple[str, ...]
    first: int
    last: int
    note: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether every column that must be there is there."""
        return bool(self.match.positions) and not self.match.missing


def find_header(
    rows: Sequence[Sequence[str]], source: Source, where: str, row: int = 0, depth: int = 0
) -> FoundHeader:
    """Find the header among the first rows of a file.

    The declared row is taken if it holds every required column. Otherwise it is the one row that
    does so; of several the one with the most known headers. Cost: `LOOKED_AT` matches at most.

    Parameters
    ----------
    rows : sequence of sequence of str
        The first rows, at least up to the declared one; `LOOKED_AT` of them are enough.
    row, depth : int
        As the city declares them for this file; 0 is as the format says.

    Returns
    -------
    FoundHeader
        With problems where no row, or more than one, can be the header.
    """
    declared, depth = row or source.header_row, depth or source.header_rows
    starts = range(1, min(LOOKED_AT, len(rows) - depth + 1) + 1)
    here = _at(rows, source, where, declared, depth)
    if here is not None and here.is_complete:
        return _checked_for_a_second(rows, here, where)
    found = [h for h in (_at(rows, source, where, start, depth) for start in starts) if h is not None]
    complete = [h for h in found if h.is_complete]
    if complete:
        return _chosen(rows, complete, where, declared)
    most = max([*found, here] if here else found, key=_known, default=here)
    if most is None:
        todo = "obtain the file again, or leave it out of the city's files"
        return FoundHeader(
            HeaderMatch({}, {}, (Problem(where, "ends before its header", todo),)), (), declared, declared
        )
    if here is not None and _known(here) == _known(most):
        most = here
    return _with(most, _two_rows(rows, source, where, most) if depth == 1 else ())


def grouped_names(rows: Sequence[Sequence[str]], source: Source) -> list[str]:
    """One name a column from one or two header rows.

    Of two rows the upper one names groups; a group's name stands over its first item (merged cells
    keep their text in the first). ``group/item`` is the name where an alias says so, else the item's
    own name: an item that stands in two groups is then a doubled column, which is an error.
    """
    if len(rows) == 1:
        return list(rows[0])
    known = {*items_by_header(source), *unused_headers(source)}
    names, group = [], ""
    width = max(len(row) for row in rows)
    for above, below in zip(_filled(rows[0], width), _filled(rows[1], width), strict=True):
        group = above if above.strip() else (group if below.strip() else "")
        if not below.strip():
            names.append(above)
            group = ""
        else:
            both = f"{group}/{below}"
            names.append(both if group and normalised_header(both) in known else below)
    return names


def _filled(row: Sequence[str], width: int) -> list[str]:
    return [*row, *[""] * (width - len(row))]


def _at(
    rows: Sequence[Sequence[str]], source: Source, where: str, start: int, depth: int
) -> FoundHeader | None:
    """The header as it would be if it began in row `start`; None behind the end of the rows."""
    if len(rows) < start - 1 + depth:
        return None
    cells = grouped_names(rows[start - 1 : start - 1 + depth], source)
    last = start + depth - 1
    return FoundHeader(match_headers(cells, source, where, last), tuple(cells), start, last)


def _known(header: FoundHeader) -> int:
    return len(header.match.positions)


def _with(header: FoundHeader, problems: Sequence[Problem]) -> FoundHeader:
    match = replace(header.match, problems=(*header.match.problems, *problems))
    return replace(header, match=match)


def _chosen(
    rows: Sequence[Sequence[str]], complete: list[FoundHeader], where: str, declared: int
) -> FoundHeader:
    """The complete header with most known columns, if it is the only one and stands under titles."""
    most = max(complete, key=_known)
    rivals = [h for h in complete if _known(h) == _known(most)]
    if len(rivals) > 1:
        return _with(most, [_doubled(where, [h.last for h in rivals])])
    full = _full_rows(rows[: most.first - 1], most.cells)
    if full:
        what = f"row {most.last} looks like the header, but row {full[0]} above it is filled like data"
        todo = f"remove what stands above the header, or declare header_row = {most.first} for the file"
        return _with(most, [Problem(f"{where}, row {most.last}", what, todo)])
    note = f"header found in row {most.last} (declared: {declared})"
    return replace(most, note=note)


def _checked_for_a_second(rows: Sequence[Sequence[str]], here: FoundHeader, where: str) -> FoundHeader:
    """The same header once more below is no row of data."""
    wanted = [normalised_header(cell) for cell in rows[here.last - 1]]
    again = [
        k
        for k, row in enumerate(rows[here.last : LOOKED_AT], here.last + 1)
        if [normalised_header(cell) for cell in row] == wanted
    ]
    return _with(here, [_doubled(where, [here.last, *again])]) if again else here


def _doubled(where: str, rows: Sequence[int]) -> Problem:
    told = " and ".join(str(row) for row in rows)
    return Problem(where, f"the header stands in the rows {told}", "keep it once")


def _full_rows(above: Sequence[Sequence[str]], header: Sequence[str]) -> list[int]:
    """Rows that are too full for a title; one cell alone, or repeated (merged), is a title."""
    width = sum(1 for cell in header if cell.strip())
    full = []
    for k, row in enumerate(above, 1):
        texts = [cell.strip() for cell in row if cell.strip()]
        if len(texts) > max(2, FULL * width) and len(set(texts)) > 1:
            full.append(k)
    return full


def _two_rows(
    rows: Sequence[Sequence[str]], source: Source, where: str, most: FoundHeader
) -> tuple[Problem, ...]:
    """Whether the header would be complete if it took two rows."""
    for start in (most.first - 1, most.first):
        both = _at(rows, source, where, start, 2) if start > 0 else None
        if both is not None and both.is_complete:
            what = f"the header seems to stand in the rows {start} and {start + 1}"
            todo = f"write header_rows = 2 for the file, or in sources/{source.name}.toml"
            return (Problem(where, what, todo),)
    return ()
