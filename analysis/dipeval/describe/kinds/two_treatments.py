"""``two_treatments``: two ways of treating one disease, matched and weighted so that like is compared with like."""

from __future__ import annotations

from dipeval.describe.given import Given
from dipeval.describe.kind import CASES, Kind
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice
from dipeval.study.grammar import Key

METHODS = ("matching", "overlap", "ate", "att")
KEYS = {
    "treatment": Key(
        "text", required=True, doc='a column with two values, like treatment = "treatment_type"'
    ),
    "groups": Key("texts", default=(), doc="its two levels, the one compared with first"),
    "covariates": Key("texts", required=True, doc='covariates = ["age_group", "sex", "comorbidity"]'),
    "outcomes": Key("texts", required=True, doc='outcomes = ["total_cost", "care_days"]'),
    "methods": Key("texts", default=METHODS, choices=METHODS, doc="the first is drawn in the love plot"),
    "matching": Key(
        "text", default="att", choices=("att", "ate"), doc="matches for the second group, or all"
    ),
    "caliper": Key("number", default=0.2, low=0, high=10, doc="deviations of the logit; 0 for none"),
    "trim": Key("number", default=0.0, low=0, high=0.4, doc="scores nearer to 0 or 1 are left out"),
    "errors": Key("text", default="robust", choices=("robust", "hospital"), doc="of weighted effects"),
    "level": Key("number", default=0.95, low=0.5, high=0.999, doc="of the intervals"),
}


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """Effects (table and forest), balance (table and love plot), and the overlap of scores.

    Parameters
    ----------
    given : Given
    choice : DescriptionChoice

    Raises
    ------
    DataError
        With all problems of one step: groups that are not two or are empty, covariates with one value, levels
        that one group alone has, combinations that foretell the group.

    Notes
    -----
    Cost: one pass for levels of each covariate, one into cells; then O(cells × covariates).
    """
    from dipeval.describe.two_groups.two_treatments import two_treatments

    return two_treatments(given, choice)


KIND = Kind(
    CASES, make, KEYS, "Two treatments of one disease, matched and weighted", "两种治疗方式的匹配与加权比较"
)
