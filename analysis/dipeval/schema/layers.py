"""Items of text → columns of the vocabulary: the lazy layers between a raw and a typed table.

Each layer reads the one below it once: corrections, quick readings, careful readings of what the
quick ones left, and the columns made of the items. Which cells were mended and which cannot be
read is kept as one bit a column, so that the engine counts all of it in one pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from ..study.model import City, ColumnRule, Source
from ..vocabulary import RECORD, columns, units
from .cells import is_scientific, quick_period
from .headers import item_name
from .periods import label_days
from .readings import Reading, reading_of
from .text import normalised_cell
from .unit_spans import lies_in, plain_unit, unit_spans

if TYPE_CHECKING:
    import ibis.expr.types as ir

PLAIN_KINDS = ("text",)
MOST_BITS = 62
ROW_FACTS = ("source_file", "source_row", "is_total_row")


@dataclass(frozen=True)
class Layout:
    """What is to be read from a raw table.

    Attributes
    ----------
    items : mapping of str to tuple of str
        By column: those of its raw items that the files have.
    readings : mapping of str to Reading
        By column; plain text has none.
    is_keyed : bool
        Whether the engine has the user's key for the numbers of records and persons.
    is_hashed : bool
        Whether these numbers are hashes already.
    """

    city: City
    source: Source
    items: Mapping[str, tuple[str, ...]]
    readings: Mapping[str, Reading]
    is_keyed: bool = False
    is_hashed: bool = False

    @property
    def bits(self) -> dict[str, int]:
        """The bit of each column that can be misread: those with a reading, and codes."""
        codes = [name for name in self.items if name not in self.readings and is_code(name)]
        names = [*self.readings, *codes]
        if len(names) > MOST_BITS:
            raise ValueError(f"{self.source.name} has {len(names)} columns that can be misread")
        return {name: 1 << k for k, name in enumerate(names)}


def is_code(name: str) -> bool:
    """Whether a column of text holds codes or numbers of records, which must be exact."""
    column = columns()[name]
    return column.kind == "text" and (column.role in (RECORD, "diagnosis") or name == "hospital")


def layout_of(
    raw: ir.Table, city: City, source: Source, is_keyed: bool = False, is_hashed: bool = False
) -> Layout:
    """Choose items and readings for the columns that stand in a raw table."""
    items = {}
    for name, rule in source.columns.items():
        here = [item_name(name, k) for k in range(len(rule.items))]
        if any(item in raw.columns for item in here):
            items[name] = tuple(item for item in here if item in raw.columns)
    readings = {
        name: _reading(raw, city, source, name) for name in items if columns()[name].kind not in PLAIN_KINDS
    }
    return Layout(city, source, items, readings, is_keyed, is_hashed)


def places_of(unit: str) -> int:
    """Digits after the point that one unit of money has minor units for."""
    minor = units()[unit].minor_per_unit
    places = len(str(minor)) - 1
    if 10**places != minor:
        raise ValueError(f"unit {unit} must have a power of ten of minor units, not {minor}")
    return places


def _reading(raw: ir.Table, city: City, source: Source, name: str) -> Reading:
    rule = source.columns[name]
    unit = plain_unit(city, source, name)
    reading = reading_of(columns()[name], rule, source.codes.get(name, {}), places_of(unit) if unit else 0)
    spans = list(unit_spans(city, source, name))
    if not spans:
        return reading
    day = _row_day(raw, source) if any(span.since or span.until for span in spans) else None
    special = [
        (lies_in(raw, span, source, day), reading_of(columns()[name], rule, {}, places_of(span.unit)))
        for span in spans
    ]
    return _by_span(reading, special)


def _row_day(raw: ir.Table, source: Source) -> ir.DateValue:
    """The day that decides on the unit of a row: its discharge, or the start of its period."""
    from .functions import folded

    if "discharge_date" in source.columns:
        cell = raw[item_name("discharge_date", 0)]
        reading = reading_of(columns()["discharge_date"], source.columns["discharge_date"], {}, 0)
        return reading.quick(cell).coalesce(reading.careful(reading.plain(cell)))
    return label_days(quick_period(folded(raw[item_name("period", 0)]), source.columns["period"].date_format))


def _by_span(base: Reading, special: list[tuple[ir.BooleanValue, Reading]]) -> Reading:
    """Read an amount in the unit of the first span that its row lies in."""
    import ibis

    def choose(which: str, cell: ir.StringValue) -> ir.Value:
        branches = [(inside, getattr(reading, which)(cell)) for inside, reading in special]
        return ibis.cases(*branches, else_=getattr(base, which)(cell))

    return Reading(lambda c: choose("quick", c), base.plain, lambda c: choose("careful", c))


def corrected(raw: ir.Table, layout: Layout) -> ir.Table:
    """Apply a city's corrections to the text; ``correction`` has bit k where correction k matched."""
    import ibis

    from .functions import folded

    mask: ir.IntegerValue = ibis.literal(0, "int64")
    changed: dict[str, ir.Value] = {}
    for k, correction in enumerate(layout.city.corrections):
        tests = [
            (folded(raw[layout.items[name][0]]) == normalised_cell(value)).fill_null(False)
            for name, value in correction.match.items()
        ]
        matched = ibis.and_(*tests)
        mask = mask + ibis.ifelse(matched, 1 << k, 0)
        if correction.action == "set":
            item = layout.items[correction.column][0]
            changed[item] = ibis.ifelse(matched, correction.value, changed.get(item, raw[item]))
    return raw.mutate(correction=mask.cast("int64"), **changed)


