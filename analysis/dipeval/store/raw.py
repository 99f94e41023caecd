"""Raw files → one lazy table of text, each row with its file and row number, checksums known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError, Problem, nearest
from ..ledger import Entry, Ledger
from ..schema.headers import item_names
from ..schema.joining import headers_told, joined, joined_items, rule_of
from ..schema.long_form import file_format, made_of_charges
from ..schema.unit_spans import possible_units
from ..study.model import City, RawFile, Source
from .fingerprint import file_sha256
from .parquet_file import schema_problems
from .part import LOOKED_AT_FOR_TOTALS, Part, total_pattern
from .readers import READERS, reader_of
from .settlements import settlements_of
from .text_table import field_name
from .warehouse import EngineText, read_table

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from .contract import TableEngine

EMPTY_PROBLEM = ("holds no rows of data", "obtain the file again, or leave it out of the city's files")


@dataclass(frozen=True)
class RawFileFacts:
    """What is known of one raw file after reading it.

    Attributes
    ----------
    path, sha256, bytes, rows, encoding
        The file as it was read.
    notes : tuple of str
        What was found rather than declared.
    damaged_text : mapping of str to int
        By header: cells that hold U+FFFD, the mark of text that another program lost.
    """

    path: str
    sha256: str
    bytes: int
    rows: int
    encoding: str = ""
    notes: tuple[str, ...] = ()
    damaged_text: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class RawTable:
    """The rows of a city's raw files, as text.

    Attributes
    ----------
    table : ibis table
        ``source_file`` (text), ``source_row`` (int64; the row in the file as a spreadsheet user
        counts), ``is_total_row`` (bool) and one text column ``<column>__<k>`` for each raw item k
        (from 0) of each column of the source; items that no file has are absent. Columns whose
        items are joined have one, ``<column>__0``. Identifying columns are not in it.
    ledger : Ledger
        Rows read, by file.
    files : tuple of RawFileFacts
        Declared path, checksum, size and rows of every file.
    headers : mapping of str to mapping of str to str
        By `source_file`: the header behind each item, for messages.
    last_rows : mapping of str to int
        By `source_file`: the number of its last row.
    is_hashed : bool
        Whether numbers of records and persons are hashes already.
    """

    table: ir.Table
    ledger: Ledger
    files: tuple[RawFileFacts, ...]
    headers: Mapping[str, Mapping[str, str]]
    last_rows: Mapping[str, int] = field(default_factory=dict)
    is_hashed: bool = False


def read_raw(engine: TableEngine, city: City, source: Source, files: Sequence[tuple[str, Path]]) -> RawTable:
    """Read the raw files of a city.

    Parameters
    ----------
    files : sequence of (str, Path)
        Declared path (relative to the data folder) and where the file really is.

    Returns
    -------
    RawTable
        Lazy; it can be used as long as the engine is open. Cost: one pass over each file for its
        checksum, one that examines it; then one for each pass of the engine. No copy is written.

    Raises
    ------
    DataError
        With all problems of all files: missing, empty, cut off, other encoding or checksum than
        declared, missing, doubled or unknown columns, rows with too many or too few fields.
    """
    declared = {file.path: file for file in city.files}
    written = file_format(source, city)
    problems: list[Problem] = []
    parts: list[Part] = []
    facts: list[RawFileFacts] = []
    tables = {table.database for table in city.tables}
    for path, place in files:
        if path in tables:
            continue
        made, found, sha256 = _read_file(city, written, declared.get(path, RawFile(path)), place)
        problems += found
        parts += made
        if not found:
            facts.append(_facts(path, place, made, sha256))
    for table in city.tables:
        place = dict(files).get(table.database)
        made, found = read_table(engine, city, written, table, place)
        problems += [*found, *(problem for part in made for problem in _part_problems(part, city, written))]
        parts += made
        facts += [_table_facts(part, place) for part in made]
    problems += schema_problems(parts)
    if problems:
        raise DataError(f"read raw files of {city.name}", problems)
    headers = {part.label: headers_told(part.match.headers, written) for part in parts}
    table, ledger = _union(engine, written, parts), _ledger(city, parts)
    if source.long is not None:
        table, entry = _settlements(engine, city, source, table, [part.label for part in parts])
        ledger = ledger.add(entry)
        headers = {label: {**told, **made_of_charges(source)} for label, told in headers.items()}
    last_rows = {part.label: part.last_row for part in parts}
    return RawTable(table, ledger, tuple(facts), headers, last_rows, source.long is not None)


def _settlements(
    engine: TableEngine, city: City, source: Source, charges: ir.Table, files: Sequence[str]
) -> tuple[ir.Table, Entry]:
    """One row a settlement, and how many rows of charges they are made of."""
    made = settlements_of(engine, source, charges, files)
    if made.problems:
        raise DataError(f"read raw files of {city.name}", made.problems)
    note = f"{made.charges} rows of charges are {made.settlements} settlements; rows of sums: {made.totals}"
    count = made.settlements + made.totals
    entry = Entry("read", f"{city.name}: settlements", "settlements_made", count, count, note=note)
    return made.table, entry


def _facts(path: str, place: Path, parts: list[Part], sha256: str) -> RawFileFacts:
    rows = sum(part.rows for part in parts)
    notes = tuple(dict.fromkeys(note for part in parts for note in part.notes))
    size, damaged = place.stat().st_size, parts[0].damaged_text
    return RawFileFacts(path, sha256, size, rows, parts[0].encoding, notes, damaged)


def _table_facts(part: Part, database: Path | None) -> RawFileFacts:
    """A table of a cluster has no checksum; the city file says which state of it is meant."""
    sha256, size = (file_sha256(database), database.stat().st_size) if database else ("", 0)
    return RawFileFacts(part.label, sha256, size, part.rows, "", part.notes, part.damaged_text)


def _read_file(
    city: City, source: Source, file: RawFile, place: Path
) -> tuple[list[Part], list[Problem], str]:
    """The parts of a file, its problems and its checksum, which is computed beside the examination."""
    problem = _file_problem(city, file, place)
    if problem is not None:
        return [], [problem], ""
    reader = reader_of(place)
    if reader is None:
        what = f"is of a kind that is not read ('{place.suffix}')"
        return [], [Problem(file.path, what, nearest(place.suffix.lower(), READERS))], ""
    with ThreadPoolExecutor(1) as beside:
        checksum = beside.submit(file_sha256, place)
        parts, found = reader(source, file, place)
    sha256 = checksum.result()
    problems = _checksum_problems(file, sha256) + found
    for part in parts:
        problems += [problem for problem in part.match.problems if problem not in problems]
        problems += _part_problems(part, city, source, file.path)
    return parts, problems, sha256


def _part_problems(part: Part, city: City, source: Source, path: str = "") -> list[Problem]:
    """Of its units and rows; those of the header are told once a file."""
    problems = [*_unit_problems(part, city, source, path), *part.problems]
    if part.rows == 0 and not part.match.problems:
        problems.append(Problem(part.label, *EMPTY_PROBLEM))
    return problems


def _unit_problems(part: Part, city: City, source: Source, path: str) -> list[Problem]:
    """Headers that name another unit of money than is declared: nothing is rescaled on its own."""
    problems = []
    for item, said in part.match.units.items():
        column = item.split("__")[0]
        declared = possible_units(city, source, column, path)
        if said not in declared:
            header = part.match.headers[item]
            what = f"the header '{header}' says {said}, but {' or '.join(declared)} is declared"
            todo = (
                f'if the header is right, write units = {{ {column} = "{said}" }} below that file of the city'
            )
            problems.append(Problem(f"{part.label}, column {column}", what, todo))
    return problems


def _file_problem(city: City, file: RawFile, place: Path) -> Problem | None:
    if not place.is_file():
        what = f"there is no file in '{place.parent.name}/'"
        return Problem(file.path, what, f"put it there; obtain it: {city.obtain}")
    if place.stat().st_size == 0:
        return Problem(file.path, "is empty (0 bytes)", EMPTY_PROBLEM[1])
    return None


def _checksum_problems(file: RawFile, found: str) -> list[Problem]:
    if file.sha256.lower() in ("", found):
        return []
    what = f"has the checksum {found[:12]}…, but {file.sha256[:12]}… is declared"
    return [Problem(file.path, what, "obtain the declared file, or declare the new one after looking at it")]


def _union(engine: TableEngine, source: Source, parts: list[Part]) -> ir.Table:
    import ibis

    present = {item for part in parts for item in part.match.positions}
    joins = joined_items(present, source)
    inside = {item for items in joins.values() for item in items}
    items = [item for item in item_names(source) if item in present - inside or item in joins]
    tables = []
    # In the order of their names, so that rows reach the engine in the order in which they are written.
    for part in sorted(parts, key=lambda part: part.label):
        table = part.text.table if isinstance(part.text, EngineText) else engine.scan_text(part.text)
        here = {item: table[field_name(position)] for item, position in part.match.positions.items()}
        for item, names in joins.items():
            rule, cells = rule_of(source, item), [here[name] for name in names if name in here]
            if cells:
                here[item] = joined(cells, rule.separator, rule.parted_by, source.empty)
        text = {item: here[item] if item in here else ibis.null("string") for item in items}
        tables.append(
            table.select(
                source_file=ibis.literal(part.label),
                source_row=table.source_row,
                is_total_row=_is_total_row(table, part, source),
                **text,
            )
        )
    return ibis.union(*tables) if len(tables) > 1 else tables[0]


def _is_total_row(table: ir.Table, part: Part, source: Source) -> ir.BooleanValue:
    """Whether one of the first cells, or the hospital, is nothing but a word for a sum."""
    import ibis

    pattern = total_pattern(source.total_words)
    if not pattern:
        return ibis.literal(False)
    positions = part.match.positions.items()
    hospital = [
        field_name(k) for item, k in positions if item.split("__")[0] in ("hospital", "hospital_name")
    ]
    looked_at = dict.fromkeys([*part.text.names[:LOOKED_AT_FOR_TOTALS], *hospital])
    return ibis.or_(*[table[name].re_search(pattern).fill_null(False) for name in looked_at])


def _ledger(city: City, parts: list[Part]) -> Ledger:
    entries = []
    for part in parts:
        blank = (f"blank rows passed over: {part.blank}",) if part.blank else ()
        note = "; ".join((f"{len(part.match.positions)} raw items", *blank, *part.notes))
        name = f"{city.name}: {part.label}"
        entries.append(Entry("read", name, "rows_read", part.rows, part.rows, note=note))
    return Ledger(tuple(entries))
