"""Changes-in-changes: the distribution that the treated would have had, from ranks instead of levels.

Athey & Imbens (2006, Econometrica 74:431). With F_gt the distribution of group g (1 treated) at moment t (1 after),
the treated would have had ``F_10(F_00⁻¹(F_01(y)))`` (theorem 3.1): a case keeps its rank among the untreated before,
and moves as they moved. Where values are tied, F_00⁻¹ is a set; its ends give bounds (theorem 4.1), and independence
of rank and unobserved type within a value gives the line between them (theorem 4.2): the curve of F_10 against F_00
through its values, linearly joined. Classes of many values use the same line.

The moments of each cohort are before and from its own reform; hospitals never treated in the window are the untreated
group; cohorts are put together by their treated cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dipeval.design import PanelDesign
from dipeval.errors import DesignError, Problem
from dipeval.estimate.distribution.quantiles import first_edge, quantiles_of
from dipeval.estimate.distribution.terms import MEAN, estimate_of, quantile_term
from dipeval.estimate.distribution.value_classes import ValueClasses
from dipeval.results import Estimate

GROUPS = ("treated_after", "treated_before", "untreated_after", "untreated_before")
ESTIMAND = (
    "effect on the distribution of the treated cases, by changes-in-changes against hospitals never treated in the "
    "window"
)
LEANS = "no standard error by {names}: without one of its clusters a group is empty"
JOINED = 1e-12


@dataclass(frozen=True)
class ChangedDistribution:
    """Distribution of the treated cases with and without the reform on J classes.

    Attributes
    ----------
    observed, counterfactual : numpy.ndarray, shape (J,)
        Shares up to the upper end of each class.
    low, high : numpy.ndarray, shape (J,)
        Bounds of the counterfactual shares where nothing is assumed about tied values.
    outside : float
        Share of the treated cases before that lie beyond all untreated cases before.
    cohorts : tuple of str
        Those that had all four groups.
    left_out : tuple of str
        Those that had not.
    leaning : tuple of str
        Clustering variables by which there is no error, as without one cluster a group is empty.
    """

    observed: np.ndarray
    counterfactual: np.ndarray
    low: np.ndarray
    high: np.ndarray
    outside: float
    cohorts: tuple[str, ...]
    left_out: tuple[str, ...]
    leaning: tuple[str, ...] = ()


def counterfactual_shares(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The counterfactual distribution function of one cohort, and its bounds.

    Parameters
    ----------
    counts : numpy.ndarray, shape (4, J)
        Cases of `GROUPS` by class, each group with some.

    Returns
    -------
    joined, low, high : numpy.ndarray, shape (J,)
        By theorem 4.2 and, as bounds, by theorem 4.1; equal where F_01(y) is a value of F_00. O(J log J).
    """
    _, f10, f01, f00 = np.cumsum(counts, axis=1) / counts.sum(axis=1, keepdims=True)
    support = counts[3] > 0
    across, up = np.r_[0.0, f00[support]], np.r_[0.0, f10[support]]
    joined = np.interp(f01, across, up)
    below = up[np.searchsorted(across, f01 + JOINED, side="right") - 1]
    above = up[np.minimum(np.searchsorted(across, f01 - JOINED), len(up) - 1)]
    # beyond the untreated before, ranks say nothing: the rest is at the highest value that they reach
    top = f01 >= 1 - JOINED
    return tuple(np.where(top, 1.0, shares) for shares in (joined, below, above))


def changes_in_changes(
    design: PanelDesign, classes: ValueClasses, levels: Sequence[float], study: str = ""
) -> tuple[Estimate, ChangedDistribution]:
    """Effects on the mean and on quantiles of the treated cases.

    Parameters
    ----------
    design : PanelDesign
    classes : ValueClasses
        In the order of the frame that the design was built from.
    levels : sequence of float
        Of the quantiles, above 0 and below 1.
    study : str

    Returns
    -------
    estimate : Estimate
        Terms ``mean`` and ``quantile=…``. Influence by cluster is that of the jackknife: what leaving the cluster out
        changes, times (G−1)/G, so that the CR1 covariance is the jackknife's. Clusters must hold many cases each,
        for a quantile of a handful of cases has no smooth jackknife.
    distribution : ChangedDistribution

    Raises
    ------
    DesignError
        No cohort with cases in all four groups.

    Notes
    -----
    O(M + G C J) for G clusters and C cohorts: each jackknife takes one cluster's counts from the sums.
    """
    asked = np.asarray(levels, float)
    starts, labels = _cohorts(design)
    codes = {name: design.clusters[name] for name in design.clusters}
    whole = _counts(design, classes, starts, np.zeros(design.n_obs, np.int64), 1)[0]
    usable = (whole.sum(axis=2) > 0).all(axis=1)
    if not usable.any():
        what = "no cohort has cases before and after, beside hospitals never treated in the window before and after"
        todo = "widen the window, or leave changes_in_changes out"
        raise DesignError("estimate", [Problem(f"outcome {classes.name}", what, todo)])
    found = _put_together(whole[usable], classes, asked)
    names = [MEAN, *(quantile_term(level) for level in asked)]
    influence, leaning = {}, []
    for name, code in codes.items():
        size = len(design.cluster_names[name])
        own = _counts(design, classes, starts[usable], code, size)
        seen = np.flatnonzero(np.bincount(code, design.align(classes.cases_of_row), size) > 0)
        moved = np.stack([_put_together(whole[usable] - own[g], classes, asked) for g in seen])
        influence[name] = (found - moved) * (len(seen) - 1) / len(seen)
        leaning += [name] if np.isnan(moved).any() else []
    shown = _distribution(whole[usable], [labels[k] for k in np.flatnonzero(usable)], labels)
    made = estimate_of(design, classes, names, found, influence, ESTIMAND, study, "changes_in_changes")
    if leaning:
        why = LEANS.format(names=" and ".join(leaning))
        notes = made.terms["note"].where(made.terms["note"] != "", why)
        made = replace(made, terms=made.terms.assign(note=notes), warnings=(*made.warnings, why))
    return made, replace(shown, leaning=tuple(leaning))


