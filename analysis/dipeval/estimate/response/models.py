"""All models of one outcome beside each other: log-linear, gamma, Poisson, negative binomial, two parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from dipeval.design import PanelDesign
from dipeval.errors import DesignError, Problem, nearest
from dipeval.estimate.regression import FLOOR, Block, cr1_factor, join_blocks
from dipeval.estimate.response.effects import (
    Effect,
    Means,
    effects_of_means,
    log_link_means,
    two_part_effects,
)
from dipeval.estimate.response.families import GAMMA, LINEAR, LOGIT, POISSON, negative_binomial
from dipeval.estimate.response.fitting import Fitted, check_sums, fit_family, weighted_sample
from dipeval.estimate.response.outcome_sums import OutcomeSums
from dipeval.estimate.response.overdispersion import dispersion
from dipeval.estimate.response.smearing import smeared_means
from dipeval.estimate.sample import Sample
from dipeval.estimate.terms import group_facts, of_whole_sample, repeated, term_rows
from dipeval.estimate.threads import one_thread
from dipeval.results import Estimate

MOST_ROUNDS = 100
SETTLED = 1e-10
NOT_DETERMINED = "not identified: no treated hospital-period differs from its hospital and period effects"
INCIDENTAL = (
    "the dispersion is estimated beside one effect a hospital, which biases it downward where hospitals have few "
    "periods (Allison and Waterman 2002); coefficient and errors by cluster do not rest on it"
)
ONE_PART = "no hospital has some zeros but not all, so the share above zero has no model"
EQUAL_SPREAD = "no overdispersion is left beside the effects: the model is Poisson"
ESTIMAND = "effect on the mean of treated hospital-periods (by their cases), with hospital and period effects in the model"
Found = tuple[Sample, list[Effect], int, tuple[str, ...]]


def response_models(
    design: PanelDesign, sums: OutcomeSums, models: Sequence[str], study: str = ""
) -> list[Estimate]:
    """Estimate the effect of the reform by several models of one outcome.

    Parameters
    ----------
    design : PanelDesign
        Who is treated when, against whom; its own weights do not count.
    sums : OutcomeSums
        In the order of the frame that the design was built from.
    models : sequence of str
        Of `MODELS`.
    study : str

    Returns
    -------
    list of Estimate
        One a model, with the terms ``coefficient`` (not for two parts), ``percent`` and ``level``: the average
        effect on the treated. `n_obs` counts hospital-periods. Without errors; `dipeval.infer.infer` adds them
        from the influence by cluster.

    Raises
    ------
    DesignError
        Unknown models, outcomes below or all at zero, fractions in a count.

    Notes
    -----
    O(n + N T²) a step of each fit; cases are never needed one by one.
    """
    problems = [Problem("model", f"{m!r} is unknown", nearest(m, MODELS)) for m in models if m not in MODELS]
    if problems:
        raise DesignError("estimate", problems)
    check_sums(sums, "negative_binomial" in models)
    with one_thread():
        return [_estimate(design, sums, name, study) for name in models]


def _estimate(design: PanelDesign, sums: OutcomeSums, model: str, study: str) -> Estimate:
    part = f"{study}/{sums.name}/{model}".lstrip("/")
    sample, effects, n_parameters, warnings = MODELS[model](design, sums, part)
    codes, clusters = sample.clusters()
    sizes = {name: facts.n for name, facts in clusters.items()}
    facts = group_facts(sample, np.where(sample.treated, 0, -1), 1)
    facts = repeated(of_whole_sample(facts, sample), len(effects))
    known = [bool(np.isfinite(e.value)) for e in effects]
    terms = term_rows(
        "overall",
        facts,
        term=[e.term for e in effects],
        estimand=ESTIMAND,
        note=["" if k else NOT_DETERMINED for k in known],
    )
    by_row = np.stack(
        [np.where(k, e.influence[sample.rows], np.nan) for e, k in zip(effects, known, strict=True)]
    )
    influence = {
        name: np.stack([np.bincount(codes[name], row, minlength=sizes[name]) for row in by_row], axis=1)
        for name in sizes
    }
    scale = np.nanmax(np.abs(by_row), axis=1, initial=0.0) if by_row.size else np.zeros(len(effects))
    block = Block(
        terms,
        np.array([e.value for e in effects]),
        influence,
        np.full(len(effects), cr1_factor(sample.n_obs, n_parameters)),
        FLOOR * scale,
        n_parameters,
    )
    found = join_blocks(sample, [block], clusters, ESTIMAND, "t")
    told = tuple(dict.fromkeys((*found.warnings, *warnings)))
    mean = _mean_of_cases(design, sums, sample)
    return replace(found, estimator=model, outcome=sums.name, study=study, warnings=told, outcome_mean=mean)


def _mean_of_cases(design: PanelDesign, sums: OutcomeSums, sample: Sample) -> float:
    """Mean over all cases of the rows, in units of the outcome, whatever a model is made on."""
    total, cases = (design.align(values)[sample.rows].sum() for values in (sums.total, sums.cases))
    return float(total / cases)


def _logs(design: PanelDesign, sums: OutcomeSums, part: str) -> Fitted:
    means = np.divide(sums.logs, sums.positive, out=np.zeros(len(sums.logs)), where=sums.positive > 0)
    sample = weighted_sample(design, means, sums.positive, _above(sums), sums.name, part)
    return fit_family(sample, LINEAR)


def _smeared(design: PanelDesign, sums: OutcomeSums, part: str, by_group: bool) -> Means:
    fitted = _logs(design, sums, part)
    return smeared_means(fitted, design.align(sums.total)[fitted.sample.rows], by_group)


def _above(sums: OutcomeSums) -> np.ndarray:
    """Cases above zero behind each row (P,)."""
    return sums.behind if sums.each_row or sums.discharges is not None else sums.positive


def _log_linear(by_group: bool) -> Callable[[PanelDesign, OutcomeSums, str], Found]:
    def model(design: PanelDesign, sums: OutcomeSums, part: str) -> Found:
        means = _smeared(design, sums, part, by_group)
        return means.fitted.sample, effects_of_means(means), means.fitted.fit.n_parameters, ()

    return model


def means_of_cases(design: PanelDesign, sums: OutcomeSums, part: str) -> Sample:
    """The mean over the cases of each hospital-period, weighted by their number."""
    means = np.divide(sums.total, sums.cases, out=np.zeros(len(sums.total)), where=sums.cases > 0)
    return weighted_sample(design, means, sums.cases, sums.behind, sums.name, part)


def _poisson(design: PanelDesign, sums: OutcomeSums, part: str) -> Found:
    fitted = fit_family(means_of_cases(design, sums, part), POISSON)
    return fitted.sample, effects_of_means(log_link_means(fitted)), fitted.fit.n_parameters, ()


def _gamma(design: PanelDesign, sums: OutcomeSums, part: str) -> Found:
    fitted = fit_family(means_of_cases(design, sums, part), GAMMA)
    return fitted.sample, effects_of_means(log_link_means(fitted)), fitted.fit.n_parameters, ()


def _negative_binomial(design: PanelDesign, sums: OutcomeSums, part: str) -> Found:
    """NB2 by turns: coefficients for a given α, and α for given means; both are at their optimum at the end."""
    fitted = fit_family(means_of_cases(design, sums, part), POISSON)
    sample = fitted.sample
    place = np.zeros(design.n_rows_in, bool)
    place[design.rows[sample.rows]] = True
    mine = place[sums.value_row]
    values, counts = sums.value[mine], sums.value_count[mine]
    total, alpha = sample.outcome * fitted.weights, 0.0
    for _ in range(MOST_ROUNDS):
        found = dispersion(fitted.fit.mean, fitted.weights, total, values, counts)
        if found == 0 or abs(found - alpha) < SETTLED * found:
            break
        alpha, fitted = found, fit_family(sample, negative_binomial(found))
    said = (INCIDENTAL, f"dispersion {alpha:.6g}") if alpha else (EQUAL_SPREAD,)
    return sample, effects_of_means(log_link_means(fitted)), fitted.fit.n_parameters, said


def _positive_gamma(design: PanelDesign, sums: OutcomeSums, part: str) -> Means:
    """Mean of the cases above zero by a gamma model."""
    above = np.divide(sums.total, sums.positive, out=np.zeros(len(sums.total)), where=sums.positive > 0)
    sample = weighted_sample(design, above, sums.positive, _above(sums), sums.name, part)
    return log_link_means(fit_family(sample, GAMMA))


def _two_part(
    second: Callable[[PanelDesign, OutcomeSums, str], Means],
) -> Callable[[PanelDesign, OutcomeSums, str], Found]:
    def model(design: PanelDesign, sums: OutcomeSums, part: str) -> Found:
        positive = second(design, sums, f"{part}/above_zero")
        shares = np.divide(sums.positive, sums.cases, out=np.zeros(len(sums.cases)), where=sums.cases > 0)
        whole = weighted_sample(design, shares, sums.cases, sums.behind, sums.name, part)
        cases, some = (design.align(values) for values in (sums.cases, sums.positive))
        all_of, some_of = (np.bincount(design.unit, x, minlength=design.n_units) for x in (cases, some))
        sure = np.where(some_of == 0, 0.0, np.where(some_of == all_of, 1.0, np.nan))[design.unit]
        n_parameters = positive.fitted.fit.n_parameters
        if np.isfinite(sure[whole.rows]).all():
            effects = [e for e in effects_of_means(positive) if e.term != "coefficient"]
            return positive.fitted.sample, effects, n_parameters, (ONE_PART,)
        zeros = fit_family(whole, LOGIT)
        effects = two_part_effects(zeros, positive, sure, cases)
        base = replace(whole, ledger=zeros.sample.ledger)
        return base, effects, max(zeros.fit.n_parameters, n_parameters), ()

    return model


MODELS: Mapping[str, Callable[[PanelDesign, OutcomeSums, str], Found]] = {
    "log_linear": _log_linear(by_group=False),
    "log_linear_by_group": _log_linear(by_group=True),
    "gamma": _gamma,
    "poisson": _poisson,
    "negative_binomial": _negative_binomial,
    "two_part": _two_part(_positive_gamma),
    "two_part_log": _two_part(partial(_smeared, by_group=True)),
}
"""By name, in the order of a table."""
