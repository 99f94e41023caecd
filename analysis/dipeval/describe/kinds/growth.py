"""``growth``: how fast outcomes of groups grow from year to year, beside a declared cap."""

from __future__ import annotations

from dipeval.describe.given import Given
from dipeval.describe.kind import PANEL, Kind
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice
from dipeval.study.grammar import Key
from dipeval.vocabulary import outcomes

KEYS = {
    "outcomes": Key("texts", required=True, choices=tuple(outcomes()), doc="one table and picture each"),
    "by": Key(
        "text", default="", doc="a column of words of the panel, like level, city or hospital; none: all"
    ),
    "overall": Key("flag", default=True, doc="all hospitals together before the groups"),
    "cap": Key("number", doc="growth a year that is held to be too much, like 0.05"),
    "first": Key("period", default="", doc="first whole year; none: of the study"),
    "last": Key("period", default="", doc="last whole year"),
}


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """A table of growth from year to year and compound growth, and bars of the latter beside the cap.

    Years are calendar years of which the window holds every period; the others are left out, and a note says
    so. A growth rate stands on two years: the one with fewer cases decides whether it is shown.

    Parameters
    ----------
    given : Given
    choice : DescriptionChoice

    Raises
    ------
    DataError
        If fewer than two whole years are left, or an outcome has no growth (it may be negative).

    Notes
    -----
    Cost O(rows of the panel) an outcome.
    """
    from dipeval.describe.over_time.growth_exhibits import growth_exhibits

    return growth_exhibits(given, choice)


KIND = Kind(PANEL, make, KEYS, "Growth from year to year beside a cap", "同比与年均增长率（与控制线比较）")
