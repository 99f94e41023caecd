"""Limits of the total cost by group, exact: amounts at a rank, in whole minor units.

A quantile is the smallest amount that at least this share of the group does not exceed (the inverse
of the empirical distribution function; definition 1 of Hyndman and Fan 1996), so that limits are
amounts of stays, the same in every engine and for every number of threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import DataError, Problem, nearest
from .judge import KEPT, judge
from .rule import REJECT, Rule, Setting
from .rules.outlier import GROUPS, IQR, MAD, NONE, OUTLIER, WINSORISE

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..store.contract import TableEngine

MILLION, SCALE = 1_000_000, 10_000
CONSISTENT = 1.4826
"""Times the median deviation is the standard deviation of a normal distribution."""


def with_outliers(engine: TableEngine, table: ir.Table, rules: Sequence[Rule], setting: Setting) -> ir.Table:
    """Mark stays whose total cost lies beyond the limits of their group, if the city declares a method.

    Limits come from the stays that all other rules keep, so from the study's window and population.

    Parameters
    ----------
    table : ibis table
        As the rules judge it.
    rules : sequence of Rule
        All rules of the city.

    Returns
    -------
    ibis table
        With ``is_outlier`` and, where the city asks to winsorise, ``total_cost_trimmed``: the total
        drawn in to the limits. ``total_cost`` is as it was. Cost: one sort of group and amount
        (two for median deviations), and nothing where no method is declared.

    Raises
    ------
    DataError
        When the files lack a column that the groups are made of.
    """
    import ibis

    if not setting.is_on(OUTLIER) or setting.value(OUTLIER, "method") == NONE:
        return table
    keys = _keys(table, setting)
    grouped = engine.named(table.mutate(**keys))
    rejecting = [rule for rule in rules if rule.action == REJECT and not rule.name.startswith("without_")]
    kept = judge(engine, grouped, rejecting, replace(setting, without=())).table
    amounts = kept.filter(kept.verdict == KEPT).select(*keys, amount="total_cost")
    limits = engine.stage(_limits(engine.stage(amounts), list(keys), setting))
    joined = grouped.left_join(limits, list(keys))
    joined = joined.drop([name for name in joined.columns if name.endswith("_right")])
    total = joined.total_cost
    made = {"is_outlier": ((total < joined.lowest) | (total > joined.highest)).fill_null(False)}
    if setting.value(OUTLIER, "action") == WINSORISE:
        drawn = ibis.cases(
            (total < joined.lowest, joined.lowest), (total > joined.highest, joined.highest), else_=total
        )
        made["total_cost_trimmed"] = drawn.cast("int64")
    return joined.mutate(**made).drop(*keys, "lowest", "highest")


def _keys(table: ir.Table, setting: Setting) -> dict[str, ir.StringValue]:
    """What the groups are made of, as text; stays of which it is not known are a group of their own."""
    chosen = dict.fromkeys(setting.value(OUTLIER, "by"))
    lacking = [name for name in chosen if GROUPS[name] not in table.columns]
    if lacking:
        city = setting.city.name
        where = f"cities/{city}.toml, key rules.outlier.by"
        problems = [
            Problem(where, f"the files have no {GROUPS[name]}", nearest(GROUPS[name], table.columns))
            for name in lacking
        ]
        raise DataError(f"clean {city}", problems)
    found = {}
    for name in chosen:
        value = table[GROUPS[name]]
        if name == "year":
            value = value.year().cast("string")
        elif name == "diagnosis":
            value = value.substr(0, 3).upper()
        found[f"group__{name}"] = value.fill_null("")
    return found or {"group__all": table.hospital.isnull().ifelse("", "")}


def _limits(amounts: ir.Table, keys: list[str], setting: Setting) -> ir.Table:
    """``lowest`` and ``highest`` of each group that is large enough."""
    method = setting.value(OUTLIER, "method")
    factor = setting.value(OUTLIER, "factor")
    fewest = setting.value(OUTLIER, "fewest")
    if method == IQR:
        quartiles = _at(amounts, keys, fewest, 0.25, 0.75)
        reach = _times(quartiles.upper - quartiles.lower, factor)
        return quartiles.select(*keys, lowest=quartiles.lower - reach, highest=quartiles.upper + reach)
    if method == MAD:
        middle = _at(amounts, keys, fewest, 0.5, 0.5).select(*keys, middle="lower")
        both = amounts.inner_join(middle, keys)
        apart = both.select(*keys, amount=(both.amount - both.middle).abs(), middle=both.middle)
        found = _at(apart, keys, fewest, 0.5, 0.5).inner_join(middle, keys)
        reach = _times(found.lower, factor * CONSISTENT)
        return found.select(*keys, lowest=found.middle - reach, highest=found.middle + reach)
    low, high = setting.value(OUTLIER, "low"), setting.value(OUTLIER, "high")
    found = _at(amounts, keys, fewest, low, high)
    return found.select(*keys, lowest=found.lower, highest=found.upper)


def _at(amounts: ir.Table, keys: list[str], fewest: int, low: float, high: float) -> ir.Table:
    """``lower`` and ``upper``: the amounts of each group at two quantiles."""
    import ibis

    ranked = amounts.mutate(
        place=ibis.row_number().over(group_by=keys, order_by="amount") + 1,
        stays=amounts.count().over(group_by=keys),
    )
    chosen = ranked.filter(
        (ranked.stays >= fewest)
        & ((ranked.place == _rank(ranked.stays, low)) | (ranked.place == _rank(ranked.stays, high)))
    )
    return chosen.group_by(keys).agg(lower=chosen.amount.min(), upper=chosen.amount.max())


def _rank(stays: ir.IntegerValue, share: float) -> ir.IntegerValue:
    """ceil(share · stays), at least 1: in integers, where 0.07 · 100 is 7 and not 8."""
    import ibis

    parts = round(share * MILLION)
    return ibis.greatest(((stays * parts + (MILLION - 1)) // MILLION).cast("int64"), 1)


def _times(amount: ir.IntegerValue, factor: float) -> ir.IntegerValue:
    """An amount, none negative, times a factor of at most four decimals: in whole minor units, half up."""
    from ..schema.functions import rounded_share

    return rounded_share(amount, round(factor * SCALE), SCALE)
