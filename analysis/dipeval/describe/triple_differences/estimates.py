"""Every estimate of one triple difference: each group alone, the gaps, and effects by cohort and period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dipeval.describe.triple_differences.panels import TwoGroups
from dipeval.estimate import estimate
from dipeval.estimate.triple_differences.group_time import triple_group_time
from dipeval.results import Estimate

REGRESSION, EVENTS, IMPUTATION, GROUP_TIME = "regression", "event_study", "imputation", "group_time"
ESTIMATORS = (REGRESSION, IMPUTATION, GROUP_TIME)
OF_GAPS = {REGRESSION: "twfe", EVENTS: "twfe_event_study", IMPUTATION: "imputation"}
ALONE = {"eligible_alone": True, "comparison_alone": False}
OPTIONS = ("method", "base_period", "combine", "overall", "shares")


def effects(groups: TwoGroups, outcome: str, options: Mapping[str, object]) -> dict[str, Estimate]:
    """Estimates by name: ``triple_<estimator>`` and, of each group alone, `ALONE`.

    Parameters
    ----------
    groups : TwoGroups
    outcome : str
    options : mapping
        ``estimators`` and what `triple_group_time` takes.

    Raises
    ------
    DesignError
        A group or the gaps leave nothing to compare.

    Notes
    -----
    Cost of the estimators; gaps are one row a hospital and period.
    """
    values = groups.values(outcome)
    made: dict[str, Estimate] = {}
    for name, eligible in ALONE.items():
        design, rows = groups.side(eligible)
        made[name] = _named(estimate(design, values[rows], estimator="twfe", outcome=outcome), name)
    gap_design, gap = groups.gaps(values)
    asked = options["estimators"]
    for name in (*(n for n in asked if n in OF_GAPS), *((EVENTS,) if REGRESSION in asked else ())):
        found = estimate(gap_design, gap, estimator=OF_GAPS[name], outcome=outcome)
        made[f"triple_{name}"] = _named(found, f"triple_{name}")
    if GROUP_TIME in asked:
        words = {name: str(options[name]) for name in OPTIONS}
        aggregate = ("overall", "event_time", "cohort", "cell")
        found = triple_group_time(groups.partition(), values, outcome=outcome, aggregate=aggregate, **words)
        made[f"triple_{GROUP_TIME}"] = _named(found, f"triple_{GROUP_TIME}")
    return made


def _named(found: Estimate, name: str) -> Estimate:
    return replace(found, estimator=name)
