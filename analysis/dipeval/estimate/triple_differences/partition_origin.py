"""Where a triple difference came from, so that inference can estimate it anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from dipeval.design import PanelDesign
from dipeval.design.partition import Partition
from dipeval.results import Estimate
from dipeval.results.origin import Origin


def with_origin(
    result: Estimate,
    estimator: Callable[..., Estimate],
    partition: Partition,
    values: np.ndarray,
    options: Mapping[str, object],
) -> Estimate:
    """The estimate, which knows how to be made again for other calendars and outcomes of the same units.

    Where units are groups of patients in one place, places are counted as hospitals, and not their groups.
    """
    again = partial(_again, estimator, partition, result.outcome, result.study, dict(options))
    made = replace(result, origin=Origin(partition.design, values, again))
    if not partition.within:
        return made
    places = len(result.clusters[partition.within].names)
    whole = result.terms["n_hospitals"] == result.n_hospitals
    terms = result.terms.assign(n_hospitals=result.terms["n_hospitals"].mask(whole, places))
    return replace(made, n_hospitals=places, terms=terms)


def _again(
    estimator: Callable[..., Estimate],
    partition: Partition,
    outcome: str,
    study: str,
    options: Mapping[str, object],
    design: PanelDesign,
    values: np.ndarray,
    *,
    only_overall: bool = False,
) -> Estimate:
    words = dict(options)
    if only_overall and "aggregate" in words:
        words["aggregate"] = ("overall",)
    return estimator(replace(partition, design=design), values, outcome=outcome, study=study, **words)
