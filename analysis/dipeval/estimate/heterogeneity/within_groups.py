"""The effect when hospitals are compared within their group alone: every group has period effects of its own.

``y_it = α_i + λ_{g(i),t} + τ_it``. With one coefficient of treatment that is one regression with group-by-period effects
absorbed (two-way fixed effects). Where treated rows inform no counterfactual (imputation), the model falls apart into one of
each group, and the effect is the mean of theirs by treated hospital-periods.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dipeval.design import PanelDesign
from dipeval.design.cells import imputation_fault
from dipeval.errors import DesignError, Problem
from dipeval.estimate.call import estimate
from dipeval.estimate.heterogeneity.group_effects import OWN, group_effects, term_of
from dipeval.estimate.heterogeneity.groups import Groups
from dipeval.estimate.heterogeneity.stacking import mapped, picked
from dipeval.results import Estimate

ABSORBING, PARTED = "twfe", ("imputation", "two_stage")
ESTIMATORS_WITHIN = (*PARTED, ABSORBING)
TERM = "att"
GROUP_BY_PERIOD = "group by period"
OF_WITHIN = "average effect on the treated hospital-periods, each group having period effects of its own"


@dataclass(frozen=True)
class Within:
    """The effect within groups.

    Attributes
    ----------
    estimate : Estimate
        One term, `TERM`.
    left_out : mapping of str to str
        Groups without an effect, with the reason.
    """

    estimate: Estimate
    left_out: Mapping[str, str]


NOBODY_TREATED = "no hospital of it is treated"
NOBODY_TO_COMPARE = "it holds no hospital to compare with"
TOO_FEW = "it holds too few hospitals on one side"


def sides(design: PanelDesign, groups: Groups) -> list[tuple[int, int]]:
    """Hospitals of each group that are treated in the window, and those that they can be compared with.

    The latter are never treated or, in a design that compares with hospitals not yet treated, of a later cohort than the
    first of the group. O(N K).
    """
    ever = design.layout.last >= design.first_treated
    found = []
    for k in range(len(groups.names)):
        mine = groups.code == k
        compared = ~np.isfinite(design.unit_cohort)
        if design.comparison != "never_treated" and (mine & ever).any():
            compared = design.unit_cohort > design.unit_cohort[mine & ever].min()
        found.append((int((mine & ever).sum()), int((mine & compared).sum())))
    return found


def two_sided(design: PanelDesign, groups: Groups, least: int = 1) -> dict[str, str]:
    """Groups that cannot be compared within themselves, with the reason.

    Parameters
    ----------
    least : int
        Hospitals that each of the two `sides` must have.
    """
    found = {}
    for name, (treated, compared) in zip(groups.names, sides(design, groups), strict=True):
        if not treated:
            found[name] = NOBODY_TREATED
        elif not compared:
            found[name] = NOBODY_TO_COMPARE
        elif min(treated, compared) < least:
            found[name] = TOO_FEW
    return found


def kept_groups(
    design: PanelDesign, values: np.ndarray, groups: Groups, left_out: Mapping[str, str]
) -> np.ndarray:
    """The outcome, missing for hospitals of groups that are left out and of no group; shape (design.n_rows_in,)."""
    kept = [k for k, name in enumerate(groups.names) if name not in left_out]
    gone = ~design.layout.spread(np.isin(groups.code, kept))
    found = np.array(values, float)
    found[design.rows[gone]] = np.nan
    return found


def within_groups(
    design: PanelDesign,
    values: np.ndarray,
    groups: Groups,
    *,
    estimator: str,
    least: int = 1,
    outcome: str = "y",
    study: str = "",
    options: Mapping[str, object] | None = None,
) -> Within:
    """Estimate the overall effect with group-by-period effects.

    Parameters
    ----------
    design : PanelDesign
    values : numpy.ndarray, shape (design.n_rows_in,)
    groups : Groups
        Hospitals without a group are left out.
    estimator : str
        One of `ESTIMATORS_WITHIN`.
    least : int
        As for `two_sided`.
    outcome, study : str
    options
        Of the estimator, as for `dipeval.estimate.estimate`.

    Returns
    -------
    Within

    Raises
    ------
    DesignError
        Another estimator, no group that can be compared within itself.

    Notes
    -----
    One regression (O(n p²) + the absorbed effects), or one estimate a group.
    """
    if estimator not in ESTIMATORS_WITHIN:
        todo = f"write one of: {', '.join(ESTIMATORS_WITHIN)}"
        raise DesignError(
            "within groups", [Problem("estimator", f"{estimator!r} has no effects by group and period", todo)]
        )
    left_out = two_sided(design, groups, least)
    if len(left_out) == len(groups.names):
        what = "no group holds both treated hospitals and hospitals to compare them with"
        raise DesignError(
            "within groups", [Problem("groups", what, "form fewer groups, or compare with all")]
        )
    kept = kept_groups(design, values, groups, left_out)
    words = {"estimator": estimator, "outcome": outcome, "study": study}
    if estimator == ABSORBING:
        code = design.layout.spread(np.maximum(groups.code, 0)) * design.n_periods + design.time
        wider = replace(design, covariates={**design.covariates, GROUP_BY_PERIOD: code.astype(float)})
        made = estimate(wider, kept, absorb=[GROUP_BY_PERIOD], **words, **dict(options or {}))
        return Within(picked(made, "treated", TERM, "overall", OF_WITHIN), left_out)
    return _together(design, kept, groups, left_out, words, dict(options or {}))


def _together(
    design: PanelDesign,
    values: np.ndarray,
    groups: Groups,
    left_out: Mapping[str, str],
    words: Mapping[str, str],
    options: Mapping[str, object],
) -> Within:
    """The mean of the groups' effects by what of them each estimator averages over: treated rows, by their weights."""
    names = [name for name in groups.names if name not in left_out]
    place = {name: k for k, name in enumerate(groups.names)}
    code = np.full(len(groups.names) + 1, -1)
    code[[place[name] for name in names]] = np.arange(len(names))
    some = Groups(tuple(names), code[groups.code])
    found = group_effects(design, values, some, trends=OWN, options=options, **words).estimate
    terms = found.terms.set_index("term")
    known = [name for name in names if np.isfinite(found.params[term_of(name)])]
    gone = {name: str(terms.loc[term_of(name), "note"]) for name in names if name not in known}
    rows = terms.loc[[term_of(name) for name in known]]
    behind = [_behind(design, values, some.code == names.index(name)) for name in known]
    weight = np.ones(design.n_obs) if design.weights is None else design.weights
    size = np.array([weight[mine].sum() for mine in behind])
    share = {term_of(name): float(x) for name, x in zip(known, size / size.sum(), strict=True)}
    total = float(rows["count"].sum())
    facts = (
        rows.reset_index()
        .iloc[[0]]
        .assign(
            n_obs=int(rows["n_obs"].sum()),
            n_hospitals=int(rows["n_hospitals"].sum()),
            n_treated=int(rows["n_treated"].sum()),
            count=total,
            largest_share=float((rows["largest_share"] * rows["count"]).max() / total) if total else np.nan,
            note="",
        )
    )
    made = mapped(found, {TERM: share}, "overall", OF_WITHIN, facts=pd.DataFrame(facts))
    return Within(made, {**left_out, **gone})


def _behind(design: PanelDesign, values: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Rows (n,), bool, over which a group's effect is the mean: from the reform on, with a counterfactual in the group."""
    seen = np.flatnonzero(np.isfinite(values[design.rows]) & design.layout.spread(inside))
    level = np.unique(design.unit[seen], return_inverse=True)[1]
    treated = design.treated[seen]
    fault = imputation_fault(level, design.time[seen], treated, int(level.max()) + 1, design.n_periods)
    rows = np.zeros(design.n_obs, bool)
    rows[seen[(fault == 0) & (design.event_time[seen] >= 0)]] = True
    return rows
