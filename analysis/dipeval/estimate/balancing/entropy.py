"""Entropy balancing: weights of the comparison hospitals that give them the moments of the treated ones.

Of all weights that do, those nearest to the base weights in entropy (Hainmueller 2012, Political Analysis 20:25,
equations 3 to 6). They are base weight × exp(x'γ), an exponential tilt, whose γ is the minimum of a convex
function (his equation 8); with odds in place of weights it is the propensity score of
`dipeval.estimate.propensity.fit_tilting`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.estimate.propensity import fit_tilting

CLOSE = 1e-8
"""Largest difference of means, in standard deviations, that counts as balanced."""


@dataclass(frozen=True)
class Tilt:
    """Coefficients γ of a tilt, (q,); `reason` says why there is none."""

    coefficients: np.ndarray
    reason: str = ""


def entropy_tilt(x: np.ndarray, treated: np.ndarray, base: np.ndarray) -> Tilt:
    """Fit γ so that Σ base (1 − d) exp(x'γ) x = Σ base d x.

    Parameters
    ----------
    x : numpy.ndarray, shape (n, q)
        The first column is an intercept, the others are standardised.
    treated : numpy.ndarray, shape (n,), bool
    base : numpy.ndarray, shape (n,)
        Base weights, positive.

    Returns
    -------
    Tilt
        Cost O(n q²) a step of Newton's method.
    """
    found = fit_tilting(x, treated, base, np.zeros(x.shape[1]))
    target = base[treated] @ x[treated] / base[treated].sum()
    weights = tilted(x, treated, base, found.coefficients)[~treated]
    with np.errstate(invalid="ignore"):
        apart = np.abs(weights @ x[~treated] / base[treated].sum() - target).max()
    if found.reason or not apart <= CLOSE:
        return Tilt(
            found.coefficients, "no weights give the comparison hospitals the means of the treated ones"
        )
    return Tilt(found.coefficients)


def tilted(x: np.ndarray, treated: np.ndarray, base: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Weights (n,): the base weight of the treated, the tilted one of the others."""
    return np.where(treated, base, base * np.exp(np.clip(x @ coefficients, -700, 700)))


def tilt_influence(
    x: np.ndarray, treated: np.ndarray, base: np.ndarray, coefficients: np.ndarray
) -> np.ndarray:
    """Influence of each unit on γ, (n, q): the inverse derivative of the balancing equations times their terms."""
    weights = tilted(x, treated, base, coefficients)
    signed = np.where(treated, weights, -weights)[:, None] * x
    control = ~treated
    hessian = (x[control] * weights[control, None]).T @ x[control]
    return np.linalg.solve(hessian, signed.T).T
