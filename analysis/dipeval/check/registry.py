"""All kinds of checks by name; a new one is a module and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from dipeval.check.kind import CheckKind
from dipeval.check.kinds import (
    anticipation,
    balanced_panel,
    case_mix,
    donut,
    entry_exit,
    equivalence,
    exclude_merged,
    exclude_periods,
    exclude_transition,
    leave_out,
    lee_bounds,
    lee_cases,
    omitted_variable,
    oster,
    other_estimators,
    patient_mix,
    placebo_calendar,
    placebo_outcome,
    placebo_space,
    placebo_time,
    pretrend_power,
    pretrends,
    sensitivity,
)
from dipeval.study.descriptions import Kinds

CHECKS: Mapping[str, CheckKind] = {
    "anticipation": anticipation.KIND,
    "balanced_panel": balanced_panel.KIND,
    "case_mix": case_mix.KIND,
    "donut": donut.KIND,
    "entry_exit": entry_exit.KIND,
    "exclude_merged": exclude_merged.KIND,
    "exclude_periods": exclude_periods.KIND,
    "exclude_transition": exclude_transition.KIND,
    "leave_out": leave_out.KIND,
    "lee_bounds": lee_bounds.KIND,
    "lee_cases": lee_cases.KIND,
    "omitted_variable": omitted_variable.KIND,
    "oster": oster.KIND,
    "other_estimators": other_estimators.KIND,
    "patient_mix": patient_mix.KIND,
    "placebo_calendar": placebo_calendar.KIND,
    "placebo_outcome": placebo_outcome.KIND,
    "placebo_space": placebo_space.KIND,
    "placebo_time": placebo_time.KIND,
    "sensitivity": sensitivity.KIND,
    "pretrends": pretrends.KIND,
    "pretrend_power": pretrend_power.KIND,
    "equivalence": equivalence.KIND,
}


def check_labels() -> dict[str, tuple[str, str]]:
    """English and Chinese label of each kind."""
    return {name: (kind.label_en, kind.label_zh) for name, kind in CHECKS.items()}


def check_kinds() -> Kinds:
    """Layer and grammar of each kind, for the parser of study files."""
    return {name: (kind.layer, kind.keys) for name, kind in CHECKS.items()}
