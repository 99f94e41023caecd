"""Cases that cost much less or much more than their type: the class and the multiplier of each.

With r the cost of a case over the last year's mean cost of its type in hospitals of its level:

====================  =====  ===============
r < low               low    d = r
low <= r <= high      normal d = 1
r > high              high   d = r - high + 1
r > extreme           extreme as declared: as high, as normal, or d = r
====================  =====  ===============

d is continuous at `high` and jumps from `low` to 1 at `low`. Source: the technical specification as described
for Guangzhou and by public implementations; the thresholds are parameters. The class is found from exact
products, not from the rounded ratio; d is taken from the ratio rounded half up to the declared decimals.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd
from typing import TYPE_CHECKING

from .catalogue import ALL_LEVELS, ALL_YEARS, Catalogue
from .exact import scaled
from .parameters import Deviation

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

REFERENCE_TYPES = {
    "type_number": "int64",
    "level": "str",
    "reference_sum": "int64",
    "reference_count": "int64",
    "low_below": "int64",
    "high_above": "int64",
    "extreme_above": "int64",
    "reference_basis": "str",
}


def reference_frame(catalogue: Catalogue, deviation: Deviation, levels: Sequence[str]) -> pd.DataFrame:
    """For each type and level, the mean that a cost is compared with, as an exact sum and count.

    The last year's cases in hospitals of that level; where they are fewer than `reference_minimum`, the last
    year's in all hospitals; where there are none, all base years.

    Returns
    -------
    pandas.DataFrame
        ``type_number``, ``level``, ``reference_sum``, ``reference_count``, ``reference_basis`` (``level``,
        ``all_levels``, ``all_years``); and the costs in whole minor units at which the class changes:
        ``low_below``, ``high_above``, ``extreme_above``. Types without any reference have no row.
    """
    import pandas as pd

    names = catalogue.types["disease_type"].tolist()
    columns = (catalogue.references[c].tolist() for c in ("disease_type", "level", "sum", "count"))
    known = {(name, level): (total, count) for name, level, total, count in zip(*columns, strict=True)}
    limits = tuple(Fraction(v) for v in (deviation.low, deviation.high, deviation.extreme))
    made = []
    for number, name in enumerate(names):
        for level in levels:
            steps = [(level, deviation.reference_minimum), (ALL_LEVELS, 1), (ALL_YEARS, 1)]
            found = [(step, *known.get((name, step), (0, 0)), least) for step, least in steps]
            used = next(((s, total, n) for s, total, n, least in found if n >= least and total > 0), None)
            if used:
                basis = "level" if used[0] == level else used[0]
                made.append((number, level, *_reduced(used[1], used[2], *limits), basis))
    return pd.DataFrame(made, columns=list(REFERENCE_TYPES)).astype(REFERENCE_TYPES)


def _reduced(total: int, count: int, low: Fraction, high: Fraction, extreme: Fraction) -> tuple[int, ...]:
    """Sum and count in lowest terms, and the costs at which the class changes.

    cost / mean < low is cost < low · sum / count, and for whole costs cost < ⌈low · sum / count⌉. Division of
    integers: fractions would take a second for a catalogue of 25,000 types.
    """
    common = gcd(total, count)
    below = -(-low.numerator * total // (low.denominator * count))
    above = (limit.numerator * total // (limit.denominator * count) for limit in (high, extreme))
    return (total // common, count // common, below, *above)


def deviated(cases: ir.Table, deviation: Deviation) -> ir.Table:
    """Cases with ``cost_ratio``, ``deviation_class`` and ``deviation_multiplier``.

    Parameters
    ----------
    cases : ibis table
        With ``total_cost`` and the columns of `reference_frame`, NULL where there is no reference.

    Returns
    -------
    ibis table
        Ratio and multiplier in units of 10^-`ratio_decimals`. Without a reference the ratio is NULL, the
        class normal and the multiplier 1. Lazy; no pass of its own.
    """
    import ibis

    from ..schema.functions import rounded_share

    one = 10**deviation.ratio_decimals
    ratio = rounded_share(cases.total_cost, cases.reference_count * one, cases.reference_sum)
    held = {
        "low": cases.total_cost < cases.low_below,
        "extreme": cases.total_cost > cases.extreme_above,
        "high": cases.total_cost > cases.high_above,
    }
    above = ratio - scaled(deviation.high, deviation.ratio_decimals) + one
    rules = {"as_high": above, "as_normal": ibis.literal(one, "int64"), "as_incurred": ratio}
    multipliers = {"low": ratio, "extreme": rules[deviation.extreme_rule], "high": above}
    return cases.mutate(
        cost_ratio=ratio,
        deviation_class=ibis.cases(*[(held[name], name) for name in held], else_="normal"),
        deviation_multiplier=ibis.cases(*[(held[n], multipliers[n]) for n in held], else_=one).cast("int64"),
    )


def multiplier(ratio: Fraction, deviation: Deviation) -> Fraction:
    """The multiplier of one exact cost ratio, unrounded: the same rule for curves and for checks by hand."""
    low, high, extreme = (Fraction(v) for v in (deviation.low, deviation.high, deviation.extreme))
    if ratio < low:
        return ratio
    if ratio <= high:
        return Fraction(1)
    rules = {"as_high": ratio - high + 1, "as_normal": Fraction(1), "as_incurred": ratio}
    return rules["as_high"] if ratio <= extreme else rules[deviation.extreme_rule]
