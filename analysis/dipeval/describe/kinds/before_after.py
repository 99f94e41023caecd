"""``before_after``: the cases of one disease in two groups, skewed costs compared in several ways."""

from __future__ import annotations

from dipeval.describe.given import Given
from dipeval.describe.kind import CASES, Kind
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice
from dipeval.study.grammar import Key

KEYS = {
    "from": Key(
        "period", default="", doc="cases discharged before this period are compared with those from it on"
    ),
    "by": Key("text", default="", doc="or a column with two values, like payment_method"),
    "groups": Key("texts", default=(), doc="the two levels of `by`, the base first"),
    "outcomes": Key("texts", required=True, doc='outcomes = ["total_cost", "care_days"]'),
    "covariates": Key("texts", default=(), doc="what the adjusted comparison holds constant"),
    "errors": Key("text", default="robust", choices=("robust", "hospital"), doc="of the regressions"),
    "draws": Key("integer", default=1999, low=0, high=99_999, doc="of the bootstrap; 0 for none"),
    "seed": Key("integer", required=True, low=0, doc="of the bootstrap, any number"),
    "level": Key("number", default=0.95, low=0.5, high=0.999, doc="of the intervals"),
}


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """Compare the outcomes of two groups: a table, and a forest of the relative changes.

    Parameters
    ----------
    given : Given
    choice : DescriptionChoice

    Raises
    ------
    DataError
        With all problems of one step: groups that are not two or are empty, outcomes or covariates that the
        cases lack.

    Notes
    -----
    Cost: for each outcome one pass for quartiles, one grouping by value for ranks and one for the bootstrap; one
    pass for all sums and one for the cells of the regressions.
    """
    from dipeval.describe.two_groups.before_after import before_after

    return before_after(given, choice)


KIND = Kind(CASES, make, KEYS, "Two groups of cases, one disease before and after", "单病种前后或两组比较")
