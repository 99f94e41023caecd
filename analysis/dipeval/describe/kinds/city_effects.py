"""``city_effects``: the effect in each city from one fit, and what the cities say of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.describe.kind import EFFECTS, PANEL, Kind
from dipeval.study.grammar import Key
from dipeval.vocabulary import outcomes

if TYPE_CHECKING:
    from dipeval.describe.given import Given
    from dipeval.results.exhibit import Exhibit
    from dipeval.study.descriptions import DescriptionChoice

ESTIMATORS = ("imputation", "two_stage", "group_time", "twfe")
BETWEEN = ("reml", "paule_mandel", "dersimonian_laird")


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """A forest and a table an outcome; see `dipeval.describe.heterogeneity.by_city.by_city`."""
    from dipeval.describe.heterogeneity.by_city import by_city

    return by_city(given, choice)


KIND = Kind(
    layer=PANEL,
    make=make,
    keys={
        "outcomes": Key("texts", required=True, choices=tuple(outcomes()), doc="what the reform may change"),
        "by": Key("text", default="city", doc="a column of the panel that says a word of each hospital"),
        "estimator": Key("text", default="imputation", choices=ESTIMATORS, doc="against one counterfactual"),
        "between": Key("text", default="reml", choices=BETWEEN, doc="how the variance between is estimated"),
        "adjustment": Key(
            "text",
            default="at_least_one",
            choices=("at_least_one", "plain"),
            doc="Hartung and Knapp's factor",
        ),
        "cluster": Key("text", default="", doc="of the pooled effect; default: the design's first"),
        "small_sample": Key("text", default="CR1", choices=("CR0", "CR1", "CR3"), doc="of the pooled effect"),
        "level": Key("number", default=0.95, low=0.5, high=0.999, doc="of the intervals"),
    },
    label_en="Effects city by city",
    label_zh="逐城市效应",
    heading=EFFECTS,
)
