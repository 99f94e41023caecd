"""One cohort against its comparison in two periods, hospitals seen in both.

Sant'Anna & Zhao (2020), *Journal of Econometrics* 219(1): doubly robust, equation (3.1), plain or improved
(section 3), and outcome regression; Abadie (2005) for inverse probabilities, with weights that sum to one
(Hájek) or not (Horvitz–Thompson). Influence is the derivative by the weight of each row; the improved
forms leave out what their moments make vanish.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.estimate.propensity import Logit, fit_logit, fit_tilting, is_dependent, logistic, odds_weights

IMPROVED = ("doubly_robust_improved", "doubly_robust_improved_simple")
REGRESSION, RATIO, RAW = "outcome_regression", "inverse_probability", "inverse_probability_raw"
DEPENDENT = "not identified: the covariates are collinear among the comparison hospitals"
ALL_TRIMMED = "not identified: every comparison hospital was as good as certain to be treated (no overlap)"


@dataclass(frozen=True)
class Contrast:
    """An effect and the influence of each row on it, shape (n,): its sum of squares is the variance.

    `propensity` holds the coefficients (q,) of the propensity, None without one.
    """

    value: float
    influence: np.ndarray
    propensity: np.ndarray | None = None


def panel_contrast(
    change: np.ndarray,
    treated: np.ndarray,
    x: np.ndarray,
    weights: np.ndarray,
    method: str,
    start: np.ndarray | None = None,
) -> Contrast | str:
    """Effect on the treated from the changes of hospitals between two periods.

    Parameters
    ----------
    change : numpy.ndarray, shape (n,)
    treated : numpy.ndarray, shape (n,), bool
    x : numpy.ndarray, shape (n, q)
        Covariates with an intercept.
    weights : numpy.ndarray, shape (n,)
    method : str
        A word of `dipeval.estimate.group_time.METHODS`.
    start : numpy.ndarray, shape (q,), optional
        Where the propensity starts from: the result does not depend on it, the number of steps does.

    Returns
    -------
    Contrast or str
        The reason when it is not identified. Cost O(n q²) for each of about six steps of the propensity.
    """
    own, control = _sides(treated)
    xt, xc, wt, wc = x[own], x[control], weights[own], weights[control]
    kappa, propensity = np.zeros(len(wc)), None
    if method != REGRESSION:
        fit = fit_tilting if method in IMPROVED else fit_logit
        propensity = fit(x, treated, weights, np.zeros(x.shape[1]) if start is None else start)
        if propensity.reason:
            return propensity.reason
        kappa = odds_weights(xc @ propensity.coefficients, wc)
        if not kappa.sum() > 0:
            return ALL_TRIMMED
    regressed = {RATIO: None, RAW: None}.get(method, kappa if method in IMPROVED else wc)
    beta, gram = np.zeros(x.shape[1]), None
    if regressed is not None:
        gram = (xc * regressed[:, None]).T @ xc
        if is_dependent(gram):
            return DEPENDENT
        beta = np.linalg.solve(gram, xc.T @ (regressed * change[control]))
    left_t, left_c = change[own] - xt @ beta, change[control] - xc @ beta
    total = wt.sum()
    scale = total if method == RAW else (kappa.sum() if kappa.any() else 1.0)
    part_t, part_c = wt @ left_t / total, kappa @ left_c / scale
    centre_t, centre_c = (part_t - part_c, 0.0) if method == RAW else (part_t, part_c)
    influence = np.empty(len(change))
    influence[own] = wt * (left_t - centre_t) / total
    influence[control] = -kappa * (left_c - centre_c) / scale
    if method not in IMPROVED:
        if gram is not None:
            carry = wt @ xt / total - kappa @ xc / scale
            influence[control] -= wc * left_c * (xc @ np.linalg.solve(gram, carry))
        if propensity is not None:
            tilt = (kappa * (left_c - centre_c)) @ xc / scale
            influence -= of_propensity(propensity, x, treated, weights, tilt)
    fitted = None if propensity is None else propensity.coefficients
    return Contrast(float(part_t - part_c), influence, fitted)


def _sides(treated: np.ndarray) -> tuple[np.ndarray | slice, np.ndarray | slice]:
    """Treated rows and the others; without a copy where the treated come first."""
    n = int(treated.sum())
    return (slice(0, n), slice(n, None)) if treated[:n].all() else (treated, ~treated)


def of_propensity(
    propensity: Logit, x: np.ndarray, treated: np.ndarray, weights: np.ndarray, tilt: np.ndarray
) -> np.ndarray:
    """What the estimated propensity carries into an effect by row (n,); `tilt` (q,) is the derivative."""
    chance = logistic(x @ propensity.coefficients)
    return weights * (treated - chance) * (x @ np.linalg.solve(propensity.hessian, tilt))
