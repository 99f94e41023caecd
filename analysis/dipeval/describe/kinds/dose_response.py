"""``dose_response``: the effect where the reform is stronger, level and slope by its intensity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.describe.kind import EFFECTS, PANEL, Kind
from dipeval.study.grammar import Key, Named
from dipeval.vocabulary import outcomes

if TYPE_CHECKING:
    from dipeval.describe.given import Given
    from dipeval.results.exhibit import Exhibit
    from dipeval.study.descriptions import DescriptionChoice


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """Two curves and a table an outcome; see `dipeval.describe.heterogeneity.by_dose.by_dose`."""
    from dipeval.describe.heterogeneity.by_dose import by_dose

    return by_dose(given, choice)


KIND = Kind(
    layer=PANEL,
    make=make,
    keys={
        "dose": Key("text", default="", doc="a column of numbers of the panel, or an outcome"),
        "by_city": Named(Key("number", low=0), doc="or the dose of each city"),
        "label_en": Key("text", default="", doc="what the dose is called"),
        "label_zh": Key("text", default="", doc="the same in Chinese"),
        "unit": Key("text", default="", choices=("", "share"), doc="of doses by city"),
        "outcomes": Key("texts", required=True, choices=tuple(outcomes()), doc="what the reform may change"),
        "measured": Key(
            "texts", default=("before",), doc='["before"], ["adoption"], or first and last period'
        ),
        "degree": Key("integer", default=3, low=1, high=10, doc="of the splines of the dose"),
        "knots": Key("integer", default=0, low=0, high=10, doc="at quantiles of the doses"),
        "overall": Key(
            "text", default="simple", choices=("simple", "group"), doc="how cohorts and periods weigh"
        ),
        "cluster": Key("text", default="", doc="of the errors; default: the design's first"),
        "small_sample": Key("text", default="CR1", choices=("CR0", "CR1", "CR3"), doc="of the intervals"),
        "seed": Key("integer", required=True, low=0, doc="of the bands"),
        "draws": Key("integer", default=999, low=99, high=99999, doc="of the bands"),
        "level": Key("number", default=0.95, low=0.5, high=0.999, doc="of intervals and bands"),
    },
    label_en="Effects by intensity of the reform",
    label_zh="按改革强度的效应",
    heading=EFFECTS,
)
