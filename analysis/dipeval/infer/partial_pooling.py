"""Effects that vary: their mean, how much they vary, and each of them drawn towards the mean.

``y = μ 1 + u + e`` with ``u ~ (0, τ² I)`` and ``e ~ (0, V)`` for k estimates of known covariance V, which need not be
diagonal: effects of cities that are compared with the same hospitals share their error. With Σ = V + τ² I and
P = Σ⁻¹ − Σ⁻¹1(1'Σ⁻¹1)⁻¹1'Σ⁻¹ the sum Q(τ²) = y'Py. With diagonal V all of this is the usual random-effects
meta-analysis (DerSimonian & Laird 1986; Paule & Mandel 1982; Viechtbauer 2005 for REML; Hartung & Knapp 2001).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.estimate.threads import one_thread
from dipeval.results.student import critical_value, two_sided_p

DERSIMONIAN_LAIRD, PAULE_MANDEL, REML = "dersimonian_laird", "paule_mandel", "reml"
BETWEEN = (REML, PAULE_MANDEL, DERSIMONIAN_LAIRD)
AT_LEAST_ONE, PLAIN = "at_least_one", "plain"
STEPS = 200
CLOSE = 1e-12


@dataclass(frozen=True)
class PartialPooling:
    """What k estimates say together.

    Attributes
    ----------
    mean, std_error : float
        μ and its error by Hartung and Knapp.
    conf_low, conf_high : float
        With t(k − 1).
    p_value : float
        Of a mean of zero.
    tau2, tau2_low, tau2_high : float
        Variance between, and its interval by Q-profile (Viechtbauer 2007); the upper end is inf where Q never
        falls so far.
    i2 : float
        τ² over τ² and the typical error variance (Higgins & Thompson 2002).
    q, q_p_value : float
        Cochran's Q = Q(0), and its p-value by χ²(k − 1): are all equal?
    prediction_low, prediction_high : float
        Where the effect of another city lies, t(k − 2) (Higgins, Thompson & Spiegelhalter 2009); NaN for k < 3.
    shrunken, shrunken_error, shrunken_low, shrunken_high : numpy.ndarray, shape (k,)
        Best linear predictions μ + u with t(k − 1), τ² taken as known.
    weight : numpy.ndarray, shape (k,)
        Share of each estimate in the mean.
    level : float
    """

    mean: float
    std_error: float
    conf_low: float
    conf_high: float
    p_value: float
    tau2: float
    tau2_low: float
    tau2_high: float
    i2: float
    q: float
    q_p_value: float
    prediction_low: float
    prediction_high: float
    shrunken: np.ndarray
    shrunken_error: np.ndarray
    shrunken_low: np.ndarray
    shrunken_high: np.ndarray
    weight: np.ndarray
    level: float


def partial_pooling(
    estimates: np.ndarray,
    covariance: np.ndarray,
    *,
    between: str = REML,
    adjustment: str = AT_LEAST_ONE,
    level: float = 0.95,
) -> PartialPooling:
    """Pool k estimates of effects that may differ.

    Parameters
    ----------
    estimates : numpy.ndarray, shape (k,)
        Two at least, finite.
    covariance : numpy.ndarray, shape (k, k)
        Of their errors, positive definite.
    between : {"reml", "paule_mandel", "dersimonian_laird"}
        How τ² is estimated; never below zero.
    adjustment : {"at_least_one", "plain"}
        The factor Q(τ²)/(k − 1) on the variance of the mean as it is, or no smaller than one (Röver, Knapp & Friede
        2015): the spread between cities says nothing of an error that all of them share.
    level : float

    Returns
    -------
    PartialPooling

    Raises
    ------
    DesignError
        Fewer than two estimates, a covariance that is none, an unknown word.

    Notes
    -----
    O(k³) a step.
    """
    y, v = np.asarray(estimates, float), np.asarray(covariance, float)
    _check(y, v, between, adjustment)
    with one_thread():
        return _pooled(y, v, between, adjustment, level)


def _pooled(y: np.ndarray, v: np.ndarray, between: str, adjustment: str, level: float) -> PartialPooling:
    """What `partial_pooling` gives, of arguments that have been checked."""
    k = len(y)
    tau2 = between_variance(y, v, between)
    precision, projector = _projector(v, tau2)
    total = precision.sum()
    mean = float(precision.sum(0) @ y / total)
    scale = float(y @ projector @ y) / (k - 1)
    factor = max(scale, 1.0) if adjustment == AT_LEAST_ONE else scale
    error = float(np.sqrt(factor / total))
    reach = critical_value(level, k - 1)
    low, high = _profile(y, v, level)
    q = float(y @ _projector(v, 0.0)[1] @ y)
    typical = (k - 1) / np.trace(_projector(v, 0.0)[1])
    spread = critical_value(level, k - 2) * np.sqrt(tau2 + error**2) if k > 2 else np.nan
    pulled, pulled_error = _predictions(y, precision, tau2, mean)
    return PartialPooling(
        mean,
        error,
        mean - reach * error,
        mean + reach * error,
        float(two_sided_p(np.array([mean / error]), k - 1)[0]),
        tau2,
        low,
        high,
        float(tau2 / (tau2 + typical)),
        q,
        _upper(q, k - 1),
        mean - spread,
        mean + spread,
        pulled,
        pulled_error,
        pulled - reach * pulled_error,
        pulled + reach * pulled_error,
        precision.sum(0) / total,
        level,
    )


def between_variance(estimates: np.ndarray, covariance: np.ndarray, method: str) -> float:
    """τ² by one of `BETWEEN`, zero at the least; O(k³) a step."""
    if method == DERSIMONIAN_LAIRD:
        projector = _projector(covariance, 0.0)[1]
        q = estimates @ projector @ estimates
        return float(max(0.0, (q - len(estimates) + 1) / np.trace(projector)))
    if method == PAULE_MANDEL:
        return _solved(estimates, covariance, len(estimates) - 1.0)
    return _likeliest(estimates, covariance)


def _likeliest(y: np.ndarray, v: np.ndarray) -> float:
    """Maximum of the restricted likelihood: where its score (y'PPy − tr P)/2 is zero, or at zero.

    The likelihood may have several maxima; all that a fine grid shows are compared.
    """

    def score(tau2: float) -> float:
        projector = _projector(v, tau2)[1]
        left = projector @ y
        return float(left @ left - np.trace(projector))

    def deviance(tau2: float) -> float:
        precision, projector = _projector(v, tau2)
        return float(y @ projector @ y - np.linalg.slogdet(precision)[1] + np.log(precision.sum()))

    largest = float(max(np.var(y), np.diag(v).max()) * len(y) * 4)
    grid = np.r_[0.0, np.geomspace(largest * 1e-8, largest, STEPS)]
    scores = np.array([score(t) for t in grid])
    falls = np.flatnonzero((scores[:-1] > 0) & (scores[1:] <= 0))
    found = [0.0, *(_crossing(score, grid[j], grid[j + 1]) for j in falls)]
    return float(min(found, key=deviance))


def _solved(y: np.ndarray, v: np.ndarray, wanted: float) -> float:
    """τ² at which Q(τ²), which falls, is `wanted`; 0 where it is below it from the start, inf where never."""

    def above(tau2: float) -> float:
        return float(y @ _projector(v, tau2)[1] @ y) - wanted

    if above(0.0) <= 0:
        return 0.0
    high = max(float(np.var(y)), float(np.diag(v).max()))
    for _ in range(STEPS):
        if above(high) < 0:
            return _crossing(above, 0.0, high)
        high *= 4
    return float("inf")


def _crossing(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a function that is above zero at `low` and not at `high` crosses it, by halving."""
    for _ in range(STEPS):
        middle = (low + high) / 2
        if high - low <= CLOSE * high:
            break
        low, high = (middle, high) if function(middle) > 0 else (low, middle)
    return (low + high) / 2


def _profile(y: np.ndarray, v: np.ndarray, level: float) -> tuple[float, float]:
    """Ends of τ² between which Q(τ²) is no surprise under χ²(k − 1)."""
    from scipy.special import chdtri

    rest = (1 - level) / 2
    return _solved(y, v, float(chdtri(len(y) - 1, rest))), _solved(y, v, float(chdtri(len(y) - 1, 1 - rest)))


def _predictions(
    y: np.ndarray, precision: np.ndarray, tau2: float, mean: float
) -> tuple[np.ndarray, np.ndarray]:
    """μ + τ²Σ⁻¹(y − μ1), and its error with that of μ."""
    k = len(y)
    pulled = mean + tau2 * precision @ (y - mean)
    rest = (np.eye(k) - tau2 * precision).sum(1)
    variance = tau2 - tau2**2 * np.diag(precision) + rest**2 / precision.sum()
    return pulled, np.sqrt(np.maximum(variance, 0.0))


def _projector(v: np.ndarray, tau2: float) -> tuple[np.ndarray, np.ndarray]:
    """Σ⁻¹ and P (k, k)."""
    precision = np.linalg.inv(v + tau2 * np.eye(len(v)))
    precision = (precision + precision.T) / 2
    column = precision.sum(1)
    return precision, precision - np.outer(column, column) / column.sum()


def _upper(q: float, df: int) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(df, q))


def _check(y: np.ndarray, v: np.ndarray, between: str, adjustment: str) -> None:
    problems = []
    if len(y) < 2 or not np.isfinite(y).all():
        todo = "give two at least: one alone does not say how effects vary"
        problems.append(Problem("estimates", f"{len(y)} estimates cannot be pooled", todo))
    elif v.shape != (len(y), len(y)) or not np.isfinite(v).all() or np.linalg.eigvalsh(v)[0] <= 0:
        todo = "more independent parts than estimates are needed: hospitals, not cities"
        problems.append(Problem("covariance", "is not positive definite", todo))
    if between not in BETWEEN:
        problems.append(Problem("between", f"{between!r} is unknown", "write one of " + ", ".join(BETWEEN)))
    if adjustment not in (AT_LEAST_ONE, PLAIN):
        problems.append(
            Problem("adjustment", f"{adjustment!r} is unknown", f"write {AT_LEAST_ONE} or {PLAIN}")
        )
    if problems:
        raise DesignError("partial pooling", problems)
