"""Kind ``outcome_models``: gamma, Poisson, negative binomial and two-part models beside the log-linear one."""

from __future__ import annotations

from dipeval.describe.given import Given
from dipeval.describe.kind import CASES, EFFECTS, Kind
from dipeval.describe.outcome_models.hospital_sums import hospital_sums, modelled_columns
from dipeval.describe.outcome_models.keys import model_keys
from dipeval.describe.selection import selected, told
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice


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
    from dipeval.describe.outcome_models.tables import model_tables

    engine, cases = given.stays
    mine, words = selected(cases, choice.where), told(choice.where)
    return model_tables(
        given,
        choice,
        lambda outcome: hospital_sums(engine, mine, given.panel, outcome),
        [words] if words[0] else [],
    )


KIND = Kind(
    CASES,
    make,
    model_keys(modelled_columns(), "amounts, days, or discharges"),
    "Models of cost, stay and volume",
    "费用、住院日与数量模型",
    EFFECTS,
)
