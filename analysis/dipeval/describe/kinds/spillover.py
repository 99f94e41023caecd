"""Kind ``spillover``: hospitals of cities that border on a reformed one, and the bias of comparing with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.describe.kind import EFFECTS, PANEL, Kind
from dipeval.estimate.registry import ESTIMATORS
from dipeval.study.grammar import Key, Named
from dipeval.vocabulary import outcomes

if TYPE_CHECKING:
    from dipeval.describe.given import Given
    from dipeval.estimate.spillover.effects import Spillover
    from dipeval.results.exhibit import Exhibit
    from dipeval.study.descriptions import DescriptionChoice

COMMON = {
    "outcomes": Key("texts", required=True, choices=tuple(outcomes()), doc="what the effect is on"),
    "estimator": Key(
        "text", default="imputation", choices=tuple(ESTIMATORS), doc="one with an overall effect"
    ),
    "cluster": Key("text", default="", doc="clustering variable; default: the first of the design"),
    "level": Key("number", default=0.95, low=0.5, high=0.999, doc="level of the intervals"),
}


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """``<name>`` (table), and ``<name>_<outcome>`` (forest) and ``…_events`` an outcome.

    Cost: three estimates an outcome.

    Raises
    ------
    DataError
        Cities that the design does not know.
    DesignError
        Nobody is exposed without being treated, or nobody is clean.
    """
    from dipeval.describe.spillover.exhibits import spillover_exhibits
    from dipeval.describe.spillover.neighbours import exposed_from
    from dipeval.describe.spillover.words import EARLY, HOSPITALS, KNOWN, PLACES
    from dipeval.estimate.spillover.effects import spillover_on_hospitals
    from dipeval.panel.outcomes import outcome_values

    design = given.designed
    exposed = exposed_from(design, choice.options["neighbours"])

    def estimated(name: str) -> Spillover:
        values = outcome_values(given.panel, outcomes()[name])[0]
        estimator = str(choice.options["estimator"])
        return spillover_on_hospitals(design, values, exposed, estimator=estimator, outcome=name)

    early = ((design.layout.last >= design.first_treated) & (exposed < design.first_treated)).any()
    notes = [PLACES, *([EARLY] if early else []), KNOWN]
    return spillover_exhibits(given, choice, estimated, HOSPITALS, notes, list(design.unit_clusters))


KIND = Kind(
    PANEL,
    make,
    {
        **COMMON,
        "neighbours": Named(
            Key("texts", doc='cities that border on it: huacheng = ["duyi"]; once said, both ways'),
            required=True,
        ),
    },
    "Spillover on hospitals of neighbouring cities",
    "对相邻城市医院的溢出效应",
    heading=EFFECTS,
)
