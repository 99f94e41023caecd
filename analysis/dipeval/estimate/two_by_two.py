"""Two-by-two: one cohort against hospitals that stay untreated, before against after.

The textbook difference in differences (Card & Krueger 1994), as the two-way regression on exactly these
hospitals and periods, so that gaps, weights and covariates are handled and no other cohort has a say. In a
balanced panel it is the difference of two differences of means (Bertrand, Duflo & Mullainathan 2004, section
IV.C, collapse the periods the same way).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.estimate.cohort_panel import arrange
from dipeval.estimate.cohort_regression import cohort_regression
from dipeval.estimate.estimands import TWO_GROUPS
from dipeval.estimate.lone_cohorts import warn_of_lone_cohorts
from dipeval.estimate.option_words import refuse
from dipeval.estimate.regression import FLOOR, Block, cr1_factor, join_blocks, residual_scale
from dipeval.estimate.sample import Sample, drop_singletons
from dipeval.estimate.terms import Facts, Rows, group_facts, stack, term_rows
from dipeval.results import Estimate

NO_BEFORE = "not identified: the cohort is not observed both before and after its reform"
NO_COMPARISON = "not identified: no hospital stays untreated over these periods"
COLLINEAR = "not identified: treatment does not vary beside hospitals, periods and covariates"


@dataclass(frozen=True)
class OneCohort:
    """The comparison of one cohort, in numbers; NaN where it has none.

    Attributes
    ----------
    cohort : float
    note : str
        Why there is no comparison.
    facts : Facts
        Of one group, by `group_facts`.
    value, variance : float
        Coefficient, and its variance under errors of variance one.
    influence : mapping of str to numpy.ndarray
        By cluster of the design.
    weight : float
        Weight of the treated hospital-periods; 0 without a comparison.
    scale : float
        Of the residuals.
    n_obs, n_parameters : int
    """

    cohort: float
    note: str
    facts: Facts
    value: float = np.nan
    variance: float = np.nan
    influence: Mapping[str, np.ndarray] = field(default_factory=dict)
    weight: float = 0.0
    scale: float = 0.0
    n_obs: int = 0
    n_parameters: int = 0


def two_by_two(
    sample: Sample, *, before: Sequence[int] | None = None, after: Sequence[int] | None = None
) -> Estimate:
    """Difference in differences of each cohort against hospitals that stay untreated.

    Parameters
    ----------
    sample : Sample
        With comparison ``not_yet_treated``, hospitals compare that are untreated over all periods used; with
        ``never_treated``, those never treated.
    before, after : sequence of int, optional
        Event times of the two sides; None: all that are observed before anticipation, and all from the reform
        on. Fewer periods after the reform let later cohorts serve as comparison.

    Returns
    -------
    Estimate
        Terms ``att``, the mean over cohorts by the weight of their treated hospital-periods; ``cohort=g``.
        One cohort equals fixest's ``feols(y ~ treated + x | unit + time)`` on its rows and those of its
        comparison; the small-sample factor is that of all these regressions stacked.

    Raises
    ------
    DesignError
        Event times that are not of their side, or no cohort has a comparison.

    Notes
    -----
    O(n C p²) for C cohorts.
    """
    sides = _sides(sample, before, after)
    reformed = sample.unit_cohort[sample.layout.last >= sample.first_treated]
    used = np.zeros(sample.design.n_obs, bool)
    every = [_one_cohort(sample, cohort, *sides, used) for cohort in np.unique(reformed)]
    if not used.any():
        todo = "give fewer periods in the option after, or add hospitals that stay untreated"
        reasons = tuple(sorted({one.note for one in every}))
        raise DesignError("estimate", [Problem("two_by_two", "no cohort has a comparison", todo, reasons)])
    note = "no cohort's comparison uses the row"
    sample = sample.drop(~used[sample.rows], "outside_comparison", note)
    return join_blocks(sample, [_block(sample, every)], warn_of_lone_cohorts(sample), TWO_GROUPS, "t")


def _sides(
    sample: Sample, before: Sequence[int] | None, after: Sequence[int] | None
) -> tuple[np.ndarray, np.ndarray]:
    """Event times of both sides."""
    last = -sample.design.anticipation - 1
    span = sample.design.n_periods
    rest = max(int(np.abs(sample.cohort[np.isfinite(sample.cohort)]).max(initial=0)), span)
    problems, sides = [], []
    for name, given, low, high in (("before", before, -rest, last), ("after", after, 0, span)):
        if given is None:
            sides.append(np.arange(low, high + 1))
            continue
        whole = isinstance(given, (Sequence, np.ndarray)) and not isinstance(given, str) and len(given)
        if whole and all(isinstance(e, (int, np.integer)) and low <= e <= high for e in given):
            sides.append(np.unique(np.array(list(given), int)))
            continue
        todo = f"give event times of at most {last}" if name == "before" else "give event times from 0 on"
        problems.append(Problem(f"option {name}", "is not of its form", todo, (repr(given),)))
    refuse(problems)
    return sides[0], sides[1]


def _one_cohort(
    sample: Sample, cohort: float, before: np.ndarray, after: np.ndarray, used: np.ndarray
) -> OneCohort:
    """Compare one cohort, and mark the rows of the design (N,) that its comparison uses."""
    design, layout = sample.design, sample.layout
    own = sample.unit_cohort == cohort
    wanted = np.zeros((2, design.n_periods), bool)
    for side, events in enumerate((before, after)):
        periods = int(cohort) + events
        wanted[side, periods[(periods >= 0) & (periods < design.n_periods)]] = True
    seen = np.zeros(design.n_periods, bool)
    seen[layout.time[layout.spread(own)] if layout.shared is None else layout.shared] = True
    wanted &= seen
    chosen = wanted.any(0)[layout.time]
    if not wanted.any(1).all():
        return _nothing(cohort, sample.where(layout.spread(own) & chosen), NO_BEFORE)
    last = np.flatnonzero(wanted.any(0))[-1]
    stays = sample.first_treated > last
    if design.comparison == "never_treated":
        stays &= np.isinf(sample.unit_cohort)
    part = sample.where(layout.spread(own | stays) & chosen)
    part = drop_singletons(part)
    if not (part.unit_cohort != cohort).any():
        return _nothing(cohort, part, NO_COMPARISON)
    return _compared(part, cohort, wanted[1], used)


def _nothing(cohort: float, part: Sample, note: str) -> OneCohort:
    return OneCohort(cohort, note, group_facts(part, np.zeros(part.n_obs, np.int64), 1))


def _compared(part: Sample, cohort: float, after: np.ndarray, used: np.ndarray) -> OneCohort:
    """The two-way coefficient of one cohort on its rows."""
    panel, design = arrange(part), part.design
    treated = (panel.cohorts == cohort)[:, None] & after
    eye = np.tile(np.eye(panel.n_periods), (len(panel.cohorts), 1, 1))
    shared = np.concatenate([eye, treated[:, :, None].astype(float)], axis=2)
    none = [np.zeros((panel.n_periods, 0))] * len(panel.cohorts)
    fit = cohort_regression(panel, part.outcome, shared, none, part.columns)
    at = np.zeros((len(fit.solution), 1))
    at[panel.n_periods] = 1
    own = [np.zeros((0, 1))] * len(panel.cohorts)
    if not fit.determined(own, at)[0]:
        return _nothing(cohort, part, COLLINEAR)
    used[part.rows] = True
    basis, dense, variance = fit.multipliers(own, at)
    codes = {n: c if part.units is None else c[part.units] for n, c in design.unit_clusters.items()}
    sizes = {name: design.n_clusters(name) for name in codes}
    weight = part.treated.sum() if part.weights is None else part.weights[part.treated].sum()
    return OneCohort(
        cohort,
        "",
        group_facts(part, np.zeros(part.n_obs, np.int64), 1),
        value=float(fit.value(own, at)[0]),
        variance=float(variance[0]),
        influence={n: v[:, 0] for n, v in fit.influence(basis, dense, codes, sizes).items()},
        weight=float(weight),
        scale=residual_scale(fit.residuals, part.outcome, part.weights),
        n_obs=part.n_obs,
        n_parameters=fit.n_parameters,
    )


def _block(sample: Sample, every: Sequence[OneCohort]) -> Block:
    """The overall mean and one term a cohort."""
    params, variance, weight = (
        np.array([getattr(one, name) for one in every]) for name in ("value", "variance", "weight")
    )
    weight = weight / weight.sum()
    known = weight > 0
    influence = {}
    for name, code in sample.design.unit_clusters.items():
        seen = np.unique(code if sample.units is None else code[sample.units])
        lost = np.full(len(seen), np.nan)
        columns = np.column_stack([one.influence[name][seen] if one.weight else lost for one in every])
        influence[name] = np.column_stack([columns[:, known] @ weight[known], columns])
    n_obs, n_parameters = sum(one.n_obs for one in every), sum(one.n_parameters for one in every)
    scale = max(one.scale for one in every)
    return Block(
        _rows(sample, every),
        np.r_[params[known] @ weight[known], params],
        influence,
        np.full(1 + len(every), cr1_factor(n_obs, n_parameters)),
        FLOOR * scale * np.sqrt(np.r_[variance[known] @ weight[known] ** 2, variance]),
        n_parameters,
    )


def _rows(sample: Sample, every: Sequence[OneCohort]) -> Rows:
    names = [sample.design.cohort_label(one.cohort) for one in every]
    overall = group_facts(sample, np.zeros(sample.n_obs, np.int64), 1)
    lost = [name for name, one in zip(names, every, strict=True) if not one.weight]
    note = f"without cohorts that have no comparison: {', '.join(lost)}" if lost else ""
    labels = {"term": [f"cohort={n}" for n in names], "cohort": names, "note": [one.note for one in every]}
    return stack(
        term_rows("overall", overall, term=["att"], note=note),
        term_rows("cohort", stack(*(one.facts for one in every)), **labels),
    )
