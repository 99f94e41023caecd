"""Coding intensity over time under one constant catalogue.

After a payment reform cases carry more secondary diagnoses and heavier types. With the catalogue held
constant, three series by period: the mean weight; the mean number of secondary diagnoses; and that number
at the base period's mix of types (direct standardisation), so that a change of patients does not look like
a change of coding. The comorbidity index is treated in the same way where it was computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import DataError, Problem
from .stays import require

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine


@dataclass(frozen=True)
class CodingIntensity:
    """Coding by period.

    Attributes
    ----------
    base : str
        The period whose mix of types the standardised series keep.
    frame : pandas.DataFrame
        ``period`` (and `by`), ``cases`` (grouped), ``mean_weight`` (1 is the mean of the region),
        ``secondary_diagnoses`` (mean number), ``standardised_secondary_diagnoses``, the same two of
        ``comorbidity_index`` where it was computed, and ``base_covered`` (share of the base period's cases
        whose type has cases in this period).
    """

    base: str
    by: tuple[str, ...]
    frame: pd.DataFrame

    def tidy(self) -> pd.DataFrame:
        """The table itself."""
        return self.frame


def number_of_diagnoses(text: ir.StringValue) -> ir.IntegerValue:
    """Secondary diagnoses in a text that joins them by ``;``; 0 where there is none."""
    filled = text.fill_null("").replace(" ", "")
    return (filled == "").ifelse(0, filled.length() - filled.replace(";", "").length() + 1).cast("int64")


def coding_intensity(
    engine: TableEngine, cases: ir.Table, base: str, weight_unit: int, by: Sequence[str] = ()
) -> CodingIntensity:
    """Measure coding by period.

    Parameters
    ----------
    cases : ibis table
        Grouped with one constant catalogue; with ``period`` and ``secondary_diagnoses``.
    base : str
        A period of the cases.
    weight_unit : int
        Units of ``relative_weight`` that are the mean: scale × 10^decimals of the catalogue.

    Returns
    -------
    CodingIntensity
        Cost: one pass; Python sees periods × types.

    Raises
    ------
    DataError
        If a column is missing, or the base period has no grouped case.
    """
    from ..schema.functions import int64_of_sum

    require(cases, ("period", "secondary_diagnoses"), "coding intensity")
    typed = cases.filter(cases.disease_type.notnull())
    measures = {"secondary_diagnoses": number_of_diagnoses(typed.secondary_diagnoses)}
    if "comorbidity_index" in typed.columns:
        measures["comorbidity_index"] = typed.comorbidity_index.fill_null(0)
    keys = [*by, "period", "disease_type"]
    summed = typed.group_by(*keys).agg(
        n=typed.count(),
        weight=int64_of_sum(typed.relative_weight.sum()),
        **{name: int64_of_sum(value.sum()) for name, value in measures.items()},
    )
    frame = engine.to_frame(summed, order_by=keys)
    mix = frame[frame["period"] == base].groupby("disease_type")["n"].sum()
    if mix.empty:
        what = f"no grouped case in the base period {base}"
        todo = "name a period of the cases, at their frequency"
        raise DataError("measure coding", [Problem("discharges, column period", what, todo)])
    return CodingIntensity(base, tuple(by), _series(frame, mix, [*by, "period"], list(measures), weight_unit))


def _series(
    frame: pd.DataFrame, mix: pd.Series, groups: list[str], measures: list[str], weight_unit: int
) -> pd.DataFrame:
    """Plain means, and means at the base period's mix of the types that the period has."""
    whole = frame.groupby(groups, sort=True)[["n", "weight", *measures]].sum()
    known = frame.assign(share=frame["disease_type"].map(mix / mix.sum()).fillna(0.0))
    parts = {f"part_{name}": known["share"] * known[name] / known["n"] for name in measures}
    sums = known.assign(**parts).groupby(groups)[["share", *parts]].sum()
    covered = sums["share"].where(sums["share"] > 0)
    made = whole[[]].assign(cases=whole["n"], mean_weight=whole["weight"] / whole["n"] / weight_unit)
    for name in measures:
        made[name] = whole[name] / whole["n"]
        made[f"standardised_{name}"] = sums[f"part_{name}"] / covered
    return made.assign(base_covered=sums["share"]).reset_index()
