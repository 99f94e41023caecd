"""One cohort in one period against the untreated: level and slope by dose, with the influence of each hospital.

Callaway, Goodman-Bacon & Sant'Anna (2024), *Difference-in-differences with a continuous treatment*, section 5: with
ΔY the change since the last period before the reform, ψ the splines and β the regression of ΔY on ψ(D) among the
treated, ATT(d|d) = ψ(d)'β − E[ΔY | untreated] and ACRT(d) = ψ'(d)'β; their means over the doses of the treated are
ATT° = E[ΔY | treated] − E[ΔY | untreated] and ACRT° = E[ψ'(D)]'β.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.estimate.dose.basis import DoseBasis

LEAST = 1e-10
"""A smaller share of the largest singular value counts as none."""
NO_COMPARISON = "no comparison hospital is untreated in both periods"


@dataclass(frozen=True)
class Comparison:
    """Effects of one cohort and period on J functionals: ATT°, ACRT°, ATT(d) and ACRT(d) at each dose.

    Attributes
    ----------
    values : numpy.ndarray, shape (J,)
    units : numpy.ndarray, shape (u,), int
        Hospitals that take part, treated ones first.
    influence : numpy.ndarray, shape (u, J)
        Sums to zero over hospitals; the derivative by the logarithm of each one's weight.
    """

    values: np.ndarray
    units: np.ndarray
    influence: np.ndarray


def compare(
    change: np.ndarray,
    dose: np.ndarray,
    weights: np.ndarray,
    treated: np.ndarray,
    untreated: np.ndarray,
    basis: DoseBasis,
    at: np.ndarray,
) -> Comparison | str:
    """Compare the treated at each dose with the untreated.

    Parameters
    ----------
    change, dose, weights : numpy.ndarray, shape (m,)
        Of all hospitals; the dose of the untreated is not looked at.
    treated, untreated : numpy.ndarray of int
        Positions.
    basis : DoseBasis
    at : numpy.ndarray, shape (D,)
        Doses of the curves.

    Returns
    -------
    Comparison or str
        Why there is none. O(u K² + u D).
    """
    n_doses = len(np.unique(dose[treated]))
    if not len(untreated):
        return NO_COMPARISON
    if n_doses < basis.size or len(treated) <= basis.size:
        return f"{len(treated)} hospitals with {n_doses} doses for {basis.size} terms of the curve"
    psi, slope = basis.values(dose[treated]), basis.slopes(dose[treated])
    w, w0 = weights[treated], weights[untreated]
    root = np.sqrt(w)[:, None]
    left, sizes, right = np.linalg.svd(root * psi, full_matrices=False)
    if sizes[-1] <= LEAST * sizes[0]:
        return f"{n_doses} doses do not tell {basis.size} terms of the curve apart"
    beta = right.T @ (left.T @ (root[:, 0] * change[treated]) / sizes)
    residual = change[treated] - psi @ beta
    total, total0 = w.sum(), w0.sum()
    mean0 = w0 @ change[untreated] / total0
    mean_slope = w @ slope / total
    functionals = np.column_stack([w @ psi / total, mean_slope, basis.values(at).T, basis.slopes(at).T])
    n = len(at)
    is_level = np.r_[1.0, 0.0, np.ones(n), np.zeros(n)]
    values = functionals.T @ beta - mean0 * is_level
    # influence of β: (Ψ'WΨ)⁻¹ ψ w e, times each functional
    scores = (left / sizes) @ right @ functionals * (root * residual[:, None])
    own = np.zeros_like(scores)
    own[:, 0] = w * (psi @ beta - w @ (psi @ beta) / total) / total
    own[:, 1] = w * (slope @ beta - mean_slope @ beta) / total
    of_untreated = -np.outer(w0 * (change[untreated] - mean0) / total0, is_level)
    return Comparison(values, np.r_[treated, untreated], np.vstack([scores + own, of_untreated]))
