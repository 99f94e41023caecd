"""Kind ``panel_models``: gamma, Poisson and other models of hospital-periods beside the log-linear one."""

from __future__ import annotations

from dipeval.describe.given import Given
from dipeval.describe.kind import PANEL, Kind
from dipeval.describe.outcome_models.panel_sums import panel_sums, ratio_outcomes
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice
from dipeval.study.grammar import Key

NAMES = (
    "log_linear",
    "log_linear_by_group",
    "gamma",
    "poisson",
    "negative_binomial",
    "two_part",
    "two_part_log",
)


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
    from dipeval.describe.outcome_models.model_table import default_models, model_table
    from dipeval.estimate.response.models import response_models

    design = given.designed
    made = []
    for outcome in choice.options["outcomes"]:
        sums = panel_sums(given.panel, outcome)
        models = choice.options["models"] or default_models(sums)
        made.append(
            model_table(
                response_models(design, sums, models),
                sums,
                design,
                name=f"{choice.name}_{outcome}",
                title=(choice.title_en, choice.title_zh),
                level=float(choice.options["level"]),
                synthetic=given.synthetic,
            )
        )
    return made


KIND = Kind(
    PANEL,
    make,
    {
        "outcomes": Key("texts", required=True, choices=ratio_outcomes(), doc="ratios, or discharges"),
        "models": Key("texts", default=(), choices=NAMES, doc="default: all that fit the outcome"),
        "level": Key("number", default=0.95, low=0.5, high=0.999, doc="level of the intervals"),
    },
    "Models of hospital-periods",
    "医院·时期模型",
)
