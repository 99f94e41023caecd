"""What a stay would cost and last by its type: means of a reference span, and the stays beside them.

Indirect standardisation: the expected cost of a stay is the mean cost of its type in the reference span, over all
cities. A hospital-period's sum of these changes with its patients and with coding, and not with prices or treatment;
what it really costs over what is expected does the opposite. With a broad group around the types, the expected cost
splits once more: shifts between broad groups are case mix, shifts of types inside them are coding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..dip.exact import half_up_ratio
from ..errors import DataError, Problem, nearest
from ..ledger import Entry
from ..schema.periods import first_day, last_day, period_label
from .aggregation import MICRO
from .case_words import closed_code, closed_levels, needed_column, open_word

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine

MEANS = {"total_cost": "expected_cost", "care_days": "expected_days"}
BROAD = {"total_cost": "expected_cost_broad"}
DAYS = ("care_days",)
SOURCE = "expected_from"
MISSING = "missing"


@dataclass(frozen=True)
class Reference:
    """Means of the reference span.

    Attributes
    ----------
    types, broad : tuple of str
        Words that make a type, and those that make its broad group.
    by_type, by_broad : pandas.DataFrame
        The words as text and the means: minor units, days in 1e-6.
    overall : mapping of str to int
        Means over all stays of the span.
    stays : int
    """

    types: tuple[str, ...]
    broad: tuple[str, ...]
    by_type: pd.DataFrame
    by_broad: pd.DataFrame
    overall: Mapping[str, int]
    stays: int


def reference_means(
    engine: TableEngine,
    tables: Mapping[str, ir.Table],
    types: Sequence[str],
    broad: Sequence[str],
    start: str,
    end: str,
) -> Reference:
    """Mean cost and days of each type and broad group in a span.

    Parameters
    ----------
    tables : mapping of str to ibis table
        Stays by city, as the panel counts them.
    types, broad : sequence of str
        Of `vocabulary.patient_covariates`; the words of a broad group belong to its types too.
    start, end : str
        First and last period of the span.

    Returns
    -------
    Reference
        Each mean is an exact fraction of integers, rounded half up once. Cost: one grouping a city.

    Raises
    ------
    DataError
        With all columns that cities lack, or if no stay lies in the span.
    """

    words = tuple(dict.fromkeys([*broad, *types]))
    return reference_of(list(sums_by_city(engine, tables, words, start, end).values()), words, broad)


def sums_by_city(
    engine: TableEngine, tables: Mapping[str, ir.Table], words: Sequence[str], start: str, end: str
) -> dict[str, pd.DataFrame]:
    """Stays, known values and sums of each type in the span, by city; arguments and errors as `reference_means`."""
    problems = [p for city, table in tables.items() for p in _lacking(city, table, words)]
    if problems:
        raise DataError("standardise", problems)
    found = {}
    for city in sorted(tables):
        table = tables[city]
        inside = table.filter(table.discharge_date.between(first_day(start), last_day(end)))
        found[city] = engine.to_frame(_sums(inside, words), words)
    if not any(len(frame) for frame in found.values()):
        todo = "mend standardise.start and standardise.end"
        what = f"none is discharged between {start} and {end}"
        raise DataError("standardise", [Problem("stays", what, todo)])
    return found


def reference_of(parts: Sequence[pd.DataFrame], words: Sequence[str], broad: Sequence[str]) -> Reference:
    """The means of several cities' sums."""
    import pandas as pd

    sums = pd.concat(parts, ignore_index=True).groupby(list(words), as_index=False, sort=True).sum()
    by_broad = (
        sums.groupby(list(broad), as_index=False, sort=True).sum(numeric_only=True) if broad else sums[:0]
    )
    whole = sums[[c for c in sums if c not in words]].sum()
    overall = {name: _mean(whole[f"s_{name}"], whole[f"n_{name}"], name) for name in MEANS}
    means = _means(sums, words), _means(by_broad, broad)
    return Reference(tuple(words), tuple(broad), *means, overall, int(whole["n"]))


def _lacking(city: str, table: ir.Table, words: Sequence[str]) -> list[Problem]:
    needed = [*(needed_column(word) for word in words), *MEANS]
    return [
        Problem(f"city {city}", f"has no column '{name}'", nearest(name, table.columns))
        for name in dict.fromkeys(needed)
        if name not in table.columns
    ]


def _word(stays: ir.Table, name: str) -> ir.StringValue:
    """The word of a stay as text; one of its own where it has none."""
    levels = closed_levels(name)
    if not levels:
        return open_word(stays, name).fill_null(MISSING)
    return closed_code(stays, name).cases(*enumerate(levels), else_=MISSING)


def _sums(stays: ir.Table, words: Sequence[str]) -> ir.Table:
    from ..schema.functions import int64_of_sum

    made = {"n": stays.count()}
    for name in MEANS:
        made |= {f"n_{name}": stays[name].count(), f"s_{name}": int64_of_sum(stays[name].sum().fill_null(0))}
    return stays.group_by(**{word: _word(stays, word) for word in words}).agg(**made)


