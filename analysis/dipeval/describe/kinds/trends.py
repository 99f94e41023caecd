"""``trends``: outcomes of whole groups over time, as they are, seasonally adjusted, or indexed."""

from __future__ import annotations

from dipeval.describe.given import Given
from dipeval.describe.kind import PANEL, Kind
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice
from dipeval.study.grammar import Key
from dipeval.vocabulary import outcomes

KEYS = {
    "outcomes": Key("texts", required=True, choices=tuple(outcomes()), doc="one picture each"),
    "by": Key(
        "text", default="", doc="a column of words of the panel, like level, city or cohort; none: all"
    ),
    "overall": Key("flag", default=False, doc="all hospitals together beside the groups"),
    "seasonal": Key(
        "text", default="none", choices=("none", "stl", "dummies"), doc="how seasons are taken out"
    ),
    "multiplicative": Key("flag", default=False, doc="seasons multiply: they are taken out of the logarithm"),
    "base": Key("period", default="", doc="the period that is 100; none: numbers as they are"),
}


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """Draw each outcome by group and period.

    A group's number is that of the sums of its hospitals (its cost over its cases). With ``seasonal`` the adjusted
    line stands beside the one as it was; with ``base`` all lines are 100 then. A period without a number is a
    gap, never 0.

    Parameters
    ----------
    given : Given
    choice : DescriptionChoice

    Raises
    ------
    DataError
        With all groups for which it cannot be done: too short or broken series, no number in the base
        period, values without a logarithm.

    Notes
    -----
    Cost O(rows of the panel) an outcome.
    """
    from dipeval.describe.over_time.trend_exhibits import trend_exhibits

    return trend_exhibits(given, choice)


KIND = Kind(
    PANEL,
    make,
    KEYS,
    "Trends by group: raw, seasonally adjusted or indexed",
    "分组趋势（原始、季节调整或指数化）",
)
