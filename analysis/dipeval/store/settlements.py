"""Rows of charges → rows of settlements, in the engine; every row of a charge is accounted for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from ..errors import EVIDENCE_SHOWN, Problem, nearest
from ..schema.cells import is_scientific
from ..schema.headers import item_name
from ..schema.layers import hashed
from ..schema.long_form import CHARGE, charge_words, made_items
from ..schema.text import normalised_cell
from ..study.model import LongForm, Source
from ..vocabulary import RECORD, columns

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from .contract import TableEngine

ROWS_OF_A_FILE = 1 << 40
FACTS = ("source_file", "source_row", "is_total_row")
CODE, BIT, ORDER, COPY, MASK, ROWS, CONFLICT = (
    f"charge__{name}" for name in ("code", "bit", "order", "copy", "mask", "rows", "conflict")
)


@dataclass(frozen=True)
class Settlements:
    """What the rows of charges were made into.

    Attributes
    ----------
    table : ibis table
        Raw text as of a format with one row a settlement; `source_row` is the first of its rows.
        Rows of sums are handed on.
    charges, totals, settlements : int
        Rows of charges that went into settlements, rows of sums, settlements made.
    problems : tuple of Problem
        Unknown charges, rows without the key, and settlements whose rows say different things.
    """

    table: ir.Table
    charges: int = 0
    totals: int = 0
    settlements: int = 0
    problems: tuple[Problem, ...] = ()


def settlements_of(
    engine: TableEngine, source: Source, charges: ir.Table, files: Sequence[str]
) -> Settlements:
    """Make one row of the rows of each settlement.

    A settlement that was sent twice is two rows, as it would be in a format with one row a
    settlement: the k-th row of a charge belongs to the k-th copy. A charge that has no row was not
    made: its amount is 0; a blank amount stays blank.

    Parameters
    ----------
    charges : ibis table
        Raw text with one row a charge; from the files of a long format.
    files : sequence of str
        Every `source_file`, in order.

    Returns
    -------
    Settlements
        Cost: one pass over the files, which keeps the charges in the engine; one grouping of them,
        and a second of those settlements that have a charge twice.
    """
    long = source.long
    coded = engine.stage(_coded(_without_numbers(charges, source, engine.is_keyed), long, files))
    problems = _row_problems(engine, coded, long)
    if problems:
        return Settlements(charges, problems=tuple(problems))
    keys = [item_name(name, 0) for name in long.key]
    plain = coded.filter(~coded.is_total_row)
    once = engine.stage(_grouped(plain, source, keys))
    is_twice = once[ROWS] != _bits(once[MASK], len(long.items))
    made = once.filter(~is_twice)
    if engine.count(once.filter(is_twice)):
        copies = _numbered(plain.semi_join(once.filter(is_twice), keys), keys)
        made = made.union(engine.stage(_grouped(copies, source, [*keys, COPY])).drop(COPY))
    told = made.aggregate(settlements=made.count(), charges=made[ROWS].sum().fill_null(0))
    counts = engine.to_frame(told).iloc[0]
    charged, settlements = int(counts["charges"]), int(counts["settlements"])
    totals = engine.count(coded.filter(coded.is_total_row))
    if charged + totals != engine.count(coded):
        raise ValueError(f"{charged} rows of charges and {totals} of sums are not all that were read")
    problems = _conflicts(engine, made, keys, files)
    return Settlements(
        _with_totals(_finished(made, files), coded), charged, totals, settlements, tuple(problems)
    )


def _without_numbers(charges: ir.Table, source: Source, is_keyed: bool) -> ir.Table:
    """Numbers of records and persons as hashes, as the engine keeps what follows.

    A number in scientific notation is none: it stays, to be found and reported.
    """
    import ibis

    from ..schema.functions import folded

    empty = sorted({normalised_cell(word) for word in (*source.empty, "")})
    made = {}
    for name in charges.columns:
        column = columns().get(name.split("__")[0])
        if column is not None and column.role == RECORD:
            plain = folded(charges[name])
            number = ibis.ifelse(plain.isin(empty), None, plain)
            hidden = hashed(number, is_keyed).cast("string")
            made[name] = ibis.ifelse(is_scientific(plain), plain, hidden)
    return charges.mutate(**made)


def _coded(charges: ir.Table, long: LongForm, files: Sequence[str]) -> ir.Table:
    """Beside each row its charge's code, one bit for it, and its place among all rows."""

    from ..schema.functions import folded

    words = sorted(charge_words(long).items())
    coded = charges.mutate(**{CODE: folded(charges[item_name(CHARGE, 0)]).cases(*words)})
    bits = [(code, 1 << k) for k, code in enumerate(long.items)]
    places = [(label, k * ROWS_OF_A_FILE) for k, label in enumerate(files)]
    order = charges.source_file.cases(*places).cast("int64") + charges.source_row
    return coded.mutate(**{BIT: coded[CODE].cases(*bits).cast("int64"), ORDER: order})