def _cohorts(design: PanelDesign) -> tuple[np.ndarray, list[str]]:
    """First treated periods inside the window, and their labels."""
    inside = [c for c in design.cohorts if c - design.anticipation < design.n_periods]
    return np.array(inside) - design.anticipation, [design.cohort_label(c) for c in inside]


def _counts(
    design: PanelDesign, classes: ValueClasses, starts: np.ndarray, code: np.ndarray, size: int
) -> np.ndarray:
    """Cases (size, C, 4, J) by cluster, cohort, `GROUPS` and class."""
    first, time = design.layout.spread(design.first_treated), design.time
    never = first >= design.n_periods
    made = np.zeros((size, len(starts), 4, classes.n_classes))
    for k, start in enumerate(starts):
        mine = first == start
        group = np.where(mine, 0, np.where(never, 2, -1)) + (time < start)
        group = np.where(mine | never, code * 4 + group, -1)
        on_frame = np.full(design.n_rows_in, -1, np.int64)
        on_frame[design.rows] = group
        made[:, k] = classes.counts(on_frame, size * 4).reshape(size, 4, -1)
    return made


def _put_together(counts: np.ndarray, classes: ValueClasses, levels: np.ndarray) -> np.ndarray:
    """Mean and quantile effects (1 + Q,) of cohorts (C, 4, J); NaN where a group is empty."""
    if not (counts.sum(axis=2) > 0).all():
        return np.full(1 + len(levels), np.nan)
    observed, counterfactual = _functions(counts)[:2]
    least = first_edge(classes.lower, classes.upper)
    change = np.diff(observed, prepend=0.0) - np.diff(counterfactual, prepend=0.0)
    with_reform, without = (
        quantiles_of(shares, classes.upper, least, levels) for shares in (observed, counterfactual)
    )
    return np.r_[change @ classes.mean, with_reform - without]


def _functions(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    weights = counts[:, 0].sum(axis=1)
    weights = weights / weights.sum()
    observed = np.cumsum(counts[:, 0].sum(axis=0)) / counts[:, 0].sum()
    parts = [counterfactual_shares(own) for own in counts]
    joined, low, high = (weights @ np.stack([part[k] for part in parts]) for k in range(3))
    return observed, joined, low, high


def _distribution(counts: np.ndarray, used: list[str], labels: list[str]) -> ChangedDistribution:
    observed, joined, low, high = _functions(counts)
    outside, before = 0.0, 0.0
    for own in counts:
        inside = np.flatnonzero(own[3] > 0)
        outside += own[1, : inside[0]].sum() + own[1, inside[-1] + 1 :].sum()
        before += own[1].sum()
    left_out = tuple(label for label in labels if label not in used)
    return ChangedDistribution(observed, joined, low, high, outside / before, tuple(used), left_out)


def bounds_of_mean(found: ChangedDistribution, classes: ValueClasses) -> tuple[float, float]:
    """Mean effect under the bounds of tied values (Athey & Imbens 2006, theorem 4.1), low and high."""
    mean = np.diff(found.observed, prepend=0.0) @ classes.mean
    ends = [mean - np.diff(shares, prepend=0.0) @ classes.mean for shares in (found.low, found.high)]
    return float(min(ends)), float(max(ends))


def tidy(found: ChangedDistribution, classes: ValueClasses) -> pd.DataFrame:
    """One row a class: ``value observed counterfactual low high``."""
    columns = {name: getattr(found, name) for name in ("observed", "counterfactual", "low", "high")}
    return pd.DataFrame({"value": classes.upper, **columns})
