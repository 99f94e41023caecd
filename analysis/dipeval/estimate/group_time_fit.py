"""Group-time effects and their influence, from sums over blocks of hospitals.

Doubly robust, outcome regression and inverse probability weighting for panels: Sant'Anna & Zhao (2020),
*Journal of Econometrics* 219(1), equation (3.1), with the nuisance models fitted by least squares and
maximum likelihood, and their influence functions; Callaway & Sant'Anna (2021).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.estimate.group_time_cells import Cells
from dipeval.estimate.group_time_moments import Comparison, Moments
from dipeval.estimate.propensity import is_dependent
from dipeval.estimate.two_period_panel import ALL_TRIMMED, DEPENDENT

METHODS = ("doubly_robust", "outcome_regression", "inverse_probability")
"""What sums over blocks can do; the rest works comparison by comparison."""


@dataclass(frozen=True)
class Effects:
    """Effects of the cells of one comparison, (K,), and what their influence is made of.

    Attributes
    ----------
    att, treated_part, control_part : numpy.ndarray, shape (K,)
        The effect, and the two means whose difference it is.
    beta : numpy.ndarray, shape (q, K)
        Outcome regression; zero for inverse probability weighting.
    treated_weight, control_weight : float
    carry : numpy.ndarray, shape (q,)
        What the error of the outcome regression carries into each effect.
    slope : numpy.ndarray, shape (q, K)
        What the error of the propensity carries into each effect.
    """

    att: np.ndarray
    treated_part: np.ndarray
    control_part: np.ndarray
    beta: np.ndarray
    treated_weight: float
    control_weight: float
    carry: np.ndarray
    slope: np.ndarray


def effects_of(moments: Moments, m: int, comparison: Comparison, cells: Cells, method: str) -> Effects | str:
    """Effects of the cells of comparison `m`; a text where they are not identified."""
    treated = moments.cohort == comparison.cohort
    control = np.isin(moments.cohort, comparison.controls)
    change = _change(moments.xy, cells)
    q, n_cells = change.shape[1:]
    xt, yt = moments.xx[treated].sum(0), change[treated].sum(0)
    beta, carry, slope = np.zeros((q, n_cells)), np.zeros(q), np.zeros((q, n_cells))
    xc = moments.xx[control].sum(0)
    if method != "inverse_probability":
        if is_dependent(xc):
            return DEPENDENT
        beta = np.linalg.solve(xc, change[control].sum(0))
    weight = xt[0, 0]
    residual = yt[0] - xt[0] @ beta
    if method == "outcome_regression":
        carry = np.linalg.solve(xc, xt[0] / weight)
        return Effects(
            residual / weight, residual / weight, np.zeros(n_cells), beta, weight, 1.0, carry, slope
        )
    kxy = _change(moments.kxy[m], cells)
    kxx = moments.kxx[m]
    control_weight = kxx[0, 0]
    if not control_weight > 0:
        return ALL_TRIMMED
    left = kxy - kxx @ beta
    control_part = left[0] / control_weight
    if method == "doubly_robust":
        carry = np.linalg.solve(xc, xt[0] / weight - kxx[0] / control_weight)
    tilt = left - np.outer(kxx[0], control_part)
    slope = np.linalg.solve(comparison.hessian, tilt) / control_weight
    part = residual / weight
    return Effects(part - control_part, part, control_part, beta, weight, control_weight, carry, slope)


def influence_of(
    moments: Moments, m: int, comparison: Comparison, cells: Cells, effects: Effects
) -> np.ndarray:
    """Influence of each block on the cells of comparison `m`, shape (B, K), summing to zero."""
    influence = np.zeros((len(moments.cohort), len(cells.time)))
    treated = np.flatnonzero(moments.cohort == comparison.cohort)
    control = np.flatnonzero(np.isin(moments.cohort, comparison.controls))
    left = _change(moments.xy[treated, 0], cells) - moments.xx[treated, 0] @ effects.beta
    influence[treated] = (
        left - moments.xx[treated, 0, 0][:, None] * effects.treated_part
    ) / effects.treated_weight
    if effects.carry.any():
        carried = np.einsum("bqt,q->bt", moments.xy[control], effects.carry)
        influence[control] -= _change(carried, cells) - (moments.xx[control] @ effects.carry) @ effects.beta
    if comparison.propensity is not None:
        at, ky = moments.ky[m]
        kx = moments.kx[m]
        left = _change(ky, cells) - kx @ effects.beta
        influence[at] -= (left - kx[:, :1] * effects.control_part) / effects.control_weight
        at, score = moments.score[m]
        influence[at] -= score @ effects.slope
    return influence


def _change(sums: np.ndarray, cells: Cells) -> np.ndarray:
    """Sums by period (…, T) as changes between the two periods of each cell (…, K)."""
    return sums[..., cells.time] - sums[..., cells.base]
