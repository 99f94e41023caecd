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
from .fixed_point import rounded_ratio
from .parameters import Deviation

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

NO_REFERENCE = "none"


def reference_frame(catalogue: Catalogue, deviation: Deviation, levels: Sequence[str]) -> pd.DataFrame:
    """For each type and level, the mean that a cost is compared with, as an exact sum and count.

    The last year's cases in hospitals of that level; where they are fewer than `reference_minimum`, the last
    year's in all hospitals; where there are none, all base years.

    Returns
    -------
    pandas.DataFrame
        ``type_number``, ``level``, ``reference_sum``, ``reference_count``, ``reference_basis`` (the level,
        ``all_levels``, ``all_years`` or ``none``).
    """
    import pandas as pd

    rows = catalogue.references.itertuples(index=False)
    known = {(r.disease_type, r.level): (int(r.sum), int(r.count)) for r in rows}
    made = []
    for number, name in enumerate(catalogue.types["disease_type"]):
        for level in levels:
            steps = [(level, deviation.reference_minimum), (ALL_LEVELS, 1), (ALL_YEARS, 1)]
            basis, (total, count) = NO_REFERENCE, (0, 0)
            for step, least in steps:
                found = known.get((name, step), (0, 0))
                if found[1] >= least and found[0] > 0:
                    basis, (total, count) = step, found
                    break
            common = gcd(total, count) or 1
            basis = "level" if basis == level else basis
            made.append((number, level, total // common, count // common, basis))
    types = {
        "type_number": "int64",
        "level": "str",
        "reference_sum": "int64",
        "reference_count": "int64",
        "reference_basis": "str",
    }
    return pd.DataFrame(made, columns=list(types)).astype(types)


def deviated(cases: ir.Table, deviation: Deviation) -> ir.Table:
    """Cases with ``cost_ratio``, ``deviation_class`` and ``deviation_multiplier``.

    Parameters
    ----------
    cases : ibis table
        With ``total_cost``, ``reference_sum`` and ``reference_count``.

    Returns
    -------
    ibis table
        Ratio and multiplier in units of 10^-`ratio_decimals`. Without a reference the ratio is NULL, the
        class normal and the multiplier 1. Lazy; no pass of its own.
    """
    import ibis

    one = 10**deviation.ratio_decimals
    known = (cases.reference_sum > 0).fill_null(False)
    total = known.ifelse(cases.reference_sum, 1)
    number = cases.total_cost * cases.reference_count.fill_null(0)
    ratio = known.ifelse(rounded_ratio(number, total, deviation.ratio_decimals), None)

    def against(threshold) -> tuple[ir.IntegerValue, ir.IntegerValue]:
        exact = Fraction(threshold)
        return number * exact.denominator, total * exact.numerator

    low, extreme, high = against(deviation.low), against(deviation.extreme), against(deviation.high)
    kind = ibis.cases(
        (~known, "normal"),
        (low[0] < low[1], "low"),
        (extreme[0] > extreme[1], "extreme"),
        (high[0] > high[1], "high"),
        else_="normal",
    )
    classed = cases.mutate(cost_ratio=ratio, deviation_class=kind)
    above = classed.cost_ratio - scaled(deviation.high, deviation.ratio_decimals) + one
    rules = {"as_high": above, "as_normal": ibis.literal(one, "int64"), "as_incurred": classed.cost_ratio}
    multiplier = ibis.cases(
        (classed.deviation_class == "low", classed.cost_ratio),
        (classed.deviation_class == "high", above),
        (classed.deviation_class == "extreme", rules[deviation.extreme_rule]),
        else_=one,
    )
    return classed.mutate(deviation_multiplier=multiplier.cast("int64"))


def multiplier(ratio: Fraction, deviation: Deviation) -> Fraction:
    """The multiplier of one exact cost ratio, unrounded: the same rule for curves and for checks by hand."""
    low, high, extreme = (Fraction(v) for v in (deviation.low, deviation.high, deviation.extreme))
    if ratio < low:
        return ratio
    if ratio <= high:
        return Fraction(1)
    rules = {"as_high": ratio - high + 1, "as_normal": Fraction(1), "as_incurred": ratio}
    return rules["as_high"] if ratio <= extreme else rules[deviation.extreme_rule]
