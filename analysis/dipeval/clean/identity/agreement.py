"""Two files of the same stays against each other: the settlement list and the front page of one visit.

They are written by two offices for two readers. Where they differ in the principal diagnosis or in the
total, one of them is wrong, or both follow their own rules: a person must know how often, and when.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...errors import DataError, Problem, nearest
from .code_forms import first_four

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ...store.contract import TableEngine

ITEMS = (
    "principal_diagnosis",
    "principal_procedure",
    "total_cost",
    "care_days",
    "admission_date",
    "discharge_date",
)
FIRST_FOUR = "principal_diagnosis_4"
STAY, WITHOUT_KEY, KEY_REPEATED = "stay", "stay_without_key", "stay_with_repeated_key"
OUTCOMES = ("agree", "differ", "only_a", "only_b", "neither")
COLUMNS = ("other", "item", "year", *OUTCOMES, "agree_share")
"""`a` are the city's own files, `b` the others; ``only_a``: a has a value (or the stay), b has none."""


def agreement(
    engine: TableEngine,
    a: ir.Table,
    b: ir.Table,
    key: Sequence[str],
    other: str,
    where: str,
    other_key: Sequence[str] = (),
) -> pd.DataFrame:
    """Compare two tables of the same stays.

    Parameters
    ----------
    a, b : ibis table
        Rows that the cleaning kept, with the columns of `key` (numbers of records as hashes).
    key : sequence of str
        What names a stay in `a`, and in `b` unless `other_key` is given.
    other : str
        The name of `b`.
    where : str
        The declaration, for messages.
    other_key : sequence of str, optional
        What says the same in `b`, column by column.

    Returns
    -------
    pandas.DataFrame
        With `COLUMNS`, one row an item and year (of the discharge in `a`, in `b` for stays that only it
        has). ``stay`` counts stays found in both (``agree``), in `a` and in `b` only; stays without a
        key and stays whose key stands twice in either file are counted apart and not compared. Amounts agree
        to the minor unit. Cost: one grouping of each table by its key, and one join.

    Raises
    ------
    DataError
        When one of the two has not the columns of the key.
    """
    import pandas as pd

    problems = [
        Problem(where, f"{name} have no {column}", nearest(column, table.columns))
        for name, table, columns in (
            ("the city's own files", a, key),
            (f"the files of '{other}'", b, other_key or key),
        )
        for column in columns
        if column not in table.columns
    ]
    if problems:
        raise DataError("compare files", problems)
    items = [name for name in ITEMS if name in a.columns and name in b.columns]
    one = engine.stage(_keyed(a, key, items))
    two = engine.stage(_keyed(b, other_key or key, items))
    single, other_single = (table.filter(table.times == 1) for table in (one, two))
    frames = [
        _stays(engine, single, other_single, one, two),
        *_items(engine, single, other_single, items),
    ]
    made = pd.concat(frames, ignore_index=True).assign(other=other)
    compared = made[["agree", "differ", "only_a", "only_b"]].sum(axis=1)
    made["agree_share"] = (made["agree"] / compared.where(compared > 0)).round(6)
    return made.sort_values(["order", "year"], kind="stable")[list(COLUMNS)].reset_index(drop=True)


def _keyed(table: ir.Table, key: Sequence[str], items: Sequence[str]) -> ir.Table:
    """What is compared of each row, with ``times``: how often its key stands; 0 without a key."""
    import ibis

    known = [table[name].notnull() for name in key]
    names = {f"key_{k}": table[name] for k, name in enumerate(key)}
    values = {name: table[name] for name in items}
    if "principal_diagnosis" in values:
        values[FIRST_FOUR] = first_four(table.principal_diagnosis)
    year = table.discharge_date.year().cast("int64")
    rows = table.select(has_key=ibis.and_(*known), year=year, **names, **values)
    times = rows.count().over(group_by=list(names))
    return rows.mutate(times=ibis.ifelse(rows.has_key, times, 0))


def _stays(engine: TableEngine, a: ir.Table, b: ir.Table, all_a: ir.Table, all_b: ir.Table) -> pd.DataFrame:
    """Stays found in both, in one only, without a key, and under a key that stands twice."""
    import pandas as pd

    keys = _keys(a)
    told = [(STAY, "agree", a.semi_join(b, keys))]
    for outcome, single, own, other in (("only_a", a, all_a, all_b), ("only_b", b, all_b, all_a)):
        several = other.filter(other.times > 1)
        told += [
            (STAY, outcome, single.anti_join(other.filter(other.times > 0), keys)),
            (WITHOUT_KEY, outcome, own.filter(own.times == 0)),
            (KEY_REPEATED, outcome, own.filter(own.times > 1).union(single.semi_join(several, keys))),
        ]
    rows = []
    for item, outcome, table in told:
        counted = engine.to_frame(table.group_by("year").agg(rows=table.count()), ("year",))
        rows += [(item, int(year), outcome, int(n)) for year, n in counted.itertuples(index=False)]
    long = pd.DataFrame(rows, columns=["item", "year", "outcome", "rows"])
    wide = long.pivot_table(index=["item", "year"], columns="outcome", values="rows", fill_value=0)
    wide = wide.reindex(columns=list(OUTCOMES), fill_value=0).astype("int64").reset_index()
    return wide.assign(order=wide["item"].map({STAY: 0, WITHOUT_KEY: 1, KEY_REPEATED: 2}))


def _items(engine: TableEngine, a: ir.Table, b: ir.Table, items: Sequence[str]) -> list[pd.DataFrame]:
    """The values of stays that stand in both."""
    from ...schema.functions import int64_of_sum

    keys = _keys(a)
    renamed = b.select(*keys, **{f"other_{name}": b[name] for name in _values(b)})
    both = a.inner_join(renamed, keys)
    names = [name for item in items for name in ((FIRST_FOUR, item) if item == ITEMS[0] else (item,))]
    sums = {
        f"{name}__{outcome}": int64_of_sum(hit.cast("int64").sum())
        for name in names
        for outcome, hit in _outcomes(both[name], both[f"other_{name}"]).items()
    }
    counted = engine.to_frame(both.group_by("year").agg(**sums), ("year",))
    frames = []
    for place, name in enumerate(names):
        told = {outcome: counted[f"{name}__{outcome}"].astype("int64") for outcome in OUTCOMES}
        frames.append(counted[["year"]].assign(item=name, order=3 + place, **told))
    return frames


def _outcomes(one: ir.Value, other: ir.Value) -> dict[str, ir.BooleanValue]:
    has_one, has_other = one.notnull(), other.notnull()
    return {
        "agree": (one == other).fill_null(False),
        "differ": (one != other).fill_null(False),
        "only_a": has_one & ~has_other,
        "only_b": ~has_one & has_other,
        "neither": ~has_one & ~has_other,
    }


def _keys(table: ir.Table) -> list[str]:
    return [name for name in table.columns if name.startswith("key_")]


def _values(table: ir.Table) -> list[str]:
    return [name for name in table.columns if name in (*ITEMS, FIRST_FOUR)]
