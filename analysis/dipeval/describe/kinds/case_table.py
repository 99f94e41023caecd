"""``case_table``: Table 1 of the cases by group."""

from __future__ import annotations

from dipeval.describe.case_variable import CATEGORICAL, CONTINUOUS, SUMMARIES, TESTS
from dipeval.describe.given import Given
from dipeval.describe.kind import CASES, Kind
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice
from dipeval.study.grammar import Key, Named

OF_ANY = tuple(dict.fromkeys([*TESTS[CONTINUOUS], *TESTS[CATEGORICAL]]))
SHOWN = (*SUMMARIES[CONTINUOUS], *SUMMARIES[CATEGORICAL])
KEYS = {
    "by": Key(
        "text", required=True, doc="what divides the cases into groups, like treatment, arm, level or city"
    ),
    "within": Key("text", default="", doc="what divides the table, like when"),
    "groups": Key("texts", default=(), doc="the levels of `by` that are shown, in their order"),
    "variables": Key("texts", required=True, doc='variables = ["age", "sex", "total_cost"]'),
    "summaries": Named(
        Key("texts", choices=SHOWN), doc="by variable of numbers: mean_sd, median_iqr or both"
    ),
    "tests": Named(Key("text", choices=OF_ANY), doc="by variable: the test, declared beforehand"),
    "decimals": Named(Key("integer", low=0, high=6), doc="by variable of numbers: places that are kept"),
    "overall": Key("flag", default=False, doc="a column of all groups together"),
    "weight": Key("text", default="", doc="column of the cases' weights, as a survey has them"),
    "weight_decimals": Key("integer", default=4, low=0, high=6, doc="places of the weights"),
}


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """Describe cases by group: mean (SD) or median [quartiles], n (%), differences and declared tests.

    Numbers of the vocabulary are continuous (amounts in the currency), unless `bins` divide them; everything
    else by which cases may be described (codes, flags, age groups, comorbidity …) is categorical.

    Parameters
    ----------
    given : Given
    choice : DescriptionChoice

    Raises
    ------
    DataError
        With all problems of one step: unknown or repeated variables, what the cases lack, tests and
        summaries that do not fit.

    Notes
    -----
    Cost: as `describe.case_table` says; the columns it needs are computed once.
    """
    from dipeval.describe.case_choice import chosen_table

    return [chosen_table(given, choice)]


KIND = Kind(CASES, make, KEYS, "Characteristics of the cases by group (Table 1)", "病例基本特征表（表1）")
