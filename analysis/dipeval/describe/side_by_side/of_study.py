"""From a study's words to designs on its panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dipeval.describe.given import Given
from dipeval.describe.side_by_side.comparing import CLUSTERED, SideBySide, compare
from dipeval.describe.side_by_side.variant import ENDED, NONE, DesignVariant
from dipeval.design import PanelDesign
from dipeval.panel.outcomes import outcome_values
from dipeval.study import NEVER
from dipeval.study.descriptions import DescriptionChoice
from dipeval.vocabulary import outcomes

OWN = ("The study's design", "本研究设计")
WEIGHTS = "discharges"


def compared(given: Given, choice: DescriptionChoice) -> SideBySide:
    """The designs of a study on its panel; see `kinds.side_by_side`."""
    told = choice.options["designs"] or {"study": {"label_en": OWN[0], "label_zh": OWN[1]}}
    designs = [variant_of(name, words, given.designed) for name, words in told.items()]
    panel = panel_of(given, [name for design in designs for name in design.covariates])
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
        "covariates": tuple(design.covariates),
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


def panel_of(given: Given, controls: Sequence[str]) -> pd.DataFrame:
    """The panel of a study with all that its design knows by row, and with controls as columns.

    Parameters
    ----------
    given : Given
    controls : sequence of str
        Outcomes of the vocabulary are computed; other names stay as they are.
    """
    panel, design = given.panel, given.designed
    made = {
        name: outcome_values(panel, outcomes()[name])[0]
        for name in dict.fromkeys(controls)
        if name in outcomes() and name not in panel.columns
    }
    for name, values in design.covariates.items():
        made[name] = _by_row(design, values, np.nan)
    if design.unit_ended is not None:
        labels = [NEVER if np.isinf(code) else design.cohort_label(code) for code in design.unit_ended]
        made[ENDED] = _by_row(design, np.array(labels, object)[design.unit], NEVER)
    return panel.assign(**made)


def _by_row(design: PanelDesign, values: np.ndarray, missing: object) -> np.ndarray:
    """Values (n,) of the design's rows in the order of its frame; rows that it leaves out are `missing`."""
    made = np.full(design.n_rows_in, missing, dtype=values.dtype)
    made[design.rows] = values
    return made
