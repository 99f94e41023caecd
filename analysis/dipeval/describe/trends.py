"""Outcome trends by cohort."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dipeval.describe.contributors import behind, contributors
from dipeval.describe.labels import Labels, order_of, period_word
from dipeval.describe.moments import weighted_mean
from dipeval.describe.variable import Variable
from dipeval.results.exhibit import Exhibit, bilingual


def trends(
    frame: pd.DataFrame,
    variable: Variable,
    cohorts: pd.Series,
    *,
    weighted: bool = True,
    labels: Labels | None = None,
    currency: str = "",
    name: str = "",
    synthetic: bool = False,
) -> Exhibit:
    """Mean outcome by cohort and period.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, …)
        Panel rows with ``city``, ``hospital``, ``period``, ``discharges``.
    variable : Variable
        Values by row; rows without a value count in no mean and are noted.
    cohorts : pandas.Series, shape (n,)
        First treated period of each row's hospital as a label (``2019-03``), missing where never.
    weighted : bool
        Weigh hospital-periods by their discharges; otherwise each counts once.
    labels : mapping of str to (str, str), optional
        English and Chinese label by cohort; the never treated are ``never``.
    currency : str
        ``CNY``, ``CHF`` or ``BRL``, where the variable is money.
    name : str
        File stem; default ``trends_<variable>``.
    synthetic : bool

    Returns
    -------
    Exhibit
        Kind ``trends``: one row a cohort and period with ``value``, ``reform`` (the cohort's first
        treated period, empty for the never treated) and ``period``. Cost O(n).

    Raises
    ------
    ValueError
        If `cohorts` or the variable does not fit the frame.
    """
    if not len(frame) == len(cohorts) == len(variable.values):
        raise ValueError(f"{len(frame)} rows, {len(cohorts)} cohorts, {len(variable.values)} values")
    rows = _rows(frame.reset_index(drop=True), variable.values, cohorts, weighted, labels)
    notes = _notes(variable, str(frame["period"].iloc[0]), weighted)
    return bilingual(
        name=name or f"trends_{variable.name}",
        kind="trends",
        titles=(f"{variable.label_en} by cohort", f"各改革批次的{variable.label_zh}"),
        frame=pd.DataFrame(rows),
        notes=notes,
        synthetic=synthetic,
        options={
            "unit": variable.unit,
            "currency": currency,
            "axis_en": variable.label_en,
            "axis_zh": variable.label_zh,
        },
    )


def _rows(
    frame: pd.DataFrame, values: np.ndarray, cohorts: pd.Series, weighted: bool, labels: Labels | None
) -> list[dict[str, object]]:
    """One row a cohort and period; the never treated last."""
    cohort = pd.Series(cohorts.to_numpy(), dtype="object").astype("str")
    cohort = cohort.where(cohorts.notna().to_numpy(), "never")
    period = frame["period"].astype("str")
    known = pd.Series(np.where(np.isnan(values), None, "known"))
    facts = contributors(frame, [cohort, period, known])
    discharges = frame["discharges"].to_numpy(dtype="float64", na_value=0.0)
    weights = discharges if weighted else np.ones(len(frame))
    at = frame.groupby([cohort.rename("cohort"), period.rename("period")], sort=True).indices
    groups = order_of(cohort, labels)
    rows = []
    for group in sorted(groups, key=lambda name: name == "never"):
        english, chinese = cohort_label(group, labels)
        for label in sorted(period for name, period in at if name == group):
            inside = at[group, label]
            rows.append(
                {
                    "cohort": group,
                    "label_en": english,
                    "label_zh": chinese,
                    "period": label,
                    "reform": "" if group == "never" else group,
                    "value": weighted_mean(values[inside], weights[inside]),
                    **behind(facts, (group, label, "known")),
                }
            )
    return rows


def cohort_label(cohort: str, labels: Labels | None) -> tuple[str, str]:
    """``Reform 2019-03``, unless the caller calls it otherwise."""
    if labels is not None and cohort in labels:
        return labels[cohort]
    if cohort == "never":
        return "Never treated", "从未改革"
    return f"Reform {cohort}", f"{cohort} 改革"


def _notes(variable: Variable, period: str, weighted: bool) -> list[tuple[str, str]]:
    word_en, word_zh = period_word(str(period))
    how_en = "weighted by discharges" if weighted else "each hospital counted once"
    how_zh = "按出院人次加权" if weighted else "每家医院等权"
    notes = [
        (
            f"Mean over hospitals by {word_en}, {how_en}. Dots mark each cohort's first treated {word_en}.",
            f"各{word_zh}医院均值，{how_zh}。圆点为该批次改革的首个{word_zh}。",
        )
    ]
    missing = int(np.isnan(variable.values).sum())
    if missing:
        notes.append(
            (
                f"Undefined in {missing} hospital-{word_en}s, which count in no mean.",
                f"{missing} 个医院·{word_zh}观测无定义，不计入均值。",
            )
        )
    return notes
