"""The truth file: what the invented data contain, so that a run can be held against it.

The estimand is that of the imputation estimator on hospital-periods (Borusyak, Jaravel and Spiess
2024, eq. 2): the average of the effects over the treated hospital-periods that are there, equally
weighted, and a second time weighted by their discharges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..panel.outcomes import outcome_values
from ..study.model import Study
from ..vocabulary import outcomes
from .plan import Plan
from .truth_averages import Grid
from .truth_file import effect_rows, truth_heading

WEIGHTS = ("hospital_periods", "discharges")
FROM_PARAMETERS = {
    "mean_log_total_cost": "effect_total_cost",
    "log_cost_per_case": "effect_total_cost",
    "length_of_stay": "effect_length_of_stay",
}
NONE_BY_CONSTRUCTION = ("mean_log_drug_cost", "mean_age", "mortality")
FROM_COUNTERFACTUAL = ("cost_per_case", "drug_share")
"""Outcomes that follow from the total: the truth is the observed value minus the counterfactual one."""
TRUTH_COLUMNS = (
    "outcome",
    "weights",
    "term",
    "level",
    "event_time",
    "true_effect",
    "hospital_periods",
    "discharges",
    "basis",
)


@dataclass(frozen=True)
class Truth:
    """What is known of invented data.

    Attributes
    ----------
    effects : pandas.DataFrame
        One row an outcome, weighting and term, with the columns of TRUTH_COLUMNS. ``term`` is
        ``overall``, ``event_time``, ``level`` or ``level_event_time``; ``level`` is empty and
        ``event_time`` missing where they do not apply.
    heading : dict
        Seed, parameters, cities and what the averages mean.
    """

    effects: pd.DataFrame
    heading: dict[str, object]

    @property
    def content(self) -> dict[str, object]:
        """The whole truth as plain values, ready for JSON."""
        return {**self.heading, "effects": effect_rows(self.effects)}

    def by_event_time(self, outcome: str, weights: str = "hospital_periods") -> pd.DataFrame:
        """Return ``event_time`` (int) and ``true_effect`` of one outcome, in order of time."""
        rows = self._rows(outcome, weights, "event_time")
        return rows[["event_time", "true_effect"]].astype({"event_time": int}).reset_index(drop=True)

    def overall(self, outcome: str, weights: str = "hospital_periods") -> float:
        """Return the average effect over all treated hospital-periods."""
        return float(self._rows(outcome, weights, "overall")["true_effect"].iloc[0])

    def _rows(self, outcome: str, weights: str, term: str) -> pd.DataFrame:
        key = {"outcome": outcome, "weights": weights, "term": term}
        return self.effects[(self.effects[list(key)] == pd.Series(key)).all(axis=1)]


def truth(study: Study, plan: Plan, panel: pd.DataFrame, known: pd.DataFrame) -> Truth:
    """Return the truth about an invented panel.

    Parameters
    ----------
    study : Study
    plan : Plan
        What the panel was drawn from.
    panel, known : pandas.DataFrame
        Rows of all cities, as :func:`~dipeval.simulate.aggregate.city_panel` gives them.

    Notes
    -----
    Treated hospital-periods of cities that the study excludes do not count. A period in which a
    reform starts (quarters, years) has the average effect of its discharges.
    """
    treated = (known["event_time"] >= 0) & ~panel["city"].isin(study.treatment.excluded)
    cells, facts = panel[treated].reset_index(drop=True), known[treated].reset_index(drop=True)
    grid = Grid.of(cells, facts)
    labels, parts = grid.labels(), []
    for outcome, (values, basis) in _cell_effects(cells, facts).items():
        for weights in WEIGHTS:
            averages = grid.averages(values, weights)
            parts.append({"outcome": outcome, "weights": weights, "true_effect": averages, "basis": basis})
    effects = pd.concat([labels.assign(**part) for part in parts], ignore_index=True)[list(TRUTH_COLUMNS)]
    return Truth(effects, truth_heading(study, plan, panel))


def _cell_effects(cells: pd.DataFrame, facts: pd.DataFrame) -> dict[str, tuple[np.ndarray, str]]:
    """The true effect in every treated hospital-period, by outcome, and where it comes from."""
    found = {name: (facts[column].to_numpy(), "parameters") for name, column in FROM_PARAMETERS.items()}
    for name in NONE_BY_CONSTRUCTION:
        found[name] = (np.zeros(len(cells)), "zero by construction")
    untreated = cells.assign(total_cost=facts["untreated_total_cost"])
    for name in FROM_COUNTERFACTUAL:
        observed, _ = outcome_values(cells, outcomes()[name])
        counterfactual, _ = outcome_values(untreated, outcomes()[name])
        found[name] = (observed - counterfactual, "counterfactual total cost of the same discharges")
    return found
