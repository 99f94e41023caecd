"""``heterogeneity``: the effect of the reform by group of hospitals, from one fit, and whether groups are equal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.describe.heterogeneity.equality import HOTELLING, JACKKNIFE, TESTS
from dipeval.describe.kind import EFFECTS, PANEL, Kind
from dipeval.estimate.registry import ESTIMATORS
from dipeval.study.grammar import Key
from dipeval.vocabulary import outcomes

if TYPE_CHECKING:
    from dipeval.describe.given import Given
    from dipeval.results.exhibit import Exhibit
    from dipeval.study.descriptions import DescriptionChoice

SMALL_SAMPLE = ("CR0", "CR1", "CR3")


def effect_keys(trends: str = "common") -> dict[str, Key]:
    """Keys of what is estimated of each group, and how groups are compared."""
    return {
        "estimator": Key("text", default="imputation", choices=tuple(ESTIMATORS), doc="of every group"),
        "trends": Key(
            "text", default=trends, choices=("common", "own"), doc="one counterfactual, or one a group"
        ),
        "cluster": Key("text", default="", doc="of the errors; default: the design's first"),
        "small_sample": Key("text", default="CR1", choices=SMALL_SAMPLE, doc="of the intervals"),
        "tests": Key("texts", default=(HOTELLING, JACKKNIFE), choices=TESTS, doc="of equal effects"),
        "seed": Key("integer", low=0, doc="of tests that draw"),
        "level": Key("number", default=0.95, low=0.5, high=0.999, doc="of the intervals"),
    }


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """A forest and a table an outcome; see `dipeval.describe.heterogeneity.by_group.by_group`."""
    from dipeval.describe.heterogeneity.by_group import by_group

    return by_group(given, choice)


KIND = Kind(
    layer=PANEL,
    make=make,
    keys={
        "by": Key(
            "text", required=True, doc="level, ownership … or a quantity: an outcome, discharges, beds …"
        ),
        "outcomes": Key("texts", required=True, choices=tuple(outcomes()), doc="what the reform may change"),
        "classes": Key("integer", default=3, low=2, high=10, doc="of a quantity, of as many hospitals each"),
        "measured": Key(
            "texts", default=(), doc="first and last period that forms groups, before the reform"
        ),
        **effect_keys(),
    },
    label_en="Effects by group",
    label_zh="分组效应",
    heading=EFFECTS,
)