def _row_problems(engine: TableEngine, coded: ir.Table, long: LongForm) -> list[Problem]:
    item = item_name(CHARGE, 0)
    plain = coded.filter(~coded.is_total_row)
    left = plain.filter(plain[CODE].isnull()).select("source_file", cell=item)
    unknown = left.group_by("source_file", "cell").agg(rows=left.count())
    problems = []
    known = charge_words(long)
    for file, cells in engine.to_frame(unknown, ["source_file", "cell"]).groupby("source_file", sort=True):
        top = cells.sort_values(["rows", "cell"], ascending=[False, True]).head(EVIDENCE_SHOWN)
        told = ((cell if isinstance(cell, str) else "", n) for _, cell, n in top.itertuples(index=False))
        shown = tuple(f"'{cell}' ({n} rows; {nearest(cell, known)})" for cell, n in told)
        what = f"{len(cells)} unknown charge{'s' if len(cells) > 1 else ''}"
        todo = "add the word to [long.items] of the source file, below the charge that it means"
        problems.append(Problem(f"{file}, column of charges", what, todo, shown, int(cells["rows"].sum())))
    for name in long.key:
        empty = plain.filter(plain[item_name(name, 0)].isnull()).select("source_file", "source_row")
        count = engine.count(empty)
        if count:
            first = empty.order_by("source_file", "source_row").limit(EVIDENCE_SHOWN)
            rows = engine.to_frame(first, ["source_file", "source_row"]).itertuples(index=False)
            shown = tuple(f"{file}, row {row}" for file, row in rows)
            what = f"rows without {name}, which says to which settlement they belong"
            problems.append(Problem(name, what, "complete or remove them", shown, count))
    return problems


def _numbered(plain: ir.Table, keys: list[str]) -> ir.Table:
    """Number the rows of the same charge of the same settlement, in the order of the files."""
    import ibis

    copy = ibis.row_number().over(group_by=[*keys, CODE], order_by=ORDER)
    return plain.mutate(**{COPY: copy.cast("int64")})


def _grouped(plain: ir.Table, source: Source, by: list[str]) -> ir.Table:
    """One row a group: its first place, its own fields, the amounts of its charges."""
    import ibis

    from ..schema.functions import any_bits

    long = source.long
    inside = (*FACTS, CODE, BIT, ORDER, COPY)
    own = [n for n in plain.columns if n not in (*inside, *by) and n.split("__")[0].split("_")[0] != CHARGE]
    differs = [ibis.ifelse(plain[n].max() != plain[n].min(), 1 << k, 0) for k, n in enumerate(own)]
    conflict = reduce(lambda a, b: a + b, differs, ibis.literal(0)).fill_null(0)
    made = {
        item: plain[item_name(f"{CHARGE}_{amount}", 0)].min(where=plain[CODE] == code)
        for item, amount, code in made_items(source)
        if item_name(f"{CHARGE}_{amount}", 0) in plain.columns
    }
    grouped = plain.group_by(by).agg(
        **{ORDER: plain[ORDER].min(), ROWS: plain.count(), MASK: any_bits(plain[BIT]), CONFLICT: conflict},
        **{name: plain[name].min() for name in own},
        **made,
    )
    bits = {code: k for k, code in enumerate(long.items)}
    charged = {
        item: ibis.ifelse((grouped[MASK] // 2 ** bits[code]) % 2 == 1, grouped[item], "0")
        for item, _, code in made_items(source)
        if item in made
    }
    whole = {name: grouped[name].cast("int64") for name in (ROWS, CONFLICT, MASK)}
    return grouped.mutate(**charged, **whole)


def _bits(mask: ir.IntegerValue, count: int) -> ir.IntegerValue:
    return reduce(lambda a, b: a + b, [(mask // 2**k) % 2 for k in range(count)])


def _conflicts(engine: TableEngine, made: ir.Table, keys: list[str], files: Sequence[str]) -> list[Problem]:
    """Settlements whose rows do not agree on what all of them say."""
    from ..schema.functions import any_bits

    bad = made.filter(made[CONFLICT] != 0)
    count = engine.count(bad)
    if not count:
        return []
    mask = int(engine.to_frame(bad.aggregate(mask=any_bits(bad[CONFLICT])))["mask"].iloc[0])
    inside = (ORDER, ROWS, MASK, CONFLICT, *keys)
    own = [name for name in made.columns if name not in inside]
    named = list(dict.fromkeys(n.split("__")[0] for k, n in enumerate(own) if mask >> k & 1))
    first = engine.to_frame(bad.order_by(ORDER).limit(EVIDENCE_SHOWN).select(ORDER), [ORDER])[ORDER]
    shown = tuple(f"{files[int(k) // ROWS_OF_A_FILE]}, row {int(k) % ROWS_OF_A_FILE}" for k in first)
    what = f"the rows of one settlement differ in {', '.join(named)}"
    todo = "mend the rows that begin there; all rows of a settlement repeat its own fields"
    return [Problem("settlements", what, todo, shown, count)]


def _finished(made: ir.Table, files: Sequence[str]) -> ir.Table:
    import ibis

    labels = list(enumerate(files))
    place = (made[ORDER] // ROWS_OF_A_FILE).cases(*labels) if labels else ibis.literal("")
    facts = {
        "source_file": place,
        "source_row": made[ORDER] % ROWS_OF_A_FILE,
        "is_total_row": ibis.literal(False),
    }
    return made.mutate(**facts).drop(ORDER, ROWS, MASK, CONFLICT)


def _with_totals(settlements: ir.Table, coded: ir.Table) -> ir.Table:
    """Settlements first, then the rows of sums, which a later rule counts and rejects."""
    import ibis

    names = [*FACTS, *(name for name in settlements.columns if name not in FACTS)]
    totals = coded.filter(coded.is_total_row)
    chosen = {n: totals[n] if n in totals.columns else ibis.null("string") for n in names}
    return settlements.select(names).union(totals.select(**chosen))