def read_items(text: ir.Table, layout: Layout) -> ir.Table:
    """Beside the text of each item: ``plain__<item>`` where it was not plain, and ``value__<item>``."""
    import ibis

    from .functions import folded

    words = sorted({*layout.source.empty, ""})
    chosen = [(item, layout.readings.get(name)) for name, items in layout.items.items() for item in items]
    read = [(item, reading) for item, reading in chosen if reading]
    quick = text.mutate(**{f"quick__{item}": reading.quick(text[item]) for item, reading in read})
    plain: dict[str, ir.Value] = {
        f"plain__{item}": folded(quick[item]) for item, reading in chosen if reading is None
    }
    for item, reading in read:
        cell = quick[item]
        left = quick[f"quick__{item}"].isnull() & cell.notnull() & ~cell.isin(words)
        plain[f"plain__{item}"] = ibis.ifelse(left, reading.plain(cell), None)
    made = quick.mutate(**plain)
    values: dict[str, ir.Value] = {}
    for item, reading in chosen:
        plainer = made[f"plain__{item}"]
        if reading is None:
            nothing = plainer.isin(_folded(words))
            if is_code(item.split("__")[0]):
                nothing = nothing | is_scientific(plainer)
            values[f"value__{item}"] = ibis.ifelse(nothing, None, plainer)
        else:
            careful = reading.careful(plainer)
            values[f"value__{item}"] = ibis.ifelse(plainer.notnull(), careful, made[f"quick__{item}"])
    return made.mutate(**values)


def _folded(words: Iterable[str]) -> list[str]:
    return sorted({normalised_cell(word) for word in words})


def is_misread(read: ir.Table, item: str, tokens: tuple[str, ...]) -> ir.BooleanValue:
    """Whether a cell says something that cannot be read as its kind."""
    plain, value = read[f"plain__{item}"], read[f"value__{item}"]
    return value.isnull() & plain.notnull() & ~plain.isin(_folded({*tokens, ""}))


def typed_columns(read: ir.Table, layout: Layout) -> ir.Table:
    """The columns made of their items, with ``misread`` and ``mended`` as one bit a column."""
    import ibis

    made: dict[str, ir.Value] = {}
    for name, items in layout.items.items():
        made[name] = _combined(read, layout.source.columns[name], items)
        if columns()[name].role == RECORD:
            made[name] = made[name] if layout.is_hashed else hashed(made[name], layout.is_keyed)
    codes = [name for name in layout.bits if name not in layout.readings]
    # Nearly all rows are plain: the bits of their readings are 0 without a look at each column.
    plain = [read[f"plain__{item}"] for name in layout.readings for item in layout.items[name]]
    is_odd = ibis.coalesce(*plain).notnull() if plain else ibis.literal(False)
    misread = ibis.ifelse(is_odd, _misread_bits(read, layout, layout.readings), 0)
    mended = ibis.ifelse(is_odd, _mended_bits(read, layout), 0)
    told = {"misread": misread + _misread_bits(read, layout, codes), "mended": mended}
    facts = {name: read[name] for name in (*ROW_FACTS, "correction")}
    return read.select(**facts, **{name: mask.cast("int64") for name, mask in told.items()}, **made)


def _misread_bits(read: ir.Table, layout: Layout, names: Iterable[str]) -> ir.IntegerValue:
    """The bits of the columns in which a cell of the row cannot be read."""
    return _bits(
        layout,
        {
            name: [is_misread(read, item, layout.source.empty) for item in layout.items[name]]
            for name in names
        },
    )


def _mended_bits(read: ir.Table, layout: Layout) -> ir.IntegerValue:
    """The bits of the columns in which a cell of the row was read, but not as it stands."""
    return _bits(
        layout,
        {
            name: [read[f"plain__{i}"].notnull() & read[f"value__{i}"].notnull() for i in layout.items[name]]
            for name in layout.readings
        },
    )


def _bits(layout: Layout, hits: Mapping[str, list[ir.BooleanValue]]) -> ir.IntegerValue:
    """The sum of the bits of the columns that any of their conditions hits."""
    import ibis

    bits = [ibis.ifelse(ibis.or_(*any_of), layout.bits[name], 0) for name, any_of in hits.items()]
    return reduce(lambda a, b: a + b, bits, ibis.literal(0, "int64"))


def hashed(number: ir.StringValue, is_keyed: bool) -> ir.Value:
    """A number of a record as its hash: the user's, or one that is good only inside this engine."""
    import ibis

    from .functions import keyed_hash, plain_hash

    # The letter at the end of a certificate number is written x or X.
    made = keyed_hash(number) if is_keyed else plain_hash(number)
    return ibis.ifelse(number.isnull(), None, made)


def _combined(read: ir.Table, rule: ColumnRule, items: tuple[str, ...]) -> ir.Value:
    """One item, the first that is not empty, or the sum of those that are not empty."""
    import ibis

    values = [read[f"value__{item}"] for item in items]
    if rule.zero_is_missing:
        values = [value.nullif(0) for value in values]
    if len(values) == 1:
        return values[0]
    if rule.combine == "coalesce":
        return ibis.coalesce(*values)
    total = reduce(lambda a, b: a + b, [value.fill_null(0) for value in values])
    return ibis.ifelse(ibis.and_(*[value.isnull() for value in values]), None, total)
