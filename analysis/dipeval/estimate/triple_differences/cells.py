"""Every ATT(g, t) of a triple difference, from each cohort of comparison by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.estimate.group_time_cells import Cells
from dipeval.estimate.group_time_panel import regressors
from dipeval.estimate.sample import Sample
from dipeval.estimate.two_period_panel import panel_contrast

METHODS = ("doubly_robust", "outcome_regression", "inverse_probability")
COMBINE = ("optimal", "pooled")
NO_COMPARISON = "not identified: no cohort of comparison has units of both sides in both periods"
NO_SIDE = "not identified: the cohort has units of one side only in these periods"
SINGULAR = 1e12


@dataclass(frozen=True)
class Sides:
    """The units of a sample.

    Attributes
    ----------
    sample : Sample
    position : numpy.ndarray, shape (m,), int
        Cohort of each unit, C for those not treated in the window.
    cohort : numpy.ndarray, shape (m,), float
        The same as a time code; those that are treated after the window compare each by themselves.
    eligible : numpy.ndarray, shape (m,), bool
    by : numpy.ndarray, shape (m,), int
        Whose influence is summed before variances are taken (units, or the hospitals that they are of).
    """

    sample: Sample
    position: np.ndarray
    cohort: np.ndarray
    eligible: np.ndarray
    by: np.ndarray

    def table(self, values: np.ndarray) -> np.ndarray:
        """A column (n,) as units × seen periods, NaN where there is no row."""
        layout = self.sample.layout
        periods = np.unique(layout.time)
        made = np.full((layout.n_units, len(periods)), np.nan)
        made[layout.unit, np.searchsorted(periods, layout.time)] = values
        return made


def triple_cells(
    sides: Sides, cells: Cells, method: str, combine: str
) -> tuple[np.ndarray, tuple[str, ...], np.ndarray]:
    """Estimate every cell.

    Parameters
    ----------
    sides : Sides
        Of m units.
    cells : Cells
        K of them.
    method : str
        Of `METHODS`.
    combine : {"optimal", "pooled"}

    Returns
    -------
    att : numpy.ndarray, shape (K,)
        0 in reference cells, NaN where not identified.
    notes : tuple of str, length K
    influence : numpy.ndarray, shape (m, K)
        By unit; zero where not identified.
    """
    sample = sides.sample
    outcome = sides.table(sample.outcome)
    weights = np.ones_like(outcome) if sample.weights is None else sides.table(sample.weights)
    covariates = [sides.table(column) for column in sample.columns]
    k = len(cells.time)
    att, notes = np.where(cells.is_reference, 0.0, np.nan), np.full(k, "", object)
    influence = np.zeros((len(outcome), k))
    for at in np.flatnonzero(~cells.is_reference):
        t, base = int(cells.time[at]), int(cells.base[at])
        change = outcome[:, t] - outcome[:, base]
        seen = np.isfinite(change)
        x = regressors([np.where(seen, c[:, base], 0.0) for c in covariates], len(covariates), len(change))
        found = _one_cell(sides, change, seen, x, weights[:, base], cells, at, method, combine)
        if isinstance(found, str):
            notes[at] = found
        else:
            att[at], influence[:, at] = found
    return att, tuple(notes), influence


def _one_cell(
    sides: Sides,
    change: np.ndarray,
    seen: np.ndarray,
    x: np.ndarray,
    weights: np.ndarray,
    cells: Cells,
    at: int,
    method: str,
    combine: str,
) -> tuple[float, np.ndarray] | str:
    own = seen & (sides.position == cells.cohort[at])
    if not (own & sides.eligible).any() or not (own & ~sides.eligible).any():
        return NO_SIDE
    open_ = seen & (sides.position >= cells.cut[at]) & (sides.position != cells.cohort[at])
    others = np.unique(sides.cohort[open_])
    groups = [open_] if combine == "pooled" else [open_ & (sides.cohort == c) for c in others]
    made, reason = [], NO_COMPARISON
    for other in groups:
        if not (other & sides.eligible).any() or not (other & ~sides.eligible).any():
            continue
        one = _one_comparison(own, other, sides.eligible, change, x, weights, method)
        if isinstance(one, str):
            reason = one
        else:
            made.append(one)
    return combined(made, sides.by) if made else reason


def _one_comparison(
    own: np.ndarray,
    other: np.ndarray,
    eligible: np.ndarray,
    change: np.ndarray,
    x: np.ndarray,
    weights: np.ndarray,
    method: str,
) -> tuple[float, np.ndarray] | str:
    """Equation (4.8): three comparisons of the eligible of one cohort, and their influence by unit."""
    target = own & eligible
    if x.shape[1] == 1:
        sides = (target, own & ~eligible, other & eligible, other & ~eligible)
        return _of_means(list(zip(sides, (1, -1, -1, 1), strict=True)), change, weights)
    value, influence = 0.0, np.zeros(len(change))
    for against, sign in ((own & ~eligible, 1), (other & eligible, 1), (other & ~eligible, -1)):
        rows = np.r_[np.flatnonzero(target), np.flatnonzero(against)]
        treated = np.arange(len(rows)) < target.sum()
        found = panel_contrast(change[rows], treated, x[rows], weights[rows], method)
        if isinstance(found, str):
            return found
        value += sign * found.value
        influence[rows] += sign * found.influence
    return value, influence


def _of_means(
    signed: Sequence[tuple[np.ndarray, int]], change: np.ndarray, weights: np.ndarray
) -> tuple[float, np.ndarray]:
    """Without covariates all methods are differences of weighted means."""
    value, influence = 0.0, np.zeros(len(change))
    for group, sign in signed:
        rows = np.flatnonzero(group)
        w, y = weights[rows], change[rows]
        total = w.sum()
        mean = w @ y / total
        value += sign * mean
        influence[rows] = sign * w * (y - mean) / total
    return float(value), influence


def combined(made: list[tuple[float, np.ndarray]], by: np.ndarray) -> tuple[float, np.ndarray]:
    """The mean of several estimates of one effect with the smallest variance: w = Ω⁻¹1 / (1'Ω⁻¹1).

    Parameters
    ----------
    made : list of (float, numpy.ndarray of shape (m,))
        Estimates and their influence by unit.
    by : numpy.ndarray, shape (m,), int

    Returns
    -------
    value : float
    influence : numpy.ndarray, shape (m,)
        Weights count as known. Alike where Ω cannot be inverted.
    """
    values = np.array([value for value, _ in made])
    influence = np.column_stack([one for _, one in made])
    summed = np.zeros((int(by.max()) + 1, len(values)))
    np.add.at(summed, by, influence)
    omega = summed.T @ summed
    weights = np.full(len(values), 1 / len(values))
    if len(values) > 1 and np.linalg.cond(omega) < SINGULAR:
        weights = np.linalg.solve(omega, np.ones(len(values)))
        weights /= weights.sum()
    return float(weights @ values), influence @ weights
