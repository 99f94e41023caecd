"""The truth as a file: parameters, cities, and one row an effect."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pandas as pd

from ..study.model import Study
from .effects import LEVELS
from .plan import Plan

POPULATION_NOTE = (
    "Counts and averages are over the study's population. Discharges outside it, such as "
    "self-payers, bear the same effects: they are no untreated comparison."
)
PARAMETERS_NOTE = (
    "effect(e) = start + (plateau - start) * min(e, months) / months for e >= 0 months since payment, "
    "0 before; total_cost in log points, length_of_stay in days; the drug cost has no effect"
)
ESTIMAND = "average over treated hospital-periods present: equal weights, or weighted by discharges"


def truth_heading(study: Study, plan: Plan, panel: pd.DataFrame) -> dict[str, object]:
    """Return what is known of an invented panel beside the effects, as plain values.

    Parameters
    ----------
    panel : pandas.DataFrame
        All hospital-periods of the study's population.
    """
    return {
        "synthetic": True,
        "study": study.name,
        "seed": plan.seed,
        "start": str(plan.months[0]),
        "months": len(plan.months),
        "population": {name: list(words) for name, words in plan.keep.items()},
        "population_note": POPULATION_NOTE,
        "parameters": _parameters(plan.effects),
        "parameters_note": PARAMETERS_NOTE,
        "estimand": ESTIMAND,
        "cities": _cities(plan, panel),
    }


def effect_rows(effects: pd.DataFrame) -> list[dict[str, object]]:
    """Return true effects as plain rows: event times as whole numbers, missing ones as null."""
    rows = effects.to_dict("records")
    for row in rows:
        row["event_time"] = None if pd.isna(row["event_time"]) else int(row["event_time"])
    return rows


def truth_bytes(content: Mapping[str, object]) -> bytes:
    """Return the truth as UTF-8 JSON, one city or effect a line."""
    lines = []
    for key, value in content.items():
        if isinstance(value, list):
            rows = ",\n".join(f"  {_json(row)}" for row in value)
            lines.append(f" {_json(key)}: [\n{rows}\n ]")
        else:
            lines.append(f" {_json(key)}: {_json(value)}")
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode("utf-8")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _cities(plan: Plan, panel: pd.DataFrame) -> list[dict[str, object]]:
    found = []
    for city in plan.cities:
        rows = panel[panel["city"] == city.name]
        left = {} if city.ended is None else {"ended": str(plan.months[0] + city.ended)}
        found.append(
            {
                "city": city.name,
                "payment": "never" if city.cohort is None else str(plan.months[0] + city.cohort),
                **left,
                "hospitals": int(rows["hospital"].nunique()),
                "hospital_periods": len(rows),
                "discharges": int(rows["discharges"].sum()),
            }
        )
    return found


def _parameters(effects: Mapping[str, Mapping[str, Mapping[str, float]]]) -> dict[str, object]:
    return {
        outcome: {level: dict(by_level[level]) for level in LEVELS if level in by_level}
        for outcome, by_level in effects.items()
    }
