"""Effects of groups of hospitals beside the pooled one, as one estimate.

Under a common counterfactual all groups are compared with the same untreated hospital-periods: treated rows of
one group tell nothing of the counterfactual of another, so a group's effect is the average of the one fit's
effects over its own treated rows (Borusyak, Jaravel & Spiess 2024, section 4; Callaway & Sant'Anna 2021, whose
cells then hold the group's part of a cohort). Under counterfactuals of their own each group is compared within
itself, which is the fit with every regressor interacted with the group. Two-way effects are one regression with
treatment interacted with the groups.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from dipeval.design import PanelDesign
from dipeval.errors import DesignError, Problem, nearest
from dipeval.estimate.call import estimate
from dipeval.estimate.heterogeneity.groups import Groups
from dipeval.estimate.heterogeneity.interactions import INTERACTED, interacted
from dipeval.estimate.heterogeneity.stacking import mapped, picked, stacked
from dipeval.estimate.registry import ESTIMATORS
from dipeval.results import Estimate
from dipeval.results.origin import Origin

COMMON, OWN = "common", "own"
TRENDS = (COMMON, OWN)
IMPUTING = ("imputation", "two_stage", "group_time")
"""Estimators whose treated rows inform no counterfactual."""
OF_COMMON = (*IMPUTING, INTERACTED)
GROUP, CONTRAST = "group", "contrast"
OF_GROUP = "average effect on the treated hospital-periods of the group"
OF_CONTRAST = "difference between the average effects on two groups"
NONE_TREATED = "not identified: no treated hospital-period with an outcome"


@dataclass(frozen=True)
class GroupEffects:
    """Effects of groups, and the differences that are zero when they are equal.

    Attributes
    ----------
    estimate : Estimate
        Terms: the pooled effect (``kind`` overall), then ``group=name``; NaN with the reason in ``note``.
    contrasts : Estimate or None
        Effects of the other groups less that of the first with an effect; None with fewer than two.
    tested : tuple of str
        Terms of `contrasts` that say so: a regression holds others beside them.
    """

    estimate: Estimate
    contrasts: Estimate | None
    tested: tuple[str, ...]


def group_effects(
    design: PanelDesign,
    values: np.ndarray,
    groups: Groups,
    *,
    estimator: str,
    trends: str = COMMON,
    outcome: str = "y",
    study: str = "",
    covariates: Sequence[str] | None = None,
    options: Mapping[str, object] | None = None,
) -> GroupEffects:
    """Estimate the effect on each group, with the covariance between groups.

    Parameters
    ----------
    design : PanelDesign
    values : numpy.ndarray, shape (design.n_rows_in,)
        The outcome, as for `dipeval.estimate.estimate`.
    groups : Groups
        Hospitals without a group are in the pooled effect and in the comparison alone.
    estimator : str
        Any with an overall effect for counterfactuals of their own; one of `OF_COMMON` for a common one.
    trends : {"common", "own"}
        Whether a group is compared with all untreated hospital-periods, or with those of its own hospitals.
    outcome, study : str
    covariates, options
        As for `dipeval.estimate.estimate`.

    Returns
    -------
    GroupEffects
        A group that is not identified is NaN and says why.

    Raises
    ------
    DesignError
        Unknown words, an estimator that does not allow them, no overall effect at all.

    Notes
    -----
    One estimate a group, and the pooled one.
    """
    _check(estimator, trends)
    words = {"estimator": estimator, "covariates": covariates, "outcome": outcome, "study": study}
    words |= dict(options or {})
    if words.get("aggregate") is not None or "aggregate" in ESTIMATORS[estimator].options:
        words["aggregate"] = ("overall",)
    whole = estimate(design, values, **words)
    overall = whole.terms.loc[whole.terms["kind"] == "overall", "term"]
    if overall.empty:
        todo = "name one with an overall effect, like imputation or twfe"
        raise DesignError("heterogeneity", [Problem(estimator, "gives no overall effect", todo)])
    first = str(overall.iloc[0])
    pooled = picked(whole, first, first, "overall", str(whole.terms["estimand"].iloc[0]))
    regression = None
    if trends == COMMON and estimator == INTERACTED:
        regression = interacted(design, values, groups, words)
        parts = [
            part if part is not None else _unidentified(pooled, name, NONE_TREATED)
            for name, part in zip(groups.names, regression.effects, strict=True)
        ]
    else:
        parts = [_part(design, values, groups, k, trends, words, pooled) for k in range(len(groups.names))]
    found = replace(stacked(pooled, parts), warnings=whole.warnings)
    again = partial(_again, groups=groups, trends=trends, words=words)
    told, linear = whole.origin.covariates, whole.origin.is_linear
    origin = Origin(design, values, partial(again, contrasts=False), told, is_linear=linear)
    found = replace(found, origin=origin)
    if regression is not None and regression.tested:
        return GroupEffects(found, regression.estimate, regression.tested)
    contrasts = differences(found, groups.names)
    if contrasts is not None:
        contrasts = replace(contrasts, origin=replace(origin, again=partial(again, contrasts=True)))
    return GroupEffects(found, contrasts, () if contrasts is None else tuple(contrasts.params.index))


def differences(found: Estimate, names: Sequence[str]) -> Estimate | None:
    """Effects of groups less that of the first that has one; None with fewer than two."""
    known = [name for name in names if np.isfinite(found.params[term_of(name)])]
    if len(known) < 2:
        return None
    parts = {f"{name} - {known[0]}": {term_of(name): 1.0, term_of(known[0]): -1.0} for name in known[1:]}
    return mapped(found, parts, CONTRAST, OF_CONTRAST)


def term_of(name: str) -> str:
    """Name of a group's term."""
    return f"group={name}"


