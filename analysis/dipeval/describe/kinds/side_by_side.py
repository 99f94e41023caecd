"""Kind ``side_by_side``: one reform by several designs and estimators, each with what it assumes."""

from __future__ import annotations

from dipeval.describe.given import Given
from dipeval.describe.kind import EFFECTS, PANEL, Kind
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice
from dipeval.study.grammar import Key, Named, Table
from dipeval.vocabulary import columns, outcomes

DESIGN_KEYS = {
    "label_en": Key("text", default=""),
    "label_zh": Key("text", default=""),
    "note_en": Key("text", default="", doc="what is assumed, and whether it holds; goes below the table"),
    "note_zh": Key("text", default=""),
    "start": Key("period", default="", doc="first period; default: the study's"),
    "end": Key("period", default="", doc="last period; default: the study's"),
    "comparison": Key(
        "text", default="", choices=("", "not_yet_treated", "never_treated"), doc="default: the design's"
    ),
    "anticipation": Key("integer", low=0, doc="periods before the reform that count as treated"),
    "clusters": Key("texts", default=(), choices=tuple(columns()), doc="errors are by the first"),
    "weights": Key("text", default="", choices=("", "none", "discharges")),
    "excluded": Key("texts", default=(), doc="cities (or words of design.by) left out"),
    "covariates": Key("texts", default=(), doc="columns or outcomes that estimators adjust for"),
    "estimators": Key("texts", default=(), doc="only these; default: those of the table"),
    "outcomes": Key("texts", default=(), choices=tuple(outcomes()), doc="only these"),
}


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """A table ``<name>``, a figure ``<name>_forest`` and one figure of paths an outcome.

    Cost: one estimate an outcome, design and estimator.

    Raises
    ------
    DataError
        A study without a design.
    DesignError
        Unknown estimators, columns and cities, windows outside the study: all of one design at once.
    """
    from dipeval.describe.side_by_side.exhibits import side_by_side_exhibits
    from dipeval.describe.side_by_side.of_study import compared

    return side_by_side_exhibits(
        compared(given, choice),
        name=choice.name,
        frequency=given.frequency,
        titles=(choice.title_en, choice.title_zh),
        currency=given.currency,
        synthetic=given.synthetic,
    )


KIND = Kind(
    PANEL,
    make,
    {
        "outcomes": Key("texts", required=True, choices=tuple(outcomes())),
        "estimators": Key("texts", default=(), doc="default: all that there are"),
        "designs": Named(Table(DESIGN_KEYS), doc="by name; default: the study's own design alone"),
    },
    "One reform by several designs",
    "同一改革的多种设计",
    EFFECTS,
)
