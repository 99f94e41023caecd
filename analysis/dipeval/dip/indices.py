"""Indices of hospitals (or any group): case mix, cost and time consumption, grouping, adjustment.

Two variants of the consumption indices are in use, so both stand in the table under their own names:

- ``cost_index_by_type``: Σ_g n_hg (m_hg / m_g) / Σ_g n_hg, the mean over cases of the ratio within each type;
- ``cost_index_of_sums``: Σ_g n_hg m_hg / Σ_g n_hg m_g, actual over expected cost.

``time_index_…`` are the same with days of care. m_g is the mean of the type over all cases that are given.
Source: standard definitions; which variant a city means is to be asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .scoring import Scales

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine


@dataclass(frozen=True)
class Indices:
    """Indices by group.

    Attributes
    ----------
    by : tuple of str
    frame : pandas.DataFrame
        `by`, ``cases``, ``grouped_cases``, ``grouping_rate``, ``case_mix_index`` (Σ RW / grouped cases, on
        the scale on which 1 is the mean), the four consumption indices, ``adjusted_share`` (cases with an
        auxiliary coefficient other than 1 over grouped cases) and ``mean_cost`` (minor units). What a group
        has no cases for is missing.
    """

    by: tuple[str, ...]
    frame: pd.DataFrame

    def tidy(self) -> pd.DataFrame:
        """The table itself."""
        return self.frame


def indices(engine: TableEngine, cases: ir.Table, by: Sequence[str], scales: Scales, scale: int) -> Indices:
    """Compute the indices of scored cases.

    Parameters
    ----------
    cases : ibis table
        From `scoring.scored`, with ``care_days`` where the time indices are wanted.
    scale : int
        The catalogue's scale: a weight of `scale` is 1.

    Returns
    -------
    Indices
        Cost: one pass; Python sees groups × types.
    """
    from ..schema.functions import int64_of_sum

    if not by:
        raise ValueError("name at least one column to group by")
    neutral = 10**scales.auxiliary
    made = {
        "n": cases.count(),
        "cost": int64_of_sum(cases.total_cost.sum()),
        "weight": int64_of_sum(cases.relative_weight.sum()),
        "adjusted": int64_of_sum((cases.auxiliary_coefficient != neutral).cast("int64").sum()),
    }
    if "care_days" in cases.columns:
        known = cases.care_days.notnull().cast("int64")
        made |= {"days": int64_of_sum(cases.care_days.sum()), "n_days": int64_of_sum(known.sum())}
    keys = [*by, "disease_type"]
    frame = engine.to_frame(cases.group_by(*keys).agg(**made), order_by=keys)
    return Indices(tuple(by), _of_groups(frame, list(by), scale * 10**scales.weight))


def _of_groups(frame: pd.DataFrame, by: list[str], unit: int) -> pd.DataFrame:
    frame = frame.fillna({"weight": 0, "adjusted": 0})
    whole = frame.groupby(by, dropna=False, sort=True)[["n", "cost"]].sum()
    typed = frame[frame["disease_type"].notna()]
    sums = (
        typed.groupby(by, dropna=False)[["n", "weight", "adjusted"]].sum().reindex(whole.index, fill_value=0)
    )
    some = sums["n"].where(sums["n"] > 0)
    made = whole[[]].assign(
        cases=whole["n"],
        grouped_cases=sums["n"],
        grouping_rate=sums["n"] / whole["n"],
        case_mix_index=sums["weight"] / some / unit,
    )
    pairs = [("cost", "cost", "n")] + ([("time", "days", "n_days")] if "days" in frame else [])
    for name, total, count in pairs:
        made = made.join(_consumption(typed, by, name, total, count))
    made["adjusted_share"] = sums["adjusted"] / some
    made["mean_cost"] = whole["cost"] / whole["n"]
    return made.reset_index()


def _consumption(typed: pd.DataFrame, by: list[str], name: str, total: str, count: str) -> pd.DataFrame:
    """Both variants of one index, over types whose mean is above 0."""
    sums = typed.groupby("disease_type")[[total, count]].transform("sum")
    expected_mean = sums[total] / sums[count].where(sums[count] > 0)
    known = typed.assign(expected=expected_mean * typed[count], ratio=typed[total] / expected_mean)
    known = known[expected_mean > 0]
    grouped = known.groupby(by, dropna=False)[[total, count, "expected", "ratio"]].sum()
    return grouped[[]].assign(
        **{
            f"{name}_index_by_type": grouped["ratio"] / grouped[count],
            f"{name}_index_of_sums": grouped[total] / grouped["expected"],
        }
    )


@dataclass(frozen=True)
class Homogeneity:
    """How alike cases within types are.

    Attributes
    ----------
    types : pandas.DataFrame
        ``disease_type``, ``cases``, ``mean_cost``, ``cv`` (standard deviation n - 1 over mean).
    reduction_in_variance : float
        RIV = 1 - SSW / SST over all grouped cases.
    """

    types: pd.DataFrame
    reduction_in_variance: float

    def tidy(self) -> pd.DataFrame:
        """The types' table."""
        return self.types


def homogeneity(engine: TableEngine, cases: ir.Table) -> Homogeneity:
    """Coefficients of variation within types, and the variance that types explain; one pass."""
    from ..schema.functions import int64_of_sum

    typed = cases.filter(cases.disease_type.notnull())
    wide = typed.total_cost.cast("decimal(38, 0)")
    summed = typed.group_by("disease_type").agg(
        n=typed.count(), s=int64_of_sum(typed.total_cost.sum()), q=(wide * wide).sum().cast("string")
    )
    frame = engine.to_frame(summed, order_by=["disease_type"])
    n, s, q = ([int(value) for value in frame[name]] for name in ("n", "s", "q"))
    # Integers throughout, so that equal costs have a spread of exactly nothing.
    squares = [q_ * n_ - s_**2 for n_, s_, q_ in zip(n, s, q, strict=True)]
    spread = [(v / (k * (k - 1))) ** 0.5 if k > 1 else None for v, k in zip(squares, n, strict=True)]
    types = frame[["disease_type"]].assign(cases=n, mean_cost=frame["s"] / frame["n"])
    types["cv"] = [d * k / t if d is not None and t else None for d, k, t in zip(spread, n, s, strict=True)]
    within = sum(v / k for v, k in zip(squares, n, strict=True))
    total = sum(q) - sum(s) ** 2 / sum(n) if n else 0.0
    return Homogeneity(types.astype({"cv": "float64"}), 1 - within / total if total else float("nan"))
