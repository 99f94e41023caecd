"""Everything that is said of one outcome in two groups: its summaries, and its change measured in several ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dipeval.describe.case_groups import CaseGroups
from dipeval.describe.case_variable import CaseVariable
from dipeval.describe.group_moments import GroupMoments, Held
from dipeval.describe.group_ranks import group_quartiles, group_ranks
from dipeval.describe.rank_comparisons import mann_whitney
from dipeval.describe.regressions.category_model import CategoryModel, category_model
from dipeval.describe.regressions.cell_model import GAMMA_LOG
from dipeval.describe.regressions.model_cells import ModelCells
from dipeval.describe.sums import Sums
from dipeval.describe.two_groups.changes import Change, change_of_logarithms, change_of_means
from dipeval.describe.two_groups.resampling import (
    MOST_DRAWN,
    DistinctValues,
    bootstrap_interval,
    difference,
    distinct_values,
    drawn_means,
    relative_change,
)
from dipeval.errors import DataError

if TYPE_CHECKING:
    from dipeval.store.contract import TableEngine

TOO_MANY_VALUES = (
    "not drawn: so many distinct values that the mean is normal to many digits; see Welch",
    "未抽样：取值过多，均值近似正态，参见Welch法",
)
NOT_DRAWN = ("a group has no spread, or a mean that may not be above zero", "组内无变异，或均值可能不大于零")
NO_MODEL = "无法估计：结局或协变量仅有一个取值，或均值不大于零"
NO_ERROR = ("one hospital: errors by hospital are not defined", "仅一家医院，无法按医院聚类")


@dataclass(frozen=True)
class OutcomeChanges:
    """One outcome in two groups, the base first.

    Attributes
    ----------
    measure : CaseVariable
    sums, logs : tuple of Sums
        Of the values, and of the logarithms of those above zero.
    quartiles : tuple of (float, float, float)
    held : tuple of Held
        Cases with a value.
    changes : tuple of Change
    """

    measure: CaseVariable
    sums: tuple[Sums, Sums]
    logs: tuple[Sums, Sums]
    quartiles: tuple[tuple[float, float, float], ...]
    held: tuple[Held, Held]
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Drawing:
    """How the bootstrap draws: number of draws and seed; no draws leave it out."""

    draws: int
    seed: int


def outcome_changes(
    engine: TableEngine,
    groups: CaseGroups,
    moments: GroupMoments,
    measure: CaseVariable,
    log: CaseVariable,
    level: float,
    drawing: Drawing,
    place: int,
) -> OutcomeChanges:
    """Compare one outcome without regard to covariates.

    Parameters
    ----------
    groups : CaseGroups
        Two groups, the base first, without strata.
    moments : GroupMoments
        Of `measure` and `log`.
    level : float
    drawing : Drawing
    place : int
        Number of the outcome: each has draws of its own.

    Notes
    -----
    Cost: one pass for quartiles, one grouping by value for ranks and one for the bootstrap.
    """
    keys = groups.keys
    sums, logs = (tuple(moments.sums[v.name, key] for key in keys) for v in (measure, log))
    found = group_quartiles(engine, groups, measure)
    nothing = (np.nan, np.nan, np.nan)
    changes = [change_of_means(*sums, level), change_of_logarithms(*logs, level)]
    test = mann_whitney(group_ranks(engine, groups, measure)[""])
    changes.append(Change("mann_whitney", p_value=test.p_value, reason=test.reason))
    if drawing.draws:
        changes += _bootstrap(engine, groups, measure, level, drawing, place)
    return OutcomeChanges(
        measure,
        sums,
        logs,
        tuple(found.get(key, nothing) for key in keys),
        tuple(moments.held[measure.name, "", key] for key in keys),
        tuple(changes),
    )


def _bootstrap(
    engine: TableEngine, groups: CaseGroups, measure: CaseVariable, level: float, drawing: Drawing, place: int
) -> list[Change]:
    found = distinct_values(engine, groups, measure, MOST_DRAWN // drawing.draws)
    if found is None:
        return [Change(method, reason=TOO_MANY_VALUES) for method in ("percentile", "bca")]
    base, other = (found[group] for group in groups.groups)
    if not base.n or not other.n or (len(base.values) == len(other.values) == 1):
        return [Change(method, reason=NOT_DRAWN) for method in ("percentile", "bca")]
    drawn = drawn_means(base, other, drawing.draws, (drawing.seed, place))
    gaps, ratios = (bootstrap_interval(f, base, other, drawn, level) for f in (difference, relative_change))
    made = []
    for method in ("percentile", "bca"):
        gap, ratio = getattr(gaps, method), getattr(ratios, method)
        reason = NOT_DRAWN if np.isnan([*gap, *ratio]).any() else ("", "")
        points = _points(base, other)
        made.append(Change(method, (points[0], *gap), (points[1], *ratio), reason=reason))
    return made


def _points(base: DistinctValues, other: DistinctValues) -> tuple[float, float]:
    means = np.array(base.mean), np.array(other.mean)
    return float(difference(*means)), float(relative_change(*means))


def regression_changes(
    cells: ModelCells, outcome: str, group: str, errors: str, level: float
) -> list[Change]:
    """Gamma regressions with log link, crude and, where there are covariates, adjusted.

    Parameters
    ----------
    cells : ModelCells
        By group and covariates.
    outcome : str
        Among its outcomes.
    group : str
        Name of the two-valued covariate, its first level the base.
    errors : {"robust", "hospital"}

    Notes
    -----
    exp(coefficient) is the ratio of means, given the covariates (Manning & Mullahy 2001, J Health Econ 20:461).
    Cost: that of `category_model.category_model`, twice.
    """
    made = [_regressed("gamma", cells.only(group), outcome, group, errors, level)]
    if len(cells.levels) > 1:
        made.append(_regressed("gamma_adjusted", cells, outcome, group, errors, level))
    return made


def _regressed(method: str, cells: ModelCells, outcome: str, group: str, errors: str, level: float) -> Change:
    base, other = cells.levels[group]
    try:
        model = category_model(cells, outcome, GAMMA_LOG, errors, {group: base})
    except DataError as error:
        first = error.problems[0]
        return Change(method, reason=(f"{first.where}: {first.what}", NO_MODEL))
    term = (group, other)
    place = model.place(term)
    if place is None:
        lost = model.reasons.get(term) or model.reasons.get((group, base)) or ("", "")
        return Change(method, reason=lost)
    return _change_of(method, model, place, level)


def _change_of(method: str, model: CategoryModel, place: int, level: float) -> Change:
    estimate = float(model.fit.params[place])
    variance = float(model.uncertainty.cov[place, place])
    low, high = model.uncertainty.interval(estimate, variance, level)
    return Change(
        method,
        relative=tuple(np.expm1([estimate, low, high]).tolist()),
        p_value=model.uncertainty.p_value(estimate, variance),
        reason=NO_ERROR if np.isnan(variance) else ("", ""),
    )
