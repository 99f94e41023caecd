"""Cost and time consumption indices: what was spent over what the cases themselves let expect.

The index of sums, as in `dip.indices` (``cost_index_of_sums``), by city and with its interval. Which case mix
it stands on is said with it; where there is none, there is no index.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from dipeval.describe.cities.expected import BY_TYPE, Expected
from dipeval.describe.cities.indicator import Indicator

COST, TIME = "cost_consumption_index", "time_consumption_index"
LABELS = {COST: ("Cost consumption index", "费用消耗指数"), TIME: ("Time consumption index", "时间消耗指数")}
TYPES = {
    True: ("disease types", "病种"),
    False: (
        "diagnosis categories (first three characters of ICD-10), since cases are not grouped",
        "主要诊断类目（ICD-10 前三位，因病例未入组）",
    ),
}
CASEMIX = "casemix_index"
NO_CASE_MIX = (
    "no case mix: neither disease types nor diagnoses of cases, nor a casemix index of hospitals",
    "无病例组合信息：既无病种或诊断，也无医院病例组合指数",
)
PLACE = ["city", "hospital", "period"]


def of_cases(frame: pd.DataFrame, expected: Expected, minor_per_unit: int = 100) -> list[Indicator]:
    """The indices from expected sums of cases.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, …)
        Panel rows with ``city``, ``hospital``, ``period``.
    expected : Expected

    Returns
    -------
    list of Indicator
        Of cost, and of time where stays have days. Value 1: as much as all cities together spend on such cases.
    """
    found = frame[PLACE].merge(expected.frame, on=PLACE, how="left", validate="one_to_one")
    mix = TYPES[expected.types == BY_TYPE]
    note = (
        f"Actual over expected sum; expected: each case at the mean of its type in all cities and the whole window. "
        f"Types: {mix[0]}. The means are taken as given, so intervals are about the city's own hospitals.",
        f"实际合计与期望合计之比；期望值按各类型在全部城市、全部时期的均值计算。类型：{mix[1]}。均值视为给定，区间仅反映本市医院间差异。",
    )
    made = []
    for name, amount in ((COST, "cost"), (TIME, "days")):
        if f"expected_{amount}" in found:
            columns = (amount, f"expected_{amount}", f"n_{amount}")
            sums = [found[c].to_numpy(dtype="float64", na_value=np.nan) for c in columns]
            scale = minor_per_unit if amount == "cost" else 1
            made.append(_index(name, sums[0] / scale, sums[1] / scale, sums[2], note))
    return [one for one in made if one.known.any()]


def of_standard(frame: pd.DataFrame, minor_per_unit: int = 100) -> list[Indicator]:
    """The indices from the expected sums of a study's own standard (``[standardise]``), where the panel has them."""
    note = (
        "Actual over expected sum, by the study's own types and reference span ([standardise]). The means are taken "
        "as given, so intervals are about the city's own hospitals.",
        "实际合计与期望合计之比，类型与参照期见研究设定（[standardise]）。均值视为给定，区间仅反映本市医院间差异。",
    )
    made = []
    for name, actual, expected in (
        (COST, "total_cost", "expected_cost"),
        (TIME, "care_days", "expected_days"),
    ):
        if actual in frame.columns and expected in frame.columns:
            scale = minor_per_unit if name == COST else 1
            sums = (_floats(frame, actual) / scale, _floats(frame, expected) / scale)
            made.append(_index(name, *sums, _floats(frame, "discharges"), note))
    return [one for one in made if one.known.any()]


def of_casemix(frame: pd.DataFrame, minor_per_unit: int = 100) -> list[Indicator]:
    """The indices from a casemix index that hospitals report.

    The expected sum of a hospital is its discharges times its casemix index times the mean of all hospitals
    that report one, per weighted case. Of cost of inpatients where the panel has it, else of all cost.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, …)
        Panel rows with ``discharges`` and, for an index to be, ``casemix_index``.
    """
    if CASEMIX not in frame.columns:
        return []
    weighted = _floats(frame, CASEMIX) * _floats(frame, "discharges")
    cost = "inpatient_cost" if "inpatient_cost" in frame.columns else "total_cost"
    of_cost = ("inpatient cost", "住院成本") if cost == "inpatient_cost" else ("total cost", "总费用")
    made = []
    for name, column in ((COST, cost), (TIME, "care_days")):
        if column not in frame.columns:
            continue
        actual = _floats(frame, column) / (minor_per_unit if name == COST else 1)
        known = ~np.isnan(weighted) & ~np.isnan(actual) & (weighted > 0)
        if not known.any():
            continue
        mean = actual[known].sum() / weighted[known].sum()
        what = of_cost if name == COST else ("days of care", "住院天数")
        made.append(
            _index(
                name,
                actual,
                np.where(known, weighted * mean, np.nan),
                _floats(frame, "discharges"),
                _note(what, name),
            )
        )
    return made


def _note(what: tuple[str, str], name: str) -> tuple[str, str]:
    """What an index from hospitals' casemix indices stands on."""
    weights = ("", "")
    if name == TIME:
        weights = (
            " The weights are cost weights, which only stand in for expected days.",
            "权重为费用权重，仅近似期望天数。",
        )
    return (
        f"Actual {what[0]} over expected: discharges × the hospital's casemix index × the mean of all hospitals per "
        f"weighted case. Hospitals without a casemix index do not count.{weights[0]}",
        f"实际{what[1]}与期望值之比；期望值=出院人次×医院病例组合指数×全部医院每加权病例均值。无病例组合指数的医院不计入。{weights[1]}",
    )


def _index(
    name: str, actual: np.ndarray, expected: np.ndarray, cases: np.ndarray, note: tuple[str, str]
) -> Indicator:
    known = ~np.isnan(actual) & ~np.isnan(expected) & (expected > 0)
    return Indicator(
        name,
        *LABELS[name],
        "index",
        np.where(known, actual, np.nan),
        np.where(known, expected, np.nan),
        np.where(known, cases, np.nan),
        "log",
        note_en=note[0],
        note_zh=note[1],
    )


def _floats(frame: pd.DataFrame, name: str) -> np.ndarray:
    return frame[name].to_numpy(dtype="float64", na_value=np.nan)
