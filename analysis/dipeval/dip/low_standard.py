"""Admissions that hardly needed a bed (低标准入院): a declared rule, counted by hospital.

The specification's list of violations names low-standard admission without saying in public how it is found.
The rule here is a screen, not a verdict: no procedure, few days, a light type, and nearly all of the cost for
examination. Every threshold is an argument, and the default is this package's own (unverified).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .stays import require
from .texts import procedures_text

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine


@dataclass(frozen=True)
class LowStandard:
    """The screen.

    Attributes
    ----------
    most_days : int
        Days of care, at most.
    most_weight : float
        Relative weight, at most (1 is the mean of the region).
    least_examination : float or None
        Least share of examination in total cost; None leaves it out.
    """

    most_days: int = 3
    most_weight: float = 0.5
    least_examination: float | None = 0.5


def low_standard(cases: ir.Table, rule: LowStandard, weight_unit: int) -> ir.BooleanValue:
    """Which grouped cases the screen marks, as a lazy expression.

    Parameters
    ----------
    weight_unit : int
        Units of ``relative_weight`` that are the mean: scale × 10^decimals of the catalogue.

    Raises
    ------
    DataError
        If a column is missing.
    """
    needed = ["care_days", "relative_weight"]
    needed += ["examination_cost"] if rule.least_examination is not None else []
    require(cases, needed, "the screen for low-standard admissions")
    held = (procedures_text(cases) == "") & (cases.care_days <= rule.most_days)
    held = held & (cases.relative_weight <= int(rule.most_weight * weight_unit))
    if rule.least_examination is not None:
        held = held & (cases.examination_cost >= cases.total_cost * rule.least_examination)
    return held.fill_null(False)


def low_standard_rate(
    engine: TableEngine,
    cases: ir.Table,
    rule: LowStandard,
    weight_unit: int,
    by: Sequence[str] = ("hospital",),
) -> pd.DataFrame:
    """Cases that the screen marks, by any columns: ``cases``, ``low_standard``, ``low_standard_share``."""
    from ..schema.functions import int64_of_sum

    marked = cases.mutate(marked=low_standard(cases, rule, weight_unit).cast("int64"))
    summed = marked.group_by(*by).agg(cases=marked.count(), low_standard=int64_of_sum(marked.marked.sum()))
    frame = engine.to_frame(summed, order_by=list(by))
    return frame.assign(low_standard_share=frame["low_standard"] / frame["cases"])
