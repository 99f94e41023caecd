"""Effects of the reform and of concurrent policies, each alone and together, in one two-way regression.

``y_it = α_i + γ_t + β D_it + Σ_k π_k P_kt + Σ_S δ_S Π_{s∈S} s_it + ε_it`` with D the reform and P_k the
policies in force in the hospital's city. Alone, the reform does β and policy k does π_k; a set S of them
together does the sum of all coefficients of its members and of their products, and the products' part is
what goes beyond the sum.

As in every two-way regression coefficients are the mean effects only where effects do not change with time
since the start; policies that come and go and differ between cities are what tells them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from dipeval.design import PanelDesign
from dipeval.estimate.cohort_panel import arrange
from dipeval.estimate.cohort_regression import cohort_regression
from dipeval.estimate.common_terms import common_block
from dipeval.estimate.policies.measures import TOGETHER, Measures, measures_of
from dipeval.estimate.regression import join_blocks
from dipeval.estimate.sample import Sample, drop_singletons, make_sample
from dipeval.estimate.terms import Rows, group_facts, of_whole_sample, term_rows
from dipeval.estimate.threads import one_thread
from dipeval.results import Estimate
from dipeval.results.origin import Origin
from dipeval.study.policies import REFORM

ALONE, TOGETHER_TERM, BEYOND = "alone=", "together=", "beyond="
ESTIMAND = (
    "coefficients of the reform, of concurrent policies and of their products with hospital and period effects: "
    "what each does alone, what sets of them do together, and how much that is beyond the sum"
)
NOT_KNOWN = (
    "not identified: collinear with hospital and period effects or with another measure; what is identified "
    "beside it stands in the other rows"
)


def policy_synergy(
    design: PanelDesign,
    values: np.ndarray | pd.Series,
    policies: Mapping[str, np.ndarray],
    *,
    outcome: str = "y",
    study: str = "",
    depth: int = 2,
) -> Estimate:
    """Estimate what the reform and concurrent policies do alone and together.

    Parameters
    ----------
    design : PanelDesign
        Its own covariates are adjusted for.
    values : array, shape (design.n_rows_in,)
    policies : mapping of str to numpy.ndarray, shape (n_rows_in,)
        Exposure by row of the frame (`dipeval.design.policies.exposure_of_rows`).
    outcome, study : str
    depth : int
        The most measures that a product has; 1 for none.

    Returns
    -------
    Estimate
        Terms ``alone=<measure>``; for each set that meets with the reform ``together=<a + b>``; and, where
        products of the set have coefficients, ``beyond=<a + b>``. NaN where not identified, with the reason.
        Equals the linear combinations of ``feols(y ~ D * P1 + … | unit + time)``.

    Raises
    ------
    DesignError
        Measures that came at the same time in every city (each pair is named), or are in force nowhere.

    Notes
    -----
    O(n p² + N T²) for p measures and products.
    """
    part = f"{study}/{outcome}/policy_synergy".lstrip("/")
    measures = measures_of(design, policies, depth)
    reform = np.zeros(design.n_rows_in)
    reform[design.rows] = design.treated
    columns = {REFORM: reform, **measures.columns}
    aligned = {name: design.align(column) for name, column in columns.items()}
    extended = replace(design, covariates={**aligned, **design.covariates})
    sample = drop_singletons(make_sample(extended, np.asarray(values, float), None, outcome, part))
    with one_thread():
        made = _regress(sample, measures)
    again = partial(_again, dict(policies), outcome, study, depth)
    made = replace(made, estimator="policy_synergy", outcome=outcome, study=study)
    return replace(made, origin=Origin(design, values, again, tuple(design.covariates)))


def _again(
    policies: Mapping[str, np.ndarray],
    outcome: str,
    study: str,
    depth: int,
    design: PanelDesign,
    values: np.ndarray,
    *,
    only_overall: bool = False,
) -> Estimate:
    """The same call for another calendar or outcome; all terms are overall effects."""
    return policy_synergy(design, values, policies, outcome=outcome, study=study, depth=depth)


def _regress(sample: Sample, measures: Measures) -> Estimate:
    panel = arrange(sample)
    periods = panel.period_columns()
    none = [np.zeros((panel.n_periods, 0))] * len(panel.cohorts)
    fit = cohort_regression(panel, sample.outcome, periods, none, sample.columns)
    combinations = _combinations(measures)
    place = {name: periods.shape[2] + j for j, name in enumerate(sample.covariate_names)}
    picked = np.zeros((len(fit.solution), len(combinations)))
    for k, (_, _, parts) in enumerate(combinations):
        picked[[place[name] for name in parts], k] = 1
    codes, facts = sample.unit_clusters()
    sizes = {name: fact.n for name, fact in facts.items()}
    terms = _terms(sample, combinations, place)
    block = common_block(fit, terms, picked, sample.outcome, codes, sizes)
    known = np.isfinite(block.params)
    notes = [note if fine else NOT_KNOWN for note, fine in zip(block.terms["note"], known, strict=True)]
    return join_blocks(sample, [replace(block, terms={**block.terms, "note": notes})], facts, ESTIMAND, "t")


def _combinations(measures: Measures) -> list[tuple[str, tuple[str, ...], list[str]]]:
    """Name, measures that must be in force, and the coefficients whose sum it is."""
    made = [(f"{ALONE}{name}", (name,), [name]) for name in measures.names]
    inside = {
        group: [TOGETHER.join(s) for s in measures.products if set(s) <= set(group)] for group in measures.met
    }
    made += [(TOGETHER_TERM + TOGETHER.join(g), g, [*g, *products]) for g, products in inside.items()]
    return made + [(BEYOND + TOGETHER.join(g), g, products) for g, products in inside.items() if products]


def _terms(sample: Sample, combinations: list[tuple[str, tuple[str, ...], list[str]]], place: dict) -> Rows:
    """Rows in which all measures of a term are in force stand behind it."""
    first = min(place.values())
    rows: dict[str, list] = {}
    for name, group, _ in combinations:
        inside = np.all([sample.columns[place[one] - first] > 0 for one in group], axis=0)
        facts = of_whole_sample(group_facts(sample, np.where(inside, 0, -1), 1), sample)
        one = term_rows("overall", facts, term=[name], estimand=_in_words(name))
        for column, value in one.items():
            rows.setdefault(column, []).extend(list(value))
    return {name: np.array(v) if name in _NUMBERS else v for name, v in rows.items()}


_NUMBERS = ("n_obs", "n_hospitals", "n_treated", "count", "largest_share", "event_time", "is_reference")


def _in_words(name: str) -> str:
    if name.startswith(ALONE):
        return "effect of the measure alone"
    if name.startswith(BEYOND):
        return "effect together less the sum of the effects alone"
    return "effect of the measures together"
