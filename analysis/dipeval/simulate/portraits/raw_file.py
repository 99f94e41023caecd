"""Cases of a portrait → the raw file of a city, as its format has it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from ...errors import Problem, StudyError, nearest
from ...store.frames import csv_bytes as csv_bytes_of
from ...study.model import City, ColumnRule, Source
from ...vocabulary import columns
from .. import text
from ..csv_file import csv_bytes
from ..points_city import points_city
from ..raw import RawColumn
from ..style import minor_per_unit
from .drawing import drawn
from .filling import Filled, Words
from .model import OWN_NUMBERS, Portrait
from .reading import words_of

PREFIXES = {"visit": "XN", "settlement": "XNJS", "record_number": "XNBA"}
SELF_MADE = (*OWN_NUMBERS, "admission_date")
NAME = "姓名"
"""A column that cleaning must never read; every format knows it."""
SUFFIXES = (".csv", ".tsv", ".txt")


def portrait_file(portrait: Portrait, city: City, source: Source, seed: int) -> tuple[str, bytes]:
    """Write the raw file of a portrait.

    Parameters
    ----------
    seed : int
        Of the cases.

    Returns
    -------
    (str, bytes)
        The path below the data folder, as the city declares it, and the content.

    Raises
    ------
    StudyError
        With all columns and words that the city's format does not have, or needs and the portrait does not say.
    """
    if portrait.points is not None:
        return city.files[0].path, csv_bytes_of(points_city(seed, portrait.points))
    problems = [*_file_problems(city), *_column_problems(portrait, source), *_word_problems(portrait, source)]
    if problems:
        raise StudyError("simulate", problems)
    cases = drawn(portrait, seed)
    n = len(cases["discharge_date"])
    number = text.integers(np.arange(1, n + 1), 8)
    made: dict[str, pa.Array] = {}
    if NAME in source.identifiers:
        made[NAME] = text.prefixed("虚拟患者", number)
    for name in OWN_NUMBERS:
        if name in source.columns and (source.columns[name].required or name == "record_number"):
            made[source.columns[name].items[0][0]] = text.prefixed(PREFIXES[name], number)
    for name, values in cases.items():
        for header, cells in _cells(name, values, cases, city, source).items():
            made.setdefault(header, cells)
    file = city.files[0]
    raw = [RawColumn(header, cells) for header, cells in made.items()]
    return file.path, csv_bytes(raw, source, file.encoding or source.encoding, False)


def _cells(
    name: str, values: Filled, cases: Mapping[str, Filled], city: City, source: Source
) -> dict[str, pa.Array]:
    """The headers that one column fills, with their cells."""
    rule, column = source.columns[name], columns()[name]
    if column.kind == "date":
        return {rule.items[0][0]: text.dates(values, rule.date_format)}
    if column.kind == "money":
        return _amounts(name, values, cases, city, source)
    if not isinstance(values, Words):
        return {rule.items[0][0]: text.integers(values)}
    if name in source.codes:
        known = {word: code for code, word in reversed(source.codes[name].items())}
        return {rule.items[0][0]: text.words([known.get(w, "") for w in values.known], values.index)}
    if rule.combine == "join":
        return _joined(rule, values, source)
    return {rule.items[0][0]: text.words(values.known, values.index)}


def _joined(rule: ColumnRule, values: Words, source: Source) -> dict[str, pa.Array]:
    """Several codes of a case: in one cell where the format has a header for that, else in numbered ones."""
    own = [names[0] for names in rule.items if names[0] not in source.shared]
    cell = [header for header in own if not header[-1].isdigit()]
    if cell and rule.parted_by:
        parted = [word.replace(rule.separator, rule.parted_by[0]) for word in values.known]
        return {cell[0]: text.words(parted, values.index)}
    parts = [word.split(rule.separator) for word in values.known]
    most = max(len(part) for part in parts)
    padded = [[*part, *[""] * (most - len(part))] for part in parts]
    return {own[k]: text.words([part[k] for part in padded], values.index) for k in range(most)}


def _amounts(
    name: str, minor: np.ndarray, cases: Mapping[str, Filled], city: City, source: Source
) -> dict[str, pa.Array]:
    """An amount under its first header that is its own; sub-items that share one of its headers keep theirs."""
    rule = source.columns[name]
    per_unit = minor_per_unit(city, rule)
    within = [] if rule.combine != "sum" else _sub_items(name, cases, source)
    taken = {header: cases[other] for header, other in within}
    first = next(names[0] for names in rule.items if names[0] not in taken)
    rest = minor - sum(taken.values()) if taken else minor
    filled = {first: text.amounts(rest, per_unit, "0.00")}
    filled |= {header: text.amounts(amount, per_unit, "0.00") for header, amount in taken.items()}
    if rule.combine == "sum":
        nothing = text.words(["0.00"], np.zeros(len(minor), dtype=np.int64))
        filled |= {names[0]: nothing for names in rule.items if names[0] not in filled}
    return filled


def _sub_items(name: str, cases: Mapping[str, Filled], source: Source) -> list[tuple[str, str]]:
    """Columns of the portrait that are one of this column's items, with its header."""
    headers = [names[0] for names in source.columns[name].items]
    others = [other for other in cases if other != name and other in source.columns]
    return [
        (source.columns[other].items[0][0], other)
        for other in others
        if len(source.columns[other].items) == 1 and source.columns[other].items[0][0] in headers
    ]


def _file_problems(city: City) -> list[Problem]:
    paths = [file.path for file in city.files]
    if len(paths) == 1 and paths[0].endswith(SUFFIXES):
        return []
    what = f"has {len(paths)} files" if len(paths) != 1 else f"its file is {paths[0]}"
    return [Problem(f"analysis/cities/{city.name}.toml", what, "a portrait writes one file of text (.csv)")]


def _column_problems(portrait: Portrait, source: Source) -> list[Problem]:
    """Columns that the format does not have, and columns that it requires and nothing fills."""
    group = portrait.groups[0]
    have = {*group.columns, *(part for shares in group.split.values() for part in shares)}
    where = f"analysis/portraits/{portrait.name}.toml"
    found = [
        Problem(f"{where}, column {name}", f"{source.name} has no such column", nearest(name, source.columns))
        for name in sorted(have - set(source.columns))
    ]
    lacking = [
        name
        for name, rule in source.columns.items()
        if rule.required and name not in have and name not in SELF_MADE
    ]
    if lacking:
        what = f"{source.name} requires columns that nothing fills"
        todo = "say under [columns] what stands there"
        found.append(Problem(where, what, todo, tuple(lacking), len(lacking)))
    return found


def _word_problems(portrait: Portrait, source: Source) -> list[Problem]:
    """Words of coded columns that the format has no code for."""
    found = []
    for group in portrait.groups:
        for name, told in group.columns.items():
            if name not in source.codes or columns()[name].kind not in ("code", "flag"):
                continue
            known = set(source.codes[name].values())
            for word in words_of(told, group):
                if word not in known:
                    where = f"analysis/portraits/{portrait.name}.toml, group {group.name}, column {name}"
                    found.append(
                        Problem(where, f"'{word}' has no code in {source.name}", nearest(word, known))
                    )
    return found
