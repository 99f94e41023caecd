"""Reader of Parquet: typed columns become text exactly, so that they are read like any other file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Problem
from ..schema.header_rows import find_header
from ..study.model import RawFile, Source
from ..vocabulary import columns
from .part import HiddenFields, Part, fields_needed, hidden_fields
from .text_table import SOURCE_ROW, TextTable, field_name

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_AT_ONCE = 1 << 16


def read_parquet_file(source: Source, file: RawFile, place: Path) -> tuple[list[Part], list[Problem]]:
    """Read a Parquet file as text, without its identifying columns; see `readers.Reader`.

    Decimals keep their digits, whole numbers theirs, dates are ISO and flags 0 or 1. Row 1 is the
    first row of data. Each pass of the engine reads the file anew, in batches of 65,536 rows.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(place)
    except (pa.ArrowInvalid, OSError):
        return [], [Problem(file.path, "is no readable Parquet file: damaged or cut off", "obtain it again")]
    with table:
        schema = table.schema_arrow
        header = find_header([schema.names], source, file.path, 1, 1)
        problems = list(header.match.problems)
        if not header.match.positions:
            return [], problems
        fields = fields_needed(header)
        problems += _wrong_types(schema, fields, header.match.positions, file.path)
        if problems:
            return [], problems
        rows = table.metadata.num_rows
    types = {column.name: str(column.type) for column in schema}
    text = _text(place, fields, hidden_fields(header, source))
    return [Part(file.path, text, header.match, rows, rows, types=types)], []


def schema_problems(parts: Sequence[Part]) -> list[Problem]:
    """Columns of later files that are not as in the first: files of one table have one schema."""
    typed = [part for part in parts if part.types]
    todo = "write all files of a table with one schema"
    problems = []
    for part in typed[1:]:
        first = typed[0]
        for name in dict.fromkeys((*first.types, *part.types)):
            here, there = part.types.get(name), first.types.get(name)
            if here != there:
                what = f"is {here or 'missing'}, but {there or 'missing'} in {first.label}"
                problems.append(Problem(f"{part.label}, column {name}", what, todo))
    return problems


def _text(place: Path, fields: tuple[int, ...], hide: HiddenFields) -> TextTable:
    """The columns of a file as text, batch by batch."""
    names = tuple(field_name(position) for position in fields)

    def read() -> Iterator[pa.RecordBatch]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        done = 0
        with pq.ParquetFile(place) as table:
            columns = [table.schema_arrow.names[position] for position in fields]
            for batch in table.iter_batches(ROWS_AT_ONCE, columns=columns):
                numbers = pa.array(range(done + 1, done + 1 + batch.num_rows), pa.int64())
                cells = [hide.shown(position, as_text(batch.column(k))) for k, position in enumerate(fields)]
                yield pa.RecordBatch.from_arrays([numbers, *cells], names=[SOURCE_ROW, *names])
                done += batch.num_rows

    return TextTable(names, read)


def as_text(cells: pa.Array) -> pa.Array:
    """A column as exact text; a time of day is written only where there is one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = cells.type
    if pa.types.is_dictionary(kind):
        cells, kind = cells.dictionary_decode(), kind.value_type
    if pa.types.is_boolean(kind):
        cells = cells.cast(pa.int8())
    text = cells.cast(pa.string())
    if pa.types.is_timestamp(kind):
        return pc.replace_substring_regex(text, r"( 00:00:00)?(\.0+)?$", "")
    return text


def _wrong_types(
    schema: pa.Schema, fields: tuple[int, ...], positions: dict[str, int], where: str
) -> list[Problem]:
    """Columns that hold no single values, and codes that are numbers."""
    import pyarrow as pa

    problems = []
    codes = {position for item, position in positions.items() if holds_codes(item)}
    for position in fields:
        kind, place = schema.field(position).type, f"{where}, column {schema.names[position]}"
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            problems.append(
                Problem(place, f"is of type {kind}, which is no text, number or date", "flatten it")
            )
        elif position in codes and not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
            what = f"holds codes as {kind}, so zeros at their ends may be lost"
            problems.append(Problem(place, what, "write the codes as text"))
    return problems


def holds_codes(item: str) -> bool:
    """Whether a raw item is a code whose zeros count."""
    column = columns().get(item.split("__")[0])
    return column is not None and column.kind == "text" and column.role == "diagnosis"
