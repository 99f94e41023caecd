"""``cluster_comparison``: the effect of the reform when hospitals are compared within their clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.describe.kind import EFFECTS, PANEL, Kind
from dipeval.study.grammar import Key
from dipeval.vocabulary import outcomes

if TYPE_CHECKING:
    from dipeval.describe.given import Given
    from dipeval.results.exhibit import Exhibit
    from dipeval.study.descriptions import DescriptionChoice

ESTIMATORS = ("imputation", "two_stage", "twfe")
SMALL_SAMPLE = ("CR0", "CR1", "CR3")


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """Clusters by side, and for each outcome a forest and a table: all compared with all, within common clusters, and with
    period effects of each cluster.

    Parameters
    ----------
    given : Given
    choice : DescriptionChoice

    Raises
    ------
    DataError
        A study without a design, no such clustering, or one that was formed on periods at or after the reform.

    Notes
    -----
    Cost: two estimates and one a cluster, for each outcome.
    """
    from dipeval.describe.clusters.compared_within import compared_within

    return compared_within(given, choice)


KIND = Kind(
    layer=PANEL,
    make=make,
    keys={
        "by": Key("text", required=True, doc='"cluster:<name>" of a clustering of hospitals'),
        "outcomes": Key("texts", required=True, choices=tuple(outcomes()), doc="what the reform may change"),
        "estimator": Key("text", default="imputation", choices=ESTIMATORS, doc="of every comparison"),
        "least": Key("integer", default=2, low=1, doc="hospitals that a cluster must have on each side"),
        "cluster": Key("text", default="", doc="of the errors; default: the design's first"),
        "small_sample": Key("text", default="CR1", choices=SMALL_SAMPLE, doc="of the intervals"),
        "level": Key("number", default=0.95, low=0.5, high=0.999, doc="of the intervals"),
    },
    label_en="Comparison within clusters of hospitals",
    label_zh="同类医院内比较",
    heading=EFFECTS,
)
