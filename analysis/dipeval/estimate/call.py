"""The one call for every estimator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from dipeval.design import PanelDesign
from dipeval.design.validation import NOBODY
from dipeval.errors import DesignError, Problem, nearest
from dipeval.estimate.registry import AMOUNT_INSTEAD, ESTIMATORS, EstimatorSpec
from dipeval.estimate.sample import make_sample
from dipeval.estimate.threads import one_thread
from dipeval.results import Estimate
from dipeval.results.origin import Origin
from dipeval.vocabulary import outcomes


def estimate(
    design: PanelDesign,
    outcome_values: np.ndarray | pd.Series,
    *,
    estimator: str,
    outcome: str = "y",
    study: str = "",
    covariates: Sequence[str] | None = None,
    **options: object,
) -> Estimate:
    """Estimate the effect of the reform on one outcome.

    Parameters
    ----------
    design : PanelDesign
    outcome_values : array, shape (design.n_rows_in,)
        In the row order of the frame that the design was built from; rows with NaN are left out with
        the ledger entry ``outcome_missing``.
    estimator : str
        Name in `dipeval.estimate.ESTIMATORS`.
    outcome, study : str
        Names for the result.
    covariates : sequence of str, optional
        Names among the design's covariates; default all, empty for none.
    **options
        The estimator's own options, checked by name against `EstimatorSpec.options`.

    Returns
    -------
    Estimate
        Without standard errors; `dipeval.infer.infer` adds them.

    Raises
    ------
    DesignError
        Unknown estimator, option or covariate; a logarithm where amounts are needed; no usable row;
        hospitals that leave the reform, of which the estimator does not know.
    """
    spec = _spec(estimator, options)
    if spec.needs_units and not design.has_units:
        todo = "build the design with the column whose level is held fixed: unit=hospital or unit=city"
        raise DesignError(
            "estimate", [Problem(estimator, "needs hospital effects, the design has none", todo)]
        )
    if spec.needs_amounts:
        _refuse_logarithms(estimator, outcome)
    if design.comparison == NOBODY:
        todo = 'add hospitals without the reform and write comparison = "not_yet_treated", or ask for interrupted_series'
        what = 'needs hospitals to compare with, the design has comparison = "none"'
        raise DesignError("estimate", [Problem(estimator, what, todo)])
    part = f"{study}/{outcome}/{estimator}".lstrip("/")
    sample = make_sample(design, outcome_values, covariates, outcome, part, knows_leaving=spec.knows_leaving)
    with one_thread():
        result = spec.function(sample, **options)
    again = partial(
        _again, estimator=estimator, outcome=outcome, study=study, covariates=covariates, **options
    )
    redated = None
    if spec.for_calendars is not None and not options:
        redated = partial(spec.for_calendars, design, covariates=covariates)
    origin = Origin(design, outcome_values, again, sample.covariate_names, redated, spec.is_linear)
    return replace(result, estimator=estimator, outcome=outcome, study=study, origin=origin)


def _refuse_logarithms(estimator: str, outcome: str) -> None:
    """Outcomes of the vocabulary say whether they are amounts; others are judged by their values."""
    known = outcomes().get(outcome)
    if known is not None and not known.is_amount:
        what = f"{outcome} is a {known.kind.replace('_', ' ')}, and {estimator} takes amounts from zero up"
        raise DesignError("estimate", [Problem(f"outcome {outcome}", what, AMOUNT_INSTEAD)])


def _again(
    design: PanelDesign, values: np.ndarray, *, only_overall: bool = False, estimator: str, **words: object
) -> Estimate:
    """The same call for another design or outcome."""
    if only_overall and "aggregate" in ESTIMATORS[estimator].options:
        words["aggregate"] = ("overall",)
    return estimate(design, values, estimator=estimator, **words)


def _spec(estimator: str, options: dict[str, object]) -> EstimatorSpec:
    if estimator not in ESTIMATORS:
        hint = nearest(estimator, ESTIMATORS)
        raise DesignError("estimate", [Problem("estimator", f"{estimator!r} is unknown", hint)])
    spec = ESTIMATORS[estimator]
    problems = [
        Problem(f"option {name}", f"is not an option of {estimator}", nearest(name, spec.all_options))
        for name in options
        if name not in spec.options
    ]
    if problems:
        raise DesignError("estimate", problems)
    return spec
