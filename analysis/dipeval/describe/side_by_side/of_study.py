"""From a study's words to designs on its panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from dipeval.describe.given import Given
from dipeval.describe.side_by_side.comparing import CLUSTERED, SideBySide, compare
from dipeval.describe.side_by_side.variant import NONE, DesignVariant
from dipeval.design import PanelDesign
from dipeval.panel.outcomes import outcome_values
from dipeval.study.descriptions import DescriptionChoice
from dipeval.vocabulary import outcomes

OWN = ("The study's design", "本研究设计")
WEIGHTS = "discharges"


def compared(given: Given, choice: DescriptionChoice) -> SideBySide:
    """The designs of a study on its panel; see `kinds.side_by_side`."""
    told = choice.options["designs"] or {"study": {"label_en": OWN[0], "label_zh": OWN[1]}}
    designs = [variant_of(name, words, given.designed) for name, words in told.items()]
    panel = with_controls(given.panel, [name for design in designs for name in design.covariates])
    return compare(
        panel,
        designs,
        tuple(choice.options["estimators"]),
        outcomes=tuple(choice.options["outcomes"]),
        inference=given.inference or CLUSTERED,
        truth=given.truth,
    )


def variant_of(name: str, told: Mapping[str, object], design: PanelDesign) -> DesignVariant:
    """A design as a study tells it; what it does not say is as in the study's own."""
    said = {key: value for key, value in told.items() if value not in (None, "", ())}
    anticipation = int(said.get("anticipation", design.anticipation))
    own = {
        "comparison": design.comparison,
        "anticipation": design.anticipation,
        "clusters": tuple(design.unit_clusters),
        "weights": NONE if design.weights is None else WEIGHTS,
        "event_window": design.event_window,
        "reference": min(design.reference, -anticipation - 1),
        "by": "arm",
    }
    lists = {
        key: tuple(said[key])
        for key in ("clusters", "excluded", "covariates", "estimators", "outcomes")
        if key in said
    }
    return DesignVariant(name, **{**own, **said, **lists})


def with_controls(panel: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The panel with outcomes of the vocabulary that designs adjust for as columns; other names stay as they are."""
    made = {
        name: outcome_values(panel, outcomes()[name])[0]
        for name in dict.fromkeys(names)
        if name in outcomes() and name not in panel.columns
    }
    return panel.assign(**made)
