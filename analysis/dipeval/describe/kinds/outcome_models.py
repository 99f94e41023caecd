"""Kind ``outcome_models``: gamma, Poisson, negative binomial and two-part models beside the log-linear one."""

from __future__ import annotations

from dipeval.describe.given import Given
from dipeval.describe.kind import CASES, Kind
from dipeval.describe.outcome_models.hospital_sums import hospital_sums, modelled_columns
from dipeval.describe.selection import selected, told
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
    """One table an outcome, called ``<name>_<outcome>``.

    Cost: one pass over the cases for each outcome, two where it is counted; the fits O(n + N T²) a step.

    Raises
    ------
    DataError
        A study without a design, columns that the cases lack.
    DesignError
        Outcomes below zero, or above zero in no case.
    """
    from dipeval.describe.outcome_models.model_table import default_models, model_table
    from dipeval.estimate.response.models import response_models

    engine, cases = given.stays
    design = given.designed
    mine = selected(cases, choice.where)
    words = told(choice.where)
    made = []
    for outcome in choice.options["outcomes"]:
        sums = hospital_sums(engine, mine, given.panel, outcome)
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
                notes=[words] if words[0] else [],
            )
        )
    return made


KIND = Kind(
    CASES,
    make,
    {
        "outcomes": Key(
            "texts", required=True, choices=modelled_columns(), doc="amounts, days, or discharges"
        ),
        "models": Key("texts", default=(), choices=NAMES, doc="default: all that fit the outcome"),
        "level": Key("number", default=0.95, low=0.5, high=0.999, doc="level of the intervals"),
    },
    "Models of cost, stay and volume",
    "费用、住院日与数量模型",
)
