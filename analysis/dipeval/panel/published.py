"""Published totals that the cleaned data must reproduce to the printed digit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

import pandas as pd

from ..errors import DataError, Problem, StudyError
from ..study.model import Published
from ..vocabulary import columns
from .hospital_panel import HospitalPanel

COLUMNS = ("item_en", "item_zh", "published", "rounded", "computed", "agrees", "source")
MINOR_PER_MAJOR = 100
"""Rappen in a franc, fen in a yuan, centavos in a real."""
GROUPING = str.maketrans("", "", ",'’_ \u00a0\u202f")


def check_published(panel: HospitalPanel, published: Sequence[Published]) -> pd.DataFrame:
    """Compute each published total on a panel and compare it.

    A computed number is rounded half up to the published precision, then compared exactly. Money is
    stated in major units; missing values add nothing.

    Parameters
    ----------
    panel : HospitalPanel
        All hospitals of the report, before any was left out.
    published : sequence of Published
        What was printed, of which period, by which statistic: ``sum`` of a column, the number of
        ``hospitals``, or the ``ratio`` of the sums of two columns.

    Returns
    -------
    pandas.DataFrame
        One row a total, in order, with the columns of `COLUMNS`: ``published`` as it was printed,
        ``rounded`` in the same form, ``computed`` in full (NaN where nothing is there to compute),
        ``agrees``.

    Raises
    ------
    StudyError
        If a total is declared without what its statistic needs, or its number cannot be read.
    """
    problems = [problem for i, total in enumerate(published) for problem in _undeclared(i, total, panel)]
    if problems:
        raise StudyError("check published totals", problems)
    return pd.DataFrame([_compare(panel, total) for total in published], columns=list(COLUMNS))


def require_published(panel: HospitalPanel, published: Sequence[Published]) -> pd.DataFrame:
    """As `check_published`, but a total that does not agree is an error.

    Raises
    ------
    DataError
        With every total that does not agree.
    StudyError
        As `check_published`.
    """
    checked = check_published(panel, published)
    problems = [
        Problem(
            f"published total '{row.item_en}'",
            f"{row.published} was published ({row.source}), {row.rounded} comes out",
            "compare the file, its units and its codes with the source of the number",
        )
        for row in checked.itertuples()
        if not row.agrees
    ]
    if problems:
        raise DataError("check published totals", problems)
    return checked


def _undeclared(index: int, total: Published, panel: HospitalPanel) -> list[Problem]:
    where = f"key published[{index + 1}]"
    needed = {"sum": ("column",), "ratio": ("column", "denominator"), "hospitals": ()}[total.statistic]
    problems = [
        Problem(f"{where}.{key}", f"a {total.statistic} needs a {key}", f"name its {key}")
        for key in needed
        if not getattr(total, key)
    ]
    named = [name for name in (total.column, total.denominator, *total.where) if name]
    problems += [
        Problem(f"{where}", f"the panel has no column '{name}'", "name a column that the format brings")
        for name in named
        if name not in panel.frame.columns
    ]
    if _printed(total.value) is None:
        problems.append(
            Problem(f"{where}.value", f"'{total.value}' is no number", "write it as it was printed")
        )
    return problems


def _printed(value: str) -> Decimal | None:
    try:
        return Decimal(value.translate(GROUPING))
    except InvalidOperation:
        return None


def _compare(panel: HospitalPanel, total: Published) -> dict[str, object]:
    computed = _computed(panel, total)
    step = Decimal(str(total.round_to))
    rounded = None
    if not math.isnan(computed):
        rounded = (Decimal(repr(computed)) / step).quantize(Decimal(1), ROUND_HALF_UP) * step
    return {
        "item_en": total.item_en,
        "item_zh": total.item_zh,
        "published": total.value,
        "rounded": "nothing" if rounded is None else f"{rounded:,}",
        "computed": computed,
        "agrees": rounded is not None and rounded == _printed(total.value),
        "source": total.source,
    }


def _computed(panel: HospitalPanel, total: Published) -> float:
    frame = panel.frame[panel.frame["period"] == total.period]
    for name, word in total.where.items():
        frame = frame[frame[name] == word]
    if frame.empty:
        return math.nan
    if total.statistic == "hospitals":
        return frame.groupby(["city", "hospital"]).ngroups / total.per
    value = _sum(frame, total.column)
    if total.statistic == "ratio":
        below = _sum(frame, total.denominator)
        value = value / below if below else math.nan
    return value / total.per


def _sum(frame: pd.DataFrame, name: str) -> float:
    """Sum of a column, exact for whole numbers; NaN where no value is there."""
    values = frame[name].dropna()
    if values.empty:
        return math.nan
    if not pd.api.types.is_integer_dtype(values):
        return math.fsum(values)
    total = int(values.sum())
    return total / MINOR_PER_MAJOR if columns()[name].kind == "money" else float(total)