def _mean(total: int, count: int, name: str) -> int:
    """A mean rounded half up: amounts to the minor unit, days to 1e-6; 0 where nothing is known."""
    return half_up_ratio(int(total) * (MICRO if name in DAYS else 1), int(count)) if count else 0


def _means(sums: pd.DataFrame, words: Sequence[str]) -> pd.DataFrame:
    made = sums[list(words)].astype("str")
    for name in MEANS:
        pairs = zip(sums[f"s_{name}"], sums[f"n_{name}"], strict=True)
        made[f"m_{name}"] = [_mean(s, n, name) if n else None for s, n in pairs]
    return made.astype({f"m_{name}": "Int64" for name in MEANS})


def with_expected(engine: TableEngine, stays: ir.Table, reference: Reference) -> ir.Table:
    """Stays with ``expected_cost``, ``expected_days`` and, with broad groups, ``expected_cost_broad``.

    A type without a stay in the span has the mean of its broad group, a group without one that of all; the
    column ``expected_from`` says which (``type``, ``broad``, ``all``). Cost: two joins with small tables.
    """
    known = stays.mutate(**{f"word_{word}": _word(stays, word) for word in reference.types})
    return _expected(engine, known, reference, stays.columns)


def type_counts(engine: TableEngine, stays: ir.Table, words: Sequence[str], frequency: str) -> ir.Table:
    """Stays by hospital, period and type, kept by the engine; one pass."""
    coded = stays.select(
        "hospital",
        period=period_label(stays.discharge_date, frequency),
        **{f"word_{word}": _word(stays, word) for word in words},
    )
    keys = ["hospital", "period", *(f"word_{word}" for word in words)]
    return engine.stage(coded.group_by(*keys).agg(n=coded.count()))


def expected_sums(engine: TableEngine, counts: ir.Table, reference: Reference) -> pd.DataFrame:
    """Expected sums by hospital and period, from `type_counts` and any reference.

    Returns
    -------
    pandas.DataFrame
        ``hospital``, ``period`` and the expected columns, as the panel has them.
    """
    made = _expected(engine, counts, reference, ("hospital", "period", "n"))
    names = [name for name in made.columns if name.startswith("expected_") and name != SOURCE]
    sums = {name: (made[name] * made.n).sum().cast("float64") for name in names}
    return engine.to_frame(made.group_by("hospital", "period").agg(**sums), ("hospital", "period"))


def _expected(engine: TableEngine, known: ir.Table, reference: Reference, kept: Sequence[str]) -> ir.Table:
    """The columns `kept` beside what is expected of each row by its words."""
    import ibis

    known = _joined(engine, known, reference.by_type, reference.types, "t_")
    if reference.broad:
        known = _joined(engine, known, reference.by_broad, reference.broad, "b_")
    made: dict[str, ir.Value] = {}
    for name, expected in MEANS.items():
        chain = [known[f"t_{name}"], *([known[f"b_{name}"]] if reference.broad else [])]
        mean = ibis.coalesce(*chain, ibis.literal(reference.overall[name], "int64")).cast("int64")
        made[expected] = mean.cast("float64") / MICRO if name in DAYS else mean
    if reference.broad:
        whole = ibis.literal(reference.overall["total_cost"], "int64")
        made[BROAD["total_cost"]] = ibis.coalesce(known.b_total_cost, whole).cast("int64")
    at_broad = known.b_total_cost.notnull() if reference.broad else ibis.literal(False)
    source = ibis.cases((known.t_total_cost.notnull(), "type"), (at_broad, "broad"), else_="all")
    return known.mutate(**made, **{SOURCE: source}).select(*kept, *made, SOURCE)


def _joined(
    engine: TableEngine, stays: ir.Table, means: pd.DataFrame, words: Sequence[str], prefix: str
) -> ir.Table:
    """Stays beside the means of their words."""
    names = {**{word: f"of_{word}" for word in words}, **{f"m_{name}": prefix + name for name in MEANS}}
    small = engine.small_table(means.rename(columns=names))
    same = [stays[f"word_{word}"] == small[f"of_{word}"] for word in words]
    return stays.left_join(small, same).drop(*(f"of_{word}" for word in words))


def expected_entry(engine: TableEngine, stays: ir.Table, city: str, reference: Reference) -> Entry:
    """What the ledger says: how many stays of a city have the mean of a broad group, or of all; one pass."""
    counted = engine.to_frame(stays.group_by(SOURCE).agg(n=stays.count()), (SOURCE,))
    of = dict(zip(counted[SOURCE], counted["n"].astype(int), strict=True))
    rows, other = sum(of.values()), of.get("broad", 0) + of.get("all", 0)
    note = (
        f"expected cost by {', '.join(reference.types)} from {reference.stays} stays; of a type without any: "
        f"{of.get('broad', 0)} take the mean of their broad group, {of.get('all', 0)} that of all"
    )
    return Entry("panel", city, "standardised", rows, rows, other, None, None, note)
