"""Exhibits of the models on cases: one table of overall effects, an event study of each other model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..describe import event_study_exhibit, regression_table
from ..describe.labels import Labels
from ..describe.regression import CASE_SIZES
from ..results.exhibit import Exhibit
from ..vocabulary import outcomes
from .case_model_words import case_model_label

if TYPE_CHECKING:
    from .exhibits import Material

TITLE = (
    "Effect of the reform among cases, adjusted for patients",
    "改革对病例的效应（调整患者特征）",
)


def case_model_exhibits(material: Material) -> Iterator[Exhibit]:
    """Make the exhibits of a study's models on cases, in their order."""
    models = material.declared.study.case_models
    labels: Labels = {model.name: case_model_label(model) for model in models}
    static = [found for found in material.of_cases if (found.terms["kind"] == "overall").any()]
    if static:
        yield regression_table(
            static,
            labels=labels,
            name="case_models",
            title=TITLE,
            sizes=CASE_SIZES,
            synthetic=material.synthetic,
        )
    first = material.declared.study.treatment.clusters[0]
    for found in material.of_cases:
        if (found.terms["kind"] == "overall").any() or found.fact("cluster_shown") != first:
            continue
        outcome, model = str(found.fact("outcome")), str(found.fact("estimator"))
        yield event_study_exhibit(
            [found],
            outcomes()[outcome],
            frequency=material.declared.study.frequency,
            labels=labels,
            currency=material.panel.currency,
            name=f"case_event_study_{model}_{outcome}",
            synthetic=material.synthetic,
        )