def _check(estimator: str, trends: str) -> None:
    problems = []
    if estimator not in ESTIMATORS:
        problems.append(Problem("estimator", f"{estimator!r} is unknown", nearest(estimator, ESTIMATORS)))
    if trends not in TRENDS:
        problems.append(Problem("trends", f"{trends!r} is unknown", nearest(trends, TRENDS)))
    elif trends == COMMON and estimator in ESTIMATORS and estimator not in OF_COMMON:
        what = f"{estimator} has no effects of groups against one counterfactual"
        todo = f'write trends = "own", or one of {", ".join(OF_COMMON)}'
        problems.append(Problem("estimator", what, todo))
    if problems:
        raise DesignError("heterogeneity", problems)


def _part(
    design: PanelDesign,
    values: np.ndarray,
    groups: Groups,
    k: int,
    trends: str,
    words: Mapping[str, object],
    pooled: Estimate,
) -> Estimate:
    """The effect on group k, NaN with its reason where there is none."""
    mine, kept = (_against_all if trends == COMMON else _within)(design, values, groups.code == k)
    name = groups.names[k]
    try:
        made = estimate(mine, kept, **words)
    except DesignError as error:
        return _unidentified(pooled, name, f"not identified: {error.problems[0].what}")
    term = str(made.terms.loc[made.terms["kind"] == "overall", "term"].iloc[0])
    return picked(made, term, term_of(name), GROUP, OF_GROUP)


def _against_all(
    design: PanelDesign, values: np.ndarray, inside: np.ndarray
) -> tuple[PanelDesign, np.ndarray]:
    """The group's treated hospitals and every untreated hospital-period.

    Other treated hospitals count as never treated and leave with their reform, or altogether where hospitals never
    treated alone are compared with.
    """
    other = ~inside & np.isfinite(design.unit_cohort)
    leaves = np.where(other, design.first_treated, np.inf)
    if design.comparison == "never_treated":
        leaves = np.where(other & (design.layout.last >= design.first_treated), -np.inf, leaves)
    gone = design.time >= design.layout.spread(leaves)
    cohort = np.where(other, np.inf, design.unit_cohort)
    return replace(design, unit_cohort=cohort), _without(design, values, gone)


def _within(design: PanelDesign, values: np.ndarray, inside: np.ndarray) -> tuple[PanelDesign, np.ndarray]:
    """The group's own hospitals."""
    return design, _without(design, values, ~design.layout.spread(inside))


def _without(design: PanelDesign, values: np.ndarray, gone: np.ndarray) -> np.ndarray:
    """The outcome, missing in some rows (n,) of the design."""
    kept = np.array(values, float)
    kept[design.rows[gone]] = np.nan
    return kept


def _unidentified(pooled: Estimate, name: str, why: str) -> Estimate:
    """A group without an effect."""
    made = picked(pooled, pooled.terms["term"].iloc[0], term_of(name), GROUP, OF_GROUP)
    terms = made.terms.assign(note=why, n_obs=0, n_hospitals=0, n_treated=0, count=0.0, largest_share=np.nan)
    blank = {cluster: np.full_like(values, np.nan) for cluster, values in made.influence.items()}
    floor = np.full(1, np.nan)
    return replace(made, terms=terms, params=made.params * np.nan, influence=blank, error_floor=floor)


def _again(
    design: PanelDesign,
    values: np.ndarray,
    *,
    groups: Groups,
    trends: str,
    words: Mapping[str, object],
    contrasts: bool,
    only_overall: bool = False,
) -> Estimate:
    """The same for other data; all terms in any case, since they are what is asked for."""
    given = {key: value for key, value in words.items() if key not in OWN_WORDS}
    named = {key: words[key] for key in OWN_WORDS}
    made = group_effects(design, values, groups, trends=trends, options=given, **named)
    if contrasts and made.contrasts is None:
        raise DesignError(
            "heterogeneity", [Problem("groups", "fewer than two have an effect", "name others")]
        )
    return made.contrasts if contrasts else made.estimate


OWN_WORDS = ("estimator", "covariates", "outcome", "study")
