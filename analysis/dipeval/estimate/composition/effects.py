"""Effects of the reform on the parts of a composition: levels, shares and log-ratios by one estimator.

Every estimator of this package is linear in the outcome once design and sample are fixed, so effects on shares
sum to zero and effects on levels to the effect on their sum, as numbers and in every draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.design import PanelDesign
from dipeval.design.cells import imputation_fault
from dipeval.estimate.call import estimate
from dipeval.estimate.composition.amounts import Composition
from dipeval.estimate.composition.joint import Joint, joined
from dipeval.estimate.composition.log_ratios import centred_log_ratios, perturbed
from dipeval.estimate.composition.zeros import ZeroRule, without_zeros

ALL_PARTS = "all_parts"


@dataclass(frozen=True)
class Observed:
    """What was seen of the hospitals that are ever treated, in shares.

    Attributes
    ----------
    before, after : numpy.ndarray, shape (D,)
        Weighted means of the shares of their hospital-periods, untreated and from the reform on; both sum to 1.
    facts : mapping of str to (int, float, float)
        By ``before`` and ``after``: hospital-periods, cases and the largest hospital's share of the cases.
    """

    before: np.ndarray
    after: np.ndarray
    facts: Mapping[str, tuple[int, float, float]]


def effects_on(
    design: PanelDesign,
    columns: np.ndarray,
    parts: Sequence[str],
    outcome: str,
    estimator: str,
    options: Mapping[str, object] | None = None,
    study: str = "",
) -> Joint:
    """Effects on several columns that are missing in the same rows.

    Parameters
    ----------
    design : PanelDesign
    columns : numpy.ndarray, shape (design.n_rows_in, D)
    parts : sequence of str, length D
    outcome, estimator, study : str
    options : mapping, optional
        Of the estimator.

    Notes
    -----
    D estimates.
    """
    made = {
        part: estimate(
            design, column, estimator=estimator, outcome=f"{outcome}:{part}", study=study, **(options or {})
        )
        for part, column in zip(parts, np.ascontiguousarray(columns.T), strict=True)
    }
    return joined(made, outcome)


def share_effects(
    design: PanelDesign, found: Composition, estimator: str, options: Mapping[str, object] | None = None
) -> Joint:
    """Effects on shares (as shares, not percentage points); they sum to zero."""
    return effects_on(design, found.shares, found.parts, "share", estimator, options)


def level_effects(
    design: PanelDesign,
    found: Composition,
    cases: np.ndarray,
    estimator: str,
    options: Mapping[str, object] | None = None,
    minor_per_unit: int = 100,
) -> Joint:
    """Effects on the amount per case, major units; the last, `ALL_PARTS`, is their sum.

    Parameters
    ----------
    cases : numpy.ndarray, shape (n,)
        Discharges of each row.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        per_case = found.amounts / np.where(cases > 0, cases, np.nan)[:, None] / minor_per_unit
    apart = effects_on(design, per_case, found.parts, "level", estimator, options)
    d = len(found.parts)
    return apart.mapped(np.column_stack([np.eye(d), np.ones(d)]), (*found.parts, ALL_PARTS))


def log_ratio_effects(
    design: PanelDesign,
    found: Composition,
    rule: ZeroRule,
    estimator: str,
    options: Mapping[str, object] | None = None,
) -> Joint:
    """Effects on centred log-ratios; they sum to zero, and times a basis they are the effects on ILR."""
    centred = centred_log_ratios(without_zeros(found.shares, rule))
    return effects_on(design, centred, found.parts, "clr", estimator, options)


def observed(design: PanelDesign, found: Composition) -> Observed:
    """Mean composition of the ever treated before, and after where a counterfactual can be known.

    Weights are those of the design; treated rows whose hospital or period has no untreated row are left out, as
    imputation leaves them out. Cost O(n D).
    """
    shares = np.column_stack([design.align(column) for column in found.shares.T])
    known = np.isfinite(shares).all(axis=1)
    ever = np.isfinite(design.cohort)
    level = design.unit if design.has_units else np.unique(design.cohort, return_inverse=True)[1]
    fault = np.zeros(len(known), np.int8)
    n_levels = int(level.max()) + 1
    fault[known] = imputation_fault(
        level[known], design.time[known], design.treated[known], n_levels, design.n_periods
    )
    with np.errstate(invalid="ignore"):
        after = known & ever & (design.event_time >= 0) & (fault == 0)
    rows = {"before": known & ever & ~design.treated, "after": after}
    weights = np.ones(len(known)) if design.weights is None else design.weights
    means, facts = {}, {}
    for when, mine in rows.items():
        means[when] = weights[mine] @ shares[mine] / weights[mine].sum()
        facts[when] = (int(mine.sum()), *_cases(design, mine))
    return Observed(means["before"], means["after"], facts)


def _cases(design: PanelDesign, rows: np.ndarray) -> tuple[float, float]:
    """Cases (rows where none are known) of some rows, and the largest hospital's share."""
    cases = np.ones(len(rows)) if design.n_cases is None else design.n_cases
    by_unit = np.bincount(design.unit[rows], cases[rows])
    total = float(by_unit.sum())
    return total, float(by_unit.max() / total) if total and design.has_units else np.nan


def counterfactual_of_shares(effects: Joint, seen: np.ndarray) -> Joint:
    """The composition without the reform: what was seen minus the effects on shares; it sums to 1.

    What was seen is held fixed: it is these hospitals' own, as the average effect on the treated is about them.
    """
    return effects.overall.mapped(-np.eye(len(effects.parts)), effects.parts, constant=seen)


def counterfactual_of_log_ratios(effects: Joint, seen: np.ndarray) -> Joint:
    """What was seen, perturbed by minus the effects on centred log-ratios, with errors by the delta method.

    c = C(x ⊙ exp(−τ)), dc_j = −c_j (dτ_j − Σ c_k dτ_k): Aitchison (1986), section 2.8. Linear in the log-ratios,
    not in the shares, so it equals the route of shares only where effects are alike in all hospital-periods.
    """
    overall = effects.overall
    tau = overall.estimate.params.to_numpy()
    without = perturbed(seen, -tau)
    matrix = -(np.diag(without) - np.outer(without, without))
    return overall.mapped(matrix, effects.parts, constant=without - tau @ matrix)
