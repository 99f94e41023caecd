"""Traits of the cases behind each hospital-period, counted by the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.check.selection.traits import CODING, PATIENTS, Trait, Words
from dipeval.describe.dimensions import Dimension, with_dimensions
from dipeval.errors import DataError, Problem
from dipeval.panel.aggregation import MICRO
from dipeval.panel.case_words import CaseOutcome, case_integer, open_word
from dipeval.schema.functions import int64_of_sum

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine

KEYS = ["city", "hospital", "period"]
EXPECTED = "expected"
CATEGORY = "diagnosis_category"
LEAST = 20
"""Cases without the reform that a diagnosis needs to have an expectation; rarer ones share that of all the rest."""
FINE = 1000
"""Parts of a day or of a fen in which means by diagnosis are whole numbers."""
MOST = 12
"""Levels of one column whose shares are traits."""


@dataclass(frozen=True)
class Numeric:
    """A trait that is a mean over cases: what it needs, and how it is told."""

    needs: str
    label: Words
    unit: str
    section: str
    scale: float = 1.0


NUMERIC: Mapping[str, Numeric] = {
    "age": Numeric("age", ("Mean age", "平均年龄"), "years", PATIENTS, 1 / MICRO),
    "sex": Numeric("sex", ("Female", "女性占比"), "share", PATIENTS),
    "secondary_diagnoses": Numeric(
        "secondary_diagnoses", ("Secondary diagnoses per case", "例均次要诊断数"), "", CODING
    ),
    "surgery": Numeric(
        "principal_procedure", ("Surgery or procedure coded", "有手术或操作占比"), "share", CODING
    ),
}


def case_traits(
    engine: TableEngine, cases: ir.Table, frame: pd.DataFrame, names: Sequence[str] = ()
) -> list[Trait]:
    """Means over the cases of hospital-periods.

    Parameters
    ----------
    cases : ibis table
        With ``city``, ``hospital`` and ``period``.
    frame : pandas.DataFrame, shape (P, …)
        Hospital-periods in the order of the result.
    names : sequence of str
        Of `NUMERIC`; empty: all whose column the cases have.

    Raises
    ------
    DataError
        A named trait needs a column that the cases lack.

    Notes
    -----
    One grouping.
    """
    lacking = [name for name in names if NUMERIC[name].needs not in cases.columns]
    if lacking:
        what = "needs {}, which not all cities of the study have"
        problems = [Problem(name, what.format(NUMERIC[name].needs), "leave it out") for name in lacking]
        raise DataError("case mix", problems)
    asked = [name for name in names or NUMERIC if NUMERIC[name].needs in cases.columns]
    if not asked:
        return []
    made = {name: _integer(cases, name) for name in asked}
    table = cases.select(*KEYS, **made)
    sums = {f"s_{name}": int64_of_sum(table[name].sum()) for name in asked}
    counts = {f"n_{name}": table[name].count() for name in asked}
    found = _placed(engine, table.group_by(KEYS).agg(**sums, **counts), frame)
    return [
        Trait(
            name,
            NUMERIC[name].label,
            NUMERIC[name].unit,
            NUMERIC[name].section,
            _share(found[f"s_{name}"], found[f"n_{name}"]) * NUMERIC[name].scale,
        )
        for name in asked
    ]


def share_traits(
    engine: TableEngine,
    cases: ir.Table,
    frame: pd.DataFrame,
    names: Sequence[str],
    bins: Mapping[str, Sequence[float]],
    labels: Mapping[str, Words],
) -> list[Trait]:
    """Shares of the cases in each level of columns; of two levels the second says it all.

    Raises
    ------
    DataError
        Columns that the cases lack or that do not vary within hospitals, numbers without classes, more than `MOST` levels.

    Notes
    -----
    One pass for the levels, one grouping.
    """
    if not names:
        return []
    table, dimensions = with_dimensions(engine, cases, list(names), bins, labels, most=MOST)
    told = [(one, level) for one in dimensions.values() for level in _told(one)]
    counted = {
        f"n{k}": (table[one.column] == level).cast("int64").sum() for k, (one, level) in enumerate(told)
    }
    found = _placed(engine, table.group_by(KEYS).agg(cases=table.count(), **counted), frame)
    made = []
    for k, (one, level) in enumerate(told):
        words = one.labels.get(level, (level, level))
        label = f"{one.label_en}: {words[0]}", f"{one.label_zh}：{words[1]}"
        made.append(
            Trait(f"{one.name}={level}", label, "share", PATIENTS, _share(found[f"n{k}"], found["cases"]))
        )
    _refuse_fixed(made, frame)
    return made


def _refuse_fixed(traits: Sequence[Trait], frame: pd.DataFrame) -> None:
    """What is the same in all cases of a hospital cannot move within it."""
    values = pd.DataFrame({one.name: one.values for one in traits})
    by_hospital = values.groupby([frame[name].astype(str).to_numpy() for name in KEYS[:2]])
    spread = (by_hospital.max() - by_hospital.min()).max()
    fixed = sorted({name.partition("=")[0] for name in values if not spread[name] > 0})
    if fixed:
        what = "is the same in all cases of each hospital, so it cannot move within hospitals"
        problems = [Problem(f"shares: {name}", what, "leave it out") for name in fixed]
        raise DataError("case mix", problems)


def _told(one: Dimension) -> tuple[str, ...]:
    return one.levels[1:] if len(one.levels) == 2 else one.levels


def expected_trait(
    engine: TableEngine,
    cases: ir.Table,
    frame: pd.DataFrame,
    untreated: np.ndarray,
    outcome: CaseOutcome,
    label: Words,
    unit: str,
) -> Trait | None:
    """What the outcome would be if each case had the mean of its diagnosis (three characters) without the reform.

    Parameters
    ----------
    untreated : numpy.ndarray, shape (P,), bool
        Hospital-periods without the reform, in which the means are taken; held fixed, as a price list is.
    outcome : CaseOutcome

    Returns
    -------
    Trait or None
        In units of the outcome, so that its effect is the part of the main effect that goes through the mix of
        diagnoses. None where the cases have no diagnosis.

    Notes
    -----
    Three groupings; diagnoses number a few thousand.
    """
    if "principal_diagnosis" not in cases.columns:
        return None
    table = cases.select(*KEYS, v=case_integer(cases, outcome), word=open_word(cases, CATEGORY).fill_null(""))
    table = table.filter(table.v.notnull())
    places = frame[KEYS].astype("str").reset_index(drop=True)
    free = engine.small_table(places[untreated].reset_index(drop=True))
    without = table.inner_join(free, KEYS).select("word", "v")
    found = engine.to_frame(
        without.group_by("word").agg(n=without.count(), s=int64_of_sum(without.v.sum())), ["word"]
    )
    fine = 1 if outcome.is_log else FINE
    means = _means(found, fine)
    if not len(means):
        return None
    listed = engine.small_table(means)
    rest = int(means.loc[means["word"] == REST, "mean"].iloc[0])
    joined = table.left_join(listed, "word").select(*KEYS, m="mean")
    value = joined.m.fill_null(rest).cast("int64")
    summed = _placed(engine, joined.group_by(KEYS).agg(n=joined.count(), s=int64_of_sum(value.sum())), frame)
    values = _share(summed["s"], summed["n"]) * outcome.scale / fine + outcome.shift
    return Trait(EXPECTED, label, unit, PATIENTS, values)


REST = "*"
"""Stands for diagnoses that are rare without the reform."""


def _means(found: pd.DataFrame, fine: int) -> pd.DataFrame:
    """Mean outcome by diagnosis, as the outcome's integers times `fine`; the rare ones together as `REST`."""
    cases, total = found["n"].to_numpy(float), found["s"].to_numpy(float)
    if not len(found):
        return pd.DataFrame({"word": [], "mean": []})
    often = cases >= LEAST
    others = ~often if (~often).any() else np.ones(len(found), bool)
    rest = total[others].sum() / cases[others].sum()
    words = [*found.loc[often, "word"], REST]
    means = np.round(np.r_[total[often] / cases[often], rest] * fine).astype(np.int64)
    return pd.DataFrame({"word": words, "mean": means})


def _integer(cases: ir.Table, name: str) -> ir.IntegerValue:
    """What is summed of each case; NULL where it is not known."""
    import ibis

    value = cases[NUMERIC[name].needs]
    if name == "age":
        return (value * MICRO).round().cast("int64")
    if name == "sex":
        return ibis.cases((value == "female", 1), (value == "male", 0), else_=None).cast("int64")
    if name == "surgery":
        return value.notnull().cast("int64")
    codes = value.fill_null("")
    listed = codes.length() - codes.replace(";", "").length() + 1
    return ibis.ifelse(codes == "", 0, listed).cast("int64")


def _placed(engine: TableEngine, grouped: ir.Table, frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """Columns of a grouping in the order of the hospital-periods; 0 where there is no case."""
    found = engine.to_frame(grouped, KEYS)
    rows = frame[KEYS].astype("str").reset_index(drop=True)
    placed = rows.merge(found.astype(dict.fromkeys(KEYS, "str")), on=KEYS, how="left")
    return {
        name: pd.to_numeric(placed[name]).fillna(0).to_numpy(float)
        for name in found.columns
        if name not in KEYS
    }


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
