"""``balanced``: the reform's effect among hospitals that were alike before it, matched, weighted or balanced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.describe.kind import EFFECTS, PANEL, Kind
from dipeval.estimate.registry import ESTIMATORS
from dipeval.study.grammar import Key
from dipeval.vocabulary import outcomes

if TYPE_CHECKING:
    from dipeval.describe.given import Given
    from dipeval.results.exhibit import Exhibit
    from dipeval.study.descriptions import DescriptionChoice

METHODS = ("matching", "att", "entropy", "overlap", "ate")


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """Effects (table, and a forest an outcome), balance table, love plot, overlap of scores, who was left out.

    Parameters
    ----------
    given : Given
    choice : DescriptionChoice

    Raises
    ------
    DataError
        Covariates that the panel lacks, or that are measured at or after a reform.
    DesignError
        No overlap, no match within the caliper, covariates that are constant, collinear or too many, moments that no
        weights reach.

    Notes
    -----
    Cost: an estimate each method, estimator and outcome; of weights with r coefficients 1 + 2 r estimates.
    """
    from dipeval.describe.balanced.balanced import balanced

    return balanced(given, choice)


KIND = Kind(
    PANEL,
    make,
    {
        "outcomes": Key("texts", required=True, choices=tuple(outcomes()), doc="what the effect is on"),
        "covariates": Key(
            "texts", required=True, doc='outcomes and attributes: ["log_discharges", "mean_age", "level"]'
        ),
        "measured": Key(
            "texts", default=(), doc='first and last period, like ["2018-07", "2019-06"]; none: all before'
        ),
        "methods": Key(
            "texts", default=METHODS[:3], choices=METHODS, doc="the first is drawn in the overlap"
        ),
        "estimators": Key(
            "texts", default=("imputation",), choices=tuple(ESTIMATORS), doc="run on each balanced panel"
        ),
        "neighbours": Key("integer", default=1, low=1, high=50, doc="matches of a treated hospital"),
        "caliper": Key("number", default=0.2, low=0, high=10, doc="deviations of the logit; 0 for none"),
        "replacement": Key("flag", default=True, doc="whether a hospital may match again"),
        "adjust": Key("flag", default=False, doc="matched changes with bias adjustment too"),
        "trim": Key("number", default=0.0, low=0, high=0.4, doc="scores nearer to 0 or 1 are left out"),
        "common_support": Key("flag", default=False, doc="scores outside the other group's range left out"),
        "moments": Key(
            "integer", default=1, low=1, high=2, doc="of entropy balancing: means, or variances too"
        ),
        "cluster": Key("text", default="", doc="clustering variable of the errors; the design's first"),
        "level": Key("number", default=0.95, low=0.5, high=0.999, doc="of the intervals"),
    },
    "The effect among comparable hospitals",
    "可比医院中的改革效应（匹配与加权）",
    heading=EFFECTS,
)
