"""Raw text → typed columns of the vocabulary, or one error that lists every cell that is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import DataError, Problem
from ..ledger import Entry, Ledger
from ..schema.layers import Layout, corrected, layout_of, read_items, typed_columns
from ..schema.unit_spans import two_units
from ..study.model import City, Source
from .misread import misread_problems, total_row_problems

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from .contract import TableEngine
    from .raw import RawTable


@dataclass(frozen=True)
class TypedTable:
    """Raw rows with the columns of the vocabulary, typed; total rows are marked, not yet removed.

    Attributes
    ----------
    table : ibis table
        ``source_file``, ``source_row``, ``is_total_row``, ``correction`` (bit k where correction k
        of the city matched), ``mended`` (bits of columns) and one column per column of the source
        that the files have: money int64 minor units, count, days and flag int64, number float64,
        date, text; coded columns hold the words of the vocabulary, record numbers a hash. Missing
        is NULL.
    ledger : Ledger
        What was mended on the way (thousands separators, full-width digits …).
    """

    table: ir.Table
    ledger: Ledger


def read_typed(engine: TableEngine, city: City, source: Source, raw: RawTable) -> TypedTable:
    """Type the raw rows of a city, for discharges and for panel sources alike.

    Returns
    -------
    TypedTable
        Kept in the engine, so that nothing reads the raw text again. Cost: one pass over the text.

    Raises
    ------
    DataError
        With all problems: text in a number, an impossible date, an unknown code, an amount that is
        no whole number of minor units, a total row where the source declares none, a correction
        whose `expect` is not met.
    """
    layout = layout_of(raw.table, city, source, engine.is_keyed, raw.is_hashed)
    problems = _correction_keys(layout) + _shared_units(city, source)
    if problems:
        raise DataError(f"read {city.name}", problems)
    text = corrected(raw.table, layout)
    typed = engine.stage(typed_columns(read_items(text, layout), layout))
    facts = _facts(engine, typed, city)
    if facts["totals"] and source.total_rows == "error":
        problems += total_row_problems(engine, typed, source)
    if facts["misread"]:
        problems += misread_problems(engine, text, layout, raw.headers, facts["misread"])
    problems += _unexpected(city, facts)
    if problems:
        raise DataError(f"read {city.name}", problems)
    return TypedTable(typed.drop("misread"), _ledger(engine, typed, layout, facts))


def _facts(engine: TableEngine, typed: ir.Table, city: City) -> dict[str, int]:
    from ..schema.functions import any_bits, bit

    told = typed.aggregate(
        rows=typed.count(),
        totals=typed.is_total_row.sum().fill_null(0),
        misread=any_bits(typed.is_total_row.ifelse(0, typed.misread)).fill_null(0),
        touched=(typed.mended != 0).sum().fill_null(0),
        mended=any_bits(typed.mended).fill_null(0),
        **{
            f"correction_{k}": bit(typed.correction, k).sum().fill_null(0)
            for k in range(len(city.corrections))
        },
    )
    return {name: int(value) for name, value in engine.to_frame(told).iloc[0].items()}


def _shared_units(city: City, source: Source) -> list[Problem]:
    where = f"cities/{city.name}.toml, key units"
    todo = "declare one unit for both, or money = the unit of all"
    pairs = dict.fromkeys((first, second) for _, first, second in two_units(city, source))
    return [
        Problem(where, f"{first} and {second} read the same header, but have different units", todo)
        for first, second in pairs
    ]


def _correction_keys(layout: Layout) -> list[Problem]:
    """A correction speaks of cells, so its columns must be one cell each, and there."""
    problems = []
    for k, correction in enumerate(layout.city.corrections, 1):
        for name in dict.fromkeys((correction.column, *correction.match)):
            if len(layout.items.get(name, ())) != 1:
                where = f"cities/{layout.city.name}.toml, key corrections[{k}]"
                what = f"'{name}' is not one cell of this format"
                problems.append(
                    Problem(where, what, "name columns that are read from a single header of the files")
                )
    return problems


def _unexpected(city: City, facts: dict[str, int]) -> list[Problem]:
    problems = []
    for k, correction in enumerate(city.corrections):
        found = facts[f"correction_{k}"]
        if found != correction.expect:
            where = f"cities/{city.name}.toml, key corrections[{k + 1}]"
            what = f"expects {correction.expect} rows ({correction.reason}), but {found} match"
            todo = "remove it if the file has been mended, or look again at what it should match"
            problems.append(Problem(where, what, todo, (), found))
    return problems


def _ledger(engine: TableEngine, typed: ir.Table, layout: Layout, facts: dict[str, int]) -> Ledger:
    """Which columns had cells in an unusual notation, with counts."""
    from ..schema.functions import bit

    note = ""
    if facts["mended"]:
        hit = {name: mask for name, mask in layout.bits.items() if facts["mended"] & mask}
        counts = typed.aggregate(
            **{name: bit(typed.mended, mask.bit_length() - 1).sum() for name, mask in hit.items()}
        )
        row = engine.to_frame(counts).iloc[0]
        note = "separators, currency signs, full-width digits or final zeros removed: " + ", ".join(
            f"{name} {int(row[name])}" for name in hit
        )
    entry = Entry(
        "read",
        layout.city.name,
        "unusual_notation",
        facts["rows"],
        facts["rows"],
        facts["touched"],
        note=note,
    )
    return Ledger((entry,))
