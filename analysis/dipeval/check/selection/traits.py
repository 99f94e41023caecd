"""What the cases of hospital-periods are like: traits that a reform of payment should not move, or moves on paper only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.errors import DataError, Problem
from dipeval.panel.outcomes import outcome_values
from dipeval.vocabulary import outcomes

Words = tuple[str, str]
PATIENTS, CODING, VOLUME = "patients", "coding", "volume"
SECTIONS: dict[str, Words] = {
    PATIENTS: ("Who is treated", "患者构成"),
    CODING: ("How cases are coded", "编码情况"),
    VOLUME: ("How many are treated", "服务量"),
}
SECTION_OF = {
    "mean_age": PATIENTS,
    "log_case_mix_broad": PATIENTS,
    "log_case_mix": CODING,
    "log_coding": CODING,
    "casemix_by_points": CODING,
    "auxiliary_share": CODING,
    "grouping_rate": CODING,
    "log_discharges": VOLUME,
}
"""Outcomes that are traits unless the study names its own; further ones count as facts about patients."""
AT_CONSTANT_MIX = {
    "mean_log_total_cost": "log_standardised_cost",
    "log_cost_per_case": "log_standardised_cost",
}
"""The main outcome with the case mix taken out of it."""


@dataclass(frozen=True)
class Trait:
    """One trait of the cases of P hospital-periods.

    Attributes
    ----------
    name : str
    label : (str, str)
    unit : str
        As of an outcome.
    section : str
        Of `SECTIONS`.
    values : numpy.ndarray, shape (P,)
        NaN where undefined.
    """

    name: str
    label: Words
    unit: str
    section: str
    values: np.ndarray


def panel_traits(panel: pd.DataFrame, names: Sequence[str] = ()) -> list[Trait]:
    """Traits that the panel tells.

    Parameters
    ----------
    panel : pandas.DataFrame, shape (P, …)
    names : sequence of str
        Outcomes; empty: all of `SECTION_OF` that it tells and that vary.

    Raises
    ------
    DataError
        A named outcome cannot be made, or there is none at all.
    """
    made = []
    for name in names or SECTION_OF:
        known = outcomes()[name]
        try:
            values = outcome_values(panel, known)[0]
        except DataError:
            if names:
                raise
            continue
        if not names and not _varies(values):
            continue
        label = known.label_en, known.label_zh
        made.append(Trait(name, label, known.unit, SECTION_OF.get(name, PATIENTS), values))
    if not made:
        todo = "name outcomes = [...], or clean columns of patients (age) and points"
        raise DataError("case mix", [Problem("panel", "tells nothing about the cases", todo)])
    return made


def _varies(values: np.ndarray) -> bool:
    known = values[np.isfinite(values)]
    return bool(len(known) and np.ptp(known) > 0)
