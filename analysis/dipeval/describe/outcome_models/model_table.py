"""The models of one outcome side by side, as an exhibit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dipeval.describe.estimate_frames import EstimateFrames
from dipeval.describe.outcome_models.model_words import (
    ALL,
    DISPERSION,
    MODEL_LABELS,
    MODEL_NOTES,
    POWER,
    POWER_OF_ROWS,
    SEPARATED,
    TERM_LABELS,
    TITLE,
    VOLUME,
    ZEROS,
)
from dipeval.describe.regression import regression_table
from dipeval.design import PanelDesign
from dipeval.estimate.response.families import POISSON
from dipeval.estimate.response.fitting import fit_family
from dipeval.estimate.response.models import MODELS, means_of_cases
from dipeval.estimate.response.outcome_sums import OutcomeSums
from dipeval.estimate.response.variance_power import variance_power
from dipeval.infer import infer
from dipeval.results import Estimate
from dipeval.results.exhibit import Exhibit
from dipeval.vocabulary import columns, outcomes

Words = tuple[str, str]
TOLD = "dispersion "


def default_models(sums: OutcomeSums) -> tuple[str, ...]:
    """All that fit an outcome: counts have a negative binomial, outcomes with zeros two parts."""
    left_out = set() if sums.value is not None else {"negative_binomial"}
    left_out |= set() if (sums.positive < sums.cases).any() else {"two_part", "two_part_log"}
    return tuple(name for name in MODELS if name not in left_out)


def model_table(
    estimates: Sequence[Estimate],
    sums: OutcomeSums,
    design: PanelDesign,
    *,
    name: str,
    title: Words = ("", ""),
    level: float = 0.95,
    synthetic: bool = False,
    notes: Sequence[Words] = (),
) -> Exhibit:
    """Put the models of an outcome into one table, errors by each clustering of the design.

    Parameters
    ----------
    estimates : sequence of Estimate
        From `response_models`.
    sums : OutcomeSums
    design : PanelDesign
    name : str
    title : (str, str)
        Empty: a title of its own.
    level : float
    notes : sequence of (str, str)
        In front of those that say what the models are.

    Returns
    -------
    Exhibit
        Kind ``regression_table``.
    """
    inferred = [
        infer(estimate, "cluster", cluster=cluster, level=level)
        for estimate in estimates
        for cluster in design.unit_clusters
    ]
    label = _label(sums.name)
    made = regression_table(
        [EstimateFrames.of(found) for found in inferred],
        labels=MODEL_LABELS,
        name=name,
        title=tuple(own or form.format(word) for own, form, word in zip(title, TITLE, label, strict=True)),
        term_labels=TERM_LABELS,
        synthetic=synthetic,
    )
    said = [
        *notes,
        VOLUME if sums.each_row else ALL,
        *(MODEL_NOTES[e.estimator] for e in estimates),
        *_facts(estimates, sums, design),
    ]
    return replace(
        made,
        notes_en=(*(en for en, _ in said), *made.notes_en),
        notes_zh=(*(zh for _, zh in said), *made.notes_zh),
    )


def _label(name: str) -> Words:
    named = outcomes().get(name) or columns()[name]
    return named.label_en.lower(), named.label_zh


def _facts(estimates: Sequence[Estimate], sums: OutcomeSums, design: PanelDesign) -> list[Words]:
    said = []
    zeros = 1 - sums.positive.sum() / sums.cases.sum()
    if zeros > 0 and not sums.each_row:
        said.append(tuple(form.format(share=zeros) for form in ZEROS))
    for estimate in estimates:
        gone = sum(e.rows_before - e.rows_after for e in estimate.ledger if e.rule == "separated")
        words = MODEL_LABELS[estimate.estimator]
        if gone:
            said.append(tuple(f.format(model=w, n=gone) for f, w in zip(SEPARATED, words, strict=True)))
        for value in (w.removeprefix(TOLD) for w in estimate.warnings if w.startswith(TOLD)):
            said.append(tuple(form.format(value=value) for form in DISPERSION))
    power, error = _power(sums, design)
    if np.isfinite(power):
        forms = POWER_OF_ROWS if sums.each_row or sums.discharges is not None else POWER
        said.append(tuple(form.format(power=power, error=error) for form in forms))
    return said


def _power(sums: OutcomeSums, design: PanelDesign) -> tuple[float, float]:
    """The Park test by the first clustering, around Poisson means."""
    fitted = fit_family(means_of_cases(design, sums, sums.name), POISSON)
    rows = fitted.sample.rows
    codes, _ = fitted.sample.clusters()
    total, squares = (design.align(values)[rows] for values in (sums.total, sums.squares))
    return variance_power(fitted.fit.mean, fitted.weights, total, squares, next(iter(codes.values())))
