"""``determinants``: what a yes-or-no outcome, and a rate of cases, depend on."""

from __future__ import annotations

from dipeval.describe.given import Given
from dipeval.describe.kind import CASES, Kind
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice
from dipeval.study.grammar import Key, Named

KEYS = {
    "outcome": Key("text", default="", doc='a yes-or-no column, like outcome = "loss_case"'),
    "rate": Key("text", default="", doc='a ratio of two amounts, like rate = "settlement_rate_of_accounted"'),
    "covariates": Key("texts", required=True, doc='covariates = ["insurance_type", "age_group"]'),
    "references": Named(Key("text"), doc='by covariate, like references = { sex = "female" }'),
    "errors": Key("text", default="robust", choices=("robust", "hospital"), doc="of the regressions"),
    "level": Key("number", default=0.95, low=0.5, high=0.999, doc="of the intervals"),
}


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """Logit of the outcome (odds ratios, marginal effects) and linear regression of the rate: table and forest each.

    Parameters
    ----------
    given : Given
    choice : DescriptionChoice

    Raises
    ------
    DataError
        With all problems of one step: an outcome or covariate with one value, words that are not known.

    Notes
    -----
    Cost: one pass for levels of each covariate, one into cells; then one regression and one for each covariate.
    """
    from dipeval.describe.regressions.determinants import determinants

    return determinants(given, choice)


KIND = Kind(CASES, make, KEYS, "Determinants of an outcome and of a rate", "结局与比率的影响因素")
