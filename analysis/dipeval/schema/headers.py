"""Raw headers → items of a source's columns; what does not match is an error with the nearest alias."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ..errors import Problem, nearest
from ..study.model import ColumnRule, Source
from .header_units import split_unit
from .text import normalised_header


@dataclass(frozen=True)
class HeaderMatch:
    """Where the items of a source stand in one file.

    Attributes
    ----------
    positions : dict of str to int
        Column position (from 0) of each item ``<column>__<k>`` that the file has.
    headers : dict of str to str
        The header of each such item, as it is written in the file.
    problems : tuple of Problem
        Missing, doubled and unknown columns.
    missing : tuple of str
        Columns that must be there and are not.
    units : mapping of str to str
        By item: the unit of money that its header names.
    """

    positions: dict[str, int]
    headers: dict[str, str]
    problems: tuple[Problem, ...]
    missing: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)


def item_name(column: str, k: int) -> str:
    """Name of raw item `k` (from 0) of a column."""
    return f"{column}__{k}"


def item_names(source: Source) -> list[str]:
    """All raw items of a source, in its order."""
    return [item_name(name, k) for name, rule in source.columns.items() for k in range(len(rule.items))]


def match_headers(header: Sequence[str], source: Source, where: str, row: int) -> HeaderMatch:
    """Match a file's header against the aliases of its source, exactly after normalising.

    Parameters
    ----------
    header : sequence of str
        Cells of the header row.
    where : str
        The file, for messages.
    row : int
        The row that was taken for the header, for messages.

    Returns
    -------
    HeaderMatch
        Its problems are not raised, so that all problems of all files can be told at once.
    """
    known = items_by_header(source)
    unused = unused_headers(source)
    said = [split_unit(cell) for cell in header]
    money = {item for item in itertools.chain(*known.values()) if source.columns[item.split("__")[0]].unit}
    cells = [
        _without_unit(normalised_header(cell), base, known, unused, money)
        for cell, (base, _) in zip(header, said, strict=True)
    ]
    place = f"{where}, row {row}"
    if not any(cell in known for cell in cells):
        # The cells may be data, even names of people: they are not shown.
        what = f"holds none of the headers that {source.name} knows"
        todo = (
            f"set header_row in sources/{source.name}.toml to the row of the header, or name the right source"
        )
        return HeaderMatch({}, {}, (Problem(place, what, todo),))
    positions: dict[str, int] = {}
    problems = _doubled(cells, header, place)
    for index, cell in enumerate(cells):
        for item in known.get(cell, ()):
            if item in positions and cells[positions[item]] != cell:
                both = f"'{header[positions[item]]}' and '{header[index]}'"
                todo = "remove one of them from the file, or give them separate items"
                problems.append(Problem(place, f"{both} both mean {item.split('__')[0]}", todo))
            positions.setdefault(item, index)
    strangers = [
        header[i] for i, cell in enumerate(cells) if cell and cell not in known and cell not in unused
    ]
    problems += _unknown(strangers, known, source, place)
    missing = [
        name for name, rule in source.columns.items() if rule.required and not _stands(rule, positions)
    ]
    problems += [_missing(source.columns[name], strangers, place) for name in missing]
    headers = {item: header[index] for item, index in positions.items()}
    named = {item: said[k][1] for item, k in positions.items() if said[k][1] and item in money}
    return HeaderMatch(positions, headers, tuple(problems), tuple(missing), named)


def _without_unit(
    cell: str,
    base: str,
    known: Mapping[str, tuple[str, ...]],
    unused: Collection[str],
    money: Collection[str],
) -> str:
    """The alias that a cell is, but for a unit of money at its end."""
    if cell in known or cell in unused:
        return cell
    is_amount = base in known and all(item in money for item in known[base])
    return base if is_amount or base in unused else cell


def items_by_header(source: Source) -> dict[str, tuple[str, ...]]:
    """Items by normalised alias; several where the source shares a header between columns."""
    found: dict[str, tuple[str, ...]] = {}
    for name, rule in source.columns.items():
        for k, item in enumerate(rule.items):
            for alias in dict.fromkeys(normalised_header(alias) for alias in item):
                found[alias] = (*found.get(alias, ()), item_name(name, k))
    return found


def unused_headers(source: Source) -> set[str]:
    """Normalised headers that are known and not read."""
    return {normalised_header(h) for h in (*source.ignored, *source.identifiers)}


def _doubled(cells: list[str], header: Sequence[str], place: str) -> list[Problem]:
    found = []
    for cell, count in Counter(cells).items():
        if cell and count > 1:
            shown = header[cells.index(cell)]
            what = f"the column '{shown}' stands {count} times"
            found.append(Problem(place, what, "keep the right one and remove the others", (), count))
    return found


def _unknown(strangers: list[str], known: Mapping[str, object], source: Source, place: str) -> list[Problem]:
    todo = f"add it to items, ignored or identifiers in sources/{source.name}.toml"
    return [
        Problem(place, f"unknown column '{cell}'", f"{nearest(normalised_header(cell), known)}; or {todo}")
        for cell in strangers
    ]


def _stands(rule: ColumnRule, positions: Mapping[str, int]) -> bool:
    return any(item_name(rule.name, k) in positions for k in range(len(rule.items)))


def _missing(rule: ColumnRule, strangers: list[str], place: str) -> Problem:
    aliases = [alias for item in rule.items for alias in item]
    what = f"the column {rule.name} is missing: no header is one of {', '.join(aliases)}"
    told = f"unknown headers here: {_told(strangers)}"
    return Problem(place, what, f"add the column to the file, or its header to the aliases; {told}")


def _told(strangers: list[str]) -> str:
    return ", ".join(f"'{s}'" for s in strangers[:5]) or "none"
