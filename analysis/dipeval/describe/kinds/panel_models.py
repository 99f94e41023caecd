"""Kind ``panel_models``: gamma, Poisson and other models of hospital-periods beside the log-linear one."""

from __future__ import annotations

from dipeval.describe.given import Given
from dipeval.describe.kind import EFFECTS, PANEL, Kind
from dipeval.describe.outcome_models.keys import model_keys
from dipeval.describe.outcome_models.panel_sums import panel_sums, ratio_outcomes
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """One table an outcome, called ``<name>_<outcome>``, from the panel alone.

    Cost: the fits, O(n + N T²) a step.

    Raises
    ------
    DataError
        A study without a design, columns that the panel lacks.
    DesignError
        Outcomes below zero, or above zero in no hospital-period.
    """
    from dipeval.describe.outcome_models.tables import model_tables

    return model_tables(given, choice, lambda outcome: panel_sums(given.panel, outcome))


KIND = Kind(
    PANEL,
    make,
    model_keys(ratio_outcomes(), "ratios, or discharges"),
    "Models of hospital-periods",
    "医院·时期模型",
    EFFECTS,
)
