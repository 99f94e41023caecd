"""Integer sums of cases by group and hospital, their margins, and who stands behind each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine

HOLDERS = ("city", "hospital")
ALL = "*"
"""The value of a dimension that is added up; no level of a column is called so."""
HALF_BITS = 20
"""Products are summed in halves of so many bits: factors may have 40 bits before a 64-bit sum could overflow."""


def tallied(
    engine: TableEngine,
    cases: ir.Table,
    by: Sequence[str],
    sums: Mapping[str, ir.IntegerValue] | None = None,
    products: Mapping[str, tuple[ir.IntegerValue, ir.IntegerValue]] | None = None,
) -> pd.DataFrame:
    """Count cases and add up integers by group and hospital, in one pass.

    Parameters
    ----------
    engine : TableEngine
    cases : ibis table
        With the columns `by`, ``city`` and ``hospital``.
    by : sequence of str
    sums : mapping of str to ibis integer, optional
        What to add up; missing values count nothing. Sums must fit 63 bits.
    products : mapping of str to (ibis integer, ibis integer), optional
        Products to add up, of factors below 2^40 in size.

    Returns
    -------
    pandas.DataFrame
        `by`, ``city``, ``hospital``, ``n`` and a column for each sum (int64) and product (Python integers),
        sorted. Cost: one pass; memory O(groups × hospitals).
    """
    from dipeval.schema.functions import int64_of_sum

    made: dict[str, ir.Value] = {"n": cases.count().cast("int64")}
    made |= {name: int64_of_sum(value.fill_null(0).sum()) for name, value in (sums or {}).items()}
    for name, (left, right) in (products or {}).items():
        made |= _product_parts(name, left.fill_null(0), right.fill_null(0))
    keys = [*by, *HOLDERS]
    frame = engine.to_frame(cases.group_by(keys).agg(**made), order_by=keys)
    whole = {name: frame[name].astype("int64") for name in ("n", *(sums or {}))}
    joined = {name: _joined(frame, name) for name in products or {}}
    return frame[keys].assign(**whole, **joined)


def _product_parts(name: str, left: ir.IntegerValue, right: ir.IntegerValue) -> dict[str, ir.Value]:
    """Sums as text: an engine's widest integer would come to Python as a float."""
    mask = 2**HALF_BITS - 1
    left_high, left_low = left >> HALF_BITS, left & mask
    right_high, right_low = right >> HALF_BITS, right & mask
    parts = {
        "hh": left_high * right_high,
        "hl": left_high * right_low,
        "lh": left_low * right_high,
        "ll": left_low * right_low,
    }
    return {f"{name}_{key}": part.sum().cast("string") for key, part in parts.items()}


def _joined(frame: pd.DataFrame, name: str) -> pd.Series:
    rows = zip(*(frame[f"{name}_{key}"] for key in ("hh", "hl", "lh", "ll")), strict=True)
    made = [
        (int(hh) << 2 * HALF_BITS) + ((int(hl) + int(lh)) << HALF_BITS) + int(ll) for hh, hl, lh, ll in rows
    ]
    return pd.Series(made, index=frame.index, dtype="object")


def with_margins(
    tally: pd.DataFrame, by: Sequence[str], margins: Sequence[str] | None = None
) -> pd.DataFrame:
    """The tally with the sums over every combination of dimensions, which then are `ALL`.

    Parameters
    ----------
    tally : pandas.DataFrame
        From :func:`tallied`.
    by : sequence of str
    margins : sequence of str, optional
        Dimensions that are added up; by default all of `by`.

    Returns
    -------
    pandas.DataFrame
        As `tally`, the rows of the margins below. Cost O(rows × 2^dimensions).
    """
    added = list(by) if margins is None else list(margins)
    keys = [*by, *HOLDERS]
    parts = [tally]
    for size in range(1, len(added) + 1):
        for chosen in combinations(added, size):
            summed = tally.assign(**dict.fromkeys(chosen, ALL)).groupby(keys, sort=True).sum().reset_index()
            parts.append(summed[tally.columns])
    return pd.concat(parts, ignore_index=True)


def gathered(tally: pd.DataFrame, by: Sequence[str], counted: str = "n") -> pd.DataFrame:
    """Put the hospitals of each group together.

    Parameters
    ----------
    tally : pandas.DataFrame
    by : sequence of str
        Empty: one row for all.
    counted : str
        The column whose cases stand behind the row.

    Returns
    -------
    pandas.DataFrame
        Indexed by `by`: the sums, ``count`` and ``largest_share`` (of the largest hospital; NaN without a
        case), ``hospitals`` (how many have a case).
    """
    values = [name for name in tally.columns if name not in (*by, *HOLDERS)]
    keyed = tally.assign(**({} if by else {"_": ""}))
    grouped = keyed.groupby(list(by) or ["_"], sort=True)
    made = grouped[values].sum()
    count = made[counted].astype("float64")
    largest = grouped[counted].max().astype("float64")
    made = made.assign(count=count, largest_share=(largest / count.where(count > 0)).astype("float64"))
    made["hospitals"] = keyed[counted].gt(0).groupby([keyed[k] for k in (list(by) or ["_"])]).sum()
    return made


def held(made: pd.DataFrame, key: object) -> dict[str, float]:
    """Count and largest share of one row of :func:`gathered`; 0 and NaN where it is not there."""
    if key not in made.index:
        return {"count": 0.0, "largest_share": np.nan}
    row = made.loc[key]
    return {"count": float(row["count"]), "largest_share": float(row["largest_share"])}
