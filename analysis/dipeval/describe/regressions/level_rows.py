"""What a regression says of every level of its covariates: crude and adjusted, the reference, what is not estimated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, nan

import numpy as np

from dipeval.describe.regressions.category_columns import Term
from dipeval.describe.regressions.category_model import CategoryModel, Reason, category_model
from dipeval.describe.regressions.cell_model import LOGIT, Family
from dipeval.describe.regressions.marginal_effects import average_marginal_effect
from dipeval.describe.regressions.model_cells import ModelCells
from dipeval.errors import DataError

Interval = tuple[float, float, float]
UNKNOWN: Interval = (nan, nan, nan)
NO_ERROR = ("one hospital: errors by hospital are not defined", "仅一家医院，无法按医院聚类")
ALONE = ("not estimated by itself: the outcome does not vary", "单独模型无法估计：结局无变异")


@dataclass(frozen=True)
class LevelRow:
    """One level.

    Attributes
    ----------
    term : (str, str)
        Covariate and level.
    is_reference : bool
    crude, adjusted : (float, float, float)
        Odds ratio, or difference of means, with limits; NaN for a reference and where it is not estimated.
    effect : (float, float, float)
        Average marginal effect with limits; NaN in a linear model, whose coefficients are effects.
    p_value : float
        Of the adjusted number.
    reason : (str, str)
        Why there is none, in English and Chinese.
    """

    term: Term
    is_reference: bool
    crude: Interval = UNKNOWN
    adjusted: Interval = UNKNOWN
    effect: Interval = UNKNOWN
    p_value: float = nan
    reason: Reason = ("", "")


@dataclass(frozen=True)
class LevelTable:
    """All levels of one regression.

    Attributes
    ----------
    model : CategoryModel
    rows : tuple of LevelRow
        In the order of the cells' levels, only levels that cases have.
    joint : mapping of str to (float, int)
        By covariate with more than one estimated level: p-value that all are 0, and their number.
    """

    model: CategoryModel
    rows: tuple[LevelRow, ...]
    joint: Mapping[str, tuple[float, int]]


def level_table(
    cells: ModelCells,
    outcome: str,
    family: Family,
    errors: str,
    level: float,
    references: Mapping[str, str] | None = None,
) -> LevelTable:
    """Regress an outcome on all covariates together, and on each by itself.

    Parameters
    ----------
    cells, outcome, family, errors, references
        As `category_model.category_model`.
    level : float
        Of the intervals.

    Raises
    ------
    DataError
        As `category_model.category_model`.

    Notes
    -----
    Cost: one regression and one for each covariate.
    """
    model = category_model(cells, outcome, family, errors, references)
    alone = {name: _alone(cells, name, outcome, family, errors, model) for name in cells.levels}
    known = cells.outcomes[outcome].known > 0
    rows = []
    for j, (name, words) in enumerate(cells.levels.items()):
        for k in np.unique(cells.codes[known, j]):
            rows.append(_row(model, alone[name], (name, words[int(k)]), level))
    joint = {name: found for name in cells.levels if (found := _joint(model, name)) is not None}
    return LevelTable(model, tuple(rows), joint)


def _alone(
    cells: ModelCells, name: str, outcome: str, family: Family, errors: str, whole: CategoryModel
) -> CategoryModel | None:
    """The regression on one covariate, with the reference of the whole; None where it cannot be made."""
    try:
        return category_model(
            cells.only(name), outcome, family, errors, {name: whole.columns.references[name]}
        )
    except DataError:
        return None


def _row(model: CategoryModel, alone: CategoryModel | None, term: Term, level: float) -> LevelRow:
    is_logit = model.fit.family is LOGIT
    crude = UNKNOWN if alone is None else _estimate(alone, term, level, is_logit)
    if model.is_reference(term):
        return LevelRow(term, True)
    place = model.place(term)
    if place is None:
        return LevelRow(term, False, crude, reason=model.reasons.get(term, ("", "")))
    value, variance = float(model.fit.params[place]), float(model.uncertainty.cov[place, place])
    return LevelRow(
        term,
        False,
        crude,
        _estimate(model, term, level, is_logit),
        _effect(model, term, level) if is_logit else UNKNOWN,
        model.uncertainty.p_value(value, variance),
        NO_ERROR if np.isnan(variance) else ("", ""),
    )


def _estimate(model: CategoryModel, term: Term, level: float, is_logit: bool) -> Interval:
    place = model.place(term)
    if place is None:
        return UNKNOWN
    value, variance = float(model.fit.params[place]), float(model.uncertainty.cov[place, place])
    low, high = model.uncertainty.interval(value, variance, level)
    return (exp(value), exp(low), exp(high)) if is_logit else (value, low, high)


def _effect(model: CategoryModel, term: Term, level: float) -> Interval:
    found = average_marginal_effect(model.fit, model.columns.terms, model.uncertainty.cov, term)
    return (found.effect, *model.uncertainty.interval(found.effect, found.variance, level))


def _joint(model: CategoryModel, name: str) -> tuple[float, int] | None:
    """Wald's test that no level of a covariate differs from its reference: F(q, df), or χ²(q)/q (Wald 1943)."""
    from scipy.special import chdtrc, fdtrc

    places = [
        k for k, term in enumerate(model.columns.terms) if term[0] == name and term not in model.reasons
    ]
    cov = model.uncertainty.cov[np.ix_(places, places)]
    df = model.uncertainty.df
    if len(places) < 2 or not np.isfinite(cov).all() or len(places) > df:
        return None
    values, q = model.fit.params[places], len(places)
    try:
        statistic = float(values @ np.linalg.solve(cov, values))
    except np.linalg.LinAlgError:
        return None
    p_value = chdtrc(q, statistic) if np.isinf(df) else fdtrc(q, df, statistic / q)
    return float(p_value), q
