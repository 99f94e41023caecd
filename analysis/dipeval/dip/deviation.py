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
from typing import TYPE_CHECKING

from .catalogue import ALL_LEVELS, ALL_YEARS, Catalogue
from .exact import scaled
from .parameters import Deviation

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy as np
    import pandas as pd

AMOUNTS = {
    "reference_sum": "Int64",
    "reference_count": "Int64",
    "low_below": "Int64",
    "high_above": "Int64",
    "extreme_above": "Int64",
    "reference_basis": "str",
}
"""What a cost is compared with; NULL where a type has no reference."""


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
    import numpy as np
    import pandas as pd

    references, names = catalogue.references, catalogue.types["disease_type"]
    place = pd.Index(names).get_indexer(references["disease_type"])
    total, count = np.zeros((2, len(names), len(levels)), dtype="int64")
    basis = np.full(total.shape, "", dtype=object)
    last = (deviation.reference_minimum, 1, 1)
    for k, level in enumerate(levels):
        for step, least in zip((level, ALL_LEVELS, ALL_YEARS), last, strict=True):
            rows = ((references["level"] == step) & (place >= 0)).to_numpy()
            s, n = np.zeros((2, len(names)), dtype="int64")
            s[place[rows]], n[place[rows]] = references["sum"][rows], references["count"][rows]
            used = (basis[:, k] == "") & (n >= least) & (s > 0)
            total[used, k], count[used, k] = s[used], n[used]
            basis[used, k] = "level" if step == level else step
    number, at = np.nonzero(basis != "")
    amounts = _reduced(total[number, at], count[number, at], deviation)
    return pd.DataFrame(
        {"type_number": number.astype("int64"), "level": np.array(levels, dtype=object)[at]}
        | dict(zip(AMOUNTS, (*amounts, basis[number, at]), strict=True))
    ).astype({"level": "str", "reference_basis": "str"})


def _reduced(total: np.ndarray, count: np.ndarray, deviation: Deviation) -> list[np.ndarray]:
    """Sum and count in lowest terms, and the costs at which the class changes.

    cost / mean < low is cost < low · sum / count, and for whole costs cost < ⌈low · sum / count⌉. Thresholds of
    so many digits that the products leave an int64 are multiplied as Python's integers.
    """
    import numpy as np

    limits = [Fraction(v) for v in (deviation.low, deviation.high, deviation.extreme)]
    largest = max(max(v.numerator, v.denominator) for v in limits)
    if largest * int(max(total.max(initial=0), count.max(initial=0))) >= 2**63:
        total, count = total.astype(object), count.astype(object)
    low, *others = limits
    common = np.gcd(total, count)
    below = -(-low.numerator * total // (low.denominator * count))
    above = [limit.numerator * total // (limit.denominator * count) for limit in others]
    return [part.astype("int64") for part in (total // common, count // common, below, *above)]


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
