"""Invented discharges → hospital-period panel, directly: no text, no engine.

The rows are those that cleaning must leave: the study's population and window, without the stays
whose costs do not add up. So the panel of the raw files and this one must be equal.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ..vocabulary import NANO, columns
from .calendar import period_labels
from .draw import CityDraw
from .effects import LEVELS
from .patients import DISPOSITION, INSURANCE, SEX
from .plan import Plan
from .true_effects import true_effects

EFFECT_OUTCOMES = ("total_cost", "length_of_stay")


def kept_discharges(plan: Plan, draw: CityDraw) -> np.ndarray:
    """Return a mask, shape (n,), of the discharges that the study's panel counts."""
    patients = draw.patients
    labels = period_labels(plan.months, plan.frequency)
    in_window = (labels >= plan.window[0]) & (labels <= plan.window[1])
    keep = in_window[patients.month] & ~draw.faults.rejected(len(patients.month))
    values = {
        "insurance_type": (INSURANCE, patients.insurance),
        "sex": (SEX, patients.sex),
        "disposition": (DISPOSITION, patients.disposition),
        "level": (LEVELS, draw.hospitals.level[patients.hospital]),
    }
    for column, kept_words in plan.keep.items():
        words, index = values[column]
        keep &= np.isin(np.array(words), kept_words)[index]
    return keep


def city_panel(plan: Plan, draw: CityDraw) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the panel of one city and, row by row, what is known of it without the reform.

    Parameters
    ----------
    plan : Plan
    draw : CityDraw

    Returns
    -------
    panel : pandas.DataFrame, shape (hospital-periods, columns)
        As :class:`~dipeval.panel.hospital_panel.HospitalPanel` has it, sorted by hospital and period.
    known : pandas.DataFrame, the same rows
        ``cohort`` and ``event_time`` in periods (missing for a city that never reforms), the mean
        ``effect_total_cost`` (log points) and ``effect_length_of_stay`` (days) over the discharges,
        and ``untreated_total_cost``, the sum of counterfactual totals in fen.
    """
    keep = np.flatnonzero(kept_discharges(plan, draw))
    labels = period_labels(plan.months, plan.frequency)
    names, period = np.unique(labels, return_inverse=True)
    group = draw.patients.hospital[keep] * len(names) + period[draw.patients.month[keep]]
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    hospital, when = np.divmod(group[starts], len(names))
    sums = {name: _sum_by(values[keep], starts) for name, values in _summed(draw).items()}
    panel = pd.DataFrame(_attributes(draw, hospital) | {"period": names[when].astype(object)} | sums)
    known = pd.DataFrame(_known(plan, draw, keep, starts))
    known["cohort"], known["event_time"] = _event_time(plan, draw, names, when)
    return panel, known


def _sum_by(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    return np.add.reduceat(values, starts) if len(starts) else np.zeros(0, dtype=values.dtype)


def _attributes(draw: CityDraw, hospital: np.ndarray) -> dict[str, np.ndarray]:
    """Text columns of the panel rows."""
    level = np.array(LEVELS, dtype=object)[draw.hospitals.level]
    return {
        "city": np.full(len(hospital), draw.city.name, dtype=object),
        "hospital": np.array(draw.hospitals.codes, dtype=object)[hospital],
        "hospital_name": np.array(draw.hospitals.names, dtype=object)[hospital],
        "level": level[hospital],
        "source_format": np.full(len(hospital), draw.city.source, dtype=object),
    }


def _summed(draw: CityDraw) -> dict[str, np.ndarray]:
    """Columns that a panel row sums, one element a discharge; int64 except ages."""
    patients, costs = draw.patients, draw.costs
    ones = np.ones(len(patients.age), dtype=np.int64)
    summed = {
        "discharges": ones,
        "care_days": costs.care_days,
        "deaths": (patients.disposition == DISPOSITION.index("death")).astype(np.int64),
        "age": patients.age.astype(float),
        "total_cost": costs.total,
        "self_paid": costs.self_paid,
        **draw.components(),
    }
    for name in [name for name in summed if name in columns() and columns()[name].log_sum]:
        summed[f"log_{name}"] = np.rint(np.log(summed[name]) * NANO).astype(np.int64)
        summed[f"n_log_{name}"] = ones
    return summed


def _known(plan: Plan, draw: CityDraw, keep: np.ndarray, starts: np.ndarray) -> dict[str, np.ndarray]:
    """Mean true effects of every hospital-period, and its counterfactual total."""
    level = draw.hospitals.level[draw.patients.hospital[keep]]
    month, insurance = draw.patients.month[keep], draw.patients.insurance[keep]
    count = _sum_by(np.ones(len(keep)), starts)
    known = {"untreated_total_cost": _sum_by(draw.costs.untreated[keep], starts)}
    for outcome in EFFECT_OUTCOMES:
        values = true_effects(plan, draw.city, outcome, level, month, insurance)
        known[f"effect_{outcome}"] = _sum_by(values, starts) / count
    return known


def _event_time(
    plan: Plan, draw: CityDraw, names: np.ndarray, when: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Cohort's period label and periods since it, none after the city left.

    A cohort outside the window counts on in months.
    """
    missing = np.full(len(when), None, dtype=object), np.full(len(when), np.nan)
    if draw.city.cohort is None:
        return missing
    start = plan.months[0] + draw.city.cohort
    label = period_labels(np.array([start]), plan.frequency)[0]
    per_period = {"month": 1, "quarter": 3, "year": 12}[plan.frequency]
    offset = (plan.months[0].astype(int) // per_period) - (start.astype(int) // per_period)
    since = (when + offset).astype(float)
    if draw.city.ended is not None:
        left = (plan.months[0] + draw.city.ended).astype(int) // per_period
        since[when + plan.months[0].astype(int) // per_period >= left] = np.nan
    return np.full(len(when), label, dtype=object), since


def join_panels(parts: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Stack the panels of cities; an amount that a format lacks is missing there, never zero."""
    together = pd.concat(parts.values(), ignore_index=True)
    for name in together.columns:
        whole = name in columns() and columns()[name].kind == "money"
        if whole and not pd.api.types.is_integer_dtype(together[name]):
            pieces = [_nullable(part, name) for part in parts.values()]
            together[name] = pd.concat(pieces, ignore_index=True)
    return together


def _nullable(part: pd.DataFrame, name: str) -> pd.Series:
    if name in part:
        return part[name].astype("Int64")
    return pd.Series(pd.NA, index=part.index, dtype="Int64")
